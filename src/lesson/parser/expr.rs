//! Arithmetic over live values: `j`, `k+1`, `synack.at - syn.at`. The names are reported to whoever asked, who knows
//! whether they have to be bound already.

use super::{
    Parsed,
    cursor::{Cursor, Word},
    scope::MOMENTS,
    value,
};
use crate::lesson::{diagnostic::Diagnostic, model::Span, script::Expr};

/// More terms than any lesson needs, and few enough for every later walk over the tree.
const MOST_TERMS: usize = 16;

/// An expression, and the places of the names in it.
#[derive(Debug)]
pub(crate) struct Expression<'a> {
    pub(crate) expr: Expr,
    pub(crate) uses: Vec<Use<'a>>,
    pub(crate) span: Span,
}

/// A name that an expression uses, with the member behind its dot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Use<'a> {
    pub(crate) name: Word<'a>,
    pub(crate) member: Option<Word<'a>>,
}

impl Expression<'_> {
    /// Whether a time stands in it.
    pub(crate) fn tells_time(&self) -> bool {
        fn walk(expr: &Expr) -> bool {
            match expr {
                Expr::Time(_) => true,
                Expr::Member(_, member) => MOMENTS.contains(&member.as_str()),
                Expr::Int(_) | Expr::Name(_) => false,
                Expr::Add(left, right) | Expr::Sub(left, right) => walk(left) || walk(right),
            }
        }
        walk(&self.expr)
    }
}

/// `term (+ term | - term)*`, with or without space around the signs.
pub(crate) fn expression<'a>(cursor: &mut Cursor<'a>) -> Parsed<Expression<'a>> {
    cursor.skip_space();
    let start = cursor.at();
    let mut uses = Vec::new();
    let mut expr = term(cursor, &mut uses)?;
    let mut terms = 1;
    while let Some(add) = sign(cursor) {
        let right = Box::new(term(cursor, &mut uses)?);
        expr = if add { Expr::Add(Box::new(expr), right) } else { Expr::Sub(Box::new(expr), right) };
        terms += 1;
        if terms > MOST_TERMS {
            return Err(Diagnostic::at(start..cursor.at(), format!("more than {MOST_TERMS} terms")));
        }
    }
    Ok(Expression { expr, uses, span: start..cursor.at() })
}

/// `true` for `+`, `false` for `-`.
fn sign(cursor: &mut Cursor) -> Option<bool> {
    let mut ahead = *cursor;
    ahead.skip_space();
    let add = if ahead.eat("+") {
        true
    } else if ahead.eat("-") {
        false
    } else {
        return None;
    };
    *cursor = ahead;
    Some(add)
}

fn term<'a>(cursor: &mut Cursor<'a>, uses: &mut Vec<Use<'a>>) -> Parsed<Expr> {
    cursor.skip_space();
    if cursor.peek().is_some_and(|c| c.is_ascii_digit()) {
        return number_or_time(cursor);
    }
    let name = cursor.name();
    if name.is_empty() {
        let span = if cursor.is_done() { cursor.here() } else { cursor.at()..next_char(cursor) };
        return Err(Diagnostic::at(span, "expected a number or a name").label("not a value"));
    }
    let member = if cursor.eat(".") { Some(member(cursor)?) } else { None };
    uses.push(Use { name, member });
    Ok(match member {
        Some(member) => Expr::Member(name.text.to_owned(), member.text.to_owned()),
        None => Expr::Name(name.text.to_owned()),
    })
}

fn member<'a>(cursor: &mut Cursor<'a>) -> Parsed<Word<'a>> {
    let member = cursor.name();
    if member.is_empty() {
        let at = cursor.at();
        return Err(Diagnostic::at(at - 1..at, "expected a name behind the dot").help("such as `syn.at`"));
    }
    Ok(member)
}

fn number_or_time(cursor: &mut Cursor) -> Parsed<Expr> {
    let word = cursor.take_while(|c| c.is_ascii_alphanumeric() || c == '.' || c == 'µ');
    if word.text.bytes().all(|byte| byte.is_ascii_digit()) || word.text.starts_with("0x") {
        return value::number(word).map(Expr::Int);
    }
    value::time(word).map(Expr::Time)
}

fn next_char(cursor: &Cursor) -> usize {
    cursor.at() + cursor.peek().map_or(0, char::len_utf8)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn parse(text: &str) -> Parsed<Expr> {
        let mut cursor = Cursor::new(text, 0..text.len());
        let parsed = expression(&mut cursor)?;
        cursor.expect_end()?;
        Ok(parsed.expr)
    }

    fn name(name: &str) -> Box<Expr> {
        Box::new(Expr::Name(name.into()))
    }

    #[test]
    fn signs_may_stand_with_or_without_space() {
        let wanted = Expr::Add(name("k"), Box::new(Expr::Int(1)));
        assert_eq!(parse("k+1"), Ok(wanted.clone()));
        assert_eq!(parse("k + 1"), Ok(wanted));
    }

    #[test]
    fn it_is_read_from_the_left() {
        let difference = Expr::Sub(name("a"), name("b"));
        assert_eq!(parse("a-b-c"), Ok(Expr::Sub(Box::new(difference), name("c"))));
    }

    #[test]
    fn times_have_units_and_numbers_have_bases() {
        assert_eq!(parse("300ms"), Ok(Expr::Time(Duration::from_millis(300))));
        assert_eq!(parse("0xff"), Ok(Expr::Int(255)));
    }

    #[test]
    fn a_hole_is_an_error_where_it_is() {
        assert_eq!(parse("k+").unwrap_err().span, 2..2);
        assert_eq!(parse("k+*").unwrap_err().span, 2..3);
        assert_eq!(parse("syn.").unwrap_err().span, 3..4);
        assert_eq!(parse("k*2").unwrap_err().span, 1..3);
    }

    #[test]
    fn an_endless_sum_is_refused() {
        assert!(parse(&"1+".repeat(100_000)).unwrap_err().message.contains("terms"));
    }
}

//! "Did you mean": the nearest known word.

/// Longer than any word that we know; a longer one is near to nothing.
const LONGEST: usize = 48;
/// More known words than this are not a language but a flood; the rest is not compared.
const MOST: usize = 500;

/// The known word that is nearest to what was written, if one is near enough to be meant.
pub(super) fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = folded(written);
    if plain.is_empty() || plain.len() > LONGEST {
        return None;
    }
    known
        .into_iter()
        .take(MOST)
        .filter_map(|word| distance(&plain, &folded(word)).map(|distance| (distance, word)))
        .min()
        .map(|(_, word)| word)
}

/// Without case and without the signs that people mix up: `SYN_SENT` is `syn-sent`.
fn folded(word: &str) -> Vec<char> {
    word.chars().flat_map(char::to_lowercase).map(|c| if c == '_' { '-' } else { c }).collect()
}

/// How far apart the words are; `None` when too far. A word of which the beginning was written comes after a
/// typing error of one letter.
fn distance(written: &[char], known: &[char]) -> Option<usize> {
    let edits = edits(written, known);
    let allowed = match written.len().max(known.len()) {
        0..=2 => 0,
        3..=5 => 1,
        6..=9 => 2,
        _ => 3,
    };
    let (shorter, longer) = if written.len() < known.len() { (written, known) } else { (known, written) };
    let begins = shorter.len() >= 3 && longer.starts_with(shorter);
    if edits <= allowed {
        Some(edits * 2)
    } else if begins {
        Some(3 + longer.len() - shorter.len())
    } else {
        None
    }
}

/// Letters to insert, delete, replace or swap with their neighbour (optimal string alignment).
fn edits(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALLS: [&str; 6] = ["listen", "connect", "send", "sendto", "shutdown", "setsockopt"];

    #[test]
    fn a_typing_error_is_understood() {
        assert_eq!(nearest("lisen", CALLS), Some("listen"));
        assert_eq!(nearest("lsiten", CALLS), Some("listen"));
        assert_eq!(nearest("sned", CALLS), Some("send"));
    }

    #[test]
    fn case_and_dashes_do_not_matter() {
        assert_eq!(nearest("Listen", CALLS), Some("listen"));
        assert_eq!(nearest("syn_sent", ["SYN-SENT", "SYN-RECV"]), Some("SYN-SENT"));
    }

    #[test]
    fn a_beginning_is_understood() {
        assert_eq!(nearest("conn", CALLS), Some("connect"));
        assert_eq!(nearest("ESTAB", ["ESTABLISHED", "CLOSED"]), Some("ESTABLISHED"));
    }

    #[test]
    fn what_is_far_from_everything_has_no_neighbour() {
        assert_eq!(nearest("fly", CALLS), None);
        assert_eq!(nearest("", CALLS), None);
        assert_eq!(nearest(&"send".repeat(1000), CALLS), None);
    }
}

//! What is typed to find conversations: words that all have to fit.
//!
//! A word is one of the command line's flags (`address=10.0.0.0/8`, `port=443`, `stream=7`, `since=1.5s`,
//! `until=2s`), a network (`10.0.0.0/8`), or any part of what stands in the list: of an address, of a port, `udp`,
//! `reset`.

use crate::{
    conversation::{
        account::Account,
        filter::{Filter, Sieve},
    },
    face::capture::{list::now, row::write_socket},
    kernel::socket::Proto,
};

#[derive(Clone, Debug, Default)]
pub struct Query {
    filter: Filter,
    /// In small letters.
    words: Vec<String>,
}

impl Query {
    /// # Errors
    /// In words, where a flag's value can not be read.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut query = Self::default();
        text.split_whitespace().try_for_each(|word| query.add(word))?;
        Ok(query)
    }

    fn add(&mut self, word: &str) -> Result<(), String> {
        let filter = &mut self.filter;
        match word.split_once('=') {
            Some(("address", value)) => filter.addresses.push(read(value)?),
            Some(("port", value)) => filter.ports.push(number(value, "a port is a number from 0 to 65535")?),
            Some(("stream", value)) => filter.streams.push(number(value, "a conversation has a number, from 0 on")?),
            Some(("since", value)) => filter.since = Some(read(value)?),
            Some(("until", value)) => filter.until = Some(read(value)?),
            Some((name, _)) => {
                return Err(format!("there is no `{name}=`: only address=, port=, stream=, since= and until="));
            }
            None if word.contains('/') => filter.addresses.push(read(word)?),
            None => self.words.push(word.to_ascii_lowercase()),
        }
        Ok(())
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Filter { streams, addresses, ports, since, until } = &self.filter;
        let asks_for_nothing = streams.is_empty() && addresses.is_empty() && ports.is_empty();
        asks_for_nothing && since.is_none() && until.is_none() && self.words.is_empty()
    }

    /// The part that the command line can ask for, too.
    #[must_use]
    pub const fn filter(&self) -> &Filter {
        &self.filter
    }

    /// `sieve` is that of [`Self::filter`]; `text` is used for what is looked at.
    #[must_use]
    pub fn fits(&self, id: u64, account: &Account, sieve: &Sieve<'_>, text: &mut String) -> bool {
        if !sieve.lets_account_through(id, account) {
            return false;
        }
        if self.words.is_empty() {
            return true;
        }
        text.clear();
        text.push_str(if account.proto == Proto::Tcp { "tcp " } else { "udp " });
        for party in &account.parties {
            write_socket(text, party.socket);
            text.push(' ');
        }
        let is_in_sockets = |word: &String| text.contains(word.as_str());
        self.words.iter().all(|word| is_in_sockets(word) || now(account).contains(word.as_str()))
    }
}

fn read<T: std::str::FromStr<Err: ToString>>(value: &str) -> Result<T, String> {
    value.parse().map_err(|error: T::Err| error.to_string())
}

fn number<T: std::str::FromStr>(value: &str, otherwise: &str) -> Result<T, String> {
    value.parse().map_err(|_| otherwise.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        conversation::account::{Closing, Opening, Party},
        kernel::clock::Stamp,
    };

    fn account(from: &str, to: &str) -> Account {
        let party =
            |socket: &str| Party { socket: socket.parse().unwrap(), packets: 1, bytes: 0, repeated: 0, state: None };
        Account {
            proto: Proto::Tcp,
            parties: [party(from), party(to)],
            began: Stamp(5_000_000_000),
            ended: Stamp(6_000_000_000),
            opening: Opening::Asked,
            closing: Closing::Refused,
            quickest_ns: None,
            has_gaps: false,
        }
    }

    fn fits(text: &str) -> bool {
        let query = Query::parse(text).unwrap();
        let sieve = query.filter().from(Stamp(4_000_000_000));
        query.fits(7, &account("10.0.0.1:40000", "[2001:db8::1]:443"), &sieve, &mut String::new())
    }

    #[test]
    fn every_word_has_to_fit() {
        for right in ["", "10.0", "443", "TCP refused", "db8 4000", "10.0.0.0/8", "port=443 address=2001:db8::/32"] {
            assert!(fits(right), "{right}");
        }
        for wrong in ["udp", "10.1", "tcp 444", "11.0.0.0/8", "port=44"] {
            assert!(!fits(wrong), "{wrong}");
        }
    }

    #[test]
    fn the_flags_of_the_command_line_mean_the_same_here() {
        assert!(fits("stream=7 since=0.5s until=1s") && !fits("stream=6"));
        assert!(!fits("since=2.5s") && !fits("until=0.5s"));
    }

    #[test]
    fn what_can_not_be_read_says_how_it_is_written() {
        for (text, says) in [("port=x", "0 to 65535"), ("10/99", "10.0.0.0/8"), ("pot=1", "port="), ("since=x", "1.5s")]
        {
            let error = Query::parse(text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
        assert!(Query::parse(" ").unwrap().is_empty() && !Query::parse("x").unwrap().is_empty());
    }
}

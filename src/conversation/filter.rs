//! Which packets are shown. All of them are analysed: what a packet means depends on those before it.

use std::{fmt, net::IpAddr, str::FromStr};

use super::{ConversationId, Reading, account::Account};
use crate::{kernel::clock::Stamp, packet::Packet};

/// What the command line asks for. An empty list asks for nothing.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub streams: Vec<u64>,
    pub addresses: Vec<Network>,
    pub ports: Vec<u16>,
    pub since: Option<Moment>,
    pub until: Option<Moment>,
}

/// The same, since it is known when the capture began.
#[derive(Clone, Debug)]
pub struct Sieve<'f> {
    filter: &'f Filter,
    since: Stamp,
    until: Stamp,
}

impl Filter {
    #[must_use]
    pub fn from(&self, began: Stamp) -> Sieve<'_> {
        let at = |moment: Option<Moment>, otherwise| moment.map_or(otherwise, |moment| moment.after(began));
        Sieve { filter: self, since: at(self.since, Stamp(0)), until: at(self.until, Stamp(u64::MAX)) }
    }
}

impl Sieve<'_> {
    #[must_use]
    pub fn lets_through(&self, at: Stamp, packet: &Packet, reading: &Reading) -> bool {
        let streams = &self.filter.streams;
        let is_of_one = reading.conversation.is_some_and(|ConversationId(id)| streams.contains(&id));
        (streams.is_empty() || is_of_one) && self.lets_packet_through(at, packet)
    }

    /// The same, whichever conversation it belongs to.
    #[must_use]
    pub fn lets_packet_through(&self, at: Stamp, packet: &Packet) -> bool {
        let Filter { addresses, ports, .. } = self.filter;
        let in_time = self.since <= at && at <= self.until;
        in_time && (addresses.is_empty() || self.has_address(packet)) && (ports.is_empty() || self.has_port(packet))
    }

    fn has_address(&self, packet: &Packet) -> bool {
        let pair = |(from, to): (IpAddr, IpAddr)| [from, to].into_iter().any(|address| self.is_asked_for(address));
        let arp = packet.arp().map(|arp| (arp.sender.into(), arp.target.into()));
        let quoted = packet.quoted().map(|quoted| (quoted.source, quoted.destination));
        [packet.addresses(), arp, quoted].into_iter().flatten().any(pair)
    }

    fn is_asked_for(&self, address: IpAddr) -> bool {
        self.filter.addresses.iter().any(|network| network.holds(address))
    }

    fn has_port(&self, packet: &Packet) -> bool {
        let quoted = packet.quoted().and_then(|quoted| quoted.ports);
        let mut pairs = [packet.ports(), quoted].into_iter().flatten();
        pairs.any(|(from, to)| self.filter.ports.contains(&from) || self.filter.ports.contains(&to))
    }

    /// Whether a conversation belongs into the list.
    #[must_use]
    pub fn lets_account_through(&self, id: u64, account: &Account) -> bool {
        let Filter { streams, addresses, ports, .. } = self.filter;
        let sockets = [account.parties[0].socket, account.parties[1].socket];
        (streams.is_empty() || streams.contains(&id))
            && account.ended >= self.since
            && account.began <= self.until
            && (addresses.is_empty() || sockets.iter().any(|socket| self.is_asked_for(socket.ip())))
            && (ports.is_empty() || sockets.iter().any(|socket| ports.contains(&socket.port())))
    }
}

/// An address, or all addresses that begin alike: `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    fn holds(self, address: IpAddr) -> bool {
        let Self { address: wanted, prefix } = self;
        match (wanted, address.to_canonical()) {
            (IpAddr::V4(wanted), IpAddr::V4(address)) => {
                let shift = 32 - u32::from(prefix);
                (wanted.to_bits() ^ address.to_bits()).checked_shr(shift).unwrap_or(0) == 0
            }
            (IpAddr::V6(wanted), IpAddr::V6(address)) => {
                let shift = 128 - u32::from(prefix);
                (wanted.to_bits() ^ address.to_bits()).checked_shr(shift).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

/// Why an argument can not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable(String);

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unreadable {}

impl FromStr for Network {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let text = text.trim_start_matches('[').trim_end_matches(']');
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address
            .parse()
            .map_err(|_| Unreadable("an address is written 10.0.0.1, 10.0.0.0/8 or 2001:db8::1".to_owned()))?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix: u8 = prefix.map_or(Ok(bits), |prefix| {
            let wrong = || Unreadable(format!("behind the / of such an address stands a number from 0 to {bits}"));
            prefix.parse().ok().filter(|prefix| *prefix <= bits).ok_or_else(wrong)
        })?;
        let canonical = address.to_canonical();
        // An IPv4 address in IPv6's notation has 96 bits in front of it.
        let prefix = if canonical == address { prefix } else { prefix.saturating_sub(96) };
        Ok(Self { address: canonical, prefix })
    }
}

/// A time of the capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Nanoseconds since the first packet.
    Since(u64),
    /// On the clock.
    At(Stamp),
}

impl Moment {
    fn after(self, began: Stamp) -> Stamp {
        match self {
            Self::Since(nanos) => Stamp(began.0.saturating_add(nanos)),
            Self::At(stamp) => stamp,
        }
    }
}

const HOW_TO_WRITE: &str =
    "a time is written 1.5s, 200ms (since the first packet), or 2026-01-31T12:00:00Z (on the clock, UTC)";

impl FromStr for Moment {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let found = since(text).map(Self::Since).or_else(|| on_the_clock(text).map(Self::At));
        found.ok_or_else(|| Unreadable(HOW_TO_WRITE.to_owned()))
    }
}

/// `1.5s`, `200ms`, `3`.
fn since(text: &str) -> Option<u64> {
    let units = [("ns", 0), ("us", 3), ("µs", 3), ("ms", 6), ("s", 9), ("", 9)];
    let (number, power) = units.into_iter().find_map(|(unit, power)| Some((text.strip_suffix(unit)?, power)))?;
    decimal(number, power)
}

/// A decimal number times ten to this power, cut to a whole one.
fn decimal(text: &str, power: usize) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) || whole.is_empty() {
        return None;
    }
    let digits: String = fraction.chars().chain(std::iter::repeat('0')).take(power).collect();
    format!("{whole}{digits}").parse().ok()
}

/// `2026-01-31T12:00:00.5Z`.
fn on_the_clock(text: &str) -> Option<Stamp> {
    let (date, time) = text.strip_suffix('Z')?.split_once(['T', ' '])?;
    let digits = |part: &str| part.bytes().all(|digit| digit.is_ascii_digit());
    let numbers = |text: &str, by: char| -> Option<Vec<i64>> {
        text.split(by).map(|part| part.parse().ok().filter(|_| digits(part))).collect()
    };
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let ([year, month, day], [hour, minute, second]) =
        (<[i64; 3]>::try_from(numbers(date, '-')?).ok()?, <[i64; 3]>::try_from(numbers(time, ':')?).ok()?);
    let is_date = (1970..=2500).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    if !is_date || !(0..24).contains(&hour) || !(0..60).contains(&minute) || !(0..=60).contains(&second) {
        return None;
    }
    if month_and_day(days_since_1970(year, month, day)) != (month, day) {
        return None;
    }
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    let nanos = decimal(&format!("0.{fraction}"), 9)?;
    Some(Stamp(u64::try_from(seconds).ok()?.checked_mul(1_000_000_000)?.checked_add(nanos)?))
}

/// By the Gregorian calendar, counted in years that begin with March, so that the leap day is the last one.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    let days_before_the_month = (153 * month + 2) / 5;
    365 * year + leap_days + days_before_the_month + day - 1 - 719_468
}

/// The way back: a 30th of February is another day.
fn month_and_day(days: i64) -> (i64, i64) {
    let day_of_era = (days + 719_468).rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    (if month < 10 { month + 3 } else { month - 9 }, day_of_year - (153 * month + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(network: &str, address: &str) -> bool {
        network.parse::<Network>().unwrap().holds(address.parse().unwrap())
    }

    #[test]
    fn a_network_holds_what_begins_alike() {
        assert!(holds("10.0.0.1", "10.0.0.1") && !holds("10.0.0.1", "10.0.0.2"));
        assert!(holds("10.0.0.0/8", "10.255.0.2") && !holds("10.0.0.0/8", "11.0.0.2"));
        assert!(holds("0.0.0.0/0", "192.0.2.1") && !holds("0.0.0.0/0", "::1"));
        assert!(holds("2001:db8::/32", "2001:db8::7") && !holds("2001:db8::/32", "2001:db9::7"));
        assert!(holds("::ffff:10.0.0.1", "10.0.0.1"));
        assert!("10.0.0.1/33".parse::<Network>().is_err() && "ten".parse::<Network>().is_err());
    }

    #[test]
    fn times_are_since_the_first_packet_or_on_the_clock() {
        let moment = |text: &str| text.parse::<Moment>();
        assert_eq!(moment("1.5s"), Ok(Moment::Since(1_500_000_000)));
        assert_eq!(moment("0.0000000019"), Ok(Moment::Since(1)));
        assert_eq!(moment("200ms"), Ok(Moment::Since(200_000_000)));
        assert_eq!(moment("7us"), Ok(Moment::Since(7_000)));
        assert_eq!(moment("1970-01-02T00:00:01.5Z"), Ok(Moment::At(Stamp(86_401_500_000_000))));
        assert_eq!(moment("2024-02-29T12:00:00Z"), Ok(Moment::At(Stamp(1_709_208_000_000_000_000))));
        assert!(moment("2023-12-31T00:00:00Z").is_ok() && moment("2024-02-29T00:00:00Z").is_ok());
        for wrong in [
            "",
            "s",
            "-1s",
            "2023-02-30T00:00:00Z",
            "2023-02-29T00:00:00Z",
            "2023-+2-01T00:00:00Z",
            "1.2.3",
            "tomorrow",
            "2024-13-01T00:00:00Z",
            "2024-01-01",
        ] {
            assert!(moment(wrong).is_err(), "{wrong}");
        }
    }
}

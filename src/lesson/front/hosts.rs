//! `[hosts.NAME]`: who takes part, and what the lesson sets on each of them.

use toml::de::DeValue;

use super::{Entry, Reader, Setting};
use crate::lesson::{
    diagnostic::Diagnostic,
    model::{HostSpec, Span},
    parser::verbs,
};

/// Hosts are drawn side by side.
const MOST_HOSTS: usize = 8;
const SETTINGS: [&str; 4] = ["mtu", "path_mtu", "forwards", "sysctls"];
/// The least MTU that Linux takes.
const LEAST_MTU: i64 = 68;
const LARGEST_MTU: i64 = 65_535;
/// A router joins the networks of others.
const LEAST_HOSTS_OF_ROUTER: usize = 3;

impl Reader {
    /// In the order of the file.
    pub(super) fn hosts(&mut self, value: Entry) -> Vec<HostSpec> {
        let span = self.in_file(value.span());
        let DeValue::Table(table) = value.into_inner() else {
            let flat = Diagnostic::at(span, "`hosts` is a table").label("expected tables");
            self.complaints
                .push(flat.help("a host is declared by a line `[hosts.NAME]` at the end of the front matter"));
            return Vec::new();
        };
        let mut entries: Vec<_> = table.into_iter().collect();
        entries.sort_by_key(|(name, _)| name.span().start);
        if entries.len() > MOST_HOSTS {
            self.complaints.push(Diagnostic::at(span, format!("more than {MOST_HOSTS} hosts")).label("too many"));
            entries.truncate(MOST_HOSTS);
        }
        let mut routers = Vec::new();
        let hosts: Vec<HostSpec> = entries
            .into_iter()
            .map(|(name, table)| {
                let place = self.in_file(name.span());
                self.front.host_names.push(place.clone());
                self.host_name(name.get_ref(), place);
                self.host(name.get_ref(), table, &mut routers)
            })
            .collect();
        self.check_routers(&routers, hosts.len());
        hosts
    }

    fn host_name(&mut self, name: &str, span: Span) {
        let proper = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            && name.len() <= 16;
        if !proper {
            let wrong =
                Diagnostic::at(span, format!("a host cannot be called `{name}`")).label("expected a short name");
            self.complaints
                .push(wrong.help(
                    "a host's name is made of a-z, 0-9 and `_`, begins with a letter and has at most 16 of them",
                ));
        } else if verbs::line_verbs().any(|verb| verb == name) {
            self.complaints
                .push(Diagnostic::at(span, format!("a host cannot be called `{name}`")).label("this is a verb"));
        }
    }

    fn host(&mut self, name: &str, table: Entry, routers: &mut Vec<Span>) -> HostSpec {
        let mut host = HostSpec { name: name.to_owned(), ..HostSpec::default() };
        let span = self.in_file(table.span());
        let DeValue::Table(table) = table.into_inner() else {
            let flat = Diagnostic::at(span, format!("the host `{name}` is a table")).label("expected a table");
            self.complaints.push(flat.help(format_args!("write a line `[hosts.{name}]`, and its settings below")));
            return host;
        };
        let mut entries: Vec<_> = table.into_iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in entries {
            let (key, key_span) = (key.get_ref().as_ref(), self.in_file(key.span()));
            let Some(known) = SETTINGS.into_iter().find(|known| *known == key) else {
                let unknown = Diagnostic::at(key_span, format!("a host has no setting `{key}`"));
                let labelled = unknown.label(format!("known settings are {}", SETTINGS.join(", ")));
                self.complaints.push(labelled.did_you_mean(key, SETTINGS));
                continue;
            };
            match known {
                "mtu" => host.mtu = self.mtu(key, value),
                "path_mtu" => host.path_mtu = self.mtu(key, value),
                "forwards" => {
                    host.forwards = self.value::<bool>(key, value, "expected true or false").unwrap_or_default();
                    routers.extend(host.forwards.then(|| key_span.clone()));
                }
                _ => host.sysctls = self.sysctls(value),
            }
            self.front.settings.push(Setting { host: Some(name.to_owned()), key: known, span: key_span });
        }
        host
    }

    fn mtu(&mut self, key: &str, value: Entry) -> Option<u32> {
        let span = self.in_file(value.span());
        let mtu = self.value::<i64>(key, value, "expected a number of bytes, such as 1400")?;
        if (LEAST_MTU..=LARGEST_MTU).contains(&mtu) {
            return u32::try_from(mtu).ok();
        }
        let range = Diagnostic::at(span, format!("{mtu} is no MTU that Linux takes"));
        self.complaints.push(range.label(format!("expected {LEAST_MTU} to {LARGEST_MTU}")));
        None
    }

    fn check_routers(&mut self, routers: &[Span], hosts: usize) {
        let Some(first) = routers.first() else { return };
        if let Some(second) = routers.get(1) {
            let two = Diagnostic::at(second.clone(), "two hosts forward").label("the second");
            self.complaints.push(two.help("there is one router at most: each other host has a network of its own, and reaches the rest through it"));
        }
        if hosts < LEAST_HOSTS_OF_ROUTER {
            let idle = Diagnostic::at(first.clone(), "a router needs two other hosts");
            let idle = idle.label(format!("the lesson has {hosts} in all"));
            self.complaints.push(idle.help("it stands between hosts in different networks: declare a third host"));
        }
    }

    /// `{ "net.ipv4.tcp_sack" = 0 }`, in the order of the file.
    fn sysctls(&mut self, value: Entry) -> Vec<(String, String)> {
        let span = self.in_file(value.span());
        let DeValue::Table(table) = value.into_inner() else {
            let flat = Diagnostic::at(span, "`sysctls` is a table").label("expected a table");
            self.complaints.push(flat.help("such as `sysctls = { \"net.ipv4.tcp_sack\" = 0 }`"));
            return Vec::new();
        };
        let mut entries: Vec<_> = table.into_iter().collect();
        entries.sort_by_key(|(name, _)| name.span().start);
        let mut sysctls = Vec::with_capacity(entries.len());
        for (name, value) in entries {
            let (name, span) = (name.get_ref().as_ref(), self.in_file(name.span()));
            if matches!(value.get_ref(), DeValue::Table(_)) {
                let bare = Diagnostic::at(span, "a dot in a TOML key begins a table").label("expected quotes");
                self.complaints.push(bare.help("write the whole name between quotes: `\"net.ipv4.tcp_sack\" = 0`"));
            } else if let Some(wrong) = wrong_sysctl(name) {
                self.complaints.push(Diagnostic::at(span, wrong).label("expected a name such as `net.ipv4.tcp_sack`"));
            } else if let Some(value) = self.sysctl_value(name, value) {
                sysctls.push((name.to_owned(), value));
            }
        }
        sysctls
    }

    fn sysctl_value(&mut self, name: &str, value: Entry) -> Option<String> {
        let span = self.in_file(value.span());
        if let DeValue::Integer(_) = value.get_ref() {
            return self.value::<i64>(name, value, "expected a smaller number").map(|number| number.to_string());
        }
        let text = self.value::<String>(name, value, "expected a whole number, or text between quotes")?;
        if text.trim().is_empty() || text.contains(char::is_control) {
            let odd = Diagnostic::at(span, format!("`{name}` cannot be this")).label("expected one line of text");
            self.complaints.push(odd);
            return None;
        }
        Some(text)
    }
}

/// Why the kernel has no parameter of this name, or none that belongs to one network namespace.
fn wrong_sysctl(name: &str) -> Option<String> {
    let proper = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if !name.split('.').all(proper) {
        return Some(format!("`{name}` is no name of a kernel parameter"));
    }
    let of_net = name.strip_prefix("net.").is_some();
    (!of_net).then(|| format!("`{name}` is not the host's own: only what begins with `net.` is"))
}

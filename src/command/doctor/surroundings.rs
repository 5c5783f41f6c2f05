//! What is read rather than tried: the kernel, the process's privileges, its settings, its terminal.

use std::env;

use super::Finding;
use crate::link::{
    netns::sysctl,
    sandbox::{Machine, host_loopback},
};

/// The oldest Linux with everything that a capture asks for.
const OLDEST: (u32, u32) = (5, 1);
/// Below this a stream outruns the capture before it is read.
const ROOMY: u64 = 1 << 20;

pub(super) fn kernel() -> Vec<Finding> {
    let release = sysctl("kernel.osrelease").unwrap_or_default();
    let proc = if release.is_empty() {
        Finding::no("there is no /proc, which the sandbox and the settings need")
            .mended_by("sudo mount -t proc proc /proc")
    } else {
        Finding::ok("/proc is there")
    };
    let kernel = match version(&release) {
        Some(version) if version < OLDEST => Finding::no(format!("Linux {release}: 5.1 or newer is needed")),
        Some(_) => Finding::ok(format!("Linux {release}")),
        None => Finding::note("the kernel does not say its version"),
    };
    vec![kernel, proc]
}

fn version(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

pub(super) fn privileges() -> Vec<Finding> {
    let machine = Machine::read();
    let mut findings = vec![loopback_of_the_host()];
    if let Some(container) = machine.container {
        findings.push(Finding::note(format!("inside a container ({container}): the machine is the container's")));
    }
    if machine.no_new_privs {
        findings.push(Finding::note("no_new_privs is set: sudo and setcap have no effect on this process"));
    }
    if machine.filtered {
        findings.push(Finding::note("a filter of system calls (seccomp) is at work on this process"));
    }
    if machine.file_capabilities {
        findings.push(Finding::note("this program has file capabilities (setcap)"));
    }
    if machine.apparmor_restricts {
        findings.push(Finding::note("AppArmor restricts user namespaces to programs with a profile"));
    }
    findings
}

fn loopback_of_the_host() -> Finding {
    match host_loopback() {
        Ok(()) => Finding::ok("this machine's own loopback could be watched (CAP_NET_RAW)"),
        Err(_) => Finding::note("this machine's own loopback cannot be watched; it would be the second choice"),
    }
}

pub(super) fn settings() -> Vec<Finding> {
    vec![queue(), lost_syn()]
}

fn queue() -> Finding {
    let Some(limit) = sysctl("net.core.rmem_max").ok().and_then(|value| value.parse::<u64>().ok()) else {
        return Finding::note("how much a capture may queue is not told here (net.core.rmem_max)");
    };
    let what = format!("a capture may queue {} KiB (net.core.rmem_max)", limit / 1024);
    if limit >= ROOMY {
        return Finding::ok(what);
    }
    Finding::note(format!("{what}: of fast transfers it may lose frames, and says so"))
        .mended_by("sudo sysctl -w net.core.rmem_max=4194304")
}

fn lost_syn() -> Finding {
    match sysctl("net.ipv4.tcp_syn_linear_timeouts").as_deref() {
        Ok("0") | Err(_) => Finding::note("a lost SYN is sent again after 1, 2, 4 … seconds, each time twice as long"),
        Ok(times) => {
            // So many waits stay as long as the first one.
            let waits = times.parse::<u32>().map_or_else(|_| "some".to_owned(), |times| (times + 1).to_string());
            Finding::note(format!(
                "a lost SYN is sent again after {waits} waits of 1 s each, and then after 2, 4, … seconds \
                 (net.ipv4.tcp_syn_linear_timeouts={times})"
            ))
        }
    }
}

pub(super) fn terminal() -> Vec<Finding> {
    let size = match crossterm::terminal::size() {
        Ok((columns, rows)) if columns < 80 || rows < 24 => {
            Finding::note(format!("the terminal has {columns} columns and {rows} rows; 80 and 24 are comfortable"))
        }
        Ok((columns, rows)) => Finding::ok(format!("the terminal has {columns} columns and {rows} rows")),
        Err(_) => Finding::note("there is no terminal: `run` and `check` work, the map of lessons needs one"),
    };
    vec![size, colour(), locale()]
}

fn colour() -> Finding {
    let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    match colored::control::SHOULD_COLORIZE.should_colorize() {
        true => Finding::ok("colours are on"),
        false if set("NO_COLOR") => Finding::note("colours are off (NO_COLOR)"),
        false => Finding::note("colours are off: this is not a terminal that shows them"),
    }
}

fn locale() -> Finding {
    let variables = ["LC_ALL", "LC_CTYPE", "LANG"];
    let locale = variables.iter().filter_map(|name| env::var(name).ok()).find(|value| !value.is_empty());
    match locale {
        Some(locale) if is_utf8(&locale) => Finding::ok(format!("the locale is UTF-8 ({locale})")),
        Some(locale) => Finding::note(format!("the locale is not UTF-8 ({locale}): arrows may be garbled"))
            .mended_by("export LC_ALL=C.UTF-8"),
        None => Finding::note("no locale is set: arrows may be garbled").mended_by("export LC_ALL=C.UTF-8"),
    }
}

fn is_utf8(locale: &str) -> bool {
    let locale = locale.to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_compare_as_numbers() {
        assert_eq!(version("6.18.44-fc-v669"), Some((6, 18)));
        assert!(version("4.20.0").unwrap() < OLDEST && version("5.10.1").unwrap() > OLDEST);
        assert_eq!(version(""), None);
    }

    #[test]
    fn locales_are_known_by_their_encoding() {
        assert!(is_utf8("de_DE.UTF-8") && is_utf8("C.utf8"));
        assert!(!is_utf8("POSIX"));
    }
}

//! The flags. Their comments are the manual: `--help`, the man page and the completions are made from them.
//!
//! Parsing touches nothing: no file, no environment, no terminal. What a flag does is left to the commands.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand};
use clap_complete::Shell;

use crate::{
    conversation::filter::{Moment, Network},
    face::text::terminal::ColourChoice,
};

/// Learn how TCP and UDP really work: lessons that open real sockets and explain the real packets of your own kernel.
///
/// Without a command, the lessons are shown to choose from.
///
/// A lesson runs in private network namespaces that need no root, touch nothing outside themselves and are gone when
/// the program ends. Everything it shows was said by the kernel; what was concluded instead is marked so.
#[derive(Debug, Parser)]
#[command(name = "wiretutor", version, after_help = AFTER_HELP, after_long_help = AFTER_LONG_HELP, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,

    #[command(flatten)]
    pub look: LookFlags,
}

/// How text looks, for every command.
#[derive(Clone, Copy, Debug, Args)]
pub struct LookFlags {
    /// When to use colour: on a terminal, always, or never
    ///
    /// `auto` also obeys NO_COLOR, CLICOLOR_FORCE and TERM=dumb. Nothing is said by colour alone.
    #[arg(
        long,
        global = true,
        display_order = 100,
        value_name = "WHEN",
        default_value = "auto",
        hide_default_value = true
    )]
    pub color: ColourChoice,

    /// Words instead of signs, for terminals without them and for screen readers
    ///
    /// `ok:` instead of a tick, `FAILED:` instead of a cross. Chosen by itself where the locale is not UTF-8.
    #[arg(long, global = true, display_order = 101)]
    pub ascii: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open the terminal app, at a lesson
    ///
    /// Without LESSON it opens at the map of lessons, as `wiretutor` alone does.
    Learn(Learn),

    /// For a teacher: what a class does not see, in a second terminal
    ///
    /// Follows the app that presents (`learn LESSON --present`, or `p` in a lesson) and shows the step that is on its
    /// screen with the answers, the lines that come next, and the author's notes. Started first, it waits.
    Notes,

    /// Run a lesson and tell it as text, each packet as it crosses
    ///
    /// Every claim of the lesson is checked on the way. The exit status is 1 if one does not hold.
    Run(Run),

    /// Run lessons and check their claims, one line a lesson
    ///
    /// Without LESSON, all lessons of the program.
    Check(Check),

    /// List the lessons
    List(List),

    /// Study a capture file: its conversations, and what each packet says
    ///
    /// Reads pcap and pcapng, as far as the file goes. In a terminal the app shows it. Elsewhere, or with --list, the
    /// conversations are listed; their numbers are for --stream. Nothing is sent, and nothing but the file is read.
    Open(Box<Open>),

    /// Check the form of lessons of your own, without running them
    ///
    /// All errors of a file are drawn on its lines, at once.
    Lint(Lint),

    /// Say what works on this machine, what does not, and the command that mends it
    Doctor,

    /// Write a completion script for a shell to standard output
    Completions {
        /// The shell that will read it
        shell: Shell,
    },

    /// Write the man page to standard output
    Man,
}

#[derive(Debug, Args)]
pub struct Learn {
    /// A lesson's name (`handshake`), or the path of a lesson's file (`./mine.md`)
    pub lesson: Option<String>,

    /// For a class: larger, and answers stay hidden until they are seen
    #[arg(long)]
    pub present: bool,
}

#[derive(Debug, Args)]
pub struct Run {
    /// A lesson's name (`handshake`), or the path of a lesson's file (`./mine.md`)
    pub lesson: String,

    /// Stop at each question and before each step, until Enter is pressed
    ///
    /// Only the telling stops: the lab runs at the kernel's own pace, and is shown a moment later.
    #[arg(long, conflicts_with = "json")]
    pub step: bool,

    /// Write the timeline instead, one event a line (NDJSON; see docs/timeline-format.md)
    #[arg(long)]
    pub json: bool,

    /// Tell what was recorded in FILE, instead of running the lesson
    ///
    /// Everything is then labelled RECORDED, and every number is the recording's.
    #[arg(long, value_name = "FILE", conflicts_with = "record")]
    pub replay: Option<PathBuf>,

    /// Keep the timeline in FILE, for --replay
    ///
    /// FILE is there when the lesson is over, and an older recording stays until then.
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,

    /// Keep the packets in FILE, for Wireshark, with their explanation as comments (pcapng)
    ///
    /// Each host is an interface, and each packet stands once, with nanoseconds, at the time at which its sender sent
    /// it. Its comments say what it means, what became of it, and which calls, claims and states came before it. FILE
    /// is there when the lesson is over, and an older capture stays until then. With `-` the capture goes to standard
    /// output, instead of the text.
    #[arg(long, value_name = "FILE")]
    pub pcapng: Option<PathBuf>,

    /// How many columns a line has; otherwise the terminal's, from 40 to 100, and 80 through a pipe
    #[arg(long, value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(40..=400))]
    pub width: Option<u16>,
}

#[derive(Debug, Args)]
pub struct Check {
    /// Lessons by name, files, or folders that hold lessons
    #[arg(value_name = "LESSON|PATH")]
    pub lessons: Vec<String>,

    /// Run each lesson N times
    #[arg(long, value_name = "N", default_value_t = 1, hide_default_value = true, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub repeat: u32,

    /// Run N lessons at a time; otherwise one for each processor
    #[arg(long, short = 'j', value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub jobs: Option<u16>,

    /// Write the results to FILE too, as JUnit XML for a build server
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Args)]
pub struct List {
    /// For programs: one JSON array
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Open {
    /// The capture file, or - for standard input
    pub file: PathBuf,

    /// List the conversations, a line each (what is done without any other flag where no terminal is)
    #[arg(long, conflicts_with_all = ["plain", "follow"])]
    pub list: bool,

    /// Tell every packet: what it is, and what it says
    #[arg(long, conflicts_with = "json")]
    pub plain: bool,

    /// Tell the conversation with this number, as a ladder; with --plain or --json, only its packets
    #[arg(long, value_name = "N")]
    pub stream: Option<u64>,

    /// For programs: a line of JSON for each packet, or with --list for each conversation
    #[arg(long)]
    pub json: bool,

    /// Wait at the end of a file for what is added to it, and tell each packet as it comes
    #[arg(long)]
    pub follow: bool,

    /// Only packets from or to this address, or one that begins alike: 10.0.0.0/8
    ///
    /// May be given several times; one of them has to fit. All packets are analysed all the same: what one means
    /// depends on those before it.
    #[arg(long = "address", value_name = "ADDRESS")]
    pub addresses: Vec<Network>,

    /// Only packets from or to this port; may be given several times
    #[arg(long = "port", value_name = "PORT")]
    pub ports: Vec<u16>,

    /// Only packets from this time on: 1.5s, 200ms (since the first packet), or 2026-01-31T12:00:00Z
    #[arg(long, value_name = "TIME")]
    pub since: Option<Moment>,

    /// Only packets up to this time, written in the same way
    #[arg(long, value_name = "TIME")]
    pub until: Option<Moment>,

    /// TCP's numbers as they stand in the packets, instead of counted from the first one of each side
    #[arg(long)]
    pub raw: bool,

    /// Keep the packets that are asked for in a new file, each with its explanation as a comment, for Wireshark
    ///
    /// `-` is standard output, for a pipe.
    #[arg(long, value_name = "FILE", conflicts_with = "follow")]
    pub pcapng: Option<PathBuf>,

    /// How many columns a line of the ladder has; otherwise the terminal's, from 40 to 100, and 80 through a pipe
    #[arg(long, value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(40..=400))]
    pub width: Option<u16>,
}

#[derive(Debug, Args)]
pub struct Lint {
    /// Files, or folders that hold lessons
    #[arg(value_name = "PATH", required = true, action = ArgAction::Append)]
    pub paths: Vec<PathBuf>,
}

const AFTER_HELP: &str = "\
Examples:
  wiretutor                      choose a lesson
  wiretutor run handshake        a connection opens, packet by packet
  wiretutor open web.pcap        the conversations of a capture
  wiretutor doctor               what works on this machine

Exit status:
  0  done, and every claim held
  1  a claim of a lesson does not hold
  2  a wrong argument, or a lesson that cannot be read
  3  this machine lacks what is needed, or the output could not be written
  a signal that ends the app: 128 and its number";

const AFTER_LONG_HELP: &str = "\
Examples:
  wiretutor                                 choose a lesson, at your own pace
  wiretutor list                            the lessons
  wiretutor run handshake                   a connection opens, packet by packet
  wiretutor run handshake | less -R         at your own pace (with --color=always in colour)
  wiretutor run handshake --json            every event as a line of JSON
  wiretutor run handshake --record h.jsonl  keep what happened ...
  wiretutor run handshake --replay h.jsonl  ... and tell it again, where no lab can run too
  wiretutor run loss --pcapng loss.pcapng   the packets for Wireshark, with comments
  wiretutor run ./mine.md                   a lesson of your own
  wiretutor lint lessons/                   is it well formed?
  wiretutor check --repeat 100 ./mine.md    does it always hold?
  wiretutor open web.pcap                   the conversations of a capture ...
  wiretutor open web.pcap --stream 0        ... and what each packet of one of them says
  wiretutor check --junit results.xml       for a build server
  wiretutor doctor                          what works on this machine

Exit status:
  0  done, and every claim held
  1  a claim of a lesson does not hold
  2  a wrong argument, or a lesson that cannot be read
  3  this machine lacks what is needed, or the output could not be written
  a signal that ends the app: 128 and its number";

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parsed(arguments: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(std::iter::once("wiretutor").chain(arguments.split_whitespace()))
    }

    #[test]
    fn the_flags_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_command_is_a_command_too() {
        assert!(parsed("").unwrap().command.is_none());
    }

    #[test]
    fn looks_are_for_every_command_and_stand_anywhere() {
        let cli = parsed("list --color never --ascii").unwrap();
        assert_eq!((cli.look.color, cli.look.ascii), (ColourChoice::Never, true));
        assert_eq!(parsed("--color=always doctor").unwrap().look.color, ColourChoice::Always);
    }

    #[test]
    fn every_command_parses_with_its_flags() {
        for arguments in [
            "run handshake --json --record f --width 60",
            "run handshake --step",
            "run ./a.md --replay f",
            "run a --json --record f --pcapng g",
            "run a --replay f --pcapng g",
            "check",
            "check a b.md --repeat 200 -j 4 --junit f",
            "list --json",
            "lint a.md b",
            "open f",
            "open - --plain --address 10.0.0.0/8 --address ::1 --port 80 --since 1.5s --until 2026-01-31T12:00:00Z",
            "open f --stream 3 --raw --width 60 --pcapng g",
            "open f --json --list",
            "open f --follow --json",
            "doctor",
            "completions bash",
            "man",
        ] {
            assert!(parsed(arguments).unwrap().command.is_some(), "{arguments}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_status_2() {
        for arguments in [
            "run",
            "run a b",
            "run a --replay f --record f",
            "run a --width 5",
            "check --repeat 0",
            "check --jobs 0",
            "lint",
            "open",
            "open f --plain --json",
            "open f --list --plain",
            "open f --list --follow",
            "open f --address 10.0.0.0/33",
            "open f --since noon",
            "completions dos",
            "--color pink",
            "teach",
        ] {
            assert_eq!(parsed(arguments).unwrap_err().exit_code(), 2, "{arguments}");
        }
    }

    #[test]
    fn every_flag_and_argument_is_explained() {
        for command in Cli::command().get_subcommands() {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{} {}", command.get_name(), argument.get_id());
            }
        }
    }
}

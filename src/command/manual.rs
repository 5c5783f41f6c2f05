//! `completions`, `man` and `--help`: made from the flags' own words.

use std::io::{IsTerminal, Write};

use clap::{CommandFactory, builder::StyledStr};

use super::ending::{Ending, Failure};
use crate::{
    cli::Cli,
    face::{
        out,
        text::terminal::{self, ColourChoice},
    },
};

pub fn completions(shell: clap_complete::Shell) -> Result<Ending, Failure> {
    // Into memory first: the generator panics where it can not write.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "wiretutor", &mut script);
    print(&script)
}

pub fn man() -> Result<Ending, Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page)?;
    print(&page)
}

/// What `--help` and `--version` ask for. The parser would print it too, and call it a success on a full disk.
pub fn help(text: &StyledStr) -> Result<Ending, Failure> {
    match terminal::colour(ColourChoice::Auto, std::io::stdout().is_terminal(), &terminal::environment) {
        true => print(text.ansi().to_string().as_bytes()),
        false => print(text.to_string().as_bytes()),
    }
}

fn print(text: &[u8]) -> Result<Ending, Failure> {
    let mut stdout = out::stdout()?;
    stdout.write_all(text)?;
    stdout.flush()?;
    Ok(Ending::Done)
}

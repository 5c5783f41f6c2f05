//! `completions` and `man`: made from the flags' own words.

use std::io::Write;

use clap::CommandFactory;

use super::ending::{Ending, Failure};
use crate::{cli::Cli, face::out};

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

fn print(text: &[u8]) -> Result<Ending, Failure> {
    let mut stdout = out::stdout()?;
    stdout.write_all(text)?;
    stdout.flush()?;
    Ok(Ending::Done)
}

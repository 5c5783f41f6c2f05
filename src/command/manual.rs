//! `completions`, `man` and `--help`: made from the flags' own words.

use std::io::{IsTerminal, Write};

use clap::{CommandFactory, builder::StyledStr};
use clap_mangen::Man;

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

/// One page for the program and all of its commands.
pub fn man() -> Result<Ending, Failure> {
    let mut page = Vec::new();
    let mut command = Cli::command();
    command.build();
    let examples = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
    let whole = Man::new(command.clone());
    whole.render_title(&mut page)?;
    whole.render_name_section(&mut page)?;
    whole.render_synopsis_section(&mut page)?;
    whole.render_description_section(&mut page)?;
    whole.render_options_section(&mut page)?;
    for subcommand in command.get_subcommands().filter(|subcommand| subcommand.get_name() != "help") {
        page.extend(chapter(subcommand)?);
    }
    // As it stands: the columns of the examples would be lost in a filled paragraph.
    writeln!(page, ".SH EXAMPLES\n.nf\n{}\n.fi", examples.replace('\\', "\\e").trim_start_matches("Examples:\n"))?;
    print(&page)
}

/// A command of the program: its sections, one level down.
fn chapter(command: &clap::Command) -> std::io::Result<Vec<u8>> {
    let mut sections = Vec::new();
    let part = Man::new(command.clone());
    part.render_description_section(&mut sections)?;
    part.render_synopsis_section(&mut sections)?;
    part.render_options_section(&mut sections)?;
    let name = command.get_name().to_uppercase();
    let body = String::from_utf8_lossy(&sections).replace(".SH DESCRIPTION\n", "").replace(".SH ", ".SS ");
    Ok(format!(".SH \"COMMAND: {name}\"\n{body}").into_bytes())
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

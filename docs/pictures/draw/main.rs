//! The pictures of the app in `docs/pictures/`: `cargo run --release --example pictures`.
//!
//! They are the app's own screens, drawn without a terminal: lessons run in a lab of this machine, and keys are pressed
//! as a learner would press them. Where no lab can be had a lesson is shown from its recording, and says so; what needs
//! hands on the wire is then left as it is.

mod show;

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
};

use anyhow::{Context, Result, ensure};
use crossterm::event::KeyCode;
use wiretutor::link::sandbox::{self, Sandbox};

use self::show::Show;

/// No picture in a page is larger.
const LARGEST: usize = 150_000;

/// A picture, and the way to it.
#[derive(Clone, Copy)]
struct Picture {
    name: &'static str,
    /// What is seen, for those who do not see it.
    words: &'static str,
    theme: &'static str,
    size: (u16, u16),
    needs_hands: bool,
    way: fn(&mut Show) -> Result<()>,
}

const fn dark(name: &'static str, words: &'static str, way: fn(&mut Show) -> Result<()>) -> Picture {
    Picture { name, words, theme: "dark", size: (120, 36), needs_hands: false, way }
}

const fn by_hand(picture: Picture) -> Picture {
    Picture { needs_hands: true, ..picture }
}

const PICTURES: [Picture; 8] = [
    dark("map", "The map: lessons by part, with what each is about.", |_| Ok(())),
    dark("syn", "A SYN stopped half-way between client and server, and beside it what it means.", syn),
    dark("question", "A question, before the packets answer it: in which state is each end?", question),
    by_hand(dark("dropped", "The SYN+ACK was dropped by hand, and the server has sent it again.", dropped)),
    dark("fields", "The bytes of the SYN+ACK, with its acknowledgement number chosen and explained.", fields),
    by_hand(dark("slow", "Free play in slow motion: a SYN is half-way from the client to the server.", slow)),
    dark("states", "The state diagram of TCP, with the client in SYN-SENT and the server in SYN-RECV.", states),
    Picture { theme: "light", ..dark("light", "The same SYN in our hands, in the light theme.", syn) },
];

fn main() -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures");
    fs::create_dir_all(&folder)?;
    // Opened before the sandbox is entered, in which root is nobody, and not emptied before there is something better.
    let file = |picture: &Picture| {
        let path = folder.join(picture.name).with_extension("svg");
        File::options().write(true).create(true).truncate(false).open(&path).with_context(|| path.display().to_string())
    };
    let files = PICTURES.iter().map(file).collect::<Result<Vec<_>>>()?;
    // Before any thread is started: it asks for a process with one.
    let sandbox = sandbox::enter().map_err(|refusal| anyhow::anyhow!("{refusal}"))?;
    for (picture, mut file) in PICTURES.iter().zip(files) {
        let svg = draw(picture, &sandbox).with_context(|| format!("the picture `{}`", picture.name))?;
        let Some(svg) = svg else {
            eprintln!(
                "{}: left as it is, because it needs a lab; `wiretutor doctor` says what mends that",
                picture.name
            );
            continue;
        };
        ensure!(svg.len() <= LARGEST, "{} has {} bytes, and may have {LARGEST}", picture.name, svg.len());
        file.set_len(0)?;
        file.write_all(svg.as_bytes())?;
        println!("{}.svg  {} bytes", picture.name, svg.len());
    }
    Ok(())
}

/// `None` where the picture needs a lab and there is none.
fn draw(picture: &Picture, sandbox: &Sandbox) -> Result<Option<String>> {
    let mut show = Show::open(picture.theme, picture.size, sandbox.watch)?;
    if picture.needs_hands && !show.has_hands() {
        return Ok(None);
    }
    (picture.way)(&mut show)?;
    let svg = show.svg(picture.words);
    show.close();
    Ok(Some(svg))
}

fn syn(show: &mut Show) -> Result<()> {
    show.begin("handshake")?;
    show.go_to_step(2)?;
    show.press(KeyCode::Enter)
}

fn synack(show: &mut Show) -> Result<()> {
    syn(show)?;
    show.go_to_step(3)?;
    show.press(KeyCode::Enter)
}

fn question(show: &mut Show) -> Result<()> {
    show.begin("handshake")?;
    show.go_to_step(4)?;
    show.press(KeyCode::Down)?;
    show.press(KeyCode::Down)
}

fn dropped(show: &mut Show) -> Result<()> {
    synack(show)?;
    show.press(KeyCode::Char('d'))?;
    show.wait_for("dropped")?;
    show.wait_until("the SYN+ACK comes again", |row| row.contains("SYN+ACK") && row.contains('▌'))
}

fn fields(show: &mut Show) -> Result<()> {
    synack(show)?;
    show.press(KeyCode::Char('2'))?;
    show.press(KeyCode::Down)
}

fn slow(show: &mut Show) -> Result<()> {
    show.begin_free_play()?;
    show.press(KeyCode::Esc)?;
    show.press(KeyCode::Char('s'))?;
    show.type_line("server listen tcp 80")?;
    show.wait_for("listen(")?;
    show.type_line("client connect server:80")?;
    show.wait_for("SYN")?;
    show.wait_until_half_way();
    Ok(())
}

fn states(show: &mut Show) -> Result<()> {
    synack(show)?;
    show.press(KeyCode::Char('6'))?;
    show.press(KeyCode::Char('z'))?;
    show.wait_for("2 MSL")
}

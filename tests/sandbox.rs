//! The sandbox, the loopback and the kernel's word, for real.
//!
//! A user namespace can be entered only by a process with one thread, and no test harness has one. So each test is a
//! scene that this very program plays when it is started again with a hidden argument: alone, from its first line.
//! What a scene needs and this machine or this user does not give is said aloud, and the test is ignored.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a scene fails by panicking")]

#[path = "sandbox/capturing.rs"]
mod capturing;
#[path = "sandbox/doctor.rs"]
mod doctor;
#[path = "sandbox/grades.rs"]
mod grades;
#[path = "sandbox/kernel_word.rs"]
mod kernel_word;
#[path = "sandbox/program.rs"]
mod program;
#[path = "sandbox/stage.rs"]
mod stage;
#[path = "sandbox/wire/mod.rs"]
mod wire;

use std::{
    env,
    process::{Command, ExitCode},
};

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use stage::{Needs, Outcome, Scene};

/// The hidden argument, followed by the scene's name.
const SCENE: &str = "--scene";

fn main() -> ExitCode {
    let wire = wire::scenes();
    let scenes: Vec<Scene> =
        [grades::SCENES, capturing::SCENES, kernel_word::SCENES, doctor::SCENES, program::SCENES, &wire].concat();
    let arguments: Vec<String> = env::args().collect();
    if let [_, flag, name, ..] = arguments.as_slice()
        && flag == SCENE
    {
        return stage::play(&scenes, name);
    }
    let tests = scenes.into_iter().filter(|scene| scene.needs != Needs::Scene);
    let trials = tests.map(|scene| Trial::ignorable_test(scene.name, move || rehearse(&scene))).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Plays a scene in a process of its own.
fn rehearse(scene: &Scene) -> Result<Completion, Failed> {
    if scene.needs == Needs::Root && !rustix::process::geteuid().is_root() {
        return Ok(Completion::ignored_with("needs to be started as root"));
    }
    let output = Command::new(env::current_exe()?).args([SCENE, scene.name]).envs(scene.environment()).output()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    match Outcome::of(output.status) {
        Outcome::Passed => Ok(Completion::Completed),
        Outcome::Ignored => Ok(Completion::ignored_with(said.trim())),
        Outcome::Failed => Err(format!("{}\n{said}", output.status).into()),
    }
}

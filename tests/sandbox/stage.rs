//! What the scenes stand on: how one is played, and how a machine that refuses is made without touching this one.

use std::{
    env, fs,
    io::{Read, Write},
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{ExitCode, ExitStatus},
};

use rustix::{
    pipe::{PipeFlags, pipe_with},
    process::{DumpableBehavior, getegid, geteuid, getpid, set_dumpable_behavior},
    thread::{
        CapabilitySet, CapabilitySets, Gid, Uid, UnshareFlags, set_capabilities, set_thread_groups, set_thread_res_gid,
        set_thread_res_uid,
    },
};
use wiretutor::{
    kernel::sys,
    link::{
        Watch,
        netns::set_sysctl,
        sandbox::{self, Sandbox},
    },
};

/// The user and the group of nobody.
pub(crate) const NOBODY: u32 = 65534;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    Nothing,
    /// The host's root, to show that it is given up.
    Root,
    /// Another scene, which starts it: it is no test by itself.
    Scene,
}

#[derive(Clone, Copy)]
pub(crate) struct Scene {
    pub(crate) name: &'static str,
    pub(crate) needs: Needs,
    pub(crate) play: fn() -> Played,
}

/// A scene fails by panicking, and leaves with a reason when this machine does not give what it needs.
pub(crate) type Played = Result<(), Ignored>;

#[derive(Debug)]
pub(crate) struct Ignored(pub(crate) String);

pub(crate) enum Outcome {
    Passed,
    Ignored,
    Failed,
}

const IGNORED: i32 = 77;

impl Outcome {
    pub(crate) fn of(status: ExitStatus) -> Self {
        match (status.code(), status.signal()) {
            (Some(0), _) => Self::Passed,
            (Some(IGNORED), _) => Self::Ignored,
            _ => Self::Failed,
        }
    }
}

impl Scene {
    pub(crate) const fn anybody(name: &'static str, play: fn() -> Played) -> Self {
        Self { name, needs: Needs::Nothing, play }
    }

    pub(crate) const fn root(name: &'static str, play: fn() -> Played) -> Self {
        Self { name, needs: Needs::Root, play }
    }

    pub(crate) const fn aside(name: &'static str, play: fn() -> Played) -> Self {
        Self { name, needs: Needs::Scene, play }
    }

    /// As `sudo` would set it, for the scenes that root begins.
    pub(crate) fn environment(&self) -> Vec<(&'static str, &'static str)> {
        match self.needs {
            Needs::Root => vec![("SUDO_UID", "12345"), ("SUDO_GID", "54321")],
            Needs::Nothing | Needs::Scene => Vec::new(),
        }
    }
}

pub(crate) fn play(scenes: &[Scene], name: &str) -> ExitCode {
    let Some(scene) = scenes.iter().find(|scene| scene.name == name) else {
        eprintln!("there is no scene {name}");
        return ExitCode::FAILURE;
    };
    match (scene.play)() {
        Ok(()) => ExitCode::SUCCESS,
        Err(Ignored(why)) => {
            println!("{why}");
            ExitCode::from(IGNORED as u8)
        }
    }
}

/// Enters the sandbox, for a scene that needs private namespaces.
pub(crate) fn enter_private() -> Result<Sandbox, Ignored> {
    let sandbox = sandbox::enter().expect("one thread");
    match sandbox.watch {
        Watch::Private => Ok(sandbox),
        _ => Err(Ignored(sandbox.refusals.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))),
    }
}

/// A machine of our own: a user namespace in which the limits of namespaces are ours to set. For root it looks like
/// the host's own, with every user mapped to itself; anybody else is mapped alone.
pub(crate) fn machine_of_our_own() -> Played {
    let (uid, gid) = (geteuid(), getegid());
    let (uid_map, gid_map) = match uid.is_root() {
        true => ("0 0 4294967295".to_owned(), "0 0 4294967295".to_owned()),
        false => (format!("{uid} {uid} 1"), format!("{gid} {gid} 1")),
    };
    let (gate, open_gate) = pipe_with(PipeFlags::CLOEXEC).unwrap();
    let process = Path::new("/proc").join(getpid().as_raw_nonzero().to_string());
    let helper = sys::Child::start(|| {
        fs::File::from(gate).read_exact(&mut [0; 1]).unwrap();
        if !uid.is_root() {
            fs::write(process.join("setgroups"), "deny").unwrap();
        }
        let written =
            fs::write(process.join("gid_map"), gid_map).and_then(|()| fs::write(process.join("uid_map"), uid_map));
        written.err().map(|error| error.to_string().into_bytes()).unwrap_or_default()
    })
    .unwrap();
    let made = sys::unshare(UnshareFlags::NEWUSER);
    fs::File::from(open_gate).write_all(&[1]).unwrap();
    let refused = helper.wait().unwrap();
    match (made, refused.as_slice()) {
        (Ok(()), []) => Ok(()),
        (made, why) => Err(Ignored(format!("no user namespace to play in: {made:?} {}", String::from_utf8_lossy(why)))),
    }
}

/// Allows only so many of a kind of namespace.
pub(crate) fn limit(kind: &str, most: u32) {
    set_sysctl(&format!("user.max_{kind}_namespaces"), &most.to_string()).unwrap();
}

/// Becomes an ordinary user, as a login leaves one: no capabilities, and the owner of one's own `/proc/self`.
pub(crate) fn become_ordinary() {
    become_nobody();
    let none = CapabilitySet::empty();
    set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none }).unwrap();
    set_dumpable_behavior(DumpableBehavior::Dumpable).unwrap();
}

/// Root becomes nobody; everybody else stays who he is.
pub(crate) fn become_nobody() {
    if geteuid().is_root() {
        let (uid, gid) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
        set_thread_groups(&[]).unwrap();
        set_thread_res_gid(gid, gid, gid).unwrap();
        set_thread_res_uid(uid, uid, uid).unwrap();
    }
}

/// A field of `/proc/self/status`.
pub(crate) fn status(field: &str) -> String {
    let status = fs::read_to_string("/proc/thread-self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field)).expect("a field of the status");
    line.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

/// This program, for whoever may not read the folder it lies in.
pub(crate) fn copy_for_everybody(folder: &Path) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let copy = folder.join("sandbox");
    fs::copy(env::current_exe().unwrap(), &copy).unwrap();
    for path in [folder, &copy] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    copy
}

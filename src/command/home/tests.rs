use std::{
    ffi::OsString,
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    sync::Arc,
    thread,
};

use tempfile::{TempDir, tempdir};

use super::{keeper::date, *};
use crate::{
    face::tui::progress::Progress,
    lesson::{
        self,
        model::{Lesson, Source},
    },
};

const NOW: u64 = 1_769_860_800;

fn lesson(name: &str) -> Lesson {
    let text = "+++\ntitle = \"T\"\nsummary = \"S\"\nminutes = 1\n+++\n\n## Step\n\nText.\n";
    lesson::parse(Arc::new(Source { path: "t.md".into(), text: text.into() }), name, "1-part").unwrap()
}

fn with<T>(variables: &[(&str, &Path)], body: impl FnOnce(Environment) -> T) -> T {
    body(&|wanted| variables.iter().find(|(name, _)| *name == wanted).map(|(_, value)| OsString::from(value)))
}

fn file(home: &TempDir) -> PathBuf {
    home.path().join("share").join(OURS).join("progress.json")
}

fn open(home: &TempDir) -> (Keeper, Progress, Option<String>) {
    Keeper::open_at(file(home), NOW)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn places_are_those_of_the_xdg_specification() {
    let (home, other) = (Path::new("/home/me"), Path::new("/other"));
    with(&[("HOME", home)], |env| {
        assert_eq!(settings_path(env).unwrap(), Path::new("/home/me/.config/wiretutor/config.toml"));
        assert_eq!(progress_path(env).unwrap(), Path::new("/home/me/.local/share/wiretutor/progress.json"));
    });
    with(&[("HOME", home), ("XDG_CONFIG_HOME", other)], |env| {
        assert_eq!(settings_path(env).unwrap(), Path::new("/other/wiretutor/config.toml"));
    });
    with(&[("HOME", home), ("XDG_CONFIG_HOME", Path::new("here"))], |env| {
        assert_eq!(settings_path(env).unwrap(), Path::new("/home/me/.config/wiretutor/config.toml"), "not absolute");
    });
    with(&[("HOME", Path::new(""))], |env| assert!(progress_path(env).is_err()));
}

#[test]
fn without_a_file_the_settings_are_the_defaults() {
    let home = tempdir().unwrap();
    with(&[("HOME", home.path())], |env| assert_eq!(settings(env, &[]), (Settings::default(), vec![])));
    with(&[], |env| assert_eq!(settings(env, &[]), (Settings::default(), vec![])));
}

fn settings_of(bytes: &[u8]) -> (Settings, Vec<String>) {
    let home = tempdir().unwrap();
    fs::create_dir(home.path().join(OURS)).unwrap();
    fs::write(home.path().join(OURS).join("config.toml"), bytes).unwrap();
    with(&[("XDG_CONFIG_HOME", home.path())], |env| settings(env, &[]))
}

#[test]
fn a_file_of_settings_is_read() {
    let (settings, complaints) = settings_of(b"mouse = false\nspeed = 'fast'\n");
    assert!(!settings.mouse);
    assert!(complaints[0].contains("config.toml:2:9"), "{complaints:?}");
}

#[test]
fn settings_that_cannot_be_read_are_told() {
    let (settings, complaints) = settings_of(b"mouse = false\n\xff");
    assert_eq!(settings, Settings::default());
    assert!(complaints[0].contains("byte 14 is not UTF-8"), "{complaints:?}");
    let home = tempdir().unwrap();
    fs::create_dir_all(home.path().join(OURS).join("config.toml")).unwrap();
    let (_, complaints) = with(&[("XDG_CONFIG_HOME", home.path())], |env| super::settings(env, &[]));
    assert!(complaints[0].contains("it is not a file"), "{complaints:?}");
}

#[test]
fn what_is_kept_is_there_the_next_time() {
    let home = tempdir().unwrap();
    let (mut keeper, mut progress, notice) = open(&home);
    assert_eq!((&progress, notice), (&Progress::default(), None), "a new learner has nothing to be told");
    assert!(!file(&home).exists(), "nothing is written before there is something");
    progress.tour_seen(NOW);
    assert_eq!(keeper.keep(&mut progress, NOW), None);
    assert_eq!(open(&home).1, progress);
}

#[test]
fn files_are_for_the_learner_alone_and_nothing_is_left_beside() {
    let home = tempdir().unwrap();
    let (mut keeper, mut progress, _) = open(&home);
    keeper.keep(&mut progress, NOW);
    let folder = file(&home).parent().unwrap().to_owned();
    assert_eq!((mode(&folder), mode(&file(&home))), (0o700, 0o600));
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["progress.json", "progress.lock"]);
}

#[test]
fn instances_at_the_same_time_lose_nothing() {
    const EACH: usize = 12;
    let home = tempdir().unwrap();
    let path = file(&home);
    let work = |instance: usize| {
        let (mut keeper, mut progress, notice) = Keeper::open_at(path.clone(), NOW);
        assert_eq!(notice, None);
        let own = |at: usize| lesson(&format!("lesson-{instance}-{at}"));
        let mut was_locked_out = false;
        for at in 0..EACH {
            progress.finished(&own(at), NOW);
            // Where the disk stalls somebody may have the lock for longer than others are patient.
            let said = keeper.keep(&mut progress, NOW);
            assert!(said.as_ref().is_none_or(|said| said.contains("has locked it")), "{said:?}");
            was_locked_out |= said.is_some();
        }
        // Then it is kept the next time, as everything is that was not.
        while was_locked_out && (0..EACH).any(|at| Keeper::open_at(path.clone(), NOW).1.finishes(&own(at)).count() == 0)
        {
            keeper.keep(&mut progress, NOW);
        }
    };
    thread::scope(|scope| (0..4).for_each(|instance| drop(scope.spawn(move || work(instance)))));
    let kept = open(&home).1;
    for (instance, at) in (0..4).flat_map(|instance| (0..EACH).map(move |at| (instance, at))) {
        let name = format!("lesson-{instance}-{at}");
        assert_eq!(kept.finishes(&lesson(&name)).count(), 1, "{name}");
    }
}

#[test]
fn an_instance_that_does_not_go_on_stops_nobody_for_good() {
    let home = tempdir().unwrap();
    begin_with(&home, "{\"version\": 1}");
    let lock = File::create(file(&home).with_extension("lock")).unwrap();
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let (mut keeper, mut progress, _) = open(&home);
    progress.tour_seen(NOW);
    assert!(keeper.keep(&mut progress, NOW).unwrap().contains("another wiretutor has locked it"));
    drop(lock);
    assert_eq!(keeper.keep(&mut progress, NOW), None);
    assert!(open(&home).1.has_seen_tour(), "what could not be kept then is kept now");
}

#[test]
fn an_instance_hears_of_the_others_when_it_keeps() {
    let home = tempdir().unwrap();
    let (mut one, mut mine, _) = open(&home);
    let (mut two, mut theirs, _) = open(&home);
    mine.finished(&lesson("a"), NOW);
    one.keep(&mut mine, NOW);
    theirs.finished(&lesson("b"), NOW);
    two.keep(&mut theirs, NOW);
    assert_eq!(theirs.finishes(&lesson("a")).count(), 1);
}

#[test]
fn a_link_stays_a_link() {
    let (home, elsewhere) = (tempdir().unwrap(), tempdir().unwrap());
    fs::create_dir_all(file(&home).parent().unwrap()).unwrap();
    let target = elsewhere.path().join("mine.json");
    symlink(&target, file(&home)).unwrap();
    let (mut keeper, mut progress, _) = open(&home);
    progress.tour_seen(NOW);
    assert_eq!(keeper.keep(&mut progress, NOW), None);
    assert!(fs::symlink_metadata(file(&home)).unwrap().is_symlink());
    assert_eq!(Progress::read(&fs::read(target).unwrap()), Ok(progress));
}

fn begin_with(home: &TempDir, text: &str) {
    fs::create_dir_all(file(home).parent().unwrap()).unwrap();
    fs::write(file(home), text).unwrap();
}

#[test]
fn a_damaged_file_is_kept_aside_and_that_is_said() {
    let home = tempdir().unwrap();
    for aside in ["progress.json.damaged-2026-01-31", "progress.json.damaged-2026-01-31-2"] {
        begin_with(&home, "{ \"version\": 1, \"les");
        let (_, progress, notice) = open(&home);
        assert_eq!(progress, Progress::default());
        let notice = notice.unwrap();
        assert!(notice.contains("was damaged (") && notice.contains(&format!("{aside},")), "{notice}");
        let kept = fs::read_to_string(file(&home).with_file_name(aside)).unwrap();
        assert_eq!(kept, "{ \"version\": 1, \"les");
    }
}

#[test]
fn a_newer_file_is_never_touched() {
    let home = tempdir().unwrap();
    let newer = "{\"version\": 99, \"planets\": []}";
    begin_with(&home, newer);
    let (mut keeper, mut progress, notice) = open(&home);
    assert!(notice.unwrap().contains("newer wiretutor (format 99"));
    assert_eq!(keeper.keep(&mut progress, NOW), None, "it was said already");
    assert_eq!(fs::read_to_string(file(&home)).unwrap(), newer);
}

#[test]
fn a_file_that_became_newer_meanwhile_is_not_touched_either() {
    let home = tempdir().unwrap();
    let (mut keeper, mut progress, _) = open(&home);
    begin_with(&home, "{\"version\": 99}");
    assert!(keeper.keep(&mut progress, NOW).unwrap().contains("newer"));
    assert_eq!(fs::read_to_string(file(&home)).unwrap(), "{\"version\": 99}");
}

/// Opens and keeps twice; what is said in all.
fn said_at(path: &Path) -> Vec<String> {
    let (mut keeper, mut progress, notice) = Keeper::open_at(path.to_owned(), NOW);
    progress.tour_seen(NOW);
    let mut said: Vec<String> = notice.into_iter().collect();
    said.extend((0..2).filter_map(|_| keeper.keep(&mut progress, NOW)));
    assert!(progress.has_seen_tour(), "the app goes on with what it knows");
    said
}

#[test]
fn where_nothing_can_be_kept_that_is_said_once() {
    let home = tempdir().unwrap();
    let in_the_way = home.path().join("file");
    fs::write(&in_the_way, "").unwrap();
    let folder = home.path().join("folder");
    fs::create_dir(&folder).unwrap();
    for path in [Path::new("/proc/wiretutor/progress.json"), &in_the_way.join("progress.json"), &folder] {
        let said = said_at(path);
        assert_eq!(said.len(), 1, "{path:?}: {said:?}");
        assert!(said[0].starts_with("Nothing of your progress can be kept in "), "{said:?}");
    }
}

#[test]
fn links_that_lead_in_a_circle_are_told() {
    let home = tempdir().unwrap();
    let path = home.path().join("progress.json");
    symlink(&path, &path).unwrap();
    assert_eq!(said_at(&path).len(), 1);
}

#[test]
fn without_a_home_nothing_is_kept_and_that_is_said() {
    let (mut keeper, mut progress, notice) = with(&[], |env| Keeper::open(env, NOW));
    assert!(notice.unwrap().contains("neither XDG_DATA_HOME nor HOME names a folder"));
    assert_eq!(keeper.keep(&mut progress, NOW), None);
}

#[test]
fn when_it_can_be_kept_again_it_is() {
    let home = tempdir().unwrap();
    let folder = home.path().join("share");
    fs::write(&folder, "in the way").unwrap();
    let (mut keeper, mut progress, _) = open(&home);
    progress.tour_seen(NOW);
    assert!(keeper.keep(&mut progress, NOW).is_some());
    fs::remove_file(&folder).unwrap();
    assert_eq!(keeper.keep(&mut progress, NOW), None);
    assert!(open(&home).1.has_seen_tour());
}

#[test]
fn a_day_has_its_date() {
    for (seconds, day) in
        [(0, "1970-01-01"), (951_782_400, "2000-02-29"), (NOW, "2026-01-31"), (4_102_444_799, "2099-12-31")]
    {
        assert_eq!(date(seconds), day);
    }
}

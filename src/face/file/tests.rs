//! The file in a folder of its own. A disk that is full is in `tests/cli/kept.rs`, where a process can have one.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::PathBuf,
};

use tempfile::TempDir;

use super::*;

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("result");
    (folder, target)
}

fn names(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_place_that_does_not_exist_is_named() {
    let error = ResultFile::create(Path::new("/nowhere/\x1b[1m")).unwrap_err();
    assert_eq!(error.to_string(), r"cannot write /nowhere/\u{1b}[1m: No such file or directory");
}

#[test]
fn a_full_disk_is_named() {
    let mut file = ResultFile::create(Path::new("/dev/full")).unwrap();
    let error = writeln!(file, "a line").and_then(|()| file.keep()).unwrap_err();
    assert_eq!(error.to_string(), "cannot write /dev/full: No space left on device");
    assert!(!fs::metadata("/dev/full").unwrap().is_file(), "a device is written to, and not replaced");
}

#[test]
fn the_old_file_stays_until_the_new_one_is_whole() {
    let (folder, target) = folder();
    fs::write(&target, "old").unwrap();
    let mut file = ResultFile::create(&target).unwrap();
    write!(file, "new").and_then(|()| file.flush()).unwrap();
    assert_eq!(fs::read_to_string(&target).unwrap(), "old");
    file.keep().unwrap();
    assert_eq!((fs::read_to_string(&target).unwrap(), names(&folder)), ("new".into(), vec!["result".to_owned()]));
}

#[test]
fn what_is_not_kept_leaves_nothing() {
    let (folder, target) = folder();
    let mut file = ResultFile::create(&target).unwrap();
    write!(file, "half").unwrap();
    assert_eq!(names(&folder).len(), 1);
    drop(file);
    assert_eq!(names(&folder), [""; 0]);
}

#[test]
fn a_link_stays_a_link_also_where_it_leads_to_nothing_yet() {
    let (folder, target) = folder();
    let link = folder.path().join("link");
    symlink("result", &link).unwrap();
    for text in ["first", "second"] {
        let mut file = ResultFile::create(&link).unwrap();
        write!(file, "{text}").and_then(|()| file.keep()).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&target).unwrap(), text);
    }
    symlink("round", folder.path().join("round")).unwrap();
    let error = ResultFile::create(&folder.path().join("round")).unwrap_err().to_string();
    assert!(error.ends_with("Too many levels of symbolic links"), "{error}");
}

#[test]
fn permissions_are_the_usual_ones_or_those_of_the_old_file() {
    let (folder, target) = folder();
    let usual = folder.path().join("usual");
    fs::write(&usual, "").unwrap();
    ResultFile::create(&target).unwrap().keep().unwrap();
    assert_eq!(mode(&target), mode(&usual));
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
    ResultFile::create(&target).unwrap().keep().unwrap();
    assert_eq!(mode(&target), 0o640);
}

#[test]
fn a_pipe_is_written_to() {
    let (folder, target) = folder();
    rustix::fs::mkfifoat(rustix::fs::CWD, &target, 0o600.into()).unwrap();
    let reading = std::thread::spawn({
        let target = target.clone();
        move || fs::read_to_string(target).unwrap()
    });
    let mut file = ResultFile::create(&target).unwrap();
    write!(file, "through").and_then(|()| file.keep()).unwrap();
    assert_eq!((reading.join().unwrap(), names(&folder)), ("through".into(), vec!["result".to_owned()]));
}

#[test]
fn a_folder_is_no_file() {
    let (folder, target) = folder();
    let not_yet = format!("{}/", target.display());
    for path in [folder.path(), Path::new(&not_yet)] {
        let error = ResultFile::create(path).unwrap_err().to_string();
        assert!(error.ends_with(": Is a directory"), "{error}");
    }
    assert_eq!(names(&folder), [""; 0]);
}

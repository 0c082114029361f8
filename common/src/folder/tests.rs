use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn what_is_made_is_private_to_its_owner() {
    let dir = tempfile::tempdir().unwrap();
    let made = Folder::of_store(dir.path()).unwrap().make("inner").unwrap();
    made.file("file", OFlags::RDWR | OFlags::CREATE).unwrap();
    assert_eq!(mode(made.path()), 0o700);
    assert_eq!(mode(&made.path().join("file")), 0o600);
}

#[test]
fn a_folder_that_is_there_is_entered_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let store = Folder::of_store(dir.path()).unwrap();
    store.make("inner").unwrap();
    assert_eq!(
        store.make("inner").unwrap().path(),
        dir.path().join("inner")
    );
}

#[test]
fn a_link_is_never_followed() {
    let dir = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    symlink(elsewhere.path(), dir.path().join("inner")).unwrap();
    symlink(elsewhere.path().join("x"), dir.path().join("file")).unwrap();
    let store = Folder::of_store(dir.path()).unwrap();
    store.make("inner").unwrap_err();
    store
        .file("file", OFlags::RDWR | OFlags::CREATE)
        .unwrap_err();
    assert!(!elsewhere.path().join("x").exists());
}

#[test]
fn a_fifo_in_the_place_of_a_file_is_refused_at_once() {
    let dir = tempfile::tempdir().unwrap();
    nix::unistd::mkfifo(&dir.path().join("file"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let store = Folder::of_store(dir.path()).unwrap();
    let refused = store.file("file", OFlags::RDONLY).unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::InvalidInput);
}

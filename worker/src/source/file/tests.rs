use super::*;
use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use tempfile::TempDir;

fn refused(path: &Path) -> String {
    match open(path).unwrap_err() {
        SourceError::NotAFile { kind, .. } => kind.to_owned(),
        other => panic!("{other}"),
    }
}

/// A file of 10 bytes, its fingerprint, and the folder it is in.
fn submitted() -> (TempDir, PathBuf, Fingerprint) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("in.txt");
    fs::write(&path, "0123456789").unwrap();
    let fingerprint = Fingerprint::of_path(&path).unwrap();
    (folder, path, fingerprint)
}

fn what_changed(result: Result<impl Sized, SourceError>) -> String {
    match result.err() {
        Some(SourceError::Changed { what, .. }) => what,
        Some(other) => panic!("{other}"),
        None => panic!("not noticed"),
    }
}

#[test]
fn a_fifo_is_refused_without_waiting_for_its_writer() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("fifo");
    mkfifo(&path, Mode::S_IRWXU).unwrap();
    assert_eq!(refused(&path), "a FIFO");
}

#[test]
fn a_folder_a_device_and_a_socket_are_refused() {
    let folder = TempDir::new().unwrap();
    assert_eq!(refused(folder.path()), "a folder");
    assert_eq!(refused(Path::new("/dev/null")), "a device");
    let socket = folder.path().join("socket");
    let _listener = UnixListener::bind(&socket).unwrap();
    assert_eq!(refused(&socket), "a socket");
}

#[test]
fn a_link_to_a_file_is_followed() {
    let (folder, path, fingerprint) = submitted();
    let link = folder.path().join("link");
    symlink(&path, &link).unwrap();
    assert_eq!(Fingerprint::of_path(&link).unwrap(), fingerprint);
}

#[test]
fn a_missing_file_is_an_error_at_submission_and_a_change_later() {
    let (_folder, path, fingerprint) = submitted();
    fs::remove_file(&path).unwrap();
    assert!(matches!(open(&path), Err(SourceError::Open { .. })));
    assert_eq!(
        what_changed(open_submitted(&path, &fingerprint)),
        "it is gone"
    );
}

#[test]
fn a_change_before_the_file_is_opened_is_noticed() {
    let (_folder, path, fingerprint) = submitted();
    fs::write(&path, "012345678901").unwrap();
    assert_eq!(
        what_changed(open_submitted(&path, &fingerprint)),
        "size was 10, is 12"
    );
}

#[test]
fn another_device_number_after_a_reboot_is_no_change() {
    let (_folder, path, mut fingerprint) = submitted();
    fingerprint.dev += 1;
    assert!(open_submitted(&path, &fingerprint).is_ok());
}

#[test]
fn an_open_file_and_its_path_are_both_looked_at() {
    let (folder, path, fingerprint) = submitted();
    let file = File::open(&path).unwrap();
    verify(&file, &path, &fingerprint).unwrap();

    let aside = folder.path().join("aside");
    fs::rename(&path, &aside).unwrap();
    assert_eq!(
        what_changed(verify(&file, &path, &fingerprint)),
        "it is gone"
    );
    fs::write(&path, "0123456789").unwrap();
    assert_eq!(
        what_changed(verify(&file, &path, &fingerprint)),
        "another file is in its place"
    );
    fs::rename(&aside, &path).unwrap();
    verify(&file, &path, &fingerprint).unwrap();
}

#[test]
fn a_write_that_keeps_the_size_is_noticed_by_its_time() {
    let (_folder, path, fingerprint) = submitted();
    let file = File::options().write(true).open(&path).unwrap();
    let later = file.metadata().unwrap().modified().unwrap() + std::time::Duration::from_nanos(1);
    file.set_modified(later).unwrap();
    let what = what_changed(verify(&file, &path, &fingerprint));
    assert_eq!(what, "it was written to, and its size is the same");
}

#[test]
fn a_fingerprint_is_kept_and_read_again() {
    let (_folder, _path, fingerprint) = submitted();
    let text = serde_json::to_string(&fingerprint).unwrap();
    assert_eq!(
        serde_json::from_str::<Fingerprint>(&text).unwrap(),
        fingerprint
    );
    assert_eq!(
        serde_json::from_str::<Fingerprint>("{}").unwrap(),
        Fingerprint::default()
    );
}

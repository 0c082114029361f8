//! Inputs that can't be read.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use nix::sys::stat::Mode;

use crate::cli::{Place, ran, set_mode};
use crate::fixtures::{as_reader, unrestrict};

#[track_caller]
fn refused(place: &Place, file: &str, says: &[&str]) {
    let args = ["submit", "--lines", file, "--", "true"];
    let says = [&["--lines", file], says].concat();
    place.refuses(&args, 2, "usage", &says);
}

#[test]
fn a_missing_input_is_named() {
    refused(&Place::new(), "missing", &["No such file"]);
}

#[test]
fn a_link_that_leads_nowhere_is_named() {
    let place = Place::new();
    symlink("nowhere", place.path().join("dangling")).unwrap();
    refused(&place, "dangling", &["No such file"]);
}

#[test]
fn links_in_a_circle_are_named() {
    let place = Place::new();
    symlink("circle", place.path().join("circle")).unwrap();
    refused(&place, "circle", &["symbolic links"]);
}

#[test]
fn a_path_below_a_file_is_named() {
    let place = Place::new();
    place.file("file", "one\n");
    refused(&place, "file/below", &["Not a directory"]);
}

#[test]
fn a_folder_is_no_input() {
    let place = Place::new();
    fs::create_dir(place.path().join("folder")).unwrap();
    refused(&place, "folder", &["a folder, not a file"]);
}

#[test]
fn a_fifo_is_refused_at_once_and_told_about_standard_input() {
    let place = Place::new();
    nix::unistd::mkfifo(&place.path().join("fifo"), Mode::S_IRWXU).unwrap();
    refused(&place, "fifo", &["not a file", "pipe it in with -"]);
}

#[test]
fn a_device_is_no_input() {
    let place = Place::new();
    let args = ["submit", "--lines", "/dev/null", "--", "true"];
    place.refuses(&args, 2, "usage", &["/dev/null", "not a file"]);
}

#[test]
fn an_empty_path_is_no_input() {
    let place = Place::new();
    let args = ["submit", "--lines", "", "--", "true"];
    place.refuses(&args, 2, "usage", &["--lines"]);
}

#[test]
fn a_hostile_file_name_comes_out_escaped() {
    let place = Place::new();
    let file = OsStr::from_bytes(b"\x1b]0;owned\x07\xff\xc2\x9bmissing");
    let args = ["submit", "--lines"].map(OsStr::new);
    let args = [&args[..], &[file, OsStr::new("--"), OsStr::new("true")]].concat();
    place.refuses(&args, 2, "usage", &["\\x1b]0;owned\\x07", "missing"]);
}

#[test]
fn standard_input_that_is_closed_or_a_folder_submits_nothing() {
    let place = Place::new();
    place.submit(&[]);
    let folder = fs::File::open(place.path()).unwrap();
    let mut command = place.longhaul(["submit", "--lines", "-", "--", "true"]);
    let refused = ran(command.stdin(folder));
    refused.fails(2, &["standard input is a folder", "--lines FILE"]);
    let (mut tasks, mut spooled) = (0, 0);
    for row in place.everything().keys() {
        spooled += usize::from(row.extension() == Some(OsStr::new("items")));
        tasks += 1;
    }
    assert!(tasks > 0);
    assert_eq!(spooled, 0, "a part of an input is none");
    ran(&mut place.longhaul(["show", "2"])).fails(3, &["no task 2"]);
}

#[test]
fn an_input_that_may_not_be_read_is_named() {
    let place = Place::new();
    let input = place.file("input", "one\n");
    let args = ["submit", "--lines", input.to_str().unwrap(), "--", "true"];
    let (mut submit, _bin) = as_reader(&place, &args);
    set_mode(&input, 0);
    ran(&mut submit).fails(2, &["--lines", "input", "Permission denied", "may read it"]);
    unrestrict(place.path());
    assert!(!place.store().exists());
}

#[test]
fn a_folder_below_that_may_not_be_read_is_named_and_nothing_is_kept() {
    let place = Place::new();
    place.submit(&[]);
    let folder = place.path().join("data");
    let closed = folder.join("closed");
    fs::create_dir_all(&closed).unwrap();
    fs::write(folder.join("open"), "").unwrap();
    let args = [
        "submit",
        "--dry-run",
        "--files",
        folder.to_str().unwrap(),
        "--",
        "true",
    ];
    let (mut submit, _bin) = as_reader(&place, &args);
    set_mode(&closed, 0);
    ran(&mut submit).fails(
        2,
        &["--files", "data/closed", "Permission denied", "--glob"],
    );
    unrestrict(place.path());
    assert!(!place.store().join("spool").exists());
}

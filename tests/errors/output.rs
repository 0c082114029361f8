//! Readers that went away, and disks that are full behind standard output.

use std::fs::OpenOptions;
use std::process::{Command, Stdio};

use crate::cli::{Place, program, ran, surroundings};

fn shell(place: &Place, script: &str) -> Command {
    let mut command = Command::new("sh");
    surroundings(&mut command);
    command
        .args(["-c", script, "sh"])
        .arg(program().get_program())
        .env("LONGHAUL_STORE", place.store());
    command
}

#[test]
fn a_reader_that_went_away_is_no_failure() {
    let place = Place::new();
    place.submit(&[]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut child = place
        .longhaul(["show", "1"])
        .stdout(writer)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let status = child.wait().unwrap();
    let said = std::io::read_to_string(child.stderr.take().unwrap()).unwrap();
    assert_eq!((status.code(), said.as_str()), (Some(0), ""));
}

#[test]
fn a_closed_standard_output_is_no_failure() {
    let place = Place::new();
    place.submit(&[]);
    let shown = ran(&mut shell(&place, r#""$1" show 1 >&-"#));
    shown.succeeds();
    assert_eq!(shown.stderr, "");
}

#[test]
fn a_closed_standard_error_changes_no_exit_code() {
    let place = Place::new();
    place.submit(&[]);
    let shown = ran(&mut shell(&place, r#""$1" show 7 2>&-"#));
    assert_eq!((shown.code, shown.stdout.as_str()), (Some(3), ""));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = place
        .longhaul(["show", "7"])
        .stderr(writer)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(3));
}

#[test]
fn help_into_a_pipe_that_nobody_reads_is_no_failure() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut child = program()
        .arg("--help")
        .stdout(writer)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let status = child.wait().unwrap();
    let said = std::io::read_to_string(child.stderr.take().unwrap()).unwrap();
    assert_eq!((status.code(), said.as_str()), (Some(0), ""));
}

#[test]
fn a_full_disk_behind_standard_output_is_said() {
    let place = Place::new();
    place.submit(&[]);
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut child = place
        .longhaul(["show", "1"])
        .stdout(full)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let status = child.wait().unwrap();
    let said = std::io::read_to_string(child.stderr.take().unwrap()).unwrap();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("printing failed"), "{said}");
    assert!(!said.contains("panicked"), "{said}");
}

use std::process::Command;
use std::time::Duration;

use super::*;
use crate::byte_lock::Hold;
use crate::started_by_tests::{Started, runs, wait_until};

#[test]
fn all_processes_are_met_in_rising_order_and_we_are_among_them() {
    let child = Started::by(Command::new("sleep").arg("600"));
    let met: Vec<ProcessId> = Processes::all().unwrap().map(Result::unwrap).collect();
    assert!(met.is_sorted());
    assert!(met.contains(&ProcessId::of_self()));
    assert!(met.contains(&child.pid()));
    assert!(met.contains(&ProcessId::from(1)));
}

#[test]
fn a_process_started_during_the_pass_is_met() {
    let mut pass = Processes::all().unwrap();
    assert_eq!(pass.next().unwrap().unwrap(), ProcessId::from(1));
    let child = Started::by(Command::new("sleep").arg("600"));
    assert!(pass.any(|pid| pid.unwrap() == child.pid()));
}

/// The fields after the name: the program begins at `program`, the environment is from 77 to `end`.
fn stat_line(flags: u64, program: u64, end: u64) -> String {
    let zeros = |count| vec!["0"; count].join(" ");
    let (before, between) = (zeros(12), zeros(3));
    let rest = zeros(23);
    format!(
        "42 (a) R 1 (b) S 7 8 9 0 -1 {flags} {before} 12345 {between} {program} {rest} 77 {end} 0\n"
    )
}

#[test]
fn a_name_with_parentheses_and_spaces_does_not_shift_the_fields() {
    let stat = Stat::parse(stat_line(0, 5, 99).as_bytes()).unwrap();
    assert_eq!(stat.state, b'S');
    assert_eq!(stat.parent, ProcessId::from(7));
    assert_eq!(stat.session, ProcessId::from(9));
    assert_eq!(stat.start_time, 12345);
    assert_eq!(Stat::parse(b"42 (cut"), None);
}

#[test]
fn an_environment_that_an_exec_has_not_filled_yet_is_not_taken_for_empty() {
    let is_empty = |flags, program, end| {
        let stat = Stat::parse(stat_line(flags, program, end).as_bytes()).unwrap();
        stat.has_no_environment()
    };
    assert!(is_empty(0, 5, 77));
    assert!(!is_empty(0, 0, 77));
    assert!(!is_empty(0, 5, 99));
    assert!(is_empty(0x0020_0000, 0, 0));
}

#[test]
fn lock_lines_are_read_and_others_passed_over() {
    let line = "lock:\t1: OFDLCK ADVISORY  WRITE -1 fe:00:10013088 65543 65543";
    let lock = HeldLock {
        hold: Hold::Exclusive,
        first: 65543,
        last: 65543,
    };
    assert_eq!(HeldLock::parse(line), Some(lock));
    let line = "lock:\t2: OFDLCK ADVISORY  READ -1 fe:00:1 5 EOF";
    let open_ended = HeldLock::parse(line).unwrap();
    assert!(open_ended.covers(i64::MAX) && !open_ended.covers(4));
    assert_eq!(
        HeldLock::parse("lock:\t1: POSIX  ADVISORY  WRITE 5 fe:00:1 0 0"),
        None
    );
    assert_eq!(HeldLock::parse("pos:\t0"), None);
}

#[test]
fn a_folder_of_an_ended_process_says_gone() {
    let mut child = Started::by(Command::new("sleep").arg("600"));
    wait_until("it sleeps", || runs(child.pid(), "sleep"));
    let Sight::Seen(folder) = ProcessDir::open(child.pid()).unwrap() else {
        panic!("a living child has a folder");
    };
    child.child.kill().unwrap();
    child.child.wait().unwrap();
    assert!(matches!(folder.read("environ").unwrap(), Sight::Gone));
    assert!(matches!(folder.stat().unwrap(), Sight::Gone));
    assert!(matches!(
        ProcessDir::open(child.pid()).unwrap(),
        Sight::Gone
    ));
}

#[test]
fn a_zombie_has_ended_for_its_handle() {
    let mut child = Started::by(&mut Command::new("true"));
    let handle = Handle::open(child.pid()).unwrap().unwrap();
    assert!(handle.ends_within(Duration::from_secs(10)).unwrap());
    child.child.wait().unwrap();
    assert_eq!(handle.kill().unwrap(), Signalled::Gone);
}

#[test]
fn those_who_have_a_file_open_are_found_and_the_stopped_ones_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("shared");
    std::fs::write(&file, "").unwrap();
    let reader = || {
        let opened = File::open(&file).unwrap();
        Started::by(Command::new("sleep").arg("600").stdin(opened))
    };
    let (one, other) = (reader(), reader());
    let bystander = Started::by(Command::new("sleep").arg("600"));
    let raw = |started: &Started| i32::try_from(started.pid().as_u32()).unwrap();
    nix::sys::signal::kill(
        nix::unistd::Pid::from_raw(raw(&other)),
        nix::sys::signal::Signal::SIGSTOP,
    )
    .unwrap();
    let condition = |started: &Started| {
        let found = openers(&file, "shared").unwrap();
        let seen = found.seen.iter().find(|who| who.pid == started.pid());
        seen.map(|who| (who.name.clone(), who.condition))
    };
    wait_until("one sleeps", || runs(one.pid(), "sleep"));
    wait_until("the other is stopped", || {
        condition(&other) == Some(("sleep".into(), Condition::Stopped))
    });
    assert_eq!(condition(&one), Some(("sleep".into(), Condition::Running)));
    assert_eq!(condition(&bystander), None);
}

#[test]
fn who_asks_is_not_among_those_who_have_a_file_open() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("shared");
    let _open = File::create(&file).unwrap();
    let found = openers(&file, "shared").unwrap();
    assert!(found.seen.iter().all(|who| who.pid != ProcessId::of_self()));
}

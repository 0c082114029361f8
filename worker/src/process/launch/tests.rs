use std::fs;
use std::io::Write;

use nix::sys::signal::{SigmaskHow, Signal};
use rustix::io::FdFlags;

use super::*;
use crate::process::tests::{descriptors, environment, finish, start, start_with, words};
use crate::process::{Framing, sealed_items, write_items};

fn error(program: &str, dir: &str) -> SpawnError {
    let launch = Launch {
        program: Path::new(program),
        args: &words(&["program"]),
        env: &environment(),
        dir: Path::new(dir),
        stdin: None,
        inherit: None,
    };
    spawn(&launch).unwrap_err()
}

#[test]
fn a_child_inherits_its_lock_and_nothing_else() {
    let _guard = descriptors();
    crate::process::close_on_exec_all().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("batches");
    let lock = fs::File::create(&path).unwrap();
    let launch = Launch {
        program: Path::new("/bin/sh"),
        args: &words(&["sh", "-c", "ls /proc/$$/fd; readlink /proc/$$/fd/3; :"]),
        env: &environment(),
        dir: Path::new("/"),
        stdin: None,
        inherit: Some(lock.as_fd()),
    };
    let found = finish(&mut spawn(&launch).unwrap()).text();
    assert_eq!(found, format!("0\n1\n2\n3\n{}\n", path.display()));
    assert_eq!(rustix::io::fcntl_getfd(&lock).unwrap(), FdFlags::CLOEXEC);
}

#[test]
fn children_of_one_moment_inherit_nothing_of_each_other() {
    let _guard = descriptors();
    crate::process::close_on_exec_all().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let script = "ls /proc/$$/fd; readlink /proc/$$/fd/3; :";
    let ours = |name: String| {
        let path = folder.path().join(name);
        let lock = fs::File::create(&path).unwrap();
        let launch = Launch {
            program: Path::new("/bin/sh"),
            args: &words(&["sh", "-c", script]),
            env: &environment(),
            dir: Path::new("/"),
            stdin: None,
            inherit: Some(lock.as_fd()),
        };
        let found = finish(&mut spawn(&launch).unwrap()).text();
        assert_eq!(found, format!("0\n1\n2\n3\n{}\n", path.display()));
    };
    let foreign = || {
        let output = std::process::Command::new("/bin/sh")
            .args(["-c", script])
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "0\n1\n2\n");
    };
    std::thread::scope(|scope| {
        let (ours, foreign) = (&ours, &foreign);
        for thread in 0..2 {
            scope.spawn(move || (0..20).for_each(|run| ours(format!("{thread}-{run}"))));
            scope.spawn(move || (0..20).for_each(|_| foreign()));
        }
    });
}

#[test]
fn a_child_without_a_lock_has_three_descriptors() {
    let _guard = descriptors();
    crate::process::close_on_exec_all().unwrap();
    let found = finish(&mut start("ls /proc/$$/fd; readlink /proc/$$/fd/0; :")).text();
    assert_eq!(found, "0\n1\n2\n/dev/null\n");
}

#[test]
fn descriptors_for_a_child_keep_clear_of_the_numbers_they_will_have() {
    let low = fs::File::open("/dev/null").unwrap();
    let high = clear(low.as_fd()).unwrap();
    assert!(std::os::fd::AsRawFd::as_raw_fd(&high) >= CLEAR_OF_TARGETS);
    assert_eq!(rustix::io::fcntl_getfd(&high).unwrap(), FdFlags::CLOEXEC);
}

#[test]
fn a_child_leads_a_process_group_of_its_own() {
    let mut running = start("ps -o pgid= -p $$ 2>/dev/null || cut -d' ' -f5 /proc/$$/stat");
    let group = finish(&mut running).text();
    assert_eq!(group.trim(), running.pid().to_string());
}

#[test]
fn a_child_ignores_and_blocks_no_signal_even_if_its_parent_does() {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let ignored = status
        .lines()
        .find(|line| line.starts_with("SigIgn:"))
        .unwrap();
    assert!(
        ignored.ends_with("1000"),
        "the test program ignores SIGPIPE: {ignored}"
    );
    let mut blocked = nix::sys::signal::SigSet::empty();
    blocked.add(Signal::SIGTERM);
    let before = blocked.thread_swap_mask(SigmaskHow::SIG_BLOCK).unwrap();
    let mut running = start("grep -E '^Sig(Blk|Ign)' /proc/self/status");
    before.thread_set_mask().unwrap();
    let found = finish(&mut running).text();
    assert_eq!(
        found,
        "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n"
    );
}

#[test]
fn a_mebibyte_of_items_arrives_byte_by_byte() {
    let items: Vec<Vec<u8>> = (0..16_384)
        .map(|number: u32| {
            (0..63)
                .map(|at| (number.wrapping_mul(31) + at).to_le_bytes()[0])
                .collect()
        })
        .collect();
    let mut expected = Vec::new();
    write_items(&mut expected, &items, Framing::Null).unwrap();
    let stdin = sealed_items("items", |file| write_items(file, &items, Framing::Null)).unwrap();
    let finished = finish(&mut start_with("exec cat", Some(stdin)));
    assert_eq!(finished.stdout.len(), 1 << 20);
    assert!(finished.stdout == expected);
}

#[test]
fn a_child_can_open_its_items_anew_by_name() {
    let stdin = sealed_items("items", |file| file.write_all(b"one\n")).unwrap();
    assert_eq!(
        finish(&mut start_with("cat /dev/stdin; cat <&0", Some(stdin))).text(),
        "one\none\n"
    );
}

#[test]
fn a_child_has_the_directory_the_arguments_and_the_environment_it_was_given() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().canonicalize().unwrap();
    let launch = Launch {
        program: Path::new("/bin/sh"),
        args: &words(&[
            "a name",
            "-c",
            "pwd; echo \"$0 $1\"; /usr/bin/env | grep -v '^PWD=\\|^_=\\|^OLDPWD='",
            "zero",
            "one two",
        ]),
        env: &[("KEY".into(), "a=b c".into())],
        dir: &dir,
        stdin: None,
        inherit: None,
    };
    let found = finish(&mut spawn(&launch).unwrap()).text();
    assert_eq!(
        found,
        format!("{}\nzero one two\nKEY=a=b c\n", dir.display())
    );
}

#[test]
fn a_missing_program_is_told_from_a_missing_directory() {
    let missing = error("/nowhere/program", "/");
    assert!(
        matches!(missing, SpawnError::NotFound { .. }),
        "{missing:?}"
    );
    assert_eq!(
        missing.to_string(),
        "the program /nowhere/program does not exist"
    );
    assert!(std::error::Error::source(&missing).is_some());
    let missing = error("/bin/true", "/nowhere");
    assert!(
        matches!(missing, SpawnError::Directory { .. }),
        "{missing:?}"
    );
    assert_eq!(
        missing.to_string(),
        "cannot start /bin/true in the directory /nowhere"
    );
    assert!(matches!(
        error("/bin/true", "/bin/true"),
        SpawnError::Directory { .. }
    ));
    assert!(matches!(
        error("/bin/true/x", "/"),
        SpawnError::NotFound { .. }
    ));
}

#[test]
fn what_cannot_be_executed_is_told_from_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let program = |name: &str, text: &str, mode: u32| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let plain = error(&program("plain", "#!/bin/sh\n", 0o600), "/");
    assert!(
        matches!(plain, SpawnError::NotExecutable { .. }),
        "{plain:?}"
    );
    let format = error(&program("format", "no program", 0o700), "/");
    assert!(
        matches!(format, SpawnError::NotExecutable { .. }),
        "{format:?}"
    );
    let script = error(&program("script", "#!/nowhere/python\n", 0o700), "/");
    assert!(
        matches!(script, SpawnError::InterpreterNotFound { .. }),
        "{script:?}"
    );
    assert!(matches!(
        error("/bin", "/"),
        SpawnError::NotExecutable { .. }
    ));
}

#[test]
fn what_the_kernel_cannot_be_given_is_named() {
    let launch = |args: &[OsString]| {
        let program = Path::new("/bin/true");
        spawn(&Launch {
            program,
            args,
            env: &[],
            dir: Path::new("/"),
            stdin: None,
            inherit: None,
        })
        .unwrap_err()
    };
    assert!(matches!(
        launch(&words(&["true", "a\0b"])),
        SpawnError::NulByte { .. }
    ));
    assert!(matches!(
        launch(&words(&["true", &"x".repeat(200_000)])),
        SpawnError::TooLong { .. }
    ));
}

#[test]
fn a_variable_that_cannot_be_given_is_named_without_its_value() {
    let launch = Launch {
        program: Path::new("/bin/true"),
        args: &words(&["true"]),
        env: &[("TOKEN".into(), "secret\0".into())],
        dir: Path::new("/"),
        stdin: None,
        inherit: None,
    };
    assert_eq!(
        spawn(&launch).unwrap_err().to_string(),
        "cannot start /bin/true with \"TOKEN\": it holds a NUL byte"
    );
}

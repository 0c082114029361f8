//! A store that this user may only read. The superuser may write to everything, so that the
//! tests run as somebody else.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;

use super::{Home, OPENING, ask, children, new_task, raw, refused};
use crate::id::TaskNumber;
use crate::spec::TaskSpec;
use crate::state::Desired;
use crate::store::{Absent, Opening, Store, StoreError};

/// The user that owns nothing.
const NOBODY: u32 = 65534;

const LOOK: Opening = Opening {
    absent: Absent::Refuse,
    ..OPENING
};

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Lets everybody read the store, and nobody but the superuser write to it.
fn close_to_writers(home: &Home) {
    chmod(home.folder.path(), 0o755);
    chmod(&home.dir(), 0o555);
    chmod(&home.database(), 0o444);
}

/// Runs a child as a user who may only read.
fn as_a_reader(home: &Home, name: &str) {
    let name = format!("store::tests::readonly::{name}");
    if nix::unistd::geteuid().is_root() {
        // Where the test binary lies may be closed to others.
        let program = home.folder.path().join("program");
        fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
        chmod(&program, 0o755);
        let mut command = children::command_of(&program, &name, &home.dir());
        command.uid(NOBODY).gid(NOBODY).current_dir("/");
        children::passes(&mut command);
    } else {
        children::passes(&mut children::command(&name, &home.dir()));
    }
    chmod(&home.dir(), 0o700);
}

#[test]
fn child_that_may_only_read() {
    let Some(dir) = children::folder() else {
        return;
    };
    let store = Store::open(&dir, LOOK).unwrap();
    assert!(!store.writable());
    assert_eq!(store.list(9, |_| true).unwrap().rows.len(), 1);
    assert_eq!(store.task(TaskNumber(1)).unwrap().spec.number.0, 1);
    let refusals = [
        store.submit(new_task(TaskSpec::default())).err(),
        store
            .request(vec![TaskNumber(1)], ask(Desired::Suspend))
            .err(),
        store.next_worker().err(),
    ];
    for error in refusals {
        assert!(
            matches!(error, Some(StoreError::ReadOnly { .. })),
            "{error:?}"
        );
    }
}

#[test]
fn who_may_only_read_looks_and_is_told_so_on_writing() {
    let home = Home::new();
    home.bare();
    close_to_writers(&home);
    as_a_reader(&home, "child_that_may_only_read");
}

#[test]
fn who_may_only_read_looks_while_nobody_has_it_open() {
    let mut home = Home::new();
    home.bare();
    let elsewhere = Home::new();
    home.store = elsewhere.store.clone();
    close_to_writers(&home);
    as_a_reader(&home, "child_that_may_only_read");
}

#[test]
fn child_that_looks_after_every_writer_was_killed() {
    let Some(dir) = children::folder() else {
        return;
    };
    match Store::open(&dir, LOOK) {
        Ok(store) => assert_eq!(store.list(9, |_| true).unwrap().rows.len(), 4),
        // Only who may write can put it right.
        Err(error) => assert!(matches!(error, StoreError::ReadOnly { .. }), "{error:?}"),
    }
}

#[test]
fn who_may_only_read_after_every_writer_was_killed_is_told_so_until_somebody_writes() {
    let mut home = Home::new();
    for _ in 0..4 {
        home.bare();
    }
    home.store = Home::new().store.clone();
    let name = "store::tests::crash::child_that_commits_until_it_is_killed";
    let mut child = children::command(name, &home.dir()).spawn().unwrap();
    let mut lines = children::lines(&mut child);
    assert!(lines.any(|line| line.contains("done ")));
    child.kill().unwrap();
    child.wait().unwrap();
    close_to_writers(&home);
    as_a_reader(&home, "child_that_looks_after_every_writer_was_killed");

    chmod(&home.database(), 0o600);
    let store = Store::open(&home.dir(), LOOK).unwrap();
    assert!(store.writable());
    assert_eq!(store.list(9, |_| true).unwrap().rows.len(), 4);
}

#[test]
fn child_that_looks_at_another_programs_database() {
    let Some(dir) = children::folder() else {
        return;
    };
    let error = refused(Store::open(&dir, LOOK));
    assert!(matches!(error, StoreError::NotAStore { .. }), "{error:?}");
}

#[test]
fn who_may_only_read_does_not_take_another_programs_database_for_a_store() {
    let mut home = Home::new();
    home.store = Home::new().store.clone();
    fs::remove_file(home.database()).unwrap();
    let things: redb::TableDefinition<'_, u64, u64> = redb::TableDefinition::new("things");
    let database = redb::Database::builder()
        .set_concurrency_mode(redb::ConcurrencyMode::MultiWriter)
        .create(home.database())
        .unwrap();
    let txn = database.begin_write().unwrap();
    txn.open_table(things).unwrap().insert(1, 2).unwrap();
    txn.commit().unwrap();
    drop(database);
    close_to_writers(&home);
    as_a_reader(&home, "child_that_looks_at_another_programs_database");
    drop(raw(&home.database()));
}

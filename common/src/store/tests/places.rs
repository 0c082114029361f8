//! What is there instead of a store is said, and left alone.

use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::path::Path;

use super::records::contents;
use super::{Home, OPENING, refused};
use crate::store::{Absent, DATABASE, Opening, Store, StoreError};

const WAYS: [Absent; 2] = [Absent::Create, Absent::Refuse];

fn open(dir: &Path, absent: Absent) -> Result<Store, StoreError> {
    Store::open(dir, Opening { absent, ..OPENING })
}

fn not_a_store(dir: &Path, absent: Absent) -> String {
    match refused(open(dir, absent)) {
        StoreError::NotAStore { what, .. } => what,
        error => panic!("{absent:?}: {error:?}"),
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_store_that_isn_t_there_is_made_only_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("deep/store");
    let error = refused(open(&dir, Absent::Refuse));
    assert!(matches!(error, StoreError::Missing { .. }), "{error:?}");
    assert!(!dir.exists());
    open(&dir, Absent::Create).unwrap();
    open(&dir, Absent::Refuse).unwrap();
    assert_eq!(mode(&dir), 0o700);
    assert_eq!(mode(&dir.join(DATABASE)), 0o600);
}

#[test]
fn an_empty_folder_is_no_store_until_one_is_made_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let error = refused(open(folder.path(), Absent::Refuse));
    assert!(matches!(error, StoreError::Missing { .. }), "{error:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    open(folder.path(), Absent::Create).unwrap();
}

#[test]
fn a_file_in_place_of_the_folder_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store");
    fs::write(&file, "mine").unwrap();
    for absent in WAYS {
        assert_eq!(not_a_store(&file, absent), "it is not a folder");
    }
    assert_eq!(fs::read(&file).unwrap(), b"mine");
}

#[test]
fn a_folder_in_place_of_the_database_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(DATABASE)).unwrap();
    for absent in WAYS {
        assert_eq!(not_a_store(folder.path(), absent), "it is a folder");
    }
}

#[test]
fn garbage_in_place_of_the_database_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(DATABASE);
    for garbage in [
        b"x".to_vec(),
        b"#!/bin/sh\nexit 0\n".to_vec(),
        vec![0; 512],
        vec![0; 100_000],
        (0..100_000_u32).map(|n| (n % 251) as u8).collect(),
        b"redb".to_vec(),
    ] {
        fs::write(&file, &garbage).unwrap();
        chmod(&file, 0o600);
        for absent in WAYS {
            let what = not_a_store(folder.path(), absent);
            assert!(!what.is_empty());
            assert!(fs::read(&file).unwrap() == garbage, "it was written to");
        }
    }
}

#[test]
fn an_empty_file_is_no_store_unless_one_is_to_be_made() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(DATABASE);
    fs::write(&file, "").unwrap();
    chmod(&file, 0o600);
    assert_eq!(not_a_store(folder.path(), Absent::Refuse), "it is empty");
    assert_eq!(fs::metadata(&file).unwrap().len(), 0);
    let store = open(folder.path(), Absent::Create).unwrap();
    assert_eq!(super::submit(&store, super::named("first")).0, 1);
}

fn foreign(file: &Path, lay_out: impl FnOnce(&redb::WriteTransaction)) {
    let _ = fs::remove_file(file);
    let database = redb::Database::create(file).unwrap();
    let txn = database.begin_write().unwrap();
    lay_out(&txn);
    txn.commit().unwrap();
    drop(database);
    chmod(file, 0o600);
}

#[test]
fn another_programs_database_is_left_alone() {
    use redb::TableDefinition;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(DATABASE);
    let things: TableDefinition<'_, u64, u64> = TableDefinition::new("things");
    let counters: TableDefinition<'_, &str, u64> = TableDefinition::new("counters");
    let others: TableDefinition<'_, u64, u64> = TableDefinition::new("counters");
    let lay_outs: [&dyn Fn(&redb::WriteTransaction); 3] = [
        &|txn| {
            txn.open_table(things).unwrap().insert(1, 2).unwrap();
        },
        &|txn| {
            txn.open_table(counters).unwrap().insert("x", 2).unwrap();
        },
        &|txn| {
            txn.open_table(others).unwrap().insert(1, 2).unwrap();
        },
    ];
    for (nth, lay_out) in lay_outs.into_iter().enumerate() {
        foreign(&file, lay_out);
        let before = contents_of_foreign(&file);
        for absent in WAYS {
            let what = not_a_store(folder.path(), absent);
            assert!(!what.is_empty());
            assert_eq!(contents_of_foreign(&file), before, "database {nth}");
        }
    }
}

fn contents_of_foreign(file: &Path) -> Vec<String> {
    let copy = file.with_extension("copy");
    fs::copy(file, &copy).unwrap();
    let database = redb::Database::open(&copy).unwrap();
    let txn = redb::ReadableDatabase::begin_read(&database).unwrap();
    txn.list_tables()
        .unwrap()
        .map(|table| redb::TableHandle::name(&table).to_owned())
        .collect()
}

#[test]
fn a_database_whose_making_was_interrupted_is_made_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(DATABASE);
    foreign(&file, |_| {});
    let store = open(folder.path(), Absent::Create).unwrap();
    assert_eq!(super::submit(&store, super::named("first")).0, 1);
}

#[test]
fn a_symbolic_link_in_place_of_the_database_is_not_followed() {
    let home = Home::new();
    home.bare();
    let folder = tempfile::tempdir().unwrap();
    symlink(home.database(), folder.path().join(DATABASE)).unwrap();
    let before = contents(&home.database());
    for absent in WAYS {
        let what = not_a_store(folder.path(), absent);
        assert!(what.contains("symbolic link"), "{what}");
    }
    assert_eq!(contents(&home.database()), before);

    let nowhere = tempfile::tempdir().unwrap();
    let target = nowhere.path().join("made");
    symlink(&target, nowhere.path().join(DATABASE)).unwrap();
    not_a_store(nowhere.path(), Absent::Create);
    assert!(!target.exists());
}

#[test]
fn a_pipe_in_place_of_the_database_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join(DATABASE);
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::from_bits_truncate(0o600)).unwrap();
    for absent in WAYS {
        assert_eq!(not_a_store(folder.path(), absent), "it is not a file");
    }
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
}

#[test]
fn a_folder_or_database_that_others_may_write_to_is_refused() {
    let home = Home::new();
    home.bare();
    let before = contents(&home.database());
    for (path, closed) in [(home.dir(), 0o700), (home.database(), 0o600)] {
        for exposed in [0o777, 0o770, 0o702] {
            chmod(&path, exposed);
            for absent in WAYS {
                let error = refused(open(&home.dir(), absent));
                assert!(
                    matches!(error, StoreError::Exposed { mode, .. } if mode == exposed),
                    "{error:?}"
                );
            }
        }
        chmod(&path, closed);
    }
    assert_eq!(contents(&home.database()), before);
    chmod(&home.dir(), 0o755);
    open(&home.dir(), Absent::Refuse).unwrap();
}

#[test]
fn a_database_cut_short_or_scribbled_over_is_an_error_and_no_panic() {
    let home = Home::new();
    for _ in 0..50 {
        home.bare();
    }
    let whole = fs::read(home.database()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(DATABASE);
    let mut damaged: Vec<Vec<u8>> = [300, 4096, 5000, whole.len() / 2, whole.len() - 1]
        .iter()
        .map(|len| whole[..*len].to_vec())
        .collect();
    for page in (4096..whole.len()).step_by(4096).take(24) {
        let mut scribbled = whole.clone();
        scribbled[page..page + 64].fill(0xa5);
        damaged.push(scribbled);
    }
    for bytes in damaged {
        fs::write(&file, bytes).unwrap();
        chmod(&file, 0o600);
        // What it says depends on what was hit; that it says something is the point.
        let outcome = open(folder.path(), Absent::Refuse)
            .and_then(|store| store.list(100, |_| true).map(|found| found.total));
        if let Err(error) = outcome {
            assert!(
                matches!(
                    error,
                    StoreError::Corrupted { .. }
                        | StoreError::NotAStore { .. }
                        | StoreError::Io { .. }
                ),
                "{error:?}"
            );
        }
    }
}

#[test]
fn the_integrity_of_a_store_can_be_checked_while_it_is_in_use() {
    let home = Home::new();
    home.bare();
    assert!(Store::check_integrity(&home.dir(), OPENING.patience).unwrap());
    home.bare();
}

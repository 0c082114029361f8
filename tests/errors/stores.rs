//! Stores that are none, or that may not be used.

use std::fs;
use std::os::unix::fs::symlink;

use crate::cli::{Place, ran, set_mode};
use crate::fixtures::{
    as_reader, damaged, foreign, holding, make_folder, raise_schema, unrestrict,
};

const SUBMIT: &[&str] = &["submit", "--", "true"];
const VERBS: &[&[&str]] = &[
    SUBMIT,
    &["show", "1"],
    &["suspend", "1"],
    &["resume", "1"],
    &["terminate", "1"],
    &["wait", "1"],
    &["list"],
    &["events"],
    &["logs", "1"],
    &["worker", "--once"],
];

/// That every verb refuses the store and leaves it as it was.
#[track_caller]
fn all_refuse(place: &Place, verbs: &[&[&str]], code: i32, word: &str, says: &[&str]) {
    for verb in verbs {
        place.refuses(verb, code, word, says);
    }
}

#[test]
fn a_file_is_no_store() {
    let place = Place::new();
    place.file("store", "precious");
    let says = ["store", "not a folder", "--store"];
    all_refuse(&place, VERBS, 4, "not-a-store", &says);
}

#[test]
fn a_folder_below_a_file_is_no_store() {
    let place = Place::new();
    let file = place.file("file", "");
    let refused = ran(crate::cli::program()
        .arg("--store")
        .arg(file.join("store"))
        .args(SUBMIT));
    refused.fails(4, &["file/store", "Not a directory"]);
}

#[test]
fn a_folder_in_the_place_of_the_database_is_refused() {
    let place = Place::new();
    make_folder(&place);
    fs::create_dir(place.database()).unwrap();
    let says = ["tasks.redb", "folder", "--store"];
    all_refuse(&place, VERBS, 4, "not-a-store", &says);
}

#[test]
fn a_fifo_in_the_place_of_the_database_is_refused_at_once() {
    let place = Place::new();
    make_folder(&place);
    nix::unistd::mkfifo(&place.database(), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let says = ["tasks.redb", "not a file", "--store"];
    all_refuse(&place, VERBS, 4, "not-a-store", &says);
}

#[test]
fn an_empty_database_is_refused_by_those_who_look_and_filled_by_who_submits() {
    let place = Place::new();
    holding(&place, b"");
    let verbs = &VERBS[1..9];
    all_refuse(&place, verbs, 4, "not-a-store", &["tasks.redb", "empty"]);
    // A crash at the very beginning leaves one.
    place.submit(&[]);
    ran(&mut place.longhaul(["show", "1"])).succeeds();
}

#[test]
fn garbage_in_the_place_of_the_database_is_refused_and_kept() {
    let noise: Vec<u8> = (0..200_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    for content in [&noise[..], b"a few words, no database", &[0; 8192]] {
        let place = Place::new();
        holding(&place, content);
        let says = ["tasks.redb", "not a store", "--store"];
        all_refuse(&place, VERBS, 4, "not-a-store", &says);
    }
}

#[test]
fn a_database_of_another_program_is_refused_and_kept() {
    let place = Place::new();
    foreign(&place);
    let says = ["tasks.redb", "not a store", "another program", "--store"];
    all_refuse(&place, VERBS, 4, "not-a-store", &says);
}

#[test]
fn a_newer_schema_is_refused_untouched() {
    let place = Place::new();
    place.submit(&[]);
    raise_schema(&place);
    let says = ["schema 99", "up to ", "newer", "nothing was changed"];
    all_refuse(&place, VERBS, 4, "newer-schema", &says);
}

#[test]
fn a_database_that_another_version_holds_open_is_refused() {
    let place = Place::new();
    place.submit(&[]);
    let held = redb::Database::open(place.database()).unwrap();
    let says = ["another version", "restart the older workers"];
    all_refuse(&place, VERBS, 4, "other-version", &says);
    drop(held);
    ran(&mut place.longhaul(["show", "1"])).succeeds();
}

#[test]
fn a_damaged_database_has_an_exit_code_of_its_own() {
    let place = Place::new();
    damaged(&place);
    let says = ["tasks.redb", "damaged", "longhaul doctor"];
    all_refuse(&place, VERBS, 5, "damaged", &says);
}

#[test]
fn a_database_that_was_cut_short_is_damaged() {
    let place = Place::new();
    place.submit(&[]);
    let bytes = fs::read(place.database()).unwrap();
    // All that is in it is at its beginning.
    for length in [100, 4096, bytes.len() / 4] {
        fs::write(place.database(), &bytes[..length]).unwrap();
        let before = place.everything();
        let shown = ran(&mut place.longhaul(["show", "1"]));
        assert!(matches!(shown.code, Some(4 | 5)), "{length}: {shown:?}");
        shown.fails(shown.code.unwrap(), &["tasks.redb", "hint: "]);
        assert!(before == place.everything(), "{length}");
    }
}

#[test]
fn a_folder_that_others_may_write_to_is_refused() {
    for mode in [0o777, 0o770, 0o722, 0o1777] {
        let place = Place::new();
        place.submit(&[]);
        set_mode(&place.store(), mode);
        let mode = format!("mode {mode:04o}");
        let says = ["written by others", &mode, "chmod go-w", "store"];
        all_refuse(&place, VERBS, 4, "exposed", &says);
    }
}

#[test]
fn an_empty_folder_that_others_may_write_to_gets_no_store() {
    let place = Place::new();
    make_folder(&place);
    set_mode(&place.store(), 0o777);
    place.refuses(SUBMIT, 4, "exposed", &["written by others", "chmod go-w"]);
}

#[test]
fn a_database_that_others_may_write_to_is_refused() {
    for mode in [0o666, 0o660, 0o602] {
        let place = Place::new();
        place.submit(&[]);
        set_mode(&place.database(), mode);
        let mode = format!("mode {mode:04o}");
        let says = ["tasks.redb", "written by others", &mode, "chmod go-w"];
        all_refuse(&place, VERBS, 4, "exposed", &says);
    }
}

#[test]
fn a_database_that_is_a_link_is_not_followed() {
    let place = Place::new();
    place.submit(&[]);
    let elsewhere = place.path().join("elsewhere");
    fs::rename(place.database(), &elsewhere).unwrap();
    symlink(&elsewhere, place.database()).unwrap();
    let says = ["tasks.redb", "symbolic link", "--store"];
    all_refuse(&place, VERBS, 4, "not-a-store", &says);
    fs::remove_file(&elsewhere).unwrap();
    all_refuse(&place, VERBS, 4, "not-a-store", &says);
}

#[test]
fn who_may_only_read_a_store_can_look_and_not_ask() {
    let place = Place::new();
    place.submit(&["--name", "looked-at"]);
    let (mut show, _bin) = as_reader(&place, &["show", "1"]);
    let before = place.everything();
    let shown = ran(&mut show);
    shown.succeeds();
    assert!(shown.stdout.contains("looked-at"));
    for verb in [SUBMIT, &["suspend", "1"], &["terminate", "1"]] {
        let (mut command, _bin) = as_reader(&place, verb);
        ran(&mut command).fails(4, &["store", "only be read", "owner"]);
    }
    assert!(before == place.everything());
    unrestrict(place.path());
}

#[test]
fn a_store_that_may_not_be_entered_is_named() {
    if !nix::unistd::geteuid().is_root() {
        // Its owner may change that, and the mode keeps nobody else out of a test.
        return;
    }
    let place = Place::new();
    place.submit(&[]);
    let (mut show, _bin) = as_reader(&place, &["show", "1"]);
    set_mode(&place.store(), 0o700);
    ran(&mut show).fails(4, &["store", "Permission denied", "permissions"]);
    unrestrict(place.path());
}

#[test]
fn a_store_can_t_be_made_where_one_may_not_write() {
    let place = Place::new();
    let (mut submit, _bin) = as_reader(&place, SUBMIT);
    ran(&mut submit).fails(4, &["store", "Permission denied"]);
    assert!(place.everything().is_empty());
    unrestrict(place.path());
}

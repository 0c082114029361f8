//! Stores in good order and in bad.

use std::fs;
use std::os::unix::fs::symlink;

use crate::cli::{Place, program, ran, set_mode};
use crate::fixtures::{
    as_reader, damaged, foreign, holding, make_folder, raise_schema, unrestrict,
};
use crate::report::Report;

#[test]
fn a_store_in_good_order_passes_every_check() {
    let place = Place::new();
    place.submit(&[]);
    ran(&mut place.longhaul(["suspend", "1"])).succeeds();
    let report = Report::on(&place);
    report.ends(0);
    report.says("processes", "ok", "no other process");
    report.says("folder", "ok", "mode 0700");
    report.says("database", "ok", "schema 3");
    report.says("database", "ok", "events 1 to 3");
    report.says("integrity", "ok", "every page is whole");
    report.says("workers", "ok", "none is alive");
    report.says("claims", "ok", "no task is claimed");
    report.says("batches", "ok", "");
    report.says("bells", "ok", "notified at once");
    report.says("contents", "ok", "alive, bells");
    report.says("space", "ok", "free");
}

#[test]
fn people_get_a_line_per_check_and_the_hint_below_it() {
    let place = Place::new();
    place.submit(&[]);
    let shown = ran(&mut place.longhaul(["doctor"]));
    shown.succeeds();
    let lines: Vec<&str> = shown.stdout.lines().collect();
    let at = lines
        .iter()
        .position(|line| line.starts_with("warn  workers"))
        .unwrap();
    assert!(lines[at].contains("tasks wait"), "{shown:?}");
    assert!(
        lines[at + 1].contains("hint: start one: longhaul worker --store"),
        "{shown:?}"
    );
    for (index, line) in lines.iter().enumerate() {
        let word = line.split(' ').next().unwrap();
        assert!(
            matches!(word, "ok" | "warn" | "FAIL") || index == at + 1,
            "{line}"
        );
    }
}

/// That the doctor names a fault of the database, ends with 1 and leaves everything as it was.
#[track_caller]
fn closed(place: &Place, detail: &str) -> Report {
    let before = place.everything();
    let report = Report::on(place);
    report.ends(1);
    report.says("database", "fail", detail);
    report.says("space", "ok", "free");
    assert!(before == place.everything(), "something was written");
    report
}

#[test]
fn a_newer_schema_is_named_and_left_alone() {
    let place = Place::new();
    place.submit(&[]);
    raise_schema(&place);
    closed(&place, "schema 99");
}

#[test]
fn a_database_that_is_none_is_named_and_left_alone() {
    let place = Place::new();
    holding(&place, b"");
    closed(&place, "empty");

    let place = Place::new();
    holding(&place, &[7; 10_000]);
    closed(&place, "not a store");

    let place = Place::new();
    foreign(&place);
    closed(&place, "another program");

    let place = Place::new();
    make_folder(&place);
    fs::create_dir(place.database()).unwrap();
    closed(&place, "it is a folder");
}

#[test]
fn a_database_that_is_a_link_is_named_and_not_followed() {
    let place = Place::new();
    place.submit(&[]);
    let elsewhere = place.path().join("elsewhere");
    fs::rename(place.database(), &elsewhere).unwrap();
    symlink(&elsewhere, place.database()).unwrap();
    closed(&place, "symbolic link");
    fs::remove_file(&elsewhere).unwrap();
    closed(&place, "symbolic link");
}

#[test]
fn a_database_that_another_version_holds_open_is_named() {
    let place = Place::new();
    place.submit(&[]);
    let _held = redb::Database::open(place.database()).unwrap();
    closed(&place, "another version");
}

#[test]
fn what_others_may_write_to_fails_and_what_they_may_read_is_warned_of() {
    let place = Place::new();
    place.submit(&[]);
    set_mode(&place.database(), 0o666);
    closed(&place, "mode 0666");
    set_mode(&place.database(), 0o644);
    set_mode(&place.store(), 0o755);
    let report = Report::on(&place);
    report.ends(0);
    let check = report.says("database", "warn", "mode 0644");
    assert!(check.hint.as_ref().unwrap().starts_with("chmod 600 "));
    let check = report.says("folder", "warn", "mode 0755");
    assert!(check.hint.as_ref().unwrap().starts_with("chmod 700 "));
    set_mode(&place.store(), 0o770);
    closed(&place, "mode 0770").says("folder", "fail", "mode 0770");
}

#[test]
fn folders_and_files_that_others_can_read_are_named() {
    let place = Place::new();
    place.submit(&[]);
    let logs = place.store().join("logs");
    fs::create_dir_all(&logs).unwrap();
    set_mode(&logs, 0o755);
    fs::write(logs.join("1.log"), "secret").unwrap();
    set_mode(&logs.join("1.log"), 0o644);
    symlink("/etc", place.store().join("spool")).unwrap();
    let report = Report::on(&place);
    report.ends(1);
    report.says("contents", "warn", "logs may be read by others (mode 0755)");
    report.says("contents", "warn", "1 file in");
    report.says("contents", "fail", "spool is not a folder");
}

#[test]
fn a_damaged_database_has_an_exit_code_of_its_own() {
    let place = Place::new();
    damaged(&place);
    let report = Report::on(&place);
    report.ends(5);
    let check = report.says("database", "fail", "damaged");
    assert!(check.hint.as_ref().unwrap().contains("copy"));
}

#[test]
fn a_single_damaged_page_is_found_wherever_it_is() {
    let place = Place::new();
    for _ in 0..20 {
        place.submit(&["--reason", &"x".repeat(1000)]);
    }
    let whole = fs::read(place.database()).unwrap();
    let reason = b"xxxxxxxxxxxxxxxx";
    let used: Vec<usize> = (1..whole.len() / 4096)
        .filter(|page| {
            let page = &whole[page * 4096..][..4096];
            page.windows(reason.len()).any(|bytes| bytes == reason)
        })
        .collect();
    assert!(used.len() > 4);
    let mut found = 0;
    for page in used {
        let mut bytes = whole.clone();
        for byte in &mut bytes[page * 4096 + 1000..][..64] {
            *byte ^= 0xff;
        }
        fs::write(place.database(), bytes).unwrap();
        let report = Report::on(&place);
        assert!(matches!(report.code, Some(0 | 5)), "{report:#?}");
        found += usize::from(report.code == Some(5));
    }
    // The others are of earlier versions of a row, which nobody reads any more.
    assert!(found > 4, "{found}");
}

#[test]
fn who_may_only_read_is_told_what_was_not_checked() {
    let place = Place::new();
    place.submit(&[]);
    let (mut doctor, _bin) = as_reader(&place, &["--json", "doctor"]);
    let before = place.everything();
    let report = Report::of(&ran(&mut doctor));
    unrestrict(place.path());
    report.says("database", "warn", "only be read");
    report.says("integrity", "warn", "not checked");
    assert_eq!(report.code, Some(0), "{report:#?}");
    set_mode(place.path(), 0o555);
    assert_eq!(before.len(), place.everything().len());
    unrestrict(place.path());
}

#[test]
fn hostile_paths_come_out_escaped() {
    let place = Place::new();
    let hostile = place.path().join("\u{1b}[31mred\u{9b}1m");
    let run = |args: &[&str]| {
        let mut command = program();
        ran(command.arg("--store").arg(&hostile).args(args))
    };
    run(&["submit", "--", "true"]).succeeds();
    let shown = run(&["doctor"]);
    shown.succeeds();
    assert!(shown.stdout.contains("\\x1b[31mred"), "{shown:?}");
    run(&["--json", "doctor"]).succeeds();
}

#[test]
fn a_store_that_may_not_be_entered_is_named() {
    if !nix::unistd::geteuid().is_root() {
        // Its owner may change that, and the mode keeps nobody else out of a test.
        return;
    }
    let place = Place::new();
    place.submit(&[]);
    let (mut doctor, _bin) = as_reader(&place, &["--json", "doctor"]);
    set_mode(&place.store(), 0o700);
    let report = Report::of(&ran(&mut doctor));
    unrestrict(place.path());
    report.ends(1);
    report.says("folder", "warn", "belongs to root");
    report.says("database", "fail", "Permission denied");
}

//! Where the store is, and what is said when it is nowhere.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::cli::{Place, program, ran};

fn submit() -> [&'static str; 3] {
    ["submit", "--", "true"]
}

fn in_place(place: &Place) -> Command {
    let mut command = program();
    command.current_dir(place.path());
    command
}

fn is_store(dir: &Path) -> bool {
    dir.join("tasks.redb").is_file()
}

#[test]
fn an_empty_store_option_is_a_mistake() {
    let place = Place::new();
    let before = place.everything();
    for verb in [&submit()[..], &["show", "1"], &["doctor"], &["worker"]] {
        let says = ["store", "empty", "--store DIR"];
        ran(in_place(&place).args(["--store", ""]).args(verb)).fails(2, &says);
        let mut command = in_place(&place);
        ran(command.args(["--json", "--store", ""]).args(verb)).fails_in_json(2, "usage");
    }
    assert!(before == place.everything());
}

#[test]
fn an_empty_variable_is_a_mistake_too() {
    let place = Place::new();
    let mut command = in_place(&place);
    let refused = ran(command.args(submit()).env("LONGHAUL_STORE", ""));
    refused.fails(2, &["store", "empty", "--store DIR"]);
    assert!(place.everything().is_empty());
}

#[test]
fn without_option_variable_and_home_there_is_no_place_for_a_store() {
    let place = Place::new();
    for verb in [&submit()[..], &["show", "1"], &["doctor"]] {
        let says = [
            "no place",
            "LONGHAUL_STORE",
            "XDG_STATE_HOME",
            "HOME",
            "--store DIR",
        ];
        ran(in_place(&place).args(verb)).fails(2, &says);
    }
    assert!(place.everything().is_empty());
}

#[test]
fn the_variable_names_the_store_and_the_option_goes_before_it() {
    let place = Place::new();
    let (named, optional) = (place.path().join("named"), place.path().join("optional"));
    let mut command = in_place(&place);
    ran(command.args(submit()).env("LONGHAUL_STORE", &named)).succeeds();
    assert!(is_store(&named));
    let mut command = in_place(&place);
    command.arg("--store").arg(&optional).args(submit());
    ran(command.env("LONGHAUL_STORE", &named)).succeeds();
    assert!(is_store(&optional));
}

#[test]
fn the_default_is_below_the_state_folder_and_failing_that_below_home() {
    let place = Place::new();
    let (state, home) = (place.path().join("state"), place.path().join("home"));
    let mut command = in_place(&place);
    command.env("XDG_STATE_HOME", &state).env("HOME", &home);
    ran(command.args(submit())).succeeds();
    assert!(is_store(&state.join("longhaul")));
    assert!(!home.exists());
    ran(in_place(&place).env("HOME", &home).args(submit())).succeeds();
    assert!(is_store(&home.join(".local/state/longhaul")));
}

#[test]
fn a_relative_state_folder_is_passed_over_as_its_standard_says() {
    let place = Place::new();
    let home = place.path().join("home");
    let mut command = in_place(&place);
    command.env("XDG_STATE_HOME", "relative").env("HOME", &home);
    ran(command.args(submit())).succeeds();
    assert!(is_store(&home.join(".local/state/longhaul")));
    assert!(!place.path().join("relative").exists());
}

#[test]
fn a_store_that_is_not_there_is_named_and_not_made() {
    let place = Place::new();
    let store = place.store().display().to_string();
    let says = ["no store", store.as_str(), "longhaul submit", "--store DIR"];
    for verb in [
        "show",
        "suspend",
        "resume",
        "terminate",
        "wait",
        "logs",
        "events",
    ] {
        place.refuses(&[verb, "1"], 4, "no-store", &says);
    }
    for verb in ["list", "events"] {
        place.refuses(&[verb], 4, "no-store", &says);
    }
    place.refuses(&["doctor"], 4, "no-store", &["no store", &store]);
}

#[test]
fn an_empty_folder_is_no_store_and_stays_empty() {
    let place = Place::new();
    fs::create_dir(place.store()).unwrap();
    crate::cli::set_mode(&place.store(), 0o700);
    for verb in ["show", "suspend", "wait"] {
        place.refuses(&[verb, "1"], 4, "no-store", &["no store"]);
    }
    place.refuses(&["doctor"], 4, "no-store", &["no store"]);
}

#[test]
fn a_hostile_store_path_comes_out_escaped() {
    let place = Place::new();
    let hostile = place.path().join("\u{1b}[31mred\u{9b}1m");
    let mut command = in_place(&place);
    let refused = ran(command.arg("--store").arg(&hostile).args(["show", "1"]));
    refused.fails(4, &["\\x1b[31mred", "no store"]);
}

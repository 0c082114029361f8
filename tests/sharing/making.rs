//! `longhaul init`.

use std::fs;
use std::path::Path;

use crate::people::{ALICE, BOB, EVE, ROOT, Ran, TEAM, Town, Who, all_in};

#[track_caller]
fn init(town: &Town, who: Who, options: &[&str], dir: &Path) -> Ran {
    let args = [&["init"], options, &[dir.to_str().unwrap()]].concat();
    Ran::of(&town.longhaul(who, &args).output().unwrap())
}

#[test]
fn a_store_is_made_for_its_user_alone_unless_a_group_is_named() {
    let Some(town) = Town::new() else { return };
    let dir = town.home(ALICE).join("deep/mine");
    let made = init(&town, ALICE, &[], &dir);
    assert_eq!(made.succeeds().stdout, format!("{}\n", dir.display()));
    for (path, owner, _, mode) in all_in(&dir) {
        let right = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!((owner, mode), (ALICE.0, right), "{}", path.display());
    }
    let dir = town.home(ALICE).join("ours");
    init(&town, ALICE, &["--group", "71100"], &dir).succeeds();
    for (path, owner, group, mode) in all_in(&dir) {
        let right = if path.is_dir() { 0o2770 } else { 0o660 };
        assert_eq!(
            (owner, group, mode),
            (ALICE.0, TEAM, right),
            "{}",
            path.display()
        );
    }
    town.run(BOB, &dir, "submit -- true").succeeds();
}

#[test]
fn only_a_member_shares_with_a_group() {
    let Some(town) = Town::new() else { return };
    let dir = town.home(EVE).join("ours");
    init(&town, EVE, &["--group", "71100"], &dir).fails(3, &["not in the group 71100"]);
    assert!(!dir.exists());
    init(&town, EVE, &["--group", "no-such-group"], &dir).fails(2, &["no group no-such-group"]);
    assert!(!dir.exists());
}

#[test]
fn what_is_there_is_left_alone() {
    let Some(town) = Town::new() else { return };
    let dir = town.home(ALICE).join("mine");
    init(&town, ALICE, &[], &dir).succeeds();
    let before = all_in(&dir);
    init(&town, ALICE, &[], &dir).fails(3, &["already"]);
    init(&town, ALICE, &["--group", "71100"], &dir).fails(3, &["already", "chgrp -R 71100"]);
    assert_eq!(all_in(&dir), before);
    let full = town.home(ALICE).join("full");
    fs::create_dir(&full).unwrap();
    fs::write(full.join("letter"), "dear").unwrap();
    init(&town, ALICE, &[], &full).fails(4, &["other things in it"]);
    init(&town, ALICE, &[], &full.join("letter")).fails(4, &["not a folder"]);
    assert_eq!(fs::read_to_string(full.join("letter")).unwrap(), "dear");
    // Of another user.
    init(&town, BOB, &[], &town.home(ALICE).join("new")).fails(4, &["Permission denied"]);
}

#[test]
fn the_commands_that_share_a_store_later_are_named_and_do() {
    let Some(town) = Town::new() else { return };
    let dir = town.home(ALICE).join("mine");
    town.run(ALICE, &dir, "submit -- true").succeeds();
    town.run(ALICE, &dir, "worker --once").succeeds();
    let refused = init(&town, ROOT, &["--group", "71100"], &dir);
    let line = refused.stderr.split("then: ").nth(1).unwrap();
    let shared = std::process::Command::new("sh")
        .args(["-c", line.trim()])
        .status();
    assert!(shared.unwrap().success(), "{line}");
    for (path, _, group, mode) in all_in(&dir) {
        let right = if path.is_dir() { 0o2770 } else { 0o660 };
        assert_eq!((group, mode), (TEAM, right), "{}", path.display());
    }
    town.run(BOB, &dir, "submit -- true").succeeds();
    town.run(BOB, &dir, "worker --once").succeeds();
    town.run(ALICE, &dir, "wait 2 --timeout 10s").succeeds();
}

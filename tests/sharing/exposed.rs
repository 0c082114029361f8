//! What others may write to is refused, and the mend is named.

use std::process::Command;

use crate::people::{ALICE, ROOT, TEAM, Town, set_mode};

/// The mend that an error names, done.
#[track_caller]
fn mend(said: &str) {
    let line = said.split("then: ").nth(1).expect(said);
    let done = Command::new("sh").args(["-c", line.trim()]).status();
    assert!(done.unwrap().success(), "{line}");
}

#[test]
fn each_folder_and_file_of_a_store_that_others_may_write_to_is_refused_until_mended() {
    let Some(town) = Town::new() else { return };
    let own = town.home(ALICE).join("my own");
    town.run(ALICE, &own, "submit -- true").succeeds();
    town.run(ALICE, &own, "worker --once").succeeds();
    let shared = town.path("shared");
    town.shared(ROOT, &shared);
    for (store, mode) in [(&own, 0o777), (&own, 0o770), (&shared, 0o2777)] {
        for inner in [
            "alive",
            "bells",
            "bells/control",
            "locks",
            "logs",
            "alive/workers",
            "tasks.redb",
        ] {
            let path = store.join(inner);
            let mode = if path.is_dir() { mode } else { mode & 0o666 };
            set_mode(&path, mode);
            let refused = town.run(ALICE, store, "list");
            refused.fails(4, &["written by others", &path.to_string_lossy()]);
            mend(&refused.stderr);
            town.run(ALICE, store, "list").succeeds();
        }
    }
}

#[test]
fn a_file_of_a_shared_store_that_another_group_may_write_to_is_refused() {
    let Some(town) = Town::new() else { return };
    let shared = town.path("shared");
    town.shared(ROOT, &shared);
    let database = shared.join("tasks.redb");
    std::os::unix::fs::chown(&database, None, Some(TEAM + 1)).unwrap();
    let refused = town.run(ROOT, &shared, "list");
    refused.fails(4, &["written by others", "chgrp"]);
    mend(&refused.stderr);
    town.run(ALICE, &shared, "list").succeeds();
}

#[test]
fn a_folder_that_a_group_writes_to_is_no_store_of_that_group_until_it_is_made_one() {
    let Some(town) = Town::new() else { return };
    let dir = town.home(ALICE).join("project");
    std::fs::create_dir(&dir).unwrap();
    std::os::unix::fs::chown(&dir, Some(ALICE.0), Some(TEAM)).unwrap();
    set_mode(&dir, 0o2770);
    town.run(ALICE, &dir, "submit -- true")
        .fails(4, &["written by others", "chmod go-w"]);
    assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 0);
    // Nor one whose database its group could swap.
    let own = town.home(ALICE).join("own");
    town.run(ALICE, &own, "submit -- true").succeeds();
    std::os::unix::fs::chown(&own, None, Some(TEAM)).unwrap();
    set_mode(&own, 0o2770);
    town.run(ALICE, &own, "list")
        .fails(4, &["written by others", "chmod go-w"]);
}

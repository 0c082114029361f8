//! A store of one user.

use crate::people::{ALICE, BOB, Ran, Town, all_in, set_mode};

#[test]
fn nobody_else_reads_or_steers_a_private_store() {
    let Some(town) = Town::new() else { return };
    let store = town.home(ALICE).join("mine");
    let args = ["init", store.to_str().unwrap()];
    Ran::of(&town.longhaul(ALICE, &args).output().unwrap()).succeeds();
    town.run(ALICE, &store, "submit -- true").succeeds();
    for line in [
        "list",
        "show 1",
        "suspend 1",
        "submit -- true",
        "worker --once",
    ] {
        town.run(BOB, &store, line).fails(4, &["Permission denied"]);
    }
    // In no group with the owner, and yet: the folder of a group that nobody shared is refused.
    set_mode(&store, 0o770);
    town.run(ALICE, &store, "list")
        .fails(4, &["written by others", "chmod go-w"]);
}

#[test]
fn who_may_read_another_s_store_looks_and_neither_asks_nor_works() {
    let Some(town) = Town::new() else { return };
    let store = town.home(ALICE).join("mine");
    town.run(ALICE, &store, "submit --name looked-at -- true")
        .succeeds();
    for (path, ..) in all_in(&store) {
        set_mode(&path, if path.is_dir() { 0o755 } else { 0o644 });
    }
    let listed = town.run(BOB, &store, "list");
    assert!(listed.succeeds().stdout.contains("looked-at"), "{listed:?}");
    for line in ["suspend 1", "submit -- true"] {
        town.run(BOB, &store, line).fails(4, &["only be read"]);
    }
    town.run(BOB, &store, "worker --once")
        .fails(4, &["71001", "group"]);
}

//! The superuser on another's store.

use crate::people::{ALICE, ROOT, Town, all_in};

#[test]
fn the_superuser_looks_and_asks_anywhere_and_leaves_the_owner_all_that_is_made() {
    let Some(town) = Town::new() else { return };
    let store = town.home(ALICE).join("mine");
    town.run(ALICE, &store, "submit --name hers -- true")
        .succeeds();
    // What root's verbs make anew must not keep its owner out.
    for made in ["bells", "alive", "locks"] {
        let _ = std::fs::remove_dir_all(store.join(made));
    }
    let listed = town.run(ROOT, &store, "list");
    assert!(listed.succeeds().stdout.contains("hers"));
    town.run(ROOT, &store, "suspend 1").succeeds();
    town.run(ROOT, &store, "submit -- true").succeeds();
    for (path, owner, group, _) in all_in(&store) {
        assert_eq!((owner, group), (ALICE.0, ALICE.0), "{}", path.display());
    }
    town.run(ALICE, &store, "resume 1").succeeds();
    town.run(ALICE, &store, "worker --once").succeeds();
    town.run(ALICE, &store, "wait 1 2 --timeout 10s").succeeds();
}

#[test]
fn the_superuser_runs_no_command_of_another_s_store() {
    let Some(town) = Town::new() else { return };
    let store = town.home(ALICE).join("mine");
    let mark = town.path("mark");
    let touch = format!("submit -- touch {}", mark.display());
    town.run(ALICE, &store, &touch).succeeds();
    let before = town.run(ROOT, &store, "list --all --json").stdout;
    for line in ["worker --once", "run -- true", "run --resume 1"] {
        town.run(ROOT, &store, line)
            .fails(4, &["superuser", "uid 71001"]);
    }
    assert!(!mark.exists());
    // Nothing was written either.
    assert_eq!(town.run(ROOT, &store, "list --all --json").stdout, before);
}

#[test]
fn a_store_that_root_makes_in_the_folder_of_another_is_theirs() {
    let Some(town) = Town::new() else { return };
    let store = town.home(ALICE).join("mine");
    std::fs::create_dir(&store).unwrap();
    std::os::unix::fs::chown(&store, Some(ALICE.0), Some(ALICE.0)).unwrap();
    town.run(ROOT, &store, "submit -- true").succeeds();
    town.run(ALICE, &store, "worker --once").succeeds();
}

//! The files below a folder.

use std::fs;
use std::os::unix::fs::symlink;

use longhaul_common::state::Outcome;

use crate::Kept;
use crate::harness::World;

#[test]
fn the_files_below_a_folder_are_listed_sorted_and_as_they_are_at_submission() {
    let kept = Kept::new();
    let world = &kept.world;
    let folder = world.path("data");
    fs::create_dir_all(folder.join("b")).expect("there is room");
    for name in ["b/2", "b/1\n", "a.csv", "B.csv", ".hidden"] {
        fs::write(folder.join(name), "").expect("there is room");
    }
    symlink("a.csv", folder.join("link")).expect("there is room");
    symlink("b", folder.join("c")).expect("there is room");
    let name = |name: &str| format!("{}/{name}\0", folder.display());
    let options = format!("--files {} --batch-size 2", folder.display());
    let script = format!("{{ cat; printf -- '--\\0'; }} >>'{}'", kept.path.display());
    let task = world.submit(&options, &script);
    assert_eq!(world.view(task).items_total, Some(5), "known at once");
    fs::write(folder.join("aa"), "").expect("there is room");
    let expected = [
        [name(".hidden"), name("B.csv"), "--\0".into()].concat(),
        [name("a.csv"), name("b/1\n"), "--\0".into()].concat(),
        [name("b/2"), "--\0".into()].concat(),
    ];
    assert_eq!(
        String::from_utf8_lossy(&kept.finish(task)),
        expected.concat()
    );
    let expected = format!("--files {}", folder.display());
    assert_eq!(world.view(task).input, Some(expected));

    let options = format!("{options} --glob *.csv --glob !B.*");
    let seen = kept.text(&options, "tr '\\0' '\\n'");
    assert_eq!(seen, name("a.csv").replace('\0', "\n"));
}

#[test]
fn a_folder_without_files_is_done_at_once() {
    let world = World::new();
    let folder = world.path("empty");
    fs::create_dir(&folder).expect("there is room");
    let task = world.submit(&format!("--files {}", folder.display()), "exit 1");
    assert_eq!(world.worker("--once").exit_code(), Some(0));
    let view = world.view(task);
    assert_eq!(view.outcome, Some(Outcome::Completed), "{view:?}");
    assert_eq!((view.items_total, view.batches_done), (Some(0), 0));
}

#[test]
fn what_is_no_folder_or_no_pattern_is_refused() {
    let world = World::new();
    let file = world.file("file", "");
    let here = world.path("");
    for (options, says) in [
        (format!("--files {}", file.display()), "not a folder"),
        ("--files none".to_owned(), "none"),
        (format!("--files {} --glob a[", here.display()), "--glob"),
        ("--glob *".to_owned(), "--files"),
    ] {
        let output = world.expect(2, &format!("submit {options} -- true"));
        assert!(output.stderr.contains(says), "{options}: {output:?}");
    }
    assert_eq!(world.last_event().0, 0, "nothing was submitted");
    assert!(!world.store_dir().join("spool").exists());
}

#[test]
fn a_list_that_is_gone_suspends_its_task() {
    let world = World::new();
    let folder = world.path("data");
    fs::create_dir(&folder).expect("there is room");
    fs::write(folder.join("a"), "").expect("there is room");
    let task = world.submit(&format!("--files {}", folder.display()), "true");
    fs::remove_dir_all(world.store_dir().join("spool")).expect("it is there");
    assert_eq!(world.worker("--once").exit_code(), Some(0));
    let error = world.view(task).error.expect("it says why");
    assert!(error.contains("it is gone"), "{error}");
}

//! Comments: in the trail and in the story, by whom they are, also of what has ended.

use longhaul_common::event::What;
use longhaul_common::id::TaskNumber;

use super::{numbers, waiting};
use crate::harness::World;

#[test]
fn a_comment_stands_in_the_events_and_in_the_story_with_its_author() {
    let world = World::new();
    waiting(&world, &["--name import", ""]);
    let row = world.row(TaskNumber(1));
    let said = world.cli([
        "comment",
        "import",
        "2",
        "the disk was swapped",
        "--actor",
        "kim",
    ]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(
        said.stdout.contains("task 1 (import): commented on"),
        "{said:?}"
    );
    for task in [TaskNumber(1), TaskNumber(2)] {
        let [event] = world
            .events_that(task, What::Comment)
            .try_into()
            .expect("one comment");
        assert_eq!(event.detail.as_deref(), Some("the disk was swapped"));
        let by = event.actor.expect("somebody said it");
        assert_eq!(by.claimed.as_deref(), Some("kim"));
        assert_eq!(event.request, None, "it is no request");
        for verb in ["show", "events"] {
            let told = world.expect(0, &format!("{verb} {task}"));
            let line = told
                .stdout
                .lines()
                .find(|line| line.contains("the disk was swapped"));
            assert!(
                line.is_some_and(|line| line.contains("\"kim\"")),
                "{told:?}"
            );
        }
    }
    assert_eq!(world.row(TaskNumber(1)), row, "nothing else changed");
    world.expect(0, "terminate 1");
    assert_eq!(
        world.cli(["comment", "1", "it was the wrong year"]).code,
        Some(0)
    );
    assert!(world.expect(0, "show 1").stdout.contains("wrong year"));
}

#[test]
fn a_comment_by_filter_is_one_transaction_and_bad_ones_are_refused() {
    let world = World::new();
    waiting(&world, &["--kind import", "--kind import", "--kind export"]);
    let said = world.cli([
        "comment",
        "--kind",
        "import",
        "--yes",
        "--json",
        "wait for the index",
    ]);
    assert_eq!(numbers(&said), [1, 2]);
    let first = world.events_that(TaskNumber(1), What::Comment)[0].clone();
    let second = world.events_that(TaskNumber(2), What::Comment)[0].clone();
    assert_eq!(first.at, second.at);
    assert_eq!(said.json()[0]["event"].as_u64(), Some(first.number.0));
    assert_eq!(world.events_that(TaskNumber(3), What::Comment), []);
    let before = world.last_event();
    let long = "x".repeat(3000);
    for line in [
        vec!["comment", "1"],
        vec!["comment", "1", " "],
        vec!["comment", "1", &long],
    ] {
        let refused = world.cli(&line);
        assert_eq!(refused.code, Some(2), "{refused:?}");
    }
    assert_eq!(world.cli(["comment", "1", "77", "hello"]).code, Some(3));
    assert_eq!(world.last_event(), before, "one was unknown");
    // What is said is no escape sequence for whoever reads it.
    world.cli(["comment", "1", "a\u{1b}[2Jb\nc"]);
    let told = world.expect(0, "events 1");
    assert!(!told.stdout.contains('\u{1b}'), "{told:?}");
    assert!(
        told.stdout
            .lines()
            .last()
            .is_some_and(|line| line.ends_with('c')),
        "{told:?}"
    );
}

//! On a terminal: what is about to be done is shown and asked for, and what was shown is what is done.

use longhaul_common::id::TaskNumber;
use longhaul_common::state::Desired;

use super::{requests, waiting, wanted};
use crate::harness::{Controls, Terminal, World};

#[test]
fn many_are_shown_and_asked_for_and_only_a_yes_acts() {
    let world = World::new();
    waiting(
        &world,
        &["--kind import --name one", "--kind import --name two", ""],
    );
    for (answer, meant) in [
        ("n\n", Desired::Run),
        ("\n", Desired::Run),
        ("y\n", Desired::Suspend),
    ] {
        let terminal = Terminal::new(100);
        let asked = terminal.start(
            &world.command(["suspend", "--kind", "import"]),
            Controls::Yes,
        );
        terminal.wait_for("Suspend these 2 tasks? [y/N]");
        let shown = terminal.written();
        assert!(shown.contains("one") && shown.contains("two"), "{shown}");
        assert_eq!(wanted(&world, TaskNumber(1)), Desired::Run);
        terminal.press(answer.as_bytes());
        assert_eq!(asked.ended().code, Some(0));
        for task in [1, 2] {
            assert_eq!(
                wanted(&world, TaskNumber(task)),
                meant,
                "answered {answer:?}"
            );
        }
        assert_eq!(wanted(&world, TaskNumber(3)), Desired::Run);
    }
    assert_eq!(requests(&world, TaskNumber(1)).len(), 1);
}

#[test]
fn a_yes_given_before_asks_nothing_and_one_task_is_not_asked_for() {
    let world = World::new();
    waiting(&world, &["--kind import", "--kind import", "--kind export"]);
    for line in [
        vec!["suspend", "--kind", "import", "-y"],
        vec!["suspend", "--kind", "export"],
    ] {
        let terminal = Terminal::new(100);
        let asked = terminal.start(&world.command(line), Controls::Yes);
        assert_eq!(asked.ended().code, Some(0));
        assert!(!terminal.written().contains("[y/N]"));
    }
    for task in [1, 2, 3] {
        assert_eq!(wanted(&world, TaskNumber(task)), Desired::Suspend);
    }
}

#[test]
fn what_was_shown_is_what_is_done_whatever_happened_meanwhile() {
    let world = World::new();
    waiting(&world, &["--kind import", "--kind import"]);
    let terminal = Terminal::new(100);
    let asked = terminal.start(
        &world.command(["terminate", "--kind", "import"]),
        Controls::Yes,
    );
    terminal.wait_for("Terminate these 2 tasks? [y/N]");
    // One more matches, and of another somebody wants something else by now.
    let late = world.submit("--kind import", "exit 0");
    world.expect(0, "suspend 2 --actor kim");
    terminal.press(b"y\n");
    assert_eq!(asked.ended().code, Some(3));
    terminal.wait_for("task 2: refused: ");
    assert!(
        terminal
            .written()
            .contains("\"kim\" asked for SUSPEND since")
    );
    assert_eq!(wanted(&world, TaskNumber(1)), Desired::Terminate);
    assert_eq!(wanted(&world, TaskNumber(2)), Desired::Suspend);
    assert_eq!(wanted(&world, late), Desired::Run);
}

#[test]
fn whose_suspension_ends_is_shown_and_asked_for() {
    let world = World::new();
    waiting(&world, &["--name import", ""]);
    let suspend = [
        "suspend",
        "1",
        "--actor",
        "kim",
        "--reason",
        "the disk is needed",
    ];
    assert_eq!(world.cli(suspend).code, Some(0));
    for (answer, meant) in [("n\n", Desired::Suspend), ("y\n", Desired::Run)] {
        let terminal = Terminal::new(120);
        let asked = terminal.start(&world.command(["resume", "1"]), Controls::Yes);
        terminal.wait_for("Resume this task all the same? [y/N]");
        let shown = terminal.written();
        assert!(shown.contains("\"kim\""), "{shown}");
        assert!(shown.contains("because \"the disk is needed\""), "{shown}");
        terminal.press(answer.as_bytes());
        assert_eq!(asked.ended().code, Some(0));
        assert_eq!(wanted(&world, TaskNumber(1)), meant, "answered {answer:?}");
    }
    // One's own is not asked for, nor where nobody is; that one is told of.
    world.expect(0, "suspend 2");
    let terminal = Terminal::new(120);
    let own = terminal.start(&world.command(["resume", "2"]), Controls::Yes);
    assert_eq!(own.ended().code, Some(0));
    assert!(!terminal.written().contains("[y/N]"));
    assert_eq!(world.cli(suspend).code, Some(0));
    let told = world.expect(0, "resume 1");
    assert!(told.stderr.contains("was suspended by"), "{told:?}");
    assert!(told.stderr.contains("the disk is needed"), "{told:?}");
    // By its number too, and an undoing.
    for line in [vec!["resume", "--request"], vec!["undo"]] {
        assert_eq!(world.cli(suspend).code, Some(0));
        let request = world.row(TaskNumber(1)).wish.request.to_string();
        let terminal = Terminal::new(120);
        let line = line.into_iter().chain([request.as_str()]);
        let asked = terminal.start(&world.command(line), Controls::Yes);
        terminal.wait_for("all the same? [y/N]");
        terminal.press(b"y\n");
        assert_eq!(asked.ended().code, Some(0));
        assert_eq!(wanted(&world, TaskNumber(1)), Desired::Run);
    }
}

//! What is undone, in which order, and what the command is told.

use std::fs;

use longhaul_common::event::What;
use longhaul_common::state::{Outcome, RollbackStage, StateWord};

use crate::Scene;
use crate::harness::wait_until;

/// Both ways of running batches.
const WAYS: [&str; 2] = ["", "--queue store --parallel 1 --ordered"];

#[test]
fn what_is_done_is_undone_newest_first_and_cleanup_comes_last() {
    for way in WAYS {
        let scene = Scene::new();
        let world = &scene.world;
        let gate = world.gate();
        let _worker = world.worker("");
        let (undo, cleanup) = (scene.undo(""), scene.cleanup());
        let options = format!("--range 1..100 --batch-size 3 {way}");
        let hooks = [("rollback", undo.as_str()), ("cleanup", &cleanup)];
        let task = scene.submit(&options, &hooks, &(scene.batch() + &gate.pass()));
        gate.release(3);
        scene.wait_for_lines(4);
        // The fourth batch is in flight, and is waited for: then it is done, too.
        let told = world.expect(0, &format!("terminate {task}")).stdout;
        assert!(told.contains("9 items are undone first"), "{told}");
        gate.release(1);
        world.wait_exits(task, 8);
        let expected = [
            "undo 3 10 11 12",
            "undo 2 7 8 9",
            "undo 1 4 5 6",
            "undo 0 1 2 3",
            "cleanup",
        ];
        assert_eq!(scene.undone(), expected, "{way}");
        let view = world.view(task);
        assert_eq!(view.outcome, Some(Outcome::Terminated));
        let rollback = view.rollback.expect("it has one");
        assert_eq!(rollback.stage, RollbackStage::Begun);
        assert_eq!((rollback.items_done, rollback.items_total), (12, 12));
        assert_eq!((rollback.batches_done, rollback.batches_total), (4, 4));
        let total = view.items_total.expect("a range knows it");
        let listed = world.expect(0, "list --all").stdout;
        assert!(listed.contains(&format!(" 0/{total} ")), "{listed}");
        let shown = world.expect(0, &format!("show {task}")).stdout;
        assert!(shown.contains(&format!(" 0 of {total} items")), "{shown}");
        assert_eq!(world.events_that(task, What::RolledBack).len(), 1);
        assert_eq!(world.control().store().marks(task).expect("readable"), []);
    }
}

#[test]
fn a_batch_that_is_killed_or_failed_or_never_ran_is_not_undone() {
    for way in WAYS {
        let scene = Scene::new();
        let world = &scene.world;
        let gate = world.gate();
        let _worker = world.worker("");
        let undo = scene.undo("");
        // The second fails for good, the fourth hangs.
        let script = format!(
            "{}[ $LONGHAUL_BATCH != 1 ] || exit 65\n[ $LONGHAUL_BATCH != 3 ] || {}",
            scene.batch(),
            gate.pass()
        );
        let options = format!("--range 1..100 --batch-size 2 {way}");
        let task = scene.submit(&options, &[("rollback", &undo)], &script);
        scene.wait_for_lines(4);
        world.expect(0, &format!("terminate {task} --force --wait --timeout 10s"));
        assert_eq!(scene.undone(), ["undo 2 5 6", "undo 0 1 2"], "{way}");
    }
}

#[test]
fn a_suspended_task_is_rolled_back_by_any_worker_without_an_init() {
    for way in WAYS {
        let scene = Scene::new();
        let world = &scene.world;
        let gate = world.gate();
        let first = world.worker("");
        let (undo, cleanup) = (scene.undo(""), scene.cleanup());
        let init = world.script("init", &scene.note("init"));
        let hooks = [
            ("init", init.as_str()),
            ("rollback", &undo),
            ("cleanup", &cleanup),
        ];
        let options = format!("--range 1..100 --batch-size 2 {way}");
        let task = scene.submit(&options, &hooks, &(scene.batch() + &gate.pass()));
        gate.release(2);
        scene.wait_for_lines(4);
        world.expect(0, &format!("suspend {task} --force --wait --timeout 10s"));
        assert_eq!(first.stop(), Some(0));
        world.expect(0, &format!("terminate {task}"));
        world.expect(6, &format!("wait {task} --timeout 10s"));
        assert_eq!(scene.undone(), ["init", "cleanup"]);

        let _second = world.worker("");
        world.wait_exits(task, 8);
        let expected = ["init", "cleanup", "undo 1 3 4", "undo 0 1 2", "cleanup"];
        assert_eq!(scene.undone(), expected, "{way}");
    }
}

#[test]
fn a_task_that_completed_or_failed_is_never_rolled_back() {
    for way in WAYS {
        for (script, code) in [("", 0), ("[ $LONGHAUL_BATCH = 0 ]", 1)] {
            let scene = Scene::new();
            let world = &scene.world;
            let _worker = world.worker("");
            let undo = scene.undo("");
            let options =
                format!("--range 1..4 --batch-size 2 --on-error terminate --retries 0 {way}");
            let task = scene.submit(&options, &[("rollback", &undo)], &(scene.batch() + script));
            world.wait_exits(task, code);
            assert_eq!(scene.undone(), [""; 0]);
            let rollback = world.view(task).rollback.expect("it has one");
            assert_eq!(rollback.stage, RollbackStage::None);
        }
    }
}

#[test]
fn a_task_that_has_done_nothing_ends_at_once() {
    let scene = Scene::new();
    let world = &scene.world;
    let task = scene.submit("", &[("rollback", &scene.undo(""))], "exit 0");
    world.expect(0, &format!("terminate {task}"));
    world.wait_exits(task, 8);
    assert_eq!(scene.trace(), [""; 0]);
}

#[test]
fn many_batches_of_changing_sizes_are_undone_each_with_its_own_items() {
    let scene = Scene::new();
    let world = &scene.world;
    let gate = world.gate();
    let worker = world.worker("");
    let file: String = (1..=400).map(|line| format!("line-{line}\n")).collect();
    let file = world.file("lines", file);
    let undo = scene.undo("");
    let script = format!(
        "{}[ $LONGHAUL_BATCH != 150 ] || {}",
        scene.batch(),
        gate.pass()
    );
    let options = format!("--lines {} --batch-size 2", file.display());
    let task = scene.submit(&options, &[("rollback", &undo)], &script);
    wait_until("many batches", || world.view(task).batches_done == 150);
    world.expect(0, &format!("suspend {task} --force --wait --timeout 10s"));
    drop(worker);
    world.expect(0, &format!("terminate {task}"));
    let _worker = world.worker("");
    world.wait_exits(task, 8);
    let done: Vec<String> = scene.trace().into_iter().take(150).collect();
    let expected: Vec<String> = done
        .iter()
        .rev()
        .map(|line| line.replacen("do", "undo", 1))
        .collect();
    assert_eq!(scene.undone(), expected);
}

#[test]
fn the_command_learns_which_batch_it_undoes_under_a_key_of_its_own() {
    let scene = Scene::new();
    let world = &scene.world;
    let gate = world.gate();
    let _worker = world.worker("");
    let told = world.path("told");
    let body = format!(
        "echo \"$LONGHAUL_HOOK $LONGHAUL_BATCH ${{LONGHAUL_BATCH_KEY#*:}} ${{LONGHAUL_ROLLBACK_OF#*:}} $LONGHAUL_ITEMS $LONGHAUL_ATTEMPT $MOOD $*\" >>'{}'\necho so be it\n",
        told.display()
    );
    let undo = scene.undo(&body) + " {first} {last}";
    let script = scene.batch() + &gate.pass();
    let options = "--range 1..9 --batch-size 2 --batch-timeout 1m --env MOOD=calm";
    let task = scene.submit(options, &[("rollback", &undo)], &script);
    gate.release(2);
    scene.wait_for_lines(3);
    world.expect(0, &format!("terminate {task} --force --wait --timeout 10s"));
    let told = fs::read_to_string(told).expect("it ran");
    let expected = "rollback 1 rollback:1 1 2 1 calm 3 4\nrollback 0 rollback:0 0 2 1 calm 1 2\n";
    assert_eq!(told, expected);
    let log = world.expect(0, &format!("logs {task}")).stdout;
    let line = log.lines().find(|line| line.contains("so be it"));
    assert!(
        line.is_some_and(|line| line.contains("rollback:1")),
        "{log}"
    );
}

#[test]
fn a_task_without_input_is_undone_once() {
    let scene = Scene::new();
    let world = &scene.world;
    let _worker = world.worker("");
    let (gate, undo) = (world.gate(), scene.undo(""));
    // Its only batch is done, and the TERMINATE was there before.
    let task = scene.submit("", &[("rollback", &undo)], &(scene.batch() + &gate.pass()));
    scene.wait_for_lines(1);
    world.expect(0, &format!("terminate {task}"));
    gate.release(1);
    world.wait_exits(task, 8);
    assert_eq!(scene.trace(), ["do 0 ", "undo 0 "]);
    assert_eq!(world.row(task).state.word, StateWord::Terminate);
}

#[test]
fn a_batch_size_that_was_changed_on_the_way_is_undone_as_it_was_done() {
    // Planned ahead, a new size would be met long after.
    for way in ["", "--queue store --parallel 1 --depth 1"] {
        let scene = Scene::new();
        let world = &scene.world;
        let gate = world.gate();
        let _worker = world.worker("");
        let undo = scene.undo("");
        let script = scene.batch() + &gate.pass();
        let options = format!("--range 1..200 --batch-size 2 {way}");
        let task = scene.submit(&options, &[("rollback", &undo)], &script);
        for (size, lines) in [(5, 3), (1, 6), (3, 9)] {
            scene.wait_for_lines(lines - 2);
            world.expect(0, &format!("set {task} batch-size={size}"));
            gate.release(3);
            scene.wait_for_lines(lines + 1);
        }
        world.expect(0, &format!("terminate {task} --force --wait --timeout 10s"));
        let trace = scene.trace();
        let done: Vec<&String> = trace
            .iter()
            .filter(|line| line.starts_with("do "))
            .collect();
        // The last one was killed.
        let done = &done[..done.len() - 1];
        let sizes: std::collections::BTreeSet<usize> =
            done.iter().map(|line| line.split(' ').count()).collect();
        assert!(sizes.len() > 1, "no size was changed: {trace:?}");
        let expected: Vec<String> = done
            .iter()
            .rev()
            .map(|line| line.replacen("do", "undo", 1))
            .collect();
        assert_eq!(scene.undone(), expected, "{way}");
    }
}

#[test]
fn a_page_is_undone_by_where_it_starts() {
    let scene = Scene::new();
    let world = &scene.world;
    let gate = world.gate();
    let _worker = world.worker("");
    let undo = world.script(
        "undo",
        &scene.note("undo $LONGHAUL_BATCH <$LONGHAUL_CURSOR>"),
    );
    let script = format!(
        "{}echo \"${{LONGHAUL_CURSOR}}x\" >\"$LONGHAUL_CURSOR_OUT\"\n{}",
        scene.note("do $LONGHAUL_BATCH <$LONGHAUL_CURSOR>"),
        gate.pass()
    );
    let task = scene.submit("--pages", &[("rollback", &undo)], &script);
    gate.release(3);
    scene.wait_for_lines(4);
    world.expect(0, &format!("terminate {task} --force --wait --timeout 10s"));
    assert_eq!(scene.undone(), ["undo 2 <xx>", "undo 1 <x>", "undo 0 <>"]);
}

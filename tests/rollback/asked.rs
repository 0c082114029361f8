//! What is asked of what is done: keep it, undo it by another command, try again.

use longhaul_common::event::What;
use longhaul_common::id::TaskNumber;
use longhaul_common::phase::Phase;
use longhaul_common::state::{Outcome, RollbackStage, StateWord};

use crate::Scene;
use crate::harness::{Gate, wait_until};

/// A task that has done two batches and is in the third, which waits at a gate.
#[track_caller]
fn in_the_third_batch(scene: &Scene, options: &str, hooks: &[(&str, &str)]) -> (TaskNumber, Gate) {
    let gate = scene.world.gate();
    let options = format!("--range 1..100 --batch-size 1 --retries 1 --backoff 10ms {options}");
    let task = scene.submit(&options, hooks, &(scene.batch() + &gate.pass()));
    gate.release(2);
    scene.wait_for_lines(3);
    (task, gate)
}

#[test]
fn what_is_done_is_kept_where_somebody_says_so() {
    let scene = Scene::new();
    let world = &scene.world;
    let _worker = world.worker("");
    let (undo, cleanup) = (scene.undo(""), scene.cleanup());
    let hooks = [("rollback", undo.as_str()), ("cleanup", &cleanup)];
    let (task, _gate) = in_the_third_batch(&scene, "", &hooks);
    world.expect(
        0,
        &format!("terminate {task} --keep --force --wait --timeout 10s"),
    );
    assert_eq!(scene.undone(), ["cleanup"]);
    let dropped = world.events_that(task, What::HookDropped);
    assert_eq!(dropped.len(), 1, "{dropped:?}");
    let requested = world.events_that(task, What::Requested);
    assert!(requested[0].sentence().contains("kept"), "{requested:?}");
}

#[test]
fn what_a_resting_task_has_done_is_kept_without_any_worker() {
    let scene = Scene::new();
    let world = &scene.world;
    let worker = world.worker("");
    let undo = scene.undo("");
    let (task, _gate) = in_the_third_batch(&scene, "", &[("rollback", &undo)]);
    world.expect(0, &format!("suspend {task} --force --wait --timeout 10s"));
    assert_eq!(worker.stop(), Some(0));
    world.expect(0, &format!("terminate {task} --keep --wait --timeout 10s"));
    assert_eq!(world.view(task).outcome, Some(Outcome::Terminated));
    assert_eq!(world.events_that(task, What::HookDropped).len(), 1);
}

#[test]
fn a_task_without_a_rollback_is_undone_by_the_command_that_is_named() {
    for way in ["", "--queue store --parallel 1"] {
        let scene = Scene::new();
        let world = &scene.world;
        let _worker = world.worker("");
        let undo = scene.undo("");
        let (task, _gate) = in_the_third_batch(&scene, way, &[]);
        let refused = world.expect(3, &format!("terminate {task} --rollback"));
        assert!(refused.stderr.contains("--rollback=COMMAND"), "{refused:?}");
        for wrong in ["no-such-program", "'"] {
            let args = ["terminate", "1", &format!("--rollback={wrong}")];
            let refused = world.cli(args);
            assert_eq!(refused.code, Some(2), "{refused:?}");
        }
        assert!(world.events_that(task, What::Requested).is_empty());

        let option = format!("--rollback={undo}");
        let number = task.to_string();
        let args = [
            "terminate",
            &number,
            &option,
            "--force",
            "-w",
            "--timeout",
            "10s",
        ];
        let asked = world.cli(args);
        assert_eq!(asked.code, Some(0), "{asked:?}");
        assert_eq!(scene.undone(), ["undo 1 2", "undo 0 1"], "{way}");
    }
}

#[test]
fn a_command_that_is_named_stands_for_the_tasks_own() {
    let scene = Scene::new();
    let world = &scene.world;
    let worker = world.worker("");
    let (own, other) = (scene.undo("exit 1\n"), scene.undo_named("other", ""));
    let (task, _gate) = in_the_third_batch(&scene, "", &[("rollback", &own)]);
    world.expect(0, &format!("suspend {task} --force --wait --timeout 10s"));
    assert_eq!(worker.stop(), Some(0));
    let asked = world.cli(["terminate", "1", &format!("--rollback={other}")]);
    assert_eq!(asked.code, Some(0), "{asked:?}");
    // Withdrawn, the wish is forgotten.
    world.expect(0, &format!("suspend {task}"));
    assert_eq!(world.row(task).wish.rollback, None);
    let asked = world.cli(["terminate", "1", &format!("--rollback={other}")]);
    assert_eq!(asked.code, Some(0), "{asked:?}");
    let _worker = world.worker("");
    world.wait_exits(task, 8);
    assert_eq!(scene.undone(), ["undo 1 2", "undo 0 1"]);
}

/// A task whose rollback fails at its first batch, and rests then.
#[track_caller]
fn failed(scene: &Scene, options: &str) -> TaskNumber {
    let world = &scene.world;
    let body = format!(
        "[ $LONGHAUL_BATCH = 1 ] || [ -e '{}' ] || {{ echo no way back >&2; exit 1; }}\n",
        world.path("mended").display()
    );
    let (undo, cleanup) = (scene.undo(&body), scene.cleanup());
    let hooks = [("rollback", undo.as_str()), ("cleanup", &cleanup)];
    let (task, _gate) = in_the_third_batch(scene, options, &hooks);
    world.expect(0, &format!("terminate {task} --force"));
    world.wait_for_phase(task, Phase::RollbackFailed);
    wait_until("nobody holds it", || world.view(task).worker.is_none());
    let tried = ["undo 1 2", "undo 0 1", "undo 0 1", "cleanup"];
    assert_eq!(scene.undone(), tried);
    task
}

#[test]
fn a_rollback_that_fails_leaves_the_task_to_whoever_looks_until_it_is_asked_for_again() {
    for way in ["", "--queue store --parallel 1"] {
        let scene = Scene::new();
        let world = &scene.world;
        let _worker = world.worker("");
        let task = failed(&scene, way);
        let waited = world.expect(1, &format!("wait {task} --timeout 10s"));
        assert!(waited.stdout.contains("no way back"), "{waited:?}");
        let view = world.view(task);
        assert_ne!(view.current_state, StateWord::Terminate);
        let rollback = view.rollback.expect("it has one");
        assert_eq!(
            (rollback.stage, rollback.items_done),
            (RollbackStage::Failed, 1)
        );
        assert_eq!(world.events_that(task, What::RollbackFailed).len(), 1);
        let listed = world.expect(0, "list").stdout;
        assert!(listed.contains("rollback-failed"), "{listed}");
        // Half of it is undone: it can't go on.
        for verb in ["resume", "suspend"] {
            world.expect(3, &format!("{verb} {task}"));
        }
        let claims = world.events_that(task, What::Claimed).len();
        let again = world.worker("--once");
        assert_eq!(again.exit_code(), Some(0));
        assert_eq!(world.events_that(task, What::Claimed).len(), claims);

        // It fails once more, from where it was.
        let waited = world.expect(1, &format!("rollback {task} --wait --timeout 10s"));
        assert!(waited.stdout.contains("no way back"), "{waited:?}");
        assert_eq!(scene.undone()[4..], ["undo 0 1", "undo 0 1", "cleanup"]);
        world.file("mended", "");
        world.expect(
            0,
            &format!("rollback {task} --wait --timeout 10s --reason mended"),
        );
        assert_eq!(scene.undone()[7..], ["undo 0 1", "cleanup"]);
        assert_eq!(world.view(task).outcome, Some(Outcome::Terminated));
        let refused = world.expect(3, &format!("rollback {task}"));
        assert!(refused.stderr.contains("terminated"), "{refused:?}");
    }
}

#[test]
fn a_failed_rollback_is_given_up_where_what_is_left_is_kept() {
    for no in ["--keep", "--no-hooks"] {
        let scene = Scene::new();
        let world = &scene.world;
        let worker = world.worker("");
        let task = failed(&scene, "");
        assert_eq!(worker.stop(), Some(0));
        world.expect(0, &format!("terminate {task} {no} --wait --timeout 10s"));
        assert_eq!(world.view(task).outcome, Some(Outcome::Terminated));
        assert_eq!(world.events_that(task, What::HookDropped).len(), 1);
        assert_eq!(scene.undone().len(), 4);
    }
}

#[test]
fn a_failed_rollback_goes_on_with_another_command() {
    let scene = Scene::new();
    let world = &scene.world;
    let _worker = world.worker("");
    let task = failed(&scene, "");
    let other = scene.undo_named("other", "");
    let number = task.to_string();
    let option = format!("--rollback={other}");
    let asked = world.cli(["terminate", &number, &option, "-w", "--timeout", "10s"]);
    assert_eq!(asked.code, Some(0), "{asked:?}");
    assert_eq!(scene.undone()[4..], ["undo 0 1", "cleanup"]);
}

#[test]
fn a_rollback_can_be_tried_again_only_where_it_failed() {
    let scene = Scene::new();
    let world = &scene.world;
    let undo = scene.undo("");
    let task = scene.submit("", &[("rollback", &undo)], "exit 0");
    let refused = world.expect(3, &format!("rollback {task}"));
    assert!(
        refused.stderr.contains("no rollback of it has failed"),
        "{refused:?}"
    );
}

#[test]
fn a_rollback_under_way_is_kept_at_its_next_boundary_and_force_kills_the_batch_that_hangs() {
    let scene = Scene::new();
    let world = &scene.world;
    let _worker = world.worker("");
    let undo = scene.undo("sleep 1000\n");
    let cleanup = scene.cleanup();
    let hooks = [("rollback", undo.as_str()), ("cleanup", &cleanup)];
    let (task, _gate) = in_the_third_batch(&scene, "", &hooks);
    world.expect(0, &format!("terminate {task} --force"));
    world.wait_for_phase(task, Phase::RollingBack);
    wait_until("the first undoing", || scene.undone().len() == 1);
    for verb in ["resume", "suspend"] {
        world.expect(3, &format!("{verb} {task}"));
    }
    // A batch that hangs is killed, and tried again.
    world.expect(0, &format!("terminate {task} --force"));
    wait_until("the second undoing", || scene.undone().len() == 2);
    world.expect(
        0,
        &format!("terminate {task} --keep --force --wait --timeout 10s"),
    );
    assert_eq!(scene.undone(), ["undo 1 2", "undo 1 2", "cleanup"]);
}

#[test]
fn rolling_back_is_for_items_that_are_still_there() {
    let scene = Scene::new();
    let world = &scene.world;
    let refused = world.cli(["submit", "--feed", "--rollback", "true", "--", "true"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    let task = scene.submit("--feed", &[], "exit 0");
    let refused = world.expect(3, &format!("terminate {task} --rollback=true"));
    assert!(refused.stderr.contains("fed"), "{refused:?}");
    for pair in ["--keep --rollback", "--rollback --no-hooks"] {
        world.expect(2, &format!("terminate {task} {pair}"));
    }
}

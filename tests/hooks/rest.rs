//! The hooks around a suspension: in which order they run, what a failure of theirs does, and what a
//! worker that dies in one leaves.

use std::fs;

use longhaul_common::event::What;
use longhaul_common::id::TaskNumber;
use longhaul_common::state::StateWord;
use nix::sys::signal::Signal;

use crate::Hooked;
use crate::harness::{pids, runs, wait_until};

const ALL: [&str; 4] = ["init", "cleanup", "on-suspend", "on-resume"];

/// Submits a task of one item a batch, with all hooks.
#[track_caller]
fn submit(hooked: &Hooked, options: &str, script: &str) -> TaskNumber {
    for hook in ["on-suspend", "on-resume"] {
        if !hooked.world.path(hook).exists() {
            hooked.set(hook, "");
        }
    }
    hooked.submit_with(&ALL, &format!("--batch-size 1 {options}"), script)
}

#[test]
fn a_suspension_runs_on_suspend_then_cleanup_and_a_resumption_init_then_on_resume() {
    for way in ["", "--queue store --parallel 1"] {
        let hooked = Hooked::new();
        let world = &hooked.world;
        let gate = world.gate();
        let mut first = world.worker("");
        let options = format!("--range 1..50 {way}");
        let task = submit(&hooked, &options, &(hooked.note() + &gate.pass()));
        hooked.wait_for_trace(&["init", "batch-0"]);
        world.expect(0, &format!("suspend {task}"));
        gate.release(1);
        world.wait_for_state(task, StateWord::Suspend);
        let rests = ["init", "batch-0", "on-suspend", "cleanup"];
        hooked.wait_for_trace(&rests);

        world.expect(0, &format!("resume {task}"));
        let resumed = [&rests[..], &["init", "on-resume", "batch-1"]].concat();
        hooked.wait_for_trace(&resumed);
        // A stop of its worker is no suspension, and going on after it no resumption.
        first.signal(Signal::SIGTERM);
        while !first.has_ended() {
            let before = hooked.trace().len();
            gate.release(1);
            wait_until("the worker's end, or another batch", || {
                first.has_ended() || hooked.trace().len() > before
            });
        }
        let _second = world.worker("");
        gate.release(50);
        world.wait_exits(task, 0);
        let trace = hooked.trace();
        let count = |hook: &str| trace.iter().filter(|ran| *ran == hook).count();
        assert_eq!((count("init"), count("on-resume")), (3, 1), "{trace:?}");
        assert_eq!((count("cleanup"), count("on-suspend")), (3, 1), "{trace:?}");
    }
}

#[test]
fn a_failing_on_resume_counts_as_a_failed_init() {
    let hooked = Hooked::new();
    let world = &hooked.world;
    hooked.set("on-resume", "echo no lease >&2; exit 1\n");
    let gate = world.gate();
    let _worker = world.worker("");
    let options = "--range 1..3 --retries 1 --backoff 10ms";
    let task = submit(&hooked, options, &(hooked.note() + &gate.pass()));
    hooked.wait_for_trace(&["init", "batch-0"]);
    world.expect(0, &format!("suspend {task} --force --wait --timeout 10s"));
    world.expect(0, &format!("resume {task}"));
    world.wait_exits(task, 7);
    let rests = ["init", "batch-0", "on-suspend", "cleanup"];
    let failed = [
        "init",
        "on-resume",
        "init",
        "on-resume",
        "on-suspend",
        "cleanup",
    ];
    hooked.wait_for_trace(&[&rests[..], &failed].concat());
    let error = world.view(task).error.expect("it failed");
    assert!(error.contains("no lease"), "{error}");

    hooked.set("on-resume", "");
    world.expect(0, &format!("resume {task}"));
    gate.release(3);
    world.wait_exits(task, 0);
    let trace = hooked.trace();
    let again = [
        "init",
        "on-resume",
        "batch-0",
        "batch-1",
        "batch-2",
        "cleanup",
    ];
    assert_eq!(trace[10..], again);
}

#[test]
fn a_failing_on_suspend_is_tried_three_times_and_the_task_rests_cleaned_up() {
    let hooked = Hooked::new();
    let world = &hooked.world;
    hooked.set("on-suspend", "echo stuck >&2; exit 1\n");
    let gate = world.gate();
    let _worker = world.worker("");
    let task = submit(&hooked, "--range 1..3", &(hooked.note() + &gate.pass()));
    hooked.wait_for_trace(&["init", "batch-0"]);
    world.expect(0, &format!("suspend {task} --force --wait --timeout 10s"));
    let tried = ["on-suspend", "on-suspend", "on-suspend", "cleanup"];
    hooked.wait_for_trace(&[&["init", "batch-0"][..], &tried].concat());
    let dropped = world.events_that(task, What::HookDropped);
    let detail = dropped[0].detail.as_deref().unwrap_or_default();
    assert!(
        detail.contains("on-suspend") && detail.contains("stuck"),
        "{detail}"
    );
}

#[test]
fn a_worker_killed_during_on_suspend_leaves_the_cleanup_to_the_next() {
    let hooked = Hooked::new();
    let world = &hooked.world;
    let (gate, hooks) = (world.gate(), world.gate());
    hooked.set("on-suspend", &hooks.pass());
    let first = world.worker("");
    let task = submit(&hooked, "--range 1..3", &(hooked.note() + &gate.pass()));
    hooked.wait_for_trace(&["init", "batch-0"]);
    world.expect(0, &format!("suspend {task} --force"));
    let died = ["init", "batch-0", "on-suspend"];
    hooked.wait_for_trace(&died);
    first.kill();
    // More was not promised of a worker that died: the next one cleans up.
    let _second = world.worker("");
    world.wait_for_state(task, StateWord::Suspend);
    hooked.wait_for_trace(&[&died[..], &["cleanup"]].concat());
}

#[test]
fn a_worker_killed_during_on_resume_is_cleaned_up_after_and_it_runs_again() {
    let hooked = Hooked::new();
    let world = &hooked.world;
    let (gate, hooks) = (world.gate(), world.gate());
    let left = world.path("left");
    hooked.set(
        "on-resume",
        &format!("echo $$ >>'{}'\n{}", left.display(), hooks.pass()),
    );
    let first = world.worker("");
    let task = submit(&hooked, "--range 1..3", &(hooked.note() + &gate.pass()));
    hooked.wait_for_trace(&["init", "batch-0"]);
    world.expect(0, &format!("suspend {task} --force --wait --timeout 10s"));
    world.expect(0, &format!("resume {task}"));
    let died = [
        "init",
        "batch-0",
        "on-suspend",
        "cleanup",
        "init",
        "on-resume",
    ];
    hooked.wait_for_trace(&died);
    first.kill();
    let _second = world.worker("");
    let again = [&died[..], &["cleanup", "init", "on-resume"]].concat();
    hooked.wait_for_trace(&again);
    assert!(!runs(pids(&left)[0]), "what was left runs");
    hooks.release(1);
    gate.release(3);
    world.wait_exits(task, 0);
}

#[test]
fn hooks_get_the_environment_of_the_task_and_their_name_and_write_to_its_log() {
    let hooked = Hooked::new();
    let world = &hooked.world;
    let told = world.path("told");
    for hook in ALL {
        let line = format!(
            "echo \"$LONGHAUL_HOOK $LONGHAUL_TASK $MOOD ${{LONGHAUL_BATCH_KEY#*:}}\" >>'{}'\necho said by {hook}\n",
            told.display()
        );
        hooked.set(hook, &line);
    }
    let gate = world.gate();
    let _worker = world.worker("");
    let task = submit(
        &hooked,
        "--range 1..3 --env MOOD=calm",
        &(hooked.note() + &gate.pass()),
    );
    hooked.wait_for_trace(&["init", "batch-0"]);
    world.expect(0, &format!("suspend {task} --force --wait --timeout 10s"));
    world.expect(0, &format!("resume {task}"));
    gate.release(3);
    world.wait_exits(task, 0);
    let told = fs::read_to_string(told).expect("they ran");
    let names = [
        "init",
        "on-suspend",
        "cleanup",
        "init",
        "on-resume",
        "cleanup",
    ];
    let expected = names
        .map(|hook| format!("{hook} {task} calm {hook}\n"))
        .concat();
    assert_eq!(told, expected);
    let log = world.expect(0, &format!("logs {task}")).stdout;
    for hook in ALL {
        let line = log
            .lines()
            .find(|line| line.contains(&format!("said by {hook}")));
        assert!(
            line.is_some_and(|line| line.contains(&format!(" {hook} "))),
            "{log}"
        );
    }
}

#[test]
fn hooks_that_are_not_found_are_refused_at_submission_and_nothing_is_written() {
    let hooked = Hooked::new();
    let world = &hooked.world;
    for hook in ALL {
        for line in ["no-such-program now", "", "'"] {
            let refused = world.cli(["submit", &format!("--{hook}"), line, "--", "true"]);
            assert_eq!(refused.code, Some(2), "{refused:?}");
            assert!(refused.stderr.contains(&format!("--{hook}")), "{refused:?}");
        }
    }
    assert_eq!(world.expect(0, "list --all -j").json()["total"], 0);
}

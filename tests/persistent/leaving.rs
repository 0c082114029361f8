//! A task that leaves a worker: its process ends first, and before any hook.

use std::fs;
use std::time::{Duration, Instant};

use longhaul_common::state::StateWord;

use super::actor::{Actor, WAYS, log, touch};
use crate::harness::{World, wait_until};

/// Holds a batch until a file is there.
fn held(world: &World) -> (String, std::path::PathBuf) {
    let gate = world.path("gate");
    let wait = format!(
        "\nwhile not os.path.exists({:?}): time.sleep(0.005)\nsay(ok=True)\n",
        gate.display().to_string()
    );
    (wait, gate)
}

/// A cleanup hook that notes which of the processes still run.
fn cleanup(world: &World) -> String {
    let trace = world.path("trace");
    let starts = world.path("record-1.starts");
    let script = format!(
        "while read pid; do kill -0 $pid 2>/dev/null && echo $pid runs >>'{trace}'; done <'{starts}'; echo cleanup >>'{trace}'",
        trace = trace.display(),
        starts = starts.display()
    );
    format!("--cleanup '{}'", world.script("cleanup", &script)).replace('\'', "")
}

fn trace(world: &World) -> String {
    fs::read_to_string(world.path("trace")).unwrap_or_default()
}

/// The options of a task with that hook, whose command line has a space.
fn submit(
    world: &World,
    actor: &Actor,
    way: &str,
    plan: &[(&str, &str)],
) -> longhaul_common::id::TaskNumber {
    submit_over(world, actor, "1..3", way, plan)
}

fn submit_over(
    world: &World,
    actor: &Actor,
    range: &str,
    way: &str,
    plan: &[(&str, &str)],
) -> longhaul_common::id::TaskNumber {
    let hook = cleanup(world);
    let hook = hook
        .strip_prefix("--cleanup ")
        .expect("it begins so")
        .to_owned();
    let mut args: Vec<String> = [
        "submit",
        "--persistent",
        "--range",
        range,
        "-b",
        "1",
        "--cleanup",
    ]
    .map(str::to_owned)
    .into();
    args.push(hook);
    args.extend(way.split_whitespace().map(str::to_owned));
    args.push("--".into());
    args.extend(actor.command(true, plan));
    world.submitted(&world.cli(args))
}

#[test]
fn a_suspension_ends_its_input_and_waits_for_it_before_cleanup() {
    for way in WAYS {
        let world = World::new();
        let actor = Actor::new(&world);
        let (wait, gate) = held(&world);
        let _worker = world.worker("");
        let plan = [
            ("1", wait.as_str()),
            ("end", "time.sleep(0.3); note('flushed', 1)"),
        ];
        let task = submit(&world, &actor, way, &plan);
        actor.wait_for_runs(2);
        world.expect(0, &format!("suspend {task}"));
        touch(&gate);
        world.wait_for_state(task, StateWord::Suspend);
        assert_eq!(actor.runs.count(), 2);
        assert_eq!(actor.ends(), actor.starts());
        assert_eq!(actor.notes("flushed"), ["1"]);
        assert_eq!(trace(&world), "cleanup\n");
        world.expect(0, &format!("resume {task}"));
        world.wait_exits(task, 0);
        assert_eq!(actor.starts().len(), 2);
        assert_eq!(actor.runs.attempts(), [1, 1, 1]);
        assert_eq!(trace(&world), "cleanup\ncleanup\n");
    }
}

#[test]
fn one_that_ignores_the_end_of_its_input_is_killed_after_the_grace() {
    for way in WAYS {
        let world = World::new();
        let actor = Actor::new(&world);
        let _worker = world.worker("--grace 400ms");
        let plan = [(
            "end",
            "note('child', subprocess.Popen(['sleep', '1000']).pid); time.sleep(1000)",
        )];
        let began = Instant::now();
        let task = submit(&world, &actor, way, &plan);
        world.wait_exits(task, 0);
        assert!(began.elapsed() >= Duration::from_millis(400));
        assert_eq!(world.view(task).batches_done, 3);
        actor.wait_until_gone();
        assert_eq!(trace(&world), "cleanup\n");
        assert!(log(&world, task).contains("did not end within 400ms"));
    }
}

#[test]
fn a_termination_ends_it_as_well() {
    for way in WAYS {
        let world = World::new();
        let actor = Actor::new(&world);
        let (wait, gate) = held(&world);
        let _worker = world.worker("");
        let task = submit(&world, &actor, way, &[("1", &wait)]);
        actor.wait_for_runs(2);
        world.expect(0, &format!("terminate {task}"));
        touch(&gate);
        world.wait_exits(task, 8);
        assert_eq!(actor.runs.count(), 2);
        assert_eq!(actor.ends(), actor.starts());
        assert_eq!(trace(&world), "cleanup\n");
    }
}

#[test]
fn force_kills_it_and_the_batch_is_repeated() {
    for way in WAYS {
        let world = World::new();
        let actor = Actor::new(&world);
        let (wait, gate) = held(&world);
        let _worker = world.worker("");
        let task = submit(
            &world,
            &actor,
            way,
            &[("1", &wait), ("end", "time.sleep(1000)")],
        );
        actor.wait_for_runs(2);
        world.expect(0, &format!("suspend {task} --force --wait --timeout 10s"));
        actor.wait_until_gone();
        assert_eq!(actor.ends(), Vec::<u32>::new());
        assert_eq!(world.view(task).batches_done, 1);
        touch(&gate);
        world.expect(0, &format!("resume {task}"));
        actor.wait_for_runs(4);
        world.expect(0, &format!("terminate {task} --force"));
        wait_until("its end", || {
            world.view(task).current_state == StateWord::Terminate
        });
        let runs = actor.runs.runs();
        assert_eq!(runs[1].same(), runs[2].same());
        actor.wait_until_gone();
    }
}

#[test]
fn a_worker_that_stops_ends_it_in_good_order_and_the_next_worker_starts_its_own() {
    for way in WAYS {
        let world = World::new();
        let actor = Actor::new(&world);
        let (wait, gate) = held(&world);
        let first = world.worker("");
        let plan = [
            ("1", wait.as_str()),
            ("each", "time.sleep(0.05); say(ok=True)"),
        ];
        let task = submit_over(&world, &actor, "1..40", way, &plan);
        actor.wait_for_runs(2);
        first.signal(nix::sys::signal::Signal::SIGTERM);
        touch(&gate);
        assert_eq!(first.exit_code(), Some(0));
        assert_eq!(actor.ends(), actor.starts());
        let done = world.view(task).batches_done;
        assert!((2..40).contains(&done), "{done}");
        let _second = world.worker("");
        world.wait_exits(task, 0);
        assert_eq!(actor.starts().len(), 2);
        assert_eq!(actor.runs.attempts(), [1; 40]);
    }
}

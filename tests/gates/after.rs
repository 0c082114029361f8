//! Tasks that wait for others.

use longhaul_common::event::What;
use longhaul_common::phase::Phase;
use longhaul_common::state::{Desired, Outcome, StateWord};

use crate::WAYS;
use crate::harness::{World, wait_until};

#[test]
fn a_task_runs_once_all_that_it_waits_for_have_completed() {
    for way in WAYS {
        let world = World::new();
        let (first, second) = (world.gate(), world.gate());
        let record = world.record();
        let _worker = world.worker("--concurrency 4");
        let one = world.submit(&format!("--name one {way}"), &first.pass());
        let two = world.submit(way, &second.pass());
        let options = format!("--after one,{two} {way}");
        let last = world.submit(&options, &record.note());
        world.wait_for_state(two, StateWord::Run);
        let view = world.view(last);
        assert_eq!(view.phase, Phase::Blocked, "{way}");
        let waits = "tasks 1 and 2 to complete";
        assert_eq!(view.waiting_for.as_deref(), Some(waits));
        assert_eq!(view.after, [one, two]);
        first.release(1);
        world.wait_exits(one, 0);
        let view = world.view(last);
        assert_eq!(view.waiting_for.as_deref(), Some("task 2 to complete"));
        assert_eq!(record.count(), 0);
        let listed = world.expect(0, "list").stdout;
        assert!(listed.contains("INIT blocked"), "{listed}");
        assert!(listed.contains("waits for task 2 to complete"), "{listed}");
        second.release(1);
        world.wait_exits(last, 0);
        assert_eq!(record.count(), 1);
        assert_eq!(world.events_that(last, What::Freed).len(), 1);
    }
}

#[test]
fn one_that_fails_leaves_who_waits_blocked_and_says_so_until_it_is_freed() {
    for way in WAYS {
        let world = World::new();
        let gate = world.gate();
        let _worker = world.worker("");
        let script = gate.pass() + "exit 1";
        let fails = world.submit(&format!("--retries 0 --on-error terminate {way}"), &script);
        let blocked = world.submit(&format!("--after {fails} {way}"), "exit 0");
        gate.release(1);
        world.wait_exits(fails, 1);
        let view = world.view(blocked);
        assert_eq!(view.phase, Phase::Blocked);
        assert_eq!(view.waiting_for.as_deref(), Some("task 1, which failed"));
        assert_eq!(view.desired_state, Desired::Run);
        let told = world.events_that(blocked, What::Blocked);
        assert_eq!(told[0].sentence(), "blocked: task 1 failed");
        let shown = world.expect(0, &format!("show {blocked}")).stdout;
        assert!(shown.contains("waits for task 1, which failed"), "{shown}");
        let waited = world.expect(7, &format!("wait {blocked}")).stdout;
        let why = "task 2: blocked: it waits for task 1, which failed\n";
        assert_eq!(waited, why);
        // Gone, it is not forgotten what it was waited for.
        world.expect(0, &format!("prune {fails} --yes"));
        assert_eq!(world.view(blocked).phase, Phase::Blocked);
        let freed = world.expect(0, &format!("set {blocked} after=none"));
        assert_eq!(freed.stdout, "task 2: after 1 → none\n");
        world.wait_exits(blocked, 0);
    }
}

#[test]
fn what_has_ended_is_waited_for_by_its_outcome() {
    let world = World::new();
    let _worker = world.worker("");
    let done = world.submit("", "exit 0");
    let failed = world.submit("--retries 0 --on-error terminate", "exit 1");
    world.wait_exits(done, 0);
    world.wait_exits(failed, 1);
    let runs = world.submit(&format!("--after {done}"), "exit 0");
    world.wait_exits(runs, 0);
    let args = ["submit", "--after", "2", "--", "true"];
    let output = world.cli(args);
    let blocked = world.submitted(&output);
    assert_eq!(world.view(blocked).phase, Phase::Blocked);
    assert!(
        output.stderr.contains("it waits for task 2, which failed"),
        "{output:?}"
    );
    let nobody = world.cli(["submit", "--after", "77", "--", "true"]);
    assert_eq!(nobody.code, Some(3), "{nobody:?}");
    assert!(nobody.stderr.contains("there is no task 77"), "{nobody:?}");
}

#[test]
fn a_gate_that_closes_gives_a_running_task_back_at_its_boundary_after_cleanup() {
    for way in WAYS {
        let world = World::new();
        let (gate, other) = (world.gate(), world.gate());
        let (record, cleaned) = (world.record(), world.path("cleaned"));
        let _worker = world.worker("");
        let script = record.note() + &gate.pass();
        let clean = world.script("clean.sh", &format!("echo >>'{}'", cleaned.display()));
        let mut options: Vec<String> = "--range 1..60 --batch-size 1 --cleanup"
            .split(' ')
            .map(str::to_owned)
            .collect();
        options.push(clean);
        options.extend(way.split_whitespace().map(str::to_owned));
        let task = world.submit_args(options, &script);
        wait_until("the first batch", || record.count() == 1);
        let blocks = world.submit("", &other.pass());
        world.expect(0, &format!("set {task} after={blocks}"));
        let view = world.view(task);
        assert_eq!(view.phase, Phase::Running, "the batch is waited for");
        let waits = "the batch boundary, and then for task 2 to complete";
        assert_eq!(view.waiting_for.as_deref(), Some(waits), "{way}");
        assert!(!cleaned.exists());
        gate.release(100);
        world.wait_for_phase(task, Phase::Blocked);
        assert!(cleaned.exists(), "{way}");
        let view = world.view(task);
        assert_eq!(view.desired_state, Desired::Run);
        assert_eq!(view.worker, None);
        assert!(view.items_done < 60, "{way}: it went on");
        other.release(1);
        world.wait_exits(task, 0);
        let all: Vec<String> = (1..=60).map(|item| item.to_string()).collect();
        assert_eq!(record.items(), all, "{way}");
        assert_eq!(world.view(task).retries, 0);
    }
}

#[test]
fn a_wait_survives_that_everything_is_started_anew() {
    let world = World::new();
    let gate = world.gate();
    let worker = world.worker("");
    let first = world.submit("", &gate.pass());
    let last = world.submit(&format!("--after {first}"), "exit 0");
    world.wait_for_state(first, StateWord::Run);
    worker.kill();
    let _worker = world.worker("");
    assert_eq!(world.view(last).phase, Phase::Blocked);
    gate.release(2);
    world.wait_exits(last, 0);
    assert_eq!(world.view(first).outcome, Some(Outcome::Completed));
}

#[test]
fn run_waits_here_until_it_may() {
    let world = World::new();
    let gate = world.gate();
    let _worker = world.worker("");
    let first = world.submit("", &gate.pass());
    let run = world.start(["run", "--after", "1", "--", "true"]);
    let last = world.wait_for_task(2);
    assert_eq!(world.view(last).phase, Phase::Blocked);
    gate.release(1);
    world.wait_exits(first, 0);
    assert_eq!(run.ended().code, Some(0));
    assert_eq!(world.view(last).outcome, Some(Outcome::Completed));
}

#[test]
fn run_does_not_wait_for_what_cannot_come() {
    let world = World::new();
    let failed = world.submit("", "exit 0");
    world.expect(0, &format!("terminate {failed}"));
    let output = world.cli(["run", "--after", "1", "--", "true"]);
    assert_eq!(output.code, Some(7), "{output:?}");
    let why = "task 2 waits for task 1, which was terminated";
    assert!(output.stderr.contains(why), "{output:?}");
}

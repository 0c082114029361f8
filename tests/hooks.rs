//! Init and cleanup: when they run, what their failures do, and what they may leave running.

mod harness;
#[path = "hooks/rest.rs"]
mod rest;

use std::fs;

use harness::{World, pids, runs, wait_until};
use longhaul_common::event::What;
use longhaul_common::id::TaskNumber;
use longhaul_common::state::{Outcome, StateWord};

/// A world with the two hooks, which note that they ran.
struct Hooked {
    world: World,
}

impl Hooked {
    fn new() -> Self {
        let hooked = Self {
            world: World::new(),
        };
        hooked.set("init", "");
        hooked.set("cleanup", "");
        hooked
    }

    /// Makes a hook do something more.
    fn set(&self, hook: &str, body: &str) {
        let trace = self.world.path("trace");
        let note = format!("echo {hook} >>'{}'\n", trace.display());
        self.world.script(hook, &(note + body));
    }

    /// A batch's words that note that it ran.
    fn note(&self) -> String {
        let trace = self.world.path("trace");
        format!("echo batch-$LONGHAUL_BATCH >>'{}'\n", trace.display())
    }

    /// Submits a task with the hooks.
    #[track_caller]
    fn submit(&self, options: &str, script: &str) -> TaskNumber {
        self.submit_with(&["init", "cleanup"], options, script)
    }

    /// The same with these.
    #[track_caller]
    fn submit_with(&self, hooks: &[&str], options: &str, script: &str) -> TaskNumber {
        let mut args: Vec<String> = options.split_whitespace().map(str::to_owned).collect();
        for hook in hooks {
            let path = self.world.path(hook);
            args.extend([format!("--{hook}"), format!("sh {}", path.display())]);
        }
        self.world.submit_args(args, script)
    }

    fn trace(&self) -> Vec<String> {
        let text = fs::read_to_string(self.world.path("trace")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    #[track_caller]
    fn wait_for_trace(&self, expected: &[&str]) {
        wait_until(&format!("{expected:?}"), || {
            self.trace().len() >= expected.len()
        });
        assert_eq!(self.trace(), expected);
    }
}

#[test]
fn init_runs_before_the_first_batch_and_after_each_rest_and_cleanup_whenever_the_task_leaves() {
    let hooked = Hooked::new();
    let world = &hooked.world;
    let gate = world.gate();
    let script = hooked.note() + &gate.pass();
    let first = world.worker("");
    let task = hooked.submit("--range 1..3 --batch-size 1", &script);
    hooked.wait_for_trace(&["init", "batch-0"]);
    world.expect(0, &format!("suspend {task}"));
    gate.release(1);
    world.wait_for_state(task, StateWord::Suspend);
    hooked.wait_for_trace(&["init", "batch-0", "cleanup"]);

    world.expect(0, &format!("resume {task}"));
    let resumed = ["init", "batch-0", "cleanup", "init", "batch-1"];
    hooked.wait_for_trace(&resumed);
    world.expect(0, &format!("suspend {task} --force --wait --timeout 10s"));
    assert_eq!(first.stop(), Some(0));
    let second = world.worker("--grace 300ms");
    world.expect(0, &format!("resume {task}"));
    let forced = [&resumed[..], &["cleanup", "init", "batch-1"]].concat();
    hooked.wait_for_trace(&forced);
    // The worker's stop is no suspension, and releases what the task holds all the same.
    assert_eq!(second.stop(), Some(1));
    let stopped = [&forced[..], &["cleanup"]].concat();
    hooked.wait_for_trace(&stopped);

    let _third = world.worker("");
    gate.release(2);
    world.wait_exits(task, 0);
    let all = [&stopped[..], &["init", "batch-1", "batch-2", "cleanup"]].concat();
    hooked.wait_for_trace(&all);
    assert!(world.events_that(task, What::HookFailed).is_empty());
}

#[test]
fn a_worker_that_stops_within_its_grace_cleans_up_before_it_ends() {
    let hooked = Hooked::new();
    let world = &hooked.world;
    hooked.set("init", "exit 1\n");
    let worker = world.worker("");
    let task = hooked.submit("--backoff 60s", "exit 0");
    wait_until("a failed init", || {
        world.view(task).next_attempt_at.is_some()
    });
    assert_eq!(worker.stop(), Some(0));
    assert_eq!(hooked.trace(), ["init", "cleanup"]);
    assert_eq!(world.view(task).current_state, StateWord::Init);
}

#[test]
fn a_terminated_task_is_cleaned_up() {
    let hooked = Hooked::new();
    let world = &hooked.world;
    let gate = world.gate();
    let _worker = world.worker("");
    let script = hooked.note() + &gate.pass();
    let task = hooked.submit("--range 1..3 --batch-size 1", &script);
    hooked.wait_for_trace(&["init", "batch-0"]);
    world.expect(0, &format!("terminate {task} --force --wait --timeout 10s"));
    assert_eq!(hooked.trace(), ["init", "batch-0", "cleanup"]);

    // What was cleaned up when it was suspended owes nothing any more.
    let task = hooked.submit("--range 1..3 --batch-size 1", &script);
    wait_until("the batch", || hooked.trace().len() == 5);
    world.expect(0, &format!("suspend {task} --force --wait --timeout 10s"));
    world.expect(0, &format!("terminate {task} --wait --timeout 10s"));
    assert_eq!(hooked.trace().len(), 6);
}

#[test]
fn a_failing_init_counts_as_a_failed_batch() {
    for (policy, code) in [("suspend", 7), ("skip", 7), ("terminate", 1)] {
        let hooked = Hooked::new();
        let world = &hooked.world;
        hooked.set("init", "echo no database >&2; exit 1\n");
        let _worker = world.worker("");
        let options = format!("--retries 1 --backoff 10ms --on-error {policy}");
        let task = hooked.submit(&options, &hooked.note());
        world.wait_exits(task, code);
        assert_eq!(hooked.trace(), ["init", "init", "cleanup"]);
        let view = world.view(task);
        assert_eq!(
            (view.retries, view.batches_failed, view.batches_done),
            (1, 0, 0)
        );
        let error = view.error.expect("it failed");
        assert!(error.contains("no database"), "{error}");
        if policy == "terminate" {
            assert_eq!(view.outcome, Some(Outcome::Failed));
            continue;
        }
        hooked.set("init", "");
        world.expect(0, &format!("resume {task}"));
        world.wait_exits(task, 0);
        assert_eq!(hooked.trace()[3..], ["init", "batch-0", "cleanup"]);
    }
}

#[test]
fn a_failing_cleanup_is_tried_three_times_and_recorded_and_the_task_settles() {
    let hooked = Hooked::new();
    let world = &hooked.world;
    hooked.set("cleanup", "echo stuck >&2; exit 1\n");
    let _worker = world.worker("");
    let task = hooked.submit("", &hooked.note());
    world.wait_exits(task, 0);
    let expected = ["init", "batch-0", "cleanup", "cleanup", "cleanup"];
    assert_eq!(hooked.trace(), expected);
    let failed = world.events_that(task, What::HookFailed);
    let attempts: Vec<_> = failed.iter().filter_map(|event| event.attempt).collect();
    assert_eq!(attempts, [1, 2, 3]);
    let dropped = world.events_that(task, What::HookDropped);
    assert_eq!(dropped.len(), 1);
    let detail = dropped[0].detail.as_deref().unwrap_or_default();
    assert!(
        detail.contains("cleanup") && detail.contains("stuck"),
        "{detail}"
    );
}

#[test]
fn a_cleanup_that_outlasts_the_grace_period_is_left_to_the_next_worker() {
    let hooked = Hooked::new();
    let world = &hooked.world;
    let gate = world.gate();
    hooked.set("cleanup", &gate.pass());
    let first = world.worker("--grace 300ms");
    let options = "--range 1..2 --batch-size 1 --retries 0";
    let task = hooked.submit(options, &(hooked.note() + "sleep 1000"));
    hooked.wait_for_trace(&["init", "batch-0"]);
    assert_eq!(first.stop(), Some(1));
    let left = ["init", "batch-0", "cleanup"];
    assert_eq!(hooked.trace(), left);
    assert!(world.events_that(task, What::HookFailed).is_empty());

    hooked.set("cleanup", "");
    let _second = world.worker("");
    hooked.wait_for_trace(&[&left[..], &["cleanup", "init", "batch-0"]].concat());
    assert_eq!(world.view(task).retries, 0);
}

#[test]
fn the_next_worker_cleans_up_after_a_killed_one_before_its_own_init() {
    let hooked = Hooked::new();
    let world = &hooked.world;
    let gate = world.gate();
    let first = world.worker("");
    let script = hooked.note() + &gate.pass();
    let task = hooked.submit("--range 1..2 --batch-size 1", &script);
    hooked.wait_for_trace(&["init", "batch-0"]);
    first.kill();
    let _second = world.worker("");
    let taken_over = ["init", "batch-0", "cleanup", "init", "batch-0"];
    hooked.wait_for_trace(&taken_over);
    gate.release(2);
    world.wait_exits(task, 0);
    assert_eq!(
        hooked.trace(),
        [&taken_over[..], &["batch-1", "cleanup"]].concat()
    );
}

/// The shell's words that leave a process running in the background, its number in a file.
fn daemon(path: &std::path::Path) -> String {
    format!(
        "setsid sleep 1000 </dev/null >/dev/null 2>&1 8>&- &\necho $! >>'{}'\n",
        path.display()
    )
}

#[test]
fn a_server_that_init_started_survives_failed_batches_and_a_killed_worker() {
    let hooked = Hooked::new();
    let world = &hooked.world;
    let (record, gate, server) = (world.record(), world.gate(), world.path("server"));
    hooked.set("init", &daemon(&server));
    let first = world.worker("");
    let script = format!(
        "{}{}[ $LONGHAUL_ATTEMPT -ge 2 ]",
        record.note(),
        gate.pass()
    );
    let task = hooked.submit("--backoff 10ms", &script);
    gate.release(1);
    wait_until("the second attempt", || record.count() == 2);
    let started = pids(&server);
    assert!(
        runs(started[0]),
        "the clearing of a failed batch killed the server"
    );
    first.kill();
    let _second = world.worker("");
    wait_until("the attempt after the takeover", || record.count() == 3);
    assert!(
        runs(started[0]),
        "the takeover of a batch killed the server"
    );
    gate.release(1);
    world.wait_exits(task, 0);
    assert!(runs(started[0]));
}

#[test]
fn a_daemon_of_a_batch_that_succeeds_stays_and_one_of_a_batch_that_fails_is_ended_first() {
    let world = World::new();
    let (record, left) = (world.record(), world.path("left"));
    let _worker = world.worker("");
    let script = format!(
        "{}for pid in $(cat '{left}'); do grep -qs 'State:.[^ZX]' /proc/$pid/status && echo $pid; done >'{left}.'$LONGHAUL_ATTEMPT\n\
         {}[ $LONGHAUL_ATTEMPT = 2 ]",
        record.note(),
        daemon(&left),
        left = left.display()
    );
    fs::write(&left, "").expect("there is room");
    let task = world.submit("--backoff 10ms", &script);
    world.wait_exits(task, 0);
    let [of_failed, of_done] = pids(&left).try_into().expect("a daemon of each attempt");
    assert!(!runs(of_failed), "the failed batch's daemon runs");
    assert!(
        runs(of_done),
        "the daemon was killed although its batch succeeded"
    );
    let met = fs::read_to_string(world.path("left.2")).expect("the retry looked");
    assert_eq!(met, "", "the retry met the failed batch's daemon");
}

#[test]
fn a_hook_that_hangs_is_ended_each_time_force_is_asked_for() {
    let hooked = Hooked::new();
    let world = &hooked.world;
    hooked.set("cleanup", "sleep 1000\n");
    let _worker = world.worker("");
    let task = hooked.submit("", &(hooked.note() + "sleep 1000"));
    hooked.wait_for_trace(&["init", "batch-0"]);
    world.expect(0, &format!("terminate {task} --force"));
    for attempt in 1..=3 {
        wait_until("the hook", || {
            world.events_that(task, What::HookStarted).len() == attempt
        });
        world.expect(0, &format!("terminate {task} --force"));
        wait_until("the end of the hook", || {
            world.events_that(task, What::HookFailed).len() == attempt
        });
    }
    world.wait_exits(task, 8);
    assert_eq!(world.events_that(task, What::Requested).len(), 4);
}

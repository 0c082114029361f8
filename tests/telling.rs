//! What is told of tasks: `--notify` of a worker, `--on-done` of a task.

mod harness;

use std::fs;

use harness::{World, wait_until};
use longhaul_common::event::What;
use longhaul_common::state::StateWord;

/// A script that writes down what it is told.
fn scribe(world: &World, name: &str) -> String {
    let book = world.path(&format!("{name}.book"));
    world.script(
        &format!("{name}.sh"),
        &format!(
            "echo \"$LONGHAUL_TOLD $LONGHAUL_TASK $LONGHAUL_NAME $LONGHAUL_ATTEMPT $LONGHAUL_REASON\" >> {}\n",
            book.display()
        ),
    )
}

fn told(world: &World, name: &str) -> Vec<String> {
    let text = fs::read_to_string(world.path(&format!("{name}.book"))).unwrap_or_default();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

fn with(options: &str, option: &str, command: String) -> Vec<String> {
    let words = options.split_whitespace().map(str::to_owned);
    words.chain([option.to_owned(), command]).collect()
}

#[test]
fn a_worker_tells_what_completed_failed_and_was_suspended_by_an_error_and_nothing_else() {
    let world = World::new();
    world.submit("--name good", "true");
    world.submit("--name bad --on-error terminate --retries 0", "exit 3");
    world.submit("--name stuck --retries 0", "echo broken >&2; exit 3");
    let rests = world.submit("--name rests", "true");
    world.expect(0, &format!("suspend {rests}"));
    let gone = world.submit("--name gone", "true");
    world.expect(0, &format!("terminate {gone}"));
    let args = with("worker --once", "--notify", scribe(&world, "all"));
    assert_eq!(world.cli(args).code, Some(0));
    let told = told(&world, "all");
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[0].starts_with("completed 1 good 1"), "{told:?}");
    assert!(told[1].starts_with("failed 2 bad 1 "), "{told:?}");
    assert!(
        told[2].starts_with("suspended 3 stuck 1 batch 0 failed"),
        "{told:?}"
    );
}

#[test]
fn a_task_s_own_command_is_told_by_any_worker_with_the_task_s_surroundings() {
    let world = World::new();
    let args = with(
        "--name mine --env BOOK=kept",
        "--on-done",
        scribe(&world, "own"),
    );
    world.submit_args(args, "true");
    world.submit("--name other", "true");
    assert!(world.expect(0, "show 1").stdout.contains("on-done"));
    world.expect(0, "worker --once");
    let told = told(&world, "own");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("completed 1 mine 1"), "{told:?}");
}

#[test]
fn what_was_not_told_when_its_worker_ended_is_told_by_the_next_one_and_once() {
    let world = World::new();
    // This store has a worker that tells; what happens is kept for such a one.
    world.cli(with("worker --once", "--notify", scribe(&world, "first")));
    world.submit("--name owed", "true");
    world.expect(0, "worker --once");
    assert_eq!(told(&world, "first"), Vec::<String>::new());
    world.cli(with("worker --once", "--notify", scribe(&world, "second")));
    world.cli(with("worker --once", "--notify", scribe(&world, "second")));
    assert_eq!(told(&world, "second").len(), 1);
}

#[test]
fn what_a_worker_that_died_was_telling_is_told_again_and_that_is_said() {
    let world = World::new();
    let begun = world.path("begun");
    // The first run never ends.
    let script = world.script(
        "hangs.sh",
        &format!(
            "echo $LONGHAUL_ATTEMPT >> {0}\ntest $LONGHAUL_ATTEMPT -gt 1 || exec sleep 1000\n",
            begun.display()
        ),
    );
    let task = world.submit("", "true");
    let mut command = world.command(["worker"]);
    command.args(["--notify", &script]);
    let worker = world.worker_of(command);
    wait_until("the first run", || begun.exists());
    worker.kill();
    let args = with("worker --once", "--notify", script);
    assert_eq!(world.cli(args).code, Some(0));
    assert_eq!(fs::read_to_string(&begun).unwrap_or_default(), "1\n2\n");
    let again = world.events_that(task, What::ToldAgain);
    assert_eq!(again.len(), 1, "{again:?}");
}

#[test]
fn a_command_that_fails_is_run_three_times_and_given_up_in_the_feed() {
    let world = World::new();
    let runs = world.path("runs");
    let script = world.script(
        "fails.sh",
        &format!("echo run >> {}\nexit 9\n", runs.display()),
    );
    let task = world.submit_args(with("", "--on-done", script), "true");
    world.expect(0, "worker --once");
    let text = fs::read_to_string(&runs).unwrap_or_default();
    assert_eq!(text.lines().count(), 3);
    let given_up = world.events_that(task, What::NotTold);
    let detail = given_up[0].detail.clone().unwrap_or_default();
    assert!(
        detail.contains("completed") && detail.contains('9'),
        "{detail}"
    );
    // The task itself is well.
    world.wait_exits(task, 0);
    world.wait_for_state(task, StateWord::Terminate);
}

#[test]
fn two_workers_that_tell_run_one_command_for_each_event() {
    let world = World::new();
    let workers: Vec<_> = ["one", "two"]
        .iter()
        .map(|name| {
            let mut command = world.command(["worker", "--concurrency", "2"]);
            command.args(["--notify", &scribe(&world, name)]);
            world.worker_of(command)
        })
        .collect();
    for _ in 0..20 {
        world.submit("", "true");
    }
    let all = || [told(&world, "one"), told(&world, "two")].concat();
    wait_until("all are told", || all().len() >= 20);
    for worker in workers {
        assert_eq!(worker.stop(), Some(0));
    }
    let mut tasks: Vec<String> = all()
        .iter()
        .map(|line| line.split(' ').nth(1).unwrap_or_default().to_owned())
        .collect();
    tasks.sort();
    tasks.dedup();
    assert_eq!((tasks.len(), all().len()), (20, 20));
}

#[test]
fn a_command_that_is_not_there_is_a_mistake() {
    let world = World::new();
    let missing = world.cli(["worker", "--once", "--notify", "no-such-program x"]);
    assert_eq!(missing.code, Some(2), "{missing:?}");
    let missing = world.cli(["submit", "--on-done", "no-such-program", "--", "true"]);
    assert_eq!(missing.code, Some(2), "{missing:?}");
    assert_eq!(world.expect(0, "list --json").json()["total"], 0);
}

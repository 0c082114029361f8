//! `longhaul whose`: from a process to its task, over real workers.

mod harness;

use std::fs;
use std::process::{Command, Stdio};

use harness::{World, pids, runs, wait_until};
use longhaul_common::phase::Phase;
use longhaul_common::state::StateWord;
use nix::sys::signal::Signal;

/// What the command line says of a process that belongs to somebody.
#[track_caller]
fn told(world: &World, pid: u32) -> String {
    world.expect(0, &format!("whose {pid}")).stdout
}

/// The process number that a script leaves.
fn left(world: &World, name: &str) -> u32 {
    let path = world.path(name);
    wait_until(name, || {
        fs::read_to_string(&path).is_ok_and(|text| text.ends_with('\n'))
    });
    pids(&path)[0]
}

#[test]
fn a_command_and_what_it_started_belong_to_their_task() {
    let world = World::new();
    let worker = world.worker("");
    let files = ["command", "grandchild"].map(|name| world.path(name));
    let [command, grandchild] = files.each_ref().map(|path| path.display());
    let script = format!("echo $$ > {command}; sleep 600 & echo $! > {grandchild}; wait");
    let task = world.submit("--name import", &script);
    for name in ["command", "grandchild"] {
        let pid = left(&world, name);
        let said = told(&world, pid);
        let expected = format!("works for task {task} (import): batch 0");
        assert!(said.contains(&expected), "{name}: {said}");
    }
    let pid = left(&world, "grandchild");
    wait_until("it sleeps", || told(&world, pid).contains("(sleep)"));
    assert!(told(&world, pid).contains("attempt 1\nas the key in its environment says"));
    let document = world.expect(0, &format!("whose {pid} --json")).json();
    assert_eq!(document["process"]["pid"], pid);
    assert_eq!(document["task"]["number"], task.0);
    assert_eq!(document["task"]["name"], "import");
    assert_eq!(document["task"]["current_state"], "RUN");
    assert_eq!(document["batch"], 0);
    assert_eq!(document["attempt"], 1);
    assert_eq!(document["over"], false);
    assert_eq!(document["evidence"], "key");
    assert!(document["through"].is_null() && document["worker"].is_null());
    world.expect(0, &format!("suspend {task} --force --wait"));
    world.expect(3, &format!("whose {pid}"));
    worker.kill();
}

#[test]
fn without_its_key_lock_group_and_parent_tell() {
    let world = World::new();
    let worker = world.worker("");
    let lock = world.path("lock").display().to_string();
    let group = world.path("group").display().to_string();
    let child = world.path("child").display().to_string();
    // The store is kept, so that what is left of the test is found by its end.
    // The descriptor of the batch is the first above those of the shell; all that are there go.
    let drop_all = "for fd in 3 4 5 6 7 8 9; do eval \"exec $fd>&-\"; done";
    let drop = world.script(
        "drop",
        &format!("{drop_all}; echo $$ > \"$1\"; exec sleep 600"),
    );
    let script = format!(
        "env -i LONGHAUL_STORE=$LONGHAUL_STORE sh -c 'echo $$ > {lock}; exec sleep 600' & \
         env -i LONGHAUL_STORE=$LONGHAUL_STORE {drop} {group} & \
         env -i LONGHAUL_STORE=$LONGHAUL_STORE setsid {drop} {child} & wait"
    );
    world.submit("", &script);
    for (name, evidence) in [
        ("lock", "as the lock of the batch says"),
        ("group", "as its process group says"),
        ("child", "through its parent process"),
    ] {
        let pid = left(&world, name);
        let said = told(&world, pid);
        assert!(said.contains("works for task 1: batch 0"), "{name}: {said}");
        assert!(said.contains(evidence), "{name}: {said}");
    }
    worker.kill();
}

#[test]
fn hooks_are_named() {
    let world = World::new();
    let worker = world.worker("");
    let hook = |name: &str| {
        let body = format!("echo $$ > {}; exec sleep 600", world.path(name).display());
        world.script(&format!("{name}.sh"), &body)
    };
    let task = world.submit_args(vec!["--init".into(), hook("init")], "true");
    let pid = left(&world, "init");
    let said = told(&world, pid);
    assert!(
        said.contains(&format!("works for task {task}: init")),
        "{said}"
    );
    let document = world.expect(0, &format!("whose {pid} --json")).json();
    assert_eq!(document["hook"], "init");
    assert!(document["batch"].is_null());
    let task = world.submit_args(vec!["--cleanup".into(), hook("cleanup")], "true");
    let said = told(&world, left(&world, "cleanup"));
    let expected = format!("works for task {task}: cleanup");
    assert!(said.contains(&expected), "{said}");
    worker.kill();
}

#[test]
fn what_a_batch_left_behind_on_purpose_is_told_apart() {
    let world = World::new();
    let worker = world.worker("");
    let daemon = world.path("daemon").display().to_string();
    let script = format!("setsid sh -c 'echo $$ > {daemon}; exec sleep 600' >/dev/null 2>&1 &");
    let task = world.submit("", &script);
    let pid = left(&world, "daemon");
    world.wait_for_phase(task, Phase::Ended);
    let said = told(&world, pid);
    let expected = format!("works for task {task}: batch 0, attempt 1, which is over");
    assert!(said.contains(&expected), "{said}");
    nix::sys::signal::kill(
        nix::unistd::Pid::from_raw(pid.cast_signed()),
        Signal::SIGKILL,
    )
    .expect("it is ours");
    worker.kill();
}

#[test]
fn a_worker_is_named_with_its_tasks_and_when_it_is_stopped() {
    let world = World::new();
    let worker = world.worker("");
    let said = told(&world, worker.pid());
    let number = worker.number();
    assert!(
        said.contains(&format!("is worker {number}, with no task\n")),
        "{said}"
    );
    let task = world.submit("--name long", "sleep 600");
    world.wait_for_state(task, StateWord::Run);
    worker.signal(Signal::SIGSTOP);
    let pid = worker.pid();
    let expected = format!(
        "is worker {number}, with task {task} (long); it is stopped (SIGSTOP): kill -CONT {pid}"
    );
    wait_until("it is stopped", || told(&world, pid).contains(&expected));
    let document = world.expect(0, &format!("whose {pid} --json")).json();
    assert_eq!(document["worker"]["id"], number.0);
    assert_eq!(document["worker"]["condition"], "stopped");
    assert_eq!(document["worker"]["tasks"][0]["number"], task.0);
    worker.signal(Signal::SIGCONT);
    worker.kill();
}

#[test]
fn a_process_of_nobody_and_one_that_is_not_there_are_refused() {
    let world = World::new();
    let mut stranger = Command::new("sleep")
        .arg("600")
        .stdin(Stdio::null())
        .spawn()
        .expect("it starts");
    let pid = stranger.id();
    let output = world.expect(3, &format!("whose {pid}"));
    assert!(output.stdout.is_empty());
    let expected = "belongs to no task and no worker of this store: looked at the environment, the \
                    locks and the process group of it and its";
    assert!(output.stderr.contains(expected), "{}", output.stderr);
    let output = world.expect(3, &format!("whose {pid} --json"));
    assert!(
        output.stderr.contains(r#""code":"nobodys-process""#),
        "{}",
        output.stderr
    );
    stranger.kill().expect("it is ours");
    stranger.wait().expect("it is ours");
    assert!(!runs(pid));
    let output = world.expect(3, &format!("whose {pid}"));
    assert!(
        output
            .stderr
            .contains(&format!("there is no process {pid}"))
    );
    world.expect(2, "whose checksums");
}

#[test]
fn the_store_of_a_task_that_is_not_of_this_one_is_named() {
    let (world, other) = (World::new(), World::new());
    let worker = other.worker("");
    let path = other.path("command").display().to_string();
    other.submit("", &format!("echo $$ > {path}; exec sleep 600"));
    let pid = left(&other, "command");
    world.expect(0, "list");
    let output = world.expect(3, &format!("whose {pid}"));
    assert!(
        output.stderr.contains("which is not of this store"),
        "{}",
        output.stderr
    );
    let store = other.store_dir().display().to_string();
    assert!(
        output
            .stderr
            .contains(&format!("--store {store} whose {pid}"))
    );
    worker.kill();
}

#[test]
fn looking_makes_no_file() {
    let world = World::new();
    world.expect(0, "list");
    let locks = world.store_dir().join("locks");
    world.expect(3, "whose 1");
    assert!(!locks.exists());
}

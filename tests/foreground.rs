//! `longhaul run`: a task worked on by the process that submitted it, and what its signals do.

mod harness;

use std::fs::File;
use std::process::{Child, Stdio};

use harness::{Record, World, heeding_signals, pids, runs, wait_until};
use longhaul_common::id::TaskNumber;
use longhaul_common::phase::Phase;
use longhaul_common::state::{Desired, StateWord};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// The task of a world that has one.
const TASK: TaskNumber = TaskNumber(1);

/// A run in the foreground, whose standard error is kept.
struct Run {
    child: Child,
    said: std::path::PathBuf,
}

impl Run {
    fn start(world: &World, args: &[&str], stdin: Stdio) -> Self {
        let said = world.path("said");
        let child = heeding_signals(&[], &world.command(args))
            .stdin(stdin)
            .stdout(Stdio::null())
            .stderr(File::create(&said).expect("there is room"))
            .spawn()
            .expect("the program starts");
        Self { child, said }
    }

    /// Runs a script for each of three numbers, a batch each, until the first batch runs.
    fn of_batches(world: &World, record: &Record, script: &str) -> Self {
        let script = record.note() + script;
        let args = "run --range 1..3 --batch-size 1 -- sh -c".split(' ');
        let args: Vec<&str> = args.chain([script.as_str()]).collect();
        let run = Self::start(world, &args, Stdio::null());
        wait_until("its first batch", || record.count() == 1);
        run
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().cast_signed()), signal).expect("it is our child");
    }

    fn ended(&mut self) -> std::process::ExitStatus {
        let mut ended = None;
        wait_until("the end of the run", || {
            ended = self.child.try_wait().expect("it is our child");
            ended.is_some()
        });
        ended.expect("it was waited for")
    }

    fn said(&self) -> String {
        std::fs::read_to_string(&self.said).expect("it is text")
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn ctrl_c_suspends_at_the_boundary_and_says_how_to_go_on() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let mut run = Run::of_batches(&world, &record, &gate.pass());
    run.signal(Signal::SIGINT);
    world.wait_for_phase(TASK, Phase::Suspending);
    gate.release(1);
    assert_eq!(run.ended().code(), Some(7), "{}", run.said());
    assert!(run.said().contains("longhaul run --resume 1"));
    let view = world.view(TASK);
    assert_eq!(view.current_state, StateWord::Suspend);
    assert_eq!((view.batches_done, view.worker), (1, None));

    gate.release(2);
    world.expect(0, "run --resume 1");
    assert_eq!(record.items(), ["1", "2", "3"]);
}

#[test]
fn a_task_that_is_suspended_and_resumed_at_once_goes_on_here() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let mut run = Run::of_batches(&world, &record, &gate.pass());
    world
        .control()
        .suspend([TASK])
        .send()
        .expect("it can be asked");
    gate.release(1);
    world.wait_for_state(TASK, StateWord::Suspend);
    world
        .control()
        .resume([TASK])
        .send()
        .expect("it can be asked");
    gate.release(2);
    // Unless it looked between the two.
    if run.ended().code() == Some(7) {
        return;
    }
    assert_eq!(record.items(), ["1", "2", "3"]);
    assert_eq!(world.view(TASK).current_state, StateWord::Terminate);
}

#[test]
fn a_second_ctrl_c_ends_the_batch_in_flight_which_is_repeated() {
    let world = World::new();
    let record = world.record();
    let script = format!(
        "[ $(wc -l <'{0}') -gt 1 ] || sleep 1000",
        world.path("pids").display()
    );
    let note = format!("echo $$ >>'{}'\n{script}", world.path("pids").display());
    let mut run = Run::of_batches(&world, &record, &note);
    run.signal(Signal::SIGINT);
    world.wait_for_phase(TASK, Phase::Suspending);
    run.signal(Signal::SIGINT);
    assert_eq!(run.ended().code(), Some(7), "{}", run.said());
    assert!(!runs(pids(&world.path("pids"))[0]));
    let view = world.view(TASK);
    assert_eq!(view.current_state, StateWord::Suspend);
    assert_eq!((view.batches_done, view.retries), (0, 0));
    world.expect(0, "run --resume 1");
    assert_eq!(record.items(), ["1", "1", "2", "3"]);
}

#[test]
fn a_lost_terminal_gives_the_task_back_at_the_boundary() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let mut run = Run::of_batches(&world, &record, &gate.pass());
    run.signal(Signal::SIGHUP);
    // One that hears of the signal late starts another batch.
    gate.release(3);
    run.ended();
    let view = world.view(TASK);
    assert_eq!((view.desired_state, view.worker), (Desired::Run, None));
    if view.current_state == StateWord::Init {
        assert!(run.said().contains("given back"), "{}", run.said());
        world.expect(0, "run --resume 1");
    }
    assert_eq!(record.items(), ["1", "2", "3"]);
}

#[test]
fn a_signal_while_standard_input_is_read_ends_the_process_and_leaves_nothing() {
    for verb in ["run", "submit"] {
        for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
            let world = World::new();
            let spool = world.store_dir().join("spool");
            let mut run = Run::start(&world, &[verb, "-", "--", "cat"], Stdio::piped());
            wait_until("the folder it reads into", || spool.is_dir());
            run.signal(signal);
            let status = run.ended();
            let killed = std::os::unix::process::ExitStatusExt::signal(&status);
            assert_eq!(killed, Some(signal as i32), "{verb}: {}", run.said());
            assert_eq!(std::fs::read_dir(&spool).expect("it is there").count(), 0);
            assert_eq!(world.last_event().0, 0);
        }
    }
}

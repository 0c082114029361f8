//! A run that is asked to end, loses its terminal, or is stopped by ctrl-z.

use std::fs;
use std::process::Command;

use longhaul_common::event::What;
use longhaul_common::id::TaskNumber;
use longhaul_common::state::{Desired, StateWord};
use nix::sys::signal::Signal;

use crate::harness::{World, wait_for_growth, wait_until};
use crate::{run, words};

const TASK: TaskNumber = TaskNumber(1);

#[test]
fn asked_to_end_it_finishes_the_batch_in_flight_and_gives_the_task_back_with_no_retry_spent() {
    for signal in [Signal::SIGTERM, Signal::SIGHUP] {
        let world = World::new();
        let (record, gate) = (world.record(), world.gate());
        let script = record.note() + &gate.pass();
        let mut running = run(&world, "--range 1..50 --batch-size 1", &script);
        wait_until("the first batch", || record.count() == 1);
        running.signal(signal);
        // One that hears of the signal late starts more batches.
        while !running.has_ended() {
            let before = record.count();
            gate.release(1);
            wait_until("its end, or another batch", || {
                running.has_ended() || record.count() > before
            });
        }
        let output = running.ended();
        assert_eq!(output.code, Some(6), "{signal}: {output:?}");
        assert!(output.stderr.contains("given back"), "{output:?}");
        assert!(output.stderr.contains("run --resume 1"), "{output:?}");
        let view = world.view(TASK);
        assert_eq!(view.current_state, StateWord::Init);
        assert_eq!(view.desired_state, Desired::Run);
        assert!(view.worker.is_none());
        assert_eq!(view.retries, 0);
        assert_eq!(view.batches_done, record.count() as u64);
        assert!(view.batches_done < 50);
        assert_eq!(world.events_that(TASK, What::Requested), []);

        gate.release(50);
        let output = world.expect(0, "run --resume 1");
        assert!(output.stderr.contains("completed"), "{output:?}");
        let numbers: Vec<String> = (1..=50).map(|number| number.to_string()).collect();
        assert_eq!(record.items(), numbers);
        assert!(record.attempts().iter().all(|attempt| *attempt == 1));
    }
}

#[test]
fn asked_to_end_during_the_last_batch_it_tells_that_the_task_completed() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let mut running = run(&world, "", &(record.note() + &gate.pass()));
    wait_until("the batch", || record.count() == 1);
    running.signal(Signal::SIGTERM);
    assert!(!running.has_ended());
    gate.release(1);
    let output = running.ended();
    assert_eq!(output.code, Some(0), "{output:?}");
    assert!(!output.stderr.contains("given back"), "{output:?}");
}

#[test]
fn signals_that_whoever_started_it_has_it_ignore_stay_ignored() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let script = record.note() + &gate.pass();
    let program = world.command(words("--range 1..3 --batch-size 1", &script));
    // As nohup and the background of a shell without job control do.
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' HUP INT; exec \"$0\" \"$@\""])
        .arg(program.get_program())
        .args(program.get_args())
        .env("LONGHAUL_STORE", world.store_dir());
    let running = world.start_command(&command);
    wait_until("the first batch", || record.count() == 1);
    let status = fs::read_to_string(format!("/proc/{}/status", running.pid())).expect("it runs");
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = u64::from_str_radix(ignored.expect("a mask").trim(), 16).expect("a number");
    for signal in [Signal::SIGHUP, Signal::SIGINT] {
        assert_eq!(
            ignored >> (signal as i32 - 1) & 1,
            1,
            "{signal} is not ignored"
        );
        running.signal(signal);
    }
    gate.release(3);
    let output = running.ended();
    assert_eq!(output.code, Some(0), "{output:?}");
    assert_eq!(record.count(), 3);
    assert_eq!(world.events_that(TASK, What::Requested), []);
}

#[test]
fn stopped_by_ctrl_z_it_leaves_the_store_to_others_and_goes_on_when_it_is_continued() {
    let world = World::new();
    // Batch upon batch: it is in the store most of the time.
    let running = run(&world, "--range 1..1000000 --batch-size 1", "exit 0");
    let task = world.wait_for_task(1);
    let done = || world.view(task).batches_done;
    for _ in 0..3 {
        let before = done();
        wait_for_growth("some batches", before + 3, done);
        running.signal(Signal::SIGTSTP);
        running.wait_until_stopped(true);
        let at_rest = done();
        let other = world.submit("", "exit 0");
        world.expect(0, &format!("terminate {other} --wait --timeout 10s"));
        let shown = world.expect(0, "show 1");
        assert!(shown.stdout.contains("stopped (SIGSTOP)"), "{shown:?}");
        assert_eq!(done(), at_rest);
        running.signal(Signal::SIGCONT);
        running.wait_until_stopped(false);
    }
    let before = done();
    wait_for_growth("some batches", before + 3, done);
    world.expect(0, "terminate 1 --wait --timeout 10s");
    assert_eq!(running.ended().code, Some(8));
}

#[test]
fn an_interrupt_that_whoever_started_a_worker_has_it_ignore_does_not_stop_it() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let program = world.command(["worker"]);
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' INT; exec \"$0\" \"$@\""])
        .arg(program.get_program())
        .args(program.get_args())
        .env("LONGHAUL_STORE", world.store_dir());
    let worker = world.start_command(&command);
    world.submit(
        "--range 1..3 --batch-size 1",
        &(record.note() + &gate.pass()),
    );
    wait_until("the first batch", || record.count() == 1);
    worker.signal(Signal::SIGINT);
    gate.release(3);
    world.wait_exits(TASK, 0);
    assert_eq!(record.count(), 3);
    worker.signal(Signal::SIGTERM);
    assert_eq!(worker.ended().code, Some(0));
}

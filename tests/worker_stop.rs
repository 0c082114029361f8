//! A worker that is asked to stop: batches end, tasks stay what they are, another worker goes on.

mod harness;

use harness::{World, pids, runs, wait_until};
use longhaul_common::event::What;
use longhaul_common::phase::Phase;
use longhaul_common::state::{Desired, StateWord};
use nix::sys::signal::Signal;

#[test]
fn a_worker_asked_to_stop_finishes_its_batches_and_another_goes_on_with_no_retry_spent() {
    let world = World::new();
    let ways = [(); 2].map(|()| (world.record(), world.gate()));
    let mut first = world.worker("--concurrency 2");
    let tasks = ways.each_ref().map(|(record, gate)| {
        world.submit(
            "--range 1..50 --batch-size 1",
            &(record.note() + &gate.pass()),
        )
    });
    let started = || ways.iter().map(|(record, _)| record.count()).sum::<usize>();
    let release = |batches| ways.iter().for_each(|(_, gate)| gate.release(batches));
    wait_until("both batches", || started() == 2);

    first.signal(Signal::SIGTERM);
    assert!(!first.has_ended());
    assert!(ways.iter().all(|(record, _)| runs(record.runs()[0].pid)));
    // A worker that hears of the signal late starts more batches.
    while !first.has_ended() {
        let before = started();
        release(1);
        wait_until("the worker's end, or another batch", || {
            first.has_ended() || started() > before
        });
    }
    assert_eq!(first.exit_code(), Some(0));
    for (task, (record, _)) in tasks.iter().zip(&ways) {
        let view = world.view(*task);
        assert_eq!(view.desired_state, Desired::Run);
        assert_eq!(view.current_state, StateWord::Init);
        assert!(view.worker.is_none());
        assert_eq!(view.batches_done, record.count() as u64);
        assert!(world.events_that(*task, What::Requested).is_empty());
    }

    let _second = world.worker("--concurrency 2");
    release(100);
    for (task, (record, _)) in tasks.iter().zip(&ways) {
        world.wait_exits(*task, 0);
        let numbers: Vec<String> = (1..=50).map(|number| number.to_string()).collect();
        assert_eq!(record.items(), numbers);
        assert!(record.attempts().iter().all(|attempt| *attempt == 1));
        assert_eq!(world.view(*task).retries, 0);
    }
}

#[test]
fn a_batch_that_outlasts_the_grace_period_is_ended_with_its_processes_and_repeated_elsewhere() {
    let world = World::new();
    let record = world.record();
    let (started, seen) = (world.path("started"), world.path("seen"));
    let script = format!(
        "{}[ -e '{seen}' ] && exit 0\n: >'{seen}'\nsetsid sleep 1000 &\necho $! >>'{started}'\n\
         sleep 1000 &\necho $! >>'{started}'\necho $$ >>'{started}'\nwait\n",
        record.note(),
        seen = seen.display(),
        started = started.display()
    );
    let first = world.worker("--grace 300ms");
    let task = world.submit("--range 1..4 --batch-size 2 --retries 0", &script);
    wait_until("the batch's processes", || pids(&started).len() == 3);
    assert_eq!(first.stop(), Some(1));
    for pid in pids(&started) {
        assert!(!runs(pid), "process {pid} of the batch still runs");
    }
    let view = world.view(task);
    assert_eq!(view.desired_state, Desired::Run);
    assert_eq!((view.batches_done, view.retries), (0, 0));

    let _second = world.worker("");
    world.wait_exits(task, 0);
    let runs = record.runs();
    assert_eq!(runs[0].same(), runs[1].same());
    assert_eq!(record.attempts(), [1, 1, 1]);
    assert_eq!(record.items(), ["1", "2", "1", "2", "3", "4"]);
}

#[test]
fn a_second_signal_ends_the_batches_without_waiting_for_the_grace_period() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let mut worker = world.worker("");
    let task = world.submit("", &(record.note() + &gate.pass()));
    wait_until("the batch", || record.count() == 1);
    worker.signal(Signal::SIGINT);
    assert!(!worker.has_ended());
    // Two signals that nobody looked at yet count as one.
    wait_until("the worker's end", || {
        worker.has_ended() || {
            worker.signal(Signal::SIGTERM);
            false
        }
    });
    assert!(worker.exit_code().is_some(), "it was killed by a signal");
    assert!(!runs(record.runs()[0].pid));
    assert_eq!(world.view(task).desired_state, Desired::Run);
}

#[test]
fn a_worker_asked_to_stop_while_a_task_waits_for_its_retry_ends_at_once_and_the_attempts_count_on()
{
    let world = World::new();
    let record = world.record();
    let first = world.worker("");
    let script = record.note() + "[ $LONGHAUL_ATTEMPT = 3 ]";
    let task = world.submit("--backoff 2s", &script);
    world.wait_for_phase(task, Phase::BackingOff);
    assert_eq!(first.stop(), Some(0));
    assert_eq!(world.view(task).desired_state, Desired::Run);
    let _second = world.worker("");
    wait_until("the last attempt", || record.count() == 3);
    world.wait_exits(task, 0);
    assert_eq!(record.attempts(), [1, 2, 3]);
}

use std::cell::Cell;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use rustix::process::Signal;

use super::*;
use crate::process::reap_orphans;
use crate::process::tests::{
    PATIENCE, deadline, eventfd, eventually, finish, in_process_table, signal, start,
};

fn never() -> bool {
    false
}

fn announce(wake: &OwnedFd) {
    rustix::io::write(wake, &1_u64.to_ne_bytes()).unwrap();
}

/// Kills what runs in the group and reaps its leader.
fn clear(running: Running) -> Option<Status> {
    signal(&running, Signal::KILL);
    running.reap(deadline()).unwrap()
}

#[test]
fn an_exit_status_and_both_streams_arrive() {
    let finished = finish(&mut start("echo out; echo err >&2; exit 3"));
    assert_eq!(finished.verdict, Verdict::Exited(3));
    assert_eq!(
        (&finished.stdout[..], &finished.stderr[..]),
        (&b"out\n"[..], &b"err\n"[..])
    );
}

#[test]
fn a_signal_is_told_with_its_number() {
    assert_eq!(
        finish(&mut start("kill -KILL $$")).verdict,
        Verdict::Signalled(9)
    );
    assert_eq!(
        finish(&mut start("kill -40 $$")).verdict,
        Verdict::Signalled(40)
    );
}

#[test]
fn much_output_on_both_streams_at_once_does_not_block() {
    let finished = finish(&mut start(
        "head -c 5000000 /dev/zero & head -c 5000000 /dev/zero >&2; wait",
    ));
    assert_eq!(finished.verdict, Verdict::Exited(0));
    assert_eq!(
        (finished.stdout.len(), finished.stderr.len()),
        (5_000_000, 5_000_000)
    );
}

#[test]
fn output_that_waits_in_the_pipe_at_the_end_is_read_even_if_reading_is_slow() {
    let mut running = start("head -c 200000 /dev/zero");
    let mut length = 0;
    let verdict = running.watch(
        eventfd().as_fd(),
        Some(deadline()),
        &never,
        &mut |_, bytes| {
            length += bytes.len();
            std::thread::sleep(2 * TAIL);
        },
    );
    assert_eq!((verdict.unwrap(), length), (Verdict::Exited(0), 200_000));
}

#[test]
fn a_process_that_ignores_the_polite_signal_times_out_and_runs_on() {
    let wake = eventfd();
    let ready = Cell::new(false);
    let mut running = start("trap '' TERM; echo ready; while :; do sleep 1; done");
    let verdict = running.watch(
        wake.as_fd(),
        Some(deadline()),
        &|| ready.get(),
        &mut |_, _| {
            ready.set(true);
            announce(&wake);
        },
    );
    assert_eq!(verdict.unwrap(), Verdict::Interrupted);
    signal(&running, Signal::TERM);
    let until = Instant::now() + Duration::from_millis(50);
    let verdict = running.watch(wake.as_fd(), Some(until), &never, &mut |_, _| {});
    assert_eq!(verdict.unwrap(), Verdict::TimedOut);
    assert!(Instant::now() >= until);
    assert_eq!(clear(running), Some(Status::Signalled(9)));
}

#[test]
fn a_wait_is_interrupted_through_its_eventfd() {
    let wake = eventfd();
    let asked = Cell::new(false);
    let mut running = start("echo ready; exec sleep 1000");
    let verdict = running.watch(
        wake.as_fd(),
        Some(deadline()),
        &|| asked.get(),
        &mut |_, _| {
            asked.set(true);
            announce(&wake);
        },
    );
    assert_eq!(verdict.unwrap(), Verdict::Interrupted);
    assert_eq!(rustix::io::read(&wake, &mut [0; 8]), Err(Errno::AGAIN));
    assert_eq!(clear(running), Some(Status::Signalled(9)));
}

#[test]
fn an_interruption_before_the_wait_is_seen_without_the_eventfd() {
    let mut running = start("exec sleep 1000");
    let verdict = running.watch(
        eventfd().as_fd(),
        Some(deadline()),
        &|| true,
        &mut |_, _| {},
    );
    assert_eq!(verdict.unwrap(), Verdict::Interrupted);
    clear(running);
}

#[test]
fn a_wake_without_an_interruption_changes_nothing() {
    let wake = eventfd();
    let asked = Cell::new(0);
    let mut running = start("exec sleep 0.1");
    announce(&wake);
    let interrupted = || {
        asked.set(asked.get() + 1);
        false
    };
    assert_eq!(
        running
            .watch(wake.as_fd(), Some(deadline()), &interrupted, &mut |_, _| {})
            .unwrap(),
        Verdict::Exited(0)
    );
    assert_eq!(asked.get(), 2, "at the beginning and for the wake");
}

#[test]
fn a_daemon_that_keeps_the_pipe_holds_up_nobody() {
    let begun = Instant::now();
    let mut running = start("sleep 1000 & echo done");
    let finished = finish(&mut running);
    assert_eq!(
        (finished.verdict, &finished.stdout[..]),
        (Verdict::Exited(0), &b"done\n"[..])
    );
    assert!(begun.elapsed() < PATIENCE);
    clear(running);
}

#[test]
fn a_daemon_that_floods_the_pipe_holds_up_nobody() {
    let mut running = start("yes & exit 0");
    assert_eq!(finish(&mut running).verdict, Verdict::Exited(0));
    clear(running);
}

#[test]
fn a_process_that_closed_its_output_is_waited_for_without_spinning() {
    let mut running = start("exec >&- 2>&-; exec sleep 0.3");
    let before = getrusage(UsageWho::RUSAGE_THREAD).unwrap();
    assert_eq!(finish(&mut running).verdict, Verdict::Exited(0));
    let after = getrusage(UsageWho::RUSAGE_THREAD).unwrap();
    let used = |usage: &nix::sys::resource::Usage| {
        (usage.user_time() + usage.system_time()).num_milliseconds()
    };
    assert!(used(&after) - used(&before) < 100);
}

#[test]
fn what_is_left_in_the_pipes_of_a_killed_process_can_be_read() {
    let mut running = start("echo early; echo late >&2; exec sleep 1000");
    let mut output = Vec::new();
    eventually("the output", || {
        running
            .drain(&mut |_, bytes| output.extend_from_slice(bytes))
            .unwrap();
        output.len() == 11
    });
    signal(&running, Signal::KILL);
    running
        .drain(&mut |_, _| panic!("there is no more"))
        .unwrap();
    assert_eq!(
        running.reap(deadline()).unwrap(),
        Some(Status::Signalled(9))
    );
}

#[test]
fn a_process_keeps_its_number_until_it_is_reaped() {
    let mut running = start("exit 0");
    let pid = running.pid();
    finish(&mut running);
    assert!(in_process_table(pid));
    assert_eq!(running.reap(deadline()).unwrap(), Some(Status::Exited(0)));
    assert!(!in_process_table(pid));
}

#[test]
fn reaping_a_process_that_runs_on_ends_at_its_deadline() {
    let running = start("exec sleep 1000");
    let pid = running.pid();
    assert_eq!(
        running
            .reap(Instant::now() + Duration::from_millis(20))
            .unwrap(),
        None
    );
    rustix::process::kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
    gone(pid);
}

#[test]
fn a_process_that_ended_leaves_no_zombie_when_dropped() {
    let mut running = start("exit 0");
    let pid = running.pid();
    finish(&mut running);
    drop(running);
    assert!(!in_process_table(pid));
}

#[test]
fn a_process_dropped_alive_is_reaped_by_a_later_spawn() {
    let running = start("exec sleep 1000");
    let pid = running.pid();
    drop(running);
    rustix::process::kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
    eventually("the end of the zombie", || {
        finish(&mut start("exit 0"));
        !in_process_table(pid)
    });
}

fn gone(pid: i32) {
    eventually("the end of the zombie", || {
        reap_orphans();
        !in_process_table(pid)
    });
}

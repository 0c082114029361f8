use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use super::StoreThread;
use crate::store::StoreError;

const SOON: Duration = Duration::from_millis(20);
const LONG: Duration = Duration::from_secs(10);

fn dir() -> &'static Path {
    Path::new("/some/store")
}

/// Keeps the thread busy until the sender is used or dropped.
fn occupied(thread: &Arc<StoreThread>) -> (mpsc::Sender<()>, std::thread::JoinHandle<()>) {
    let (go, held) = mpsc::channel::<()>();
    let (started, starts) = mpsc::channel();
    let theirs = Arc::clone(thread);
    let caller = std::thread::spawn(move || {
        let outcome = theirs.call(dir(), LONG, move || {
            started.send(()).unwrap();
            let _ = held.recv();
            Ok(())
        });
        outcome.unwrap();
    });
    starts.recv_timeout(LONG).unwrap();
    (go, caller)
}

#[test]
fn a_call_gives_back_what_it_worked_out() {
    let thread = StoreThread::new("test-thread");
    let name = thread
        .call(dir(), LONG, || {
            Ok(std::thread::current().name().map(str::to_owned))
        })
        .unwrap();
    assert_eq!(name.as_deref(), Some("test-thread"));
}

#[test]
fn a_call_that_can_t_start_in_time_is_busy_and_never_runs() {
    let thread = Arc::new(StoreThread::new("test-thread"));
    let (go, caller) = occupied(&thread);
    let runs = Arc::new(AtomicUsize::new(0));
    let theirs = Arc::clone(&runs);
    let outcome = thread.call(dir(), SOON, move || {
        theirs.fetch_add(1, Ordering::SeqCst);
        Ok(())
    });
    assert!(
        matches!(outcome, Err(StoreError::Busy { .. })),
        "{outcome:?}"
    );
    drop(go);
    caller.join().unwrap();
    // One call after the other: had it been going to run, it would have by now.
    thread.call(dir(), LONG, || Ok(())).unwrap();
    assert_eq!(runs.load(Ordering::SeqCst), 0);
}

#[test]
fn a_call_that_started_and_did_not_come_back_is_unknown_and_goes_on() {
    let thread = StoreThread::new("test-thread");
    let runs = Arc::new(AtomicUsize::new(0));
    let go = loop {
        let (go, held) = mpsc::channel::<()>();
        let theirs = Arc::clone(&runs);
        let outcome = thread.call(dir(), SOON, move || {
            let _ = held.recv();
            theirs.fetch_add(1, Ordering::SeqCst);
            Ok(())
        });
        match outcome {
            Err(StoreError::Unknown { .. }) => break go,
            // A loaded machine had not even started it.
            Err(StoreError::Busy { .. }) => {}
            outcome => panic!("{outcome:?}"),
        }
    };
    assert_eq!(runs.load(Ordering::SeqCst), 0);
    drop(go);
    thread.call(dir(), LONG, || Ok(())).unwrap();
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

#[test]
fn a_panic_in_one_call_does_not_take_the_thread_from_the_others() {
    let thread = StoreThread::new("test-thread");
    let outcome: Result<(), _> = thread.call(dir(), LONG, || panic!("on purpose"));
    assert!(
        matches!(outcome, Err(StoreError::Unknown { .. })),
        "{outcome:?}"
    );
    assert_eq!(thread.call(dir(), LONG, || Ok(5)).unwrap(), 5);
}

#[test]
fn an_error_comes_back_as_it_is() {
    let thread = StoreThread::new("test-thread");
    let outcome: Result<(), _> = thread.call(dir(), LONG, || {
        Err(StoreError::Missing {
            path: dir().to_owned(),
        })
    });
    assert!(matches!(outcome, Err(StoreError::Missing { .. })));
}

#[test]
fn calls_of_many_are_carried_out_one_after_the_other() {
    let thread = Arc::new(StoreThread::new("test-thread"));
    let inside = Arc::new(AtomicUsize::new(0));
    let callers: Vec<_> = (0..16)
        .map(|_| {
            let thread = Arc::clone(&thread);
            let inside = Arc::clone(&inside);
            std::thread::spawn(move || {
                thread.call(dir(), LONG, move || {
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                    std::thread::yield_now();
                    inside.fetch_sub(1, Ordering::SeqCst);
                    Ok(())
                })
            })
        })
        .collect();
    for caller in callers {
        caller.join().unwrap().unwrap();
    }
}

#[test]
fn the_thread_ends_with_its_owner() {
    let thread = StoreThread::new("test-thread");
    let (alive, ends) = mpsc::channel::<()>();
    thread
        .call(dir(), LONG, move || {
            thread_local! {
                static HELD: std::cell::RefCell<Option<mpsc::Sender<()>>> =
                    const { std::cell::RefCell::new(None) };
            }
            HELD.set(Some(alive));
            Ok(())
        })
        .unwrap();
    drop(thread);
    assert_eq!(
        ends.recv_timeout(LONG),
        Err(mpsc::RecvTimeoutError::Disconnected)
    );
}

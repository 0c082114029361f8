use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::{enter, while_idle};

const LONG: Duration = Duration::from_secs(10);

#[test]
fn whoever_stops_waits_until_the_last_has_left_and_nobody_enters_twice_behind_it() {
    let outer = enter();
    let (stopping, stopped) = mpsc::channel();
    let stopper = thread::spawn(move || {
        stopping.send("waits").expect("somebody listens");
        while_idle(|| stopping.send("idle").expect("somebody listens"));
    });
    assert_eq!(stopped.recv_timeout(LONG), Ok("waits"));
    // With somebody waiting for all to leave, deeper in is still no wait.
    for _ in 0..1_000 {
        drop(enter());
        thread::yield_now();
    }
    assert!(stopped.try_recv().is_err(), "it ran beside one inside");
    drop(outer);
    assert_eq!(stopped.recv_timeout(LONG), Ok("idle"));
    stopper.join().expect("it stopped");
    drop(enter());
}

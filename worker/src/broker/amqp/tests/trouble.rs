//! What harms the server: each test has one of its own.

use super::*;

/// No call may take longer, however busy the machine is.
const AT_MOST: Duration = PATIENCE;

#[track_caller]
fn in_time<T>(call: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let outcome = call();
    assert!(begun.elapsed() < AT_MOST, "it took {:?}", begun.elapsed());
    outcome
}

#[test]
fn a_server_that_was_killed_and_restarted_rings_and_has_kept_everything() {
    let Some(mut server) = Server::start() else {
        return;
    };
    let queue = open(&server.address(), TaskId::new()).unwrap();
    queue.push(&batches(0..10)).unwrap();
    let rings = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&rings);
    let ring = Arc::new(move || {
        counted.fetch_add(1, Ordering::Relaxed);
    });
    let mailbox = queue.mailbox(ring).unwrap();
    let held = take(&*mailbox);
    server.settle();
    server.kill();
    wait_until("the mailbox says so", || {
        matches!(
            in_time(|| mailbox.take()),
            Err(BrokerError::Unreachable { .. })
        )
    });
    wait_until("a call fails at once", || {
        let begun = Instant::now();
        let error = in_time(|| queue.depth()).expect_err("nobody is there");
        assert!(
            matches!(error, BrokerError::Unreachable { .. }),
            "{error:?}"
        );
        begun.elapsed() < Duration::from_millis(100)
    });
    let before = rings.load(Ordering::Relaxed);
    server.restart();
    mailbox.want(1);
    wait_until("it rings when the server is back", || {
        rings.load(Ordering::Relaxed) > before
    });
    // Worth nothing any more, and no error.
    mailbox.acknowledge(held.receipt).unwrap();
    assert_eq!(drain(&*mailbox, 10), (0..10).collect());
    queue.push(&batches(10..12)).unwrap();
    assert_eq!(drain(&*mailbox, 2), (10..12).collect());
}

#[test]
fn while_a_server_is_stopped_calls_end_and_all_goes_on_afterwards() {
    let Some(server) = Server::start() else {
        return;
    };
    let queue = open(&server.address(), TaskId::new()).unwrap();
    queue.push(&batches(0..10)).unwrap();
    let mailbox = queue.mailbox(quiet()).unwrap();
    drain(&*mailbox, 5);
    server.stop();
    assert!(in_time(|| queue.push(&batches(10..20))).is_err());
    assert!(in_time(|| queue.depth()).is_err());
    assert!(in_time(|| queue.remove()).is_err());
    let _ = in_time(|| mailbox.take());
    in_time(|| mailbox.want(3));
    assert!(in_time(|| check(&server.address())).is_err());
    wait_until("calls fail at once", || {
        let begun = Instant::now();
        assert!(in_time(|| queue.depth()).is_err());
        begun.elapsed() < Duration::from_millis(100)
    });
    server.go_on();
    wait_until("it answers again", || queue.push(&batches(20..21)).is_ok());
    wait_until("the last arrives", || {
        mailbox.want(1);
        let delivery = mailbox.take().ok().flatten();
        delivery.is_some_and(|delivery| {
            let number = number(&delivery);
            mailbox.acknowledge(delivery.receipt).unwrap();
            number == 20
        })
    });
}

#[test]
fn a_server_without_memory_or_disk_is_full_and_still_hands_out_what_it_has() {
    let Some(server) = Server::start() else {
        return;
    };
    let queue = open(&server.address(), TaskId::new()).unwrap();
    queue.push(&batches(0..10)).unwrap();
    server.operate(&["set_vm_memory_high_watermark", "absolute", "1MB"]);
    wait_until("pushing says that it is full", || {
        matches!(
            in_time(|| queue.push(&batches(10..11))),
            Err(BrokerError::Full { .. })
        )
    });
    let begun = Instant::now();
    let error = in_time(|| queue.push(&batches(10..11))).expect_err("it is full");
    assert!(matches!(error, BrokerError::Full { .. }), "{error:?}");
    assert!(
        begun.elapsed() < Duration::from_millis(500),
        "{:?}",
        begun.elapsed()
    );
    assert!(queue.depth().unwrap().ready >= 10);
    let mailbox = queue.mailbox(quiet()).unwrap();
    drain(&*mailbox, 10);
    server.operate(&["set_vm_memory_high_watermark", "0.4"]);
    wait_until("it takes messages again", || {
        queue.push(&batches(10..11)).is_ok()
    });
    assert!(drain(&*mailbox, 1).contains(&10));
}

#[test]
fn messages_of_a_process_that_dies_reach_another() {
    let Some(server) = Server::start() else {
        return;
    };
    let queue = open(&server.address(), TaskId::new()).unwrap();
    queue.push(&batches(0..4)).unwrap();
    let mailbox = queue.mailbox(quiet()).unwrap();
    mailbox.want(4);
    wait_until("all are here", || ready(&*queue) == 0);
    // The broker ends the connection, as when its other end is gone.
    server.operate(&["close_all_connections", "test"]);
    assert_eq!(drain(&*mailbox, 4), (0..4).collect());
}

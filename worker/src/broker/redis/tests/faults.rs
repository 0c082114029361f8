use std::fs;
use std::time::{Duration, Instant};

use longhaul_common::id::TaskId;

use super::server::Server;
use super::{Ear, another, batch, depth, depth_becomes, numbers, opened, silent, take, wait_until};
use crate::broker::{BrokerError, PATIENCE, TaskQueue};

/// What a call may take on a machine that is busy, beside what it waits for.
const SLACK: Duration = Duration::from_secs(1);

fn is_unreachable<T>(outcome: &Result<T, BrokerError>) -> bool {
    matches!(outcome, Err(BrokerError::Unreachable { .. }))
}

fn is_full<T>(outcome: &Result<T, BrokerError>) -> bool {
    matches!(outcome, Err(BrokerError::Full { .. }))
}

#[test]
fn a_server_that_was_killed_is_missed_at_once_and_found_again() {
    let Some(mut server) = Server::start() else {
        return;
    };
    let queue = opened(&server, TaskId::new());
    let ear = Ear::default();
    let mailbox = queue.mailbox(ear.ring()).unwrap();
    queue.push(&numbers(0..3)).unwrap();
    let taken = take(&*mailbox);
    let before = ear.heard();
    server.kill();
    ear.hears_more_than(before);
    for _ in 0..20 {
        let began = Instant::now();
        assert!(is_unreachable(&mailbox.take()));
        assert!(is_unreachable(&queue.push(&numbers(3..4))));
        assert!(is_unreachable(&queue.depth()));
        assert!(began.elapsed() < SLACK, "{:?}", began.elapsed());
    }
    mailbox.acknowledge(taken.receipt).unwrap();

    let before = ear.heard();
    server.restart();
    ear.hears_more_than(before);
    // It kept nothing.
    wait_until("it answers", || queue.depth() == Ok(depth(0, 0)));
    queue.push(&numbers(1..3)).unwrap();
    assert_eq!(batch(&take(&*mailbox)), 1);
    assert_eq!(batch(&take(&*mailbox)), 2);
}

#[test]
fn a_server_that_keeps_its_data_has_the_messages_after_a_restart() {
    let persistence = ["--appendonly", "yes", "--appendfsync", "always"];
    let Some(mut server) = Server::start_with(&persistence) else {
        return;
    };
    let queue = opened(&server, TaskId::new());
    let mailbox = queue.mailbox(silent()).unwrap();
    queue.push(&numbers(0..3)).unwrap();
    mailbox.acknowledge(take(&*mailbox).receipt).unwrap();
    depth_becomes(&*queue, 2, 0);
    take(&*mailbox);
    server.kill();
    server.restart();
    wait_until("it answers", || queue.depth().is_ok());
    assert_eq!(queue.depth().unwrap(), depth(1, 1));
    assert_eq!(batch(&take(&*mailbox)), 2);
}

#[test]
fn a_connection_that_is_cut_is_made_anew_and_hears_again() {
    let Some(server) = Server::start() else {
        return;
    };
    let task = TaskId::new();
    let queue = opened(&server, task);
    let ear = Ear::default();
    let mailbox = queue.mailbox(ear.ring()).unwrap();
    let producer = another(&server, task);
    for number in 0..5 {
        assert!(mailbox.take().unwrap().is_none());
        mailbox.want(1);
        let before = ear.heard();
        assert_eq!(server.ask(&["CLIENT", "KILL", "TYPE", "pubsub"]), "1");
        // That it broke, and that it is back.
        ear.hears_more_than(before + 1);
        assert!(mailbox.take().unwrap().is_none());
        let before = ear.heard();
        producer.push(&numbers(number..number + 1)).unwrap();
        ear.hears_more_than(before);
        let delivery = take(&*mailbox);
        assert_eq!(batch(&delivery), number);
        mailbox.acknowledge(delivery.receipt).unwrap();
    }
}

#[test]
fn without_a_mailbox_the_next_call_connects_again() {
    let Some(mut server) = Server::start() else {
        return;
    };
    let queue = opened(&server, TaskId::new());
    queue.push(&numbers(0..1)).unwrap();
    server.kill();
    wait_until("missed", || is_unreachable(&queue.depth()));
    server.restart();
    wait_until("found", || queue.depth() == Ok(depth(0, 0)));
}

#[test]
fn a_mailbox_is_opened_while_the_server_is_away_and_hears_when_it_is_there() {
    let Some(mut server) = Server::start() else {
        return;
    };
    let queue = opened(&server, TaskId::new());
    server.kill();
    let ear = Ear::default();
    let mailbox = queue.mailbox(ear.ring()).unwrap();
    assert!(is_unreachable(&mailbox.take()));
    server.restart();
    wait_until("it is there", || mailbox.take().is_ok());
    let before = ear.heard();
    mailbox.want(1);
    queue.push(&numbers(0..1)).unwrap();
    ear.hears_more_than(before);
    assert_eq!(batch(&take(&*mailbox)), 0);
}

#[test]
fn while_a_server_is_stopped_every_call_ends_in_time_and_then_all_goes_on() {
    let Some(server) = Server::start() else {
        return;
    };
    let queue = opened(&server, TaskId::new());
    let ear = Ear::default();
    let mailbox = queue.mailbox(ear.ring()).unwrap();
    queue.push(&numbers(0..3)).unwrap();
    let taken = take(&*mailbox);
    server.stop();
    let began = Instant::now();
    assert!(is_unreachable(&mailbox.take()));
    assert!(began.elapsed() < PATIENCE + SLACK, "{:?}", began.elapsed());
    // From now on it counts as away, and nobody waits for it.
    let began = Instant::now();
    mailbox.acknowledge(taken.receipt).unwrap();
    assert!(is_unreachable(&queue.push(&numbers(3..5000))));
    assert!(is_unreachable(&queue.depth()));
    assert!(is_unreachable(&queue.remove()));
    drop(queue.mailbox(silent()).unwrap());
    assert!(began.elapsed() < SLACK, "{:?}", began.elapsed());
    let before = ear.heard();
    server.go_on();
    ear.hears_more_than(before);
    wait_until("it answers", || queue.push(&numbers(3..4)).is_ok());
    // One of the messages may have been delivered to the connection that was given up.
    let mut seen = Vec::new();
    while let Some(delivery) = mailbox.take().unwrap() {
        seen.push(batch(&delivery));
    }
    assert!(seen == [1, 2, 3] || seen == [2, 3], "{seen:?}");
}

#[test]
fn a_server_that_is_stopped_when_a_queue_is_opened_holds_nobody_up() {
    let Some(server) = Server::start() else {
        return;
    };
    let queue = opened(&server, TaskId::new());
    server.stop();
    let began = Instant::now();
    let mailbox = queue.mailbox(silent()).unwrap();
    assert!(is_unreachable(&mailbox.take()));
    assert!(began.elapsed() < PATIENCE + SLACK, "{:?}", began.elapsed());
    let began = Instant::now();
    let error = super::super::check(&server.address()).unwrap_err();
    assert!(matches!(error, BrokerError::Unreachable { .. }), "{error}");
    assert!(began.elapsed() < PATIENCE + SLACK, "{:?}", began.elapsed());
    server.go_on();
    wait_until("it answers", || mailbox.take().is_ok());
}

#[test]
fn a_server_out_of_memory_is_full_and_still_gives_what_it_has() {
    let Some(server) = Server::start() else {
        return;
    };
    let queue = opened(&server, TaskId::new());
    let mailbox = queue.mailbox(silent()).unwrap();
    queue.push(&numbers(0..2)).unwrap();
    server.ask(&["CONFIG", "SET", "maxmemory", "1"]);
    let outcome = queue.push(&numbers(2..3));
    assert!(is_full(&outcome), "{outcome:?}");
    let first = take(&*mailbox);
    assert!(is_full(&mailbox.give_back(first.receipt)));
    mailbox.acknowledge(take(&*mailbox).receipt).unwrap();
    depth_becomes(&*queue, 0, 1);
    server.ask(&["CONFIG", "SET", "maxmemory", "0"]);
    queue.push(&numbers(2..3)).unwrap();
    assert_eq!(batch(&take(&*mailbox)), 2);
}

#[test]
fn a_server_that_can_not_save_is_full() {
    let Some(server) = Server::start_with(&["--save", "3600 1"]) else {
        return;
    };
    let queue = opened(&server, TaskId::new());
    queue.push(&numbers(0..1)).unwrap();
    fs::remove_dir_all(server.folder()).unwrap();
    server.ask(&["BGSAVE"]);
    let mut outcome = Ok(());
    wait_until("it can't save", || {
        outcome = queue.push(&numbers(1..2));
        outcome.is_err()
    });
    assert!(is_full(&outcome), "{outcome:?}");
    server.ask(&["CONFIG", "SET", "stop-writes-on-bgsave-error", "no"]);
    queue.push(&numbers(1..2)).unwrap();
}

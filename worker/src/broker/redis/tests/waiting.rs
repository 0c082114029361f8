use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread::scope;
use std::time::Duration;

use longhaul_common::id::{BatchNumber, TaskId};

use super::server::Server;
use super::{Ear, another, batch, numbers, opened, silent, stream, take, wait_until};
use crate::broker::TaskQueue;

#[test]
fn who_waits_is_woken_by_a_push_and_who_is_busy_is_not() {
    let Some(server) = Server::start() else {
        return;
    };
    let task = TaskId::new();
    let queue = opened(&server, task);
    let (busy, idle) = (Ear::default(), Ear::default());
    let at_work = queue.mailbox(busy.ring()).unwrap();
    let waits = queue.mailbox(idle.ring()).unwrap();
    assert!(waits.take().unwrap().is_none());
    waits.want(1);
    let (before, unmoved) = (idle.heard(), busy.heard());
    another(&server, task).push(&numbers(0..1)).unwrap();
    idle.hears_more_than(before);
    assert_eq!(busy.heard(), unmoved);
    // It hears of it once it wants something.
    at_work.want(1);
    busy.hears_more_than(unmoved);
}

#[test]
fn wanting_more_where_nothing_is_wakes_nobody() {
    let Some(server) = Server::start() else {
        return;
    };
    let queue = opened(&server, TaskId::new());
    let (ear, other) = (Ear::default(), Ear::default());
    let mailbox = queue.mailbox(ear.ring()).unwrap();
    let witness = queue.mailbox(other.ring()).unwrap();
    assert!(mailbox.take().unwrap().is_none());
    let (before, witnessed) = (ear.heard(), other.heard());
    for seats in [1, 0, 2, 0, 3] {
        mailbox.want(seats);
    }
    // Its rings are begun after those of the first, if there are any.
    witness.want(1);
    other.hears_more_than(witnessed);
    assert_eq!(ear.heard(), before);
}

#[test]
fn every_message_wakes_who_waits_for_it() {
    let Some(server) = Server::start() else {
        return;
    };
    let task = TaskId::new();
    let (producer, consumer) = (another(&server, task), another(&server, task));
    let (ring, rung) = channel();
    let mailbox = consumer
        .mailbox(Arc::new(move || {
            let _ = ring.send(());
        }))
        .unwrap();
    let (done, finished) = channel();
    scope(|scope| {
        scope.spawn(move || {
            for number in 0..500 {
                producer.push(&[BatchNumber(number)]).unwrap();
                let seen: u64 = finished.recv_timeout(Duration::from_secs(10)).unwrap();
                assert_eq!(seen, number);
            }
        });
        for number in 0..500 {
            let delivery = loop {
                if let Some(delivery) = mailbox.take().unwrap() {
                    break delivery;
                }
                mailbox.want(1);
                rung.recv_timeout(Duration::from_secs(10))
                    .unwrap_or_else(|_| panic!("nobody was woken for {number}"));
            };
            mailbox.want(0);
            assert_eq!(batch(&delivery), number);
            mailbox.acknowledge(delivery.receipt).unwrap();
            done.send(number).unwrap();
        }
    });
}

#[test]
fn what_is_given_back_wakes_other_processes() {
    let Some(server) = Server::start() else {
        return;
    };
    let task = TaskId::new();
    let (one, two) = (another(&server, task), another(&server, task));
    let first = one.mailbox(silent()).unwrap();
    one.push(&numbers(0..1)).unwrap();
    let delivery = take(&*first);
    let ear = Ear::default();
    let second = two.mailbox(ear.ring()).unwrap();
    assert!(second.take().unwrap().is_none());
    second.want(1);
    let before = ear.heard();
    first.give_back(delivery.receipt).unwrap();
    ear.hears_more_than(before);
    assert_eq!(batch(&take(&*second)), 0);
}

#[test]
fn what_others_put_there_is_told_by_whoever_looks_at_the_depth() {
    let Some(server) = Server::start() else {
        return;
    };
    let task = TaskId::new();
    let queue = opened(&server, task);
    let ear = Ear::default();
    let mailbox = queue.mailbox(ear.ring()).unwrap();
    assert!(mailbox.take().unwrap().is_none());
    mailbox.want(1);
    let before = ear.heard();
    server.ask(&["XADD", &stream(task), "*", "color", "red"]);
    assert_eq!(queue.depth().unwrap().ready, 1);
    ear.hears_more_than(before);
}

#[test]
fn a_mailbox_opened_after_another_was_dropped_still_hears() {
    let Some(server) = Server::start() else {
        return;
    };
    let queue = opened(&server, TaskId::new());
    let mut mailbox = queue.mailbox(silent()).unwrap();
    for number in 0..50 {
        let ear = Ear::default();
        drop(mailbox);
        mailbox = queue.mailbox(ear.ring()).unwrap();
        while let Some(delivery) = mailbox.take().unwrap() {
            mailbox.acknowledge(delivery.receipt).unwrap();
        }
        mailbox.want(1);
        let before = ear.heard();
        queue.push(&[BatchNumber(number)]).unwrap();
        ear.hears_more_than(before);
    }
}

#[test]
fn when_the_last_queue_goes_its_connection_goes_too() {
    let Some(server) = Server::start() else {
        return;
    };
    let queue = opened(&server, TaskId::new());
    let mailbox = queue.mailbox(silent()).unwrap();
    queue.push(&numbers(0..1)).unwrap();
    let clients = || server.ask(&["CLIENT", "LIST"]).lines().count();
    assert_eq!(clients(), 2);
    drop(mailbox);
    wait_until("no channel", || {
        server.ask(&["PUBSUB", "CHANNELS"]).is_empty()
    });
    drop(queue);
    wait_until("only who asks is connected", || clients() == 1);
}

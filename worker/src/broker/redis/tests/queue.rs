use std::collections::BTreeSet;
use std::sync::Mutex;
use std::thread::scope;

use longhaul_common::id::{BatchNumber, TaskId};

use super::server::Server;
use super::{another, batch, depth, depth_becomes, numbers, opened, silent, stream, take};
use crate::broker::{Message, TaskQueue};

#[test]
fn what_is_pushed_is_taken_in_order_and_once() {
    let Some(server) = Server::start() else {
        return;
    };
    let queue = opened(&server, TaskId::new());
    let mailbox = queue.mailbox(silent()).unwrap();
    queue.push(&numbers(0..2500)).unwrap();
    assert_eq!(queue.depth().unwrap(), depth(2500, 0));
    for number in 0..2500 {
        let delivery = take(&*mailbox);
        assert_eq!(batch(&delivery), number);
        assert!(!delivery.redelivered);
        mailbox.acknowledge(delivery.receipt).unwrap();
    }
    assert!(mailbox.take().unwrap().is_none());
    depth_becomes(&*queue, 0, 0);
}

#[test]
fn a_queue_that_is_not_there_holds_nothing() {
    let Some(server) = Server::start() else {
        return;
    };
    let queue = opened(&server, TaskId::new());
    let mailbox = queue.mailbox(silent()).unwrap();
    assert_eq!(queue.depth().unwrap(), depth(0, 0));
    assert!(mailbox.take().unwrap().is_none());
    queue.push(&[]).unwrap();
    queue.remove().unwrap();
    assert_eq!(server.ask(&["DBSIZE"]), "0");
}

#[test]
fn the_depth_counts_what_was_taken_until_it_is_acknowledged() {
    let Some(server) = Server::start() else {
        return;
    };
    let task = TaskId::new();
    let queue = opened(&server, task);
    let mailbox = queue.mailbox(silent()).unwrap();
    queue.push(&numbers(0..5)).unwrap();
    let first = take(&*mailbox);
    let second = take(&*mailbox);
    assert_eq!(queue.depth().unwrap(), depth(3, 2));
    mailbox.acknowledge(second.receipt).unwrap();
    depth_becomes(&*queue, 3, 1);
    mailbox.acknowledge(first.receipt.clone()).unwrap();
    mailbox.acknowledge(first.receipt).unwrap();
    depth_becomes(&*queue, 3, 0);
    assert_eq!(server.ask(&["XLEN", &stream(task)]), "3");
}

#[test]
fn two_processes_share_the_work_and_nothing_is_lost_or_doubled() {
    let Some(server) = Server::start() else {
        return;
    };
    let task = TaskId::new();
    let processes = [another(&server, task), another(&server, task)];
    let mailboxes = processes
        .each_ref()
        .map(|queue| queue.mailbox(silent()).unwrap());
    processes[0].push(&numbers(0..2000)).unwrap();
    let taken = Mutex::new(Vec::new());
    scope(|scope| {
        for mailbox in mailboxes.iter().flat_map(|mailbox| [mailbox; 3]) {
            scope.spawn(|| {
                while let Some(delivery) = mailbox.take().unwrap() {
                    taken.lock().unwrap().push(batch(&delivery));
                    mailbox.acknowledge(delivery.receipt).unwrap();
                }
            });
        }
    });
    let taken = taken.into_inner().unwrap();
    assert_eq!(taken.len(), 2000);
    assert_eq!(taken.into_iter().collect::<BTreeSet<_>>().len(), 2000);
    depth_becomes(&processes[1], 0, 0);
}

#[test]
fn what_is_given_back_is_delivered_again() {
    let Some(server) = Server::start() else {
        return;
    };
    let queue = opened(&server, TaskId::new());
    let mailbox = queue.mailbox(silent()).unwrap();
    queue.push(&numbers(7..8)).unwrap();
    let first = take(&*mailbox);
    mailbox.give_back(first.receipt).unwrap();
    assert_eq!(queue.depth().unwrap(), depth(1, 0));
    let second = take(&*mailbox);
    assert_eq!(batch(&second), 7);
    assert!(second.redelivered);
}

/// Everybody shares one connection, on which the server also tells of what is published.
#[test]
fn what_is_given_back_takes_nobody_elses_answer() {
    let Some(server) = Server::start() else {
        return;
    };
    let queue = opened(&server, TaskId::new());
    let mailboxes: [_; 4] = std::array::from_fn(|_| queue.mailbox(silent()).unwrap());
    queue.push(&numbers(0..8)).unwrap();
    scope(|scope| {
        for mailbox in &mailboxes {
            scope.spawn(|| {
                for _ in 0..200 {
                    let delivery = take(&**mailbox);
                    mailbox.give_back(delivery.receipt).unwrap();
                }
            });
        }
        for _ in 0..200 {
            let found = queue.depth().unwrap();
            assert!(
                found.ready + found.unacknowledged.unwrap() <= 12,
                "{found:?}"
            );
        }
    });
    assert_eq!(queue.depth().unwrap(), depth(8, 0));
}

#[test]
fn a_mailbox_that_is_dropped_gives_back_what_was_not_acknowledged() {
    let Some(server) = Server::start() else {
        return;
    };
    let task = TaskId::new();
    let queue = opened(&server, task);
    let mailbox = queue.mailbox(silent()).unwrap();
    queue.push(&numbers(0..4)).unwrap();
    mailbox.acknowledge(take(&*mailbox).receipt).unwrap();
    let (second, third) = (take(&*mailbox), take(&*mailbox));
    drop(mailbox);
    depth_becomes(&*queue, 3, 0);

    let other = another(&server, task);
    let mailbox = other.mailbox(silent()).unwrap();
    assert_eq!(batch(&take(&*mailbox)), 3);
    let again = [take(&*mailbox), take(&*mailbox)];
    assert!(again.iter().all(|delivery| delivery.redelivered));
    let again = again.each_ref().map(batch);
    assert_eq!(
        BTreeSet::from(again),
        BTreeSet::from([batch(&second), batch(&third)])
    );
}

#[test]
fn nothing_is_fetched_ahead_of_a_seat_that_takes_it() {
    let Some(server) = Server::start() else {
        return;
    };
    let task = TaskId::new();
    let (busy, free) = (another(&server, task), another(&server, task));
    let waits = busy.mailbox(silent()).unwrap();
    waits.want(8);
    free.push(&numbers(0..8)).unwrap();
    waits.want(0);
    let mailbox = free.mailbox(silent()).unwrap();
    for number in 0..8 {
        assert_eq!(batch(&take(&*mailbox)), number);
    }
}

#[test]
fn what_a_dead_worker_had_taken_is_put_back_by_whoever_looks() {
    let Some(server) = Server::start() else {
        return;
    };
    let task = TaskId::new();
    let dead = another(&server, task);
    let its = dead.mailbox(silent()).unwrap();
    dead.push(&numbers(0..3)).unwrap();
    let lost = take(&*its);
    let fresh = take(&*its);
    // As if it had been taken long ago.
    let id = lost.receipt.0.as_str();
    let (name, long) = (stream(task), "5001");
    server.ask(&[
        "XCLAIM", &name, "longhaul", "worker", "0", id, "IDLE", long, "JUSTID",
    ]);

    let queue = opened(&server, task);
    assert_eq!(queue.depth().unwrap(), depth(2, 1));
    let mailbox = queue.mailbox(silent()).unwrap();
    assert_eq!(batch(&take(&*mailbox)), 2);
    let again = take(&*mailbox);
    assert_eq!(batch(&again), batch(&lost));
    assert!(again.redelivered);
    mailbox.acknowledge(again.receipt).unwrap();
    // The worker was only slow.
    its.acknowledge(lost.receipt).unwrap();
    its.acknowledge(fresh.receipt).unwrap();
    depth_becomes(&*queue, 0, 1);
}

#[test]
fn garbage_and_strays_are_taken_as_foreign() {
    let Some(server) = Server::start() else {
        return;
    };
    let (task, other) = (TaskId::new(), TaskId::new());
    let queue = opened(&server, task);
    let mailbox = queue.mailbox(silent()).unwrap();
    queue.push(&[]).unwrap();
    let name = stream(task);
    let stray = Message::encode(other, BatchNumber(1));
    for fields in [
        ["color", "red"],
        ["message", "garbage \u{1b}[2J"],
        ["message", &stray],
        ["again", "1"],
    ] {
        server.ask(&["XADD", &name, "*", fields[0], fields[1]]);
    }
    assert_eq!(queue.depth().unwrap(), depth(4, 0));
    queue.push(&numbers(5..6)).unwrap();
    for _ in 0..4 {
        let delivery = take(&*mailbox);
        assert_eq!(delivery.message, Message::Foreign);
        mailbox.acknowledge(delivery.receipt).unwrap();
    }
    assert_eq!(batch(&take(&*mailbox)), 5);
    depth_becomes(&*queue, 0, 1);
}

#[test]
fn a_queue_that_somebody_removes_is_made_anew_by_the_next_push() {
    let Some(server) = Server::start() else {
        return;
    };
    let task = TaskId::new();
    let queue = opened(&server, task);
    let mailbox = queue.mailbox(silent()).unwrap();
    queue.push(&numbers(0..3)).unwrap();
    let taken = take(&*mailbox);
    assert_eq!(server.ask(&["DEL", &stream(task)]), "1");
    assert_eq!(queue.depth().unwrap(), depth(0, 0));
    assert!(mailbox.take().unwrap().is_none());
    mailbox.acknowledge(taken.receipt).unwrap();
    queue.push(&numbers(1..3)).unwrap();
    assert_eq!(batch(&take(&*mailbox)), 1);
    depth_becomes(&*queue, 1, 1);
}

#[test]
fn a_group_that_somebody_removes_is_made_anew_by_whoever_takes() {
    let Some(server) = Server::start() else {
        return;
    };
    let task = TaskId::new();
    let queue = opened(&server, task);
    let mailbox = queue.mailbox(silent()).unwrap();
    queue.push(&numbers(0..2)).unwrap();
    take(&*mailbox);
    assert_eq!(
        server.ask(&["XGROUP", "DESTROY", &stream(task), "longhaul"]),
        "1"
    );
    assert_eq!(queue.depth().unwrap(), depth(2, 0));
    assert_eq!(batch(&take(&*mailbox)), 0);
    assert_eq!(batch(&take(&*mailbox)), 1);
}

#[test]
fn what_the_group_has_passed_is_not_counted_as_ready() {
    let Some(server) = Server::start() else {
        return;
    };
    let task = TaskId::new();
    let queue = opened(&server, task);
    let mailbox = queue.mailbox(silent()).unwrap();
    queue.push(&numbers(0..2)).unwrap();
    take(&*mailbox);
    take(&*mailbox);
    // With the consumer goes what it had taken; it stays in the stream, and nobody is given it.
    server.ask(&["XGROUP", "DELCONSUMER", &stream(task), "longhaul", "worker"]);
    assert_eq!(queue.depth().unwrap(), depth(0, 0));
    queue.push(&numbers(0..2)).unwrap();
    assert_eq!(batch(&take(&*mailbox)), 0);
}

#[test]
fn messages_that_somebody_takes_out_are_missed() {
    let Some(server) = Server::start() else {
        return;
    };
    let task = TaskId::new();
    let queue = opened(&server, task);
    let mailbox = queue.mailbox(silent()).unwrap();
    queue.push(&numbers(0..10)).unwrap();
    take(&*mailbox);
    server.ask(&["XTRIM", &stream(task), "MAXLEN", "4"]);
    // The one that was taken is gone too; whether it still counts makes no difference to who plans.
    let found = queue.depth().unwrap();
    assert!(found.ready <= 4, "{found:?}");
    for number in 6..10 {
        assert_eq!(batch(&take(&*mailbox)), number);
    }
}

#[test]
fn a_queue_that_was_removed_stays_so_whatever_is_given_back() {
    let Some(server) = Server::start() else {
        return;
    };
    let queue = opened(&server, TaskId::new());
    let mailbox = queue.mailbox(silent()).unwrap();
    queue.push(&numbers(0..2)).unwrap();
    let first = take(&*mailbox);
    take(&*mailbox);
    queue.remove().unwrap();
    mailbox.give_back(first.receipt).unwrap();
    drop(mailbox);
    assert_eq!(server.ask(&["DBSIZE"]), "0");
    queue.remove().unwrap();
    assert_eq!(queue.depth().unwrap(), depth(0, 0));
}

#[test]
fn a_queue_nobody_pushes_to_is_left_for_a_week() {
    let Some(server) = Server::start() else {
        return;
    };
    let task = TaskId::new();
    let queue = opened(&server, task);
    queue.push(&numbers(0..1)).unwrap();
    server.ask(&["EXPIRE", &stream(task), "100"]);
    queue.push(&numbers(1..2)).unwrap();
    let seconds: u64 = server.ask(&["TTL", &stream(task)]).parse().unwrap();
    assert!((604_700..=604_800).contains(&seconds), "{seconds}");
}

#[test]
fn ten_thousand_queues_do_not_cross() {
    let Some(server) = Server::start() else {
        return;
    };
    let queues: Vec<_> = (0..10_000)
        .map(|_| opened(&server, TaskId::new()))
        .collect();
    let mailboxes: Vec<_> = queues
        .iter()
        .map(|queue| queue.mailbox(silent()).unwrap())
        .collect();
    for (number, queue) in (0..).zip(&queues) {
        queue.push(&[BatchNumber(number)]).unwrap();
    }
    for (number, mailbox) in (0..10_000_u32).zip(&mailboxes).rev() {
        let delivery = take(&**mailbox);
        assert_eq!(batch(&delivery), u64::from(number));
        mailbox.acknowledge(delivery.receipt).unwrap();
    }
    assert!(
        mailboxes
            .iter()
            .step_by(1000)
            .all(|mailbox| mailbox.take().unwrap().is_none())
    );
    // One connection for all of them, and one that asks.
    let clients = server.ask(&["CLIENT", "LIST"]);
    assert_eq!(clients.lines().count(), 2, "{clients}");
}

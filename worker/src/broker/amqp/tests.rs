use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use longhaul_common::id::{BatchNumber, TaskId};

use super::{check, open};
use crate::broker::{BrokerError, Delivery, Mailbox, Message, PATIENCE, TaskQueue};

#[path = "../../../../tests/harness/rabbit.rs"]
mod rabbit;

use rabbit::Server;

const DEADLINE: Duration = Duration::from_secs(20);

/// One server for the tests that do it no harm; it ends with the last of them.
fn shared() -> Option<Arc<Server>> {
    static SERVER: Mutex<Weak<Server>> = Mutex::new(Weak::new());
    let mut shared = SERVER.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(server) = shared.upgrade() {
        return Some(server);
    }
    let server = Arc::new(Server::start()?);
    *shared = Arc::downgrade(&server);
    Some(server)
}

#[track_caller]
fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !condition() {
        assert!(Instant::now() < deadline, "not within {DEADLINE:?}: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn batches(numbers: std::ops::Range<u64>) -> Vec<BatchNumber> {
    numbers.map(BatchNumber).collect()
}

fn quiet() -> Arc<dyn Fn() + Send + Sync> {
    Arc::new(|| {})
}

/// A message, waited for.
#[track_caller]
fn take(mailbox: &dyn Mailbox) -> Delivery {
    let mut taken = None;
    wait_until("a message", || {
        mailbox.want(1);
        // While a connection is made anew there is nothing to be had.
        taken = mailbox.take().ok().flatten();
        taken.is_some()
    });
    taken.expect("it was waited for")
}

#[track_caller]
fn number(delivery: &Delivery) -> u64 {
    match delivery.message {
        Message::Batch(number) => number.0,
        Message::Foreign => panic!("not ours: {delivery:?}"),
    }
}

/// Takes and acknowledges so many.
#[track_caller]
fn drain(mailbox: &dyn Mailbox, count: usize) -> BTreeSet<u64> {
    (0..count)
        .map(|_| {
            let delivery = take(mailbox);
            let number = number(&delivery);
            mailbox
                .acknowledge(delivery.receipt)
                .expect("it is not waited for");
            number
        })
        .collect()
}

fn ready(queue: &dyn TaskQueue) -> u64 {
    queue.depth().expect("the server answers").ready
}

#[test]
fn what_is_pushed_is_taken_once_and_gone_when_acknowledged() {
    let Some(server) = shared() else { return };
    let queue = open(&server.address(), TaskId::new()).unwrap();
    assert_eq!(ready(&*queue), 0, "a queue that isn't there holds nothing");
    queue.push(&batches(0..5000)).unwrap();
    assert_eq!(ready(&*queue), 5000);
    queue.remove().unwrap();
    assert_eq!(ready(&*queue), 0);
    queue.remove().unwrap();

    queue.push(&batches(0..100)).unwrap();
    let mailbox = queue.mailbox(quiet()).unwrap();
    assert_eq!(drain(&*mailbox, 100), (0..100).collect());
    mailbox.want(4);
    assert!(mailbox.take().unwrap().is_none());
    drop(mailbox);
    let other = queue.mailbox(quiet()).unwrap();
    other.want(8);
    queue.push(&batches(100..101)).unwrap();
    // Acknowledgements that waited were sent before the first was closed.
    assert_eq!(number(&take(&*other)), 100);
    assert!(other.take().unwrap().is_none());
    queue.remove().unwrap();
}

#[test]
fn the_next_message_is_there_when_a_seat_comes_back() {
    let Some(server) = shared() else { return };
    let queue = open(&server.address(), TaskId::new()).unwrap();
    queue.push(&batches(0..400)).unwrap();
    let mailbox = queue.mailbox(quiet()).unwrap();
    drain(&*mailbox, 10);
    let mut found = 0;
    for _ in 0..300 {
        let next = mailbox.take().unwrap();
        found += usize::from(next.is_some());
        let next = next.unwrap_or_else(|| take(&*mailbox));
        mailbox.acknowledge(next.receipt).unwrap();
    }
    // On a busy machine an answer may take longer than is waited for.
    assert!(found > 150, "only {found} of 300 were there in time");
    queue.remove().unwrap();
}

#[test]
fn a_mailbox_whose_seats_are_busy_holds_nothing() {
    let Some(server) = shared() else { return };
    let queue = open(&server.address(), TaskId::new()).unwrap();
    queue.push(&batches(0..10)).unwrap();
    let busy = queue.mailbox(quiet()).unwrap();
    let mine = [take(&*busy), take(&*busy)];
    busy.want(0);
    let mine = mine.map(|delivery| {
        let number = number(&delivery);
        busy.acknowledge(delivery.receipt).unwrap();
        number
    });
    let idle = queue.mailbox(quiet()).unwrap();
    let all: BTreeSet<u64> = drain(&*idle, 8).into_iter().chain(mine).collect();
    assert_eq!(all, (0..10).collect());
    wait_until("nothing left", || ready(&*queue) == 0);
    queue.remove().unwrap();
}

#[test]
fn what_is_not_wanted_any_more_goes_back_at_once() {
    let Some(server) = shared() else { return };
    let queue = open(&server.address(), TaskId::new()).unwrap();
    queue.push(&batches(0..20)).unwrap();
    let mailbox = queue.mailbox(quiet()).unwrap();
    mailbox.want(6);
    wait_until("six are prefetched, and no more", || ready(&*queue) == 14);
    mailbox.want(2);
    wait_until("four went back", || ready(&*queue) == 18);
    mailbox.want(0);
    wait_until("all went back", || ready(&*queue) == 20);
    assert_eq!(drain(&*mailbox, 20), (0..20).collect());
    queue.remove().unwrap();
}

#[test]
fn a_mailbox_that_is_closed_and_a_message_given_back_reach_another() {
    let Some(server) = shared() else { return };
    let queue = open(&server.address(), TaskId::new()).unwrap();
    queue.push(&batches(0..2)).unwrap();
    let first = queue.mailbox(quiet()).unwrap();
    let second = queue.mailbox(quiet()).unwrap();
    assert_eq!(drain(&*first, 1), BTreeSet::from([0]));
    let refused = take(&*first);
    first.want(0);
    first.give_back(refused.receipt).unwrap();
    let again = take(&*second);
    assert_eq!(number(&again), 1);
    assert!(again.redelivered);
    first.want(1);
    queue.push(&batches(2..3)).unwrap();
    wait_until("the last is here", || ready(&*queue) == 0);
    drop(first);
    assert_eq!(number(&take(&*second)), 2);
    queue.remove().unwrap();
}

#[test]
fn two_mailboxes_share_the_work_and_nothing_is_lost_or_doubled() {
    let Some(server) = shared() else { return };
    let task = TaskId::new();
    let queue = open(&server.address(), task).unwrap();
    queue.push(&batches(0..1000)).unwrap();
    let taken = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            let mailbox: Arc<dyn Mailbox> = Arc::from(queue.mailbox(quiet()).unwrap());
            for _ in 0..2 {
                let (mailbox, taken) = (Arc::clone(&mailbox), &taken);
                scope.spawn(move || {
                    let mut idle_since = Instant::now();
                    while idle_since.elapsed() < Duration::from_secs(1) {
                        let Some(delivery) = mailbox.take().ok().flatten() else {
                            continue;
                        };
                        taken.lock().unwrap().push(number(&delivery));
                        mailbox.acknowledge(delivery.receipt).unwrap();
                        idle_since = Instant::now();
                    }
                });
            }
        }
    });
    let mut taken = taken.into_inner().unwrap();
    taken.sort_unstable();
    assert_eq!(taken, (0..1000).collect::<Vec<_>>());
    queue.remove().unwrap();
}

#[test]
fn tasks_never_get_each_others_messages() {
    let Some(server) = shared() else { return };
    let queues: Vec<_> = (0..100)
        .map(|_| open(&server.address(), TaskId::new()).unwrap())
        .collect();
    for (number, queue) in (0..).zip(&queues) {
        queue.push(&batches(number..number + 1)).unwrap();
    }
    for (number, queue) in (0..).zip(&queues) {
        let mailbox = queue.mailbox(quiet()).unwrap();
        assert_eq!(drain(&*mailbox, 1), BTreeSet::from([number]));
        assert!(mailbox.take().unwrap().is_none());
        queue.remove().unwrap();
    }
}

#[test]
fn a_queue_removed_behind_our_back_is_made_anew_and_heard_again() {
    let Some(server) = shared() else { return };
    let task = TaskId::new();
    let queue = open(&server.address(), task).unwrap();
    queue.push(&batches(0..1)).unwrap();
    let rings = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&rings);
    let ring = Arc::new(move || {
        counted.fetch_add(1, Ordering::Relaxed);
    });
    let mailbox = queue.mailbox(ring).unwrap();
    drain(&*mailbox, 1);
    mailbox.want(1);
    // As somebody else would: this one doesn't know that it is gone.
    open(&server.address(), task).unwrap().remove().unwrap();
    queue.push(&batches(1..3)).unwrap();
    assert_eq!(drain(&*mailbox, 2), (1..3).collect());
    assert!(rings.load(Ordering::Relaxed) > 0);
    queue.remove().unwrap();
}

#[test]
fn garbage_is_told_from_ours_and_can_be_acknowledged() {
    let Some(server) = shared() else { return };
    let task = TaskId::new();
    let queue = open(&server.address(), task).unwrap();
    queue.push(&batches(7..8)).unwrap();
    // Another task's, put into this one's queue.
    let house = super::House::at(&server.address()).unwrap();
    let stray = async |connection: &_| {
        super::queue::publish(
            connection,
            &super::queue::name(task),
            TaskId::new(),
            &batches(9..10),
        )
        .await
    };
    house
        .ask(&house.publisher, super::deadline(), stray)
        .unwrap();
    let mailbox = queue.mailbox(quiet()).unwrap();
    assert_eq!(number(&take(&*mailbox)), 7);
    let stray = take(&*mailbox);
    assert_eq!(stray.message, Message::Foreign);
    mailbox.acknowledge(stray.receipt).unwrap();
    queue.remove().unwrap();
}

#[test]
fn a_wrong_address_is_told_with_what_to_do_and_without_the_password() {
    let Some(server) = shared() else { return };
    check(&server.address()).unwrap();
    let port = server.port();
    let told = |address: &str| {
        let error = check(address).expect_err("it is wrong");
        let text = error.to_string();
        assert!(!text.contains("secret"), "{text}");
        assert!(!text.contains(server.password()), "{text}");
        error
    };
    let refused = |address: &str, hint: &str| {
        let error = told(address);
        assert!(matches!(error, BrokerError::Refused { .. }), "{error:?}");
        assert!(error.to_string().contains(hint), "{error}");
    };
    refused(
        &format!("amqp://longhaul:secret@127.0.0.1:{port}"),
        "password",
    );
    refused(&format!("amqp://nobody:secret@127.0.0.1:{port}"), "user");
    refused(&format!("{}/nowhere", server.address()), "add_vhost");
    refused("amqp://longhaul:secret@127.0.0.1:port", "amqp://");
    refused("http://longhaul:secret@127.0.0.1", "amqp://");
    let tls = server.address().replace("amqp://", "amqps://");
    assert!(told(&tls).to_string().contains("TLS"));

    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("amqp://longhaul:secret@{}", nobody.local_addr().unwrap());
    let begun = Instant::now();
    let error = told(&address);
    assert!(
        matches!(error, BrokerError::Unreachable { .. }),
        "{error:?}"
    );
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
    drop(nobody);
    let error = told(&address);
    assert!(
        matches!(error, BrokerError::Unreachable { .. }),
        "{error:?}"
    );
}

#[test]
fn a_queue_of_another_kind_is_refused_with_what_to_do() {
    let Some(server) = shared() else { return };
    let task = TaskId::new();
    let house = super::House::at(&server.address()).unwrap();
    let classic = async |connection: &super::connection::Connection| {
        let channel = connection.channel().await?;
        let options = lapin::options::QueueDeclareOptions::default();
        let arguments = lapin::types::FieldTable::default();
        channel
            .queue_declare(super::queue::name(task), options, arguments)
            .await?;
        Ok(())
    };
    house
        .ask(&house.consumer, super::deadline(), classic)
        .unwrap();
    let queue = open(&server.address(), task).unwrap();
    let error = queue
        .push(&batches(0..1))
        .expect_err("it is of another kind");
    assert!(matches!(error, BrokerError::Refused { .. }), "{error:?}");
    assert!(error.to_string().contains("delete_queue"), "{error}");
    let mailbox = queue.mailbox(quiet()).unwrap();
    wait_until("the mailbox says so too", || {
        matches!(mailbox.take(), Err(BrokerError::Refused { .. }))
    });
    queue.remove().unwrap();
    queue.push(&batches(0..1)).unwrap();
    assert_eq!(drain(&*mailbox, 1), BTreeSet::from([0]));
    queue.remove().unwrap();
}

mod trouble;

//! Runs a mailbox's errands: everything that has to wait for an answer of the broker.

use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_core::Stream;
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicNackOptions, BasicQosOptions,
};
use lapin::types::{FieldTable, ShortString};
use lapin::{Channel, Consumer};
use tokio::sync::watch;
use tokio::time::{sleep_until, timeout};

use super::super::connection::Connection;
use super::super::fault::{Fault, is_missing};
use super::super::link::{Standing, Wanted};
use super::super::queue;
use super::Shared;
use super::window::{Letter, Step, Tag, Window};
use crate::broker::PATIENCE;
use crate::broker::patience::set_off;

/// The first pause after a channel was closed on us, and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What the protocol says when a channel is closed because all is done.
const CLOSED: u16 = 200;

/// How a channel came to its end.
enum End {
    /// The mailbox was closed.
    Closed,
    /// The connection broke: whoever keeps it says why.
    Disconnected,
    /// The queue was removed.
    Gone,
    /// The broker won't.
    Trouble(Fault),
}

/// Serves a mailbox until it is closed.
pub(super) async fn serve(
    shared: Arc<Shared>,
    mut standing: watch::Receiver<Standing>,
    mut remade: watch::Receiver<u64>,
    wanted: Wanted,
) {
    let mut pause = FIRST_PAUSE;
    let mut made = Made::NotYet;
    while let Some(connection) = connected(&shared, &mut standing).await {
        let begun = Instant::now();
        let end = match session(&shared, &connection, &mut remade, &mut made).await {
            Ok(end) => end,
            Err(fault) if connection.is_open() => End::Trouble(fault),
            Err(_) => End::Disconnected,
        };
        close(&shared, &end);
        drop(connection);
        match end {
            End::Closed => break,
            End::Disconnected => pause = FIRST_PAUSE,
            End::Gone | End::Trouble(_) => {
                if begun.elapsed() > LONGEST_PAUSE {
                    pause = FIRST_PAUSE;
                }
                rest(&shared, pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
    drop(wanted);
}

/// Whether the queue was made for this mailbox. Once is enough: one that is gone later was removed, perhaps because the
/// task is done, and whoever still needs it makes it anew.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Made {
    NotYet,
    Once,
}

/// Waits for a connection; None once the mailbox is closed. Rings at each change.
async fn connected(
    shared: &Shared,
    standing: &mut watch::Receiver<Standing>,
) -> Option<Arc<Connection>> {
    loop {
        if shared.inside().closed {
            return None;
        }
        let seen = standing.borrow_and_update().clone();
        if let Standing::Up(connection) = seen
            && connection.is_open()
        {
            return Some(connection);
        }
        tokio::select! {
            changed = standing.changed() => changed.ok()?,
            () = shared.errand.notified() => continue,
        }
        shared.changed.notify_all();
        (shared.ring)();
    }
}

/// Waits, unless the mailbox is closed.
async fn rest(shared: &Shared, pause: Duration) {
    let until = tokio::time::Instant::now() + pause;
    while !shared.inside().closed {
        tokio::select! {
            () = sleep_until(until) => return,
            () = shared.errand.notified() => {}
        }
    }
}

/// Forgets the channel and what came by it: the broker takes that back.
fn close(shared: &Shared, end: &End) {
    let mut inside = shared.inside();
    inside.channel = None;
    inside.channels += 1;
    inside.window = Window::new(inside.window.wanted());
    if let End::Trouble(fault) = end {
        inside.trouble = Some(fault.clone());
    }
    drop(inside);
    if !matches!(end, End::Closed) {
        shared.changed.notify_all();
        (shared.ring)();
    }
}

/// Runs errands over one channel.
async fn session(
    shared: &Arc<Shared>,
    connection: &Connection,
    remade: &mut watch::Receiver<u64>,
    made: &mut Made,
) -> Result<End, Fault> {
    let name = queue::name(shared.task);
    if *made == Made::NotYet {
        patiently(queue::declare(connection, &name)).await??;
        *made = Made::Once;
    }
    let channel = patiently(connection.channel()).await??;
    let number = {
        let mut inside = shared.inside();
        inside.channel = Some(channel.clone());
        inside.trouble = None;
        inside.channels
    };
    (shared.ring)();
    let mut subscription: Option<Subscription> = None;
    remade.mark_unchanged();
    loop {
        let Some(step) = next(shared) else {
            // Whether it is answered or not: this gives back all that is left.
            channel.close(CLOSED, "closed".into()).await?;
            return Ok(End::Closed);
        };
        match step {
            Step::Subscribe { number, prefetch } => {
                match patiently(subscribe(&channel, &name, number, prefetch)).await? {
                    Ok(begun) => subscription = Some(begun),
                    Err(error) if is_missing(&error) => return Ok(End::Gone),
                    Err(error) => return Err(error.into()),
                }
            }
            Step::Unsubscribe => {
                if let Some(mut subscription) = subscription.take() {
                    let cancel = BasicCancelOptions::default();
                    let tag = subscription.consumer.tag();
                    patiently(channel.basic_cancel(tag, cancel)).await??;
                    // What came until the broker knew.
                    while let Some(letter) = subscription.next().await {
                        arrive(shared, number, letter);
                    }
                }
                let settled = shared.inside().window.ended();
                acknowledge(&channel, &settled.acknowledge);
                give_back(&channel, &settled.give_back);
            }
            Step::GiveBack(tags) => give_back(&channel, &tags),
            Step::Rest(until) => {
                let later = async {
                    match until {
                        Some(until) => sleep_until(until.into()).await,
                        None => pending().await,
                    }
                };
                let letter = async {
                    match &mut subscription {
                        Some(subscription) => subscription.next().await,
                        None => pending().await,
                    }
                };
                tokio::select! {
                    biased;
                    letter = letter => match letter {
                        Some(letter) => arrive(shared, number, letter),
                        None if connection.is_open() => return Ok(End::Gone),
                        None => return Ok(End::Disconnected),
                    },
                    () = connection.over() => return Ok(End::Disconnected),
                    Ok(()) = remade.changed() => return Ok(End::Gone),
                    () = shared.errand.notified() => {}
                    () = later => {}
                }
            }
        }
    }
}

/// Waits for an answer. A broker that has just started may owe one for ever, for the one channel it was asked on.
async fn patiently<T>(question: impl Future<Output = T>) -> Result<T, Fault> {
    let answer = timeout(PATIENCE, question).await;
    answer.map_err(|_| Fault::silence())
}

/// What to do next; None once the mailbox is closed and all that was begun is acknowledged.
fn next(shared: &Shared) -> Option<Step> {
    let mut inside = shared.inside();
    if inside.closed {
        let begun = inside.window.close();
        inside.acknowledge(&begun);
        return None;
    }
    Some(inside.window.step(Instant::now()))
}

/// What letters come by.
struct Subscription {
    consumer: Consumer,
    number: u64,
}

impl Subscription {
    /// The next letter; None once no more can come, whoever ended it.
    async fn next(&mut self) -> Option<Letter> {
        let consumer = &mut self.consumer;
        let delivery = poll_fn(|context| Pin::new(&mut *consumer).poll_next(context)).await;
        let Delivery {
            delivery_tag,
            redelivered,
            data,
            ..
        } = delivery?.ok()?;
        Some(Letter {
            tag: delivery_tag,
            subscription: self.number,
            redelivered,
            body: data,
        })
    }
}

async fn subscribe(
    channel: &Channel,
    queue: &ShortString,
    number: u64,
    prefetch: usize,
) -> Result<Subscription, lapin::Error> {
    // 0 would be as many as there are.
    let prefetch = u16::try_from(prefetch).unwrap_or(u16::MAX).max(1);
    channel
        .basic_qos(prefetch, BasicQosOptions { global: false })
        .await?;
    let tag = format!("longhaul-{number}").into();
    let options = BasicConsumeOptions::default();
    let consume = channel.basic_consume(queue.clone(), tag, options, FieldTable::default());
    let consumer = consume.await?;
    Ok(Subscription { consumer, number })
}

fn acknowledge(channel: &Channel, tags: &[Tag]) {
    for tag in tags {
        set_off(channel.basic_ack(*tag, BasicAckOptions::default()));
    }
}

fn give_back(channel: &Channel, tags: &[Tag]) {
    let options = BasicNackOptions {
        multiple: false,
        requeue: true,
    };
    for tag in tags {
        set_off(channel.basic_nack(*tag, options));
    }
}

fn arrive(shared: &Shared, channel: u64, letter: Letter) {
    let mut inside = shared.inside();
    if inside.channels != channel {
        return;
    }
    inside.window.arrived(letter, Instant::now());
    drop(inside);
    shared.changed.notify_one();
    (shared.ring)();
}

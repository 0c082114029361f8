//! A task's queue: making it, filling it, counting, removing it.

use std::time::Duration;

use lapin::options::{BasicPublishOptions, QueueDeclareOptions, QueueDeleteOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Confirmation, PublisherConfirm};
use longhaul_common::id::{BatchNumber, TaskId};

use super::connection::Connection;
use super::fault::{Fault, is_another_kind, is_missing};
use crate::broker::Message;

/// A queue that nobody has used for so long is removed by the broker. One that is still needed is made anew and filled
/// from the store.
const EXPIRES: Duration = Duration::from_hours(7 * 24);

/// From this version on a queue drops messages that were delivered 20 times, unless told otherwise. Earlier ones take
/// the same words for a limit that the first redelivery reaches.
const LIMITS_DELIVERIES: u32 = 4;

/// How many messages are on their way at once.
const ON_THEIR_WAY: usize = 2000;

const DURABLE: QueueDeclareOptions = QueueDeclareOptions {
    passive: false,
    durable: true,
    exclusive: false,
    auto_delete: false,
    nowait: false,
};

/// Written to disk, also by what is not a quorum queue.
const PERSISTENT: u8 = 2;

/// The name of a task's queue.
pub(super) fn name(task: TaskId) -> ShortString {
    format!("longhaul.{task}").into()
}

/// Whether a queue puts a limit to deliveries if it is told nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Limit {
    Lifted,
    Unsaid,
}

fn arguments(limit: Limit) -> FieldTable {
    let mut arguments = FieldTable::default();
    let expires = i64::try_from(EXPIRES.as_millis()).expect("some days are few milliseconds");
    arguments.insert(
        "x-queue-type".into(),
        AMQPValue::LongString("quorum".into()),
    );
    arguments.insert("x-expires".into(), AMQPValue::LongLongInt(expires));
    if limit == Limit::Lifted {
        arguments.insert("x-delivery-limit".into(), AMQPValue::LongLongInt(-1));
    }
    arguments
}

/// What to try: a queue from before the server was upgraded has no limit lifted, and does as well.
fn limits(generation: Option<u32>) -> &'static [Limit] {
    match generation {
        Some(generation) if generation >= LIMITS_DELIVERIES => &[Limit::Lifted, Limit::Unsaid],
        _ => &[Limit::Unsaid],
    }
}

/// Makes the queue if it isn't there.
pub(super) async fn declare(connection: &Connection, queue: &ShortString) -> Result<(), Fault> {
    let mut refusal = None;
    for limit in limits(connection.generation) {
        let channel = connection.channel().await?;
        match channel
            .queue_declare(queue.clone(), DURABLE, arguments(*limit))
            .await
        {
            Ok(_) => {
                connection.put_back(channel);
                return Ok(());
            }
            Err(error) if is_another_kind(&error) => refusal = Some(error),
            Err(error) => return Err(error.into()),
        }
    }
    let said = refusal.map(|error| error.to_string()).unwrap_or_default();
    Err(Fault::Refused(format!(
        "there is a queue {queue} of another kind ({said}); see whose it is and remove it \
         (rabbitmqctl delete_queue {queue}), then it is made anew"
    )))
}

/// How many messages nobody has taken; of a queue that isn't there, none.
pub(super) async fn ready(connection: &Connection, queue: &ShortString) -> Result<u64, Fault> {
    let passive = QueueDeclareOptions {
        passive: true,
        ..DURABLE
    };
    let channel = connection.channel().await?;
    match channel
        .queue_declare(queue.clone(), passive, FieldTable::default())
        .await
    {
        Ok(found) => {
            connection.put_back(channel);
            Ok(found.message_count().into())
        }
        Err(error) if is_missing(&error) => Ok(0),
        Err(error) => Err(error.into()),
    }
}

/// Removes the queue; one that isn't there is no error.
pub(super) async fn delete(connection: &Connection, queue: &ShortString) -> Result<(), Fault> {
    let channel = connection.channel().await?;
    match channel
        .queue_delete(queue.clone(), QueueDeleteOptions::default())
        .await
    {
        Ok(_) => {
            connection.put_back(channel);
            Ok(())
        }
        Err(error) if is_missing(&error) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// What became of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// The broker has them all.
    All,
    /// There is no queue for some, or it didn't take them.
    NotAll,
}

/// Puts a message for each batch into the queue.
pub(super) async fn publish(
    connection: &Connection,
    queue: &ShortString,
    task: TaskId,
    batches: &[BatchNumber],
) -> Result<Sent, Fault> {
    let sent = async {
        let channel = connection.channel().await?;
        let mut all = Sent::All;
        for batches in batches.chunks(ON_THEIR_WAY) {
            if send(&channel, queue, task, batches).await? == Sent::NotAll {
                all = Sent::NotAll;
            }
        }
        connection.put_back(channel);
        Ok(all)
    };
    tokio::select! {
        biased;
        reason = connection.blocked() => Err(Fault::Full(format!("it takes no messages now ({reason})"))),
        sent = sent => sent,
    }
}

async fn send(
    channel: &Channel,
    queue: &ShortString,
    task: TaskId,
    batches: &[BatchNumber],
) -> Result<Sent, Fault> {
    let options = BasicPublishOptions {
        // Told when there is no queue.
        mandatory: true,
        immediate: false,
    };
    let properties = BasicProperties::default().with_delivery_mode(PERSISTENT);
    let bodies: Vec<String> = batches
        .iter()
        .map(|batch| Message::encode(task, *batch))
        .collect();
    let publish = |body: &'_ String| {
        let (channel, queue, properties) = (channel.clone(), queue.clone(), properties.clone());
        let body = body.clone();
        async move {
            let exchange = ShortString::default();
            let publish =
                channel.basic_publish(exchange, queue, options, body.as_bytes(), properties);
            publish.await
        }
    };
    let mut sent = Vec::with_capacity(bodies.len());
    for body in &bodies {
        // Begun one after the other, without waiting for any to be written.
        let mut publish = Box::pin(publish(body));
        let begun =
            std::future::poll_fn(|context| std::task::Poll::Ready(publish.as_mut().poll(context)));
        sent.push(match begun.await {
            std::task::Poll::Ready(confirm) => Begun::Written(confirm?),
            std::task::Poll::Pending => Begun::Waits(publish),
        });
    }
    let mut all = Sent::All;
    for begun in sent {
        let confirm = match begun {
            Begun::Written(confirm) => confirm,
            Begun::Waits(publish) => publish.await?,
        };
        if !matches!(confirm.await?, Confirmation::Ack(None)) {
            all = Sent::NotAll;
        }
    }
    Ok(all)
}

enum Begun<F> {
    Written(PublisherConfirm),
    Waits(F),
}

#[cfg(test)]
mod tests;

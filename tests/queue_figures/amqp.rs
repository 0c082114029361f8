//! Empty batches per second through a RabbitMQ, against what the same client does with a bare queue.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use futures_core::Stream;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions,
    ConfirmSelectOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, Consumer};
use tokio::runtime::Handle;

use crate::beat::Beats;
use crate::held;
use crate::lab::Lab;
use crate::rabbit_server::Server;
use crate::redis::{BODY, queue_at, runtime};
use crate::sample::Rounds;
use crate::store::{SLICE, SLOTS};
use crate::table::{Goal, Row};

const QUEUE: &str = "bare";
/// Written to disk.
const PERSISTENT: u8 = 2;

/// A queue, with a connection for each direction.
struct Bare {
    runtime: Handle,
    publisher: Channel,
    consumer: Mutex<Consumer>,
    /// They end with the last that holds them.
    _connections: [Connection; 2],
}

pub(crate) fn measure(lab: &Lab) -> Vec<Row> {
    let Some(server) = Server::start() else {
        return Vec::new();
    };
    let control = lab.store("amqp");
    let queued = Beats::start_queued(&control, SLOTS, queue_at(&server.address()));
    let bare = Bare::open(&server.address());
    let mut rounds = Rounds::default();
    for round in 0..lab.pick(40, 4) {
        rounds.take(
            round,
            || queued.slice(SLICE),
            || held::slice(&[(); SLOTS.get()], SLICE, |()| bare.one()),
        );
    }
    queued.stop();
    vec![Row {
        figure: format!(
            "empty Rust batches/s through RabbitMQ, one worker with {SLOTS} slots, against {SLOTS} threads that \
             publish to such a quorum queue, wait for the confirmation, take a message and acknowledge it, and commit \
             nothing"
        ),
        measured: rounds.told("/s"),
        value: rounds.times(),
        goal: Goal::AtLeast(0.5),
    }]
}

impl Bare {
    fn open(address: &str) -> Self {
        let runtime = runtime();
        let handle = runtime.handle().clone();
        let opened = runtime.block_on(open(address));
        let (publisher, consumer, connections) = opened.expect("the server does as it is told");
        std::thread::spawn(move || runtime.block_on(std::future::pending::<()>()));
        Self {
            runtime: handle,
            publisher,
            consumer: Mutex::new(consumer),
            _connections: connections,
        }
    }

    fn one(&self) {
        self.runtime.block_on(async {
            let published = self.publisher.basic_publish(
                "".into(),
                QUEUE.into(),
                BasicPublishOptions::default(),
                BODY.as_bytes(),
                BasicProperties::default().with_delivery_mode(PERSISTENT),
            );
            let confirmed = published.await.expect("the server takes it").await;
            assert!(confirmed.expect("the server answers").is_ack());
        });
        let delivery = {
            let mut consumer = self.consumer.lock().unwrap_or_else(PoisonError::into_inner);
            let next = poll_fn(|context| Pin::new(&mut *consumer).poll_next(context));
            self.runtime.block_on(next)
        };
        let delivery = delivery.expect("as many come as are published");
        let delivery = delivery.expect("the server answers");
        let told = self
            .runtime
            .block_on(delivery.ack(BasicAckOptions::default()));
        assert!(
            told.expect("the server takes it"),
            "it is acknowledged once"
        );
    }
}

async fn open(address: &str) -> lapin::Result<(Channel, Consumer, [Connection; 2])> {
    let publishing = Connection::connect(address, ConnectionProperties::default()).await?;
    let consuming = Connection::connect(address, ConnectionProperties::default()).await?;
    let publisher = publishing.create_channel().await?;
    publisher
        .confirm_select(ConfirmSelectOptions::default())
        .await?;
    let mut arguments = FieldTable::default();
    arguments.insert(
        "x-queue-type".into(),
        AMQPValue::LongString("quorum".into()),
    );
    publisher
        .queue_declare(QUEUE.into(), QueueDeclareOptions::durable(), arguments)
        .await?;
    let taking = consuming.create_channel().await?;
    let slots = u16::try_from(SLOTS.get()).expect("a few");
    taking.basic_qos(slots, BasicQosOptions::default()).await?;
    let consumer = taking
        .basic_consume(
            QUEUE.into(),
            "bare".into(),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        )
        .await?;
    Ok((publisher, consumer, [publishing, consuming]))
}

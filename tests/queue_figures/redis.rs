//! Empty batches per second through a Redis, against what the same client does with a bare stream and the same
//! store with a bare checkpoint.

use longhaul_common::broker_address::BrokerAddress;
use longhaul_common::spec::{Place, Queue};
use redis::aio::MultiplexedConnection;
use redis::{Client, Cmd, FromRedisValue, Value, cmd};
use tokio::runtime::{Handle, Runtime};

use crate::beat::Beats;
use crate::held::{self, Holder};
use crate::lab::Lab;
use crate::redis_server::Server;
use crate::sample::Rounds;
use crate::store::{SLICE, SLOTS};
use crate::table::{Goal, Row};

const STREAM: &str = "bare";
const GROUP: &str = "bare";
/// As long as a message of ours.
pub(crate) const BODY: &str = "longhaul 0199a5c8-0000-7000-8000-000000000000 123456";

/// A stream, and the connection that all who use it share.
struct Bare {
    runtime: Handle,
    connection: MultiplexedConnection,
}

pub(crate) fn measure(lab: &Lab) -> Vec<Row> {
    let Some(server) = Server::start() else {
        return Vec::new();
    };
    let control = lab.store("redis");
    let queued = Beats::start_queued(&control, SLOTS, queue_at(&server.address()));
    let bare = Bare::open(&server.address());
    let bare_store = lab.store("redis-bare");
    let holders = held::holders(bare_store.store(), SLOTS);
    let mut rounds = Rounds::default();
    for round in 0..lab.pick(40, 4) {
        rounds.take(
            round,
            || queued.slice(SLICE),
            || held::slice(&holders, SLICE, |holder| bare.one(holder)),
        );
    }
    queued.stop();
    vec![Row {
        figure: format!(
            "empty Rust batches/s through Redis, one worker with {SLOTS} slots, against {SLOTS} threads that XADD, \
             XREADGROUP and XACK over one connection and commit a checkpoint together"
        ),
        measured: rounds.told("/s"),
        value: rounds.times(),
        goal: Goal::AtLeast(0.5),
    }]
}

/// A queue at the broker of this address.
pub(crate) fn queue_at(address: &str) -> Queue {
    let address: BrokerAddress = address.parse().expect("a server has a right address");
    Queue {
        place: Place::Broker(address),
        ..Queue::default()
    }
}

impl Bare {
    fn open(address: &str) -> Self {
        let runtime = runtime();
        let client = Client::open(address).expect("a server has a right address");
        let connection = runtime
            .block_on(client.get_multiplexed_async_connection())
            .expect("the server answers");
        let bare = Self {
            runtime: runtime.handle().clone(),
            connection,
        };
        std::thread::spawn(move || runtime.block_on(std::future::pending::<()>()));
        let mut create = cmd("XGROUP");
        create.arg("CREATE").arg(STREAM).arg(GROUP).arg("0");
        bare.ask::<()>(create.arg("MKSTREAM"));
        bare
    }

    fn ask<T: FromRedisValue>(&self, command: &Cmd) -> T {
        let mut connection = self.connection.clone();
        let answer = self.runtime.block_on(command.query_async(&mut connection));
        answer.expect("the server answers")
    }

    fn one(&self, holder: &Holder) {
        self.ask::<()>(cmd("XADD").arg(STREAM).arg("*").arg("message").arg(BODY));
        let mut read = cmd("XREADGROUP");
        read.arg("GROUP").arg(GROUP).arg("worker");
        read.arg("COUNT").arg(1).arg("STREAMS").arg(STREAM).arg(">");
        let read: Value = self.ask(&read);
        let id = id_of(&read).expect("as many are read as are added");
        let gone: u64 = self.ask(cmd("XACK").arg(STREAM).arg(GROUP).arg(id));
        assert_eq!(gone, 1, "each is acknowledged once");
        holder.checkpoint();
    }
}

/// A connection's own, as the product has it.
pub(crate) fn runtime() -> Runtime {
    let built = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    built.expect("a runtime can be had")
}

/// The id of the first entry in an answer.
fn id_of(answer: &Value) -> Option<&[u8]> {
    match answer {
        Value::BulkString(id) if id.contains(&b'-') => Some(id),
        Value::Array(parts) => parts.iter().find_map(id_of),
        Value::Map(pairs) => pairs.iter().find_map(|(_, entries)| id_of(entries)),
        _ => None,
    }
}

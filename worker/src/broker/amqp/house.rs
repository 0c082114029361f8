//! The connections to one broker, shared by all tasks of the process that have their queues there.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::watch;

use super::connection::{Connection, Purpose};
use super::fault::Fault;
use super::link::Link;
use super::place::Place;
use crate::broker::patience::within;
use crate::broker::post::office;
use crate::broker::{BrokerError, PATIENCE};

/// A call gives up this much earlier than it must, so that it has come back by then on a busy machine.
const MARGIN: Duration = Duration::from_millis(250);

static HOUSES: Mutex<Option<HashMap<String, Weak<House>>>> = Mutex::new(None);

/// A broker, as this process knows it. Its connections end with the last task's queue there.
#[derive(Debug)]
pub(super) struct House {
    pub(super) place: Arc<Place>,
    pub(super) post: Handle,
    pub(super) publisher: Link,
    pub(super) consumer: Link,
    /// Counts queues that were found gone and made anew. A broker that sees that happen between two moments takes up
    /// the subscriptions to the old one by itself, and then delivers nothing by them.
    pub(super) remade: watch::Sender<u64>,
}

impl House {
    /// The one for this address.
    pub(super) fn at(address: &str) -> Result<Arc<Self>, BrokerError> {
        let place = Arc::new(place(address)?);
        let mut houses = HOUSES.lock().unwrap_or_else(PoisonError::into_inner);
        let houses = houses.get_or_insert_default();
        if let Some(house) = houses.get(address).and_then(Weak::upgrade) {
            return Ok(house);
        }
        houses.retain(|_, house| house.strong_count() > 0);
        let post = handle(&place)?;
        let house = Arc::new(Self {
            publisher: Link::new(Arc::clone(&place), Purpose::Publish, &post),
            consumer: Link::new(Arc::clone(&place), Purpose::Consume, &post),
            remade: watch::Sender::new(0),
            place,
            post,
        });
        houses.insert(address.to_owned(), Arc::downgrade(&house));
        Ok(house)
    }

    /// Asks through the link, and waits for the answer.
    pub(super) fn ask<T>(
        &self,
        link: &Link,
        deadline: Instant,
        question: impl AsyncFnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, BrokerError> {
        let ask = || {
            let connection = link.connection(deadline)?;
            let heard = connection.heard();
            let answer = within(deadline, question(&connection));
            if answer.is_none() && connection.heard() == heard {
                // Not a sign of life: who calls next is not to wait as long again.
                connection.hang_up();
            }
            answer.unwrap_or_else(|| Err(Fault::silence()))
        };
        ask().map_err(|fault| fault.at(&self.place))
    }
}

/// When a call that begins now gives up.
pub(super) fn deadline() -> Instant {
    Instant::now() + PATIENCE - MARGIN
}

/// Connects, authenticates, and hangs up.
pub(super) fn check(address: &str) -> Result<(), BrokerError> {
    let place = place(address)?;
    let post = handle(&place)?;
    let attempt = {
        let place = place.clone();
        let handle = post.clone();
        async move {
            let connection = Connection::open(&place, Purpose::Consume, handle).await?;
            let channel = connection.channel().await?;
            connection.put_back(channel);
            Ok(())
        }
    };
    // Sockets are opened where they are listened to.
    let mut attempt = post.spawn(attempt);
    let outcome = within(deadline(), &mut attempt);
    attempt.abort();
    match outcome {
        Some(Ok(outcome)) => outcome,
        Some(Err(_)) | None => Err(Fault::silence()),
    }
    .map_err(|fault: Fault| fault.at(&place))
}

fn place(address: &str) -> Result<Place, BrokerError> {
    Place::parse(address).map_err(|misread| BrokerError::Refused {
        // The address itself may hold a password, wherever it stands.
        broker: "the broker".to_owned(),
        what: match Fault::from(misread) {
            Fault::Refused(what) | Fault::Unreachable(what) | Fault::Full(what) => what,
        },
    })
}

fn handle(place: &Place) -> Result<Handle, BrokerError> {
    office().map_err(|error: io::Error| {
        Fault::Unreachable(format!("no thread can be started for it: {error}")).at(place)
    })
}

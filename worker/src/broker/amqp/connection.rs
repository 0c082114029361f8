//! One open connection.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use async_rs::Runtime;
use futures_core::Stream;
use lapin::options::ConfirmSelectOptions;
use lapin::{AsyncTcpStream, Channel, ConnectionProperties, Event};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::fault::Fault;
use super::greeting::generation;
use super::kit::Kit;
use super::place::Place;
use super::tls;
use super::wire::{Ear, Stream as Bytes, Wire};

/// How many channels that nobody uses are kept for the next calls.
const SPARE: usize = 8;

/// What a connection is for. The broker stops reading from one that publishes while it is out of memory or disk, so
/// nothing else goes through that one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Publish,
    Consume,
}

/// An open connection. Hangs up when dropped.
pub(super) struct Connection {
    client: lapin::Connection,
    ear: Arc<Ear>,
    purpose: Purpose,
    /// The first number of the server's version.
    pub(super) generation: Option<u32>,
    blocked: watch::Sender<Option<String>>,
    spare: Mutex<Vec<Channel>>,
}

impl Connection {
    /// Connects and authenticates. Dropped before it is done, it leaves nothing behind.
    pub(super) async fn open(
        place: &Place,
        purpose: Purpose,
        post: Handle,
    ) -> Result<Arc<Self>, Fault> {
        let (host, port) = place.socket();
        let unreachable = |error: io::Error| Fault::Unreachable(error.to_string());
        let stream = TcpStream::connect((host, port))
            .await
            .map_err(unreachable)?;
        stream.set_nodelay(true).map_err(unreachable)?;
        let stream = stream.into_std().map_err(unreachable)?;
        let socket = stream.try_clone().map_err(unreachable)?;
        let stream = TcpStream::from_std(stream).map_err(unreachable)?;
        let stream: Box<dyn Bytes> = if place.sealed() {
            Box::new(tls::seal(stream, host).await?)
        } else {
            Box::new(stream)
        };
        let (wire, ear) = Wire::new(stream, socket);
        let unused = HangUp(Arc::clone(&ear));
        let wire = Mutex::new(Some(wire));
        let give = async move |_, _| {
            let wire = wire.lock().unwrap_or_else(PoisonError::into_inner).take();
            // There is one, and another is not connected behind our back.
            wire.map(AsyncTcpStream::Plain).ok_or_else(|| {
                lapin::Error::from(io::Error::from(io::ErrorKind::ConnectionAborted))
            })
        };
        let name = format!("longhaul {} {purpose:?}", std::process::id());
        let properties = ConnectionProperties::default().with_connection_name(name.into());
        let runtime = Runtime::new(Kit::new(post));
        let client =
            lapin::Connection::connector(place.uri.clone(), runtime, give, properties).await?;
        std::mem::forget(unused);
        Ok(Arc::new(Self {
            client,
            generation: generation(&ear.greeting()),
            ear,
            purpose,
            blocked: watch::Sender::new(None),
            spare: Mutex::default(),
        }))
    }

    /// A channel that nobody else uses meanwhile. One that something went wrong on is not given back, and closes.
    pub(super) async fn channel(&self) -> Result<Channel, lapin::Error> {
        while let Some(channel) = self.spare().pop() {
            if channel.status().connected() {
                return Ok(channel);
            }
        }
        let channel = self.client.create_channel().await?;
        if self.purpose == Purpose::Publish {
            channel
                .confirm_select(ConfirmSelectOptions::default())
                .await?;
        }
        Ok(channel)
    }

    /// Gives a channel back on which nothing is under way.
    pub(super) fn put_back(&self, channel: Channel) {
        let mut spare = self.spare();
        if spare.len() < SPARE {
            spare.push(channel);
        }
    }

    /// Whether it can still be used. One that can't is ended for all: the client, told to close it, may wait for ever
    /// for a word of the other end.
    pub(super) fn is_open(&self) -> bool {
        let open = self.client.status().connected();
        if !open {
            self.hang_up();
        }
        open && !self.ear.is_over()
    }

    /// How many bytes came so far.
    pub(super) fn heard(&self) -> u64 {
        self.ear.heard()
    }

    /// Ends it at once, whether anybody answers or not.
    pub(super) fn hang_up(&self) {
        self.ear.hang_up();
    }

    /// Waits until it is over.
    pub(super) async fn over(&self) {
        self.ear.over().await;
    }

    /// Why the broker takes no messages now; waits as long as it takes them.
    pub(super) async fn blocked(&self) -> String {
        let mut blocked = self.blocked.subscribe();
        let reason = blocked.wait_for(Option::is_some).await;
        // The sender lives as long as we do.
        reason
            .map(|reason| reason.clone().unwrap_or_default())
            .unwrap_or_default()
    }

    /// Listens until it is over; says why it is.
    pub(super) async fn attend(&self) -> Fault {
        let mut events: Pin<Box<dyn Stream<Item = Event> + Send>> =
            Box::pin(self.client.events_listener());
        let mut last = None;
        loop {
            let event = std::future::poll_fn(|context| events.as_mut().poll_next(context));
            let event = tokio::select! {
                biased;
                event = event => event,
                () = self.over() => None,
            };
            match event {
                Some(Event::ConnectionBlocked(reason)) => {
                    self.blocked.send_replace(Some(reason));
                }
                Some(Event::ConnectionUnblocked) => {
                    self.blocked.send_replace(None);
                }
                // Of a channel too, perhaps; what ended the connection comes last.
                Some(Event::Error(error)) => {
                    last = Some(error);
                    self.is_open();
                }
                Some(_) => {}
                None => break,
            }
        }
        let said = last.map(Fault::from);
        match said {
            Some(fault @ Fault::Unreachable(_)) => fault,
            _ => Fault::Unreachable("the connection broke".to_owned()),
        }
    }

    fn spare(&self) -> std::sync::MutexGuard<'_, Vec<Channel>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("purpose", &self.purpose)
            .finish_non_exhaustive()
    }
}

/// The client's thread waits for the other end until it is told that there is none.
struct HangUp(Arc<Ear>);

impl Drop for HangUp {
    fn drop(&mut self) {
        self.0.hang_up();
    }
}

//! The connection to one Redis that all queues there share in this process: made when it is first needed, made anew
//! when it broke.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use longhaul_common::broker_address::BrokerAddress;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ErrorKind, PushInfo, PushKind, RedisResult, Value};
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::bells::{Bell, Bells, lock};
use super::client::client;
use super::trouble::Trouble;
use crate::broker::{BrokerError, PATIENCE, post};

/// How long a connection may take. Less than a call, so that whoever waits learns why there is none.
const CONNECT: Duration = Duration::from_millis(3500);
/// How long an answer may take until the connection counts as broken, and the call is over.
const ANSWER: Duration = PATIENCE.saturating_sub(Duration::from_millis(500));
/// How long to wait after a connection broke, or was not to be had; doubled each time.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// All connections of this process.
static LINKS: Mutex<Option<HashMap<BrokerAddress, Weak<Link>>>> = Mutex::new(None);

/// The connection to one Redis.
pub(super) struct Link {
    /// The address, without its password.
    name: String,
    client: Client,
    office: Handle,
    state: watch::Sender<State>,
    bells: Bells,
    lines: AtomicU64,
    /// The last line that was heard to break. It may do so before anybody knows that it was made.
    dead: AtomicU64,
}

#[derive(Clone)]
enum State {
    /// Nobody has needed it yet.
    Idle,
    /// Being made; after trouble nobody waits for it.
    Connecting {
        after: Option<Trouble>,
    },
    Up(Line),
    Down {
        trouble: Trouble,
        pause: Duration,
        until: Instant,
    },
}

/// A connection that was made.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) connection: MultiplexedConnection,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Link {
    /// The connection to this address that everybody shares.
    pub(super) fn shared(address: &BrokerAddress) -> Result<Arc<Self>, BrokerError> {
        let mut links = lock(&LINKS);
        let links = links.get_or_insert_default();
        if let Some(link) = links.get(address).and_then(Weak::upgrade) {
            return Ok(link);
        }
        let link = Self::alone(address)?;
        links.retain(|_, link| link.strong_count() > 0);
        links.insert(address.clone(), Arc::downgrade(&link));
        Ok(link)
    }

    /// A connection of its own.
    pub(super) fn alone(address: &BrokerAddress) -> Result<Arc<Self>, BrokerError> {
        let name = address.to_string();
        let client = client(address).map_err(|trouble| trouble.at(&name))?;
        let office = post::office().map_err(|error| {
            Trouble::Unreachable(format!("no thread can be started: {error}")).at(&name)
        })?;
        Ok(Arc::new(Self {
            name,
            client,
            office,
            state: watch::Sender::new(State::Idle),
            bells: Bells::default(),
            lines: AtomicU64::new(0),
            dead: AtomicU64::new(0),
        }))
    }

    /// Does `work` on the connection, and waits for what comes of it.
    pub(super) fn call<T, W>(
        self: &Arc<Self>,
        work: impl FnOnce(MultiplexedConnection) -> W + Send + 'static,
    ) -> Result<T, BrokerError>
    where
        T: Send + 'static,
        W: Future<Output = RedisResult<T>> + Send,
    {
        self.ask(async move |line| work(line.connection).await)
            .map_err(|trouble| trouble.at(&self.name))
    }

    fn ask<T, W>(
        self: &Arc<Self>,
        work: impl FnOnce(Line) -> W + Send + 'static,
    ) -> Result<T, Trouble>
    where
        T: Send + 'static,
        W: Future<Output = RedisResult<T>> + Send,
    {
        let link = Arc::clone(self);
        let used = Arc::new(AtomicU64::new(0));
        let using = Arc::clone(&used);
        let worked = post::wait(&self.office, ANSWER, async move {
            let line = link.line().await?;
            let number = line.number;
            using.store(number, Ordering::Relaxed);
            link.judge(number, work(line).await)
        });
        worked.unwrap_or_else(|| {
            let trouble = Trouble::silent(ANSWER);
            self.broke(used.load(Ordering::Relaxed), &trouble);
            Err(trouble)
        })
    }

    /// Has `work` done on the connection, if there is one. Nobody waits for what comes of it.
    pub(super) fn post<W>(
        self: &Arc<Self>,
        work: impl FnOnce(MultiplexedConnection) -> W + Send + 'static,
    ) where
        W: Future<Output = RedisResult<()>> + Send,
    {
        let link = Arc::clone(self);
        self.office.spawn(async move {
            if let Ok(line) = link.line().await {
                // What a call would be told; the connection is made anew all the same.
                let _ = link.judge(line.number, work(line.connection).await);
            }
        });
    }

    /// From now on `bell` rings for what comes on the channel. Only a refusal is an error: a connection that broke
    /// is made anew as long as a bell hangs.
    pub(super) fn hang(
        self: &Arc<Self>,
        channel: &Arc<str>,
        bell: Arc<Bell>,
    ) -> Result<(), BrokerError> {
        self.bells.hang(channel, bell);
        let link = Arc::clone(self);
        match self.ask(async move |line| link.bells.settle(&line).await) {
            Err(trouble @ Trouble::Refused(_)) => Err(trouble.at(&self.name)),
            Err(Trouble::Unreachable(_) | Trouble::Full(_)) => {
                self.retry();
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// The bell rings no more.
    pub(super) fn take_down(self: &Arc<Self>, channel: &Arc<str>, bell: &Arc<Bell>) {
        self.bells.take_down(channel, bell);
        let link = Arc::clone(self);
        self.office.spawn(async move {
            let State::Up(line) = link.state.borrow().clone() else {
                return;
            };
            let _ = link.judge(line.number, link.bells.settle(&line).await);
        });
    }

    /// The error for a server of a version that lacks what is needed.
    pub(super) fn refuses(&self, version: &str) -> BrokerError {
        Trouble::too_old(version).at(&self.name)
    }

    /// Rings from the connection's thread, whatever the caller holds.
    pub(super) fn ring(&self, bell: &Arc<Bell>) {
        let bell = Arc::clone(bell);
        self.office.spawn(async move { bell.ring() });
    }

    /// The connection. Waits while it is made for the first time; while it is down, fails at once.
    async fn line(self: &Arc<Self>) -> Result<Line, Trouble> {
        let mut state = self.state.subscribe();
        let mut asked = false;
        loop {
            match &*state.borrow_and_update() {
                State::Up(line) => return Ok(line.clone()),
                State::Connecting { after: None } => {}
                State::Connecting { after: Some(_) } if asked => {}
                State::Connecting {
                    after: Some(trouble),
                } => return Err(trouble.clone()),
                State::Down { trouble, until, .. } if asked || Instant::now() < *until => {
                    return Err(trouble.clone());
                }
                State::Idle | State::Down { .. } => {
                    asked = true;
                }
            }
            if asked {
                self.begin();
            }
            if state.changed().await.is_err() {
                unreachable!("we hold its sender");
            }
        }
    }

    /// Begins to connect, if nobody does and it is time.
    fn begin(self: &Arc<Self>) {
        let mut begun = None;
        self.state.send_if_modified(|state| {
            let (after, pause) = match state {
                State::Idle => (None, FIRST_PAUSE),
                State::Down {
                    trouble,
                    pause,
                    until,
                } if *until <= Instant::now() => {
                    (Some(trouble.clone()), (*pause * 2).min(LONGEST_PAUSE))
                }
                State::Down { .. } | State::Connecting { .. } | State::Up(_) => return false,
            };
            *state = State::Connecting { after };
            begun = Some(pause);
            true
        });
        if let Some(pause) = begun {
            self.office.spawn(Arc::clone(self).connect(pause));
        }
    }

    async fn connect(self: Arc<Self>, pause: Duration) {
        match tokio::time::timeout(CONNECT, self.new_line()).await {
            Ok(Ok(line)) => {
                let number = line.number;
                self.state.send_replace(State::Up(line));
                self.bells.all();
                if self.dead.load(Ordering::Relaxed) >= number {
                    self.broke(number, &Trouble::broken());
                }
            }
            Ok(Err(error)) => self.down(Trouble::of(&error), pause),
            Err(_) => self.down(Trouble::silent(CONNECT), pause),
        }
    }

    async fn new_line(self: &Arc<Self>) -> RedisResult<Line> {
        let number = self.lines.fetch_add(1, Ordering::Relaxed) + 1;
        let link = Arc::downgrade(self);
        let config = AsyncConnectionConfig::new()
            // Time is kept for whole calls.
            .set_connection_timeout(None)
            .set_response_timeout(None)
            .set_push_sender(move |push| {
                link.upgrade()
                    .map(|link| link.heard(number, &push))
                    .ok_or(())
            });
        let connection = self
            .client
            .get_multiplexed_async_connection_with_config(&config)
            .await?;
        let line = Line { number, connection };
        self.bells.settle(&line).await?;
        Ok(line)
    }

    fn heard(self: &Arc<Self>, number: u64, push: &PushInfo) {
        match (&push.kind, push.data.first()) {
            (PushKind::Message, Some(Value::BulkString(channel))) => {
                if let Ok(channel) = str::from_utf8(channel) {
                    self.bells.came(channel);
                }
            }
            (PushKind::Disconnection, _) => {
                self.dead.fetch_max(number, Ordering::Relaxed);
                self.broke(number, &Trouble::broken());
            }
            _ => {}
        }
    }

    /// Sees whether the connection survived what came of a work.
    fn judge<T>(self: &Arc<Self>, line: u64, outcome: RedisResult<T>) -> Result<T, Trouble> {
        outcome.map_err(|error| {
            let trouble = Trouble::of(&error);
            // An answer of another kind was somebody else's, and so will be those that follow.
            let astray = error.kind() == ErrorKind::UnexpectedReturnType;
            if error.is_io_error() || error.is_unrecoverable_error() || astray {
                self.broke(line, &trouble);
            }
            trouble
        })
    }

    /// This line is of no use any more. Another one, made meanwhile, stays.
    fn broke(self: &Arc<Self>, number: u64, trouble: &Trouble) {
        let is_ours = |state: &State| matches!(state, State::Up(line) if line.number == number);
        let mut old = None;
        self.state.send_if_modified(|state| {
            if is_ours(state) {
                let down = State::Down {
                    trouble: trouble.clone(),
                    pause: FIRST_PAUSE / 2,
                    until: Instant::now() + FIRST_PAUSE,
                };
                old = Some(std::mem::replace(state, down));
            }
            old.is_some()
        });
        if old.is_some() {
            self.bells.all();
            self.retry();
        }
    }

    fn down(self: &Arc<Self>, trouble: Trouble, pause: Duration) {
        self.state.send_replace(State::Down {
            trouble,
            pause,
            until: Instant::now() + pause,
        });
        self.retry();
    }

    /// Connects again once it is time, while somebody waits for messages.
    fn retry(self: &Arc<Self>) {
        let until = match &*self.state.borrow() {
            State::Down { until, .. } if !self.bells.is_empty() => *until,
            State::Idle | State::Connecting { .. } | State::Up(_) | State::Down { .. } => return,
        };
        let link = Arc::downgrade(self);
        self.office.spawn(async move {
            tokio::time::sleep_until(until.into()).await;
            if let Some(link) = link.upgrade()
                && !link.bells.is_empty()
            {
                link.begin();
            }
        });
    }
}

//! Keeps a connection: made when first needed, and made anew when it breaks, with growing pauses, as long as a mailbox
//! is open or somebody asks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

use super::connection::{Connection, Purpose};
use super::fault::Fault;
use super::place::Place;
use crate::broker::PATIENCE;
use crate::broker::patience::within;

/// The first pause after an attempt that failed, and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How long a call waits for an attempt when the one before failed.
const DOUBT: Duration = Duration::from_millis(500);

/// Where a connection stands.
#[derive(Clone, Debug)]
pub(super) enum Standing {
    /// Not needed yet; or it broke, and the next attempt is under way or waits to be asked for.
    None(Option<Fault>),
    /// There is one.
    Up(Arc<Connection>),
    /// The last attempt failed.
    Failed {
        /// Why.
        fault: Fault,
        /// Whether the pause after it lasts. While it does nobody need ask.
        resting: bool,
    },
}

/// A connection that is kept.
#[derive(Debug)]
pub(super) struct Link {
    shared: Arc<Shared>,
    keeper: AbortHandle,
}

#[derive(Debug)]
struct Shared {
    place: Arc<Place>,
    purpose: Purpose,
    post: Handle,
    standing: watch::Sender<Standing>,
    asked: AtomicBool,
    mailboxes: AtomicUsize,
    demand: Notify,
}

impl Link {
    /// Doesn't connect yet.
    pub(super) fn new(place: Arc<Place>, purpose: Purpose, post: &Handle) -> Self {
        let shared = Arc::new(Shared {
            place,
            purpose,
            post: post.clone(),
            standing: watch::Sender::new(Standing::None(None)),
            asked: AtomicBool::new(false),
            mailboxes: AtomicUsize::new(0),
            demand: Notify::new(),
        });
        let keeper = post.spawn(keep(Arc::clone(&shared))).abort_handle();
        Self { shared, keeper }
    }

    /// The connection. While there is none and the last attempt failed just now, fails at once.
    pub(super) fn connection(&self, deadline: Instant) -> Result<Arc<Connection>, Fault> {
        let mut standing = self.shared.standing.subscribe();
        let seen = standing.borrow_and_update().clone();
        let (until, otherwise) = match seen {
            Standing::Up(connection) if connection.is_open() => return Ok(connection),
            Standing::Up(_) => (deadline, Fault::silence()),
            Standing::None(fault) => (deadline, fault.unwrap_or_else(Fault::silence)),
            Standing::Failed {
                fault,
                resting: true,
            } => return Err(fault),
            Standing::Failed {
                fault,
                resting: false,
            } => (deadline.min(Instant::now() + DOUBT), fault),
        };
        self.shared.asked.store(true, Ordering::Relaxed);
        self.shared.demand.notify_one();
        loop {
            let Some(Ok(())) = within(until, standing.changed()) else {
                return Err(otherwise);
            };
            match standing.borrow_and_update().clone() {
                Standing::Up(connection) if connection.is_open() => return Ok(connection),
                Standing::Failed {
                    fault,
                    resting: true,
                } => return Err(fault),
                _ => {}
            }
        }
    }

    /// Where it stands, for who waits for changes of it.
    pub(super) fn standing(&self) -> watch::Receiver<Standing> {
        self.shared.standing.subscribe()
    }

    /// As long as what this gives lives the connection is wanted.
    pub(super) fn wanted(&self) -> Wanted {
        self.shared.mailboxes.fetch_add(1, Ordering::Relaxed);
        self.shared.demand.notify_one();
        Wanted(Arc::clone(&self.shared))
    }
}

/// Ends the connection in good order.
impl Drop for Link {
    fn drop(&mut self) {
        self.keeper.abort();
        self.shared.standing.send_replace(Standing::None(None));
    }
}

/// See [`Link::wanted`].
#[derive(Debug)]
pub(super) struct Wanted(Arc<Shared>);

impl Drop for Wanted {
    fn drop(&mut self) {
        self.0.mailboxes.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn keep(shared: Arc<Shared>) {
    let mut pause = FIRST_PAUSE;
    loop {
        while shared.mailboxes.load(Ordering::Relaxed) == 0
            && !shared.asked.swap(false, Ordering::Relaxed)
        {
            shared.demand.notified().await;
        }
        let attempt = Connection::open(&shared.place, shared.purpose, shared.post.clone());
        let attempt = match timeout(PATIENCE, attempt).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Fault::silence()),
        };
        match attempt {
            Ok(connection) => {
                pause = FIRST_PAUSE;
                shared.asked.store(false, Ordering::Relaxed);
                shared
                    .standing
                    .send_replace(Standing::Up(Arc::clone(&connection)));
                let fault = connection.attend().await;
                shared.standing.send_replace(Standing::None(Some(fault)));
            }
            Err(fault) => {
                let failed = |resting| Standing::Failed {
                    fault: fault.clone(),
                    resting,
                };
                shared.standing.send_replace(failed(true));
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
                // Who asked during the pause was answered.
                shared.asked.store(false, Ordering::Relaxed);
                if shared.mailboxes.load(Ordering::Relaxed) == 0 {
                    shared.standing.send_replace(failed(false));
                }
            }
        }
    }
}

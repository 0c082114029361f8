//! Who in this process wants to hear of which stream.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::mem::take;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redis::RedisResult;

use super::link::Line;

/// How many channels are subscribed to in one command.
const AT_ONCE: usize = 1000;

/// Wakes the seats that wait at one mailbox.
pub(super) struct Bell {
    ring: Arc<dyn Fn() + Send + Sync>,
    waiting: Mutex<Waiting>,
}

struct Waiting {
    seats: usize,
    /// Whether a message may be there: one came, or one was there when the stream was last read.
    maybe: bool,
    arrivals: u64,
}

/// How often something had come when the stream was about to be read.
#[derive(Clone, Copy)]
pub(super) struct Before(u64);

impl fmt::Debug for Bell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bell").finish_non_exhaustive()
    }
}

impl Bell {
    pub(super) fn new(ring: Arc<dyn Fn() + Send + Sync>) -> Self {
        let waiting = Mutex::new(Waiting {
            seats: 0,
            maybe: true,
            arrivals: 0,
        });
        Self { ring, waiting }
    }

    /// As many seats wait now. Says whether they should be woken at once.
    pub(super) fn want(&self, seats: usize) -> bool {
        let mut waiting = self.waiting();
        let more = seats > waiting.seats;
        waiting.seats = seats;
        more && waiting.maybe
    }

    pub(super) fn before_reading(&self) -> Before {
        Before(self.waiting().arrivals)
    }

    /// Nothing was there. What has come since `before` may have come after the look.
    pub(super) fn found_none(&self, before: Before) {
        let mut waiting = self.waiting();
        waiting.maybe = waiting.arrivals != before.0;
    }

    pub(super) fn ring(&self) {
        (self.ring)();
    }

    /// A message may have come.
    fn came(&self) {
        if self.note().seats > 0 {
            self.ring();
        }
    }

    /// The connection broke or is back: of interest to whoever waits for it, too.
    fn always(&self) {
        drop(self.note());
        self.ring();
    }

    fn note(&self) -> MutexGuard<'_, Waiting> {
        let mut waiting = self.waiting();
        waiting.maybe = true;
        waiting.arrivals += 1;
        waiting
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        lock(&self.waiting)
    }
}

/// The bells of all mailboxes of one connection, and the channels it is subscribed to for them.
#[derive(Debug, Default)]
pub(super) struct Bells {
    hung: Mutex<Hung>,
    /// Held while the server is told, so that what it was told last is what is wanted.
    heard: tokio::sync::Mutex<Heard>,
}

#[derive(Debug, Default)]
struct Hung {
    by_channel: HashMap<Arc<str>, Vec<Arc<Bell>>>,
    /// Channels of which the server may have to be told.
    changed: Vec<Arc<str>>,
}

#[derive(Debug, Default)]
struct Heard {
    line: u64,
    channels: HashSet<Arc<str>>,
}

impl Bells {
    pub(super) fn hang(&self, channel: &Arc<str>, bell: Arc<Bell>) {
        let mut hung = lock(&self.hung);
        let bells = hung.by_channel.entry(Arc::clone(channel)).or_default();
        bells.push(bell);
        hung.changed.push(Arc::clone(channel));
    }

    pub(super) fn take_down(&self, channel: &Arc<str>, bell: &Arc<Bell>) {
        let mut hung = lock(&self.hung);
        if let Some(bells) = hung.by_channel.get_mut(channel) {
            bells.retain(|other| !Arc::ptr_eq(other, bell));
            if bells.is_empty() {
                hung.by_channel.remove(channel);
            }
        }
        hung.changed.push(Arc::clone(channel));
    }

    pub(super) fn is_empty(&self) -> bool {
        lock(&self.hung).by_channel.is_empty()
    }

    /// Something came on a channel.
    pub(super) fn came(&self, channel: &str) {
        let bells = lock(&self.hung).by_channel.get(channel).cloned();
        for bell in bells.unwrap_or_default() {
            bell.came();
        }
    }

    /// The connection broke or is back.
    pub(super) fn all(&self) {
        let bells: Vec<_> = lock(&self.hung)
            .by_channel
            .values()
            .flatten()
            .cloned()
            .collect();
        for bell in bells {
            bell.always();
        }
    }

    /// Subscribes to what is wanted and leaves what is not, on a line that may be new.
    pub(super) async fn settle(&self, line: &Line) -> RedisResult<()> {
        let mut heard = self.heard.lock().await;
        if heard.line > line.number {
            // Newer news have been told on a newer line.
            return Ok(());
        }
        if heard.line < line.number {
            heard.line = line.number;
            heard.channels.clear();
            let mut hung = lock(&self.hung);
            hung.changed = hung.by_channel.keys().cloned().collect();
        }
        let (wanted, unwanted) = self.news(&heard.channels);
        let mut connection = line.connection.clone();
        for channels in wanted.chunks(AT_ONCE) {
            if let Err(error) = connection.subscribe(names(channels)).await {
                let mut hung = lock(&self.hung);
                hung.changed.extend_from_slice(&wanted);
                hung.changed.extend(unwanted);
                return Err(error);
            }
            heard.channels.extend(channels.iter().cloned());
        }
        for channels in unwanted.chunks(AT_ONCE) {
            connection.unsubscribe(names(channels)).await?;
            for channel in channels {
                heard.channels.remove(channel);
            }
        }
        Ok(())
    }

    fn news(&self, heard: &HashSet<Arc<str>>) -> (Vec<Arc<str>>, Vec<Arc<str>>) {
        let mut hung = lock(&self.hung);
        let mut changed = take(&mut hung.changed);
        changed.sort_unstable();
        changed.dedup();
        changed
            .into_iter()
            .filter(|channel| hung.by_channel.contains_key(channel) != heard.contains(channel))
            .partition(|channel| hung.by_channel.contains_key(channel))
    }
}

fn names(channels: &[Arc<str>]) -> Vec<&str> {
    channels.iter().map(AsRef::as_ref).collect()
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

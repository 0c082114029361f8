//! Retention: tasks that ended long ago, or before many others did, are pruned by a worker as it goes. It sleeps
//! until a task becomes too old, or until it is told that one ended here.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use longhaul_common::control::{Control, Swept};
use longhaul_common::id::{TaskNumber, WorkerNumber};
use longhaul_common::prune::Choice;
use longhaul_common::store::{Forget, StoreError};
use longhaul_common::time::Timestamp;

use crate::failure::chain;
use crate::notices::Notices;

/// Tasks that end elsewhere are seen at the latest so much later.
const AT_LATEST: Duration = Duration::from_secs(60 * 60);
/// Two looks are so far apart at least.
const PAUSE: Duration = Duration::from_secs(1);
/// A look at very many tasks takes at most one part in so many of the time.
const SHARE: u32 = 50;
/// After a look that failed.
const AGAIN: Duration = Duration::from_secs(60);

/// How long tasks that have ended are kept. What either of both says goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// Those that ended longer ago go.
    pub age: Option<Duration>,
    /// Of all that have ended so many stay, the last that did.
    pub count: Option<usize>,
}

impl Retention {
    /// Whether anything ever goes.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.age.is_some() || self.count.is_some()
    }

    fn choices(&self) -> impl Iterator<Item = Choice> {
        let by_age = self.age.map(|age| Choice {
            older_than: Some(age),
            ..Choice::default()
        });
        let by_count = self.count.map(|count| Choice {
            keep: Some(count),
            ..Choice::default()
        });
        by_age.into_iter().chain(by_count)
    }
}

/// Tells retention that a task may have ended. Dropped, it ends it.
pub(crate) type Ended = Sender<()>;

pub(crate) fn start(
    retention: Retention,
    control: Control,
    worker: WorkerNumber,
    notices: Notices,
) -> std::io::Result<Ended> {
    let (sender, receiver) = channel();
    let keeper = Keeper {
        retention,
        control,
        worker,
        notices,
        troubled: false,
    };
    std::thread::Builder::new()
        .name("retention".into())
        .spawn(move || keeper.run(&receiver))?;
    Ok(sender)
}

struct Keeper {
    retention: Retention,
    control: Control,
    worker: WorkerNumber,
    notices: Notices,
    troubled: bool,
}

impl Keeper {
    fn run(mut self, ended: &Receiver<()>) {
        loop {
            let began = Instant::now();
            let due = match self.look() {
                Ok(due) => {
                    self.troubled = false;
                    due
                }
                Err(error) => {
                    self.trouble(&chain(&error));
                    AGAIN
                }
            };
            let pause = PAUSE.max(began.elapsed() * SHARE);
            if pass(ended, began + due.max(pause), began + pause).is_err() {
                return;
            }
        }
    }

    /// Prunes what is to go; gives how long nothing more will be.
    fn look(&mut self) -> Result<Duration, StoreError> {
        let ended = self.control.store().ended()?;
        let now = Timestamp::now();
        let mut tasks: Vec<TaskNumber> = self
            .retention
            .choices()
            .flat_map(|choice| choice.of(&ended, now))
            .collect();
        tasks.sort_unstable();
        tasks.dedup();
        let forget = Forget {
            worker: Some(self.worker),
            reason: Some("retention".into()),
            events_before: self.retention.age.map(|age| now.before(age)),
            ..Forget::default()
        };
        let mut left = Vec::new();
        self.control
            .prune(&tasks, forget, |swept: Swept| left.extend(swept.files))?;
        if let Some(error) = left.first() {
            self.trouble(&chain(error));
        }
        let next = self
            .retention
            .choices()
            .filter_map(|choice| choice.due(&ended, now));
        let due = next.min().map(|at| at.since(now));
        Ok(due.unwrap_or(AT_LATEST).min(AT_LATEST))
    }

    /// Says once what is wrong, until it works again.
    fn trouble(&mut self, what: &str) {
        if !std::mem::replace(&mut self.troubled, true) {
            self.notices
                .tell(&format!("tasks that have ended can't be pruned: {what}"));
        }
    }
}

/// Lets the time pass until `due`, or until something ended, but not before `earliest`.
///
/// # Errors
/// The worker has ended.
fn pass(ended: &Receiver<()>, due: Instant, earliest: Instant) -> Result<(), RecvTimeoutError> {
    let mut due = due;
    loop {
        let left = due.saturating_duration_since(Instant::now());
        match ended.recv_timeout(left) {
            Ok(()) => due = earliest,
            Err(RecvTimeoutError::Timeout) => return Ok(()),
            Err(error @ RecvTimeoutError::Disconnected) => return Err(error),
        }
    }
}

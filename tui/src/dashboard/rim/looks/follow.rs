//! Logs that grow while somebody looks.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use longhaul_common::bell::{FileFollower, TICK, Watching};
use longhaul_common::id::TaskNumber;
use longhaul_common::task_log::{self, Chunk, LogError, LogReader, Seam};
use longhaul_worker::report::in_one_line;

use super::super::told::{Gone, Teller};
use crate::dashboard::message::News;
use crate::dashboard::reading::{LogNews, LogPart};

/// A log that is followed is read at most so often.
pub(super) const OFTEN: Duration = Duration::from_millis(50);

/// A log that is listened to says at most so often that it grew.
pub(super) const SELDOM: Duration = Duration::from_millis(250);

/// So many lines are read at a time, from the end or back from a place.
pub(super) const LINES: usize = 2000;

/// Hears when a log changes.
pub(super) struct Ears {
    store_dir: PathBuf,
    task: TaskNumber,
    file: FileFollower,
    /// Raised by the file, lowered when it was heard.
    raised: Arc<AtomicBool>,
    on_change: Arc<dyn Fn() + Send + Sync>,
    pause: Duration,
    /// When it was last said.
    said: Instant,
}

impl Ears {
    pub(super) fn new(
        store_dir: &Path,
        task: TaskNumber,
        pause: Duration,
        on_change: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        let raised = Arc::new(AtomicBool::new(false));
        let on_change: Arc<dyn Fn() + Send + Sync> = Arc::new(on_change);
        Self {
            store_dir: store_dir.to_owned(),
            task,
            file: listen(store_dir, task, &raised, &on_change),
            raised,
            on_change,
            pause,
            said: Instant::now(),
        }
    }

    pub(super) fn task(&self) -> TaskNumber {
        self.task
    }

    /// When it is due without being told of; None: once the file says so.
    pub(super) fn due(&self) -> Option<Instant> {
        if self.raised.load(Ordering::Acquire) {
            return Some(self.said + self.pause);
        }
        match self.file.watching() {
            Watching::Notified => None,
            Watching::TickOnly(_) => Some(self.said + TICK),
        }
    }

    /// Whether the log may have changed since it was last said, and it is time to say so.
    pub(super) fn take(&mut self) -> bool {
        if self.due().is_none_or(|due| due > Instant::now()) {
            return false;
        }
        self.said = Instant::now();
        // Lowered before the log is read: what comes meanwhile raises it again.
        self.raised.store(false, Ordering::Release);
        // The folder of the logs is made with the first log: without it nothing was watched.
        if matches!(self.file.watching(), Watching::TickOnly(_)) {
            self.file = listen(&self.store_dir, self.task, &self.raised, &self.on_change);
        }
        true
    }
}

fn listen(
    store_dir: &Path,
    task: TaskNumber,
    raised: &Arc<AtomicBool>,
    on_change: &Arc<dyn Fn() + Send + Sync>,
) -> FileFollower {
    let (raised, on_change) = (Arc::clone(raised), Arc::clone(on_change));
    FileFollower::start(&task_log::path(store_dir, task), move || {
        if !raised.swap(true, Ordering::AcqRel) {
            on_change();
        }
    })
}

/// Reads a log on as it grows.
pub(super) struct Follower {
    ears: Ears,
    reader: LogReader,
    /// Where to read on; None before its end was read.
    place: Option<u64>,
    /// Whether it was said that it can't be read.
    failed: bool,
}

impl Follower {
    pub(super) fn new(store_dir: &Path, task: TaskNumber, ears: Ears) -> Self {
        Self {
            ears,
            reader: LogReader::new(store_dir, task),
            place: None,
            failed: false,
        }
    }

    fn task(&self) -> TaskNumber {
        self.ears.task
    }

    pub(super) fn due(&self) -> Option<Instant> {
        if self.failed {
            return Some(self.ears.said + TICK);
        }
        self.ears.due()
    }

    /// Reads what there is, if that is due.
    pub(super) fn look(&mut self, teller: &Teller) -> Result<(), Gone> {
        let again = self.failed && self.due().is_some_and(|due| due <= Instant::now());
        let grown = self.ears.take();
        if self.place.is_some() && !grown && !again {
            return Ok(());
        }
        if self.failed && !again {
            return Ok(());
        }
        self.ears.said = Instant::now();
        match self.read(teller)? {
            Ok(()) => self.failed = false,
            Err(error) => {
                self.failed = true;
                teller.news(News::LogUnread(self.task(), in_one_line(&error)))?;
            }
        }
        Ok(())
    }

    fn read(&mut self, teller: &Teller) -> Result<Result<(), LogError>, Gone> {
        let mut place = match self.place {
            Some(place) => place,
            None => {
                let end = match self.reader.tail(LINES) {
                    Ok(end) => end,
                    Err(error) => return Ok(Err(error)),
                };
                self.tell(teller, LogPart::End, &end)?
            }
        };
        loop {
            let chunk = match self.reader.read_from(place) {
                Ok(chunk) => chunk,
                Err(error) => return Ok(Err(error)),
            };
            if chunk.bytes.is_empty() && chunk.seam == Seam::Joined {
                return Ok(Ok(()));
            }
            place = self.tell(teller, LogPart::Appended(chunk.seam), &chunk)?;
        }
    }

    fn tell(&mut self, teller: &Teller, part: LogPart, chunk: &Chunk) -> Result<u64, Gone> {
        self.place = Some(chunk.next);
        teller.news(News::Log(LogNews {
            task: self.task(),
            part,
            bytes: chunk.bytes.clone(),
            next: chunk.next,
        }))?;
        Ok(chunk.next)
    }
}

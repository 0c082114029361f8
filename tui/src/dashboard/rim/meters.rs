//! The thread that measures what tasks and workers use, as long as that is on the screen.

use std::collections::BTreeMap;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use longhaul_common::batch_lock::{BatchRecord, BatchRecords};
use longhaul_common::control::Control;
use longhaul_common::id::TaskNumber;
use longhaul_common::usage::{Sample, Used};

use super::desk::Desk;
use super::told::{Gone, Teller};
use crate::dashboard::message::News;
use crate::dashboard::model::{Measured, Metered};

/// It is measured no more often.
const PAUSE: Duration = Duration::from_secs(2);

/// A look at all processes of a crowded machine may take long: it rests so many times as long, so
/// that it never takes more than half a percent of a core.
const RESTS: u32 = 200;

/// An average over a longer time is not what a task uses now.
const LONGEST: Duration = Duration::from_secs(10);

/// Where what is on the screen is told.
pub(super) struct Meters {
    sender: Sender<Metered>,
    told: Metered,
}

impl Meters {
    pub(super) fn start(desk: Desk, teller: Teller) -> io::Result<Self> {
        let (sender, wanted) = channel();
        let measurer = Measurer {
            desk,
            teller,
            before: None,
        };
        std::thread::Builder::new()
            .name("meters".into())
            .spawn(move || measurer.run(&wanted))?;
        Ok(Self {
            sender,
            told: Metered::default(),
        })
    }

    /// These are on the screen now.
    pub(super) fn show(&mut self, metered: Metered) {
        if metered != self.told {
            self.told.clone_from(&metered);
            // The thread ends with the loop only.
            let _ = self.sender.send(metered);
        }
    }
}

struct Measurer {
    desk: Desk,
    teller: Teller,
    /// The last look, and when.
    before: Option<(Instant, Sample)>,
}

impl Measurer {
    /// Measures what is wanted, until nobody is there to be told; sleeps while that is nothing.
    fn run(mut self, wanted: &Receiver<Metered>) {
        let mut metered = Metered::default();
        let mut due = Instant::now();
        loop {
            let told = if metered.is_empty() {
                wanted.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                wanted.recv_timeout(due.saturating_duration_since(Instant::now()))
            };
            match told {
                Ok(now) => {
                    metered = now;
                    continue;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            let began = Instant::now();
            // Where /proc can't be read nothing is shown.
            let measured = self.measure(&metered).unwrap_or_default();
            if self.tell(measured).is_err() {
                return;
            }
            due = Instant::now() + PAUSE.max(began.elapsed() * RESTS);
        }
    }

    fn tell(&self, measured: Measured) -> Result<(), Gone> {
        self.teller.news(News::Measured(measured))
    }

    fn measure(&mut self, metered: &Metered) -> io::Result<Measured> {
        // Looked at before the processes: a batch that begins meanwhile may be missed there.
        let batches = self.batches(metered);
        let now = if metered.tasks.is_empty() {
            Sample::of(metered.workers.values().copied())?
        } else {
            Sample::of_all()?
        };
        let before = self.before.take();
        let before = before.filter(|(at, _)| at.elapsed() < LONGEST);
        let before = before.as_ref().map(|(_, sample)| sample);
        let mut tasks = BTreeMap::new();
        for (task, batch) in &batches {
            // A record stays when its batch has ended: there is nothing of it then.
            if let Some(used) = now.batch(before, batch) {
                let sum = tasks
                    .entry(*task)
                    .and_modify(|sum: &mut Used| *sum = sum.and(used));
                sum.or_insert(used);
            }
        }
        let control = self.desk.control();
        let alive = control.as_ref().map(Control::alive);
        let workers = metered.workers.iter().filter_map(|(worker, pid)| {
            // Seen from another container the number may be another process's.
            alive?.condition(*worker, pid.as_u32())?;
            Some((*worker, now.process(before, *pid)?))
        });
        let measured = Measured {
            tasks: tasks.into_iter().collect(),
            workers: workers.collect(),
        };
        self.before = Some((Instant::now(), now));
        Ok(measured)
    }

    /// The batches of the tasks that are to be measured.
    fn batches(&self, metered: &Metered) -> Vec<(TaskNumber, BatchRecord)> {
        if metered.tasks.is_empty() {
            return Vec::new();
        }
        let Ok(Some(records)) = BatchRecords::open(self.desk.dir()) else {
            return Vec::new();
        };
        let tasks = metered.tasks.iter();
        let slots = tasks.flat_map(|(task, top)| (0..=*top).map(|slot| (*task, slot)));
        let batch = |(task, slot)| Some((task, records.read(task, slot).ok()??));
        slots.filter_map(batch).collect()
    }
}

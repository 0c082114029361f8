//! The thread that reads the store: all of it once, then what changed. It holds no transaction
//! from one look to the next, and opens the store again when another stands in its place.

mod conditions;
mod trouble;

use std::collections::BTreeSet;
use std::io;
use std::time::{Duration, Instant};

use longhaul_common::alive::Condition;
use longhaul_common::bell::Watch;
use longhaul_common::changes::Changes;
use longhaul_common::control::Control;
use longhaul_common::id::{EventNumber, TaskNumber};
use longhaul_common::store::{StoreError, Tasks, WorkerRow};
use longhaul_common::time::Timestamp;

use super::desk::Desk;
use super::told::{Gone, Teller};
use crate::dashboard::message::{Health, News, WorkerNews};
use crate::dashboard::model::Access;
use crate::dashboard::row::Row;
use conditions::Conditions;

/// How many events are read at a time.
const EVENTS: usize = 1000;

/// The first page fills a large screen, and is there at once.
const FIRST_PAGE: usize = 250;

/// Each page is a short read.
const PAGE: usize = 2000;

/// How long each page but the first may take.
const SLOW: Duration = Duration::from_secs(2);

/// Between two looks while bells ring without end.
const PAUSE: Duration = Duration::from_millis(20);

pub(super) fn start(desk: Desk, teller: Teller, refresh: Duration) -> io::Result<()> {
    std::thread::Builder::new()
        .name("reader".into())
        .spawn(move || {
            let mut changes = Changes::listen(desk.dir(), Watch::ControlAndProgress);
            let mut reader = Reader::new(desk, teller, refresh);
            loop {
                if reader.look(&mut changes).is_err() {
                    return;
                }
                std::thread::sleep(PAUSE);
                changes.wait(reader.due());
            }
        })?;
    Ok(())
}

struct Reader {
    desk: Desk,
    teller: Teller,
    /// Progress is read at most so often.
    refresh: Duration,
    /// What was read of the store that is open.
    place: Option<Place>,
    health: Health,
}

/// How far the store was read.
struct Place {
    control: Control,
    /// The last event that was read.
    seen: EventNumber,
    /// The tasks whose progress may move.
    running: BTreeSet<TaskNumber>,
    /// When their progress was read.
    progress_at: Instant,
    /// Whether it may have moved since.
    behind: bool,
    workers: Vec<WorkerNews>,
    conditions: Conditions,
}

/// Why a look ended early.
enum Ended {
    Gone,
    Store(StoreError),
}

impl From<Gone> for Ended {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

impl From<StoreError> for Ended {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Reader {
    fn new(desk: Desk, teller: Teller, refresh: Duration) -> Self {
        Self {
            desk,
            teller,
            refresh,
            place: None,
            health: Health::Well,
        }
    }

    /// When progress that was left out is due.
    fn due(&self) -> Option<Instant> {
        let place = self.place.as_ref()?;
        place.behind.then(|| place.progress_at + self.refresh)
    }

    fn look(&mut self, changes: &mut Changes) -> Result<(), Gone> {
        let health = match self.read(changes) {
            Ok(()) => Health::Well,
            Err(Ended::Gone) => return Err(Gone),
            Err(Ended::Store(error)) => Health::Trouble(trouble::words(&error, self.desk.dir())),
        };
        if health != self.health {
            self.health = health.clone();
            self.teller.news(News::Health(health))?;
        }
        Ok(())
    }

    fn read(&mut self, changes: &mut Changes) -> Result<(), Ended> {
        if self.place.is_some() && self.desk.still_there() {
            return self.read_on();
        }
        // Nothing that was known is void before another store is there.
        self.place = None;
        let control = match self
            .desk
            .still_there()
            .then(|| self.desk.control())
            .flatten()
        {
            Some(control) => control,
            None => self.desk.open()?,
        };
        // The bells of a store that was made since hang elsewhere.
        *changes = Changes::listen(self.desk.dir(), Watch::ControlAndProgress);
        self.read_all(control)
    }

    /// Reads all there is, the newest first.
    fn read_all(&mut self, control: Control) -> Result<(), Ended> {
        let first = control
            .store()
            .list_below(TaskNumber(u64::MAX), FIRST_PAGE)?;
        let mut place = Place {
            control,
            seen: first.last,
            running: BTreeSet::new(),
            progress_at: Instant::now(),
            behind: false,
            workers: Vec::new(),
            conditions: Conditions::default(),
        };
        self.teller.news(News::Anew)?;
        self.teller
            .news(News::Access(if place.control.store().writable() {
                Access::Control
            } else {
                Access::ReadOnly
            }))?;
        self.tell_workers(&mut place, &first.workers)?;
        // What was read so far is not to be thrown away for a store that is slow for a moment.
        let patient = place.control.store().with_patience(SLOW);
        let mut page = first;
        while let Some(last) = page.rows.last().map(|row| row.spec.number) {
            let rows = place.rows(&page);
            self.teller.news(News::Filled(rows))?;
            page = patient.list_below(last, PAGE)?;
        }
        self.teller.news(News::Whole)?;
        self.place = Some(place);
        Ok(())
    }

    /// Reads what changed since.
    fn read_on(&mut self) -> Result<(), Ended> {
        let Some(mut place) = self.place.take() else {
            return Ok(());
        };
        let outcome = self.read_on_from(&mut place);
        self.place = Some(place);
        outcome
    }

    fn read_on_from(&mut self, place: &mut Place) -> Result<(), Ended> {
        let store = place.control.store().clone();
        loop {
            let found = store.events(place.seen, None, EVENTS)?;
            if found.last < place.seen {
                // The store was put back to an older state.
                return self.read_all(place.control.clone());
            }
            let next = found.events.last().map_or(found.last, |event| event.number);
            let mut wanted: BTreeSet<_> =
                found.events.iter().filter_map(|event| event.task).collect();
            let with_progress = place.progress_at.elapsed() >= self.refresh;
            if with_progress {
                wanted.extend(&place.running);
            }
            place.behind = !with_progress && !place.running.is_empty();
            if !wanted.is_empty() || !found.events.is_empty() || with_progress {
                let tasks = store.present(wanted.iter().copied().collect())?;
                let rows = place.rows(&tasks);
                let gone = wanted
                    .into_iter()
                    .filter(|number| !rows.iter().any(|row| row.number == *number))
                    .collect::<Vec<_>>();
                for number in &gone {
                    place.running.remove(number);
                }
                self.tell_workers(place, &tasks.workers)?;
                if !rows.is_empty() || !gone.is_empty() {
                    self.teller.news(News::Changed { rows, gone })?;
                }
                if with_progress {
                    place.progress_at = Instant::now();
                }
            }
            place.seen = next;
            let full = found.events.len() == EVENTS;
            if !found.events.is_empty() {
                self.teller.news(News::Happened(found.events))?;
            }
            if !full {
                return Ok(());
            }
        }
    }

    fn tell_workers(&self, place: &mut Place, rows: &[WorkerRow]) -> Result<(), Gone> {
        let workers: Vec<_> = rows.iter().map(|row| place.worker(row)).collect();
        if place.workers == workers {
            return Ok(());
        }
        place.workers.clone_from(&workers);
        self.teller.news(News::Workers(workers))
    }
}

impl Place {
    fn worker(&mut self, row: &WorkerRow) -> WorkerNews {
        let alive = !row.is_gone() && self.control.lives(row.number);
        let condition = if alive {
            self.conditions.of(&self.control, row)
        } else {
            Condition::Running
        };
        WorkerNews {
            row: row.clone(),
            alive,
            condition,
        }
    }

    fn rows(&mut self, tasks: &Tasks) -> Vec<Row> {
        let now = Timestamp::now();
        let (views, _) = self.control.views_of(tasks);
        for row in &tasks.rows {
            if row.claim.is_some() {
                self.running.insert(row.spec.number);
            } else {
                self.running.remove(&row.spec.number);
            }
        }
        views.into_iter().map(|view| Row::of(view, now)).collect()
    }
}

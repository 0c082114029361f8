//! The thread that reads the store: all of it once, then what changed. It holds no transaction
//! from one look to the next, and opens the store again when another stands in its place.

mod conditions;
mod place;
mod trouble;

use std::collections::BTreeSet;
use std::io;
use std::time::{Duration, Instant};

use longhaul_common::bell::Watch;
use longhaul_common::changes::{Changes, Woken};
use longhaul_common::control::Control;
use longhaul_common::event::Event;
use longhaul_common::gate::StoreGates;
use longhaul_common::id::TaskNumber;
use longhaul_common::store::{StoreError, WorkerRow};

use super::desk::Desk;
use super::last_look::LastLook;
use super::told::{Gone, Teller};
use crate::dashboard::message::{Health, News};
use place::Place;

/// How many events are read at a time.
const EVENTS: usize = 1000;

/// The first page fills a large screen, and is there at once.
const FIRST_PAGE: usize = 250;

/// Each page is a short read.
const PAGE: usize = 500;

/// How long each page but the first may take.
const SLOW: Duration = Duration::from_secs(2);

/// Between two looks at a store that does not answer.
const AGAIN: Duration = Duration::from_millis(500);

/// A request that is not answered for so long is told of.
const LONG: Duration = Duration::from_millis(200);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);

pub(super) fn start(
    desk: Desk,
    teller: Teller,
    last_look: LastLook,
    refresh: Duration,
) -> io::Result<()> {
    std::thread::Builder::new()
        .name("reader".into())
        .spawn(move || {
            let mut changes = listen(&desk);
            let mut reader = Reader::new(desk, teller, last_look, refresh);
            loop {
                let looked = Instant::now();
                if reader.look(&mut changes).is_err() {
                    return;
                }
                while changes.wait(reader.due()) == Woken::Progress && reader.puts_off() {}
                // Bells that ring without end are heard so often.
                std::thread::sleep(PAUSE.saturating_sub(looked.elapsed()));
            }
        })?;
    Ok(())
}

/// Hears what changes in the store, and when it is asked something.
fn listen(desk: &Desk) -> Changes {
    let changes = Changes::listen(desk.dir(), Watch::ControlAndProgress);
    desk.wake_at_requests(changes.waker());
    changes
}

struct Reader {
    desk: Desk,
    teller: Teller,
    last_look: LastLook,
    /// Progress is read at most so often.
    refresh: Duration,
    /// What was read of the store that is open.
    place: Option<Place>,
    health: Health,
    last: Last,
    /// The store that was read last.
    known: Option<String>,
}

/// What became of the last look.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Well,
    /// Somebody stands in the way, who may go at any moment without a word.
    Busy,
    Failed,
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
    fn new(desk: Desk, teller: Teller, last_look: LastLook, refresh: Duration) -> Self {
        Self {
            desk,
            teller,
            last_look,
            refresh,
            place: None,
            health: Health::Well,
            last: Last::Well,
            known: None,
        }
    }

    /// When to look again without being told.
    fn due(&self) -> Option<Instant> {
        if self.last == Last::Busy {
            return Some(Instant::now() + AGAIN);
        }
        // Progress that was left out.
        let behind = self.place.as_ref().filter(|place| place.behind);
        let progress = behind.map(|place| place.progress_at + self.refresh);
        // A request that is not answered.
        let now = Instant::now();
        let asked = self.desk.asked_at().map(|at| at + LONG);
        let asked = asked.map(|due| if due <= now { now + AGAIN } else { due });
        progress.into_iter().chain(asked).min()
    }

    /// Whether progress that was made can wait until it is due; it is not forgotten then.
    fn puts_off(&mut self) -> bool {
        let (refresh, last) = (self.refresh, self.last);
        let place = self.place.as_mut().filter(|_| last == Last::Well);
        place.is_some_and(|place| {
            let early = place.progress_at.elapsed() < refresh;
            place.behind |= early;
            early
        })
    }

    fn look(&mut self, changes: &mut Changes) -> Result<(), Gone> {
        let read = self.read(changes);
        self.last = match &read {
            Ok(()) => Last::Well,
            Err(Ended::Store(StoreError::Busy { .. } | StoreError::Unknown { .. })) => Last::Busy,
            Err(_) => Last::Failed,
        };
        let health = match read {
            Ok(()) => self.wants().map_or(Health::Well, Health::Trouble),
            Err(Ended::Gone) => return Err(Gone),
            Err(Ended::Store(error)) => {
                if matches!(error, StoreError::Replaced { .. }) {
                    self.desk.close();
                }
                let dir = self.desk.dir();
                Health::Trouble(match error {
                    StoreError::Missing { .. } | StoreError::Replaced { .. }
                        if self.known.is_some() =>
                    {
                        trouble::gone(dir)
                    }
                    error => trouble::words(&error, dir),
                })
            }
        };
        if health != self.health {
            self.health = health.clone();
            self.teller.news(News::Health(health))?;
        }
        Ok(())
    }

    /// What is wrong with a store that can be read.
    fn wants(&self) -> Option<String> {
        let dir = self.desk.dir();
        let waited = self.desk.asked_at().map(|at| at.elapsed());
        if let Some(waited) = waited.filter(|waited| *waited >= LONG) {
            let path = dir.to_owned();
            return Some(trouble::words(&StoreError::Busy { path, waited }, dir));
        }
        if let Some(full) = trouble::full_disk(dir) {
            return Some(full);
        }
        let unreadable = || self.place.as_ref()?.unreadable.as_ref();
        match self.desk.failed() {
            // The database can be read while nobody can write to it.
            Some(StoreError::Busy { .. } | StoreError::Unknown { .. }) => {
                trouble::stopped_process(dir)
            }
            failed => Some(trouble::words(failed.as_ref().or_else(unreadable)?, dir)),
        }
    }

    fn read(&mut self, changes: &mut Changes) -> Result<(), Ended> {
        let glimpse = self.desk.glimpse();
        if let (Some(place), Some(glimpse)) = (&mut self.place, glimpse) {
            // Nothing was written since: the database is left alone, and so is everybody in it.
            let unwritten =
                place.glimpse == Some(glimpse) && self.last == Last::Well && !place.behind;
            place.glimpse = glimpse.is_settled().then_some(glimpse);
            return if unwritten {
                self.look_at_workers()
            } else {
                self.read_on()
            };
        }
        // Nothing that was known is void before another store is there.
        self.place = None;
        let control = self.desk.open()?;
        // The bells of a store that was made since hang elsewhere.
        *changes = listen(&self.desk);
        let id = control.store().id()?;
        self.last_look.begins(&id, &self.teller);
        let before = self.known.replace(id.clone());
        if before.is_some_and(|before| before != id) {
            self.teller.news(News::Replaced)?;
        }
        self.place = Some(self.read_all(control)?);
        Ok(())
    }

    /// Reads all there is, the newest first.
    fn read_all(&self, control: Control) -> Result<Place, Ended> {
        let first = control
            .store()
            .list_below(TaskNumber(u64::MAX), FIRST_PAGE)?;
        let mut place = Place::new(control, first.last);
        self.teller.news(News::Anew)?;
        self.teller.news(News::Access(self.desk.access()))?;
        self.tell_workers(&mut place, &first.workers)?;
        self.tell_gates(&mut place, &first.gates)?;
        // What was read so far is not to be thrown away for a store that is slow for a moment.
        let patient = place.control.store().with_patience(SLOW);
        let (mut page, mut limit) = (first, FIRST_PAGE);
        loop {
            let rows = place.rows(&page);
            let last = page.rows.last().map(|row| row.spec.number);
            let Some(last) = last.filter(|_| page.rows.len() >= limit) else {
                self.teller.news(News::Whole(rows))?;
                return Ok(place);
            };
            self.teller.news(News::Filled(rows))?;
            (page, limit) = (patient.list_below(last, PAGE)?, PAGE);
        }
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

    fn read_on_from(&self, place: &mut Place) -> Result<(), Ended> {
        let store = place.control.store().clone();
        loop {
            let found = store.events(place.seen, None, EVENTS)?;
            let missed = found.first.0 > place.seen.0.saturating_add(1);
            // Put back to an older state, or pruned faster than it was read.
            if found.last < place.seen || missed {
                *place = self.read_all(place.control.clone())?;
                return Ok(());
            }
            let next = found.events.last().map_or(found.last, |event| event.number);
            let stirred: BTreeSet<_> = found.events.iter().flat_map(Event::tasks).collect();
            let mut wanted = stirred.clone();
            let with_progress = place.progress_at.elapsed() >= self.refresh;
            if with_progress {
                wanted.extend(place.running.keys());
            }
            place.behind = !with_progress && !place.running.is_empty();
            if !wanted.is_empty() || !found.events.is_empty() || with_progress {
                let mut tasks = store.present(wanted.iter().copied().collect())?;
                let there: BTreeSet<_> = tasks.rows.iter().map(|row| row.spec.number).collect();
                let gone: Vec<_> = wanted.difference(&there).copied().collect();
                for number in &gone {
                    place.running.remove(number);
                }
                tasks
                    .rows
                    .retain(|row| stirred.contains(&row.spec.number) || place.moved(row));
                let rows = place.rows(&tasks);
                self.tell_workers(place, &tasks.workers)?;
                self.tell_gates(place, &tasks.gates)?;
                if !rows.is_empty() || !gone.is_empty() {
                    self.desk.somebody_wrote();
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

    /// Workers die and stop without a word in the database.
    fn look_at_workers(&mut self) -> Result<(), Ended> {
        let Some(mut place) = self.place.take() else {
            return Ok(());
        };
        let rows: Vec<_> = place
            .workers
            .iter()
            .map(|worker| worker.row.clone())
            .collect();
        let before = place.workers.clone();
        let told = self.tell_workers(&mut place, &rows);
        let changed = place.workers != before;
        self.place = Some(place);
        told?;
        if changed { self.read_on() } else { Ok(()) }
    }

    fn tell_gates(&self, place: &mut Place, gates: &StoreGates) -> Result<(), Gone> {
        if place.gates == *gates {
            return Ok(());
        }
        place.gates.clone_from(gates);
        self.teller.news(News::Gates(Box::new(gates.clone())))
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

//! The thread that reads the store: all of it once, then what changed.

use std::collections::BTreeSet;
use std::sync::mpsc::Sender;

use longhaul_common::bell::Watch;
use longhaul_common::changes::Changes;
use longhaul_common::control::Control;
use longhaul_common::id::{EventNumber, TaskNumber};
use longhaul_common::store::StoreError;
use longhaul_common::time::Timestamp;
use longhaul_worker::report::in_one_line;

use crate::dashboard::message::{Health, Message, News};
use crate::dashboard::row::Row;

/// How many events are read at a time.
const PAGE: usize = 1000;

pub(super) fn start(control: Control, sender: Sender<Message>) {
    std::thread::spawn(move || {
        let changes = Changes::listen(control.store().dir(), Watch::ControlAndProgress);
        let mut reader = Reader {
            control,
            sender,
            seen: None,
            running: BTreeSet::new(),
        };
        loop {
            let health = match reader.read() {
                Ok(()) => Health::Well,
                Err(error) => Health::Trouble(in_one_line(&error)),
            };
            if reader.tell(News::Health(health)).is_err() {
                return;
            }
            changes.wait(None);
        }
    });
}

struct Reader {
    control: Control,
    sender: Sender<Message>,
    /// The last event that was read; None before the first reading.
    seen: Option<EventNumber>,
    /// The tasks whose progress may move.
    running: BTreeSet<TaskNumber>,
}

struct Gone;

impl Reader {
    fn tell(&self, news: News) -> Result<(), Gone> {
        self.sender.send(Message::News(news)).map_err(|_| Gone)
    }

    fn read(&mut self) -> Result<(), StoreError> {
        let Some(seen) = self.seen else {
            return self.read_all();
        };
        let found = self.control.store().events(seen, None, PAGE)?;
        let mut changed: BTreeSet<_> = found.events.iter().filter_map(|event| event.task).collect();
        changed.extend(&self.running);
        let tasks = self.control.store().tasks(changed.into_iter().collect())?;
        let rows = self.rows(&tasks);
        self.seen = Some(found.events.last().map_or(found.last, |event| event.number));
        let _ = self.tell(News::Happened(found.events));
        let _ = self.tell(News::Changed {
            rows,
            gone: Vec::new(),
        });
        Ok(())
    }

    fn read_all(&mut self) -> Result<(), StoreError> {
        let tasks = self.control.store().list(usize::MAX, |_| true)?;
        self.seen = Some(tasks.last);
        let rows = self.rows(&tasks);
        let _ = self.tell(News::Anew);
        let _ = self.tell(News::Filled {
            rows,
            total: tasks.total,
        });
        let _ = self.tell(News::Whole);
        Ok(())
    }

    fn rows(&mut self, tasks: &longhaul_common::store::Tasks) -> Vec<Row> {
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

//! Reading the feed of events: from its end, or on from a place.

use redb::ReadableTable;

use super::Store;
use super::error::StoreError;
use super::schema::{COUNTER_EVENT, COUNTER_FIRST_EVENT, EVENTS, TASK_EVENTS};
use super::tx::{Reads, decode};
use crate::event::Event;
use crate::id::{EventNumber, TaskNumber};

/// Some events, and where the feed stands.
#[derive(Clone, Debug, Default)]
pub struct Events {
    /// In the order of their numbers.
    pub events: Vec<Event>,
    /// The last event of the store when they were read.
    pub last: EventNumber,
}

impl Store {
    /// The events after `after`, of one task or of all, at most `limit`.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn events(
        &self,
        after: EventNumber,
        task: Option<TaskNumber>,
        limit: usize,
    ) -> Result<Events, StoreError> {
        self.read(move |view| {
            let mut found = Events {
                last: EventNumber(view.counter(COUNTER_EVENT)?),
                ..Events::default()
            };
            let from = after.0.saturating_add(1);
            match task {
                Some(task) => {
                    let Some(index) = view.table(TASK_EVENTS)? else {
                        return Ok(found);
                    };
                    let range = index
                        .range((task.0, from)..=(task.0, u64::MAX))
                        .map_err(|error| view.failed(error))?;
                    for row in range.take(limit) {
                        let (key, _) = row.map_err(|error| view.failed(error))?;
                        found.events.extend(view.record(&EVENTS, key.value().1)?);
                    }
                }
                None => {
                    let Some(events) = view.table(EVENTS.table)? else {
                        return Ok(found);
                    };
                    let range = events.range(from..).map_err(|error| view.failed(error))?;
                    for row in range.take(limit) {
                        let (_, bytes) = row.map_err(|error| view.failed(error))?;
                        found.events.push(decode(view.dir(), bytes.value())?);
                    }
                }
            }
            Ok(found)
        })
    }

    /// The last events, of one task or of all, at most `limit`, oldest first.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn last_events(
        &self,
        task: Option<TaskNumber>,
        limit: usize,
    ) -> Result<Events, StoreError> {
        self.read(move |view| {
            let mut found = Events {
                last: EventNumber(view.counter(COUNTER_EVENT)?),
                ..Events::default()
            };
            match task {
                Some(task) => {
                    let Some(index) = view.table(TASK_EVENTS)? else {
                        return Ok(found);
                    };
                    let range = index
                        .range((task.0, 0)..=(task.0, u64::MAX))
                        .map_err(|error| view.failed(error))?;
                    for row in range.rev().take(limit) {
                        let (key, _) = row.map_err(|error| view.failed(error))?;
                        found.events.extend(view.record(&EVENTS, key.value().1)?);
                    }
                }
                None => {
                    let Some(events) = view.table(EVENTS.table)? else {
                        return Ok(found);
                    };
                    let range = events.iter().map_err(|error| view.failed(error))?;
                    for row in range.rev().take(limit) {
                        let (_, bytes) = row.map_err(|error| view.failed(error))?;
                        found.events.push(decode(view.dir(), bytes.value())?);
                    }
                }
            }
            found.events.reverse();
            Ok(found)
        })
    }

    /// The number of the first event that is still kept, and of the last.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn event_span(&self) -> Result<(EventNumber, EventNumber), StoreError> {
        self.read(|view| {
            let first = view.counter(COUNTER_FIRST_EVENT)?.max(1);
            Ok((
                EventNumber(first),
                EventNumber(view.counter(COUNTER_EVENT)?),
            ))
        })
    }
}

#[cfg(test)]
mod tests;

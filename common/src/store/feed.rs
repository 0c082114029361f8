//! Reading the feed of events: from its end, or on from a place.

use super::Store;
use super::error::StoreError;
use super::schema::{COUNTER_EVENT, COUNTER_FIRST_EVENT, EVENTS, TASK_EVENTS};
use super::tx::{Reads, View, decode};
use crate::event::{Event, What};
use crate::id::{EventNumber, TaskNumber};

/// Some events, and where the feed stands.
#[derive(Clone, Debug, Default)]
pub struct Events {
    /// In the order of their numbers.
    pub events: Vec<Event>,
    /// The last event of the store when they were read.
    pub last: EventNumber,
    /// The first that was still kept then.
    pub first: EventNumber,
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
                first: first(view)?,
                ..Events::default()
            };
            let from = after.0.saturating_add(1);
            match task {
                Some(task) => {
                    let Some(index) = view.table(TASK_EVENTS)? else {
                        return Ok(found);
                    };
                    let range = index.range((task.0, from)..=(task.0, u64::MAX))?;
                    for row in range.take(limit) {
                        let number = row?.0.value()?.1;
                        found.events.extend(event(view, number, Some(task))?);
                    }
                }
                None => {
                    let Some(events) = view.table(EVENTS.table)? else {
                        return Ok(found);
                    };
                    for row in events.range(from..)?.take(limit) {
                        let (number, bytes) = row?;
                        let bytes = bytes.value()?;
                        found
                            .events
                            .push(decoded(view, number.value()?, None, bytes)?);
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
        self.events_before(EventNumber(u64::MAX), task, limit)
    }

    /// The last events before `before`, of one task or of all, at most `limit`, oldest first.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn events_before(
        &self,
        before: EventNumber,
        task: Option<TaskNumber>,
        limit: usize,
    ) -> Result<Events, StoreError> {
        self.read(move |view| {
            let mut found = Events {
                last: EventNumber(view.counter(COUNTER_EVENT)?),
                first: first(view)?,
                ..Events::default()
            };
            match task {
                Some(task) => {
                    let Some(index) = view.table(TASK_EVENTS)? else {
                        return Ok(found);
                    };
                    let range = index.range((task.0, 0)..(task.0, before.0))?;
                    for row in range.rev().take(limit) {
                        let number = row?.0.value()?.1;
                        found.events.extend(event(view, number, Some(task))?);
                    }
                }
                None => {
                    let Some(events) = view.table(EVENTS.table)? else {
                        return Ok(found);
                    };
                    for row in events.range(..before.0)?.rev().take(limit) {
                        let (number, bytes) = row?;
                        let bytes = bytes.value()?;
                        found
                            .events
                            .push(decoded(view, number.value()?, None, bytes)?);
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
        self.read(|view| Ok((first(view)?, EventNumber(view.counter(COUNTER_EVENT)?))))
    }
}

fn first(view: &View<'_>) -> Result<EventNumber, StoreError> {
    Ok(EventNumber(view.counter(COUNTER_FIRST_EVENT)?.max(1)))
}

pub(super) fn event(
    view: &View<'_>,
    number: u64,
    task: Option<TaskNumber>,
) -> Result<Option<Event>, StoreError> {
    view.bytes(EVENTS.table, number)?
        .map(|bytes| decoded(view, number, task, &bytes))
        .transpose()
}

/// An event; in the place of one that can't be read another that says so, or nobody could read on
/// behind it.
fn decoded(
    view: &View<'_>,
    number: u64,
    task: Option<TaskNumber>,
    bytes: &[u8],
) -> Result<Event, StoreError> {
    match decode(view.dir(), (EVENTS.row)(number), bytes) {
        Err(error @ StoreError::Unreadable { .. }) => Ok(Event {
            number: EventNumber(number),
            task,
            what: What::Other,
            detail: Some(error.to_string()),
            ..Event::default()
        }),
        decoded => decoded,
    }
}

#[cfg(test)]
mod tests;

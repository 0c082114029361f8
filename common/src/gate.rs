//! Gates: reasons not to run now that are no request. A task runs while RUN is desired and no gate holds it;
//! a gate never writes the desired state. Pure: which of its own gates holds a task, how that is told, and
//! until when, where that is known.
//!
//! A gate that is closed keeps a task from being claimed to run. One that closes on a task which runs has its
//! worker give it back at the next batch boundary, after cleanup. Neither keeps hooks from running that a
//! task owes, and a task that is taken over from a dead worker is let in first, to be cleared and given back.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::brake::Brake;
use crate::cordon::Cordons;
use crate::id::TaskNumber;
use crate::moment;
use crate::phase::Phase;
use crate::spec::TaskSpec;
use crate::state::Outcome;
use crate::time::Timestamp;
use crate::window::{Opening, Window};

/// So many tasks that are waited for are named.
const NAMED: usize = 3;

/// A task that another one waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Awaited {
    /// The task.
    pub task: TaskNumber,
    /// How it ended; None: it has not.
    pub outcome: Option<Outcome>,
}

impl Awaited {
    /// Whether nothing has to be waited for any more.
    #[must_use]
    pub fn is_done(self) -> bool {
        match self.outcome {
            Some(Outcome::Completed) => true,
            Some(Outcome::Failed | Outcome::Terminated) | None => false,
        }
    }

    /// Whether it can't complete any more.
    #[must_use]
    pub fn is_lost(self) -> bool {
        match self.outcome {
            Some(Outcome::Failed | Outcome::Terminated) => true,
            Some(Outcome::Completed) | None => false,
        }
    }
}

/// The slots of a group, of which each task of it that runs takes one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Room {
    /// How many there are.
    pub slots: u64,
    /// How many are in use.
    pub in_use: u64,
}

impl Room {
    /// Whether none is left.
    #[must_use]
    pub fn is_full(self) -> bool {
        self.in_use >= self.slots
    }
}

/// What of a store keeps tasks from running, beside their own gates.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StoreGates {
    /// The room of the groups that have a limit.
    pub groups: BTreeMap<String, Room>,
    /// The workers that claim nothing new.
    pub cordons: Cordons,
    /// The brake of the store, if it is on.
    pub brake: Option<Brake>,
}

impl StoreGates {
    /// The gate of its group, if that is full, for a task that is not being run.
    #[must_use]
    pub fn of_group(&self, group: &str) -> Option<Closed> {
        full(group, *self.groups.get(group)?)
    }
}

/// The gate of a group, if it is full.
#[must_use]
pub fn full(group: &str, room: Room) -> Option<Closed> {
    room.is_full()
        .then(|| Closed::Group(group.to_owned(), room))
}

/// What the gates of a task look at.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    /// The task.
    pub spec: &'a TaskSpec,
    /// The tasks it waits for, and how they ended.
    pub awaited: &'a [Awaited],
    /// The present.
    pub now: Timestamp,
}

/// A gate that is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Closed {
    /// Its time has not come.
    At(Timestamp),
    /// Its window is closed, and opens then; None: that can't be told.
    Window(Window, Option<Timestamp>),
    /// These have to complete first, and one of them can't any more.
    Lost(Awaited),
    /// These have to complete first.
    After(Vec<TaskNumber>),
    /// Its group has no slot left.
    Group(String, Room),
}

/// The gate that holds a task; of several, the one that opens last.
#[must_use]
pub fn closed(site: &Site<'_>) -> Option<Closed> {
    let open = site.awaited.iter().filter(|one| !one.is_done());
    let open: Vec<Awaited> = open.copied().collect();
    if let Some(lost) = open.iter().find(|one| one.is_lost()) {
        return Some(Closed::Lost(*lost));
    }
    if !open.is_empty() {
        return Some(Closed::After(open.iter().map(|one| one.task).collect()));
    }
    too_early(site)
}

/// The gate of its time that is closed: of a window the one that is closed once its time has come.
fn too_early(site: &Site<'_>) -> Option<Closed> {
    let at = site.spec.at.filter(|at| *at > site.now);
    let closed =
        site.spec
            .window
            .as_ref()
            .and_then(|window| match window.at(at.unwrap_or(site.now)) {
                Opening::Open { .. } => None,
                Opening::Closed { until } => Some(Closed::Window(window.clone(), until)),
            });
    closed.or(at.map(Closed::At))
}

/// When a gate that is open closes by itself, if one does.
#[must_use]
pub fn closes_at(site: &Site<'_>) -> Option<Timestamp> {
    match site.spec.window.as_ref()?.at(site.now) {
        Opening::Open { until } => until,
        Opening::Closed { .. } => None,
    }
}

impl Closed {
    /// Whether it opens no more unless somebody does something about it.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        match self {
            Self::Lost(_) => true,
            Self::Window(_, until) => until.is_none(),
            Self::At(_) | Self::After(_) | Self::Group(..) => false,
        }
    }

    /// When it opens by itself, if that is known.
    #[must_use]
    pub fn until(&self) -> Option<Timestamp> {
        match self {
            Self::At(at) => Some(*at),
            Self::Window(_, until) => *until,
            Self::Lost(_) | Self::After(_) | Self::Group(..) => None,
        }
    }

    /// The phase of a task that it holds and that nobody has.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match self {
            Self::At(_) | Self::Window(..) => Phase::Scheduled,
            Self::Lost(_) | Self::After(_) | Self::Group(..) => Phase::Blocked,
        }
    }

    /// What a task that it holds waits for, in words; times are told in the zone, those of a window in its own.
    #[must_use]
    pub fn waiting_for(&self, now: Timestamp, zone: &TimeZone) -> String {
        match self {
            Self::At(at) => format!("until {}", moment::in_short(*at, now, zone)),
            Self::Window(window, until) => match (until, window.time_zone()) {
                (Some(until), Some(zone)) => format!(
                    "its window {window}, which opens at {}",
                    moment::in_short(*until, now, &zone)
                ),
                (None, Some(_)) => format!("its window {window}"),
                (_, None) => {
                    format!("its window {window}, whose time zone this machine does not know")
                }
            },
            Self::Lost(awaited) => {
                let task = awaited.task;
                match awaited.outcome {
                    Some(Outcome::Terminated) => format!("task {task}, which was terminated"),
                    Some(Outcome::Failed | Outcome::Completed) | None => {
                        format!("task {task}, which failed")
                    }
                }
            }
            Self::After(tasks) => match tasks.as_slice() {
                [only] => format!("task {only} to complete"),
                several => format!("tasks {} to complete", listed(several)),
            },
            Self::Group(name, room) => format!(
                "group {name}: {} of {} slots in use",
                room.in_use, room.slots
            ),
        }
    }
}

/// `4, 7 and 9`, the first ones of many.
fn listed(tasks: &[TaskNumber]) -> String {
    let named: Vec<String> = tasks.iter().take(NAMED).map(ToString::to_string).collect();
    match (tasks.len().saturating_sub(NAMED), named.split_last()) {
        (0, Some((last, []))) => last.clone(),
        (0, Some((last, before))) => format!("{} and {last}", before.join(", ")),
        (more, _) => format!("{} and {more} more", named.join(", ")),
    }
}

#[cfg(test)]
mod tests;

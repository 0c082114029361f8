//! Settings: what of a task can be changed while it lives. Here, and nowhere else, stands which
//! there are, what values they take and how they are told. Pure.

mod values;

use crate::budget::ParseBudgetError;
use crate::spec::{Queue, TaskSpec, Way};
use crate::window::Window;

pub use values::{
    BATCH_SIZES, DEPTHS, backoff, batch_size, batch_timeout, depth, group, parallel, rate, stop_at,
};

/// A setting.
#[derive(Debug)]
pub struct Setting {
    /// The key: the word of the option that a submission has for it.
    pub key: &'static str,
    /// What values it takes, for people.
    pub takes: &'static str,
    /// Its value as it is typed; None: such a task has no such setting.
    value: fn(&TaskSpec) -> Option<String>,
    /// Changes it, or says what is wrong with the value. Called where the task has such a setting.
    change: fn(&mut TaskSpec, &str) -> Result<(), String>,
}

/// All there are, in the order in which they are told.
pub const SETTINGS: &[Setting] = &[
    Setting {
        key: "rate",
        takes: "N/s, N/min, N/h, N/d or none",
        value: |spec| Some(spec.rate.map_or_else(none, |rate| rate.to_string())),
        change: |spec, text| {
            spec.rate = rate(text)?;
            Ok(())
        },
    },
    Setting {
        key: "batch-size",
        takes: "a number of items",
        value: |spec| Some(spec.batch_size.to_string()),
        change: |spec, text| {
            spec.batch_size = batch_size(text)?;
            Ok(())
        },
    },
    Setting {
        key: "retries",
        takes: "a number",
        value: |spec| Some(spec.retries.to_string()),
        change: |spec, text| {
            spec.retries = values::whole(text)?;
            Ok(())
        },
    },
    Setting {
        key: "backoff",
        takes: "a time, as in 500ms or 10s",
        value: |spec| Some(values::told(spec.backoff_ms)),
        change: |spec, text| {
            spec.backoff_ms = values::millis(backoff(text)?);
            Ok(())
        },
    },
    Setting {
        key: "batch-timeout",
        takes: "a time, as in 30s or 5m, or none",
        value: |spec| Some(spec.batch_timeout_ms.map_or_else(none, values::told)),
        change: |spec, text| {
            spec.batch_timeout_ms = match text {
                "none" => None,
                _ => Some(values::millis(batch_timeout(text)?)),
            };
            Ok(())
        },
    },
    Setting {
        key: "on-error",
        takes: "suspend, skip or terminate",
        value: |spec| Some(spec.on_error.as_str().to_owned()),
        change: |spec, text| {
            spec.on_error = values::on_error(text)?;
            Ok(())
        },
    },
    Setting {
        key: "isolate",
        takes: "on or off",
        value: |spec| Some(if spec.isolate { "on" } else { "off" }.to_owned()),
        change: |spec, text| {
            spec.isolate = match text {
                "on" => true,
                "off" => false,
                _ => return Err("it is neither".into()),
            };
            Ok(())
        },
    },
    Setting {
        key: "max-failures",
        takes: "a number of items, a share of them as in 5%, or none",
        value: |spec| {
            Some(
                spec.max_failures
                    .map_or_else(none, |budget| budget.to_string()),
            )
        },
        change: |spec, text| {
            spec.max_failures = match text {
                "none" => None,
                _ => Some(
                    text.parse()
                        .map_err(|error: ParseBudgetError| error.to_string())?,
                ),
            };
            Ok(())
        },
    },
    Setting {
        key: "stop-at",
        takes: "a number of items, or none",
        value: |spec| Some(spec.stop_at.map_or_else(none, |items| items.to_string())),
        change: |spec, text| {
            spec.stop_at = match text {
                "none" => None,
                _ => Some(stop_at(text)?),
            };
            Ok(())
        },
    },
    Setting {
        key: "priority",
        takes: "a number; higher runs first",
        value: |spec| Some(spec.priority.to_string()),
        change: |spec, text| {
            spec.priority = values::whole(text)?;
            Ok(())
        },
    },
    Setting {
        key: "group",
        takes: "the name of a group, or none",
        value: |spec| {
            let group = Some(spec.group.clone()).filter(|group| !group.is_empty());
            Some(group.unwrap_or_else(none))
        },
        change: |spec, text| {
            spec.group = match text {
                "none" => String::new(),
                _ => group(text)?,
            };
            Ok(())
        },
    },
    Setting {
        key: "after",
        takes: "the numbers of the tasks it waits for, as in 4,7, or none",
        value: |spec| Some(values::tasks_told(&spec.after)),
        change: |spec, text| {
            spec.after = values::tasks(text)?;
            Ok(())
        },
    },
    Setting {
        key: "throttle-if",
        takes: "a command that fails while no batch is to begin, or none",
        value: |spec| {
            let asked = !spec.work.is_registered() && !spec.is_persistent();
            asked.then(|| spec.throttle_if.clone().unwrap_or_else(none))
        },
        change: |spec, text| {
            spec.throttle_if = match text {
                "none" => None,
                "" => return Err("there is no command".into()),
                _ => Some(text.to_owned()),
            };
            Ok(())
        },
    },
    Setting {
        key: "at",
        takes: "a time, or now",
        value: |spec| {
            Some(
                spec.at
                    .map_or_else(|| "now".to_owned(), |at| at.to_string()),
            )
        },
        change: |spec, text| {
            spec.at = match text {
                "now" => None,
                _ => Some(values::instant(text)?),
            };
            Ok(())
        },
    },
    Setting {
        key: "window",
        takes: "times of day as in 22:00-06:00, or none",
        value: |spec| Some(spec.window.as_ref().map_or_else(none, Window::to_string)),
        change: |spec, text| {
            spec.window = match text {
                "none" => None,
                _ => Some(Window::parse(text, None).map_err(|error| error.to_string())?),
            };
            Ok(())
        },
    },
    Setting {
        key: "parallel",
        takes: "a number of batches in flight at once, from 1 to 1024",
        value: |spec| Some(spec.way.queue()?.parallel.to_string()),
        change: |spec, text| {
            let value = parallel(text)?;
            of_queue(spec, |queue| queue.parallel = value);
            Ok(())
        },
    },
    Setting {
        key: "depth",
        takes: "a number of batches planned ahead, from 1 to 10000",
        value: |spec| Some(spec.way.queue()?.depth.to_string()),
        change: |spec, text| {
            let value = depth(text)?;
            of_queue(spec, |queue| queue.depth = value);
            Ok(())
        },
    },
];

fn none() -> String {
    "none".to_owned()
}

fn of_queue(spec: &mut TaskSpec, change: impl FnOnce(&mut Queue)) {
    match &mut spec.way {
        Way::Direct => {}
        Way::Queued(queue) => change(queue),
    }
}

/// A setting with the value it is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    key: &'static str,
    value: String,
    /// The value it must have before.
    instead_of: Option<String>,
}

/// What can't be a setting with a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAssignment {
    /// No key and value.
    #[error("\"{0}\" is no setting with a value, as in rate=50/s")]
    Shape(String),
    /// No such setting.
    #[error("there is no setting \"{key}\"; there are {}", keys().join(", "))]
    Key {
        /// What was typed.
        key: String,
    },
    /// No such value.
    #[error("{key} can't be \"{value}\": {why}; it takes {takes}")]
    Value {
        /// The setting.
        key: &'static str,
        /// What was typed.
        value: String,
        /// What is wrong with it.
        why: String,
        /// What it takes.
        takes: &'static str,
    },
    /// One setting with two values.
    #[error("{0} is given twice")]
    Twice(&'static str),
}

/// The keys of all settings.
#[must_use]
pub fn keys() -> Vec<&'static str> {
    SETTINGS.iter().map(|setting| setting.key).collect()
}

fn setting(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}

/// The values of a task's settings, as they are typed. What such a task does not have is left out.
pub fn values_of(spec: &TaskSpec) -> impl Iterator<Item = (&'static str, String)> {
    SETTINGS
        .iter()
        .filter_map(|setting| Some((setting.key, (setting.value)(spec)?)))
}

impl Assignment {
    /// A setting and its value.
    ///
    /// # Errors
    /// [`NoAssignment`] when there is no such setting or it takes no such value.
    pub fn new(key: &str, value: &str) -> Result<Self, NoAssignment> {
        let setting = setting(key).ok_or_else(|| NoAssignment::Key {
            key: key.to_owned(),
        })?;
        // On a task that has every setting.
        let mut tried = TaskSpec {
            way: Way::Queued(Queue::default()),
            ..TaskSpec::default()
        };
        (setting.change)(&mut tried, value).map_err(|why| NoAssignment::Value {
            key: setting.key,
            value: value.to_owned(),
            why,
            takes: setting.takes,
        })?;
        Ok(Self {
            key: setting.key,
            value: value.to_owned(),
            instead_of: None,
        })
    }

    /// What undoes a change: its value of before, unless it was changed again since.
    #[must_use]
    pub fn undoing(changed: &Changed) -> Self {
        Self {
            key: changed.key,
            value: changed.before.clone(),
            instead_of: Some(changed.after.clone()),
        }
    }

    /// As it is typed: `key=value`.
    ///
    /// # Errors
    /// [`NoAssignment`].
    pub fn parse(text: &str) -> Result<Self, NoAssignment> {
        let (key, value) = text
            .split_once('=')
            .ok_or_else(|| NoAssignment::Shape(text.to_owned()))?;
        Self::new(key, value)
    }

    /// The setting.
    #[must_use]
    pub fn key(&self) -> &'static str {
        self.key
    }

    /// Refuses two values for one setting.
    ///
    /// # Errors
    /// [`NoAssignment::Twice`].
    pub fn check_all(all: &[Self]) -> Result<(), NoAssignment> {
        for (place, one) in all.iter().enumerate() {
            if all[..place].iter().any(|other| other.key == one.key) {
                return Err(NoAssignment::Twice(one.key));
            }
        }
        Ok(())
    }
}

/// A setting that was changed, with its values as they are typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The setting.
    pub key: &'static str,
    /// What it was.
    pub before: String,
    /// What it is.
    pub after: String,
}

/// `rate 50/s → none`.
impl std::fmt::Display for Changed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} → {}", self.key, self.before, self.after)
    }
}

/// Why a task's settings are not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAssigned {
    /// Only tasks with a queue of their own have this setting.
    #[error("{0} is a setting of tasks with a queue of their own, and it has none")]
    NoQueue(&'static str),
    /// Only tasks whose batches are a run of a command each have a check.
    #[error("throttle-if is a setting of tasks that run a command once a batch")]
    NoCheck,
    /// It was to be undone, and has been changed again.
    #[error("{key} was changed to {now} since")]
    ChangedSince {
        /// The setting.
        key: &'static str,
        /// Its value.
        now: String,
    },
}

/// Changes the settings of a task; gives those that have another value now.
///
/// # Errors
/// [`NotAssigned`]; nothing is changed then.
pub fn assign(
    spec: &mut TaskSpec,
    assignments: &[Assignment],
) -> Result<Vec<Changed>, NotAssigned> {
    let mut new = spec.clone();
    let mut changed = Vec::new();
    for assignment in assignments {
        let missing = || match assignment.key {
            "throttle-if" => NotAssigned::NoCheck,
            key => NotAssigned::NoQueue(key),
        };
        let setting = setting(assignment.key).ok_or_else(missing)?;
        let before = (setting.value)(&new).ok_or_else(missing)?;
        if let Some(expected) = &assignment.instead_of
            && before != *expected
        {
            return Err(NotAssigned::ChangedSince {
                key: setting.key,
                now: before,
            });
        }
        (setting.change)(&mut new, &assignment.value)
            .expect("the value was tried when the assignment was made");
        let after = (setting.value)(&new).ok_or_else(missing)?;
        if before != after {
            changed.push(Changed {
                key: setting.key,
                before,
                after,
            });
        }
    }
    *spec = new;
    Ok(changed)
}

#[cfg(test)]
mod tests;

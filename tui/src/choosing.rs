//! From what is typed to the tasks that are meant.

use jiff::tz::TimeZone;
use longhaul_common::control::Control;
use longhaul_common::filter::{Filter, FilterError, Present, moment};
use longhaul_common::id::{RequestNumber, TaskNumber};
use longhaul_common::store::{Made, Picked, Reach, Tasks};
use longhaul_common::time::Timestamp;
use longhaul_worker::report::in_one_line;

use crate::cli::FilterArgs;
use crate::exit::{Failure, Outcome};
use crate::output;
use crate::session::resolve;

/// Tasks that are meant.
#[derive(Clone)]
pub(crate) enum Meant {
    /// One by one.
    Named(Vec<TaskNumber>),
    /// By what they are.
    Picked(Picked),
    /// Those that a request was on.
    Of(RequestNumber),
}

/// Whether it is said which tasks are meant, and in words that are understood; looked at before the store is.
///
/// # Errors
/// A mistake.
pub(crate) fn check(tasks: &[String], filter: &FilterArgs) -> Result<(), Failure> {
    match (tasks, filter.is_given()) {
        ([], false) => Err(Failure::mistake("which TASK is meant is not said").hint(
            "name tasks by number, id or name, or choose them: --state run, --kind import, --filter EXPR",
        )),
        ([_, ..], true) => Err(Failure::mistake(
            "tasks are named, and chosen by what they are: it has to be one or the other",
        )
        .hint("leave out the names, or the options that choose")),
        ([], true) => filter.read().map(|_| ()),
        ([_, ..], false) => Ok(()),
    }
}

/// The tasks that somebody means; `reach` says of which a filter picks, unless it says so itself.
pub(crate) fn meant(
    control: &Control,
    tasks: &[String],
    filter: &FilterArgs,
    reach: Reach,
) -> Result<Meant, Failure> {
    check(tasks, filter)?;
    if !filter.is_given() {
        return Ok(Meant::Named(resolve(control, tasks)?));
    }
    let filter = filter.read()?;
    let reach = match reach {
        Reach::Living if filter.names_ended() => Reach::All,
        reach => reach,
    };
    Ok(Meant::Picked(control.picked(filter, reach)))
}

/// The numbers of the tasks that somebody means, to look at them.
pub(crate) fn looked_at(
    control: &Control,
    tasks: &[String],
    filter: &FilterArgs,
    reach: Reach,
) -> Result<Vec<TaskNumber>, Failure> {
    let meant = meant(control, tasks, filter, reach)?;
    if let Meant::Named(tasks) = meant {
        return Ok(tasks);
    }
    let found = rows_of(control, meant)?.rows;
    if found.is_empty() {
        output::note(NONE);
    }
    Ok(found.iter().map(|row| row.spec.number).collect())
}

/// The rows of the tasks that are meant: in the order of what was named, else of their numbers.
pub(crate) fn rows_of(control: &Control, meant: Meant) -> Result<Tasks, Failure> {
    let store = control.store();
    match meant {
        Meant::Named(tasks) => Ok(store.tasks(tasks)?),
        Meant::Picked(picked) => {
            let mut found = store.matching(picked, usize::MAX)?.tasks;
            for error in &found.unreadable {
                output::note(&format!("{}; see longhaul doctor", in_one_line(error)));
            }
            found.rows.reverse();
            Ok(found)
        }
        Meant::Of(request) => {
            let tasks = match store.made(request)? {
                Made::Asked(undos) => undos.iter().map(|undo| undo.task).collect(),
                Made::Set(_) => {
                    return Err(Failure::new(
                        Outcome::Refused,
                        "refused",
                        format!("request {request} changed settings, and asked for no state"),
                    )
                    .hint(format!("`longhaul undo {request}` takes them back")));
                }
                Made::Gone => return Err(nothing_left(request)),
                Made::Never => return Err(no_request(request)),
            };
            Ok(store.present(tasks)?)
        }
    }
}

/// The error where a request was never made.
pub(crate) fn no_request(request: RequestNumber) -> Failure {
    Failure::new(
        Outcome::Refused,
        "unknown-request",
        format!("there is no request {request}"),
    )
    .hint("`longhaul events` tells the number of each request")
}

/// The error where nothing is known of a request any more.
pub(crate) fn nothing_left(request: RequestNumber) -> Failure {
    Failure::new(
        Outcome::Refused,
        "unknown-request",
        format!(
            "nothing is kept of request {request}: its tasks are gone, or an older version made it"
        ),
    )
}

/// What is said where a filter picks nothing.
pub(crate) const NONE: &str = "no task matches";

impl FilterArgs {
    /// Whether any of it was typed.
    pub(crate) fn is_given(&self) -> bool {
        *self != Self::default()
    }

    /// The filter that was typed.
    ///
    /// # Errors
    /// A mistake, in the words of the grammar.
    pub(crate) fn read(&self) -> Result<Filter, Failure> {
        self.filter_at(&here()).map_err(|error| mistake(&error))
    }

    /// The time before which what is meant came to be where it is, where one was typed.
    ///
    /// # Errors
    /// A mistake, in the words of the grammar.
    pub(crate) fn older_than(&self) -> Result<Option<Timestamp>, Failure> {
        let typed = self.older_than.as_deref();
        let time = typed.map(|typed| moment(typed, &here()));
        time.transpose().map_err(|error| mistake(&error))
    }

    fn filter_at(&self, present: &Present) -> Result<Filter, FilterError> {
        let mut filter = Filter::parse(self.filter.as_deref().unwrap_or_default(), present)?;
        for (key, value) in [
            ("state", &self.state),
            ("desired", &self.desired),
            ("kind", &self.kind),
            ("name", &self.name),
            ("group", &self.group),
            ("worker", &self.worker),
            ("by", &self.by),
            ("since", &self.since),
            ("pid", &self.pid),
        ] {
            if let Some(value) = value {
                filter.narrow(Filter::of(key, value, present)?);
            }
        }
        if let Some(older_than) = &self.older_than {
            filter.narrow(Filter::since_before(moment(older_than, present)?));
        }
        if self.failed {
            filter.narrow(Filter::failed());
        }
        Ok(filter)
    }
}

/// A time as it is typed after `since:`.
pub(crate) fn time(typed: &str) -> Result<Timestamp, Failure> {
    moment(typed, &here()).map_err(|error| mistake(&error))
}

fn here() -> Present {
    Present {
        now: Timestamp::now(),
        zone: TimeZone::system(),
    }
}

fn mistake(error: &FilterError) -> Failure {
    Failure::mistake(error.to_string())
}

#[cfg(test)]
mod tests;

//! Before many are acted on: who picks tasks by what they are sees which they are, and says yes.

use std::collections::BTreeSet;

use longhaul_common::actor::Actor;
use longhaul_common::control::Control;
use longhaul_common::id::TaskNumber;
use longhaul_common::safe_text::safe;
use longhaul_common::state::Desired;
use longhaul_common::store::{Aim, Picked, TaskRow, Wish};
use longhaul_common::view::TaskView;

use crate::choosing::{Meant, NONE, rows_of};
use crate::cli::CareArgs;
use crate::confirm::{self, Answer};
use crate::exit::Failure;
use crate::output::clock::Clock;
use crate::output::paint::Paint;
use crate::output::{self, human, terminal};
use crate::verbs::list;

/// So many of the tasks that are picked are shown.
const SHOWN: usize = 20;

/// What is about to be done to tasks.
pub(crate) struct Act<'a> {
    /// The verb, as in "to suspend".
    pub(crate) verb: &'a str,
    pub(crate) care: CareArgs,
    /// Whether it goes against what others wanted.
    pub(crate) others: Others<'a>,
}

/// Whether what others wanted is at stake.
#[derive(Clone, Copy)]
pub(crate) enum Others<'a> {
    /// It is not.
    Pass,
    /// A suspension that another one asked for ends: whoever asks is told of it first.
    Suspended(&'a Actor),
}

/// The tasks that are acted on, once that is confirmed; None: it is not, or there are none, which was said.
pub(crate) fn confirmed(
    control: &Control,
    meant: Meant,
    act: &Act<'_>,
) -> Result<Option<Aim>, Failure> {
    match meant {
        Meant::Picked(picked) if act.care.yes => Ok(Some(Aim::Picked(picked))),
        Meant::Picked(picked) => picked_and_seen(control, picked, act),
        Meant::Named(tasks) => named(control, tasks, act),
        Meant::Of(request) => {
            let rows = rows_of(control, Meant::Of(request))?.rows;
            let go = !is_asked(act, &rows) || asked(&act.question(rows.len(), " all the same"))?;
            Ok(go.then_some(Aim::Of(request)))
        }
    }
}

/// Named tasks are asked for only if that goes against somebody, and somebody is here to answer.
fn named(control: &Control, tasks: Vec<TaskNumber>, act: &Act<'_>) -> Result<Option<Aim>, Failure> {
    if !act.could_ask() {
        return Ok(Some(Aim::Named(tasks)));
    }
    let rows = control.store().tasks(tasks)?.rows;
    let go = !is_asked(act, &rows) || asked(&act.question(rows.len(), " all the same"))?;
    Ok(go.then(|| seen(&rows)))
}

/// Whether somebody has to be asked since it goes against others, who are told.
fn is_asked(act: &Act<'_>, rows: &[TaskRow]) -> bool {
    match act.others {
        Others::Suspended(me) if act.could_ask() => tell_of_others(rows, me),
        Others::Suspended(_) | Others::Pass => false,
    }
}

impl Act<'_> {
    /// Whether it can go against others, and somebody is here to answer.
    fn could_ask(&self) -> bool {
        let against = match self.others {
            Others::Suspended(_) => true,
            Others::Pass => false,
        };
        against && !self.care.yes && confirm::somebody_is_here()
    }

    fn question(&self, tasks: usize, how: &str) -> String {
        let mut verb = self.verb.to_owned();
        // Verbs are ASCII.
        verb[..1].make_ascii_uppercase();
        let these = match tasks {
            1 => "this task".into(),
            tasks => format!("these {}", human::counted(tasks as u64, "task", "tasks")),
        };
        format!("{verb} {these}{how}?")
    }
}

fn picked_and_seen(
    control: &Control,
    picked: Picked,
    act: &Act<'_>,
) -> Result<Option<Aim>, Failure> {
    if !confirm::somebody_is_here() {
        return Err(Failure::mistake(
            "a filter can pick any number of tasks, and nobody is here to be asked",
        )
        .hint("--yes answers for you, --dry-run lists them"));
    }
    let found = rows_of(control, Meant::Picked(picked))?;
    if found.rows.is_empty() {
        output::note(NONE);
        return Ok(None);
    }
    let (views, _) = control.views_of(&found);
    let against = is_asked(act, &found.rows);
    if found.rows.len() == 1 && !against {
        return Ok(Some(seen(&found.rows)));
    }
    show(&views);
    Ok(asked(&act.question(found.rows.len(), ""))?.then(|| seen(&found.rows)))
}

/// What was shown is what is acted on: nothing that came to match since, and nothing that somebody asked
/// something of meanwhile.
fn seen(rows: &[TaskRow]) -> Aim {
    let seen = |row: &TaskRow| (row.spec.number, row.wish.request);
    Aim::Seen(rows.iter().map(seen).collect())
}

pub(crate) fn asked(question: &str) -> Result<bool, Failure> {
    let yes = confirm::ask(question)? == Answer::Yes;
    if !yes {
        output::note("nothing was done");
    }
    Ok(yes)
}

fn show(views: &[TaskView]) {
    let shown = &views[..views.len().min(SHOWN)];
    let table = list::table(shown, &[], &Clock::local());
    let table = table.render(Some(terminal::error_width()), Paint::Nothing);
    eprint!("{table}");
    let more = views.len() - shown.len();
    if more > 0 {
        output::note(&format!(
            "… and {}",
            human::counted(more as u64, "more", "more")
        ));
    }
}

/// Says which of these tasks another one suspended, and why; whether there are any.
pub(crate) fn tell_of_others(rows: &[TaskRow], me: &Actor) -> bool {
    let clock = Clock::local();
    let mut told = BTreeSet::new();
    let mut any = false;
    for row in rows {
        if !is_anothers(&row.wish, me) {
            continue;
        }
        any = true;
        // Of one request once.
        if told.insert(row.wish.request) {
            output::note(&suspended_by(
                &row.spec.name,
                row.spec.number,
                &row.wish,
                &clock,
            ));
        }
    }
    any
}

/// Whether somebody else asked for a suspension that is wanted.
pub(crate) fn is_anothers(wish: &Wish, me: &Actor) -> bool {
    wish.desired == Desired::Suspend && !wish.policy && !wish.by.is_same_person(me)
}

/// Who suspended a task, when and why.
pub(crate) fn suspended_by(name: &str, task: TaskNumber, wish: &Wish, clock: &Clock) -> String {
    let name = match name {
        "" => String::new(),
        name => format!(" ({})", safe(name)),
    };
    let because = wish.reason.as_deref();
    let because = because.map_or_else(String::new, |why| format!(" because \"{}\"", safe(why)));
    format!(
        "task {task}{name} was suspended by {} at {} (request {}){because}",
        safe(&wish.by.to_string()),
        clock.moment(wish.at),
        wish.request
    )
}

//! `longhaul events`: what happened, to whom, by whom and why.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use longhaul_common::control::Control;
use longhaul_common::event::Event;
use longhaul_common::id::{EventNumber, TaskNumber};
use longhaul_common::safe_text::{fit, safe, width};
use longhaul_common::state::StateWord;
use longhaul_common::store::{Reach, StoreError};
use longhaul_common::time::Timestamp;
use longhaul_worker::report::in_one_line;

use crate::choosing::{looked_at, time};
use crate::cli::{EventsArgs, FilterArgs};
use crate::exit::{Failure, Outcome};
use crate::output::clock::Clock;
use crate::output::event::tone;
use crate::output::paint::{Paint, Tone};
use crate::output::{self, JsonArray, Printed, terminal};
use crate::session::Session;

/// Of all tasks, unless asked otherwise.
const USUALLY: usize = 50;
/// How many events are read at a time.
const PAGE: usize = 1000;
/// The columns of a task's number and name.
const WHO: usize = 20;

pub(crate) fn run(session: &Session, args: &EventsArgs) -> Result<Outcome, Failure> {
    let control = session.look()?;
    let tasks = tasks(&control, args)?;
    let since = args.of.filter.since.as_deref().map(time).transpose()?;
    let one = match tasks.as_deref() {
        Some([task]) => Some(*task),
        _ => None,
    };
    let mut printer = Printer {
        control: &control,
        form: match (session.json(), args.follow) {
            (true, true) => Form::JsonLines,
            (true, false) => Form::JsonArray(JsonArray::begin()),
            (false, _) => Form::People(session.paint()),
        },
        clock: Clock::local(),
        names: BTreeMap::new(),
        who: if one.is_some() { 0 } else { WHO },
    };
    // Looked at before the events: those that ended them are among them then.
    let mut living = living(&control, tasks.as_deref())?;
    let last = match (args.lines, one, &tasks, since) {
        (None, Some(task), _, None) => printer.all(task)?,
        (lines, _, None, None) => {
            let found = control
                .store()
                .last_events(None, lines.unwrap_or(USUALLY))?;
            printer.print(&found.events)?;
            found.last
        }
        (lines, _, tasks, since) => {
            let last = control.store().event_span()?.1;
            let found = chosen(&control, tasks.as_deref(), since, lines, last)?;
            printer.print(&found)?;
            last
        }
    };
    if args.follow && living.as_ref().is_none_or(|living| !living.is_empty()) {
        follow(
            &control,
            &mut printer,
            last,
            one,
            tasks.as_deref(),
            &mut living,
        )?;
    }
    printer.finish()?;
    Ok(Outcome::Done)
}

/// The tasks whose events are meant; None: those of all.
fn tasks(control: &Control, args: &EventsArgs) -> Result<Option<Vec<TaskNumber>>, Failure> {
    // Of events it says when they happened.
    let filter = FilterArgs {
        since: None,
        ..args.of.filter.clone()
    };
    if args.of.tasks.is_empty() && !filter.is_given() {
        return Ok(None);
    }
    looked_at(control, &args.of.tasks, &filter, Reach::All).map(Some)
}

/// Those of these tasks that have not ended; None: all are meant, and there is no end.
fn living(
    control: &Control,
    tasks: Option<&[TaskNumber]>,
) -> Result<Option<BTreeSet<TaskNumber>>, Failure> {
    let Some(tasks) = tasks else {
        return Ok(None);
    };
    let rows = control.store().present(tasks.to_vec())?.rows;
    let rows = rows
        .iter()
        .filter(|row| row.state.word != StateWord::Terminate);
    Ok(Some(rows.map(|row| row.spec.number).collect()))
}

/// The last of the events up to `last` that are meant, oldest first.
fn chosen(
    control: &Control,
    tasks: Option<&[TaskNumber]>,
    since: Option<Timestamp>,
    lines: Option<usize>,
    last: EventNumber,
) -> Result<Vec<Event>, Failure> {
    let usual = if tasks.is_none() && since.is_none() {
        USUALLY
    } else {
        usize::MAX
    };
    let most = lines.unwrap_or(usual);
    let scopes = match tasks {
        None => vec![None],
        Some(tasks) => tasks.iter().copied().map(Some).collect(),
    };
    let mut found = BTreeMap::new();
    for task in scopes {
        let mut before = EventNumber(last.0.saturating_add(1));
        let mut left = most;
        while left > 0 {
            let page = control
                .store()
                .events_before(before, task, left.min(PAGE))?
                .events;
            let Some(first) = page.first() else { break };
            before = first.number;
            left -= page.len();
            let earlier = since.is_some_and(|since| first.at < since);
            let meant = page
                .into_iter()
                .filter(|event| since.is_none_or(|since| event.at >= since));
            found.extend(meant.map(|event| (event.number, event)));
            if earlier {
                break;
            }
        }
    }
    let first = found.len().saturating_sub(most);
    Ok(found.into_values().skip(first).collect())
}

/// Goes on as they come: of some tasks until they have ended, of all without an end.
fn follow(
    control: &Control,
    printer: &mut Printer<'_>,
    last: EventNumber,
    one: Option<TaskNumber>,
    tasks: Option<&[TaskNumber]>,
    living: &mut Option<BTreeSet<TaskNumber>>,
) -> Printed {
    terminal::end_with_the_reader();
    let mut feed = control.watch(last, one);
    if let Some(reason) = feed.tick_only() {
        output::note(&format!(
            "changes are not notified here, so they show up to 2 seconds late: {}",
            in_one_line(reason)
        ));
    }
    let mut troubled = false;
    loop {
        let mut events = match feed.next(None) {
            Ok(events) => events,
            Err(error @ (StoreError::Busy { .. } | StoreError::Unknown { .. })) => {
                if !std::mem::replace(&mut troubled, true) {
                    output::note(&format!("{}; still trying", in_one_line(&error)));
                }
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        troubled = false;
        if let Some(tasks) = tasks {
            events.retain(|event| event.task.is_some_and(|task| tasks.contains(&task)));
        }
        printer.print(&events)?;
        if let Some(living) = living {
            for event in events {
                if let (Some(task), Some(StateWord::Terminate)) = (event.task, event.to) {
                    living.remove(&task);
                }
            }
            if living.is_empty() {
                return Ok(());
            }
        }
    }
}

enum Form {
    People(Paint),
    JsonLines,
    JsonArray(JsonArray),
}

struct Printer<'a> {
    control: &'a Control,
    form: Form,
    clock: Clock,
    names: BTreeMap<TaskNumber, String>,
    who: usize,
}

impl Printer<'_> {
    /// All that are kept; gives the number of the last one of the store.
    fn all(&mut self, task: TaskNumber) -> Result<EventNumber, Failure> {
        let mut seen = EventNumber(0);
        loop {
            let found = self.control.store().events(seen, Some(task), PAGE)?;
            self.print(&found.events)?;
            match found.events.last() {
                Some(last) if found.events.len() == PAGE => seen = last.number,
                _ => return Ok(found.last),
            }
        }
    }

    fn print(&mut self, events: &[Event]) -> Printed {
        match &mut self.form {
            Form::JsonLines => events.iter().try_for_each(output::json_line),
            Form::JsonArray(array) => events.iter().try_for_each(|event| array.push(event)),
            Form::People(paint) => {
                let paint = *paint;
                self.learn_names(events)?;
                let mut lines = String::new();
                for event in events {
                    let who = self.who(event);
                    // Writing to a string can't fail.
                    let _ = writeln!(
                        lines,
                        "{}  {who}{}",
                        paint.paint(Tone::Quiet, &self.clock.time(event.at)),
                        paint.paint(tone(event), &safe(&event.sentence())),
                    );
                }
                output::text(&lines)
            }
        }
    }

    /// Names are fixed at submission: each is asked for once.
    fn learn_names(&mut self, events: &[Event]) -> Printed {
        if self.who == 0 {
            return Ok(());
        }
        let mut unknown: Vec<TaskNumber> = events.iter().filter_map(|event| event.task).collect();
        unknown.sort_unstable();
        unknown.dedup();
        unknown.retain(|task| !self.names.contains_key(task));
        if unknown.is_empty() {
            return Ok(());
        }
        let mut known = self.control.store().names(unknown.clone())?;
        for task in unknown {
            let name = known.remove(&task).unwrap_or_default();
            self.names.insert(task, name);
        }
        Ok(())
    }

    fn who(&self, event: &Event) -> String {
        if self.who == 0 {
            return String::new();
        }
        let who = match event.task {
            None => "-".to_owned(),
            Some(task) => match self.names.get(&task) {
                Some(name) if !name.is_empty() => format!("{task} {name}"),
                _ => task.to_string(),
            },
        };
        let who = fit(&who, self.who);
        let blank = self.who - width(&who) + 2;
        format!("{who}{:blank$}", "")
    }

    fn finish(self) -> Printed {
        match self.form {
            Form::JsonArray(array) => array.end(),
            Form::JsonLines | Form::People(_) => Ok(()),
        }
    }
}

//! `longhaul events`: what happened, to whom, by whom and why.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use longhaul_common::control::Control;
use longhaul_common::event::Event;
use longhaul_common::id::{EventNumber, TaskNumber};
use longhaul_common::safe_text::{fit, safe, width};
use longhaul_common::state::StateWord;
use longhaul_common::store::StoreError;
use longhaul_worker::report::in_one_line;

use crate::cli::EventsArgs;
use crate::exit::{Failure, Outcome};
use crate::output::clock::Clock;
use crate::output::event::tone;
use crate::output::paint::{Paint, Tone};
use crate::output::{self, JsonArray, Printed, terminal};
use crate::session::{Session, resolve};

/// Of all tasks, unless asked otherwise.
const USUALLY: usize = 50;
/// How many events are read at a time.
const PAGE: usize = 1000;
/// The columns of a task's number and name.
const WHO: usize = 20;

pub(crate) fn run(session: &Session, args: &EventsArgs) -> Result<Outcome, Failure> {
    let control = session.look()?;
    let task = match &args.task {
        Some(typed) => resolve(&control, std::slice::from_ref(typed))?.pop(),
        None => None,
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
        who: if task.is_some() { 0 } else { WHO },
    };
    // Looked at before the events: those that ended it are among them then.
    let ended = match task {
        Some(task) => control.store().task(task)?.state.word == StateWord::Terminate,
        None => false,
    };
    let last = match (args.lines, task) {
        (None, Some(_)) => printer.all(task)?,
        (lines, _) => {
            let limit = lines.unwrap_or(USUALLY);
            let found = control.store().last_events(task, limit)?;
            printer.print(&found.events)?;
            found.last
        }
    };
    if args.follow && !ended {
        follow(&control, &mut printer, last, task)?;
    }
    printer.finish()?;
    Ok(Outcome::Done)
}

/// Goes on as they come: of one task until it has ended, of all without an end.
fn follow(
    control: &Control,
    printer: &mut Printer<'_>,
    last: EventNumber,
    task: Option<TaskNumber>,
) -> Printed {
    terminal::end_with_the_reader();
    let mut feed = control.watch(last, task);
    if let Some(reason) = feed.tick_only() {
        output::note(&format!(
            "changes are not notified here, so they show up to 2 seconds late: {}",
            in_one_line(reason)
        ));
    }
    let mut troubled = false;
    loop {
        let events = match feed.next(None) {
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
        printer.print(&events)?;
        if task.is_some()
            && events
                .iter()
                .any(|event| event.to == Some(StateWord::Terminate))
        {
            return Ok(());
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
    fn all(&mut self, task: Option<TaskNumber>) -> Result<EventNumber, Failure> {
        let mut seen = EventNumber(0);
        loop {
            let found = self.control.store().events(seen, task, PAGE)?;
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

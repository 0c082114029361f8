//! `longhaul prune`: removes tasks that have ended.

use std::collections::BTreeSet;

use longhaul_common::control::{Control, Swept};
use longhaul_common::id::{TaskId, TaskNumber};
use longhaul_common::prune::{Choice, Orphan, orphans};
use longhaul_common::state::{Outcome as End, StateWord};
use longhaul_common::store::{Forget, Kept, Reach};
use longhaul_common::time::Timestamp;
use longhaul_worker::report::in_one_line;
use serde::Serialize;

use crate::cli::{FilterArgs, PruneArgs};
use crate::confirm::{self, Answer};
use crate::exit::{Failure, Outcome};
use crate::output::clock::Clock;
use crate::output::table::{Cell, Column, Table};
use crate::output::{self, JsonArray, human, terminal};
use crate::session::{Session, resolve};

/// So many tasks are read at a time.
const PAGE: usize = 1000;

pub(crate) fn run(session: &Session, args: &PruneArgs) -> Result<Outcome, Failure> {
    if !args.tasks.is_empty() && args.filter.is_given() {
        return Err(Failure::mistake(
            "tasks are named, and chosen by what they are: it has to be one or the other",
        ));
    }
    if args.tasks.is_empty() && !args.chooses() && !args.orphans {
        return Err(Failure::mistake("which tasks are to go is not said").hint(
            "longhaul prune --older-than 30d, --outcome completed, --keep 100, --all, or TASK…",
        ));
    }
    let control = if args.dry_run {
        session.look()?
    } else {
        session.control()?
    };
    let tasks = if args.chooses() {
        chosen(&control, args)?
    } else {
        resolve(&control, &args.tasks)?
    };
    let orphans = if args.orphans {
        orphans(control.store())?
    } else {
        Vec::new()
    };
    if args.dry_run {
        return list(session, &control, &tasks, &orphans);
    }
    // What is named one by one is not asked for.
    let many = args.chooses() && tasks.len() > 1 && !args.yes;
    if many {
        let tasks = human::counted(tasks.len() as u64, "task", "tasks");
        match confirm::ask(&format!("Remove {tasks} for good?"))? {
            Answer::Yes => {}
            Answer::No => {
                output::note("nothing was removed");
                return Ok(Outcome::Done);
            }
        }
    }
    remove(session, &control, args, &tasks, &orphans)
}

/// Those that meet the conditions.
fn chosen(control: &Control, args: &PruneArgs) -> Result<Vec<TaskNumber>, Failure> {
    let older_than = args.filter.older_than()?;
    let mut ended = control.store().ended()?;
    // How old they are counts once the last ones are kept.
    let filter = FilterArgs {
        older_than: None,
        ..args.filter.clone()
    };
    if filter.is_given() {
        let picked = control.picked(filter.read()?, Reach::Ended);
        let rows = control.store().matching(picked, usize::MAX)?.tasks.rows;
        let picked: BTreeSet<TaskNumber> = rows.iter().map(|row| row.spec.number).collect();
        ended.retain(|task| picked.contains(&task.number));
    }
    let now = Timestamp::now();
    let choice = Choice {
        older_than: older_than.map(|time| now.since(time)),
        outcomes: args.outcome.iter().copied().map(End::from).collect(),
        keep: args.keep,
    };
    Ok(choice.of(&ended, now))
}

/// What becomes of one task.
#[derive(Serialize)]
struct Told {
    number: TaskNumber,
    id: Option<TaskId>,
    name: Option<String>,
    outcome: Option<End>,
    ended_at: Option<Timestamp>,
    /// Whether it is gone.
    pruned: bool,
    /// Why it stays.
    refused: Option<String>,
}

/// A file of a task that was gone.
#[derive(Serialize)]
struct ToldFile<'a> {
    file: std::borrow::Cow<'a, str>,
    bytes: u64,
    /// Whether it is gone.
    pruned: bool,
    /// Why it stays.
    refused: Option<String>,
}

impl<'a> ToldFile<'a> {
    fn of(orphan: &'a Orphan, removed: Option<&dyn std::error::Error>, pruned: bool) -> Self {
        Self {
            file: orphan.path.to_string_lossy(),
            bytes: orphan.bytes,
            pruned,
            refused: removed.map(in_one_line),
        }
    }
}

const COLUMNS: [Column; 4] = [
    Column::right("NR", 100),
    Column::left("NAME", 95).cut_to(10),
    Column::left("OUTCOME", 90),
    Column::left("ENDED", 80),
];

fn list(
    session: &Session,
    control: &Control,
    tasks: &[TaskNumber],
    orphans: &[Orphan],
) -> Result<Outcome, Failure> {
    let clock = Clock::local();
    let mut table = Table::new(COLUMNS);
    let mut array = session.json().then(JsonArray::begin);
    let mut outcome = Outcome::Done;
    let mut listed = 0;
    for page in tasks.chunks(PAGE) {
        for row in control.store().present(page.to_vec())?.rows {
            let has_ended = row.state.word == StateWord::Terminate;
            let ended = row.state.outcome.filter(|_| has_ended);
            let refused = ended
                .is_none()
                .then(|| Kept::Lives(row.state.word).to_string());
            let name = (!row.spec.name.is_empty()).then_some(row.spec.name);
            if let Some(refused) = &refused {
                outcome = outcome.and(Outcome::Refused);
                if array.is_none() {
                    output::note(&format!("task {}: {refused}", row.spec.number));
                }
            }
            match &mut array {
                Some(array) => array.push(&Told {
                    number: row.spec.number,
                    id: Some(row.spec.id),
                    name,
                    outcome: ended,
                    ended_at: ended.map(|_| row.state.since),
                    pruned: false,
                    refused,
                })?,
                None => {
                    let Some(ended) = ended else { continue };
                    listed += 1;
                    table.push([
                        Cell::new(row.spec.number.to_string()),
                        Cell::new(name.unwrap_or_default()),
                        Cell::new(ended.to_string()),
                        Cell::new(clock.moment(row.state.since)),
                    ]);
                }
            }
        }
    }
    match array {
        Some(mut array) => {
            for orphan in orphans {
                array.push(&ToldFile::of(orphan, None, false))?;
            }
            array.end()?;
        }
        None => {
            if listed > 0 {
                output::text(&table.render(terminal::width(), session.paint()))?;
            }
            for orphan in orphans {
                let path = orphan.path.to_string_lossy();
                output::line(&longhaul_common::safe_text::safe(&path))?;
            }
            let files = match orphans.len() as u64 {
                0 => String::new(),
                files => format!(" and {}", human::counted(files, "file", "files")),
            };
            let tasks = human::counted(listed, "task", "tasks");
            output::note(&format!("{tasks}{files} would go; nothing was removed"));
        }
    }
    Ok(outcome)
}

fn remove(
    session: &Session,
    control: &Control,
    args: &PruneArgs,
    tasks: &[TaskNumber],
    orphans: &[Orphan],
) -> Result<Outcome, Failure> {
    let forget = Forget {
        reason: args.reason.clone(),
        events_before: args.filter.older_than()?,
        ..Forget::default()
    };
    let mut report = Report {
        array: session.json().then(JsonArray::begin),
        outcome: Outcome::Done,
        gone: 0,
        bytes: 0,
        refused: Vec::new(),
    };
    let mut printed = Ok(());
    let pruned = control.prune(tasks, forget, |swept| {
        if printed.is_ok() {
            printed = report.take(swept);
        }
    });
    printed?;
    for orphan in orphans {
        report.take_orphan(orphan)?;
    }
    report.end(args, orphans.len())?;
    pruned?;
    match (report.refused.as_slice(), args.tasks.as_slice()) {
        // With one task the refusal is the error; of several each was told.
        ([(task, why)], [_]) if !session.json() => Err(Failure::new(
            Outcome::Refused,
            "refused",
            format!("task {task} was not removed: {why}"),
        )),
        _ => Ok(report.outcome),
    }
}

/// What is told while it goes on.
struct Report {
    array: Option<JsonArray>,
    outcome: Outcome,
    gone: u64,
    bytes: u64,
    refused: Vec<(TaskNumber, Kept)>,
}

impl Report {
    fn take(&mut self, swept: Swept) -> Result<(), Failure> {
        self.gone += swept.gone.len() as u64;
        self.bytes += swept.bytes;
        for error in &swept.files {
            self.outcome = self.outcome.and(Outcome::Store);
            output::note(&in_one_line(error));
        }
        if !swept.kept.is_empty() {
            self.outcome = self.outcome.and(Outcome::Refused);
        }
        if let Some(array) = &mut self.array {
            for task in swept.gone {
                array.push(&Told {
                    number: task.number,
                    id: Some(task.id),
                    name: (!task.name.is_empty()).then_some(task.name),
                    outcome: Some(task.outcome),
                    ended_at: Some(task.at),
                    pruned: true,
                    refused: None,
                })?;
            }
            for (task, why) in &swept.kept {
                array.push(&Told {
                    number: *task,
                    id: None,
                    name: None,
                    outcome: None,
                    ended_at: None,
                    pruned: false,
                    refused: Some(why.to_string()),
                })?;
            }
        }
        self.refused.extend(swept.kept);
        Ok(())
    }

    fn take_orphan(&mut self, orphan: &Orphan) -> Result<(), Failure> {
        let removed = orphan.remove();
        match &removed {
            Ok(()) => self.bytes += orphan.bytes,
            Err(error) => {
                self.outcome = self.outcome.and(Outcome::Store);
                output::note(&in_one_line(error));
            }
        }
        match &mut self.array {
            Some(array) => {
                let error = removed
                    .as_ref()
                    .err()
                    .map(|error| error as &dyn std::error::Error);
                array.push(&ToldFile::of(orphan, error, removed.is_ok()))
            }
            None => Ok(()),
        }
    }

    fn end(&mut self, args: &PruneArgs, orphans: usize) -> Result<(), Failure> {
        if let Some(array) = self.array.take() {
            return array.end();
        }
        if args.tasks.len() != 1 {
            for (task, why) in &self.refused {
                output::line(&format!("task {task}: refused: {why}"))?;
            }
        }
        if self.gone == 0 && self.refused.len() == 1 && args.tasks.len() == 1 {
            return Ok(());
        }
        let tasks = human::counted(self.gone, "task", "tasks");
        let files = match orphans as u64 {
            0 => String::new(),
            files => format!(
                " and {} of tasks gone before",
                human::counted(files, "file", "files")
            ),
        };
        let room = match self.bytes {
            0 => String::new(),
            bytes => format!(", {} of files", human::memory(bytes)),
        };
        output::line(&format!("removed {tasks}{files}{room}"))
    }
}

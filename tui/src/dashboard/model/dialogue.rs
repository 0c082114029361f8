//! A question that has to be answered before anything is asked of tasks.

use std::collections::BTreeMap;
use std::time::Duration;

use longhaul_common::id::{RequestNumber, TaskId, TaskNumber};
use longhaul_common::state::{Desired, Outcome};
use longhaul_common::store::{Blocking, Done, Haste, Hooks};
use longhaul_common::time::Timestamp;

use super::Line;
use crate::dashboard::effect::Request;
use crate::dashboard::row::Row;
use crate::output::human;

/// More tasks than this have to be typed as a number.
const MANY: usize = 10;

/// So much of a command is worth drawing, in bytes; all of it is copied.
const DRAWN: usize = 1000;

/// What is about to be asked, of tasks that were frozen when it was opened: it acts on what it
/// shows, whatever the list does meanwhile.
#[derive(Debug)]
pub(crate) struct Dialogue {
    pub(crate) want: Desired,
    pub(crate) haste: Haste,
    pub(crate) hooks: Hooks,
    /// What becomes of the batches that block them.
    pub(crate) blocking: Blocking,
    /// What becomes of what they have done.
    pub(crate) done: Done,
    /// The same, unless it is kept.
    unkept: Done,
    /// When a suspension ends by itself.
    pub(crate) until: Option<Timestamp>,
    /// The request by whose number the tasks are meant, and what is to become of it.
    pub(crate) of_request: Option<OfRequest>,
    pub(crate) tasks: Vec<Frozen>,
    pub(crate) sight: Sight,
    /// Where keys go.
    pub(crate) field: Field,
    pub(crate) reason: Line,
    /// What was typed to confirm many.
    pub(crate) count: Line,
    /// The tasks in the command that does the same; there may be very many.
    words: String,
}

/// A task as it was when the dialogue was opened, and whether it ended since.
#[derive(Clone, Debug)]
pub(crate) struct Frozen {
    pub(crate) number: TaskNumber,
    pub(crate) id: TaskId,
    pub(crate) name: Option<Box<str>>,
    /// Who else suspended it, and why.
    pub(crate) suspended_by: Option<String>,
    /// When its batch in flight should be done, or the last of several.
    pub(crate) boundary_at: Option<Timestamp>,
    /// How many are in flight of a task with a queue.
    pub(crate) in_flight: u64,
    pub(crate) ended: Ended,
    /// It owes hooks, and nobody lives to run them.
    pub(crate) stranded: bool,
    /// The error policy suspended it.
    pub(crate) blocked: bool,
    /// What a termination would undo.
    pub(crate) undoing: Undoing,
}

/// What would be undone of a task, should it be terminated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Undoing {
    Nothing,
    /// So many items as it was frozen.
    Items(u64),
    /// A rollback of it failed, that has left so many items.
    Failed(u64),
}

/// Whether a task ended, so that nothing can be asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Not,
    /// Before it was frozen.
    Before,
    /// While the dialogue was open.
    Meanwhile(Outcome),
}

/// What is to become of a request, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OfRequest {
    /// What was wanted before it is wanted again: of so many tasks their end.
    Undo(RequestNumber, usize),
    /// The tasks that it was on are resumed.
    Resume(RequestNumber),
}

/// How many of the tasks could not be seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sight {
    /// Not on the screen.
    pub(crate) unseen: usize,
    /// Of these: not on the list either, for the filter.
    pub(crate) hidden: usize,
}

/// Where keys go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    /// To the answers.
    Answer,
    /// To the number of tasks.
    Count,
    /// To the reason.
    Reason,
}

impl Dialogue {
    pub(crate) fn new(want: Desired, haste: Haste, tasks: Vec<Frozen>, sight: Sight) -> Self {
        let mut words = String::new();
        for task in &tasks {
            words.push(' ');
            words.push_str(&task.number.to_string());
        }
        let mut dialogue = Self {
            want,
            haste,
            hooks: Hooks::Run,
            blocking: Blocking::Again,
            done: Done::AsBrought,
            unkept: Done::AsBrought,
            until: None,
            of_request: None,
            tasks,
            sight,
            field: Field::Answer,
            reason: Line::default(),
            count: Line::default(),
            words,
        };
        dialogue.field = dialogue.answers();
        dialogue
    }

    /// Takes in how tasks are now: what it acts on stays, but some of it may be over.
    pub(crate) fn hear(&mut self, rows: &[Row]) {
        let ended = rows
            .iter()
            .filter_map(|row| Some((row.number, row.outcome?)));
        let ended: BTreeMap<_, _> = ended.collect();
        if ended.is_empty() {
            return;
        }
        for task in &mut self.tasks {
            if let (Ended::Not, Some(outcome)) = (task.ended, ended.get(&task.number)) {
                task.ended = Ended::Meanwhile(*outcome);
            }
        }
    }

    /// The tasks that are not over.
    pub(crate) fn lasting(&self) -> impl Iterator<Item = &Frozen> {
        self.tasks.iter().filter(|task| task.ended == Ended::Not)
    }

    /// When the last of the batches in flight should be done, if they are waited for.
    pub(crate) fn boundary_at(&self) -> Option<Timestamp> {
        match self.haste {
            Haste::AtBoundary => self.lasting().filter_map(|task| task.boundary_at).max(),
            Haste::ByForce => None,
        }
    }

    /// How many batches are in flight of the only task, if that has a queue.
    pub(crate) fn in_flight(&self) -> u64 {
        match self.tasks.as_slice() {
            [only] => only.in_flight,
            _ => 0,
        }
    }

    /// How many of the tasks owe hooks that nobody lives to run.
    pub(crate) fn stranded(&self) -> usize {
        self.lasting().filter(|task| task.stranded).count()
    }

    /// Whether so many tasks are asked that the number has to be typed.
    pub(crate) fn is_many(&self) -> bool {
        self.tasks.len() > MANY
    }

    /// The field that is answered in.
    pub(crate) fn answers(&self) -> Field {
        if self.is_many() {
            Field::Count
        } else {
            Field::Answer
        }
    }

    /// Whether the number that was typed is that of the tasks.
    pub(crate) fn is_counted(&self) -> bool {
        self.count.text() == self.tasks.len().to_string()
    }

    /// Whether hooks can be passed over: where they would be waited for without end.
    pub(crate) fn can_pass_over(&self) -> bool {
        self.want == Desired::Terminate
            && !self.is_undoing()
            && matches!(self.done, Done::AsBrought | Done::Keep)
            && (self.stranded() > 0 || self.hooks == Hooks::PassOver)
    }

    /// Whether a request is undone: how that is done was said with what was before it.
    fn is_undoing(&self) -> bool {
        matches!(self.of_request, Some(OfRequest::Undo(..)))
    }

    /// Has the hooks run, or passed over.
    pub(crate) fn toggle_hooks(&mut self) {
        self.hooks = match self.hooks {
            Hooks::Run => Hooks::PassOver,
            Hooks::PassOver => Hooks::Run,
        };
    }

    /// Takes in what was asked about what is done. Where all that there is are rollbacks that failed, a
    /// termination tries them again: else nothing would come of it.
    pub(crate) fn ask_of_done(&mut self, done: Done) {
        let failed = self.failed_rollbacks();
        let failed = failed > 0 && failed == self.lasting().count();
        let again = failed && self.want == Desired::Terminate && self.haste == Haste::AtBoundary;
        self.done = match done {
            Done::AsBrought if again && self.hooks == Hooks::Run => Done::TryAgain,
            asked => asked,
        };
        self.unkept = match &self.done {
            Done::Keep if again => Done::TryAgain,
            Done::Keep => Done::AsBrought,
            asked => asked.clone(),
        };
    }

    /// How many items would be undone, or were left by rollbacks that failed; None if nothing is to be
    /// undone.
    pub(crate) fn undoes(&self) -> Option<u64> {
        let items = |task: &Frozen| match task.undoing {
            Undoing::Nothing => None,
            Undoing::Items(items) | Undoing::Failed(items) => Some(items),
        };
        self.lasting().filter_map(items).reduce(u64::saturating_add)
    }

    /// How many rollbacks have failed.
    pub(crate) fn failed_rollbacks(&self) -> usize {
        let failed = |task: &&Frozen| matches!(task.undoing, Undoing::Failed(_));
        self.lasting().filter(failed).count()
    }

    /// Whether there is something to keep that would be undone.
    pub(crate) fn can_keep(&self) -> bool {
        self.want == Desired::Terminate
            && !self.is_undoing()
            && self.hooks == Hooks::Run
            && (self.undoes().is_some() || !matches!(self.done, Done::AsBrought))
    }

    /// Has what is done undone, or kept.
    pub(crate) fn toggle_keep(&mut self) {
        self.done = match &self.done {
            Done::Keep => self.unkept.clone(),
            _ => Done::Keep,
        };
    }

    /// Whether what blocks the tasks can be passed over.
    pub(crate) fn can_skip(&self) -> bool {
        self.want == Desired::Run && !self.is_undoing() && self.lasting().any(|task| task.blocked)
    }

    /// Has what blocks tried again, or passed over.
    pub(crate) fn toggle_blocking(&mut self) {
        self.blocking = match self.blocking {
            Blocking::Again => Blocking::PassOver,
            Blocking::PassOver => Blocking::Again,
        };
    }

    pub(crate) fn reason(&self) -> Option<&str> {
        let reason = self.reason.text().trim();
        (!reason.is_empty()).then_some(reason)
    }

    /// What a yes asks for.
    pub(crate) fn request(&self) -> Request {
        Request {
            want: self.want,
            haste: self.haste,
            hooks: self.hooks,
            blocking: self.blocking,
            done: self.done.clone(),
            until: self.until,
            of_request: match self.of_request {
                Some(OfRequest::Resume(number)) => Some(number),
                Some(OfRequest::Undo(..)) | None => None,
            },
            tasks: self.tasks.iter().map(|task| task.number).collect(),
            ids: self.tasks.iter().map(|task| task.id).collect(),
            reason: self.reason().map(str::to_owned),
        }
    }

    /// The command line that does the same.
    pub(crate) fn command(&self, store: &str) -> String {
        self.with_options(&self.meant(), store)
    }

    /// The tasks, or the request that they are meant by, as words of the command.
    fn meant(&self) -> String {
        match self.of_request {
            Some(OfRequest::Undo(number, _)) => format!(" {number}"),
            Some(OfRequest::Resume(number)) => format!(" --request {number}"),
            None => self.words.clone(),
        }
    }

    fn verb(&self) -> &'static str {
        if let Some(OfRequest::Undo(..)) = self.of_request {
            return "undo";
        }
        match self.done {
            Done::TryAgain => "rollback",
            Done::AsBrought | Done::Undo(_) | Done::Keep => self.want.verb(),
        }
    }

    /// As much of the command as may fit on a screen.
    pub(crate) fn drawn_command(&self, store: &str) -> String {
        let meant = self.meant();
        match meant.get(..DRAWN) {
            Some(words) => format!("longhaul {}{words}", self.verb()),
            None => self.with_options(&meant, store),
        }
    }

    fn with_options(&self, words: &str, store: &str) -> String {
        let mut options = Vec::new();
        if self.haste == Haste::ByForce {
            options.push("--force");
        }
        if self.hooks == Hooks::PassOver {
            options.push("--no-hooks");
        }
        if self.blocking == Blocking::PassOver {
            options.push("--skip");
        }
        let undone_by;
        match &self.done {
            Done::AsBrought | Done::TryAgain => {}
            Done::Keep => options.push("--keep"),
            Done::Undo(None) => options.push("--rollback"),
            Done::Undo(Some(line)) => {
                undone_by = format!("--rollback={line}");
                options.push(&undone_by);
            }
        }
        let until;
        if let Some(at) = self.until {
            until = at.to_string();
            options.extend(["--until", until.as_str()]);
        }
        if let Some(reason) = self.reason() {
            options.extend(["--reason", reason]);
        }
        options.extend(["--store", store]);
        format!(
            "longhaul {}{words} {}",
            self.verb(),
            shell_words::join(options)
        )
    }
}

/// The batches in flight of one task, in words.
pub(crate) fn flight(in_flight: u64) -> String {
    match in_flight {
        1 => "the batch in flight".into(),
        many => format!("the batches in flight ({})", human::count(many)),
    }
}

/// When a boundary comes that was foretold, in words.
pub(crate) fn due(at: Timestamp, now: Timestamp) -> String {
    match at.since(now) {
        left if left.is_zero() => "any moment now".into(),
        // What is foretold is not known to a tenth of a second.
        left => {
            let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
            format!("in about {}", human::duration(Duration::from_secs(seconds)))
        }
    }
}

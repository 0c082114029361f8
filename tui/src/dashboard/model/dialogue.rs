//! A question that has to be answered before anything is asked of tasks.

use longhaul_common::id::TaskNumber;
use longhaul_common::state::Desired;
use longhaul_common::store::Haste;

use super::Line;

/// More tasks than this have to be typed as a number.
const MANY: usize = 10;

/// What is about to be asked, of tasks that were frozen when it was opened: it acts on what it
/// shows, whatever the list does meanwhile.
#[derive(Debug)]
pub(crate) struct Dialogue {
    pub(crate) want: Desired,
    pub(crate) haste: Haste,
    pub(crate) tasks: Vec<Frozen>,
    /// How many of them were not on the screen.
    pub(crate) unseen: usize,
    /// Where keys go.
    pub(crate) field: Field,
    pub(crate) reason: Line,
    /// What was typed to confirm many.
    pub(crate) count: Line,
}

/// A task as it was when the dialogue was opened.
#[derive(Clone, Debug)]
pub(crate) struct Frozen {
    pub(crate) number: TaskNumber,
    pub(crate) name: Option<Box<str>>,
    /// Who else suspended it, and why.
    pub(crate) suspended_by: Option<String>,
    /// Seconds a batch takes, if one runs.
    pub(crate) batch_seconds: Option<f32>,
    pub(crate) ended: bool,
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
    pub(crate) fn new(want: Desired, haste: Haste, tasks: Vec<Frozen>, unseen: usize) -> Self {
        let mut dialogue = Self {
            want,
            haste,
            tasks,
            unseen,
            field: Field::Answer,
            reason: Line::default(),
            count: Line::default(),
        };
        dialogue.field = dialogue.answers();
        dialogue
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

    /// The command line that does the same.
    pub(crate) fn command(&self, store: &str) -> String {
        let verb = match self.want {
            Desired::Run => "resume",
            Desired::Suspend => "suspend",
            Desired::Terminate => "terminate",
        };
        let mut words = vec!["longhaul".to_owned(), verb.to_owned()];
        words.extend(self.tasks.iter().map(|task| task.number.to_string()));
        if self.haste == Haste::ByForce {
            words.push("--force".into());
        }
        if !self.reason.text().is_empty() {
            words.extend(["--reason".to_owned(), self.reason.text().to_owned()]);
        }
        words.extend(["--store".to_owned(), store.to_owned()]);
        shell_words::join(words)
    }
}

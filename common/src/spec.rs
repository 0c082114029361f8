//! What a task is: fixed at its submission, but for its [settings](crate::settings).

mod input;
mod queue;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

pub use input::{CsvForm, CsvInput, FileInput, FilesInput, Input, PartsInput, RangeInput};
pub use queue::{DEFAULT_DEPTH, MAX_PARALLEL, Place, Queue, Way};

use crate::actor::Actor;
use crate::budget::Budget;
use crate::id::{TaskId, TaskNumber};
use crate::rate::Rate;
use crate::state::Owed;
use crate::time::Timestamp;
use crate::window::Window;

/// Fields of a record that this version does not know, kept when it writes the record again.
pub type Rest = BTreeMap<String, rmpv::Value>;

/// Items per batch, unless asked otherwise.
pub const DEFAULT_BATCH_SIZE: u64 = 100;
/// Retries of a batch, unless asked otherwise.
pub const DEFAULT_RETRIES: u32 = 3;
/// The first wait before a retry.
pub const DEFAULT_BACKOFF: Duration = Duration::from_secs(1);
/// The longest wait before a retry.
pub const MAX_BACKOFF: Duration = Duration::from_secs(60);
/// The kind of a command task that was given none.
pub const COMMAND_KIND: &str = "command";

/// Bytes the operating system gave us: a path, an argument. Not always UTF-8.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OsBytes(ByteBuf);

impl OsBytes {
    /// As an argument or a variable.
    #[must_use]
    pub fn as_os_str(&self) -> &OsStr {
        OsStr::from_bytes(&self.0)
    }

    /// As a path.
    #[must_use]
    pub fn as_path(&self) -> &Path {
        Path::new(self.as_os_str())
    }

    /// For people: invalid UTF-8 replaced. Still hostile to a terminal.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.as_os_str().to_string_lossy().into_owned()
    }
}

impl From<OsString> for OsBytes {
    fn from(text: OsString) -> Self {
        Self(ByteBuf::from(text.into_vec()))
    }
}

impl From<&OsStr> for OsBytes {
    fn from(text: &OsStr) -> Self {
        text.to_owned().into()
    }
}

impl From<PathBuf> for OsBytes {
    fn from(path: PathBuf) -> Self {
        path.into_os_string().into()
    }
}

impl From<&str> for OsBytes {
    fn from(text: &str) -> Self {
        OsString::from(text).into()
    }
}

/// What performs the batches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Work {
    /// One run of a command per batch.
    Command(CommandWork),
    /// A task kind registered in Rust.
    Registered(RegisteredWork),
}

impl Work {
    /// Whether a worker must know its kind, to run it in its own process.
    #[must_use]
    pub fn is_registered(&self) -> bool {
        match self {
            Self::Command(_) => false,
            Self::Registered(_) => true,
        }
    }
}

/// A command line with the surroundings it was submitted from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CommandWork {
    /// The program, absolute: looked up at submission.
    pub program: OsBytes,
    /// The words as typed, the command's own first.
    pub argv: Vec<OsBytes>,
    /// The folder it runs in.
    pub dir: OsBytes,
    /// PATH, locale, HOME and what `--env` named.
    pub env: Vec<(OsBytes, OsBytes)>,
    /// Variables whose values are stored nowhere: the worker must have them.
    pub secret_env: Vec<OsBytes>,
    /// One process performs all batches while the task is at a worker, instead of one run a batch.
    pub persistent: bool,
}

/// Parameters for a registered kind; the kind's name is the task's kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RegisteredWork {
    /// JSON text.
    pub params: String,
    /// Whether the kind can undo what it did.
    pub rolls_back: bool,
}

/// What happens once the retries of a batch are spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnError {
    /// The task is suspended: the operator looks, mends, resumes.
    #[default]
    Suspend,
    /// The batch goes to the task's failures, and the next one runs.
    Skip,
    /// The task ends as failed.
    Terminate,
}

impl OnError {
    /// The word of the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Skip => "skip",
            Self::Terminate => "terminate",
        }
    }
}

/// Everything a submission says of a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TaskSpec {
    /// The unique id.
    pub id: TaskId,
    /// The number in this store; set by the store.
    pub number: TaskNumber,
    /// The name; empty where none was given.
    pub name: String,
    /// While a live task bears it, no other is made with it; empty where none was given.
    pub key: String,
    /// The kind: a label of a command task, or the registered kind that performs it.
    pub kind: String,
    /// What performs the batches.
    pub work: Work,
    /// Where the items come from.
    pub input: Input,
    /// How its batches are run.
    pub way: Way,
    /// Items per batch.
    pub batch_size: u64,
    /// Retries of a batch before the error policy acts.
    pub retries: u32,
    /// The first wait before a retry, in milliseconds.
    pub backoff_ms: u64,
    /// How long a batch may take, in milliseconds. None: as long as it likes.
    pub batch_timeout_ms: Option<u64>,
    /// The error policy.
    pub on_error: OnError,
    /// A batch whose retries are spent is halved until the bad item stands alone.
    pub isolate: bool,
    /// How many items may fail before the task is suspended. None: any number.
    pub max_failures: Option<Budget>,
    /// How many items may begin in how much time; None: as many as can.
    pub rate: Option<Rate>,
    /// It is suspended once so many items are behind it, done or failed; None once that was so.
    pub stop_at: Option<u64>,
    /// Higher runs first.
    pub priority: i32,
    /// The group it belongs to; empty where none was given.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// The tasks that have to complete before it runs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<TaskNumber>,
    /// The command that is asked between batches whether to go on: while it fails, none begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub throttle_if: Option<String>,
    /// It does not run before that time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// It runs while that is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// The command that prepares the task; split into words like a shell does.
    pub init: Option<String>,
    /// The command that releases what the task holds.
    pub cleanup: Option<String>,
    /// The command that runs once a suspension begins, before cleanup.
    pub on_suspend: Option<String>,
    /// The command that runs after a suspension, after init.
    pub on_resume: Option<String>,
    /// The command that is told how the task ended, or that an error suspended it.
    pub on_done: Option<String>,
    /// The command that undoes done batches of a task that is terminated.
    pub rollback: Option<String>,
    /// The task whose specification it has, if it was restarted.
    pub restart_of: Option<TaskNumber>,
    /// When it was submitted.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: Actor,
    /// What this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

impl Default for TaskSpec {
    fn default() -> Self {
        Self {
            id: TaskId::default(),
            number: TaskNumber::default(),
            name: String::new(),
            key: String::new(),
            kind: COMMAND_KIND.into(),
            work: Work::Command(CommandWork::default()),
            input: Input::None,
            way: Way::Direct,
            batch_size: DEFAULT_BATCH_SIZE,
            retries: DEFAULT_RETRIES,
            backoff_ms: u64::try_from(DEFAULT_BACKOFF.as_millis()).unwrap_or(u64::MAX),
            batch_timeout_ms: None,
            on_error: OnError::default(),
            isolate: false,
            max_failures: None,
            rate: None,
            stop_at: None,
            priority: 0,
            group: String::new(),
            throttle_if: None,
            after: Vec::new(),
            at: None,
            window: None,
            init: None,
            cleanup: None,
            on_suspend: None,
            on_resume: None,
            on_done: None,
            rollback: None,
            restart_of: None,
            created_at: Timestamp::default(),
            created_by: Actor::default(),
            rest: Rest::new(),
        }
    }
}

impl TaskSpec {
    /// Whether one process performs all its batches while it is at a worker.
    #[must_use]
    pub fn is_persistent(&self) -> bool {
        match &self.work {
            Work::Command(command) => command.persistent,
            Work::Registered(_) => false,
        }
    }

    /// The size of a batch that begins with so many items behind it: none goes beyond where it stops.
    #[must_use]
    pub fn size_from(&self, behind: u64) -> u64 {
        match self.stop_at {
            Some(stop) if stop > behind => self.batch_size.min(stop - behind),
            Some(_) | None => self.batch_size,
        }
    }

    /// Whether it stops where it is now, with so many items behind it.
    #[must_use]
    pub fn stops_at(&self, behind: u64) -> bool {
        self.stop_at.is_some_and(|stop| behind >= stop)
    }

    /// The hooks the task brings.
    #[must_use]
    pub fn brings(&self) -> Owed {
        let registered = self.work.is_registered();
        Owed {
            on_suspend: self.on_suspend.is_some() || registered,
            rollback: self.rolls_back(),
            cleanup: self.cleanup.is_some() || registered,
            ..Owed::default()
        }
    }

    /// Whether it undoes what it did if it is terminated. Items that were fed go once they are done, so
    /// what was done of them can't be undone.
    #[must_use]
    pub fn rolls_back(&self) -> bool {
        let brings = match &self.work {
            Work::Command(_) => self.rollback.is_some(),
            Work::Registered(work) => work.rolls_back,
        };
        brings && self.input != Input::Fed
    }

    /// Whether it has hooks, or wants variables of the worker, that the first version of the store knew
    /// nothing of.
    pub(crate) fn needs_new_hooks(&self) -> bool {
        let secrets = match &self.work {
            Work::Command(command) => !command.secret_env.is_empty(),
            Work::Registered(_) => false,
        };
        self.on_suspend.is_some() || self.on_resume.is_some() || self.rolls_back() || secrets
    }

    /// Whether it has gates, or stops by itself, which those pass over that know only the second version of the
    /// store.
    pub(crate) fn has_gates(&self) -> bool {
        let waits = !self.after.is_empty() || !self.group.is_empty() || self.throttle_if.is_some();
        waits || self.at.is_some() || self.window.is_some() || self.stop_at.is_some()
    }

    /// The command line for people, or the kind of a registered task.
    #[must_use]
    pub fn command_text(&self) -> String {
        match &self.work {
            Work::Command(command) => {
                let words: Vec<String> = command.argv.iter().map(OsBytes::to_text).collect();
                words.join(" ")
            }
            Work::Registered(work) => format!("{} {}", self.kind, work.params),
        }
    }

    /// The input for people, as the command line takes it.
    #[must_use]
    pub fn input_text(&self) -> Option<String> {
        self.input.text()
    }

    /// The store's own copy of its input, where it has one: goes with the last task that reads it.
    #[must_use]
    pub fn spool(&self) -> Option<&Path> {
        let file = self.input.file().filter(|file| file.spooled)?;
        Some(file.path.as_path())
    }

    /// How long a batch may take.
    #[must_use]
    pub fn batch_timeout(&self) -> Option<Duration> {
        self.batch_timeout_ms.map(Duration::from_millis)
    }
}

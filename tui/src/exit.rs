//! How a command ends: exit codes are a contract, and an error says what happened, to what, and
//! what to do.

use std::error::Error;
use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use longhaul_common::configuration::ConfigurationError;
use longhaul_common::control::Unfed;
use longhaul_common::lock_error::LockError;
use longhaul_common::place::PlaceError;
use longhaul_common::safe_text::{safe, safe_json};
use longhaul_common::store::{NotTaken, StoreError};
use longhaul_common::whose::WhoseError;
use longhaul_worker::program::ProgramError;
use longhaul_worker::report::{advice, in_one_line};
use longhaul_worker::{Finished, WorkerError};
use serde_json::json;

use crate::synonyms;

/// An exit code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Outcome {
    /// Done, or completed.
    #[default]
    Done = 0,
    /// Failed, or completed with failures left.
    Failed = 1,
    /// A typing mistake.
    Usage = 2,
    /// Refused by the rules.
    Refused = 3,
    /// The store is busy or unreachable.
    Store = 4,
    /// The store is damaged.
    Damaged = 5,
    /// Nobody to obey.
    Nobody = 6,
    /// Suspended.
    Suspended = 7,
    /// Terminated.
    Terminated = 8,
    /// Time up.
    TimeUp = 124,
}

impl Outcome {
    /// The outcome of several: the first that is not good.
    pub(crate) fn and(self, next: Self) -> Self {
        if self == Self::Done { next } else { self }
    }

    fn of(exit: u8) -> Self {
        match exit {
            0 => Self::Done,
            2 => Self::Usage,
            3 => Self::Refused,
            4 => Self::Store,
            5 => Self::Damaged,
            _ => Self::Failed,
        }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(outcome as u8)
    }
}

impl From<Finished> for Outcome {
    fn from(finished: Finished) -> Self {
        match finished {
            Finished::InGoodOrder => Self::Done,
            Finished::Overdue => Self::Failed,
        }
    }
}

/// Why a command could not do what it was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Outcome,
    /// A word for programs.
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

impl Failure {
    pub(crate) fn new(exit: Outcome, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            exit,
            code,
            message: message.into(),
            hint: None,
        }
    }

    /// A mistake in what was typed.
    pub(crate) fn mistake(message: impl Into<String>) -> Self {
        Self::new(Outcome::Usage, "usage", message)
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What happened and what to do, in a line.
    pub(crate) fn in_a_line(self) -> String {
        match self.hint {
            Some(hint) => format!("{}; {hint}", self.message),
            None => self.message,
        }
    }

    /// Something the system refused.
    pub(crate) fn system(doing: &str, error: &dyn Error) -> Self {
        Self::new(
            Outcome::Failed,
            "io",
            format!("{doing} failed: {}", in_one_line(error)),
        )
    }

    /// What the argument parser did not understand; another program's word is answered with ours.
    pub(crate) fn usage(error: &clap::Error, arguments: &[OsString]) -> Self {
        if let Some((theirs, ours)) = synonyms::of(error, arguments) {
            return Self::mistake(format!("there is no `{theirs}` here"))
                .hint(format!("it is called `longhaul {ours}`"));
        }
        let rendered = error.render().to_string();
        let text = rendered.trim_end();
        let text = text.strip_prefix("error: ").unwrap_or(text);
        Self::mistake(text)
    }

    /// Prints it to standard error.
    pub(crate) fn report(self, json: bool) -> ExitCode {
        let mut stderr = std::io::stderr().lock();
        // A closed standard error is no reason to fail differently.
        let _ = if json {
            let error = json!({"error": {
                "code": self.code,
                "message": self.message,
                "hint": self.hint,
            }});
            writeln!(stderr, "{}", safe_json(&error.to_string()))
        } else {
            // The parser's own messages have several lines.
            let message: Vec<_> = self.message.lines().map(safe).collect();
            let hint = self
                .hint
                .as_deref()
                .map(|hint| format!("\nhint: {}", safe(hint)));
            writeln!(
                stderr,
                "longhaul: {}{}",
                message.join("\n"),
                hint.unwrap_or_default()
            )
        };
        self.exit.into()
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let advice = advice(&error);
        Self {
            exit: Outcome::of(advice.exit),
            code: advice.code,
            message: in_one_line(&error),
            hint: advice.hint,
        }
    }
}

impl From<Unfed> for Failure {
    fn from(error: Unfed) -> Self {
        let message = in_one_line(&error);
        let refused = |code, message| Self::new(Outcome::Refused, code, message);
        match error {
            Unfed::Store(error) => error.into(),
            Unfed::TooLong { .. } => Self::mistake(message),
            Unfed::Refused { why, .. } => match why {
                NotTaken::NotFed => refused("not-fed", message)
                    .hint("submit one that is: longhaul submit --feed -- COMMAND"),
                NotTaken::Closed => refused("closed", message)
                    .hint("nothing can be fed any more; submit a new task with --feed"),
                NotTaken::Ended(_) | NotTaken::Ending => {
                    refused("refused", message).hint("submit a new task with --feed")
                }
            },
        }
    }
}

impl From<LockError> for Failure {
    fn from(error: LockError) -> Self {
        Self::new(Outcome::Store, "locks", in_one_line(&error))
            .hint("check the permissions of the store's folder")
    }
}

impl From<WhoseError> for Failure {
    fn from(error: WhoseError) -> Self {
        match error {
            WhoseError::Store(error) => error.into(),
            WhoseError::Lock(error) => error.into(),
        }
    }
}

impl From<PlaceError> for Failure {
    fn from(error: PlaceError) -> Self {
        match error {
            PlaceError::Configuration(error) => error.into(),
            error @ PlaceError::Unknown { .. } => Self::mistake(error.to_string()).hint(
                "`longhaul stores` lists those that have a name; a folder is a path: ./NAME, or one that is absolute",
            ),
            error @ (PlaceError::Nowhere | PlaceError::Empty) => {
                Self::mistake(error.to_string()).hint("name the store's folder with --store DIR")
            }
        }
    }
}

impl From<ConfigurationError> for Failure {
    fn from(error: ConfigurationError) -> Self {
        Self::new(Outcome::Usage, "configuration", error.to_string())
    }
}

impl From<WorkerError> for Failure {
    fn from(error: WorkerError) -> Self {
        match error {
            WorkerError::Store(error) => error.into(),
            WorkerError::Lock(error) => error.into(),
            error @ (WorkerError::Start(_) | WorkerError::BrokeDown) => {
                Self::new(Outcome::Failed, "worker", in_one_line(&error))
            }
        }
    }
}

impl From<ProgramError> for Failure {
    fn from(error: ProgramError) -> Self {
        match error {
            ProgramError::Place(error) => error.into(),
            ProgramError::Store(error) => error.into(),
            ProgramError::Worker(error) => error.into(),
            error @ (ProgramError::Process(_)
            | ProgramError::Metrics { .. }
            | ProgramError::Extend(_)) => Self::new(Outcome::Failed, "worker", in_one_line(&error)),
        }
    }
}

/// Whether the arguments ask for JSON; looked up by hand, since an error in the arguments is
/// reported that way too.
pub(crate) fn wants_json(arguments: &[OsString]) -> bool {
    arguments
        .iter()
        .take_while(|argument| *argument != "--")
        .any(|argument| argument == "--json" || argument == "-j")
}

//! The two states of a task and what belongs to them. Section by section the words are those of
//! the command line and of JSON.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// What the operator wants. Only requests write it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Desired {
    /// Work on, from where it is.
    #[default]
    Run,
    /// Stop at the next batch boundary, hold nothing, keep the place.
    Suspend,
    /// End at the next batch boundary, for good.
    Terminate,
}

/// Where the task is. Cursor and claim are rows of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Current {
    /// Waits for a worker, or is being prepared by one.
    Init,
    /// A worker runs its batches.
    Run,
    /// Rests; nobody holds anything for it.
    Suspend {
        /// When it came to rest.
        since: Timestamp,
    },
    /// Ended. Never changes again.
    Terminate {
        /// Why.
        outcome: Outcome,
        /// When.
        at: Timestamp,
    },
}

/// The word of a current state, without what belongs to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum StateWord {
    /// See [`Current::Init`].
    #[default]
    Init,
    /// See [`Current::Run`].
    Run,
    /// See [`Current::Suspend`].
    Suspend,
    /// See [`Current::Terminate`].
    Terminate,
}

/// Why a task is in TERMINATE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Its input is exhausted.
    Completed,
    /// An operator wanted it.
    Terminated,
    /// The error policy ended it.
    Failed,
}

/// A hook that a task may bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hook {
    /// Runs once a suspension begins, before cleanup.
    OnSuspend,
    /// Undoes done items of a task that is terminated.
    Rollback,
    /// Releases what the task holds. Always last.
    Cleanup,
}

/// How far the rollback of a task is. Once it has begun, the task can only be terminated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RollbackStage {
    /// It has not begun.
    #[default]
    None,
    /// It has begun, and may be over.
    Begun,
    /// A batch could not be undone: nobody works on it until somebody asks for it again.
    Failed,
}

/// The hooks that must still run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Owed {
    /// Cleanup of a worker that died before it could: runs before the next init.
    #[serde(rename = "owes_leftover_cleanup")]
    pub leftover: bool,
    /// The on-suspend hook, should the task be suspended.
    #[serde(rename = "owes_on_suspend")]
    pub on_suspend: bool,
    /// Rollback, should the task be terminated.
    #[serde(rename = "owes_rollback")]
    pub rollback: bool,
    /// Cleanup of the present claim.
    #[serde(rename = "owes_cleanup")]
    pub cleanup: bool,
}

/// How a stay with a worker ends. Recorded when its first hook begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ending {
    /// Input exhausted: TERMINATE, completed.
    Completed,
    /// Wanted by a request: TERMINATE, terminated.
    Terminated,
    /// Error policy: TERMINATE, failed.
    Failed,
    /// Wanted by a request: SUSPEND.
    Suspended,
    /// The worker stops: back to INIT, for another worker.
    Released,
}

impl Owed {
    /// Whether a task that is terminated has hooks to run first.
    #[must_use]
    pub fn any_at_an_end(self) -> bool {
        self.leftover || self.rollback || self.cleanup
    }
}

impl Ending {
    /// The outcome, if the ending is final.
    #[must_use]
    pub fn outcome(self) -> Option<Outcome> {
        match self {
            Self::Completed => Some(Outcome::Completed),
            Self::Terminated => Some(Outcome::Terminated),
            Self::Failed => Some(Outcome::Failed),
            Self::Suspended | Self::Released => None,
        }
    }
}

impl Current {
    /// The word alone.
    #[must_use]
    pub fn word(&self) -> StateWord {
        match self {
            Self::Init => StateWord::Init,
            Self::Run => StateWord::Run,
            Self::Suspend { .. } => StateWord::Suspend,
            Self::Terminate { .. } => StateWord::Terminate,
        }
    }
}

impl Desired {
    /// The state that fulfils the wish.
    #[must_use]
    pub fn goal(self) -> StateWord {
        match self {
            Self::Run => StateWord::Run,
            Self::Suspend => StateWord::Suspend,
            Self::Terminate => StateWord::Terminate,
        }
    }

    /// The command's verb that asks for it.
    #[must_use]
    pub fn verb(self) -> &'static str {
        match self {
            Self::Run => "resume",
            Self::Suspend => "suspend",
            Self::Terminate => "terminate",
        }
    }
}

macro_rules! words {
    ($type:ty { $($variant:path => $word:literal),+ $(,)? }) => {
        impl $type {
            /// The word for people and programs.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $($variant => $word),+
                }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

words!(Desired {
    Desired::Run => "RUN",
    Desired::Suspend => "SUSPEND",
    Desired::Terminate => "TERMINATE",
});
words!(StateWord {
    StateWord::Init => "INIT",
    StateWord::Run => "RUN",
    StateWord::Suspend => "SUSPEND",
    StateWord::Terminate => "TERMINATE",
});
words!(Outcome {
    Outcome::Completed => "completed",
    Outcome::Terminated => "terminated",
    Outcome::Failed => "failed",
});
words!(Hook {
    Hook::OnSuspend => "on-suspend",
    Hook::Rollback => "rollback",
    Hook::Cleanup => "cleanup",
});

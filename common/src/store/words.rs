//! What is to be told of tasks: owed from the commit that made it so until a command was run for it.

use serde::{Deserialize, Serialize};

use super::Store;
use super::error::StoreError;
use super::record::TaskRow;
use super::schema::{COUNTER_TELLING, COUNTERS, OWED_WORDS, SPECS};
use super::tx::{Reads, Tx, View, decode};
use crate::event::{Event, What};
use crate::id::{EventNumber, TaskNumber, WorkerNumber};
use crate::spec::{Rest, TaskSpec};
use crate::state::{Outcome, StateWord};
use crate::time::Timestamp;

/// How often a command is run for one event before that is given up.
pub const TELL_ATTEMPTS: u32 = 3;

/// What is told of a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// It completed.
    #[default]
    Completed,
    /// It failed.
    Failed,
    /// An error suspended it.
    Suspended,
}

impl Word {
    /// The word for programs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Suspended => "suspended",
        }
    }

    fn of(row: &TaskRow) -> Option<Self> {
        match (row.state.word, row.state.outcome) {
            (StateWord::Terminate, Some(Outcome::Completed)) => Some(Self::Completed),
            (StateWord::Terminate, Some(Outcome::Failed)) => Some(Self::Failed),
            // What an operator asked for needs no telling.
            (StateWord::Suspend, _) => row.wish.policy.then_some(Self::Suspended),
            (StateWord::Terminate | StateWord::Init | StateWord::Run, _) => None,
        }
    }
}

/// Something that is owed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OwedWord {
    /// The event it is about.
    pub event: EventNumber,
    /// The task.
    pub task: TaskNumber,
    /// What is told.
    pub word: Word,
    /// Why, where that is known.
    pub reason: Option<String>,
    /// When it happened.
    pub at: Timestamp,
    /// How often a command was begun for it.
    pub attempts: u32,
    /// The worker that runs one.
    pub worker: Option<WorkerNumber>,
    /// What this version does not know.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Who hears of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hearer {
    /// The command of a worker.
    Worker,
    /// The command that the task brought.
    Task,
}

impl Hearer {
    fn key(self, event: EventNumber) -> u64 {
        match self {
            Self::Worker => event.0 * 2,
            Self::Task => event.0 * 2 + 1,
        }
    }

    fn of(key: u64) -> Self {
        if key.is_multiple_of(2) {
            Self::Worker
        } else {
            Self::Task
        }
    }
}

/// A word that a worker tells now.
#[derive(Clone, Debug)]
pub struct WordTaken {
    /// What.
    pub owed: OwedWord,
    /// Whose command is run.
    pub hearer: Hearer,
    /// The task.
    pub spec: Box<TaskSpec>,
}

impl Store {
    /// From now on what happens is kept for workers that tell of it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn keep_words(&self) -> Result<(), StoreError> {
        self.write(|tx| {
            tx.touch();
            tx.table(COUNTERS)?.insert(COUNTER_TELLING, 1)
        })
    }

    /// The workers that began to tell something and have not ended it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn word_tellers(&self) -> Result<Vec<WorkerNumber>, StoreError> {
        self.read(|view| {
            let mut tellers = Vec::new();
            let Some(table) = view.table(OWED_WORDS.table)? else {
                return Ok(tellers);
            };
            for row in table.iter()? {
                let (key, bytes) = row?;
                let owed: OwedWord =
                    decode(view.dir(), (OWED_WORDS.row)(key.value()?), bytes.value()?)?;
                tellers.extend(owed.worker);
            }
            Ok(tellers)
        })
    }

    /// Takes the next word that is owed, for this worker: the attempt is counted before the command is
    /// run. What a worker in `dead` had begun is begun again, and the feed says so. With `own` false
    /// only commands that tasks brought are run.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn take_word(
        &self,
        worker: WorkerNumber,
        own: bool,
        dead: Vec<WorkerNumber>,
    ) -> Result<Option<WordTaken>, StoreError> {
        self.write(move |tx| tell_next(tx, worker, own, &dead))
    }

    /// Records how a command ended: what went well is owed no more, and neither is what failed too often.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn word_told(&self, told: &WordTaken, error: Option<String>) -> Result<(), StoreError> {
        let key = told.hearer.key(told.owed.event);
        self.write(move |tx| {
            let Some(mut owed) = tx.record(&OWED_WORDS, key)? else {
                return Ok(());
            };
            let Some(error) = &error else {
                tx.touch();
                return tx.table(OWED_WORDS.table)?.remove(key);
            };
            owed.worker = None;
            if owed.attempts < TELL_ATTEMPTS {
                return tx.put(&OWED_WORDS, key, &owed);
            }
            give_up(tx, key, &owed, Some(error.clone()))
        })
    }
}

/// Whether anything is owed.
pub(super) fn is_owed(view: &View<'_>) -> Result<bool, StoreError> {
    match view.table(OWED_WORDS.table)? {
        Some(table) => Ok(table.len()? > 0),
        None => Ok(false),
    }
}

/// Owes a word of what a task has come to, to those who want to hear it.
pub(super) fn owe(tx: &Tx<'_>, row: &TaskRow, event: EventNumber) -> Result<(), StoreError> {
    let Some(word) = Word::of(row) else {
        return Ok(());
    };
    let reason = match word {
        Word::Completed => None,
        Word::Failed => row
            .progress
            .error
            .clone()
            .or_else(|| row.wish.reason.clone()),
        Word::Suspended => row.wish.reason.clone(),
    };
    let owed = OwedWord {
        event,
        task: row.spec.number,
        word,
        reason,
        at: tx.now,
        ..OwedWord::default()
    };
    if tx.counter(COUNTER_TELLING)? > 0 {
        tx.put(&OWED_WORDS, Hearer::Worker.key(event), &owed)?;
    }
    if row.spec.on_done.is_some() {
        tx.put(&OWED_WORDS, Hearer::Task.key(event), &owed)?;
    }
    Ok(())
}

fn tell_next(
    tx: &Tx<'_>,
    worker: WorkerNumber,
    own: bool,
    dead: &[WorkerNumber],
) -> Result<Option<WordTaken>, StoreError> {
    for key in keys(tx)? {
        let hearer = Hearer::of(key);
        let Some(mut owed) = tx.record(&OWED_WORDS, key)? else {
            continue;
        };
        let is_free = owed
            .worker
            .is_none_or(|teller| teller == worker || dead.contains(&teller));
        if !is_free || (hearer == Hearer::Worker && !own) {
            continue;
        }
        let Some(spec) = tx.record(&SPECS, owed.task.0)? else {
            tx.touch();
            tx.table(OWED_WORDS.table)?.remove(key)?;
            continue;
        };
        if owed.attempts >= TELL_ATTEMPTS {
            give_up(tx, key, &owed, None)?;
            continue;
        }
        let was_begun = owed.worker.is_some();
        owed.attempts += 1;
        owed.worker = Some(worker);
        if was_begun {
            tx.append(Event {
                worker: Some(worker),
                attempt: Some(owed.attempts),
                detail: Some(owed.word.as_str().into()),
                ..Event::of(owed.task, What::ToldAgain, tx.now)
            })?;
        }
        tx.put(&OWED_WORDS, key, &owed)?;
        return Ok(Some(WordTaken {
            owed,
            hearer,
            spec: Box::new(spec),
        }));
    }
    Ok(None)
}

fn keys(tx: &Tx<'_>) -> Result<Vec<u64>, StoreError> {
    let table = tx.table(OWED_WORDS.table)?;
    let mut keys = Vec::new();
    for row in table.iter()? {
        keys.push(row?.0.value()?);
    }
    Ok(keys)
}

fn give_up(
    tx: &Tx<'_>,
    key: u64,
    owed: &OwedWord,
    error: Option<String>,
) -> Result<(), StoreError> {
    tx.table(OWED_WORDS.table)?.remove(key)?;
    let word = owed.word.as_str();
    tx.append(Event {
        attempt: Some(owed.attempts),
        detail: Some(match error {
            Some(error) => format!("{word}: {error}"),
            None => format!("{word}: the worker that told it died each time"),
        }),
        ..Event::of(owed.task, What::NotTold, tx.now)
    })?;
    Ok(())
}

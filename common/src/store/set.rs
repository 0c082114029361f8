//! Changing the settings of tasks that live.

use super::Store;
use super::after::awaited;
use super::aim::{Aim, Target};
use super::before::{Before, remember};
use super::error::StoreError;
use super::gates;
use super::hold::Key;
use super::lanes::rerank;
use super::queue;
use super::record::{TaskRow, Wish};
use super::request::one_number;
use super::schema::{SCHEMA_OF_GATES, SPECS, WISHES};
use super::tx::{Reads, Tx};
use crate::actor::Actor;
use crate::event::{Event, What};
use crate::gate::Awaited;
use crate::id::{RequestNumber, TaskId, TaskNumber};
use crate::settings::{self, Assignment, Changed, NotAssigned};
use crate::spec::TaskSpec;
use crate::state::{Current, Outcome};

/// What is to be changed, by whom and why.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The settings with their new values.
    pub assignments: Vec<Assignment>,
    /// Who changes them.
    pub by: Actor,
    /// Why.
    pub reason: Option<String>,
    /// The request that it takes back.
    pub undoes: Option<RequestNumber>,
}

/// The settings of a task, as whoever holds it heeds them.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What it is.
    pub spec: TaskSpec,
    /// The tasks that it waits for, and how they ended.
    pub awaited: Vec<Awaited>,
    /// How often they were changed.
    pub settings: u64,
}

/// Why the rules refuse to change the settings of a task.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSet {
    /// It has ended.
    #[error("it has ended ({0}) and never changes again")]
    Ended(Outcome),
    /// One of the tasks that it was to wait for is not there.
    #[error("there is no task {0} that it could wait for")]
    NoSuchTask(TaskNumber),
    /// It would wait for itself, by way of others perhaps.
    #[error("it would wait for itself")]
    Circle,
    /// Its settings are others.
    #[error(transparent)]
    Not(#[from] NotAssigned),
    /// It is gone, or its rows can't be read.
    #[error("{0}")]
    Lost(String),
}

/// What became of changing the settings of one task.
#[derive(Clone, Debug)]
pub struct SetAnswer {
    /// The task.
    pub number: TaskNumber,
    /// Its id.
    pub id: TaskId,
    /// Its name; may be empty.
    pub name: String,
    /// What has another value now.
    pub changed: Vec<Changed>,
    /// The request's number; None where nothing had to be written.
    pub request: Option<RequestNumber>,
    /// Why it was refused.
    pub refused: Option<NotSet>,
}

impl Store {
    /// Changes settings of all tasks that are meant, in one transaction under one request number. A task on which
    /// it is refused keeps the others from nothing; one named twice has one answer.
    ///
    /// # Errors
    /// See [`StoreError`]; nothing is written then, except where it says "unknown".
    pub fn set(&self, aim: impl Into<Aim>, setting: Setting) -> Result<Vec<SetAnswer>, StoreError> {
        let aim = aim.into();
        self.write(move |tx| {
            let mut number = None;
            aim.each(tx, |target| match target {
                // What is wanted of it since is no other setting.
                Target::Row(row) | Target::Changed(row) => set(tx, *row, &setting, &mut number),
                Target::Lost(task, error) => Ok(SetAnswer::lost(task, &error)),
            })
        })
    }

    /// The settings of a task that is held. Reads on the calling thread.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when the claim is over, and the store's own.
    pub fn settings(&self, key: Key) -> Result<Settings, StoreError> {
        self.inner.handle.check_place()?;
        self.inner.handle.view(|view| {
            if view.claim(key.task)? != Some(key.claim) {
                return Err(StoreError::Fenced {
                    task: key.task,
                    worker: key.claim.worker,
                });
            }
            let wish: Wish = view.task_record(&WISHES, key.task)?;
            let spec = view.task_record(&SPECS, key.task)?;
            Ok(Settings {
                awaited: awaited(view, &spec)?,
                spec,
                settings: wish.settings,
            })
        })
    }

    /// The specification of a queued task, for those who perform its batches, and how often its settings
    /// were changed.
    ///
    /// # Errors
    /// The store's own.
    pub fn settings_of(&self, task: TaskNumber) -> Result<(TaskSpec, u64), StoreError> {
        self.inner.handle.check_place()?;
        self.inner.handle.view(|view| {
            let wish: Wish = view.task_record(&WISHES, task)?;
            Ok((view.task_record(&SPECS, task)?, wish.settings))
        })
    }
}

impl SetAnswer {
    fn unwritten(row: &TaskRow) -> Self {
        Self {
            number: row.spec.number,
            id: row.spec.id,
            name: row.spec.name.clone(),
            changed: Vec::new(),
            request: None,
            refused: None,
        }
    }

    /// Whether nothing is known of the task but its number.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        matches!(self.refused, Some(NotSet::Lost(_)))
    }

    fn lost(number: TaskNumber, error: &StoreError) -> Self {
        Self {
            number,
            id: TaskId::default(),
            name: String::new(),
            changed: Vec::new(),
            request: None,
            refused: Some(NotSet::Lost(error.to_string())),
        }
    }
}

impl Setting {
    /// What would become of a task that is as this row says, with nothing written.
    #[must_use]
    pub fn outlook(&self, row: &TaskRow) -> SetAnswer {
        let (changed, refused) = match assigned(&mut row.spec.clone(), row, self) {
            Ok(changed) => (changed, None),
            Err(refused) => (Vec::new(), Some(refused)),
        };
        SetAnswer {
            changed,
            refused,
            ..SetAnswer::unwritten(row)
        }
    }
}

fn assigned(spec: &mut TaskSpec, row: &TaskRow, setting: &Setting) -> Result<Vec<Changed>, NotSet> {
    if let Current::Terminate { outcome, .. } = row.state.current() {
        return Err(NotSet::Ended(outcome));
    }
    Ok(settings::assign(spec, &setting.assignments)?)
}

pub(super) fn set(
    tx: &Tx<'_>,
    mut row: TaskRow,
    setting: &Setting,
    number: &mut Option<RequestNumber>,
) -> Result<SetAnswer, StoreError> {
    let task = row.spec.number;
    let mut answer = SetAnswer::unwritten(&row);
    let before = row.spec.clone();
    let mut spec = row.spec.clone();
    match assigned(&mut spec, &row, setting) {
        Ok(changed) => answer.changed = changed,
        Err(why) => {
            answer.refused = Some(why);
            return Ok(answer);
        }
    }
    row.spec = spec;
    if answer.changed.is_empty() {
        return Ok(answer);
    }
    let gates = match gates::look_at(tx, &before, &row.spec)? {
        Ok(gates) => gates,
        Err(refused) => {
            answer.changed.clear();
            answer.refused = Some(refused);
            return Ok(answer);
        }
    };
    let request = one_number(tx, number)?;
    answer.request = Some(request);
    remember(tx, request, task, &Before::of_settings(&answer.changed))?;
    if row.spec.has_gates() {
        tx.raise_schema(SCHEMA_OF_GATES)?;
    }
    tx.put(&SPECS, task.0, &row.spec)?;
    row.wish.settings += 1;
    tx.put(&WISHES, task.0, &row.wish)?;
    if row.spec.size_from(0) != before.size_from(0) && row.state.epoch.0 == 0 {
        // Nobody ever held it: no batch may have started.
        row.progress.cut = row.spec.size_from(0);
        tx.put_progress(task, &row.progress)?;
    }
    if row.spec.priority != before.priority {
        rerank(tx, &before, &row.spec)?;
        queue::rerank(tx, &before, &row.spec)?;
    }
    gates::change(tx, &before, &mut row, gates)?;
    if row.spec.backoff_ms < before.backoff_ms {
        queue::hasten(tx, &mut row)?;
    }
    for changed in &answer.changed {
        tx.append(Event {
            actor: Some(setting.by.clone()),
            request: Some(request),
            reason: setting.reason.clone(),
            detail: Some(match setting.undoes {
                Some(undone) => format!("{changed}, undoes request {undone}"),
                None => changed.to_string(),
            }),
            ..Event::of(task, What::Set, tx.now)
        })?;
    }
    Ok(answer)
}

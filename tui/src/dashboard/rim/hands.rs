//! Carries out what the core wants of the store, one request after the other, beside the loop: the
//! screen never waits for it.

mod submitting;

use std::io;
use std::sync::mpsc::{Sender, channel};

use longhaul_common::actor::Actor;
use longhaul_common::control::Control;
use longhaul_common::id::{TaskId, TaskNumber};
use longhaul_common::rules::Refused;
use longhaul_common::store::{
    Aim, Answer, Blocking, Comment, Commented, Done, PATIENCE, SetAnswer, StoreError, TaskRow,
    Undo, Undone,
};
use longhaul_worker::Taker;
use longhaul_worker::report::in_one_line;

use super::desk::Desk;
use super::told::Teller;
use crate::dashboard::effect::{CommentRequest, Request, SetRequest, Submission, UndoRequest};
use crate::dashboard::message::{Message, New};
use crate::exit::Failure;
use crate::verbs::ask::is_found;
use crate::verbs::retry::{self, Retried};
use submitting::Ready;

/// Where what is to be done waits for its turn.
pub(super) struct Hands {
    orders: Sender<Order>,
    desk: Desk,
}

enum Order {
    Ask(Request),
    Undo(Vec<Undo>),
    UndoRequest(UndoRequest),
    Comment(CommentRequest),
    Set(SetRequest),
    Retry {
        task: TaskNumber,
        id: TaskId,
        reason: Option<String>,
    },
    /// A task that was prepared, or why it could not be.
    Write(OfKind, Result<Box<Ready>, String>),
    Take(TaskNumber),
}

/// The kind of a task, and what would be typed behind `longhaul submit`.
type OfKind = (String, Vec<String>);

impl Hands {
    /// `taker` takes tasks for the worker in this process.
    pub(super) fn start(desk: Desk, teller: Teller, taker: Option<Taker>) -> io::Result<Self> {
        let (sender, orders) = channel();
        let desk_of_hands = desk.clone();
        std::thread::Builder::new()
            .name("hands".into())
            .spawn(move || {
                for order in orders {
                    let message = match order {
                        Order::Ask(request) => {
                            let answer = desk.ask(|control| ask(control, &request));
                            Some(Message::Answered(request, answer))
                        }
                        Order::Undo(undos) => {
                            let answer = desk
                                .ask(|control| control.with_patience(PATIENCE).undo(undos.clone()));
                            Some(Message::Undone(undos, answer))
                        }
                        Order::UndoRequest(request) => {
                            let answer = desk.ask(|control| undo_request(control, &request));
                            Some(Message::RequestUndone(request, answer))
                        }
                        Order::Comment(request) => {
                            let answer = desk.ask(|control| comment(control, &request));
                            Some(Message::Commented(request, answer))
                        }
                        Order::Set(request) => {
                            let answer = desk.ask(|control| set(control, &request));
                            Some(Message::WasSet(request, answer))
                        }
                        Order::Retry { task, id, reason } => {
                            let answer = desk
                                .ask(|control| Ok(try_again(control, task, id, reason.as_deref())));
                            let answer = answer.unwrap_or_else(|error| Err(in_one_line(&error)));
                            let submission = Submission::Retry { task, id, reason };
                            Some(Message::Submitted(submission, answer))
                        }
                        Order::Write((kind, words), ready) => {
                            let answer = ready.and_then(|ready| submitting::write(&desk, *ready));
                            let submission = Submission::OfKind { kind, words };
                            Some(Message::Submitted(submission, answer))
                        }
                        Order::Take(task) => taker.as_ref().and_then(|taker| {
                            let taken = desk.ask(|control| {
                                let store = control.store().with_patience(PATIENCE);
                                taker.take(&store, task)
                            });
                            taken.err().map(|why| Message::Notice(in_one_line(&why)))
                        }),
                    };
                    if message.is_some_and(|message| teller.message(message).is_err()) {
                        return;
                    }
                }
            })?;
        Ok(Self {
            orders: sender,
            desk: desk_of_hands,
        })
    }

    /// Has the store asked; the answer comes as a message.
    pub(super) fn ask(&self, request: Request) {
        // The thread ends with the loop only.
        let _ = self.orders.send(Order::Ask(request));
    }

    /// Has settings changed; the answer comes as a message.
    pub(super) fn set(&self, request: SetRequest) {
        let _ = self.orders.send(Order::Set(request));
    }

    /// Has a task submitted; the answer comes as a message.
    pub(super) fn submit(&self, submission: Submission) {
        match submission {
            Submission::Retry { task, id, reason } => {
                let _ = self.orders.send(Order::Retry { task, id, reason });
            }
            Submission::OfKind { kind, words } => self.prepare(kind, words),
        }
    }

    /// Has a task prepared beside what is asked meanwhile: a broker may take its time to say that it
    /// is there.
    fn prepare(&self, kind: String, words: Vec<String>) {
        let (orders, desk) = (self.orders.clone(), self.desk.clone());
        let of_kind = (kind, words);
        let again = of_kind.clone();
        let preparing = move || {
            let ready = submitting::prepare(&desk, &of_kind.0, &of_kind.1);
            let ready = ready.map(Box::new).map_err(Failure::in_a_line);
            let _ = orders.send(Order::Write(of_kind, ready));
        };
        let thread = std::thread::Builder::new().name("preparing".into());
        if let Err(error) = thread.spawn(preparing) {
            let why = format!("starting a thread failed: {error}");
            let _ = self.orders.send(Order::Write(again, Err(why)));
        }
    }

    /// Has a request undone; the answer comes as a message.
    pub(super) fn undo(&self, undos: Vec<Undo>) {
        let _ = self.orders.send(Order::Undo(undos));
    }

    /// Has a request undone by its number; the answer comes as a message.
    pub(super) fn undo_request(&self, request: UndoRequest) {
        let _ = self.orders.send(Order::UndoRequest(request));
    }

    /// Has something said of tasks; the answer comes as a message.
    pub(super) fn comment(&self, request: CommentRequest) {
        let _ = self.orders.send(Order::Comment(request));
    }

    /// Takes a task for the worker in this process, if it waits for one.
    pub(super) fn take(&self, task: TaskNumber) {
        let _ = self.orders.send(Order::Take(task));
    }
}

/// An operator's request waits longer than a look does: it is not drawn over in a moment.
fn ask(control: &Control, request: &Request) -> Result<Vec<Answer>, StoreError> {
    let patient = control.with_patience(PATIENCE);
    check_store(&patient, &request.tasks, &request.ids)?;
    if let Done::Undo(Some(line)) = &request.done
        && let Some(refused) = unfound(&patient, line, &request.tasks)?
    {
        return Ok(refused);
    }
    let aim = match request.of_request {
        Some(number) => Aim::Of(number),
        None => Aim::Named(request.tasks.clone()),
    };
    let mut asking = patient
        .ask_of(request.want, aim)
        .haste(request.haste)
        .hooks(request.hooks)
        .done(request.done.clone())
        .until(request.until);
    if request.blocking == Blocking::PassOver {
        asking = asking.passing_over();
    }
    if let Some(reason) = &request.reason {
        asking = asking.because(reason.clone());
    }
    asking.send()
}

/// Refuses a command of a rollback that can't be found for one of the tasks: of all of them, as the
/// command line does.
fn unfound(
    control: &Control,
    line: &str,
    tasks: &[TaskNumber],
) -> Result<Option<Vec<Answer>>, StoreError> {
    let rows = control.store().tasks(tasks.to_vec())?.rows;
    let Some(failure) = rows.iter().find_map(|row| is_found(line, &row.spec).err()) else {
        return Ok(None);
    };
    let refused = |row: &TaskRow| Answer {
        refused: Some(Refused::NoRollback(failure.message.clone())),
        ..Answer::unwritten(row)
    };
    Ok(Some(rows.iter().map(refused).collect()))
}

fn undo_request(control: &Control, request: &UndoRequest) -> Result<Undone, StoreError> {
    let patient = control.with_patience(PATIENCE);
    let (task, id) = request.of;
    check_store(&patient, &[task], &[id])?;
    patient.undo_request(request.number, request.reason.as_deref())
}

fn comment(control: &Control, request: &CommentRequest) -> Result<Vec<Commented>, StoreError> {
    let patient = control.with_patience(PATIENCE);
    check_store(&patient, &request.tasks, &request.ids)?;
    let comment = Comment {
        text: request.text.clone(),
        by: patient.actor().clone(),
    };
    patient.store().comment(request.tasks.clone(), comment)
}

fn set(control: &Control, request: &SetRequest) -> Result<Vec<SetAnswer>, StoreError> {
    let patient = control.with_patience(PATIENCE);
    check_store(&patient, &request.tasks, &request.ids)?;
    patient.set(
        request.tasks.clone(),
        request.assignments.clone(),
        request.reason.as_deref(),
    )
}

fn try_again(
    control: &Control,
    task: TaskNumber,
    id: TaskId,
    reason: Option<&str>,
) -> Result<New, String> {
    let patient = control.with_patience(PATIENCE);
    check_store(&patient, &[task], &[id]).map_err(|error| in_one_line(&error))?;
    let retried =
        retry::retry(&patient, task, Actor::default(), reason).map_err(Failure::in_a_line)?;
    Ok(New::Task(match retried {
        Retried::By(new) => new,
        // By itself.
        Retried::Queued(_) => task,
    }))
}

/// Whether this is the store that the request was made for. The reader may have opened another one,
/// that the screen doesn't show yet.
fn check_store(control: &Control, tasks: &[TaskNumber], ids: &[TaskId]) -> Result<(), StoreError> {
    let store = control.store();
    let rows = match store.tasks(tasks.to_vec()) {
        Ok(tasks) => tasks.rows,
        Err(StoreError::NoTask(_)) => Vec::new(),
        Err(error) => return Err(error),
    };
    let there = rows.iter().map(|row| row.spec.id);
    if there.eq(ids.iter().copied()) {
        Ok(())
    } else {
        Err(StoreError::Replaced {
            path: store.dir().to_owned(),
        })
    }
}

#[cfg(test)]
mod tests;

//! Requests: what an operator or a policy wants, on one or many tasks, in one transaction.

mod asked;

use super::Store;
use super::aim::{Aim, Target};
use super::before::{Before, remember};
use super::claim::claim_one;
use super::error::StoreError;
use super::failed::pass_over_blocking;
use super::hold::{change_state, settle_row};
use super::lanes::{make_unclaimable, offer};
use super::record::{Accepts, TaskRow, Wish};
use super::rollback;
use super::schema::{COUNTER_REQUEST, STATES, WISHES};
use super::timers;
use super::tx::{Reads, Tx};
use crate::actor::Actor;
use crate::event::{Event, What};
use crate::id::RequestNumber;
use crate::rules::{self, Change, Refused, Unheld};
use crate::state::{Desired, Hook, Owed, StateWord};
pub(super) use asked::asked_since;

pub use asked::{Answer, Ask, Blocking, ClaimFor, Done, Haste, Hooks};

impl Store {
    /// Asks for a state on all tasks that are meant, in one transaction under one number. A task on which the
    /// request is refused keeps the others from nothing; one named twice has one answer.
    ///
    /// # Errors
    /// See [`StoreError`]; nothing is written then, except where it says "unknown".
    pub fn request(&self, aim: impl Into<Aim>, ask: Ask) -> Result<Vec<Answer>, StoreError> {
        let aim = aim.into();
        self.write(move |tx| {
            let mut number = None;
            aim.each(tx, |target| {
                let row = match target {
                    Target::Row(row) => *row,
                    Target::Changed(row) => return Ok(Answer::changed(&row)),
                    Target::Lost(task, error) => return Ok(Answer::lost(task, &error)),
                };
                let mut answer = request(tx, row, &ask, &mut number)?;
                if let (Some(claimer), None) = (&ask.claim_for, &answer.refused)
                    && answer.desired == Desired::Run
                {
                    claim(tx, claimer, &mut answer)?;
                }
                Ok(answer)
            })
        })
    }
}

/// What a request comes to.
struct Judged {
    desired: Desired,
    passes_over: bool,
    keep: bool,
    rollback: Option<String>,
}

/// What a request comes to, before anything is written, or why the rules refuse it.
fn judged(row: &TaskRow, ask: &Ask) -> Result<Judged, Refused> {
    let desired = rules::request(&row.standing(), ask.want)?;
    let passes_over = ask.blocking == Blocking::PassOver && desired == Desired::Run;
    if passes_over && (row.claim.is_some() || row.state.word != StateWord::Suspend) {
        return Err(Refused::NotSuspended);
    }
    let (keep, rollback) = rollback::wished(row, desired, &ask.done)?;
    Ok(Judged {
        desired,
        passes_over,
        keep,
        rollback,
    })
}

impl Ask {
    /// What would become of a task that is as this row says, with nothing written; `since` is why it is no
    /// longer meant. Whether a batch blocks a task is known only once that is tried.
    #[must_use]
    pub fn outlook(&self, row: &TaskRow, since: Option<Refused>) -> Answer {
        let judged = since.map_or_else(|| judged(row, self), Err);
        Answer {
            desired: judged
                .as_ref()
                .map_or(row.wish.desired, |judged| judged.desired),
            refused: judged.err(),
            ..Answer::unwritten(row)
        }
    }
}

impl TaskRow {
    /// Who asked for something else since this request, and for what; None: nobody.
    #[must_use]
    pub fn asked_since(&self, request: RequestNumber) -> Option<Refused> {
        (!self.wish.stands_for(request)).then(|| asked_since(self))
    }
}

fn request(
    tx: &Tx<'_>,
    mut row: TaskRow,
    ask: &Ask,
    number: &mut Option<RequestNumber>,
) -> Result<Answer, StoreError> {
    let force = ask.haste == Haste::ByForce;
    let mut answer = Answer::unwritten(&row);
    let judged = match judged(&row, ask) {
        Ok(judged) => judged,
        Err(refused) => {
            answer.refused = Some(refused);
            return Ok(answer);
        }
    };
    let (desired, keep, rollback) = (judged.desired, judged.keep, judged.rollback);
    if judged.passes_over {
        match pass_over_blocking(tx, &mut row, &ask.by, ask.reason.as_deref())? {
            Ok(batches) => answer.passed_over = batches,
            Err(refused) => {
                answer.refused = Some(refused);
                return Ok(answer);
            }
        }
    }
    let no_hooks = ask.hooks == Hooks::PassOver && desired == Desired::Terminate;
    // Force is news to a holder each time: what it ended first was the batch, and then a hook hangs.
    let force_is_new = force && (row.claim.is_some() || !row.wish.force);
    let done_is_new = row.wish.keep != keep
        || row.wish.rollback != rollback
        || rollback::tries_again(&row, &ask.done);
    let until = ask.until.filter(|_| desired == Desired::Suspend);
    let asked_before = row.wish.desired == desired
        && row.wish.until == until
        && !force_is_new
        && !done_is_new
        && (row.wish.no_hooks || !no_hooks);
    if asked_before {
        return Ok(answer);
    }
    let wish = Wish {
        desired,
        request: one_number(tx, number)?,
        force,
        no_hooks,
        keep,
        rollback,
        by: ask.by.clone(),
        policy: false,
        reason: ask.reason.clone(),
        at: tx.now,
        brings_back: None,
        until,
        settings: row.wish.settings,
        again: row.wish.again,
        rest: row.wish.rest.clone(),
    };
    let event = Event {
        reason: ask.reason.clone(),
        detail: until
            .map(|at| format!("until {at}"))
            .or_else(|| rollback::told(&row, &ask.done)),
        ..Event::of(row.spec.number, What::Requested, tx.now)
    };
    rollback::try_again(tx, &mut row, &ask.done)?;
    change_wish(tx, &mut row, wish, &ask.by, event, &mut answer)?;
    Ok(answer)
}

/// The number that all tasks of one request share, taken for the first that is written.
pub(super) fn one_number(
    tx: &Tx<'_>,
    number: &mut Option<RequestNumber>,
) -> Result<RequestNumber, StoreError> {
    Ok(match *number {
        Some(request) => request,
        None => *number.insert(RequestNumber(tx.count(COUNTER_REQUEST)?)),
    })
}

/// Writes what is wanted of a task from now on, tells it, and does what nobody else would.
pub(super) fn change_wish(
    tx: &Tx<'_>,
    row: &mut TaskRow,
    wish: Wish,
    by: &Actor,
    event: Event,
    answer: &mut Answer,
) -> Result<(), StoreError> {
    let before = Before::of_wish(&row.wish);
    remember(tx, wish.request, row.spec.number, &before)?;
    tx.put(&WISHES, row.spec.number.0, &wish)?;
    timers::renew(tx, row.spec.number, &row.wish, &wish)?;
    tx.append(Event {
        actor: Some(by.clone()),
        request: Some(wish.request),
        want: Some(wish.desired),
        force: wish.force,
        ..event
    })?;
    answer.before = Some(Box::new(std::mem::replace(&mut row.wish, wish)));
    rollback::owe(tx, row)?;
    if row.claim.is_none() {
        if row.wish.no_hooks {
            pass_over(tx, row, by)?;
        } else if row.wish.keep {
            rollback::keep(tx, row, by)?;
        }
        act_unheld(tx, row, Some(by.clone()))?;
    }
    answer.desired = row.wish.desired;
    answer.current = row.state.word;
    answer.request = Some(row.wish.request);
    Ok(())
}

/// Claims a task that is to run, from nobody or from its dead owner.
fn claim(tx: &Tx<'_>, claimer: &ClaimFor, answer: &mut Answer) -> Result<(), StoreError> {
    let task = answer.number;
    let spec = tx.task(task)?.spec;
    if !Accepts::default().kind(&spec.kind, spec.work.is_registered()) {
        return Ok(());
    }
    let dead = claimer.orphans.iter().find(|(orphan, _)| *orphan == task);
    let held = claim_one(tx, task, claimer.worker, dead.map(|(_, claim)| *claim))?;
    if let Some(held) = held {
        answer.current = held.row.state.word;
        answer.held = Some(Box::new(held));
    }
    Ok(())
}

/// Records the hooks that are owed as passed over.
fn pass_over(tx: &Tx<'_>, row: &mut TaskRow, by: &Actor) -> Result<(), StoreError> {
    let owed = row.state.owed;
    for (owed, hook) in [
        (owed.rollback, Hook::Rollback),
        (owed.cleanup || owed.leftover, Hook::Cleanup),
    ] {
        if owed {
            tell_passed_over(tx, row, hook, by)?;
        }
    }
    row.state.owed = Owed::default();
    tx.put(&STATES, row.spec.number.0, &row.state)
}

pub(super) fn tell_passed_over(
    tx: &Tx<'_>,
    row: &TaskRow,
    hook: Hook,
    by: &Actor,
) -> Result<(), StoreError> {
    tx.append(Event {
        actor: Some(by.clone()),
        detail: Some(format!("{hook}: passed over on request")),
        ..Event::of(row.spec.number, What::HookDropped, tx.now)
    })?;
    Ok(())
}

/// Does what has to happen to a task that nobody holds: the request's own transaction moves the
/// state, or lets a worker claim it.
pub(super) fn act_unheld(
    tx: &Tx<'_>,
    row: &mut TaskRow,
    by: Option<Actor>,
) -> Result<(), StoreError> {
    // What is in flight of a queue has to be over first.
    let in_flight = row.backlog.as_ref();
    let in_flight = in_flight.is_some_and(|backlog| !backlog.is_at_rest());
    let unheld = match rules::unheld(&row.standing()) {
        Unheld::Settle(_) if in_flight => Unheld::Claim,
        unheld => unheld,
    };
    match unheld {
        Unheld::Rest => make_unclaimable(tx, &row.spec),
        Unheld::Claim => offer(tx, row),
        Unheld::Settle(ending) => {
            make_unclaimable(tx, &row.spec)?;
            let before = row.progress.next_attempt_at;
            settle_row(row, ending);
            if row.progress.next_attempt_at != before {
                tx.put_progress(row.spec.number, &row.progress)?;
            }
            let request = Some(row.wish.request);
            change_state(tx, row, Change::Settle(ending), |event| Event {
                actor: by,
                request,
                ..event
            })
        }
    }
}

//! `longhaul wait`: blocks until tasks reach a state, or can't reach it any more.

use longhaul_common::safe_text::safe;
use longhaul_common::state::{Outcome as End, StateWord};
use longhaul_common::store::Reach;
use serde_json::json;

use crate::choosing::{check, looked_at};
use crate::cli::{StateArg, WaitArgs};
use crate::exit::{Failure, Outcome};
use crate::output;
use crate::session::Session;
use crate::waiting::{self, Reached, Wish};

pub(crate) fn run(session: &Session, args: &WaitArgs) -> Result<Outcome, Failure> {
    let deadline = waiting::deadline(args.timeout);
    check(&args.of.tasks, &args.of.filter)?;
    let control = session.look()?;
    let tasks = looked_at(&control, &args.of.tasks, &args.of.filter, Reach::Living)?;
    let goal = args.goal.word();
    let reached = waiting::until(&control, &tasks, goal, Wish::Watched, deadline)?;
    let views = control.views(tasks)?;
    let mut outcome = Outcome::Done;
    let mut results = Vec::new();
    for view in &views {
        let found = reached.iter().find(|(task, _)| *task == view.number);
        let Some((_, reached)) = found else { continue };
        outcome = outcome.and(outcome_of(
            *reached,
            goal,
            view.batches_failed.max(view.items_failed),
        ));
        if session.json() {
            results.push(json!({
                "id": view.id,
                "number": view.number,
                "name": view.name,
                "desired_state": view.desired_state,
                "current_state": view.current_state,
                "outcome": view.outcome,
                "batches_failed": view.batches_failed,
                "items_failed": view.items_failed,
                "waited": reached.word(),
            }));
            continue;
        }
        let why = match reached {
            Reached::State(state, None) => state.to_string(),
            Reached::State(state, Some(end)) => match (end, view.failed()) {
                (End::Completed, Some(failed)) => format!("{state} {end}, {failed} failed"),
                _ => format!("{state} {end}"),
            },
            Reached::Elsewhere => match &view.desired_reason {
                Some(reason) => format!("{} ({})", view.current_state, safe(reason)),
                None => format!("{}, desired {}", view.current_state, view.desired_state),
            },
            Reached::RollbackFailed => format!(
                "its rollback failed: {}",
                safe(view.error.as_deref().unwrap_or_default())
            ),
            Reached::Blocked => blocked(view.waiting_for.as_deref()),
            Reached::Nobody => "no worker is alive that could run it".into(),
            Reached::TimeUp => format!("still {}", view.current_state),
        };
        let who = match &view.name {
            Some(name) => format!("task {} ({})", view.number, safe(name)),
            None => format!("task {}", view.number),
        };
        output::line(&format!("{who}: {why}"))?;
    }
    if session.json() {
        output::json_document(&results)?;
    }
    Ok(outcome)
}

/// What is said of a task that a gate holds for good; safe for a terminal.
pub(crate) fn blocked(waiting_for: Option<&str>) -> String {
    let what = waiting_for.unwrap_or("what won't come");
    format!("blocked: it waits for {}", safe(what))
}

fn outcome_of(reached: Reached, goal: StateWord, failures: u64) -> Outcome {
    match reached {
        Reached::State(StateWord::Terminate, Some(end)) => match (end, failures) {
            (End::Completed, 0) if goal == StateWord::Terminate => Outcome::Done,
            (End::Completed, 1..) | (End::Failed, _) => Outcome::Failed,
            (End::Terminated, _) => Outcome::Terminated,
            // It ended before it could come to the state waited for.
            (End::Completed, 0) => Outcome::Refused,
        },
        Reached::State(..) => Outcome::Done,
        Reached::Elsewhere | Reached::Blocked => Outcome::Suspended,
        Reached::RollbackFailed => Outcome::Failed,
        Reached::Nobody => Outcome::Nobody,
        Reached::TimeUp => Outcome::TimeUp,
    }
}

impl StateArg {
    pub(crate) fn word(self) -> StateWord {
        match self {
            Self::Init => StateWord::Init,
            Self::Run => StateWord::Run,
            Self::Suspend => StateWord::Suspend,
            Self::Terminate => StateWord::Terminate,
        }
    }
}

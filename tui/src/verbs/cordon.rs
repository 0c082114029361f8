//! `longhaul cordon`, `drain` and `uncordon`: workers that claim nothing new, and give back what they have.

mod flight;

use std::time::Instant;

use longhaul_common::bell::Watch;
use longhaul_common::changes::{Changes, Woken};
use longhaul_common::control::Control;
use longhaul_common::cordon::{Cordon, Hold, Reach};
use longhaul_common::safe_text::safe;
use longhaul_common::store::WorkerRow;
use serde_json::{Value, json};

use crate::cli::{DrainArgs, ReachArgs, UncordonArgs};
use crate::exit::{Failure, Outcome};
use crate::output::{self, human};
use crate::session::Session;
use crate::waiting;
use flight::{Flight, with_workers};

pub(crate) fn cordon(session: &Session, args: &ReachArgs) -> Result<Outcome, Failure> {
    let control = session.control()?;
    let told = make(session, &control, args, Hold::Cordoned)?;
    finish(session, &told, &[], Outcome::Done)
}

pub(crate) fn drain(session: &Session, args: &DrainArgs) -> Result<Outcome, Failure> {
    let deadline = waiting::deadline(args.timeout);
    let control = session.control()?;
    let told = make(session, &control, &args.reach, Hold::Drained)?;
    let reach = args.reach.reach();
    if !args.wait {
        let left = with_workers(&control, &reach)?;
        return finish(session, &told, &left, Outcome::Done);
    }
    let (left, outcome) = wait(session, &control, &reach, deadline)?;
    finish(session, &told, &left, outcome)
}

pub(crate) fn uncordon(session: &Session, args: &UncordonArgs) -> Result<Outcome, Failure> {
    let control = session.control()?;
    let reaches = if args.all {
        let all = control.store().cordons()?.0.into_iter();
        all.map(|cordon| cordon.reach).collect()
    } else {
        vec![args.reach.reach()]
    };
    let mut lifted = Vec::new();
    for reach in reaches {
        let (by, reason) = (control.actor().clone(), args.reach.reason.clone());
        lifted.extend(control.store().uncordon(reach, by, reason)?);
    }
    let left = control.store().cordons()?;
    if session.json() {
        let of = |cordons: &[Cordon]| cordons.iter().map(document).collect::<Vec<_>>();
        output::json_document(&json!({"lifted": of(&lifted), "cordons": of(&left.0)}))?;
        return Ok(Outcome::Done);
    }
    for cordon in &lifted {
        output::line(&safe(&format!(
            "{} was {}, and is no more",
            cordon.reach, cordon.hold
        )))?;
    }
    if lifted.is_empty() {
        output::line(&safe(&match args.all {
            true => "nothing is cordoned".to_owned(),
            false => format!("{} is not cordoned", args.reach.reach()),
        }))?;
    }
    for cordon in &left.0 {
        output::note(&safe(&format!(
            "{cordon}; that ends with: longhaul uncordon{}",
            cordon.reach.options()
        )));
    }
    Ok(Outcome::Done)
}

/// What was made of it.
struct Made {
    cordon: Cordon,
    before: Option<Cordon>,
    /// The workers that live and are in it.
    workers: Vec<WorkerRow>,
}

fn make(
    session: &Session,
    control: &Control,
    args: &ReachArgs,
    hold: Hold,
) -> Result<Made, Failure> {
    let mut workers = flight::living(control, &args.reach())?;
    if let Reach::Worker(number) = args.reach()
        && workers.is_empty()
    {
        return Err(Failure::new(
            Outcome::Refused,
            "unknown-worker",
            format!("there is no worker {number} that is alive"),
        )
        .hint("a worker has a number as long as it lives; a host's workers are named by --host"));
    }
    let cordon = Cordon {
        reach: args.reach(),
        hold,
        by: control.actor().clone(),
        reason: args.reason.clone(),
        ..Cordon::default()
    };
    let before = control.store().cordon(cordon.clone())?;
    if workers.is_empty() && !session.json() && matches!(cordon.reach, Reach::Host(_)) {
        output::note(&safe(&format!(
            "no worker of {} is alive; it counts for those that start",
            cordon.reach
        )));
    }
    workers.sort_by_key(|worker| worker.number);
    Ok(Made {
        cordon,
        before,
        workers,
    })
}

/// Waits until nothing is left with the workers; gives what is left if the time was up.
fn wait(
    session: &Session,
    control: &Control,
    reach: &Reach,
    deadline: Option<Instant>,
) -> Result<(Vec<Flight>, Outcome), Failure> {
    let changes = Changes::listen(control.store().dir(), Watch::ControlAndAlive);
    let mut said = None;
    loop {
        let left = with_workers(control, reach)?;
        if left.is_empty() {
            return Ok((left, Outcome::Done));
        }
        if !control
            .store()
            .cordons()?
            .0
            .iter()
            .any(|cordon| cordon.reach == *reach && cordon.hold == Hold::Drained)
        {
            // Somebody lifted it: they will not be given back.
            return Ok((left, Outcome::Refused));
        }
        let longest = flight::longest(&left);
        if !session.json() && said.as_ref() != longest.as_ref() {
            if let Some(longest) = &longest {
                output::note(&safe(longest));
            }
            said = longest;
        }
        if changes.wait(deadline) == Woken::TimeUp {
            return Ok((left, Outcome::TimeUp));
        }
    }
}

fn finish(
    session: &Session,
    made: &Made,
    left: &[Flight],
    outcome: Outcome,
) -> Result<Outcome, Failure> {
    let Made {
        cordon,
        before,
        workers,
    } = made;
    if session.json() {
        let numbers: Vec<_> = workers.iter().map(|worker| worker.number).collect();
        let mut told = document(cordon);
        told["before"] = json!(before.as_ref().map(|before| before.hold));
        told["workers"] = json!(numbers);
        told["left"] = json!(left.iter().map(Flight::document).collect::<Vec<_>>());
        output::json_document(&told)?;
        return Ok(outcome);
    }
    let was = match before {
        Some(before) if before.hold == cordon.hold => ", as before",
        Some(before) if before.hold == Hold::Drained => ", and gives nothing back any more",
        Some(_) | None => "",
    };
    let count = human::counted(workers.len() as u64, "worker", "workers");
    output::line(&safe(&format!(
        "{} is {}{was}: {count} alive",
        cordon.reach, cordon.hold
    )))?;
    match (outcome, left.len()) {
        (Outcome::Refused, _) => output::note("somebody lifted the drain meanwhile"),
        (_, 0) => {}
        (_, count) => {
            let tasks = human::counted(count as u64, "task", "tasks");
            let still = if outcome == Outcome::TimeUp {
                "still with"
            } else {
                "with"
            };
            output::note(&format!("{tasks} {still} them"));
            if let Some(longest) = flight::longest(left) {
                output::note(&safe(&longest));
            }
        }
    }
    Ok(outcome)
}

fn document(cordon: &Cordon) -> Value {
    let (kind, name) = match &cordon.reach {
        Reach::Store => ("store", Value::Null),
        Reach::Host(name) => ("host", json!(name)),
        Reach::Worker(number) => ("worker", json!(number)),
    };
    json!({
        "reach": kind,
        "name": name,
        "hold": cordon.hold,
        "by": cordon.by,
        "reason": cordon.reason,
    })
}

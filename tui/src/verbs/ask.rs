//! `longhaul suspend`, `resume`, `terminate` and `rollback`: asks for a state, and waits for it if told to.

use std::time::Duration;

use jiff::tz::TimeZone;
use longhaul_common::control::Control;
use longhaul_common::id::TaskNumber;
use longhaul_common::moment;
use longhaul_common::phase::{Phase, waits};
use longhaul_common::place::store_dir;
use longhaul_common::safe_text::safe;
use longhaul_common::spec::{TaskSpec, Work};
use longhaul_common::state::{Desired, Outcome as End, StateWord};
use longhaul_common::store::{Answer, Done, Haste, Hooks};
use longhaul_common::time::Timestamp;
use longhaul_worker::command::lookup::{find_program, split_words};
use serde_json::{Value, json};

use crate::cli::{AskArgs, RequestArgs, ResumeArgs, SuspendArgs, TerminateArgs};
use crate::exit::{Failure, Outcome};
use crate::output::{self, human, state};
use crate::session::{Session, resolve};
use crate::stopped;
use crate::verbs::wait::blocked;
use crate::waiting::{self, Reached, Wish};

pub(crate) fn suspend(session: &Session, args: &SuspendArgs) -> Result<Outcome, Failure> {
    let request = Request {
        until: args.end()?,
        ..Request::by(&args.ask)
    };
    ask(session, Desired::Suspend, &request)
}

impl SuspendArgs {
    /// When the suspension ends by itself.
    fn end(&self) -> Result<Option<Timestamp>, Failure> {
        let now = Timestamp::now();
        match (self.lasts, self.until.as_deref()) {
            (Some(lasts), _) if lasts.is_zero() => {
                Err(Failure::mistake("--for 0s is no suspension"))
            }
            (Some(lasts), _) if now.after(lasts) > LAST => {
                Err(Failure::mistake("--for: that is after the year 9999").hint("leave it out"))
            }
            (Some(lasts), _) => Ok(Some(now.after(lasts))),
            (None, Some(text)) => moment::parse(text, now, &TimeZone::system())
                .map(Some)
                .map_err(|error| Failure::mistake(format!("--until: {error}"))),
            (None, None) => Ok(None),
        }
    }
}

/// The last moment that has a date: 9999-12-30T22:00:00Z.
const LAST: Timestamp = Timestamp::from_millis(253_402_207_200_000);

pub(crate) fn terminate(session: &Session, args: &TerminateArgs) -> Result<Outcome, Failure> {
    let request = Request {
        hooks: if args.no_hooks {
            Hooks::PassOver
        } else {
            Hooks::Run
        },
        done: args.done(),
        ..Request::by(&args.ask)
    };
    ask(session, Desired::Terminate, &request)
}

impl TerminateArgs {
    /// What becomes of what is done.
    pub(crate) fn done(&self) -> Done {
        match (self.keep, self.rollback.as_deref()) {
            (true, _) => Done::Keep,
            (false, None) => Done::AsBrought,
            (false, Some("")) => Done::Undo(None),
            (false, Some(line)) => Done::Undo(Some(line.to_owned())),
        }
    }
}

pub(crate) fn rollback(session: &Session, args: &RequestArgs) -> Result<Outcome, Failure> {
    let request = Request {
        done: Done::TryAgain,
        ..Request::of(args)
    };
    ask(session, Desired::Terminate, &request)
}

pub(crate) fn resume(session: &Session, args: &ResumeArgs) -> Result<Outcome, Failure> {
    let request = Request {
        skip: args.skip,
        ..Request::of(&args.request)
    };
    ask(session, Desired::Run, &request)
}

struct Request<'a> {
    tasks: &'a [String],
    reason: Option<&'a str>,
    haste: Haste,
    hooks: Hooks,
    skip: bool,
    done: Done,
    until: Option<Timestamp>,
    wait: bool,
    timeout: Option<Duration>,
}

impl<'a> Request<'a> {
    fn of(args: &'a RequestArgs) -> Self {
        Self {
            tasks: &args.tasks,
            reason: args.reason.as_deref(),
            haste: Haste::AtBoundary,
            hooks: Hooks::Run,
            skip: false,
            done: Done::AsBrought,
            until: None,
            wait: args.wait,
            timeout: args.timeout,
        }
    }

    fn by(args: &'a AskArgs) -> Self {
        Self {
            haste: args.haste(),
            ..Self::of(&args.request)
        }
    }
}

impl AskArgs {
    /// Whether the batch in flight is waited for.
    pub(crate) fn haste(&self) -> Haste {
        if self.force {
            Haste::ByForce
        } else {
            Haste::AtBoundary
        }
    }
}

fn ask(session: &Session, want: Desired, request: &Request<'_>) -> Result<Outcome, Failure> {
    let deadline = waiting::deadline(request.timeout);
    let (control, answers) = loop {
        match send(session, want, request) {
            Err(failure)
                if request.haste == Haste::ByForce && stopped::may_stand_behind(&failure) =>
            {
                // A worker that is stopped inside the store lets nobody in, to read who has the
                // task neither: by force, it is ended.
                stopped::end_one(&store_dir(session.store_option())?).ok_or(failure)?;
            }
            outcome => break outcome?,
        }
    };
    if let ([only], false) = (answers.as_slice(), session.json())
        && let Some(refused) = &only.refused
    {
        return Err(Failure::new(
            Outcome::Refused,
            "refused",
            format!(
                "{} was not asked to {}: {refused}",
                called(only),
                want.verb()
            ),
        ));
    }
    let mut reached = Vec::new();
    if request.wait {
        if !session.json() {
            foretell(&control, &answers)?;
        }
        let granted: Vec<TaskNumber> = answers
            .iter()
            .filter(|answer| answer.refused.is_none())
            .map(|answer| answer.number)
            .collect();
        reached = waiting::until(&control, &granted, want.goal(), Wish::Asked, deadline)?;
    }
    let mut outcome = Outcome::Done;
    let mut results = Vec::new();
    for answer in &answers {
        let found = reached.iter().find(|(task, _)| *task == answer.number);
        let reached = found.map(|(_, reached)| reached);
        outcome = outcome.and(outcome_of(answer, reached, want));
        if session.json() {
            results.push(result(answer, reached, request.until));
        } else {
            let said = sentence(&control, answer, reached, want)?;
            output::line(&(said + &until(answer, request.until) + &passed_over(answer)))?;
        }
    }
    if session.json() {
        output::json_document(&results)?;
    }
    Ok(outcome)
}

fn send(
    session: &Session,
    want: Desired,
    request: &Request<'_>,
) -> Result<(Control, Vec<Answer>), Failure> {
    let control = session.control()?;
    let tasks = resolve(&control, request.tasks)?;
    if let Done::Undo(Some(line)) = &request.done {
        for task in &tasks {
            is_found(line, &control.store().task(*task)?.spec)?;
        }
    }
    let mut asking = control
        .ask(want, tasks)
        .haste(request.haste)
        .hooks(request.hooks)
        .done(request.done.clone())
        .until(request.until);
    if request.skip {
        asking = asking.passing_over();
    }
    if let Some(reason) = request.reason {
        asking = asking.because(reason);
    }
    let answers = asking.send()?;
    Ok((control, answers))
}

/// Refuses a command of a rollback that can't be found where the task's own is.
pub(crate) fn is_found(line: &str, spec: &TaskSpec) -> Result<(), Failure> {
    let mistake = |error: String| Failure::mistake(format!("--rollback: {error}"));
    let words = split_words(line).map_err(|error| mistake(error.to_string()))?;
    let Work::Command(command) = &spec.work else {
        // Refused by the store, in its own words.
        return Ok(());
    };
    let path = command
        .env
        .iter()
        .find(|(name, _)| name.as_os_str() == "PATH");
    let path = path.map(|(_, value)| value.as_os_str());
    find_program(&words[0], path, command.dir.as_path())
        .map(|_| ())
        .map_err(|error| mistake(error.to_string()))
}

/// The exit code of one answer. A task that ended as wanted is success, however it ended; one that
/// went on as wanted may have come to its end before anybody looked.
fn outcome_of(answer: &Answer, reached: Option<&Reached>, want: Desired) -> Outcome {
    if answer.refused.is_some() {
        return Outcome::Refused;
    }
    match reached {
        None => Outcome::Done,
        Some(Reached::State(StateWord::Terminate, end)) => match (want, end) {
            (Desired::Terminate, _) | (Desired::Run, Some(End::Completed)) => Outcome::Done,
            (Desired::Run, Some(End::Failed)) => Outcome::Failed,
            (Desired::Run, Some(End::Terminated) | None) | (Desired::Suspend, _) => {
                Outcome::Refused
            }
        },
        Some(Reached::State(..)) => Outcome::Done,
        Some(Reached::Elsewhere) => Outcome::Refused,
        Some(Reached::Blocked) => Outcome::Suspended,
        Some(Reached::RollbackFailed) => Outcome::Failed,
        Some(Reached::Nobody) => Outcome::Nobody,
        Some(Reached::TimeUp) => Outcome::TimeUp,
    }
}

fn result(answer: &Answer, reached: Option<&Reached>, until: Option<Timestamp>) -> Value {
    json!({
        "id": answer.id,
        "number": answer.number,
        "name": (!answer.name.is_empty()).then_some(&answer.name),
        "request": answer.request,
        "desired_state": answer.desired,
        "current_state": match reached {
            Some(Reached::State(state, _)) => *state,
            _ => answer.current,
        },
        "until": until.filter(|_| answer.refused.is_none()),
        "passed_over": answer.passed_over,
        "refused": answer.refused.as_ref().map(ToString::to_string),
        "waited": reached.map(Reached::word),
    })
}

fn called(answer: &Answer) -> String {
    if answer.name.is_empty() {
        format!("task {}", answer.number)
    } else {
        format!("task {} ({})", answer.number, answer.name)
    }
}

/// Says of what is waited for when that may be over, where it is worth a word.
fn foretell(control: &Control, answers: &[Answer]) -> Result<(), Failure> {
    for answer in answers {
        if answer.refused.is_some() || answer.current != StateWord::Run {
            continue;
        }
        if let Some(told) = state::boundary(&control.view(answer.number)?) {
            output::note(&format!("{}: boundary {told}", safe(&called(answer))));
        }
    }
    Ok(())
}

/// When the suspension ends by itself, in words.
fn until(answer: &Answer, until: Option<Timestamp>) -> String {
    let until = until.filter(|_| answer.refused.is_none());
    until.map_or_else(String::new, |at| {
        format!(", until {}", moment::in_full(at, &TimeZone::system()))
    })
}

/// What was passed over, in words.
fn passed_over(answer: &Answer) -> String {
    let batches: Vec<String> = answer.passed_over.iter().map(ToString::to_string).collect();
    match batches.as_slice() {
        [] => String::new(),
        [batch] => format!("; batch {batch} is passed over"),
        _ => format!("; batches {} are passed over", batches.join(", ")),
    }
}

fn sentence(
    control: &Control,
    answer: &Answer,
    reached: Option<&Reached>,
    want: Desired,
) -> Result<String, Failure> {
    let who = safe(&called(answer)).into_owned();
    if let Some(refused) = &answer.refused {
        return Ok(format!("{who}: refused: {refused}"));
    }
    if let Some(reached) = reached {
        return Ok(match reached {
            Reached::State(state, None) => format!("{who}: {state}"),
            Reached::State(state, Some(outcome)) => format!("{who}: {state} {outcome}"),
            Reached::Elsewhere => format!("{who}: somebody asked for something else meanwhile"),
            Reached::RollbackFailed => {
                let why = control.view(answer.number)?.error.unwrap_or_default();
                format!(
                    "{who}: its rollback failed: {}; mend it and `longhaul rollback {number}`, or `longhaul terminate {number} --keep`",
                    safe(&why),
                    number = answer.number,
                )
            }
            Reached::Blocked => {
                let view = control.view(answer.number)?;
                format!("{who}: {}", blocked(view.waiting_for.as_deref()))
            }
            Reached::Nobody => {
                format!("{who}: no worker is alive that could obey; it will as soon as one starts")
            }
            Reached::TimeUp => format!("{who}: not yet {}; still asked for", want.goal()),
        });
    }
    let view = control.view(answer.number)?;
    // When it goes on is told by whoever asked for that.
    let waits = view
        .waiting_for
        .as_deref()
        .filter(|_| view.phase != Phase::Suspended)
        .map(|what| format!(", {}", waits(what)))
        .unwrap_or_default();
    let boundary = state::boundary(&view).map(|told| format!(", {told}"));
    let waits = waits + &boundary.unwrap_or_default();
    if answer.current == want.goal() {
        let already = if answer.request.is_none() {
            "already "
        } else {
            ""
        };
        return Ok(format!(
            "{who}: {already}{}{}",
            answer.current,
            safe(&waits)
        ));
    }
    let undoes = match &view.rollback {
        Some(rollback) if want == Desired::Terminate && rollback.undoes => format!(
            "; {} {} undone first",
            human::counted(rollback.items_left(), "item", "items"),
            if rollback.items_left() == 1 {
                "is"
            } else {
                "are"
            }
        ),
        Some(_) | None => String::new(),
    };
    Ok(format!(
        "{who}: {} → {}{}{undoes}",
        view.current_state,
        want.goal(),
        safe(&waits)
    ))
}

//! `longhaul suspend`, `resume`, `terminate` and `rollback`: asks for a state, and waits for it if told to.

mod preview;
mod timed;
mod told;

use std::time::Duration;

use jiff::tz::TimeZone;
use longhaul_common::control::Control;
use longhaul_common::id::{RequestNumber, TaskNumber};
use longhaul_common::place::store_dir;
use longhaul_common::safe_text::safe;
use longhaul_common::spec::{TaskSpec, Work};
use longhaul_common::state::{Desired, Outcome as End, StateWord};
use longhaul_common::store::{Aim, Answer, Done, Haste, Hooks, Reach};
use longhaul_common::time::Timestamp;
use longhaul_worker::command::lookup::{find_program, split_words};

use crate::acting::{self, Act, Others, confirmed};
use crate::choosing::{Meant, NONE, check, meant, rows_of};
use crate::cli::{AskArgs, ChoiceArgs, RequestArgs, ResumeArgs, SuspendArgs, TerminateArgs};
use crate::exit::{Failure, Outcome};
use crate::output;
use crate::output::clock::Clock;
use crate::output::state;
use crate::session::Session;
use crate::stopped;
use crate::waiting::{self, Reached, Wish};

use preview::preview;
pub(super) use preview::preview_of;
pub(crate) use told::Told;
use told::called;
pub(crate) use told::{because, number_of_request};

pub(crate) fn suspend(session: &Session, args: &SuspendArgs) -> Result<Outcome, Failure> {
    let request = Request {
        until: args.end(Timestamp::now(), &TimeZone::system())?,
        ..Request::by(&args.ask)
    };
    ask(session, Desired::Suspend, &request)
}

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
        verb: "roll back",
        done: Done::TryAgain,
        ..Request::of(args)
    };
    ask(session, Desired::Terminate, &request)
}

pub(crate) fn resume(session: &Session, args: &ResumeArgs) -> Result<Outcome, Failure> {
    let request = Request {
        skip: args.skip,
        of_request: args.of_request.map(RequestNumber),
        ..Request::of(&args.request)
    };
    ask(session, Desired::Run, &request)
}

struct Request<'a> {
    choice: &'a ChoiceArgs,
    /// What it is called, if not as the state it asks for.
    verb: &'static str,
    /// The tasks of this request are meant.
    of_request: Option<RequestNumber>,
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
            choice: &args.choice,
            verb: "",
            of_request: None,
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

    fn verb(&self, want: Desired) -> &'static str {
        match self.verb {
            "" => want.verb(),
            verb => verb,
        }
    }

    fn check(&self) -> Result<(), Failure> {
        let choice = self.choice;
        match self.of_request {
            None => check(&choice.tasks, &choice.filter),
            Some(_) if !choice.tasks.is_empty() || choice.filter.is_given() => {
                Err(Failure::mistake(
                    "--request means the tasks of a request, so no others can be named or chosen",
                ))
            }
            Some(_) => Ok(()),
        }
    }

    fn meant(&self, control: &Control) -> Result<Meant, Failure> {
        let choice = self.choice;
        match self.of_request {
            None => meant(control, &choice.tasks, &choice.filter, Reach::Living),
            Some(request) => Ok(Meant::Of(request)),
        }
    }

    /// Whether there may be many tasks, which nobody named.
    fn is_wide(&self) -> bool {
        self.of_request.is_some() || self.choice.filter.is_given()
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

/// How long a request on many tasks waits for the store: longer than what is asked of one.
pub(crate) const PATIENCE_FOR_MANY: Duration = Duration::from_secs(60);

fn ask(session: &Session, want: Desired, request: &Request<'_>) -> Result<Outcome, Failure> {
    let deadline = waiting::deadline(request.timeout);
    let sent = loop {
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
    let (control, answers) = match sent {
        Sent::Answered(control, answers) => (control, answers),
        Sent::Nothing => return nothing(session),
        Sent::Previewed(outcome) => return Ok(outcome),
    };
    if let ([only], false, false) = (answers.as_slice(), session.json(), request.is_wide())
        && let Some(refused) = &only.refused
    {
        return Err(Failure::new(
            Outcome::Refused,
            "refused",
            format!(
                "{} was not asked to {}: {}",
                called(only),
                want.verb(),
                because(refused, &Clock::local())
            ),
        ));
    }
    if answers.is_empty() {
        output::note(NONE);
    }
    tell_of_others(session, want, &answers);
    let mut reached = Vec::new();
    if request.wait {
        if !session.json() && !request.is_wide() {
            foretell(&control, &answers)?;
        }
        let granted: Vec<TaskNumber> = answers
            .iter()
            .filter(|answer| answer.refused.is_none())
            .map(|answer| answer.number)
            .collect();
        number_of_request(&answers);
        reached = waiting::until(&control, &granted, want.goal(), Wish::Asked, deadline)?;
    }
    let told = Told {
        control: &control,
        answers: &answers,
        reached: &reached,
        until: request.until,
        clock: Clock::local(),
    };
    let outcomes = answers
        .iter()
        .map(|answer| outcome_of(answer, told.reached(answer), want));
    let outcome = outcomes.fold(Outcome::Done, Outcome::and);
    if session.json() {
        told.json()?;
    } else if request.is_wide() && !answers.is_empty() {
        told.in_short(request.verb(want))?;
    } else {
        told.one_by_one()?;
    }
    if !request.wait {
        number_of_request(&answers);
    }
    Ok(outcome)
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

/// Nothing was asked, which was said.
fn nothing(session: &Session) -> Result<Outcome, Failure> {
    if session.json() {
        output::json_document(&[(); 0])?;
    }
    Ok(Outcome::Done)
}

/// Says whose suspensions came to an end, where nobody was asked before.
fn tell_of_others(session: &Session, want: Desired, answers: &[Answer]) {
    if want != Desired::Run || crate::confirm::somebody_is_here() {
        return;
    }
    let (me, clock) = (session.actor(), Clock::local());
    let mut last = None;
    for answer in answers {
        let Some(before) = answer.before.as_deref() else {
            continue;
        };
        if acting::is_anothers(before, &me) && last.replace(before.request) != Some(before.request)
        {
            let said = acting::suspended_by(&answer.name, answer.number, before, &clock);
            output::note(&said);
        }
    }
}

enum Sent {
    Answered(Control, Vec<Answer>),
    /// Nothing is meant, or it was not confirmed.
    Nothing,
    Previewed(Outcome),
}

fn send(session: &Session, want: Desired, request: &Request<'_>) -> Result<Sent, Failure> {
    let care = request.choice.care;
    request.check()?;
    let control = if care.dry_run {
        session.look()?
    } else {
        session.control()?
    };
    let actor = session.actor();
    let act = Act {
        verb: request.verb(want),
        care,
        others: match want {
            Desired::Run => Others::Suspended(&actor),
            Desired::Suspend | Desired::Terminate => Others::Pass,
        },
    };
    let meant = request.meant(&control)?;
    if let Done::Undo(Some(line)) = &request.done {
        for row in rows_of(&control, meant.clone())?.rows {
            is_found(line, &row.spec)?;
        }
    }
    let put_together = |control: &Control, aim| {
        let mut asking = control
            .ask_of(want, aim)
            .haste(request.haste)
            .hooks(request.hooks)
            .done(request.done.clone())
            .until(request.until);
        if request.skip {
            asking = asking.passing_over();
        }
        match request.reason {
            Some(reason) => asking.because(reason),
            None => asking,
        }
    };
    if care.dry_run {
        let asking = put_together(&control, Aim::Named(Vec::new()));
        return Ok(Sent::Previewed(preview(
            session, &control, meant, &asking, &act,
        )?));
    }
    let patient = match request.is_wide() {
        true => control.with_patience(PATIENCE_FOR_MANY),
        false => control.clone(),
    };
    let Some(aim) = confirmed(&control, meant, &act)? else {
        return Ok(Sent::Nothing);
    };
    let answers = put_together(&patient, aim).send()?;
    Ok(Sent::Answered(control, answers))
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
pub(super) fn outcome_of(answer: &Answer, reached: Option<&Reached>, want: Desired) -> Outcome {
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

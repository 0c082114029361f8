//! `longhaul run`: submits a task and works on it here, with a progress bar.

mod in_dashboard;

use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use longhaul_common::bell::Watch;
use longhaul_common::changes::Changes;
use longhaul_common::control::Control;
use longhaul_common::id::{TaskNumber, WorkerNumber};
use longhaul_common::phase::Phase;
use longhaul_common::rules::{self, Refused};
use longhaul_common::spec::{MAX_PARALLEL, Way};
use longhaul_common::state::{Desired, Outcome as End, StateWord};
use longhaul_common::store::{Absent, Haste};
use longhaul_common::view::TaskView;
use longhaul_worker::program::prepare_process;
use longhaul_worker::report::{exit_now_if_overdue, in_one_line};
use longhaul_worker::{Notices, RunningWorker, builder};

use crate::cli::RunArgs;
use crate::exit::{Failure, Outcome};
use crate::live::Live;
use crate::output;
use crate::session::{Session, resolve};
use crate::signals::Signals;
use crate::task_spec::prepare;
use crate::verbs::dry_run;

/// Progress is drawn at most so often.
const FRAME: Duration = Duration::from_millis(125);

pub(crate) fn run(session: &Session, args: &RunArgs) -> Result<Outcome, Failure> {
    if args.task.dry_run {
        return dry_run::run(session, prepare(&args.task, &session.actor())?);
    }
    if args.tui {
        return in_dashboard::run(session, args);
    }
    if let Some(option) = args.look.given() {
        return Err(Failure::mistake(format!("{option} is the dashboard's"))
            .hint("`longhaul run --tui` opens it"));
    }
    let (begun, (heard, signals, live)) = begin(session, args, |control| {
        let (heard, signals) = listen(control)?;
        let live = Live::new();
        let notices = live.notices();
        Ok(((heard, signals, live), notices))
    })?;
    let job = Job {
        control: begun.control,
        task: begun.task,
        worker: begun.worker,
        live: live.into(),
        heard,
        signals,
    };
    let outcome = job.follow();
    // In any case: a worker that is left behind by its process is taken for one that died.
    job.worker.stopper().stop();
    exit_now_if_overdue(job.worker.join()?);
    if session.json() {
        output::json_document(&job.control.view(job.task)?)?;
    }
    Ok(outcome)
}

struct Job {
    control: Control,
    task: TaskNumber,
    worker: RunningWorker,
    live: RefCell<Live>,
    heard: Heard,
    signals: Signals,
}

/// What tells that it is worth looking again.
struct Heard {
    /// All that changes, progress too.
    all: Changes,
    /// Requests and changes of state alone, which don't wait for the next frame.
    state: Changes,
}

/// Listens before anything is claimed: a signal that comes early must not kill a process that has
/// a task in its hands.
fn listen(control: &Control) -> Result<(Heard, Signals), Failure> {
    let dir = control.store().dir();
    let heard = Heard {
        all: Changes::listen(dir, Watch::ControlAndProgress),
        state: Changes::listen(dir, Watch::Control),
    };
    let signals = Signals::catch()
        .and_then(|caught| caught.tell(heard.all.waker()))
        .map_err(|error| Failure::system("listening to signals", &error))?;
    Ok((heard, signals))
}

/// A task in the hands of a worker in this process.
struct Begun {
    control: Control,
    task: TaskNumber,
    worker: RunningWorker,
}

/// Starts a worker and gives it the task. `listen` comes before anything is claimed, and says where
/// the worker's notices go.
fn begin<L>(
    session: &Session,
    args: &RunArgs,
    listen: impl FnOnce(&Control) -> Result<(L, Notices), Failure>,
) -> Result<(Begun, L), Failure> {
    match &args.resume {
        Some(typed) => begin_resumed(session, typed, args.task.reason.as_deref(), listen),
        None => begin_new(session, args, listen),
    }
}

fn begin_new<L>(
    session: &Session,
    args: &RunArgs,
    listen: impl FnOnce(&Control) -> Result<(L, Notices), Failure>,
) -> Result<(Begun, L), Failure> {
    let prepared = prepare(&args.task, &session.actor())?;
    let control = session.control_of(session.store(Absent::Create)?)?;
    control.store().refuse_to_run()?;
    // Before signals are listened to: one that comes while standard input is read has nothing to
    // hand back, and ends the process.
    let prepared = prepared.gated(&control, &args.task)?;
    let mut task = prepared.spool_into(control.store().dir())?;
    let (listening, notices) = listen(&control)?;
    let worker = start_worker(&control, &task.spec.way, notices)?;
    task.claim_for = Some(worker.number());
    let submitted = control.submit(task)?;
    if let Some(held) = submitted.held {
        worker.adopt(*held);
    }
    let begun = Begun {
        control,
        task: submitted.number,
        worker,
    };
    Ok((begun, listening))
}

fn begin_resumed<L>(
    session: &Session,
    typed: &str,
    reason: Option<&str>,
    listen: impl FnOnce(&Control) -> Result<(L, Notices), Failure>,
) -> Result<(Begun, L), Failure> {
    let control = session.control()?;
    let tasks = resolve(&control, &[typed.to_owned()])?;
    let task = tasks[0];
    // Before a worker starts for nothing; whoever takes it after this look is seen in the answer.
    let view = control.view(task)?;
    if let Some(worker) = view.worker.as_ref().filter(|worker| worker.alive) {
        return Err(held_elsewhere(task, worker.id));
    }
    let row = control.store().task(task)?;
    rules::request(&row.standing(), Desired::Run).map_err(|why| not_resumed(task, &why))?;
    let (listening, notices) = listen(&control)?;
    let worker = start_worker(&control, &row.spec.way, notices)?;
    if let Err(failure) = take_resumed(&control, task, reason, &worker) {
        worker.stopper().stop();
        exit_now_if_overdue(worker.join()?);
        return Err(failure);
    }
    let begun = Begun {
        control,
        task,
        worker,
    };
    Ok((begun, listening))
}

/// Starts a worker that takes nothing by itself.
fn start_worker(control: &Control, way: &Way, notices: Notices) -> Result<RunningWorker, Failure> {
    prepare_process().map_err(|error| Failure::system("preparing the process", &error))?;
    Ok(builder(control.store().clone())
        .concurrency(seats(way))
        .notices(notices)
        .owning_the_process()
        .adopting()
        .spawn()?)
}

/// How many batches of the task run here at once: as many as it was given, else as there are cores.
fn seats(way: &Way) -> NonZeroUsize {
    let Some(queue) = way.queue() else {
        return NonZeroUsize::MIN;
    };
    let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    match NonZeroUsize::new(queue.width()) {
        Some(width) if queue.parallel < MAX_PARALLEL => width,
        Some(_) | None => cores,
    }
}

/// Resumes the task and claims it in one transaction: a worker elsewhere can't come between.
fn take_resumed(
    control: &Control,
    task: TaskNumber,
    reason: Option<&str>,
    worker: &RunningWorker,
) -> Result<(), Failure> {
    let answers = control
        .resume([task])
        .because(reason.unwrap_or("longhaul run --resume"))
        .claiming_for(worker.number())
        .send()?;
    for answer in answers {
        if let Some(refused) = answer.refused {
            return Err(not_resumed(task, &refused));
        }
        match (answer.held, answer.claim) {
            (Some(held), _) => worker.adopt(*held),
            (None, Some(claim)) if control.lives(claim.worker) => {
                return Err(held_elsewhere(task, claim.worker));
            }
            // Its kind is not for this worker: it is followed, wherever it runs.
            (None, _) => {}
        }
    }
    Ok(())
}

fn not_resumed(task: TaskNumber, why: &Refused) -> Failure {
    Failure::new(
        Outcome::Refused,
        "refused",
        format!("task {task} was not resumed: {why}"),
    )
}

fn held_elsewhere(task: TaskNumber, worker: WorkerNumber) -> Failure {
    Failure::new(
        Outcome::Refused,
        "held",
        format!("task {task} is held by worker {worker}"),
    )
    .hint(format!("follow it there: longhaul logs --follow {task}"))
}

impl Job {
    /// Follows the task until it ends, rests, or this process has to go.
    fn follow(&self) -> Outcome {
        let (heard, signals) = (&self.heard, &self.signals);
        let stopper = self.worker.stopper();
        let (mut interrupts, mut ends) = (0, 0);
        loop {
            while interrupts < signals.interrupts() {
                interrupts += 1;
                self.interrupted(interrupts);
            }
            while ends < signals.ends() {
                ends += 1;
                stopper.stop();
            }
            // Looked at before the task: what the worker wrote at its end is seen then.
            let worker = if self.worker.is_finished() {
                Worker::Gone
            } else {
                Worker::Here
            };
            let view = match self.control.view(self.task) {
                Ok(view) => view,
                Err(error) => {
                    self.live.borrow().note(&in_one_line(&error));
                    if worker == Worker::Gone {
                        // Why it went is told once it is joined.
                        return Outcome::Nobody;
                    }
                    heard.all.wait(None);
                    continue;
                }
            };
            self.live.borrow_mut().show(&view);
            if let Some(outcome) = end(&view, worker) {
                self.live.borrow_mut().finish();
                explain(&view, |text| self.live.borrow().note(text));
                return outcome;
            }
            if view.phase == Phase::Queued && ends == 0 {
                self.take_again();
            }
            // The last the worker does rings no bell: while it ends, it is looked at each frame.
            let until = (ends > 0).then(|| Instant::now() + FRAME);
            heard.all.wait(until);
            if interrupts == signals.interrupts() && ends == signals.ends() {
                // Progress comes in floods; only a change of state is read before the frame is over.
                heard.state.wait(Some(Instant::now() + FRAME));
            }
        }
    }

    /// Takes the task back that was suspended and resumed before this looked: its worker takes
    /// nothing by itself, and there may be no other.
    fn take_again(&self) {
        let taken = self.worker.taker().take(self.control.store(), self.task);
        if let Err(error) = taken {
            self.live.borrow().note(&in_one_line(&error));
        }
    }

    fn interrupted(&self, times: u32) {
        let (haste, note) = match times {
            1 => (
                Haste::AtBoundary,
                "suspending at the next batch boundary; ctrl-c again kills the batch in flight",
            ),
            _ => (
                Haste::ByForce,
                "killing the batch in flight; it is repeated when the task goes on",
            ),
        };
        self.live.borrow().note(note);
        let sent = self
            .control
            .suspend([self.task])
            .haste(haste)
            .because("ctrl-c in `longhaul run`")
            .send();
        let why = match sent {
            Ok(answers) => answers
                .into_iter()
                .find_map(|answer| answer.refused.map(|refused| refused.to_string())),
            // To end for it would leave the batch in flight behind.
            Err(error) => Some(in_one_line(&error)),
        };
        if let Some(why) = why {
            self.live.borrow().note(&format!("not suspended: {why}"));
        }
    }
}

/// Whether this process's worker still works.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Worker {
    Here,
    Gone,
}

/// How the task ended, if it has: `run` never waits for a human.
fn end(view: &TaskView, worker: Worker) -> Option<Outcome> {
    match (view.current_state, view.outcome) {
        (StateWord::Terminate, Some(End::Completed)) if view.failed().is_none() => {
            Some(Outcome::Done)
        }
        (StateWord::Terminate, Some(End::Terminated)) => Some(Outcome::Terminated),
        (StateWord::Terminate, _) => Some(Outcome::Failed),
        // One that goes on by itself waits for no human.
        (StateWord::Suspend, _)
            if view.desired_state == Desired::Suspend && view.until.is_none() =>
        {
            Some(Outcome::Suspended)
        }
        _ if view.lost && view.worker.is_none() => Some(Outcome::Suspended),
        _ => (worker == Worker::Gone).then_some(Outcome::Nobody),
    }
}

/// Says what comes next for a task that ended, rests or was given back.
fn explain(view: &TaskView, note: impl Fn(&str)) {
    let task = view.number;
    match (view.current_state, view.outcome) {
        (StateWord::Suspend, _) if view.desired_state == Desired::Suspend => note(&format!(
            "task {task} is suspended; go on here with `longhaul run --resume {task}`, or on a worker with `longhaul resume {task}`"
        )),
        (StateWord::Terminate, Some(End::Completed)) => {
            if let Some(failed) = view.failed() {
                note(&format!(
                    "{failed} failed; `longhaul failures {task}` names them, `longhaul retry {task}` tries them again"
                ));
            }
        }
        (StateWord::Terminate, Some(End::Failed)) => note(&format!(
            "task {task} failed; `longhaul logs {task}` shows its output"
        )),
        (StateWord::Terminate, _) => {}
        (StateWord::Init | StateWord::Run | StateWord::Suspend, _) if view.lost => note(&format!(
            "task {task} waits for {}; `longhaul set {task} after=none` frees it",
            view.waiting_for.as_deref().unwrap_or_default()
        )),
        (StateWord::Init | StateWord::Run | StateWord::Suspend, _) => note(&format!(
            "task {task} was given back; the next worker goes on with it, or `longhaul run --resume {task}`"
        )),
    }
}

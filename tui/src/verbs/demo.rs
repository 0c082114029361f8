//! `longhaul demo`: a throw-away store, a worker in this process and three real tasks, followed
//! until they end.

mod jobs;

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use longhaul_common::bell::Watch;
use longhaul_common::changes::Changes;
use longhaul_common::control::Control;
use longhaul_common::id::TaskNumber;
use longhaul_common::safe_text::safe;
use longhaul_common::state::{Desired, Outcome as End, StateWord};
use longhaul_common::store::{Absent, NewTask, Opening, Store};
use longhaul_common::view::TaskView;
use longhaul_worker::program::prepare_process;
use longhaul_worker::report::exit_now_if_overdue;
use longhaul_worker::{Notices, RunningWorker, builder};

use crate::cli::DemoArgs;
use crate::dashboard::{self, Opens, Prepared};
use crate::exit::{Failure, Outcome};
use crate::live::Live;
use crate::output;
use crate::session::Session;
use crate::signals::Signals;
use jobs::Pace;

/// Progress is drawn at most so often.
const FRAME: Duration = Duration::from_millis(125);

pub(crate) fn run(session: &Session, args: &DemoArgs) -> Result<Outcome, Failure> {
    if !args.no_tui && !session.json() && dashboard::has_a_terminal() {
        return in_the_dashboard(session, args);
    }
    if let Some(option) = args.look.given() {
        return Err(Failure::mistake(format!("{option} is the dashboard's"))
            .hint("it opens on a terminal, without --json and --no-tui"));
    }
    with_bars(session, args)
}

/// The dashboard over the demo's store, with its worker inside, until it is quit.
fn in_the_dashboard(session: &Session, args: &DemoArgs) -> Result<Outcome, Failure> {
    // Before there is a folder to throw away: an early ctrl-c cleans up like a late one.
    let prepared = Prepared::new()?.leaving_no_trace();
    let stage = Stage::set(session, args, Pace::Leisurely)?;
    let worker = stage.worker(prepared.notices())?;
    let tasks = stage.submit()?;
    let (outcome, finished) =
        prepared.host(session, &args.look, &stage.control, worker, Opens::List)?;
    let views = stage.control.views(tasks)?;
    stage.strike(args, &views, &Live::new());
    exit_now_if_overdue(finished);
    Ok(outcome)
}

fn with_bars(session: &Session, args: &DemoArgs) -> Result<Outcome, Failure> {
    let listening = |error| Failure::system("listening to signals", &error);
    let caught = Signals::catch().map_err(listening)?;
    let stage = Stage::set(session, args, Pace::Brief)?;
    let control = &stage.control;
    let changes = Changes::listen(control.store().dir(), Watch::ControlAndProgress);
    let signals = caught.tell(changes.waker()).map_err(listening)?;
    let mut live = Live::new();
    invite(&live, control.store().dir());
    let worker = stage.worker(live.notices())?;
    let tasks = stage.submit()?;
    let ended = follow(control, &tasks, &worker, &mut live, (&changes, &signals));
    worker.stopper().stop();
    let finished = worker.join()?;
    let views = ended?;
    live.finish();
    if session.json() {
        output::json_document(&views)?;
    }
    let outcome = views.iter().fold(Outcome::Done, |outcome, view| {
        outcome.and(match view.outcome {
            Some(End::Failed) => Outcome::Failed,
            Some(End::Completed | End::Terminated) | None => Outcome::Done,
        })
    });
    let summed_up: &[TaskView] = if session.json() { &[] } else { &views };
    stage.strike(args, summed_up, &live);
    exit_now_if_overdue(finished);
    Ok(outcome)
}

/// The demo's folder and store, with the tasks that will be queued.
struct Stage {
    folder: ThrowAway,
    control: Control,
    jobs: Vec<NewTask>,
}

impl Stage {
    fn set(session: &Session, args: &DemoArgs, pace: Pace) -> Result<Self, Failure> {
        let folder = ThrowAway::make()?;
        prepare_process().map_err(|error| Failure::system("preparing the process", &error))?;
        let jobs = jobs::prepare(&folder.0, args.folder.as_deref(), pace, &session.actor())?;
        let opening = Opening {
            absent: Absent::Create,
            ..Opening::default()
        };
        let store = Store::open(&folder.0.join("store"), opening)?;
        let control = session.control_of(store)?;
        Ok(Self {
            folder,
            control,
            jobs,
        })
    }

    /// Starts a worker with room for all.
    fn worker(&self, notices: Notices) -> Result<RunningWorker, Failure> {
        Ok(builder(self.control.store().clone())
            .concurrency(NonZeroUsize::new(self.jobs.len()).unwrap_or(NonZeroUsize::MIN))
            .notices(notices)
            .owning_the_process()
            .spawn()?)
    }

    fn submit(&self) -> Result<Vec<TaskNumber>, Failure> {
        let submit = |job: &NewTask| Ok(self.control.submit(job.clone())?.number);
        self.jobs.iter().map(submit).collect()
    }

    /// Says what came of the tasks, and throws the folder away or says where it is.
    fn strike(self, args: &DemoArgs, views: &[TaskView], live: &Live) {
        jobs::sum_up(&self.folder.0, views, live);
        if args.keep {
            live.note(&format!(
                "kept: longhaul list --all --store {}",
                shell_words::quote(&self.control.store().dir().to_string_lossy())
            ));
            self.folder.keep();
        }
    }
}

fn invite(live: &Live, store: &Path) {
    let store = store.to_string_lossy();
    let store = shell_words::quote(&store);
    live.note("Three tasks run in batches, each batch a checkpoint. From another terminal, try:");
    for words in [
        "suspend flaky --reason 'just looking' --wait",
        "resume flaky",
        "show checksums",
        "events --follow",
    ] {
        live.note(&format!("    longhaul --store {} {words}", safe(&store)));
    }
    live.note("ctrl-c ends the demo and throws its store away.");
}

/// Follows the tasks until all have ended, or ctrl-c.
fn follow(
    control: &Control,
    tasks: &[TaskNumber],
    worker: &RunningWorker,
    live: &mut Live,
    (changes, signals): (&Changes, &Signals),
) -> Result<Vec<TaskView>, Failure> {
    let mut told = 0;
    let mut rests = false;
    loop {
        // Looked at before the tasks: what the worker wrote at its end is seen then.
        let finished = worker.is_finished();
        let views = control.views(tasks.to_vec())?;
        for view in &views {
            live.show(view);
        }
        let asked = signals.interrupts() + signals.ends();
        while told < asked {
            told += 1;
            live.note("stopping at the next batch boundaries; once more kills what is in flight");
            worker.stopper().stop();
        }
        let ended = |view: &TaskView| view.current_state == StateWord::Terminate;
        if views.iter().all(ended) || finished {
            return Ok(views);
        }
        let at_rest = |view: &TaskView| {
            view.current_state == StateWord::Suspend && view.desired_state == Desired::Suspend
        };
        let all_rest = views.iter().all(|view| ended(view) || at_rest(view));
        if all_rest && !rests {
            live.note("all that is left is suspended: resume it from another terminal, or ctrl-c");
        }
        rests = all_rest;
        changes.wait(None);
        // Progress comes in floods; what happens meanwhile is read after the pause.
        std::thread::sleep(FRAME);
    }
}

/// A folder that goes when the demo does.
struct ThrowAway(PathBuf);

impl ThrowAway {
    fn make() -> Result<Self, Failure> {
        let template = std::env::temp_dir().join("longhaul-demo-XXXXXX");
        let path = nix::unistd::mkdtemp(&template)
            .map_err(|error| Failure::system("making a folder for the demo", &error))?;
        Ok(Self(path))
    }

    fn keep(mut self) {
        self.0 = PathBuf::new();
    }
}

impl Drop for ThrowAway {
    fn drop(&mut self) {
        if !self.0.as_os_str().is_empty() {
            // What can't be removed is left to the temporary folder's own keeper.
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

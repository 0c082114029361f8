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
use longhaul_common::store::{Absent, Opening, Store};
use longhaul_common::view::TaskView;
use longhaul_worker::program::prepare_process;
use longhaul_worker::report::exit_now_if_overdue;
use longhaul_worker::{RunningWorker, builder};

use crate::cli::DemoArgs;
use crate::exit::{Failure, Outcome};
use crate::live::Live;
use crate::output;
use crate::session::Session;
use crate::signals::Signals;

/// Progress is drawn at most so often.
const FRAME: Duration = Duration::from_millis(125);

pub(crate) fn run(session: &Session, args: &DemoArgs) -> Result<Outcome, Failure> {
    let listening = |error| Failure::system("listening to signals", &error);
    // Before there is a folder to throw away: an early ctrl-c cleans up like a late one.
    let caught = Signals::catch().map_err(listening)?;
    let folder = ThrowAway::make()?;
    prepare_process().map_err(|error| Failure::system("preparing the process", &error))?;
    let jobs = jobs::prepare(&folder.0, args.folder.as_deref(), &session.actor())?;
    let opening = Opening {
        absent: Absent::Create,
        ..Opening::default()
    };
    let store = Store::open(&folder.0.join("store"), opening)?;
    let control = session.control_of(store)?;
    let changes = Changes::listen(control.store().dir(), Watch::ControlAndProgress);
    let signals = caught.tell(changes.waker()).map_err(listening)?;
    let mut live = Live::new();
    invite(&live, control.store().dir());
    let worker = builder(control.store().clone())
        .concurrency(NonZeroUsize::new(jobs.len()).unwrap_or(NonZeroUsize::MIN))
        .notices(live.notices())
        .owning_the_process()
        .spawn()?;
    let mut tasks = Vec::new();
    for job in jobs {
        tasks.push(control.submit(job)?.number);
    }
    let ended = follow(&control, &tasks, &worker, &mut live, (&changes, &signals));
    worker.stopper().stop();
    let finished = worker.join()?;
    let views = ended?;
    live.finish();
    if session.json() {
        output::json_document(&views)?;
    } else {
        jobs::sum_up(&folder.0, &views, &live);
    }
    if args.keep {
        live.note(&format!(
            "kept: longhaul list --all --store {}",
            shell_words::quote(&control.store().dir().to_string_lossy())
        ));
        folder.keep();
    } else {
        drop(folder);
    }
    exit_now_if_overdue(finished);
    Ok(views.iter().fold(Outcome::Done, |outcome, view| {
        outcome.and(match view.outcome {
            Some(End::Failed) => Outcome::Failed,
            Some(End::Completed | End::Terminated) | None => Outcome::Done,
        })
    }))
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

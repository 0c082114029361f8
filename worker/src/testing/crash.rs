//! Has a worker die at every point where one can, in processes of its own.

use std::fmt::Debug;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use longhaul_common::id::TaskNumber;
use longhaul_common::state::StateWord;
use longhaul_common::store::NewTask;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::{open, until};
use crate::hosting::{WorkerBuilder, builder};

/// Says to a process of a test which folder is its, and at which point it dies.
const ROLE: &str = "LONGHAUL_TESTING_CRASH";
/// A run takes at most so long.
const LONGEST_RUN: Duration = Duration::from_secs(60);

static DEATH: OnceLock<Death> = OnceLock::new();

struct Death {
    at: u64,
    passed: AtomicU64,
}

/// A point at which a worker may die.
pub(crate) fn point() {
    let Some(death) = DEATH.get() else {
        return;
    };
    if death.passed.fetch_add(1, Ordering::AcqRel) + 1 == death.at {
        // As nothing else does: no destructor runs, no buffer is written.
        let _ = kill(Pid::this(), Signal::SIGKILL);
    }
}

/// Runs a task once to its end; then once for each point at which its worker can die, where it is killed, and a
/// next worker takes the task over; and compares what came of it. Gives how many points there are.
///
/// Points lie before and after each method of the task, where it calls [`Cx::check`](crate::Cx::check) or
/// [`Cx::mark`](crate::Cx::mark), and around its checkpoints.
///
/// Each run has a folder of its own, given to all three: `extend` registers the kind, `task` says what to submit,
/// `effects` reads what came of it. The workers are processes of their own: the test's program is run
/// anew for each, and comes to this call by itself. So it has to stand in a `#[test]`, or in `main`, and
/// what comes before it is run each time.
///
/// ```
/// use std::io::Write as _;
/// use longhaul_worker::testing::crash_everywhere;
/// use longhaul_worker::{Cx, Failure, RangeSource, Source, Task, new_task};
/// # use std::path::PathBuf;
///
/// /// Writes a file for each batch, whole or not at all.
/// struct Files(PathBuf);
///
/// impl Task for Files {
/// #     const KIND: &'static str = "files";
/// #     type Params = (); type Item = Vec<u8>; type Shared = PathBuf;
/// #     fn source((): &(), _: &PathBuf) -> Result<Box<dyn Source<Vec<u8>>>, Failure> {
/// #         Ok(Box::new(RangeSource::new(1, 25)))
/// #     }
/// #     fn init((): (), dir: PathBuf, _: &Cx) -> Result<Self, Failure> { Ok(Self(dir)) }
///     fn batch(&mut self, items: &[Vec<u8>], cx: &Cx) -> Result<(), Failure> {
///         let text = items.join(&b'\n');
///         let half = self.0.join("half");
///         std::fs::write(&half, text)?;
///         cx.check()?;
///         std::fs::rename(half, self.0.join(format!("batch-{}", cx.batch())))?;
///         Ok(())
///     }
///     // …
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let points = crash_everywhere(
///     |worker, dir| worker.register::<Files>(dir.to_owned()),
///     |_| {
///         let mut task = new_task::<Files>(&()).expect("its parameters are JSON");
///         task.spec.batch_size = 10;
///         task
///     },
///     |dir| (0..3).map(|nr| std::fs::read(dir.join(format!("batch-{nr}"))).ok()).collect::<Vec<_>>(),
/// );
/// assert!(points > 9);
/// # Ok(())
/// # }
/// ```
///
/// # Panics
/// Where what came of it differs, which names the point, and where a run does not end.
pub fn crash_everywhere<E: PartialEq + Debug>(
    extend: impl Fn(WorkerBuilder, &Path) -> WorkerBuilder,
    task: impl Fn(&Path) -> NewTask,
    effects: impl Fn(&Path) -> E,
) -> u64 {
    if let Some(role) = std::env::var_os(ROLE) {
        let role = role.into_string().expect("it was written by a test");
        let (at, dir) = role.split_once(' ').expect("it was written by a test");
        play(at.parse().expect("a number"), Path::new(dir), extend, task);
    }
    let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
    let dir = dir.expect("there is room for a folder");
    let folder = |name: &str| {
        let folder = dir.path().join(name);
        std::fs::create_dir(&folder).expect("the folder is ours");
        folder
    };
    let whole = folder("whole");
    run(0, &whole);
    let expected = effects(&whole);
    let points = std::fs::read_to_string(points_of(&whole)).expect("the run has ended");
    let points: u64 = points.parse().expect("a number");
    for at in 1..=points {
        let folder = folder(&at.to_string());
        if run(at, &folder) == Ended::Killed {
            run(0, &folder);
        }
        let found = effects(&folder);
        assert!(
            found == expected,
            "after a crash at point {at} of {points} it is {found:?}, and without one {expected:?}"
        );
        std::fs::remove_dir_all(folder).expect("the folder is ours");
    }
    points
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    Well,
    Killed,
}

fn points_of(dir: &Path) -> PathBuf {
    dir.join("points")
}

/// Runs this program anew, up to the same call.
fn run(at: u64, dir: &Path) -> Ended {
    let program = std::env::current_exe().expect("a program knows itself");
    let mut command = Command::new(program);
    // The thread of a test bears its name.
    let thread = std::thread::current();
    if let Some(test) = thread.name().filter(|name| *name != "main") {
        command.args([test, "--exact", "--nocapture", "--include-ignored"]);
    }
    command
        .env(ROLE, format!("{at} {}", dir.display()))
        .stdin(Stdio::null());
    let output = command.output().expect("this program starts again");
    match output.status.signal() {
        Some(signal) if at > 0 && signal == Signal::SIGKILL as i32 => Ended::Killed,
        _ if output.status.code() == Some(PLAYED) => Ended::Well,
        _ => panic!(
            "a run ended with {}: {}{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        ),
    }
}

/// The exit code of a run that came to the task's end, which no test program has.
const PLAYED: i32 = 77;

/// Works until the task has ended, or death comes.
fn play(
    at: u64,
    dir: &Path,
    extend: impl Fn(WorkerBuilder, &Path) -> WorkerBuilder,
    task: impl Fn(&Path) -> NewTask,
) -> ! {
    let death = Death {
        at,
        passed: AtomicU64::new(0),
    };
    assert!(DEATH.set(death).is_ok(), "one run is one process");
    let control = open(&dir.join("store"));
    let number = TaskNumber(1);
    if control.store().task(number).is_err() {
        control.submit(task(dir)).expect("the store takes tasks");
    }
    let worker = extend(builder(control.store().clone()), dir).spawn();
    let worker = worker.expect("a worker starts");
    let view = until(&control, number, "ended", LONGEST_RUN, |view| {
        view.current_state == StateWord::Terminate || view.current_state == StateWord::Suspend
    });
    assert_eq!(
        view.current_state,
        StateWord::Terminate,
        "it was suspended: {view:#?}"
    );
    worker.stopper().stop();
    worker.join().expect("the worker works");
    if let Some(death) = DEATH.get() {
        let passed = death.passed.load(Ordering::Acquire).to_string();
        std::fs::write(points_of(dir), passed).expect("the folder is ours");
    }
    std::process::exit(PLAYED)
}

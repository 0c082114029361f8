//! A batch has what is its own, and nothing of another's.

mod harness;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use harness::{World, wait_until};
use longhaul_common::id::TaskNumber;

/// A hook is given nothing to read.
const HOOK_INPUT: &str = "/dev/null";

/// Where the commands of one task write down what they hold open.
struct Looks {
    world: PathBuf,
    name: String,
}

impl Looks {
    fn of(world: &World, task: usize) -> Self {
        Self {
            world: world.path(""),
            name: format!("task-{task}"),
        }
    }

    /// The shell's words that look: what is held open, a line each, and the lock.
    fn look(&self, part: &str) -> String {
        let at = self.world.join(format!("{}.{part}", self.name));
        format!(
            "at={}.$$\nheld=$(ls -l /proc/self/fd)\n\
             printf '%s\\n' \"$held\" >\"$at.fds\"\n\
             cat /proc/$$/fdinfo/3 >\"$at.lock\"\n: >\"$at.done\"\n",
            at.display()
        )
    }

    /// The looks of a part that are written, without their ending.
    fn taken(&self, part: &str) -> Vec<PathBuf> {
        let begin = format!("{}.{part}.", self.name);
        let mut found: Vec<_> = fs::read_dir(&self.world)
            .expect("the test's folder can be read")
            .map(|entry| entry.expect("the test's folder can be read").path())
            .filter(|path| {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                name.starts_with(&begin) && name.ends_with(".done")
            })
            .map(|path| path.with_extension(""))
            .collect();
        found.sort();
        found
    }
}

/// Checks that what looked had its input and output, the lock of its own task, and nothing else.
#[track_caller]
fn assert_alone(world: &World, task: TaskNumber, look: &Path, input: &str) {
    let read = |ending: &str| {
        let mut path = look.as_os_str().to_owned();
        path.push(ending);
        fs::read_to_string(path).expect("it looked")
    };
    let fds = read(".fds");
    let kinds: Vec<String> = fds
        .lines()
        .filter_map(|line| line.split_once(" -> "))
        // The folder that is listed.
        .filter(|(_, target)| !target.starts_with("/proc/"))
        .map(|(line, target)| {
            let number = line.rsplit(' ').next().unwrap_or(line);
            format!("{number} {}", target.split(':').next().unwrap_or(target))
        })
        .collect();
    let lock = format!("3 {}/locks/batches", world.store_dir().display());
    assert_eq!(kinds.len(), 4, "{fds}");
    assert!(kinds[0].starts_with(&format!("0 {input}")), "{fds}");
    assert_eq!(kinds[1..], ["1 pipe", "2 pipe", &lock], "{fds}");

    let info = read(".lock");
    let locks: Vec<_> = info
        .lines()
        .filter(|line| line.starts_with("lock:"))
        .collect();
    let byte = task.0 * 65_536;
    assert_eq!(locks.len(), 1, "{info}");
    assert!(
        locks[0].contains("OFDLCK") && locks[0].contains("WRITE"),
        "{info}"
    );
    assert!(locks[0].ends_with(&format!(" {byte} {byte}")), "{info}");
}

#[test]
fn a_batch_holds_its_own_descriptors_and_its_own_lock_alone() {
    let world = World::new();
    let gate = world.gate();
    // A worker that was handed descriptors hands on none.
    let mut shell = Command::new("sh");
    shell
        .args([
            "-c",
            "exec 5<\"$2\" 7<\"$2\"; exec \"$1\" worker --concurrency 4",
            "sh",
        ])
        .arg(world.command(["worker"]).get_program())
        .arg(world.file("foreign", ""))
        .env("LONGHAUL_STORE", world.store_dir())
        .stdin(Stdio::null());
    let _worker = world.worker_of(shell);
    let looks: Vec<_> = (0..4).map(|task| Looks::of(&world, task)).collect();
    let tasks: Vec<_> = looks
        .iter()
        .map(|looks| {
            let script = looks.look("batch") + &gate.pass();
            world.submit("--range 1..3 --batch-size 3", &script)
        })
        .collect();
    // All four are there at once.
    wait_until("all batches", || {
        looks.iter().all(|looks| !looks.taken("batch").is_empty())
    });
    for (task, looks) in tasks.iter().zip(&looks) {
        assert_alone(&world, *task, &looks.taken("batch")[0], "/memfd");
    }
    gate.release(4);
    for task in tasks {
        world.wait_exits(task, 0);
    }
}

#[test]
fn after_a_takeover_each_hook_and_each_attempt_holds_its_own_alone() {
    let world = World::new();
    let gate = world.gate();
    let looks: Vec<_> = (0..3).map(|task| Looks::of(&world, task)).collect();
    let first = world.worker("--concurrency 3");
    let tasks: Vec<_> = looks
        .iter()
        .map(|looks| {
            let hook =
                |part: &str| world.script(&format!("{}-{part}", looks.name), &looks.look(part));
            let mut options: Vec<String> = "--range 1..2 --batch-size 1 --retries 5 --backoff 1ms"
                .split(' ')
                .map(str::to_owned)
                .collect();
            for part in ["init", "cleanup"] {
                options.extend([format!("--{part}"), hook(part)]);
            }
            // Attempts 1 and 2 are cut by the death, or fail; the others are done.
            let script =
                looks.look("batch") + &gate.pass() + "[ \"$LONGHAUL_ATTEMPT\" -gt 2 ] || exit 1\n";
            world.submit_args(options, &script)
        })
        .collect();
    wait_until("all batches", || {
        looks.iter().all(|looks| !looks.taken("batch").is_empty())
    });
    first.kill();
    gate.release(100);
    let _second = world.worker("--concurrency 3");
    for (task, looks) in tasks.iter().zip(&looks) {
        world.wait_exits(*task, 0);
        // Of the dead one, of its cleaning up, and of the one that went on.
        for (part, at_least, input) in [
            ("init", 2, HOOK_INPUT),
            ("cleanup", 2, HOOK_INPUT),
            ("batch", 6, "/memfd"),
        ] {
            let taken = looks.taken(part);
            assert!(taken.len() >= at_least, "{part}: {taken:?}");
            for look in taken {
                assert_alone(&world, *task, &look, input);
            }
        }
    }
}

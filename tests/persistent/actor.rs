//! A persistent command whose behaviour a test writes down: a snippet of Python per batch, or per attempt at it.

use std::fs;
use std::path::{Path, PathBuf};

use longhaul_common::id::TaskNumber;

use crate::harness::{Record, World, pids, runs, wait_until};

/// Notes each batch as the record of the harness does, and does what its plan says.
const SCRIPT: &str = r#"
import base64, fcntl, json, os, signal, subprocess, sys, time
record, alone, plan = sys.argv[1], sys.argv[2] == "alone", json.loads(sys.argv[3])

def note(kind, text):
    with open(f"{record}.{kind}", "a") as file:
        file.write(f"{text}\n")

def say(**words):
    print(json.dumps(words), flush=True)

def left():
    for pid in open(record + ".child") if os.path.exists(record + ".child") else []:
        try:
            if open(f"/proc/{pid.strip()}/stat").read().rsplit(") ")[1][0] not in "ZX":
                note("left", pid.strip())
        except OSError:
            pass

if alone:
    # Held by this process for all its life, so that another one at the same time shows.
    lock = open(record + ".lock", "a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        note("overlap", os.getpid())
        sys.exit(1)
note("starts", os.getpid())
exec(plan.get("start", ""))
while True:
    exec(plan.get("before", ""))
    line = sys.stdin.readline()
    if not line.endswith("\n"):
        break
    batch = json.loads(line)
    number, attempt = batch["batch"], batch["attempt"]
    items = batch.get("items", [])
    with open(record, "a") as file:
        words = " ".join(item[:20] for item in items if isinstance(item, str))
        file.write(f"{number} {attempt} {batch['key']} {os.getpid()} {words}\n")
    exec(plan.get(f"{number}/{attempt}") or plan.get(str(number)) or plan.get("each") or "say(ok=True)")
note("ends", os.getpid())
exec(plan.get("end", ""))
"#;

/// The two ways of running a task, each with one batch at a time.
pub(crate) const WAYS: [&str; 2] = ["", "--queue store --parallel 1 --ordered"];

pub(crate) struct Actor {
    script: PathBuf,
    record: PathBuf,
    pub(crate) runs: Record,
}

impl Actor {
    pub(crate) fn new(world: &World) -> Self {
        let runs = world.record();
        Self {
            script: world.file("actor.py", SCRIPT),
            record: runs.path().to_owned(),
            runs,
        }
    }

    /// The command line of an actor with a plan; `alone` if there may be no other at the same time.
    pub(crate) fn command(&self, alone: bool, plan: &[(&str, &str)]) -> Vec<String> {
        let plan: serde_json::Map<_, _> = plan
            .iter()
            .map(|(when, what)| ((*when).to_owned(), (*what).into()))
            .collect();
        let alone = if alone { "alone" } else { "together" };
        ["python3", self.script(), self.record(), alone]
            .map(str::to_owned)
            .into_iter()
            .chain([serde_json::Value::from(plan).to_string()])
            .collect()
    }

    /// Submits a persistent task with these options.
    #[track_caller]
    pub(crate) fn submit(&self, world: &World, options: &str, plan: &[(&str, &str)]) -> TaskNumber {
        self.submit_args(world, options, self.command(true, plan))
    }

    #[track_caller]
    pub(crate) fn submit_args(
        &self,
        world: &World,
        options: &str,
        command: Vec<String>,
    ) -> TaskNumber {
        let mut args = vec!["submit".to_owned(), "--persistent".to_owned()];
        args.extend(options.split_whitespace().map(str::to_owned));
        args.push("--".to_owned());
        args.extend(command);
        world.submitted(&world.cli(args))
    }

    fn script(&self) -> &str {
        self.script.to_str().expect("a path of ours")
    }

    fn record(&self) -> &str {
        self.record.to_str().expect("a path of ours")
    }

    fn noted(&self, kind: &str) -> PathBuf {
        let mut path = self.record.clone().into_os_string();
        path.push(format!(".{kind}"));
        path.into()
    }

    /// The processes that started, in order.
    pub(crate) fn starts(&self) -> Vec<u32> {
        pids(&self.noted("starts"))
    }

    /// Those that came to the end of their input.
    pub(crate) fn ends(&self) -> Vec<u32> {
        pids(&self.noted("ends"))
    }

    /// What a snippet noted.
    pub(crate) fn notes(&self, kind: &str) -> Vec<String> {
        let text = fs::read_to_string(self.noted(kind)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    #[track_caller]
    pub(crate) fn wait_for_runs(&self, count: usize) {
        wait_until(&format!("{count} batches in flight or done"), || {
            self.runs.count() >= count
        });
    }

    /// Demands that none of the processes that started, and of those noted as their children, runs any more.
    #[track_caller]
    pub(crate) fn wait_until_gone(&self) {
        let children = pids(&self.noted("child"));
        let all: Vec<u32> = self.starts().into_iter().chain(children).collect();
        wait_until("the end of all processes", || {
            !all.iter().any(|pid| runs(*pid))
        });
    }
}

/// A file with the lines of a range, each alone in a batch.
#[track_caller]
pub(crate) fn has_error(world: &World, task: TaskNumber, text: &str) {
    let events = world.events(task);
    let details: Vec<_> = events
        .iter()
        .filter_map(|event| event.detail.clone())
        .collect();
    assert!(
        details.iter().any(|detail| detail.contains(text)),
        "no event tells of {text:?}: {details:?}"
    );
}

/// The log of a task.
pub(crate) fn log(world: &World, task: TaskNumber) -> String {
    world.expect(0, &format!("logs {task}")).stdout
}

pub(crate) fn touch(path: &Path) {
    fs::write(path, "").expect("the test's folder can be written");
}

//! A store of its own for each test, and the program's processes on it.

use std::cell::Cell;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use longhaul_common::control::Control;
use longhaul_common::event::{Event, What};
use longhaul_common::id::{EventNumber, TaskNumber};
use longhaul_common::phase::Phase;
use longhaul_common::reference::TaskRef;
use longhaul_common::state::StateWord;
use longhaul_common::store::{Absent, Meant, Opening, Ringing, Store, TaskRow};
use longhaul_common::view::TaskView;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{PidfdFlags, pidfd_open};
use tempfile::TempDir;

use super::{DEADLINE, Gate, Program, Record, Worker, strays, wait_for, wait_until};

const PROGRAM: &str = env!("CARGO_BIN_EXE_longhaul");

/// One test's world: a folder with a store in it.
pub(crate) struct World {
    dir: TempDir,
    control: Control,
    made: Cell<u32>,
}

/// How a run of the command line ended.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Output {
    /// Standard output as a JSON document.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("no JSON document: {error}: {self:?}"))
    }
}

impl World {
    pub(crate) fn new() -> Self {
        // In memory where there is some: a disk that others keep busy can take seconds to sync.
        let memory = Path::new("/dev/shm");
        let dir = tempfile::tempdir_in(memory)
            .or_else(|_| tempfile::tempdir())
            .expect("there is room for a folder");
        let opening = Opening {
            absent: Absent::Create,
            ..Opening::default()
        };
        let store = Store::open(&dir.path().join("store"), opening).expect("a new store opens");
        let control = Control::new(store).expect("the store has its locks");
        Self {
            dir,
            control,
            made: Cell::new(0),
        }
    }

    /// A place in the test's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The store's folder.
    pub(crate) fn store_dir(&self) -> &Path {
        self.control.store().dir()
    }

    /// Control over the store from within the test's process.
    pub(crate) fn control(&self) -> &Control {
        &self.control
    }

    /// The same, whose requests nobody is told of.
    pub(crate) fn silent_control(&self) -> Control {
        let opening = Opening {
            bells: Ringing::Off,
            ..Opening::default()
        };
        let store = Store::open(self.store_dir(), opening).expect("the store is there");
        Control::new(store).expect("the store has its locks")
    }

    /// A file with these bytes.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).expect("the test's folder can be written");
        path
    }

    /// The words that run a script of the shell. It is read, not executed itself: a file that was
    /// just written may still be open in a process that another thread is starting.
    pub(crate) fn script(&self, name: &str, body: &str) -> String {
        format!("sh {}", self.file(name, body).display())
    }

    /// A record that no other has.
    pub(crate) fn record(&self) -> Record {
        Record::new(&self.path(&self.unique("record")))
    }

    /// A gate that no other has.
    pub(crate) fn gate(&self) -> Gate {
        Gate::new(&self.path(&self.unique("gate")))
    }

    fn unique(&self, kind: &str) -> String {
        let number = self.made.get() + 1;
        self.made.set(number);
        format!("{kind}-{number}")
    }

    /// The program with the store named, and nothing of a batch's around.
    pub(crate) fn command(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .args(args)
            .env("LONGHAUL_STORE", self.store_dir())
            // Not those of whoever runs the tests.
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("XDG_STATE_HOME", self.path("state"))
            .stdin(Stdio::null());
        command
    }

    /// Runs the command line to its end.
    #[track_caller]
    pub(crate) fn cli(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Output {
        self.finish(self.command(args), "".as_ref())
    }

    /// The same, and demands its exit code.
    #[track_caller]
    pub(crate) fn expect(&self, code: i32, line: &str) -> Output {
        let output = self.cli(line.split_whitespace());
        assert_eq!(output.code, Some(code), "longhaul {line}: {output:?}");
        output
    }

    /// Runs a command to its end, with `input` on its standard input.
    #[track_caller]
    pub(crate) fn finish(&self, mut command: Command, input: &[u8]) -> Output {
        if !input.is_empty() {
            command.stdin(Stdio::piped());
        }
        // Into files: it may write more than a pipe holds before anybody reads.
        let [mut stdout, mut stderr] =
            [(); 2].map(|()| tempfile::tempfile_in(self.dir.path()).expect("there is room"));
        let theirs = |file: &File| file.try_clone().expect("there is a descriptor left");
        let mut child = command
            .stdout(theirs(&stdout))
            .stderr(theirs(&stderr))
            .spawn()
            .expect("the program starts");
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input).expect("it reads its input");
        }
        let pid = rustix::process::Pid::from_child(&child);
        let process = pidfd_open(pid, PidfdFlags::empty()).expect("it was not waited for yet");
        // Longer than any wait: what the program waits for says itself that it is late.
        let patience = Timespec {
            tv_sec: 3 * DEADLINE.as_secs().cast_signed(),
            tv_nsec: 0,
        };
        let ended = poll(&mut [PollFd::new(&process, PollFlags::IN)], Some(&patience));
        if ended != Ok(1) {
            let _ = child.kill();
        }
        Output {
            code: child.wait().expect("it is our child").code(),
            stdout: whole(&mut stdout),
            stderr: whole(&mut stderr),
        }
    }

    /// Starts the command line and lets it run.
    #[track_caller]
    pub(crate) fn start(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Program {
        self.start_command(&self.command(args))
    }

    /// The same, started in a way of its own.
    #[track_caller]
    pub(crate) fn start_command(&self, command: &Command) -> Program {
        let name = self.unique("program");
        let output = |stream| self.path(&format!("{name}.{stream}"));
        Program::start(command, output("out"), output("err"))
    }

    /// Waits until a task of this number was submitted.
    #[track_caller]
    pub(crate) fn wait_for_task(&self, number: u64) -> TaskNumber {
        let task = TaskNumber(number);
        wait_for(&format!("task {task}"), || self.control.view(task).ok());
        task
    }

    /// Submits a task that runs a script of the shell for each batch.
    #[track_caller]
    pub(crate) fn submit(&self, options: &str, script: &str) -> TaskNumber {
        let options = options.split_whitespace().map(str::to_owned);
        self.submit_args(options.collect(), script)
    }

    /// The same, with options that hold spaces.
    #[track_caller]
    pub(crate) fn submit_args(&self, options: Vec<String>, script: &str) -> TaskNumber {
        let mut args = vec!["submit".to_owned()];
        args.extend(options);
        args.extend(["--", "sh", "-c", script].map(str::to_owned));
        self.submitted(&self.cli(args))
    }

    /// The task that a submission printed.
    #[track_caller]
    pub(crate) fn submitted(&self, output: &Output) -> TaskNumber {
        assert_eq!(output.code, Some(0), "not submitted: {output:?}");
        let id = output.stdout.trim();
        match self.control.store().resolve(TaskRef::parse(id)) {
            Ok(Meant::One(number)) => number,
            other => panic!("{id} is not the id of a task: {other:?}"),
        }
    }

    /// Starts a worker and waits until it works.
    #[track_caller]
    pub(crate) fn worker(&self, options: &str) -> Worker {
        let args = ["worker"].into_iter().chain(options.split_whitespace());
        self.worker_of(self.command(args))
    }

    /// The same, started in a way of its own.
    #[track_caller]
    pub(crate) fn worker_of(&self, mut command: Command) -> Worker {
        let name = self.unique("worker");
        let output = File::create(self.path(&format!("{name}.out"))).expect("there is room");
        command.stdout(output);
        Worker::start(command, &self.path(&name))
    }

    /// A task as people see it.
    #[track_caller]
    pub(crate) fn view(&self, task: TaskNumber) -> TaskView {
        self.control.view(task).expect("the task is there")
    }

    /// A task as the store has it.
    #[track_caller]
    pub(crate) fn row(&self, task: TaskNumber) -> TaskRow {
        self.control.store().task(task).expect("the task is there")
    }

    /// Waits until a task is in a state.
    #[track_caller]
    pub(crate) fn wait_for_state(&self, task: TaskNumber, state: StateWord) {
        wait_until(&format!("task {task} in {state}"), || {
            self.view(task).current_state == state
        });
    }

    /// Waits until a task is in a phase.
    #[track_caller]
    pub(crate) fn wait_for_phase(&self, task: TaskNumber, phase: Phase) {
        wait_until(&format!("task {task} {phase}"), || {
            self.view(task).phase == phase
        });
    }

    /// Waits until a task has ended, and demands the exit code that `wait` gives for it.
    #[track_caller]
    pub(crate) fn wait_exits(&self, task: TaskNumber, code: i32) {
        self.expect(code, &format!("wait {task} --timeout 10s"));
    }

    /// The events of a task.
    #[track_caller]
    pub(crate) fn events(&self, task: TaskNumber) -> Vec<Event> {
        self.events_of(Some(task))
    }

    /// The events of a task that say one thing.
    #[track_caller]
    pub(crate) fn events_that(&self, task: TaskNumber, what: What) -> Vec<Event> {
        let mut events = self.events(task);
        events.retain(|event| event.what == what);
        events
    }

    /// The number of the store's last event.
    #[track_caller]
    pub(crate) fn last_event(&self) -> EventNumber {
        let span = self.control.store().event_span();
        span.expect("the store can be read").1
    }

    fn events_of(&self, task: Option<TaskNumber>) -> Vec<Event> {
        let events = self.control.store().events(EventNumber(0), task, 100_000);
        events.expect("the store can be read").events
    }
}

/// All that was written to a file.
fn whole(file: &mut File) -> String {
    let mut bytes = Vec::new();
    file.rewind()
        .and_then(|()| file.read_to_end(&mut bytes))
        .expect("the test's own file can be read");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What happened, for whoever reads of a failed test.
fn tell_story(world: &World) {
    let events = world.control.store().events(EventNumber(0), None, 100_000);
    // The store may be what failed.
    for event in events.unwrap_or_default().events {
        let task = event.task.map(|task| task.to_string()).unwrap_or_default();
        eprintln!("{} {task}: {}", event.at, event.sentence());
    }
    for folder in [world.path(""), world.store_dir().join("logs")] {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_file()) {
                let text = fs::read(entry.path()).unwrap_or_default();
                let shown = &text[text.len().saturating_sub(2000)..];
                eprintln!(
                    "-- {}:\n{}",
                    entry.path().display(),
                    String::from_utf8_lossy(shown)
                );
            }
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tell_story(self);
        }
        strays::kill_all(self.store_dir());
    }
}

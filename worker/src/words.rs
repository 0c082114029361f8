//! Tells others of what became of tasks: runs the command of the worker, or the one that the task
//! brought, once for each event that is owed one.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use longhaul_common::alive::{AliveFile, Liveness};
use longhaul_common::id::WorkerNumber;
use longhaul_common::spec::{OsBytes, TaskSpec, Work};
use longhaul_common::store::{Hearer, Store, StoreError, WordTaken};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};

use crate::command::lookup::{find_program, split_words};
use crate::failure::chain;
use crate::notices::Notices;

/// A command that takes longer is ended, and counts as failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a teller works with.
pub(crate) struct WordTeller {
    pub(crate) store: Store,
    pub(crate) alive: Arc<AliveFile>,
    pub(crate) worker: WorkerNumber,
    /// The worker's own command.
    pub(crate) command: Option<String>,
    pub(crate) notices: Notices,
}

/// A teller on a thread of its own.
pub(crate) struct WordTelltale {
    owed: Sender<()>,
    stops: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

/// Whether what is owed is told before a teller ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// It is.
    Told,
    /// It is left to others.
    Left,
}

impl WordTeller {
    pub(crate) fn start(self) -> std::io::Result<WordTelltale> {
        let (owed, heard) = channel();
        let stops = Arc::new(AtomicBool::new(false));
        let stopping = Arc::clone(&stops);
        let thread = std::thread::Builder::new()
            .name("teller".into())
            .spawn(move || self.work(&heard, &stopping))?;
        Ok(WordTelltale {
            owed,
            stops,
            thread,
        })
    }

    fn work(&self, heard: &Receiver<()>, stops: &AtomicBool) {
        while heard.recv().is_ok() {
            // What was said meanwhile is looked for now.
            while heard.try_recv().is_ok() {}
            self.tell_all(stops);
        }
        // The supervisor has ended; what failed is tried to its end here.
        while !stops.load(Ordering::Acquire) && self.tell_all(stops) {}
    }

    /// Tells what is owed; true where something failed, which is owed still.
    fn tell_all(&self, stops: &AtomicBool) -> bool {
        while !stops.load(Ordering::Acquire) {
            match self.tell_next() {
                Ok(Some(Ok(()))) => {}
                Ok(Some(Err(()))) => return true,
                Ok(None) => return false,
                Err(error) => {
                    let why = chain(&error);
                    self.notices
                        .tell(&format!("what is owed of tasks can't be told: {why}"));
                    return false;
                }
            }
        }
        false
    }

    fn tell_next(&self) -> Result<Option<Result<(), ()>>, StoreError> {
        let tellers = self.store.word_tellers()?;
        let is_dead = |teller: &WorkerNumber| {
            *teller != self.worker && matches!(self.alive.probe(*teller), Ok(Liveness::Dead))
        };
        let dead = tellers.into_iter().filter(is_dead).collect();
        let own = self.command.is_some();
        let Some(telling) = self.store.take_word(self.worker, own, dead)? else {
            return Ok(None);
        };
        let line = match telling.hearer {
            Hearer::Worker => self.command.as_deref(),
            Hearer::Task => telling.spec.on_done.as_deref(),
        };
        let outcome = run(line.unwrap_or_default(), &telling, self.store.dir());
        let error = outcome.err();
        if let Some(error) = &error {
            self.notices.tell(&format!(
                "task {} could not be told of: {error}",
                telling.owed.task
            ));
        }
        let ended = if error.is_some() { Err(()) } else { Ok(()) };
        self.store.word_told(&telling, error)?;
        Ok(Some(ended))
    }
}

impl WordTelltale {
    /// Something is owed.
    pub(crate) fn owes(&self) {
        // A teller that has ended needs no telling.
        let _ = self.owed.send(());
    }

    /// Ends the teller, once the command it runs has ended.
    pub(crate) fn end(self, rest: Rest) {
        self.stops.store(rest == Rest::Left, Ordering::Release);
        drop(self.owed);
        let _ = self.thread.join();
    }
}

fn run(line: &str, telling: &WordTaken, store: &Path) -> Result<(), String> {
    let argv = split_words(line).map_err(|error| error.to_string())?;
    let (env, dir) = surroundings(telling);
    let path = env.iter().find(|(name, _)| name == "PATH");
    let path = path.map_or_else(|| std::env::var_os("PATH"), |(_, path)| Some(path.clone()));
    let program =
        find_program(&argv[0], path.as_deref(), &dir).map_err(|error| error.to_string())?;
    let mut command = Command::new(program);
    command
        .args(&argv[1..])
        .envs(env)
        .envs(variables(telling, store))
        .current_dir(dir)
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    let mut child = command
        .spawn()
        .map_err(|error| format!("`{line}` could not be started: {error}"))?;
    if !ends_in_time(&child) {
        end(&child);
        let _ = child.wait();
        return Err(format!(
            "`{line}` ran for more than {} s",
            PATIENCE.as_secs()
        ));
    }
    match child.wait() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{line}` ended with {status}")),
        Err(error) => Err(format!("`{line}` can't be waited for: {error}")),
    }
}

fn ends_in_time(child: &Child) -> bool {
    let Ok(process) = pidfd_open(Pid::from_child(child), PidfdFlags::empty()) else {
        // Without one it is waited for as long as it takes.
        return true;
    };
    let patience = Timespec {
        tv_sec: PATIENCE.as_secs().cast_signed(),
        tv_nsec: 0,
    };
    !matches!(
        poll(&mut [PollFd::new(&process, PollFlags::IN)], Some(&patience)),
        Ok(0)
    )
}

fn end(child: &Child) {
    // It leads a group of its own, and was not waited for yet.
    let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
}

/// Variables and folder of whoever wants to be told.
fn surroundings(telling: &WordTaken) -> (Vec<(OsString, OsString)>, std::path::PathBuf) {
    let here = || std::env::current_dir().unwrap_or_else(|_| "/".into());
    match (&telling.spec.work, telling.hearer) {
        (Work::Command(work), Hearer::Task) => {
            let os = |bytes: &OsBytes| bytes.as_os_str().to_owned();
            let env = work.env.iter();
            (
                env.map(|(name, value)| (os(name), os(value))).collect(),
                work.dir.as_path().to_owned(),
            )
        }
        (Work::Command(_) | Work::Registered(_), _) => (Vec::new(), here()),
    }
}

/// What the command is told.
fn variables(telling: &WordTaken, store: &Path) -> Vec<(&'static str, OsString)> {
    let owed = &telling.owed;
    let spec: &TaskSpec = &telling.spec;
    let text = |text: &str| OsString::from(text.replace('\0', " "));
    vec![
        ("LONGHAUL_STORE", store.as_os_str().to_owned()),
        ("LONGHAUL_TOLD", owed.word.as_str().into()),
        ("LONGHAUL_EVENT", owed.event.to_string().into()),
        ("LONGHAUL_TASK", owed.task.to_string().into()),
        ("LONGHAUL_TASK_ID", spec.id.to_string().into()),
        ("LONGHAUL_NAME", text(&spec.name)),
        ("LONGHAUL_KIND", text(&spec.kind)),
        (
            "LONGHAUL_REASON",
            text(owed.reason.as_deref().unwrap_or_default()),
        ),
        ("LONGHAUL_ATTEMPT", owed.attempts.to_string().into()),
    ]
}

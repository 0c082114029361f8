//! Performs the batches of a command task: one run of the command per batch, under the batch's
//! lock and key, or one process for all of them.

pub mod lookup;
mod over;
mod page;
mod persistent;
mod run;
mod secrets;
mod undo;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use longhaul_common::backlog::Seat;
use longhaul_common::batch_lock::BatchLocks;
use longhaul_common::id::{Duty, TaskNumber, persistent_key};
use longhaul_common::leftovers::{BATCH_KEY_VARIABLE, Process, Stubborn};
use longhaul_common::spec::{CommandWork, CsvForm, Input, OsBytes, TaskSpec};
use longhaul_common::state::{Ending, Hook};
use longhaul_common::store::{PassedItem, Store};

use lookup::{find_program, split_words};
use over::Over;
pub use page::LONGEST_CURSOR;

use crate::engine::{Checked, Cut, Engine, Resumes, Yielded};
use crate::failure::{Failure, chain};
use crate::journal::Journal;

use crate::registry::from_source;
use crate::source::{self, Cursor, Source};
use crate::task::Cx;
use page::Page;
use persistent::{Handed, Handover, Persistent, Request, Start};
use run::{Run, Runs};
use secrets::has_secrets;

/// From so many bytes on it is told that a compressed file is gone through again.
const WORTH_A_WORD: u64 = 1 << 20;

/// Names the hook that a command is run as.
const HOOK_VARIABLE: &str = "LONGHAUL_HOOK";
/// A check that takes longer has failed.
const CHECK_TIMEOUT: Duration = Duration::from_secs(30);

/// Cuts and performs the batches of a command task.
pub(crate) struct CommandEngine {
    work: CommandWork,
    argv: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    hooks: HookLines,
    timeout: Option<Duration>,
    input: Input,
    store: Store,
    task: TaskNumber,
    source: Option<Box<dyn Source<Vec<u8>>>>,
    runs: Runs,
    /// The process that performs all batches, where one does.
    persistent: Option<Persistent>,
}

/// Where an engine works, and for how long.
pub(crate) struct Post {
    /// The seat; None: it performs all batches of the task.
    pub(crate) seat: Option<Seat>,
    /// How long what it ends may take.
    pub(crate) grace: Duration,
}

/// The command lines around the batches.
struct HookLines {
    init: Option<String>,
    on_resume: Option<String>,
    on_suspend: Option<String>,
    cleanup: Option<String>,
    check: Option<String>,
}

impl CommandEngine {
    pub(crate) fn new(
        spec: &TaskSpec,
        work: &CommandWork,
        store: &Store,
        locks: Arc<BatchLocks>,
        journal: Arc<Mutex<Journal>>,
        post: &Post,
    ) -> Self {
        let key = persistent_key(spec.id, post.seat);
        Self {
            persistent: work.persistent.then(|| Persistent::new(key, post.grace)),
            argv: os_strings(&work.argv),
            env: environment(work, spec.number),
            work: work.clone(),
            hooks: HookLines {
                init: spec.init.clone(),
                on_resume: spec.on_resume.clone(),
                on_suspend: spec.on_suspend.clone(),
                cleanup: spec.cleanup.clone(),
                check: spec.throttle_if.clone(),
            },
            timeout: spec.batch_timeout(),
            input: spec.input.clone(),
            store: store.clone(),
            task: spec.number,
            source: None,
            runs: Runs::new(spec.number, locks, journal),
        }
    }

    fn source(&mut self) -> Result<&mut Box<dyn Source<Vec<u8>>>, Failure> {
        match &mut self.source {
            Some(source) => Ok(source),
            empty => Ok(empty.insert(
                source::open(&self.input, &self.store, self.task)
                    .map_err(|error| from_source(&error))?,
            )),
        }
    }

    /// The program and the words of a command line.
    fn found(&self, line: &str) -> Result<(PathBuf, Vec<OsString>), Failure> {
        has_secrets(&self.work)?;
        let dir = self.work.dir.as_path();
        let argv = split_words(line).map_err(|error| Failure::Suspend(error.to_string()))?;
        let path = self.env.iter().find(|(name, _)| name == "PATH");
        let program = find_program(&argv[0], path.map(|(_, path)| path.as_os_str()), dir)
            .map_err(|error| Failure::Suspend(error.to_string()))?;
        Ok((program, argv))
    }

    /// Runs the command line of a hook.
    fn run_hook(&mut self, name: &str, line: &str, cx: &Cx) -> Result<(), Failure> {
        let dir = self.work.dir.as_path();
        let (program, argv) = self.found(line)?;
        let mut env = self.env_of(cx, None);
        env.push((HOOK_VARIABLE.into(), name.into()));
        self.runs.run(
            &Run {
                program: &program,
                args: &argv,
                env: &env,
                dir,
                stdin: None,
                timeout: self.timeout,
            },
            cx,
        )
    }

    /// Has the persistent process perform a batch.
    fn hand_over(&mut self, cut: &Cut, items: &[Vec<u8>], cx: &Cx) -> Result<Yielded, Failure> {
        let Some(persistent) = &mut self.persistent else {
            return Err(Failure::Suspend(
                "the task has no persistent command".into(),
            ));
        };
        let handover = Handover {
            batch: cx.batch.0,
            key: &cx.key,
            attempt: cx.attempt,
            head: self.source.as_ref().map_or(&[], |source| source.head()),
            work: match self.input.whole() {
                Input::Pages => Handed::Page(&cut.next.0),
                Input::Csv(csv) if csv.form == CsvForm::Json => Handed::Json(items),
                _ => Handed::Text(items),
            },
        };
        let line = handover.line()?;
        let is_page = matches!(self.input, Input::Pages);
        let mut env = self.env.clone();
        let mut set = |name: &str, value: String| env.push((name.into(), value.into()));
        set("LONGHAUL_STORE", cx.store.display().to_string());
        set("LONGHAUL_TASK_ID", cx.task.to_string());
        set(BATCH_KEY_VARIABLE, persistent.key().to_owned());
        let request = Request {
            line: &line,
            batch: cx.batch.0,
            items: cut.count,
            answers_cursor: is_page,
            timeout: self.timeout,
        };
        let start = Start {
            program: self.work.program.as_path(),
            args: &self.argv,
            env: &env,
            dir: self.work.dir.as_path(),
        };
        let cursor = persistent.perform(&mut self.runs, &start, &request, cx)?;
        let next = is_page.then(|| match cursor.filter(|cursor| !cursor.is_empty()) {
            Some(next) => (Cursor(next.into_bytes()), false),
            None => (cut.next.clone(), true),
        });
        Ok(Yielded {
            next,
            ..Yielded::default()
        })
    }

    fn env_of(&self, cx: &Cx, items: Option<u64>) -> Vec<(OsString, OsString)> {
        let mut env = self.env.clone();
        let mut set = |name: &str, value: String| env.push((name.into(), value.into()));
        set("LONGHAUL_STORE", cx.store.display().to_string());
        set("LONGHAUL_TASK_ID", cx.task.to_string());
        set("LONGHAUL_BATCH", cx.batch.to_string());
        set(BATCH_KEY_VARIABLE, cx.key.clone());
        set("LONGHAUL_ATTEMPT", cx.attempt.to_string());
        if let Some(items) = items {
            set("LONGHAUL_ITEMS", items.to_string());
        }
        env
    }
}

/// A page whose command asks to pass it over: it is, where that told where the next one starts.
fn passed_over(page: &Page, error: String) -> Result<Yielded, Failure> {
    match page.next()? {
        Some(next) => Ok(Yielded {
            next: Some((next, false)),
            passed: vec![PassedItem { place: 0, error }],
        }),
        None => Err(Failure::Suspend(format!(
            "{error}; where the next page starts is not known: to be passed over, a page writes that first"
        ))),
    }
}

impl Engine for CommandEngine {
    fn total(&mut self) -> Option<u64> {
        self.source().ok()?.total()
    }

    fn init(&mut self, resumes: Resumes, cx: &Cx) -> Result<(), Failure> {
        has_secrets(&self.work)?;
        if let Some(line) = self.hooks.init.clone() {
            self.run_hook("init", &line, cx)?;
        }
        match (resumes, self.hooks.on_resume.clone()) {
            (Resumes::Yes, Some(line)) => {
                let cx = cx.under(Duty::Resume.key(cx.task));
                self.run_hook("on-resume", &line, &cx)
            }
            (Resumes::Yes, None) | (Resumes::No, _) => Ok(()),
        }
    }

    fn join(&mut self, _cx: &Cx) -> Result<(), Failure> {
        has_secrets(&self.work)
    }

    fn cut(&mut self, cursor: &Cursor, size: usize) -> Result<Option<Cut>, Failure> {
        let source = self.source()?;
        let detour = source.detour(cursor).filter(|bytes| *bytes >= WORTH_A_WORD);
        if let Some(bytes) = detour {
            self.runs.note(&format!(
                "the input is compressed: goes through {} MiB of it to where this batch starts",
                bytes >> 20
            ));
        }
        let chunk = self
            .source()?
            .read(cursor, size)
            .map_err(|error| from_source(&error))?;
        Ok(chunk.map(|chunk| Cut {
            count: chunk.items.len() as u64,
            items: Box::new(chunk.items),
            next: chunk.next,
            last: chunk.exhausted,
        }))
    }

    fn perform(&mut self, cut: &Cut, cx: &Cx) -> Result<Yielded, Failure> {
        let items = cut
            .items
            .downcast_ref::<Vec<Vec<u8>>>()
            .expect("the items come from this engine's own source");
        if self.persistent.is_some() {
            return self.hand_over(cut, items, cx);
        }
        let mut env = self.env_of(cx, Some(cut.count));
        let page = match self.input {
            Input::Pages => Some(Page::begin(&cx.store, cx.task)?),
            _ => None,
        };
        if let Some(page) = &page {
            // Where it starts: what follows is told by itself alone.
            env.extend(page.variables(&cut.next));
        }
        let (program, argv) = (self.work.program.clone(), self.argv.clone());
        let over = Over {
            program: program.as_path(),
            argv: &argv,
            items,
            env: &env,
            timeout: self.timeout,
        };
        match (self.run_over(&over, cx), &page) {
            (Err(Failure::Skip(error)), Some(page)) => return passed_over(page, error),
            (outcome, _) => outcome?,
        }
        let next = match page {
            None => None,
            Some(page) => Some(match page.next()? {
                Some(next) => (next, false),
                None => (cut.next.clone(), true),
            }),
        };
        Ok(Yielded {
            next,
            ..Yielded::default()
        })
    }

    fn undo(
        &mut self,
        cut: Cut,
        passed: &[PassedItem],
        line: Option<&str>,
        cx: &Cx,
    ) -> Result<(), Failure> {
        undo::undo(self, cut, passed, line, cx)
    }

    fn check(&mut self, cx: &Cx) -> Result<Checked, Failure> {
        let Some(line) = self.hooks.check.clone() else {
            return Ok(Checked::Well);
        };
        let before = self.timeout.replace(CHECK_TIMEOUT);
        let outcome = self.run_hook("throttle-if", &line, cx);
        self.timeout = before;
        match outcome {
            Ok(()) => Ok(Checked::Well),
            Err(Failure::Cancelled) => Err(Failure::Cancelled),
            // A check that can't be run says nothing of what it checks: nothing begins unchecked.
            Err(failure) => {
                let said = self.runs.first_line();
                Ok(Checked::Unwell(said.unwrap_or_else(|| failure.to_string())))
            }
        }
    }

    fn hook(&mut self, hook: Hook, _ending: Option<Ending>, cx: &Cx) -> Result<(), Failure> {
        let line = match hook {
            Hook::Cleanup => self.hooks.cleanup.clone(),
            Hook::OnSuspend => self.hooks.on_suspend.clone(),
            Hook::Rollback => None,
        };
        match line {
            Some(line) => self.run_hook(hook.as_str(), &line, cx),
            None => Ok(()),
        }
    }

    fn clear(
        &mut self,
        slot: u16,
        keys: &[&str],
        waits: &mut dyn FnMut(&Stubborn) -> bool,
    ) -> Result<Vec<Process>, Failure> {
        self.runs.clear(slot, keys, waits)
    }

    fn leave(&mut self, cx: &Cx) {
        if let Some(persistent) = &mut self.persistent {
            persistent.leave(&mut self.runs, cx);
        }
    }

    fn renew(&mut self, spec: &TaskSpec) {
        self.timeout = spec.batch_timeout();
        self.hooks.check.clone_from(&spec.throttle_if);
    }

    fn let_go(&mut self) {
        self.runs.let_go();
    }
}

impl Drop for CommandEngine {
    fn drop(&mut self) {
        if let Some(persistent) = &mut self.persistent {
            persistent.abandon(&self.runs);
        }
    }
}

/// The worker's environment with what the submission kept over it, less what belongs to another
/// batch.
fn environment(work: &CommandWork, task: TaskNumber) -> Vec<(OsString, OsString)> {
    let kept: Vec<(OsString, OsString)> = work
        .env
        .iter()
        .map(|(name, value)| (name.as_os_str().into(), value.as_os_str().into()))
        .collect();
    let mut env: Vec<(OsString, OsString)> = std::env::vars_os()
        .filter(|(name, _)| {
            !name.as_encoded_bytes().starts_with(b"LONGHAUL_")
                && !kept.iter().any(|(theirs, _)| theirs == name)
        })
        .collect();
    env.extend(kept);
    env.push(("LONGHAUL_TASK".into(), task.to_string().into()));
    env
}

fn os_strings(words: &[OsBytes]) -> Vec<OsString> {
    words.iter().map(|word| word.as_os_str().into()).collect()
}

/// What went wrong with a program, as a failure that no retry mends.
fn unmendable(program: &Path, error: &dyn std::error::Error) -> Failure {
    Failure::Suspend(format!("{}: {}", program.display(), chain(error)))
}

//! From what was typed to what a task is: everything is checked before anything is written.

mod environment;
mod gates;
mod input;
mod kind;
mod listing;
mod persistent;
mod spool;
mod way;

use std::ffi::OsStr;
use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use longhaul_common::actor::Actor;
use longhaul_common::control::Control;
use longhaul_common::id::TaskId;
use longhaul_common::reference::is_name;
use longhaul_common::spec::{COMMAND_KIND, CommandWork, OnError, OsBytes, TaskSpec, Work};
use longhaul_common::store::NewTask;
use longhaul_worker::Fingerprint;
use longhaul_worker::command::lookup::{find_program, split_words};

use crate::cli::{Policy, TaskArgs};
use crate::exit::Failure;
use environment::{environment, secrets};
pub(crate) use gates::{read_at, read_window};
pub(crate) use kind::{check_kind, is_for_kinds, named, prepare_kind};

use input::{Checked, Spooled, Spools, file_input, input};
use listing::ListingError;
use way::way;

/// The longest key, in bytes.
const LONGEST_KEY: usize = 200;

/// A task that was checked, and whose input is not spooled yet.
pub(crate) struct Prepared {
    task: NewTask,
    spools: Spools,
}

/// Checks what was typed.
pub(crate) fn prepare(args: &TaskArgs, actor: &Actor) -> Result<Prepared, Failure> {
    let here = std::env::current_dir()
        .map_err(|error| Failure::system("finding the current folder", &error))?;
    if let Some(word) = named(args)? {
        return Err(
            Failure::mistake(format!("there is nothing that \"{word}\" can mean here")).hint(
                "a command goes after two dashes: longhaul run --lines FILE -- COMMAND ARGUMENTS; a task of a kind is performed by the worker that has it: longhaul submit KIND",
            ),
        );
    }
    if args.kind_or_stdin.is_some() && args.input.is_given() {
        return Err(Failure::mistake("a task has one input").hint(
            "- alone reads standard input as lines; leave it out beside another input, or give it as its FILE",
        ));
    }
    let dir = match &args.workdir {
        None => here.clone(),
        Some(dir) => working_folder(&here.join(dir))?,
    };
    let env = environment(&args.env)?;
    let secret_env = secrets(&args.secret_env, &args.env)?;
    let path = env.iter().find(|(name, _)| name == "PATH");
    let path = path.map(|(_, value)| value.as_os_str());
    let Some(command) = args.command.first() else {
        return Err(Failure::mistake("there is no command to run")
            .hint("put it after two dashes: longhaul submit --lines FILE -- COMMAND ARGUMENTS"));
    };
    let program = program(command, path, &dir)?;
    for (option, line) in [
        ("--init", &args.hooks.init),
        ("--cleanup", &args.hooks.cleanup),
        ("--on-suspend", &args.hooks.on_suspend),
        ("--on-resume", &args.hooks.on_resume),
        ("--on-done", &args.hooks.on_done),
        ("--rollback", &args.hooks.rollback),
        ("--throttle-if", &args.gates.throttle_if),
    ] {
        if let Some(line) = line {
            let words = split_words(line)
                .map_err(|error| Failure::mistake(format!("{option}: {error}")))?;
            find_program(&words[0], path, &dir)
                .map_err(|error| Failure::mistake(format!("{option}: {error}")))?;
        }
    }
    if let Some(kind) = &args.kind {
        is_kind(kind)?;
    }
    if args.input.pages && args.batches.on_error == Policy::Skip {
        return Err(Failure::mistake(
            "a page can't be passed over: where the next one starts is told by the page alone",
        )
        .hint("leave out --on-error skip; a page that exits with 65 once it wrote where the next one starts is passed over"));
    }
    let Checked {
        input,
        total: items_total,
        spools,
    } = input(args, &here)?;
    persistent::check(args, &input)?;
    let spec = TaskSpec {
        kind: args.kind.clone().unwrap_or_else(|| COMMAND_KIND.into()),
        work: Work::Command(CommandWork {
            program: program.into(),
            argv: args
                .command
                .iter()
                .map(|word| OsBytes::from(word.as_os_str()))
                .collect(),
            dir: dir.into(),
            env: env
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            secret_env,
            persistent: args.batches.persistent,
        }),
        input,
        init: args.hooks.init.clone(),
        cleanup: args.hooks.cleanup.clone(),
        on_suspend: args.hooks.on_suspend.clone(),
        on_resume: args.hooks.on_resume.clone(),
        on_done: args.hooks.on_done.clone(),
        rollback: args.hooks.rollback.clone(),
        ..common(args, actor)?
    };
    Ok(Prepared {
        task: NewTask {
            spec,
            items_total,
            reason: args.reason.clone(),
            claim_for: None,
        },
        spools,
    })
}

/// What a command task and one of a kind are told in the same words.
fn common(args: &TaskArgs, actor: &Actor) -> Result<TaskSpec, Failure> {
    check_name(args)?;
    Ok(TaskSpec {
        id: TaskId::new(),
        name: args.name.clone().unwrap_or_default(),
        way: way(args)?,
        batch_size: args.batches.batch_size,
        retries: args.batches.retries,
        backoff_ms: millis(args.batches.backoff),
        batch_timeout_ms: args.batches.batch_timeout.map(millis),
        on_error: match args.batches.on_error {
            Policy::Suspend => OnError::Suspend,
            Policy::Skip => OnError::Skip,
            Policy::Terminate => OnError::Terminate,
        },
        isolate: args.batches.isolate,
        max_failures: args.batches.max_failures,
        rate: args.pace.rate.0,
        stop_at: args.pace.stop_at,
        priority: args.pace.priority,
        group: args.gates.group.clone().unwrap_or_default(),
        throttle_if: args.gates.throttle_if.clone(),
        at: gates::at(&args.gates)?,
        window: gates::window(&args.gates)?,
        created_by: actor.clone(),
        ..TaskSpec::default()
    })
}

/// Whether what it is called can be a name.
pub(crate) fn check_name(args: &TaskArgs) -> Result<(), Failure> {
    match &args.name {
        Some(name) => is_name(name).map_err(|error| Failure::mistake(error.to_string())),
        None => Ok(()),
    }
}

/// Whether that can be a key.
pub(crate) fn check_key(key: &str) -> Result<(), Failure> {
    if key.is_empty() || key.len() > LONGEST_KEY || key.chars().any(char::is_control) {
        return Err(Failure::mistake(format!("--key: \"{key}\" can't be a key"))
            .hint(format!("1 to {LONGEST_KEY} bytes of text on one line")));
    }
    Ok(())
}

impl Prepared {
    /// Waiting for what was typed, as it is found in the store.
    pub(crate) fn gated(mut self, control: &Control, args: &TaskArgs) -> Result<Self, Failure> {
        self.task.spec.after = gates::after(control, &args.gates)?;
        Ok(self)
    }

    /// With a key, of which there is one live task at most.
    pub(crate) fn bearing(mut self, key: Option<&str>) -> Result<Self, Failure> {
        if let Some(key) = key {
            check_key(key)?;
            key.clone_into(&mut self.task.spec.key);
        }
        Ok(self)
    }

    /// Keeps in the store what of the input has to be: durable before the task is submitted.
    pub(crate) fn spool_into(mut self, store_dir: &Path) -> Result<NewTask, Failure> {
        if matches!(self.spools, Spools::Nothing) {
            return Ok(self.task);
        }
        let path = spool::place(store_dir, self.task.spec.id);
        let (fingerprint, total) = spool::spool(self.spools.what(), &path, |file, folder| {
            fill(&self.spools, file, folder)
        })?;
        self.task.items_total = total;
        if let Some(file) = self.task.spec.input.file_mut() {
            *file = file_input(&path, fingerprint, Spooled::Yes);
        }
        Ok(self.task)
    }
}

/// Removes what was kept of the input of a task that came to nothing.
pub(crate) fn forget_spooled(store_dir: &Path, task: TaskId) {
    // What stays takes room and is in nobody's way.
    let _ = std::fs::remove_file(spool::place(store_dir, task));
}

impl Prepared {
    /// Keeps what of the input would have to be kept in a file without a name, which is there as long as what is
    /// given with the task.
    pub(crate) fn kept_nowhere(mut self) -> Result<(NewTask, Option<File>), Failure> {
        if matches!(self.spools, Spools::Nothing) {
            return Ok((self.task, None));
        }
        let folder = std::env::temp_dir();
        let fails = |error: &std::io::Error| spool::not_kept(self.spools.what(), &folder, error);
        let mut file = tempfile::tempfile_in(&folder).map_err(|error| fails(&error))?;
        self.task.items_total = fill(&self.spools, &mut file, &folder)?;
        let fingerprint = Fingerprint::of(&file).map_err(|error| fails(&error))?;
        let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
        if let Some(place) = self.task.spec.input.file_mut() {
            *place = file_input(&path, fingerprint, Spooled::Yes);
        }
        Ok((self.task, Some(file)))
    }
}

/// Writes what is to be kept of an input to `file`; gives the number of items where that is known then.
fn fill(spools: &Spools, file: &mut File, folder: &Path) -> Result<Option<u64>, Failure> {
    let not_kept = |error| spool::not_kept(spools.what(), folder, &error);
    match spools {
        Spools::Nothing => Ok(None),
        Spools::Stdin => {
            spool::copy_stdin(file).map_err(not_kept)?;
            Ok(None)
        }
        Spools::Files(listing) => match listing.write(file, folder) {
            Ok(count) => Ok(Some(count)),
            Err(ListingError::Keep(error)) => Err(not_kept(error)),
            Err(ListingError::Walk(error)) => Err(Failure::mistake(format!("--files: {error}"))
                .hint("make it readable, or leave it out with --glob '!PATTERN'")),
        },
    }
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn working_folder(dir: &Path) -> Result<PathBuf, Failure> {
    match dir.canonicalize() {
        Ok(dir) if dir.is_dir() => Ok(dir),
        Ok(dir) => Err(Failure::mistake(format!(
            "--workdir: {} is not a folder",
            dir.display()
        ))),
        Err(error) => Err(Failure::mistake(format!(
            "--workdir: {}: {error}",
            dir.display()
        ))),
    }
}

fn program(command: &OsStr, path: Option<&OsStr>, dir: &Path) -> Result<PathBuf, Failure> {
    find_program(command, path, dir).map_err(|error| {
        let failure = Failure::mistake(error.to_string());
        if command.as_bytes().contains(&b' ') {
            return failure.hint(
                "the command is run without a shell, word by word; for a shell's syntax: -- sh -c '…'",
            );
        }
        failure
    })
}

fn is_kind(kind: &str) -> Result<(), Failure> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if kind.is_empty() || kind.len() > 64 || !kind.chars().all(fits) {
        return Err(Failure::mistake(format!("\"{kind}\" can't be a kind"))
            .hint("up to 64 letters, digits, dashes, dots and underscores"));
    }
    Ok(())
}

//! From what was typed to what a task is: everything is checked before anything is written.

use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use longhaul_common::actor::Actor;
use longhaul_common::broker_address::{BrokerAddress, ParseError};
use longhaul_common::id::TaskId;
use longhaul_common::reference::is_name;
use longhaul_common::spec::{
    COMMAND_KIND, CommandWork, FileInput, Input, OnError, OsBytes, Place, Queue, RangeInput,
    TaskSpec, Way, Work,
};
use longhaul_common::store::NewTask;
use longhaul_worker::Source;
use longhaul_worker::broker::check;
use longhaul_worker::command::lookup::{find_program, split_words};
use longhaul_worker::report::in_one_line;
use longhaul_worker::source::{Fingerprint, RangeSource};
use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use rustix::io::Errno;

use crate::cli::{Policy, TaskArgs};
use crate::exit::{Failure, Outcome};

/// Variables of the submitter that its commands get, wherever the worker runs: where programs
/// are, and how text is read.
const KEPT: &[&str] = &["PATH", "LANG", "LANGUAGE", "TZ"];
/// Those that begin so, too.
const KEPT_PREFIX: &[u8] = b"LC_";

/// The folder of a store that keeps what was piped in.
const SPOOL: &str = "spool";

/// A task that was checked, and whose standard input is not spooled yet.
pub(crate) struct Prepared {
    task: NewTask,
    reads_stdin: bool,
}

/// Checks what was typed.
pub(crate) fn prepare(args: &TaskArgs, actor: &Actor) -> Result<Prepared, Failure> {
    let here = std::env::current_dir()
        .map_err(|error| Failure::system("finding the current folder", &error))?;
    if let Some(word) = args.stdin.as_ref().filter(|word| *word != "-") {
        return Err(
            Failure::mistake(format!("there is nothing that \"{word}\" can mean here")).hint(
                "a command goes after two dashes: longhaul submit --lines FILE -- COMMAND ARGUMENTS",
            ),
        );
    }
    if args.stdin.is_some() && (args.lines.is_some() || args.range.is_some() || args.feed) {
        return Err(Failure::mistake("a task has one input")
            .hint("- reads standard input; leave it out beside --lines, --range and --feed"));
    }
    let dir = match &args.workdir {
        None => here.clone(),
        Some(dir) => working_folder(&here.join(dir))?,
    };
    let env = environment(&args.env)?;
    let path = env.iter().find(|(name, _)| name == "PATH");
    let path = path.map(|(_, value)| value.as_os_str());
    let Some(command) = args.command.first() else {
        return Err(Failure::mistake("there is no command to run")
            .hint("put it after two dashes: longhaul submit --lines FILE -- COMMAND ARGUMENTS"));
    };
    let program = program(command, path, &dir)?;
    for (option, line) in [("--init", &args.init), ("--cleanup", &args.cleanup)] {
        if let Some(line) = line {
            let words = split_words(line)
                .map_err(|error| Failure::mistake(format!("{option}: {error}")))?;
            find_program(&words[0], path, &dir)
                .map_err(|error| Failure::mistake(format!("{option}: {error}")))?;
        }
    }
    if let Some(name) = &args.name {
        is_name(name).map_err(|error| Failure::mistake(error.to_string()))?;
    }
    if let Some(kind) = &args.kind {
        is_kind(kind)?;
    }
    let (input, items_total, reads_stdin) = input(args, &here)?;
    let spec = TaskSpec {
        id: TaskId::new(),
        name: args.name.clone().unwrap_or_default(),
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
        }),
        input,
        way: way(args)?,
        batch_size: args.batch_size,
        retries: args.retries,
        backoff_ms: millis(args.backoff),
        batch_timeout_ms: args.batch_timeout.map(millis),
        on_error: match args.on_error {
            Policy::Suspend => OnError::Suspend,
            Policy::Skip => OnError::Skip,
            Policy::Terminate => OnError::Terminate,
        },
        priority: args.priority,
        init: args.init.clone(),
        cleanup: args.cleanup.clone(),
        created_by: actor.clone(),
        ..TaskSpec::default()
    };
    Ok(Prepared {
        task: NewTask {
            spec,
            items_total,
            reason: args.reason.clone(),
            claim_for: None,
        },
        reads_stdin,
    })
}

/// How its batches are run.
fn way(args: &TaskArgs) -> Result<Way, Failure> {
    let place = match args.queue.as_deref() {
        Some("direct") if args.feed => {
            return Err(Failure::mistake(
                "a task with --feed has a queue, and --queue direct is without one",
            )
            .hint("leave out --queue direct, or give --queue store"));
        }
        Some("direct") => {
            let option = [
                ("--parallel", args.parallel.is_some()),
                ("--depth", args.depth.is_some()),
                ("--ordered", args.ordered),
            ];
            return match option.iter().find(|(_, given)| *given) {
                None => Ok(Way::Direct),
                Some((option, _)) => Err(Failure::mistake(format!(
                    "{option} is for a task with a queue, and this one is run directly"
                ))
                .hint("leave out --queue direct, or give --queue store")),
            };
        }
        None if args.parallel.is_none() && args.depth.is_none() && !args.ordered && !args.feed => {
            return Ok(Way::Direct);
        }
        None | Some("store") => Place::Store,
        Some(address) => Place::Broker(broker(address)?),
    };
    let defaults = Queue::default();
    Ok(Way::Queued(Queue {
        place,
        parallel: args.parallel.unwrap_or(defaults.parallel),
        depth: args.depth.unwrap_or(defaults.depth),
        ordered: args.ordered,
    }))
}

/// The broker of an address, which answers and lets us in.
fn broker(address: &str) -> Result<BrokerAddress, Failure> {
    let address: BrokerAddress = address
        .parse()
        .map_err(|error: ParseError| Failure::mistake(format!("--queue: {error}")))?;
    match check(&address) {
        Ok(()) => Ok(address),
        Err(error) => Err(Failure::mistake(format!("--queue: {error}"))),
    }
}

impl Prepared {
    /// Copies standard input into the store, if the task reads it; durable before it is submitted.
    pub(crate) fn spool_into(mut self, store_dir: &Path) -> Result<NewTask, Failure> {
        if self.reads_stdin {
            let path = store_dir
                .join(SPOOL)
                .join(format!("{}.items", self.task.spec.id));
            let fingerprint = spool(&path)?;
            self.task.spec.input = Input::Lines(file_input(&path, fingerprint, Spooled::Yes));
        }
        Ok(self.task)
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

fn environment(set: &[OsString]) -> Result<Vec<(OsString, OsString)>, Failure> {
    let mut env: Vec<(OsString, OsString)> = std::env::vars_os()
        .filter(|(name, _)| {
            name.as_bytes().starts_with(KEPT_PREFIX) || KEPT.iter().any(|kept| name == kept)
        })
        .collect();
    for pair in set {
        let bytes = pair.as_bytes();
        let Some(at) = bytes
            .iter()
            .position(|byte| *byte == b'=')
            .filter(|at| *at > 0)
        else {
            return Err(Failure::mistake(format!(
                "--env {}: it has to be NAME=VALUE",
                pair.to_string_lossy()
            )));
        };
        let (name, value) = (
            OsString::from_vec(bytes[..at].to_vec()),
            OsString::from_vec(bytes[at + 1..].to_vec()),
        );
        if name.as_bytes().starts_with(b"LONGHAUL_") {
            return Err(Failure::mistake(format!(
                "--env {}: names that begin with LONGHAUL_ are set for each batch",
                name.to_string_lossy()
            )));
        }
        env.retain(|(known, _)| *known != name);
        env.push((name, value));
    }
    Ok(env)
}

fn input(args: &TaskArgs, here: &Path) -> Result<(Input, Option<u64>, bool), Failure> {
    let stdin = args.stdin.is_some() || args.lines.as_deref() == Some(Path::new("-"));
    if stdin {
        readable_stdin()?;
        return Ok((Input::None, None, true));
    }
    if args.feed {
        return Ok((Input::Fed, None, false));
    }
    if let Some(range) = &args.range {
        let source = RangeSource::parse(range)
            .map_err(|error| Failure::mistake(format!("--range: {error}")))?;
        let (first, last, width) = source.parts();
        let total = source.total();
        let width = width as u64;
        return Ok((
            Input::Range(RangeInput { first, last, width }),
            total,
            false,
        ));
    }
    match &args.lines {
        None => Ok((Input::None, Some(1), false)),
        Some(file) => {
            let path = here.join(file);
            let path = path.canonicalize().map_err(|error| {
                Failure::mistake(format!(
                    "--lines: {} can't be read: {error}",
                    path.display()
                ))
            })?;
            let fingerprint = Fingerprint::of_path(&path)
                .map_err(|error| Failure::mistake(format!("--lines: {}", in_one_line(&error))))?;
            let file = file_input(&path, fingerprint, Spooled::No);
            Ok((Input::Lines(file), None, false))
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Spooled {
    Yes,
    No,
}

fn file_input(path: &Path, fingerprint: Fingerprint, spooled: Spooled) -> FileInput {
    FileInput {
        path: OsBytes::from(path.as_os_str()),
        spooled: spooled == Spooled::Yes,
        size: fingerprint.size,
        modified_ns: fingerprint.modified_ns,
        dev: fingerprint.dev,
        inode: fingerprint.inode,
    }
}

/// Refuses what can't be read before anything is written.
fn readable_stdin() -> Result<(), Failure> {
    let stdin = io::stdin().as_fd().try_clone_to_owned();
    match stdin.and_then(|stdin| File::from(stdin).metadata()) {
        Ok(found) if found.is_dir() => Err(Failure::mistake("standard input is a folder")
            .hint("pipe the lines in, or name a file with --lines FILE")),
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::mistake(format!(
            "standard input can't be read: {error}"
        ))),
    }
}

fn spool(path: &Path) -> Result<Fingerprint, Failure> {
    let folder = path.parent().unwrap_or(path);
    let fails = |error: io::Error| not_kept(path, &error);
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(fails)?;
    // A part of an input is none: the file has no name until it is whole, so that nothing is left
    // of one whose reading was interrupted.
    let unnamed = rustix::fs::open(
        folder,
        OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC,
        Mode::RUSR | Mode::WUSR,
    );
    match unnamed {
        Ok(file) => {
            let mut file = File::from(file);
            let fingerprint = fill(&mut file).map_err(fails)?;
            let itself = format!("/proc/self/fd/{}", file.as_raw_fd());
            rustix::fs::linkat(CWD, itself, CWD, path, AtFlags::SYMLINK_FOLLOW)
                .map_err(|error| fails(error.into()))?;
            sync_folder(folder).map_err(fails)?;
            Ok(fingerprint)
        }
        // Not every file system has files without a name.
        Err(Errno::OPNOTSUPP | Errno::ISDIR) => OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .and_then(|mut file| fill(&mut file))
            .and_then(|fingerprint| sync_folder(folder).map(|()| fingerprint))
            .inspect_err(|_| {
                let _ = fs::remove_file(path);
            })
            .map_err(fails),
        Err(error) => Err(fails(error.into())),
    }
}

fn fill(file: &mut File) -> io::Result<Fingerprint> {
    io::copy(&mut io::stdin().lock().by_ref(), file)?;
    file.sync_all()?;
    Fingerprint::of(file)
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn not_kept(path: &Path, error: &io::Error) -> Failure {
    let full = matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    );
    let (code, mend) = if full {
        ("full", "make room on the store's disk")
    } else {
        ("io", "check the store's permissions and its disk")
    };
    Failure::new(
        Outcome::Store,
        code,
        format!(
            "keeping standard input in {} failed: {}",
            path.display(),
            in_one_line(error)
        ),
    )
    .hint(format!("{mend}; nothing was submitted"))
}

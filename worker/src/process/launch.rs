//! Starting a process that inherits nothing but what it is given.

use std::ffi::{CString, OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use nix::fcntl::OFlag;
use nix::unistd::Pid;
use rustix::process::PidfdFlags;

use super::Running;

mod attributes;
mod error;

pub use error::SpawnError;
use error::explain;

/// The number under which a child finds the descriptor of [`Launch::inherit`].
pub const INHERITED_FD: RawFd = 3;

/// The lowest number at which a descriptor is safe from the `dup2` actions of a child, and never
/// equal to the target of one: a `dup2` onto itself leaves close-on-exec set in older C libraries.
const CLEAR_OF_TARGETS: RawFd = 10;

/// What to start.
#[derive(Debug)]
pub struct Launch<'a> {
    /// The program, by its absolute path: nothing is looked up.
    pub program: &'a Path,
    /// The argument vector, beginning with the name the program is told to have.
    pub args: &'a [OsString],
    /// The complete environment; nothing of this process's own is added.
    pub env: &'a [(OsString, OsString)],
    /// The working directory.
    pub dir: &'a Path,
    /// Standard input, `/dev/null` if `None`. It stays open in this process until the `Launch` is
    /// dropped, which matters if it is a pipe.
    pub stdin: Option<OwnedFd>,
    /// A descriptor the child and its children hold as number [`INHERITED_FD`]: the lock of the
    /// batch.
    pub inherit: Option<BorrowedFd<'a>>,
}

/// Starts a process in a process group of its own, with all signals at their default and none
/// blocked. Its standard output and error are pipes that the [`Running`] reads.
///
/// It inherits its three standard descriptors and [`Launch::inherit`]. All others stay closed to it
/// as long as they are close-on-exec, which those that Rust's standard library opens are; see also
/// [`close_on_exec_all`](super::close_on_exec_all). Whatever else this process runs at the same
/// time inherits nothing of this child's.
///
/// The cost doesn't depend on this process's memory. Children that were dropped before they ended
/// are reaped on the way.
///
/// # Errors
///
/// Tells apart what the operator mends in different places; see [`SpawnError`].
pub fn spawn(launch: &Launch<'_>) -> Result<Running, SpawnError> {
    super::reap_orphans();
    let failed = |step: &'static str| {
        move |source: io::Error| SpawnError::Failed {
            program: launch.program.to_owned(),
            step,
            source,
        }
    };
    let words = Words::of(launch)?;
    let (stdout, child_stdout) = output_pipe().map_err(failed("make a pipe"))?;
    let (stderr, child_stderr) = output_pipe().map_err(failed("make a pipe"))?;
    let stdin = match &launch.stdin {
        Some(stdin) => clear(stdin.as_fd()),
        None => std::fs::File::open("/dev/null").and_then(|null| clear(null.as_fd())),
    }
    .map_err(failed("give it its input"))?;
    let lock = launch
        .inherit
        .map(clear)
        .transpose()
        .map_err(failed("hand over its lock"))?;

    let mut given = vec![(&stdin, 0), (&child_stdout, 1), (&child_stderr, 2)];
    given.extend(lock.as_ref().map(|lock| (lock, INHERITED_FD)));
    let actions = attributes::actions(&given, &words.dir).map_err(failed("prepare it"))?;
    let attributes = attributes::attributes().map_err(failed("prepare it"))?;
    let pid = nix::spawn::posix_spawn(
        words.program.as_c_str(),
        &actions,
        &attributes,
        &words.args,
        &words.env,
    )
    .map_err(|errno| explain(launch, errno))?;
    watched(pid, stdout, stderr).map_err(failed("watch it"))
}

/// The strings of a launch as the kernel takes them.
struct Words {
    program: CString,
    args: Vec<CString>,
    env: Vec<CString>,
    dir: CString,
}

impl Words {
    fn of(launch: &Launch<'_>) -> Result<Self, SpawnError> {
        let named = |bytes: &[u8], name: &OsStr| {
            CString::new(bytes).map_err(|_| SpawnError::NulByte {
                program: launch.program.to_owned(),
                word: name.to_string_lossy().into_owned(),
            })
        };
        let word = |word: &OsStr| named(word.as_bytes(), word);
        // Told by its name alone: its value may be a secret.
        let variable = |(name, value): &(OsString, OsString)| {
            named(&[name.as_bytes(), b"=", value.as_bytes()].concat(), name)
        };
        Ok(Self {
            program: word(launch.program.as_os_str())?,
            args: launch
                .args
                .iter()
                .map(|arg| word(arg))
                .collect::<Result<_, _>>()?,
            env: launch.env.iter().map(variable).collect::<Result<_, _>>()?,
            dir: word(launch.dir.as_os_str())?,
        })
    }
}

/// A pipe for the standard input of a process: our end, which never blocks, and the one that a [`Launch`] takes.
///
/// # Errors
///
/// What the system refused.
pub fn input_pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (theirs, ours) = nix::unistd::pipe2(OFlag::O_CLOEXEC)?;
    let flags = rustix::fs::fcntl_getfl(&ours)?;
    rustix::fs::fcntl_setfl(&ours, flags | rustix::fs::OFlags::NONBLOCK)?;
    Ok((ours, theirs))
}

/// Our end, which never blocks, and the child's, which does as programs expect.
fn output_pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (ours, childs) = nix::unistd::pipe2(OFlag::O_CLOEXEC)?;
    let flags = rustix::fs::fcntl_getfl(&ours)?;
    rustix::fs::fcntl_setfl(&ours, flags | rustix::fs::OFlags::NONBLOCK)?;
    Ok((ours, clear(childs.as_fd())?))
}

fn clear(fd: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    Ok(rustix::io::fcntl_dupfd_cloexec(fd, CLEAR_OF_TARGETS)?)
}

fn watched(pid: Pid, stdout: OwnedFd, stderr: OwnedFd) -> io::Result<Running> {
    let pid = rustix::process::Pid::from_raw(pid.as_raw())
        .expect("a spawned process has a number above 0");
    match rustix::process::pidfd_open(pid, PidfdFlags::empty()) {
        Ok(pidfd) => Ok(Running::new(pid, pidfd, stdout, stderr)),
        Err(error) => {
            // Nobody would ever watch it. The group is its own, so nothing else is hit.
            let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
            super::orphans::adopt(pid);
            Err(error.into())
        }
    }
}

#[cfg(test)]
mod tests;

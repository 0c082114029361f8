//! A run of the command line that goes on while the test acts.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::{Output, wait_until};

/// The program as a process that was not waited for yet. Dropped, it is killed: it alone.
pub(crate) struct Program {
    child: Child,
    stdout: PathBuf,
    stderr: PathBuf,
}

impl Program {
    /// Starts it with its output in files: nobody has to read for it to go on.
    #[track_caller]
    pub(super) fn start(command: &Command, stdout: PathBuf, stderr: PathBuf) -> Self {
        let file = |path: &PathBuf| File::create(path).expect("the test's folder can be written");
        let mut command = heeding_signals(&[], command);
        command
            .stdin(Stdio::null())
            .stdout(file(&stdout))
            .stderr(file(&stderr));
        Self {
            child: command.spawn().expect("the program starts"),
            stdout,
            stderr,
        }
    }

    /// One that was started already, with its output elsewhere.
    pub(super) fn elsewhere(child: Child) -> Self {
        Self {
            child,
            stdout: PathBuf::new(),
            stderr: PathBuf::new(),
        }
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it wrote to standard output so far.
    pub(crate) fn stdout(&self) -> String {
        fs::read_to_string(&self.stdout).unwrap_or_default()
    }

    /// What it wrote to standard error so far.
    pub(crate) fn stderr(&self) -> String {
        fs::read_to_string(&self.stderr).unwrap_or_default()
    }

    /// Waits until it wrote this to standard output.
    #[track_caller]
    pub(crate) fn wait_for_line(&self, text: &str) {
        wait_until(&format!("{text:?} on standard output"), || {
            self.stdout().contains(text)
        });
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).expect("process numbers are small");
        kill(Pid::from_raw(pid), signal).expect("it was not waited for yet");
    }

    /// Whether it is stopped.
    pub(crate) fn is_stopped(&self) -> bool {
        let stat = format!("/proc/{}/stat", self.child.id());
        let stat = fs::read_to_string(stat).expect("it was not waited for yet");
        let state = stat.rsplit_once(") ").map(|(_, rest)| &rest[..1]);
        state == Some("T")
    }

    /// Whether it has a handler for a signal.
    pub(crate) fn catches(&self, signal: Signal) -> bool {
        let status = format!("/proc/{}/status", self.child.id());
        let status = fs::read_to_string(status).expect("it was not waited for yet");
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        caught.unwrap_or_default() >> (signal as i32 - 1) & 1 == 1
    }

    /// Waits until it is stopped, or is not any more.
    #[track_caller]
    pub(crate) fn wait_until_stopped(&self, stopped: bool) {
        wait_until(&format!("stopped: {stopped}"), || {
            self.is_stopped() == stopped
        });
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("it is our child").is_some()
    }

    /// Waits until it ends, as long as it says something on standard error within every deadline.
    #[track_caller]
    pub(crate) fn ended_at_last(mut self) -> Output {
        while !self.has_ended() {
            let before = self.stderr().len();
            wait_until("the program's end, or a word of it", || {
                self.has_ended() || self.stderr().len() > before
            });
        }
        self.ended()
    }

    /// Waits until it ends.
    #[track_caller]
    pub(crate) fn ended(mut self) -> Output {
        let mut status = None;
        let child = &mut self.child;
        wait_until("the program's end", || {
            status = child.try_wait().expect("it is our child");
            status.is_some()
        });
        Output {
            code: status.expect("it was just waited for").code(),
            stdout: self.stdout(),
            stderr: self.stderr(),
        }
    }
}

/// The same command behind `before`, which becomes the program itself. Tests that were started in
/// the background of a script ignore ctrl-c, and what they start would inherit that.
pub(crate) fn heeding_signals(before: &[&str], command: &Command) -> Command {
    let mut heeding = Command::new("env");
    heeding
        .arg("--default-signal=HUP,INT,TSTP")
        .args(before)
        .arg(command.get_program())
        .args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => heeding.env(name, value),
            None => heeding.env_remove(name),
        };
    }
    heeding
}

impl Drop for Program {
    fn drop(&mut self) {
        // A child that was waited for is not signalled again.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

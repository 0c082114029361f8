//! The line of `/proc/PID/stat`, proc_pid_stat(5).

use super::ProcessId;

/// `PF_KTHREAD` of the kernel's `include/linux/sched.h`.
const KERNEL_THREAD: u64 = 0x0020_0000;

/// What a living process can do right now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It runs, or sleeps as programs do.
    Running,
    /// It was stopped by a signal or a debugger.
    Stopped,
    /// It waits in the kernel and takes no signal.
    Uninterruptible,
}

/// The fields we use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stat {
    pub(crate) state: u8,
    pub(crate) parent: ProcessId,
    pub(crate) session: ProcessId,
    is_kernel_thread: bool,
    /// In clock ticks since boot.
    pub(crate) start_time: u64,
    /// Where the environment begins and ends in memory.
    environment: (u64, u64),
    /// Where the program begins in memory. An exec fills this in last.
    program: u64,
}

impl Stat {
    /// Fields are counted from the last parenthesis on: the name before it may hold any character.
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        let after_name = line.iter().rposition(|byte| *byte == b')')? + 1;
        let fields: Vec<&str> = std::str::from_utf8(&line[after_name..])
            .ok()?
            .split_ascii_whitespace()
            .collect();
        // The manual counts from 1, and the state is its field 3.
        let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
        let process = |number| u32::try_from(field(number)?).ok().map(ProcessId);
        Some(Self {
            state: *fields.first()?.as_bytes().first()?,
            parent: process(4)?,
            session: process(6)?,
            is_kernel_thread: field(9)? & KERNEL_THREAD != 0,
            start_time: field(22)?,
            environment: (field(50)?, field(51)?),
            program: field(26)?,
        })
    }

    /// Whether it can act.
    pub(crate) fn condition(&self) -> Condition {
        match self.state {
            b'T' | b't' => Condition::Stopped,
            b'D' => Condition::Uninterruptible,
            _ => Condition::Running,
        }
    }

    /// It was started with an empty environment, or never had one. In the middle of an exec the
    /// environment has no place at first, then an empty one (`create_elf_tables` of the kernel's
    /// `fs/binfmt_elf.c`) although it will not be empty.
    pub(crate) fn has_no_environment(&self) -> bool {
        let (begin, end) = self.environment;
        self.is_kernel_thread || (self.program != 0 && end != 0 && begin == end)
    }

    /// Its first thread has ended: a zombie, unless other threads go on.
    pub(crate) fn has_exited(&self) -> bool {
        matches!(self.state, b'Z' | b'X' | b'x')
    }
}

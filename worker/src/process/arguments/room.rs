//! How much the kernel takes as arguments.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use nix::unistd::{SysconfVar, sysconf};

use super::FillError;

/// `MAX_ARG_STRLEN` of Linux, 32 pages, less the NUL byte at the end.
const LONGEST: usize = 32 * 4096 - 1;

/// Linux takes at most three quarters of 8 MiB, even where the stack, and so `ARG_MAX`, has no
/// limit.
const MOST: usize = 6 * 1024 * 1024;

/// `ARG_MAX` of `limits.h`, which Linux always takes.
const LEAST: usize = 128 * 1024;

/// For what the kernel adds: the path once more, the interpreter of a script with its argument,
/// alignment.
const RESERVE: usize = 8 * 1024;

/// How much room there is for arguments, in bytes as [`taken_by`](Self::taken_by) counts them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ArgumentRoom {
    /// The longest single argument.
    pub longest: usize,
    /// All arguments together.
    pub total: usize,
}

impl ArgumentRoom {
    /// What this system leaves for the arguments of `program` beside its complete environment.
    #[must_use]
    pub fn beside(program: &Path, env: &[(OsString, OsString)]) -> Self {
        let limit = sysconf(SysconfVar::ARG_MAX).ok().flatten();
        let limit = limit
            .and_then(|limit| usize::try_from(limit).ok())
            .unwrap_or(LEAST)
            .min(MOST);
        // Each variable is `NAME=VALUE`.
        let variables = env
            .iter()
            .map(|(name, value)| Self::taken_by(name.as_bytes()) + 1 + value.as_bytes().len());
        let taken =
            RESERVE + Self::taken_by(program.as_os_str().as_bytes()) + variables.sum::<usize>();
        Self {
            longest: LONGEST,
            total: limit.saturating_sub(taken),
        }
    }

    /// What one argument takes: its bytes, the NUL after them and the pointer to them.
    #[must_use]
    pub fn taken_by(argument: &[u8]) -> usize {
        argument.len() + 1 + size_of::<usize>()
    }

    /// Checks `places` times all items next to arguments that take `beside`.
    pub(super) fn check(
        self,
        beside: usize,
        items: &[Vec<u8>],
        places: usize,
    ) -> Result<(), FillError> {
        let mut needed = beside;
        let mut fits = 0;
        for item in items {
            needed += places * Self::taken_by(item);
            fits += usize::from(needed <= self.total);
        }
        if needed <= self.total {
            Ok(())
        } else if fits == 0 || places == 0 {
            Err(FillError::NoRoom)
        } else {
            Err(FillError::TooMany {
                items: items.len(),
                needed,
                room: self.total,
                fits,
            })
        }
    }
}

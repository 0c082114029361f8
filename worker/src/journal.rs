//! The log of one task, as its runner writes it. A log that can't be written never fails a batch.

use std::path::Path;

use longhaul_common::id::TaskNumber;
use longhaul_common::task_log::{DEFAULT_CAP, LogWriter, Stream};
use longhaul_common::time::Timestamp;

use crate::failure::chain;
use crate::notices::Notices;

/// The log of one task.
pub(crate) struct Journal {
    writer: Option<LogWriter>,
    task: TaskNumber,
    notices: Notices,
    troubled: bool,
}

impl Journal {
    pub(crate) fn open(store_dir: &Path, task: TaskNumber, notices: Notices) -> Self {
        let mut journal = Self {
            writer: None,
            task,
            notices,
            troubled: false,
        };
        match LogWriter::open(store_dir, task, DEFAULT_CAP) {
            Ok(writer) => journal.writer = Some(writer),
            Err(error) => journal.trouble(&error),
        }
        journal
    }

    /// A line of a batch or a hook.
    pub(crate) fn line(&mut self, source: &str, stream: Stream, text: &[u8]) {
        if let Some(writer) = &mut self.writer {
            let outcome = writer.line(Timestamp::now().to_jiff(), source, stream, text);
            self.note(outcome);
        }
    }

    /// Makes all lines so far visible to readers.
    pub(crate) fn flush(&mut self) {
        if let Some(writer) = &mut self.writer {
            let outcome = writer.flush();
            self.note(outcome);
        }
    }

    fn note(&mut self, outcome: Result<(), longhaul_common::task_log::LogError>) {
        match outcome {
            Ok(()) => self.troubled = false,
            Err(error) => self.trouble(&error),
        }
    }

    /// Says once what is wrong, until it works again.
    fn trouble(&mut self, error: &dyn std::error::Error) {
        if !self.troubled {
            self.troubled = true;
            self.notices
                .tell(&format!("the log of task {}: {}", self.task, chain(error)));
        }
    }
}

//! A command that runs over items: on its standard input, or as its arguments.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use longhaul_common::spec::Input;

use super::CommandEngine;
use super::run::Run;
use crate::failure::Failure;
use crate::process::{ArgumentRoom, Feed, fill, sealed_items, write_items};
use crate::task::Cx;

/// A command and the items that it runs over.
pub(super) struct Over<'a> {
    pub(super) program: &'a Path,
    pub(super) argv: &'a [OsString],
    pub(super) items: &'a [Vec<u8>],
    pub(super) env: &'a [(OsString, OsString)],
    pub(super) timeout: Option<Duration>,
}

impl CommandEngine {
    /// Runs a command over items: on its standard input, or as its arguments.
    pub(super) fn run_over(&mut self, over: &Over<'_>, cx: &Cx) -> Result<(), Failure> {
        let (program, items) = (over.program, over.items);
        let filled = if matches!(self.input, Input::None | Input::Pages) {
            // The one item of a task without input stands for the run itself, that of a page for the page.
            None
        } else {
            let room = ArgumentRoom::beside(program, over.env);
            // Another attempt would meet the same limit.
            let filled = fill(over.argv, items, room)
                .map_err(|error| Failure::Suspend(error.to_string()))?;
            Some(filled)
        };
        let (args, feed) = match &filled {
            Some(filled) => (filled.args.as_slice(), filled.feed),
            None => (over.argv, Feed::Arguments),
        };
        let stdin = match feed {
            Feed::Arguments => None,
            // Nobody can mend what was fed.
            Feed::Stdin
                if matches!(self.input, Input::Fed)
                    && items.iter().any(|item| item.contains(&b'\n')) =>
            {
                return Err(Failure::Skip(
                    "an item holds a newline, and the command gets its items a line each; {} as an argument takes any"
                        .into(),
                ));
            }
            Feed::Stdin => {
                let source = self.source.as_ref();
                let source = source.expect("what was cut comes from it");
                Some(sealed_items(&cx.key, |file| {
                    file.write_all(source.head())?;
                    write_items(file, items, source.framing())
                })?)
            }
        };
        self.runs.run(
            &Run {
                program,
                args,
                env: over.env,
                dir: self.work.dir.as_path(),
                stdin,
                timeout: over.timeout,
            },
            cx,
        )
    }
}

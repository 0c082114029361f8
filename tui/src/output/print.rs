//! Printing to standard output; a reader that went away ends the program quietly.

use std::io::{self, Write};

use longhaul_common::safe_text::safe_json;
use serde::Serialize;

use crate::exit::{Failure, Outcome};

/// Whether somebody still reads.
pub(crate) type Printed = Result<(), Failure>;

/// Prints one line.
pub(crate) fn line(text: &str) -> Printed {
    written(writeln!(io::stdout().lock(), "{text}"))
}

/// Prints one JSON document.
pub(crate) fn json_document(document: &impl Serialize) -> Printed {
    let mut stdout = io::stdout().lock();
    let text = serde_json::to_string_pretty(document)
        .map_err(|error| Failure::system("writing JSON", &error))?;
    written(writeln!(stdout, "{}", safe_json(&text)))
}

/// Prints JSON on a line of its own.
pub(crate) fn json_line(value: &impl Serialize) -> Printed {
    let text =
        serde_json::to_string(value).map_err(|error| Failure::system("writing JSON", &error))?;
    line(&safe_json(&text))
}

fn written(outcome: io::Result<()>) -> Printed {
    match outcome {
        Ok(()) => Ok(()),
        // `longhaul list | head` is no failure of ours.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            std::process::exit(Outcome::Done as i32)
        }
        Err(error) => Err(Failure::system("printing", &error)),
    }
}

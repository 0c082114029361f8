//! Printing to standard output; a reader that went away ends the program quietly.

use std::io::{self, Write};

use longhaul_common::safe_text::{safe, safe_json};
use serde::Serialize;

use crate::exit::{Failure, Outcome};

/// Whether somebody still reads.
pub(crate) type Printed = Result<(), Failure>;

/// Prints one line.
pub(crate) fn line(text: &str) -> Printed {
    written(writeln!(io::stdout().lock(), "{text}"))
}

/// Prints whole lines at once.
pub(crate) fn text(lines: &str) -> Printed {
    written(io::stdout().lock().write_all(lines.as_bytes()))
}

/// Says something beside the output, on standard error. Nobody there to hear it is no failure.
pub(crate) fn note(said: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", safe(said));
}

/// Prints one JSON document.
pub(crate) fn json_document(document: &impl Serialize) -> Printed {
    let document = serde_json::to_string_pretty(document)
        .map_err(|error| Failure::system("writing JSON", &error))?;
    line(&safe_json(&document))
}

/// Prints JSON on a line of its own.
pub(crate) fn json_line(value: &impl Serialize) -> Printed {
    line(&compact(value)?)
}

/// A JSON array that is printed while it grows: one document, an element a line.
pub(crate) struct JsonArray {
    separator: &'static str,
}

impl JsonArray {
    pub(crate) fn begin() -> Self {
        Self { separator: "[\n" }
    }

    pub(crate) fn push(&mut self, value: &impl Serialize) -> Printed {
        let value = compact(value)?;
        let separator = std::mem::replace(&mut self.separator, ",\n");
        written(write!(io::stdout().lock(), "{separator}  {value}"))
    }

    pub(crate) fn end(self) -> Printed {
        line(if self.separator == "[\n" { "[]" } else { "\n]" })
    }
}

fn compact(value: &impl Serialize) -> Result<String, Failure> {
    let text =
        serde_json::to_string(value).map_err(|error| Failure::system("writing JSON", &error))?;
    Ok(safe_json(&text).into_owned())
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

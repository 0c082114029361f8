//! Asking before much is done at once.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use longhaul_common::safe_text::safe;

use crate::exit::Failure;

/// What somebody answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Yes,
    No,
}

/// Whether somebody can be asked.
pub(crate) fn somebody_is_here() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks on the terminal; anything but a yes is a no.
///
/// # Errors
/// A mistake where nobody is there to ask.
pub(crate) fn ask(question: &str) -> Result<Answer, Failure> {
    if !somebody_is_here() {
        return Err(
            Failure::mistake(format!("{question} Nobody is here to answer"))
                .hint("--yes answers for you, --dry-run lists them"),
        );
    }
    let failed = |error| Failure::system("asking", &error);
    let mut stderr = io::stderr().lock();
    write!(stderr, "{} [y/N] ", safe(question)).map_err(failed)?;
    stderr.flush().map_err(failed)?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(failed)?;
    let yes = matches!(answer.trim().to_lowercase().as_str(), "y" | "yes");
    Ok(if yes { Answer::Yes } else { Answer::No })
}

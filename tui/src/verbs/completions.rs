//! `longhaul completions`: the function that makes a shell complete what is typed.

use std::io;

use clap_complete::env::{Bash, EnvCompleter, Fish, Zsh};

use crate::cli::{CompletionsArgs, Shell};
use crate::completing::VARIABLE;
use crate::exit::{Failure, Outcome};
use crate::output;

const PROGRAM: &str = "longhaul";

pub(crate) fn run(args: &CompletionsArgs) -> Result<Outcome, Failure> {
    let shell: &dyn EnvCompleter = match args.shell {
        Shell::Bash => &Bash,
        Shell::Zsh => &Zsh,
        Shell::Fish => &Fish,
    };
    let mut script = Vec::new();
    shell
        .write_registration(VARIABLE, PROGRAM, PROGRAM, PROGRAM, &mut script)
        .map_err(|error: io::Error| Failure::system("writing the completions", &error))?;
    output::text(&String::from_utf8_lossy(&script))?;
    Ok(Outcome::Done)
}

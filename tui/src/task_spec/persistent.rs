//! What a persistent command can't be given.

use std::ffi::OsStr;

use longhaul_common::spec::Input;

use crate::cli::TaskArgs;
use crate::exit::Failure;

/// Refuses `--persistent` where one process can't perform the batches.
pub(super) fn check(args: &TaskArgs, input: &Input) -> Result<(), Failure> {
    if !args.batches.persistent {
        return Ok(());
    }
    if args.gates.throttle_if.is_some() {
        return Err(Failure::mistake(
            "--throttle-if is asked between two runs of the command, and with --persistent there is one",
        )
        .hint("leave out --persistent or --throttle-if"));
    }
    let places = ["{}", "{first}", "{last}"].map(OsStr::new);
    let place = args
        .command
        .iter()
        .find(|word| places.contains(&word.as_os_str()));
    if let Some(place) = place {
        return Err(Failure::mistake(format!(
            "with --persistent the items come as lines of JSON, and {} is an argument of one batch",
            place.display()
        ))
        .hint("leave out --persistent, or the argument"));
    }
    if matches!(input, Input::None) {
        return Err(Failure::mistake(
            "--persistent is for a task with an input: without one there is one batch, and nothing to hand over",
        )
        .hint("give an input, such as --lines FILE, or leave out --persistent"));
    }
    Ok(())
}

//! The variables that the commands of a task get.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use crate::exit::Failure;

/// Variables of the submitter that its commands get, wherever the worker runs: where programs
/// are, and how text is read.
const KEPT: &[&str] = &["PATH", "LANG", "LANGUAGE", "TZ"];
/// Those that begin so, too.
const KEPT_PREFIX: &[u8] = b"LC_";

pub(super) fn environment(set: &[OsString]) -> Result<Vec<(OsString, OsString)>, Failure> {
    let mut env: Vec<(OsString, OsString)> = std::env::vars_os()
        .filter(|(name, _)| {
            name.as_bytes().starts_with(KEPT_PREFIX) || KEPT.iter().any(|kept| name == kept)
        })
        .collect();
    for pair in set {
        let bytes = pair.as_bytes();
        let Some(at) = bytes
            .iter()
            .position(|byte| *byte == b'=')
            .filter(|at| *at > 0)
        else {
            return Err(Failure::mistake(format!(
                "--env {}: it has to be NAME=VALUE",
                pair.to_string_lossy()
            )));
        };
        let (name, value) = (
            OsString::from_vec(bytes[..at].to_vec()),
            OsString::from_vec(bytes[at + 1..].to_vec()),
        );
        if name.as_bytes().starts_with(b"LONGHAUL_") {
            return Err(Failure::mistake(format!(
                "--env {}: names that begin with LONGHAUL_ are set for each batch",
                name.to_string_lossy()
            )));
        }
        env.retain(|(known, _)| *known != name);
        env.push((name, value));
    }
    Ok(env)
}

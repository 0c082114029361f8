//! The variables that the commands of a task get.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use longhaul_common::spec::OsBytes;

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

/// The names of variables that the worker must have.
pub(super) fn secrets(names: &[OsString], set: &[OsString]) -> Result<Vec<OsBytes>, Failure> {
    let mut secrets: Vec<OsBytes> = Vec::new();
    for name in names {
        let bytes = name.as_bytes();
        let shown = name.to_string_lossy();
        if bytes.is_empty() || bytes.contains(&0) || bytes.contains(&b'=') {
            // What follows the name may be the secret.
            return Err(
                Failure::mistake("--secret-env takes the name of a variable alone")
                    .hint("start the worker with that variable set; its value is stored nowhere"),
            );
        }
        if bytes.starts_with(b"LONGHAUL_") {
            return Err(Failure::mistake(format!(
                "--secret-env {shown}: names that begin with LONGHAUL_ are set for each batch"
            )));
        }
        let is_set = |pair: &OsString| {
            pair.as_bytes()
                .strip_prefix(bytes)
                .is_some_and(|rest| rest.starts_with(b"="))
        };
        if set.iter().any(is_set) {
            return Err(Failure::mistake(format!(
                "{shown} is set by --env and wanted of the worker by --secret-env"
            )));
        }
        let name = OsBytes::from(name.as_os_str());
        if !secrets.contains(&name) {
            secrets.push(name);
        }
    }
    Ok(secrets)
}

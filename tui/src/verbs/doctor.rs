//! `longhaul doctor`: checks the store, its locks and its processes, and says what to do.

mod batches;
mod bells;
mod check;
mod database;
mod files;
mod folders;
mod processes;
mod room;
mod space;
mod workers;

use std::io;
use std::path::{Path, PathBuf};

use longhaul_common::place::store_dir;
use longhaul_common::store::{PATIENCE, Store, StoreError};
use serde_json::json;

use crate::cli::DoctorArgs;
use crate::exit::{Failure, Outcome};
use crate::output;
use crate::session::Session;

use check::{Check, Status};
use database::Access;

pub(crate) fn run(session: &Session, args: &DoctorArgs) -> Result<Outcome, Failure> {
    let dir = find(&store_dir(session.store_option())?)?;
    let examined = examine(&dir, args);
    if session.json() {
        let ok = examined.outcome() == Outcome::Done;
        output::json_document(&json!({"checks": examined.checks, "ok": ok}))?;
    } else {
        for check in &examined.checks {
            for line in check.lines() {
                output::line(&line)?;
            }
        }
    }
    Ok(examined.outcome())
}

/// What was found.
struct Examined {
    checks: Vec<Check>,
    damaged: bool,
}

impl Examined {
    fn outcome(&self) -> Outcome {
        if self.damaged {
            Outcome::Damaged
        } else if self.checks.iter().any(|check| check.status == Status::Fail) {
            Outcome::Failed
        } else {
            Outcome::Done
        }
    }
}

/// The folder of a store that is there, absolute. Without one there is nothing to check.
fn find(dir: &Path) -> Result<PathBuf, StoreError> {
    let missing = || StoreError::Missing {
        path: dir.to_owned(),
    };
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => missing(),
        _ => StoreError::Io {
            path: dir.to_owned(),
            doing: "looking at the folder",
            source: std::sync::Arc::new(source),
        },
    };
    let found = dir.canonicalize().map_err(failed)?;
    if !found.is_dir() {
        return Err(StoreError::NotAStore {
            path: found,
            what: "it is not a folder".into(),
        });
    }
    match Store::database(&found).symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(missing()),
        _ => Ok(found),
    }
}

fn examine(dir: &Path, args: &DoctorArgs) -> Examined {
    let mut checks = Vec::new();
    // First, since it answers even if nothing else does: a stopped process can block every call.
    checks.extend(processes::check(dir));
    let stopped = checks.iter().any(|check| check.status == Status::Fail);
    checks.extend(folders::check_store(dir));
    let database = database::check(dir);
    checks.extend(database.checks);
    let integrity = database::check_integrity(dir, database.access, stopped);
    let fails = |check: &Check| check.status == Status::Fail;
    let damaged = database.access == Access::Damaged || integrity.as_ref().is_some_and(fails);
    checks.extend(integrity);
    if let Some(store) = &database.store {
        checks.extend(database::check_rows(store.dir(), stopped));
        checks.extend(workers::check(store));
        checks.extend(batches::check(store));
        checks.push(files::check(store));
    }
    // Our own handle would be in the way.
    drop(database.store);
    if damaged || database.access != Access::Full {
        // Nothing is moved about in what is damaged, nor by who may only read.
    } else if args.compact {
        checks.push(room::compact(dir));
    } else if !stopped {
        checks.extend(room::check(dir, PATIENCE));
    }
    checks.push(bells::check(dir));
    checks.extend(folders::check_inner(dir));
    checks.push(space::check(dir));
    Examined { checks, damaged }
}

#[cfg(test)]
mod tests;

//! The database: whether it opens, and whether it is whole.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use indicatif::BinaryBytes;
use longhaul_common::custody::{Custody, user_name};
use longhaul_common::store::{Opening, PATIENCE, Ringing, Store, StoreError};
use longhaul_worker::report::{advice, in_one_line};

use super::check::Check;
use super::folders::{Exposure, exposure_in, quoted};

const CHECK: &str = "database";
const INTEGRITY: &str = "integrity";
const ROWS: &str = "rows";

const PASSED_OVER: &str = "what it is about is passed over: use the longhaul that wrote it, or take a copy of the folder from before";

/// How many rows that can't be read are named.
const MOST_ROWS: usize = 20;

/// Every page is read, and others may be in the middle of a long write.
const LONG_PATIENCE: Duration = Duration::from_secs(60);

/// What can be done with the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Everything.
    Full,
    /// Reading.
    ReadOnly,
    /// Nothing: what is there is damaged.
    Damaged,
    /// Nothing: it is something else, or can't be reached.
    Closed,
}

/// What was found.
pub(super) struct Found {
    pub(super) checks: Vec<Check>,
    pub(super) access: Access,
    pub(super) store: Option<Store>,
}

pub(super) fn check(dir: &Path) -> Found {
    let opened = Store::open(
        dir,
        Opening {
            bells: Ringing::Off,
            ..Opening::default()
        },
    );
    let about = |store: Store| Ok((describe(&store)?, store));
    let (described, store) = match opened.and_then(about) {
        Ok(opened) => opened,
        Err(error) => return closed(dir, &error),
    };
    let file = file(dir);
    let access = if store.writable() {
        Access::Full
    } else {
        Access::ReadOnly
    };
    let mut checks = exposed(dir);
    if access == Access::ReadOnly {
        checks.push(Check::warn(
            CHECK,
            format!("{described}, {file}; it may only be read by this user"),
            "run this as the user who owns it, to have everything checked",
        ));
    }
    if checks.is_empty() {
        checks.push(Check::ok(CHECK, format!("{described}, {file}")));
    }
    Found {
        checks,
        access,
        store: Some(store),
    }
}

fn describe(store: &Store) -> Result<String, StoreError> {
    let (found, known) = store.schema()?;
    let (first, last) = store.event_span()?;
    let events = if last.0 == 0 {
        "no events".into()
    } else {
        format!("events {first} to {last}")
    };
    Ok(format!(
        "opens, schema {found} (this version knows {known}), store id {}, {events}",
        store.id()?
    ))
}

fn closed(dir: &Path, error: &StoreError) -> Found {
    let advice = advice(error);
    let hint = match error {
        StoreError::Corrupted { .. } => format!(
            "stop every worker and keep a copy: cp -a {0} {0}.damaged; a copy from before can take its place",
            quoted(dir)
        ),
        StoreError::Busy { .. } | StoreError::Unknown { .. } => {
            "continue or end the stopped process named above, if there is one; else try again"
                .into()
        }
        _ => advice.hint.unwrap_or_default(),
    };
    Found {
        checks: vec![Check::fail(
            CHECK,
            format!("{} ({})", in_one_line(error), file(dir)),
            hint,
        )],
        access: match error {
            StoreError::Corrupted { .. } => Access::Damaged,
            _ => Access::Closed,
        },
        store: None,
    }
}

/// Size, owner and mode of the database, where they can be told.
fn file(dir: &Path) -> String {
    match Store::database(dir).symlink_metadata() {
        Ok(found) => format!(
            "{}, owner {}, mode {:04o}",
            BinaryBytes(found.len()),
            user_name(found.uid()),
            found.permissions().mode() & 0o7777
        ),
        Err(error) => format!("it can't be looked at: {error}"),
    }
}

fn exposed(dir: &Path) -> Vec<Check> {
    let path = Store::database(dir);
    let (Ok(file), Ok(folder)) = (path.symlink_metadata(), dir.metadata()) else {
        return Vec::new();
    };
    let mut checks = Vec::new();
    let mode = file.permissions().mode() & 0o7777;
    if exposure_in(dir, &file) != Exposure::Private {
        checks.push(Check::warn(
            CHECK,
            format!("{} may be read by others (mode {mode:04o})", path.display()),
            format!("chmod 600 {}", quoted(&path)),
        ));
    }
    let shared = Custody::of_store(dir).is_ok_and(|custody| custody.shared_with.is_some());
    if !shared && file.uid() != folder.uid() {
        let (theirs, owner) = (user_name(file.uid()), user_name(folder.uid()));
        checks.push(Check::warn(
            CHECK,
            format!(
                "{} belongs to {theirs}, its folder to {owner}",
                path.display()
            ),
            format!("chown {owner} {}", quoted(&path)),
        ));
    }
    checks
}

/// Checks every page. None where there is nothing that could be checked.
pub(super) fn check_integrity(dir: &Path, access: Access, stopped: bool) -> Option<Check> {
    // Who is stopped may never let go of the database.
    let patience = if stopped { PATIENCE } else { LONG_PATIENCE };
    match access {
        Access::Full | Access::Damaged => Some(judge(dir, &Store::check_integrity(dir, patience))),
        Access::ReadOnly => Some(Check::warn(
            INTEGRITY,
            "not checked: that needs permission to write",
            "run this as the user who owns the store",
        )),
        Access::Closed => None,
    }
}

/// Names the rows that can't be read: of a database that is whole, a fault or another version wrote
/// them.
pub(super) fn check_rows(dir: &Path, stopped: bool) -> Vec<Check> {
    let patience = if stopped { PATIENCE } else { LONG_PATIENCE };
    match Store::unreadable_rows(dir, patience) {
        Ok(found) if found.is_empty() => vec![Check::ok(ROWS, "every row can be read")],
        Ok(found) => {
            let more = found.len().saturating_sub(MOST_ROWS);
            let more = (more > 0).then(|| format!("{more} more rows can't be read"));
            let named = found.iter().take(MOST_ROWS).map(|error| in_one_line(error));
            named
                .chain(more)
                .map(|detail| Check::fail(ROWS, detail, PASSED_OVER))
                .collect()
        }
        Err(error) => vec![Check::warn(
            ROWS,
            format!("not looked at: {}", in_one_line(&error)),
            "try again while nothing is running",
        )],
    }
}

pub(super) fn judge(dir: &Path, checked: &Result<bool, StoreError>) -> Check {
    let restore = format!(
        "keep a copy before anything else runs: cp -a {0} {0}.damaged; a copy from before can take its place",
        quoted(dir)
    );
    match checked {
        Ok(true) => Check::ok(INTEGRITY, "every page is whole"),
        Ok(false) => Check::fail(
            INTEGRITY,
            "the database was damaged and has been repaired; what was in the damaged pages may be lost",
            "compare the tasks with what you expect, and look for the cause: disk, memory, copying while in use",
        ),
        Err(error @ StoreError::Corrupted { .. }) => {
            Check::fail(INTEGRITY, in_one_line(error), restore)
        }
        Err(error) => Check::warn(
            INTEGRITY,
            format!("not checked: {}", in_one_line(error)),
            "try again while nothing is running",
        ),
    }
}

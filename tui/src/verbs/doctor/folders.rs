//! The store's folder and those in it: whose they are, and who may look.

use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use longhaul_common::custody::{Custody, group_name, user_name};
use longhaul_common::mounts::network_file_system;

use super::check::Check;
use super::processes::counted;

const STORE: &str = "folder";
const INNER: &str = "contents";

/// The folders of a store.
const FOLDERS: &[&str] = &["alive", "bells", "locks", "logs", "spool"];
/// Those whose files are output and input of tasks.
const TEXTS: &[&str] = &["logs", "spool"];
/// So many files are looked at in each.
const LOOKED_AT: usize = 10_000;

/// Who may do what that only the owner should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exposure {
    Private,
    Readable,
    Writable,
}

pub(super) fn exposure(mode: u32) -> Exposure {
    if mode & 0o022 != 0 {
        Exposure::Writable
    } else if mode & 0o055 != 0 {
        Exposure::Readable
    } else {
        Exposure::Private
    }
}

/// The same of something in a store: what its group may do is nobody's fault where it is shared.
pub(super) fn exposure_in(dir: &Path, found: &std::fs::Metadata) -> Exposure {
    let mode = found.permissions().mode();
    let shared = Custody::of_store(dir)
        .ok()
        .and_then(|custody| custody.shared_with);
    if shared == Some(found.gid()) {
        exposure(mode & !0o070)
    } else {
        exposure(mode)
    }
}

pub(super) fn check_store(dir: &Path) -> Vec<Check> {
    let shown = dir.display();
    let found = match dir.metadata() {
        Ok(found) => found,
        Err(error) => {
            return vec![Check::fail(
                STORE,
                format!("{shown} can't be looked at: {error}"),
                "run this as the user who owns it",
            )];
        }
    };
    let mode = found.permissions().mode() & 0o7777;
    let mut checks = Vec::new();
    match exposure_in(dir, &found) {
        Exposure::Private => {}
        Exposure::Readable => checks.push(Check::warn(
            STORE,
            format!("{shown} may be read by others (mode {mode:04o}): commands, inputs and output"),
            format!("chmod 700 {}", quoted(dir)),
        )),
        Exposure::Writable => checks.push(Check::fail(
            STORE,
            format!("{shown} may be written by others (mode {mode:04o}): they can run commands as its user"),
            format!("look who did, then: chmod 700 {}", quoted(dir)),
        )),
    }
    if let Some(kind) = network_file_system(found.dev()) {
        checks.push(Check::fail(
            STORE,
            format!(
                "{shown} is on a network file system ({kind}): locks don't reach across machines"
            ),
            "move it to a local disk, and name it with --store",
        ));
    }
    let owner = user_name(found.uid());
    let shared = Custody::of(found.uid(), found.gid(), mode).shared_with;
    if shared.is_none() && found.uid() != nix::unistd::geteuid().as_raw() {
        checks.push(Check::warn(
            STORE,
            format!("{shown} belongs to {owner}, not to who runs this"),
            format!(
                "what another user writes there {owner} may not be able to read: work as {owner}"
            ),
        ));
    }
    if checks.is_empty() {
        let with = shared.map_or_else(String::new, |group| {
            format!(", shared with group {}", group_name(group))
        });
        checks.push(Check::ok(
            STORE,
            format!("{shown}, owner {owner}{with}, mode {mode:04o}, on a local disk"),
        ));
    }
    checks
}

pub(super) fn quoted(path: &Path) -> String {
    shell_words::quote(&path.to_string_lossy()).into_owned()
}

/// The folders in the store's, and the files that hold text of tasks.
pub(super) fn check_inner(dir: &Path) -> Vec<Check> {
    let mut checks = Vec::new();
    let mut there = Vec::new();
    for name in FOLDERS {
        let path = dir.join(name);
        match path.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => checks.push(Check::warn(
                INNER,
                format!("{} can't be looked at: {error}", path.display()),
                "run this as the user who owns the store",
            )),
            Ok(found) if !found.is_dir() => checks.push(Check::fail(
                INNER,
                format!(
                    "{} is not a folder, and links are not followed",
                    path.display()
                ),
                "move it out of the way; it is made anew",
            )),
            Ok(found) => checks.extend(exposed(dir, &path, &found)),
        }
        there.push(*name);
        if TEXTS.contains(name) {
            checks.extend(check_texts(dir, &path));
        }
    }
    if checks.is_empty() {
        let detail = if there.is_empty() {
            "no folders in it yet".into()
        } else {
            format!("{}: closed to others", there.join(", "))
        };
        checks.push(Check::ok(INNER, detail));
    }
    checks
}

fn exposed(dir: &Path, path: &Path, found: &std::fs::Metadata) -> Option<Check> {
    let mode = found.permissions().mode() & 0o7777;
    let hint = || format!("chmod 700 {}", quoted(path));
    let shown = path.display();
    match exposure_in(dir, found) {
        Exposure::Private => None,
        Exposure::Readable => Some(Check::warn(
            INNER,
            format!("{shown} may be read by others (mode {mode:04o})"),
            hint(),
        )),
        Exposure::Writable => Some(Check::fail(
            INNER,
            format!("{shown} may be written by others (mode {mode:04o})"),
            hint(),
        )),
    }
}

/// Files that others may read; whether they reach them is the folder's business.
fn check_texts(dir: &Path, folder: &Path) -> Option<Check> {
    let files = match folder.read_dir() {
        Ok(files) => files,
        Err(error) => {
            return Some(Check::warn(
                INNER,
                format!("{} can't be looked into: {error}", folder.display()),
                "run this as the user who owns the store",
            ));
        }
    };
    let open = files
        .flatten()
        .take(LOOKED_AT)
        .filter_map(|file| file.metadata().ok())
        .filter(|found| found.is_file() && exposure_in(dir, found) != Exposure::Private)
        .count();
    (open > 0).then(|| {
        Check::warn(
            INNER,
            format!(
                "{} in {} can be opened by others",
                counted(open, "file", "files"),
                folder.display()
            ),
            format!("chmod -R go= {}", quoted(folder)),
        )
    })
}

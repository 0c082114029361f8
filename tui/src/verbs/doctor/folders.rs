//! The store's folder and those in it: whose they are, and who may look.

use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

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
    match exposure(mode) {
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
    let owner = user(found.uid());
    if found.uid() != nix::unistd::geteuid().as_raw() {
        checks.push(Check::warn(
            STORE,
            format!("{shown} belongs to {owner}, not to who runs this"),
            format!(
                "what another user writes there {owner} may not be able to read: work as {owner}"
            ),
        ));
    }
    if checks.is_empty() {
        checks.push(Check::ok(
            STORE,
            format!("{shown}, owner {owner}, mode {mode:04o}, on a local disk"),
        ));
    }
    checks
}

pub(super) fn user(uid: u32) -> String {
    nix::unistd::User::from_uid(nix::unistd::Uid::from_raw(uid))
        .ok()
        .flatten()
        .map_or_else(|| format!("uid {uid}"), |user| user.name)
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
            Ok(found) => checks.extend(exposed(&path, found.permissions().mode() & 0o7777)),
        }
        there.push(*name);
        if TEXTS.contains(name) {
            checks.extend(check_texts(&path));
        }
    }
    if checks.is_empty() {
        let detail = if there.is_empty() {
            "no folders in it yet".into()
        } else {
            format!("{}: private to their owner", there.join(", "))
        };
        checks.push(Check::ok(INNER, detail));
    }
    checks
}

fn exposed(path: &Path, mode: u32) -> Option<Check> {
    let hint = || format!("chmod 700 {}", quoted(path));
    let shown = path.display();
    match exposure(mode) {
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
fn check_texts(folder: &Path) -> Option<Check> {
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
        .filter(|found| {
            found.is_file() && exposure(found.permissions().mode()) != Exposure::Private
        })
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

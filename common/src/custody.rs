//! Whose a store is: of one user, or shared with a group. Its folder tells, and nothing else does.
//!
//! A folder with the set-group-ID bit that its group may write to is shared with that group, once its
//! database is too; whatever is made in it later is made for the group, whatever the umask. Any other
//! folder is its owner's.

use std::io;
use std::os::fd::AsFd;
use std::path::Path;

use rustix::fs::{Gid, Mode, OFlags, Stat, Uid, fchmod, fchown, fstat};

/// Who may write to a store, and whose the files made in it are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Custody {
    /// The user whose folder it is.
    pub owner: u32,
    /// The group it is shared with.
    pub shared_with: Option<u32>,
    group: u32,
}

/// What is made in a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A folder.
    Folder,
    /// A file.
    File,
}

/// Others may write to something in a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposed {
    /// Its permission bits.
    pub mode: u32,
    /// The arguments that mend it, before the path: `chmod go-w`.
    pub mend: String,
}

const SET_GROUP: u32 = 0o2000;
const GROUP_WRITES: u32 = 0o020;
const OTHERS_WRITE: u32 = 0o002;

impl Custody {
    /// As the folder in `dir` tells it.
    ///
    /// # Errors
    /// What the system said.
    pub fn of_store(dir: &Path) -> io::Result<Self> {
        let folder = rustix::fs::open(
            dir,
            OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
        )?;
        Ok(Self::told_by(&fstat(&folder)?))
    }

    pub(crate) fn told_by(folder: &Stat) -> Self {
        Self::of(folder.st_uid, folder.st_gid, folder.st_mode)
    }

    /// As owner, group and mode of a folder tell it.
    #[must_use]
    pub fn of(owner: u32, group: u32, mode: u32) -> Self {
        let shared = mode & (SET_GROUP | GROUP_WRITES | OTHERS_WRITE) == SET_GROUP | GROUP_WRITES;
        Self {
            owner,
            shared_with: shared.then_some(group),
            group,
        }
    }

    /// Refuses what others than owner and group may write to.
    ///
    /// # Errors
    /// [`Exposed`].
    pub fn judge(&self, group: u32, mode: u32) -> Result<(), Exposed> {
        let mode = mode & 0o7777;
        let exposed = |mend: String| Err(Exposed { mode, mend });
        if mode & OTHERS_WRITE != 0 {
            return exposed(if self.shared_with.is_some() {
                "chmod o-w".into()
            } else {
                "chmod go-w".into()
            });
        }
        if mode & GROUP_WRITES == 0 {
            return Ok(());
        }
        match self.shared_with {
            Some(ours) if ours == group => Ok(()),
            Some(ours) => exposed(format!("chgrp {ours}")),
            None => exposed("chmod go-w".into()),
        }
    }

    /// Permission bits of what is made.
    #[must_use]
    pub fn mode(&self, kind: Kind) -> u32 {
        match (kind, self.shared_with) {
            (Kind::File, None) => 0o600,
            (Kind::File, Some(_)) => 0o660,
            (Kind::Folder, None) => 0o700,
            (Kind::Folder, Some(_)) => 0o2770,
        }
    }

    /// Whether what this process makes is right as it comes: the store is its user's, and shared with
    /// nobody.
    pub(crate) fn is_plain(&self) -> bool {
        self.shared_with.is_none() && self.owner == rustix::process::geteuid().as_raw()
    }

    /// Gives what this process has just made to those whose store it is: the group's where it is
    /// shared, whatever the umask; the owner's where the superuser made it.
    ///
    /// # Errors
    /// What the system said.
    pub fn give(&self, made: impl AsFd, kind: Kind) -> io::Result<()> {
        if self.is_plain() {
            return Ok(());
        }
        let is = fstat(&made)?;
        // Only the superuser can give a file away.
        let to = (rustix::process::geteuid().is_root() && is.st_uid != self.owner)
            .then(|| Uid::from_raw(self.owner));
        let group = self.shared_with.or(to.map(|_| self.group));
        let group = group.filter(|group| *group != is.st_gid).map(Gid::from_raw);
        if to.is_some() || group.is_some() {
            fchown(&made, to, group)?;
        }
        fchmod(&made, Mode::from_raw_mode(self.mode(kind)))?;
        Ok(())
    }

    /// Whether this process may run the commands of the store's tasks: they are its own user's, or of
    /// a group it is in. The superuser runs those of its own stores alone.
    #[must_use]
    pub fn lets_run(&self) -> bool {
        let me = rustix::process::geteuid();
        if me.as_raw() == self.owner {
            return true;
        }
        !me.is_root() && self.shared_with.is_some_and(is_in_group)
    }
}

/// Whether this process acts in a group.
#[must_use]
pub fn is_in_group(group: u32) -> bool {
    rustix::process::getegid().as_raw() == group
        || rustix::process::getgroups()
            .is_ok_and(|groups| groups.iter().any(|ours| ours.as_raw() == group))
}

/// The name of a user, or its number.
#[must_use]
pub fn user_name(uid: u32) -> String {
    nix::unistd::User::from_uid(nix::unistd::Uid::from_raw(uid))
        .ok()
        .flatten()
        .map_or_else(|| format!("uid {uid}"), |user| user.name)
}

/// The name of a group, or its number.
#[must_use]
pub fn group_name(gid: u32) -> String {
    nix::unistd::Group::from_gid(nix::unistd::Gid::from_raw(gid))
        .ok()
        .flatten()
        .map_or_else(|| format!("gid {gid}"), |group| group.name)
}

#[cfg(test)]
mod tests;

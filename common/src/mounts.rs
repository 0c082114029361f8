//! Which file system a folder is on.

/// File systems on which locks or notifications don't reach across machines.
const NETWORK: &[&str] = &[
    "9p",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "coda",
    "davfs",
    "glusterfs",
    "gpfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "ocfs2",
    "orangefs",
    "smb3",
    "smbfs",
    "sshfs",
];

/// The type of the network file system that device `dev` is; None for a local one.
#[must_use]
pub fn network_file_system(dev: u64) -> Option<String> {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
    network_type(&mounts, dev)
}

fn network_type(mounts: &str, dev: u64) -> Option<String> {
    let wanted = format!(
        "{}:{}",
        nix::sys::stat::major(dev),
        nix::sys::stat::minor(dev)
    );
    mounts.lines().find_map(|line| {
        if line.split(' ').nth(2)? != wanted {
            return None;
        }
        let (_, after) = line.split_once(" - ")?;
        let kind = after.split(' ').next()?;
        let bare = kind.strip_prefix("fuse.").unwrap_or(kind);
        NETWORK.contains(&bare).then(|| kind.to_owned())
    })
}

#[cfg(test)]
mod tests;

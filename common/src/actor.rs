//! Who acts: recorded with every request and event.

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// Who did something, as the kernel tells it, beside what they say of themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Actor {
    /// The uid that logged in. It survives `sudo` and `su`. None where the kernel keeps none.
    pub login_uid: Option<u32>,
    /// The uid the process acts as.
    pub uid: u32,
    /// The user name of the login uid, else of the effective one.
    pub user: String,
    /// The process.
    pub pid: u32,
    /// The machine's host name.
    pub host: String,
    /// The address of the SSH client, if the session came over SSH.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ssh_client: Option<String>,
    /// The program's file name.
    pub program: String,
    /// What was claimed with `--actor`: unverified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed: Option<String>,
}

impl Actor {
    /// This process.
    #[must_use]
    pub fn this_process() -> Self {
        let uid = nix::unistd::geteuid();
        let login_uid = login_uid();
        let name_of = |uid: nix::unistd::Uid| {
            nix::unistd::User::from_uid(uid)
                .ok()
                .flatten()
                .map(|user| user.name)
        };
        let user = login_uid
            .and_then(|login| name_of(nix::unistd::Uid::from_raw(login)))
            .or_else(|| name_of(uid))
            .unwrap_or_else(|| uid.to_string());
        let program = std::env::current_exe()
            .ok()
            .as_deref()
            .and_then(Path::file_name)
            .map_or_else(|| "unknown".into(), |name| name.to_string_lossy().into());
        Self {
            login_uid,
            uid: uid.as_raw(),
            user,
            pid: std::process::id(),
            host: host_name(),
            ssh_client: std::env::var("SSH_CLIENT")
                .ok()
                .and_then(|client| client.split_whitespace().next().map(str::to_owned)),
            program,
            claimed: None,
        }
    }

    /// Whether both are the same person, as far as anybody can tell: the login, and what they say of
    /// themselves.
    #[must_use]
    pub fn is_same_person(&self, other: &Self) -> bool {
        let login = |actor: &Self| actor.login_uid.unwrap_or(actor.uid);
        login(self) == login(other) && self.claimed == other.claimed
    }

    /// The same with what somebody says of themselves.
    #[must_use]
    pub fn claiming(mut self, claimed: Option<String>) -> Self {
        self.claimed = claimed;
        self
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.user)?;
        if let Some(claimed) = &self.claimed {
            write!(f, " as \"{claimed}\"")?;
        }
        if let Some(client) = &self.ssh_client {
            write!(f, " from {client}")?;
        }
        Ok(())
    }
}

/// The login uid of this process; the kernel's "unset" reads as None.
fn login_uid() -> Option<u32> {
    let text = std::fs::read_to_string("/proc/self/loginuid").ok()?;
    text.trim().parse().ok().filter(|uid| *uid != u32::MAX)
}

/// The machine's host name; empty where it can't be told.
#[must_use]
pub fn host_name() -> String {
    nix::unistd::gethostname()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

//! `longhaul init`: makes a store, of one's own or shared with a group.

use std::path::Path;

use longhaul_common::custody::{group_name, is_in_group};
use longhaul_common::store::Store;
use nix::unistd::{Group, geteuid};
use serde_json::json;

use crate::cli::InitArgs;
use crate::exit::{Failure, Outcome};
use crate::output;
use crate::session::Session;

pub(crate) fn run(session: &Session, args: &InitArgs) -> Result<Outcome, Failure> {
    if args.dir.as_os_str().is_empty() {
        return Err(Failure::mistake("the store's folder is empty text"));
    }
    let group = args.group.as_deref().map(group).transpose()?;
    let store = Store::init(&args.dir, group).map_err(|error| told(error, args))?;
    let dir = store.dir();
    if session.json() {
        output::json_document(&json!({
            "store": dir.to_string_lossy(),
            "group": group.map(group_name),
        }))?;
        return Ok(Outcome::Done);
    }
    output::line(&dir.display().to_string())?;
    if let Some(group) = group {
        let root = if geteuid().is_root() {
            "; a worker that is started as root runs their commands as root"
        } else {
            ""
        };
        output::note(&format!(
            "shared with {}: its members trust each other, since the commands of one are run as another{root}",
            group_name(group)
        ));
    }
    output::note(&format!("use it with: --store {}", quoted(dir)));
    Ok(Outcome::Done)
}

/// A group by its name or number; one that this user can give a folder to.
fn group(typed: &str) -> Result<u32, Failure> {
    let found = Group::from_name(typed)
        .map_err(|error| Failure::system("looking for the group", &error))?
        .map(|group| group.gid.as_raw());
    let Some(group) = found.or_else(|| typed.parse().ok()) else {
        return Err(Failure::mistake(format!("there is no group {typed}"))
            .hint("`getent group` lists them"));
    };
    if !geteuid().is_root() && !is_in_group(group) {
        return Err(Failure::new(
            Outcome::Refused,
            "not-in-group",
            format!("you are not in the group {typed}"),
        )
        .hint(
            "who is in it can share a store with it; after being added to a group one logs in anew",
        ));
    }
    Ok(group)
}

fn told(error: longhaul_common::store::StoreError, args: &InitArgs) -> Failure {
    let exists = matches!(error, longhaul_common::store::StoreError::There { .. });
    let failure = Failure::from(error);
    match (&args.group, exists) {
        (Some(group), true) => {
            let (dir, group) = (quoted(&args.dir), shell_words::quote(group));
            failure.hint(format!(
                "to share that one, end its workers, then: chgrp -R {group} {dir} && chmod -R u+rwX,g+rwX,o= {dir} && find {dir} -type d -exec chmod g+s {{}} +"
            ))
        }
        _ => failure,
    }
}

fn quoted(path: &Path) -> String {
    shell_words::quote(&path.to_string_lossy()).into_owned()
}

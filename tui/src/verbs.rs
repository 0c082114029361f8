//! The verbs, a file each.

pub(crate) mod ask;
pub(crate) mod close;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod dry_run;
pub(crate) mod events;
pub(crate) mod failures;
pub(crate) mod feed;
pub(crate) mod init;
pub(crate) mod items;
pub(crate) mod kinds;
pub(crate) mod list;
pub(crate) mod logs;
pub(crate) mod queue;
pub(crate) mod retry;
pub(crate) mod run;
pub(crate) mod set;
pub(crate) mod show;
pub(crate) mod stores;
pub(crate) mod submit;
pub(crate) mod wait;
pub(crate) mod whose;
pub(crate) mod worker;

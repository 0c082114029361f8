//! The words, the rules, the store, the bells and the locks of longhaul.
#![forbid(unsafe_code)]

pub mod actor;
pub mod alive;
pub mod backlog;
pub mod batch_lock;
pub mod bell;
pub mod brake;
pub mod broker_address;
pub mod budget;
mod byte_lock;
pub mod changes;
pub mod configuration;
pub mod control;
pub mod cordon;
pub mod custody;
pub mod event;
pub mod fed;
pub mod filter;
pub mod folder;
pub mod gate;
pub mod id;
pub mod kind;
pub mod leftovers;
pub mod live;
pub mod lock_error;
pub mod marks;
pub mod moment;
pub mod mounts;
pub mod phase;
pub mod place;
pub mod process;
pub mod progress;
pub mod prune;
pub mod rate;
pub mod reference;
pub mod rollback;
pub mod rules;
pub mod safe_text;
pub mod settings;
pub mod spec;
pub mod state;
pub mod store;
pub mod task_log;
pub mod time;
pub mod usage;
pub mod view;
pub mod whose;
pub mod window;

#[cfg(test)]
mod alone;
pub mod backoff;
#[cfg(test)]
mod started_by_tests;

//! The words, the rules, the store, the bells and the locks of longhaul.
#![forbid(unsafe_code)]

pub mod actor;
pub mod bell;
pub mod event;
pub mod id;
mod mounts;
pub mod phase;
pub mod progress;
pub mod reference;
pub mod rules;
pub mod spec;
pub mod state;
pub mod store;
pub mod time;
pub mod view;

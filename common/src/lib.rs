//! The words, the rules, the store, the bells and the locks of longhaul.
#![forbid(unsafe_code)]

pub mod id;

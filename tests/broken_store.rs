//! Workers whose store goes wrong under them: what passes is waited for, what lasts ends them.
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod harness;

#[path = "broken_store/lost.rs"]
mod lost;
#[path = "broken_store/rows.rs"]
mod rows;

//! The examples of the worker's library, each as a real process.
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

#[path = "examples/backfill.rs"]
mod backfill;
#[path = "examples/csv_to_sqlite.rs"]
mod csv_to_sqlite;
mod harness;
#[path = "examples/kinds.rs"]
mod kinds;
#[path = "examples/service.rs"]
mod service;

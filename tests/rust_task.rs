//! Tasks written in Rust, performed by a worker in this process over a real store.
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

#[path = "rust_task/again.rs"]
mod again;
#[path = "rust_task/again_killed.rs"]
mod again_killed;
#[path = "rust_task/again_undone.rs"]
mod again_undone;
#[path = "rust_task/asynchronous.rs"]
mod asynchronous;
#[path = "rust_task/batches.rs"]
mod batches;
#[path = "rust_task/ends.rs"]
mod ends;
#[path = "rust_task/house.rs"]
mod house;
#[path = "rust_task/lab.rs"]
mod lab;
#[path = "rust_task/log.rs"]
mod log;
#[path = "rust_task/marks.rs"]
mod marks;
#[path = "rust_task/progress.rs"]
mod progress;
#[path = "rust_task/queued.rs"]
mod queued;
#[path = "rust_task/requests.rs"]
mod requests;
#[path = "rust_task/undoing.rs"]
mod undoing;
#[path = "rust_task/worker.rs"]
mod worker;

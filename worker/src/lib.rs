//! Runs tasks batch by batch.

pub mod process;

//! Runs tasks batch by batch.

pub mod backoff;
pub mod source;

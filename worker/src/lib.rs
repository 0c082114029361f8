//! Runs tasks batch by batch.

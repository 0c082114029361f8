//! What the doctor finds, and how it ends.

#[path = "errors/cli.rs"]
mod cli;
#[path = "errors/fixtures.rs"]
mod fixtures;

//! What the doctor finds, and how it ends.
#![allow(
    clippy::unwrap_used,
    reason = "what a test needs and does not get fails it"
)]

#[path = "errors/cli.rs"]
mod cli;
#[path = "doctor/findings.rs"]
mod findings;
#[path = "errors/fixtures.rs"]
mod fixtures;
#[path = "doctor/processes.rs"]
mod processes;
#[path = "doctor/report.rs"]
mod report;

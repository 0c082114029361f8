//! What the doctor finds, and how it ends.

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

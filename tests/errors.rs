//! What bad input gets: an error that names the thing and the mend, its exit code, and nothing
//! written.
#![allow(
    clippy::unwrap_used,
    reason = "what a test needs and does not get fails it"
)]

#[path = "errors/busy.rs"]
mod busy;
#[path = "errors/cli.rs"]
mod cli;
#[path = "errors/contract.rs"]
mod contract;
#[path = "errors/endings.rs"]
mod endings;
#[path = "errors/fixtures.rs"]
mod fixtures;
#[path = "errors/full.rs"]
mod full;
#[path = "errors/input.rs"]
mod input;
#[path = "errors/output.rs"]
mod output;
#[path = "errors/places.rs"]
mod places;
#[path = "errors/requests.rs"]
mod requests;
#[path = "errors/stores.rs"]
mod stores;
#[path = "errors/submit.rs"]
mod submit;
#[path = "errors/usage.rs"]
mod usage;

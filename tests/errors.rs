//! What bad input gets: an error that names the thing and the mend, its exit code, and nothing
//! written.

#[path = "errors/busy.rs"]
mod busy;
#[path = "errors/cli.rs"]
mod cli;
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

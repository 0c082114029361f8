//! Persistent commands: one process reads a line for each batch and answers with one, whatever it does.

mod harness;

#[path = "persistent/actor.rs"]
mod actor;
#[path = "persistent/answers.rs"]
mod answers;
#[path = "persistent/chaos.rs"]
mod chaos;
#[path = "persistent/deaths.rs"]
mod deaths;
#[path = "persistent/examples.rs"]
mod examples;
#[path = "persistent/leaving.rs"]
mod leaving;
#[path = "persistent/refused.rs"]
mod refused;
#[path = "persistent/takeover.rs"]
mod takeover;

//! What the queue way costs and how fast it is, through each kind of queue, as a Markdown table for
//! README.
//!
//! ```sh
//! cargo bench --bench queue                 # all figures, about five minutes
//! cargo bench --bench queue -- store redis  # these alone
//! cargo bench --bench queue -- --quick      # a smoke run; its figures mean little
//! ```
//!
//! The sides of a comparison take turns in small slices, so that whatever else the machine does
//! meets both. Servers are started for it on loopback, with folders of their own. A full run fails if
//! a figure misses what it has to reach; a smoke run judges none.

#[path = "queue_figures/amqp.rs"]
mod amqp;
#[path = "figures/beat.rs"]
mod beat;
#[path = "queue_figures/commands.rs"]
mod commands;
#[path = "queue_figures/crowd.rs"]
mod crowd;
#[path = "queue_figures/held.rs"]
mod held;
#[path = "queue_figures/idle.rs"]
mod idle;
#[path = "figures/lab.rs"]
mod lab;
#[path = "queue_figures/parked.rs"]
mod parked;
#[allow(dead_code, reason = "the other benches have the rest")]
#[path = "figures/program.rs"]
mod program;
#[path = "harness/rabbit.rs"]
mod rabbit_server;
#[path = "queue_figures/redis.rs"]
mod redis;
#[allow(dead_code, reason = "tests have the rest")]
#[path = "harness/redis.rs"]
mod redis_server;
#[path = "figures/run.rs"]
mod run;
#[path = "figures/sample.rs"]
mod sample;
#[path = "queue_figures/store.rs"]
mod store;
#[path = "queue_figures/suspend.rs"]
mod suspend;
#[path = "figures/table.rs"]
mod table;
#[allow(dead_code, reason = "the other benches have the rest")]
#[path = "figures/watched.rs"]
mod watched;

use std::process::ExitCode;

const FIGURES: [run::Figure; 7] = [
    ("store", store::measure),
    ("redis", redis::measure),
    ("amqp", amqp::measure),
    ("commands", commands::measure),
    ("suspend", suspend::measure),
    ("crowd", crowd::measure),
    ("idle", idle::measure),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    run::run("queue", &arguments, &FIGURES)
}

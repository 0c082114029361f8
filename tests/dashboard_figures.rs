//! What the dashboard costs and how fast it is: the real program on a pseudo-terminal, as a Markdown
//! table for README.
//!
//! ```sh
//! cargo bench --bench dashboard                # all figures, about six minutes
//! cargo bench --bench dashboard -- start press # these alone
//! cargo bench --bench dashboard -- --quick     # a smoke run; its figures mean little
//! ```
//!
//! A full run fails if a figure misses what it has to reach; a smoke run judges none. Stores are on
//! the disk of the system's temporary folder; `TMPDIR` names another.

mod harness;

#[path = "dashboard_figures/crowd.rs"]
mod crowd;
#[path = "dashboard_figures/filter.rs"]
mod filter;
#[path = "dashboard_figures/frame.rs"]
mod frame;
#[path = "dashboard_figures/idle.rs"]
mod idle;
#[allow(dead_code, reason = "the other bench has the rest")]
#[path = "figures/lab.rs"]
mod lab;
#[path = "dashboard_figures/press.rs"]
mod press;
#[allow(dead_code, reason = "the other bench has the rest")]
#[path = "figures/program.rs"]
mod program;
#[path = "figures/run.rs"]
mod run;
#[allow(dead_code, reason = "the other bench has the rest")]
#[path = "figures/sample.rs"]
mod sample;
#[path = "dashboard_figures/screen.rs"]
mod screen;
#[allow(dead_code, reason = "the other bench has the rest")]
#[path = "figures/seed.rs"]
mod seed;
#[path = "dashboard_figures/start.rs"]
mod start;
#[path = "dashboard_figures/steady.rs"]
mod steady;
#[path = "dashboard_figures/stores.rs"]
mod stores;
#[path = "figures/table.rs"]
mod table;
#[path = "figures/watched.rs"]
mod watched;

use std::process::ExitCode;

const FIGURES: [run::Figure; 6] = [
    ("idle", idle::measure),
    ("crowd", crowd::measure),
    ("start", start::measure),
    ("press", press::measure),
    ("filter", filter::measure),
    // Last: it adds tasks to stores that others look at.
    ("frame", frame::measure),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    run::run("dashboard", &arguments, &FIGURES)
}

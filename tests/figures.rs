//! What longhaul costs, measured against what it stands on, as a Markdown table for README.
//!
//! ```sh
//! cargo bench --bench figures                        # all figures, about five minutes
//! cargo bench --bench figures -- persistent spawn    # these alone
//! cargo bench --bench figures -- --quick             # a smoke run; its figures mean little
//! ```
//!
//! The names: checkpoint, crowd, control, death, spawn, persistent, idle, many, list, asked.
//!
//! The sides of a comparison take turns in small slices, so that whatever else the machine does
//! meets both. A full run fails if a figure misses what it has to reach; a smoke run judges none.
//! Stores are on the disk of the system's temporary folder; `TMPDIR` names another.

#[path = "figures/bare.rs"]
mod bare;
#[path = "figures/beat.rs"]
mod beat;
#[path = "figures/checkpoint.rs"]
mod checkpoint;
#[path = "figures/control.rs"]
mod control;
#[path = "figures/crowd.rs"]
mod crowd;
#[path = "figures/death.rs"]
mod death;
#[path = "figures/idle.rs"]
mod idle;
#[path = "figures/lab.rs"]
mod lab;
#[path = "figures/list.rs"]
mod list;
#[path = "figures/many.rs"]
mod many;
#[path = "figures/many_asked.rs"]
mod many_asked;
#[path = "figures/persistent.rs"]
mod persistent;
#[path = "figures/program.rs"]
mod program;
#[path = "figures/raw.rs"]
mod raw;
#[path = "figures/run.rs"]
mod run;
#[path = "figures/sample.rs"]
mod sample;
#[path = "figures/seed.rs"]
mod seed;
#[path = "figures/spawn.rs"]
mod spawn;
#[path = "figures/stamp.rs"]
mod stamp;
#[path = "figures/table.rs"]
mod table;
#[path = "figures/turns.rs"]
mod turns;
#[path = "figures/watched.rs"]
mod watched;

use std::process::ExitCode;

const FIGURES: [run::Figure; 10] = [
    ("checkpoint", checkpoint::measure),
    ("crowd", crowd::measure),
    ("control", control::measure),
    ("death", death::measure),
    ("spawn", spawn::measure),
    ("persistent", persistent::measure),
    ("idle", idle::measure),
    ("many", many::measure),
    ("list", list::measure),
    ("asked", many_asked::measure),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [word, file] = arguments.as_slice()
        && word == stamp::WORD
    {
        stamp::stamp(file);
        return ExitCode::SUCCESS;
    }
    run::run("figures", &arguments, &FIGURES)
}

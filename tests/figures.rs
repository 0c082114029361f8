//! What longhaul costs, measured against what it stands on, as a Markdown table for README.
//!
//! ```sh
//! cargo bench --bench figures                        # all figures, about five minutes
//! cargo bench --bench figures -- checkpoint control  # these alone
//! cargo bench --bench figures -- --quick             # a smoke run; its figures mean little
//! ```
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
#[path = "figures/program.rs"]
mod program;
#[path = "figures/raw.rs"]
mod raw;
#[path = "figures/sample.rs"]
mod sample;
#[path = "figures/spawn.rs"]
mod spawn;
#[path = "figures/stamp.rs"]
mod stamp;
#[path = "figures/table.rs"]
mod table;
#[path = "figures/turns.rs"]
mod turns;

use std::process::ExitCode;

use lab::{Effort, Lab};
use table::Row;

type Figure = fn(&Lab) -> Vec<Row>;

const FIGURES: [(&str, Figure); 8] = [
    ("checkpoint", checkpoint::measure),
    ("crowd", crowd::measure),
    ("control", control::measure),
    ("death", death::measure),
    ("spawn", spawn::measure),
    ("idle", idle::measure),
    ("many", many::measure),
    ("list", list::measure),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [word, file] = arguments.as_slice()
        && word == stamp::WORD
    {
        stamp::stamp(file);
        return ExitCode::SUCCESS;
    }
    if !arguments.iter().any(|argument| argument == "--bench") {
        // Built or run as a test: the figures take minutes.
        println!("the figures are measured by `cargo bench --bench figures`");
        return ExitCode::SUCCESS;
    }
    let effort = if arguments.iter().any(|argument| argument == "--quick") {
        Effort::Quick
    } else {
        Effort::Full
    };
    let named: Vec<&str> = arguments
        .iter()
        .map(String::as_str)
        .filter(|argument| !["--bench", "--quick"].contains(argument))
        .collect();
    let known = |name: &str| FIGURES.iter().any(|(known, _)| *known == name);
    if let Some(unknown) = named.iter().find(|name| !known(name)) {
        let names = FIGURES.map(|(name, _)| name).join(", ");
        eprintln!("there is no figure \"{unknown}\"; there are {names}, and the option --quick");
        return ExitCode::from(2);
    }
    let lab = Lab::new(effort);
    let mut rows = Vec::new();
    for (name, figure) in FIGURES {
        if named.is_empty() || named.contains(&name) {
            eprintln!("measuring {name}");
            let found = figure(&lab);
            for row in &found {
                eprintln!("  {}", row.line(effort));
            }
            rows.extend(found);
        }
    }
    println!("{}", lab.surroundings());
    println!();
    table::print(&rows, effort);
    match table::missed(&rows, effort) {
        0 => ExitCode::SUCCESS,
        missed => {
            eprintln!("missed: {missed} of {} figures", rows.len());
            ExitCode::FAILURE
        }
    }
}

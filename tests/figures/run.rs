//! Measures what the arguments name, and prints the table.

use std::process::ExitCode;

use crate::lab::{Effort, Lab};
use crate::table::{self, Row};

/// What measures, by its name.
pub(crate) type Figure = (&'static str, fn(&Lab) -> Vec<Row>);

/// Measures figures of a bench, all or those that are named.
pub(crate) fn run(bench: &str, arguments: &[String], figures: &[Figure]) -> ExitCode {
    if !arguments.iter().any(|argument| argument == "--bench") {
        // Built or run as a test: the figures take minutes.
        println!("the figures are measured by `cargo bench --bench {bench}`");
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
    let known = |name: &str| figures.iter().any(|(known, _)| *known == name);
    if let Some(unknown) = named.iter().find(|name| !known(name)) {
        let names: Vec<&str> = figures.iter().map(|(name, _)| *name).collect();
        let names = names.join(", ");
        eprintln!("there is no figure \"{unknown}\"; there are {names}, and the option --quick");
        return ExitCode::from(2);
    }
    let lab = Lab::new(effort);
    let mut rows = Vec::new();
    for (name, figure) in figures {
        if named.is_empty() || named.contains(name) {
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

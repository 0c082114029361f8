use std::collections::BTreeSet;

use clap::{Args as _, CommandFactory as _};

use super::{Cli, TaskArgs};

#[test]
fn a_task_that_is_resumed_takes_no_option_of_a_new_one() {
    let cli = Cli::command();
    let run = cli.find_subcommand("run").expect("there is a run");
    let resume = run
        .get_arguments()
        .find(|arg| arg.get_id() == "resume")
        .expect("run has --resume");
    let refused: BTreeSet<_> = run
        .get_arg_conflicts_with(resume)
        .iter()
        .map(|arg| arg.get_id().to_string())
        .collect();
    let of_a_task = TaskArgs::augment_args(clap::Command::new("task"));
    let taken: Vec<_> = of_a_task
        .get_arguments()
        .map(|arg| arg.get_id().to_string())
        // It says why somebody resumes, too.
        .filter(|id| id != "reason" && !refused.contains(id))
        .collect();
    assert_eq!(taken, Vec::<String>::new(), "would be parsed and ignored");
}

#[test]
fn every_verb_shows_an_example_of_itself() {
    let command = super::command();
    let without: Vec<&str> = command
        .get_subcommands()
        .filter(|verb| !verb.is_hide_set())
        .filter(|verb| {
            let told = verb.get_after_help().map(ToString::to_string);
            let example = format!("longhaul {}", verb.get_name());
            !told.is_some_and(|told| told.contains(&example))
        })
        .map(clap::Command::get_name)
        .collect();
    assert_eq!(without, Vec::<&str>::new());
}

#[test]
fn every_example_can_be_typed() {
    for verb in super::command().get_subcommands() {
        let told = verb.get_after_help().map(ToString::to_string);
        let lines = told.unwrap_or_default();
        for line in lines
            .lines()
            .filter_map(|line| line.trim().split_once("longhaul "))
        {
            // What is told beside it, or is the shell's.
            let typed = line.1.split("  ").next().unwrap_or_default();
            let typed = typed.split([')', '>']).next().unwrap_or_default();
            let words = shell_words::split(typed).expect("a shell takes it");
            let words = std::iter::once("longhaul".to_owned()).chain(words);
            let parsed = super::command().try_get_matches_from(words);
            assert!(parsed.is_ok(), "{typed}: {}", parsed.unwrap_err());
        }
    }
}

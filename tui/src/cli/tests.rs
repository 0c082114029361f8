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

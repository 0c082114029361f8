//! The words of the palette. Verbs have the options of the command line, read by the same parser.

use clap::error::{ContextKind, ContextValue};
use clap::{Args, CommandFactory, FromArgMatches, Subcommand};

use crate::cli::{
    CareArgs, Cli, FilterArgs, RequestArgs, ResumeArgs, SetArgs, SubmitArgs, SuspendArgs,
    TerminateArgs,
};
use crate::dashboard::action::Action;
use crate::synonyms;
use crate::task_spec::is_for_kinds;

/// Verbs, and actions that take words.
#[derive(Debug, Subcommand)]
pub(super) enum Words {
    /// suspend tasks at their next batch boundary
    Suspend(SuspendArgs),
    /// resume tasks
    Resume(ResumeArgs),
    /// terminate tasks at their next batch boundary, for good
    Terminate(TerminateArgs),
    /// try rollbacks again that failed
    Rollback(RequestArgs),
    /// submit a task over what failed of one that has ended
    Retry(Retry),
    /// submit a task of a kind; without parameters: a form
    Submit(Box<SubmitArgs>),
    /// undo what was asked last from here, or a request by its number
    Undo {
        /// The number of a request, whoever made it
        #[arg(value_name = "N")]
        request: Option<u64>,
        /// Say why, for those who look later
        #[arg(long)]
        reason: Option<String>,
    },
    /// say something of tasks, for those who look later
    Comment {
        /// Tasks, and what is to be said of them
        #[arg(value_name = "TASK… TEXT")]
        words: Vec<String>,
    },
    /// change settings of tasks: rate=50/s batch-size=200
    Set(SetArgs),
    /// show all there is to know of a task
    Show(OfTask),
    /// show the log of a task
    #[command(alias = "logs")]
    Log(OfTask),
    /// show what happened, of a task or of all
    Events(OfTask),
    /// show what failed of a task
    Failures(OfTask),
    /// go to the task that a process works for
    Whose {
        /// The number of a process
        #[arg(value_name = "PID")]
        pid: u32,
    },
    /// show the tasks that all the words match
    Filter {
        /// As typed after /
        words: Vec<String>,
    },
    /// sort the list by a column
    Sort {
        /// Its title
        column: Option<String>,
        /// The other way round
        #[arg(long)]
        reverse: bool,
    },
    /// mark tasks, for what is asked next
    Mark {
        /// Number, id, beginning or ending of an id, or name
        #[arg(value_name = "TASK")]
        tasks: Vec<String>,
    },
}

/// What one task has, or the one that is looked at.
#[derive(Args, Debug)]
pub(super) struct OfTask {
    /// Number, id, beginning or ending of an id, or name
    #[arg(value_name = "TASK")]
    pub(super) task: Option<String>,
}

/// The task whose failures are tried again, or the one that is looked at.
#[derive(Args, Debug)]
pub(super) struct Retry {
    /// Number, id, beginning or ending of an id, or name
    #[arg(value_name = "TASK")]
    pub(super) task: Option<String>,

    /// Say why, for those who look later
    #[arg(long)]
    pub(super) reason: Option<String>,
}

/// What was typed.
#[derive(Debug)]
pub(super) enum Command {
    Words(Box<Words>),
    Action(Action),
}

/// All that can be typed.
pub(super) fn grammar() -> clap::Command {
    // Without a task, those that the keys would act on are meant; the list has filters, marks and questions.
    let in_a_list = CareArgs::augment_args(FilterArgs::augment_args(clap::Command::new("list")));
    let in_a_list: Vec<&str> = in_a_list
        .get_arguments()
        .map(|arg| arg.get_id().as_str())
        .chain(["wait", "timeout"])
        .collect();
    let bare = |verb: clap::Command| match verb.get_name() {
        "suspend" | "resume" | "terminate" | "rollback" | "set" => verb.mut_args(|arg| {
            let hidden = in_a_list.contains(&arg.get_id().as_str());
            if hidden { arg.hide(true) } else { arg }
        }),
        "submit" => verb.mut_args(|arg| match arg.get_long() {
            Some(option) if !is_for_kinds(option) => arg.hide(true),
            Some(_) | None => arg,
        }),
        _ => verb,
    };
    let words = Words::augment_subcommands(clap::Command::new("longhaul"));
    let named = Action::ALL
        .iter()
        .filter(|action| **action != Action::Palette && !Words::has_subcommand(action.name()));
    clap::Command::new("longhaul")
        .no_binary_name(true)
        .subcommand_required(true)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .disable_help_subcommand(true)
        .subcommands(words.get_subcommands().cloned().map(bare))
        .subcommands(named.map(|action| {
            let named = clap::Command::new(action.name()).about(action.help());
            match action {
                // What hands type that come from other programs.
                Action::Quit => named.alias("q"),
                _ => named,
            }
        }))
}

/// Reads a line.
///
/// # Errors
/// What is wrong with it, in a line.
pub(super) fn parse(text: &str) -> Result<Command, String> {
    let mut words = shell_words::split(text).map_err(|_| "a quote is not closed".to_owned())?;
    // The shortest way to a task is its number.
    if let [number] = words.as_slice()
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
    {
        words.insert(0, "show".into());
    }
    let matches = grammar()
        .try_get_matches_from(words)
        .map_err(|error| in_words(&error))?;
    let name = matches.subcommand_name().unwrap_or_default();
    match Action::ALL.iter().find(|action| action.name() == name) {
        Some(action) if !Words::has_subcommand(name) => Ok(Command::Action(*action)),
        _ => Words::from_arg_matches(&matches)
            .map(|words| Command::Words(Box::new(words)))
            .map_err(|error| in_words(&error)),
    }
}

/// What the parser did not understand, in a line. Another program's word is answered with ours.
fn in_words(error: &clap::Error) -> String {
    if let Some((theirs, ours)) = synonyms::of(error, &[]) {
        return format!("there is no `{theirs}` here: it is called `{ours}`");
    }
    if let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidSubcommand)
        && Cli::command().find_subcommand(typed).is_some()
    {
        return format!("{typed} is the command line's: longhaul {typed}");
    }
    let rendered = error.render().to_string();
    let mut lines = rendered.lines().map(str::trim);
    let first = lines.next().unwrap_or_default();
    let first = first.strip_prefix("error: ").unwrap_or(first);
    let tip = lines.find_map(|line| line.strip_prefix("tip: "));
    match tip {
        Some(tip) => format!("{first}; {tip}"),
        None => first.to_owned(),
    }
}

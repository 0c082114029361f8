//! A task whose kind a worker program performs: its parameters, checked against what that published.

use std::io::Read as _;
use std::path::Path;

use longhaul_common::kind::{Kind, Misfit, guessed};
use longhaul_common::spec::{Input, RegisteredWork, TaskSpec, Work};
use longhaul_common::store::NewTask;
use serde_json::{Map, Value};

use super::input::Spools;
use super::spool::readable_stdin;
use super::{Prepared, check_name, common, is_kind};
use crate::cli::TaskArgs;
use crate::exit::Failure;
use longhaul_common::actor::Actor;

/// The kind that was named, if one was.
pub(crate) fn named(args: &TaskArgs) -> Result<Option<&str>, Failure> {
    let named = args.kind_or_stdin.as_deref().filter(|word| *word != "-");
    if let (None, Some(option)) = (named, args.of_kind.given()) {
        return Err(
            Failure::mistake(format!("{option} is for a task of a kind"))
                .hint("longhaul submit KIND --param NAME=VALUE; `longhaul kinds` lists them"),
        );
    }
    Ok(named)
}

/// Checks what was typed of a task of a kind.
pub(crate) fn prepare_kind(
    args: &TaskArgs,
    name: &str,
    actor: &Actor,
    kinds: impl FnOnce() -> Result<Vec<Kind>, Failure>,
) -> Result<Prepared, Failure> {
    if is_kind(name).is_err() {
        return Err(nothing_called(name));
    }
    let kinds = kinds()?;
    let known = checked_kind(args, name, &kinds)?;
    let file = args.of_kind.params.as_deref();
    let params = params(args, known, file.map(read).transpose()?)?;
    let input = if args.input.feed {
        Input::Fed
    } else {
        Input::None
    };
    let spec = TaskSpec {
        kind: name.into(),
        work: Work::Registered(RegisteredWork {
            params: params.to_string(),
            rolls_back: known.is_some_and(|kind| kind.rolls_back),
        }),
        input,
        ..common(args, actor)?
    };
    Ok(Prepared {
        task: NewTask {
            spec,
            items_total: None,
            reason: args.reason.clone(),
            claim_for: None,
        },
        spools: Spools::Nothing,
    })
}

/// The same, as far as it can be checked without reading a file and asking a broker.
pub(crate) fn check_kind(args: &TaskArgs, name: &str, kinds: &[Kind]) -> Result<(), Failure> {
    let known = checked_kind(args, name, kinds)?;
    check_name(args)?;
    if args.of_kind.params.is_none() {
        params(args, known, None)?;
    }
    Ok(())
}

/// The kind of that name, and nothing that only commands have.
fn checked_kind<'k>(
    args: &TaskArgs,
    name: &str,
    kinds: &'k [Kind],
) -> Result<Option<&'k Kind>, Failure> {
    if is_kind(name).is_err() {
        return Err(nothing_called(name));
    }
    let known = kinds.iter().find(|kind| kind.name == name);
    if known.is_none() && !args.of_kind.anyway {
        return Err(unknown(name, kinds));
    }
    refuse_what_is_for_commands(args, name)?;
    Ok(known)
}

fn nothing_called(name: &str) -> Failure {
    Failure::mistake(format!("there is nothing that \"{name}\" can mean here")).hint(TWO_DASHES)
}

fn refuse_what_is_for_commands(args: &TaskArgs, name: &str) -> Result<(), Failure> {
    if !args.command.is_empty() {
        return Err(
            Failure::mistake(format!("a task of kind {name} takes no command"))
                .hint("to label a command task: --kind; parameters of a kind: --param NAME=VALUE"),
        );
    }
    if args.input.is_given() && !args.input.feed {
        return Err(
            Failure::mistake(format!("a task of kind {name} has items of its own"))
                .hint("leave the input out; --feed makes one that is fed"),
        );
    }
    let hooks = &args.hooks;
    let given = [
        args.kind.is_some(),
        !args.env.is_empty(),
        !args.secret_env.is_empty(),
        args.workdir.is_some(),
        args.batches.batch_timeout.is_some(),
        args.dry_run,
        args.batches.persistent,
        hooks.init.is_some(),
        hooks.cleanup.is_some(),
        hooks.on_suspend.is_some(),
        hooks.on_resume.is_some(),
        hooks.on_done.is_some(),
        hooks.rollback.is_some(),
        args.gates.throttle_if.is_some(),
    ];
    let mut given = FOR_COMMANDS.iter().zip(given).filter(|(_, given)| *given);
    match given.next() {
        None => Ok(()),
        Some((option, _)) => Err(Failure::mistake(format!(
            "--{option} is for commands: a task of kind {name} has its own way"
        ))
        .hint(format!(
            "`longhaul kinds {name}` tells what it takes, as --param NAME=VALUE"
        ))),
    }
}

/// Options that only tasks with a command have.
const FOR_COMMANDS: [&str; 14] = [
    "kind",
    "env",
    "secret-env",
    "workdir",
    "batch-timeout",
    "dry-run",
    "persistent",
    "init",
    "cleanup",
    "on-suspend",
    "on-resume",
    "on-done",
    "rollback",
    "throttle-if",
];

/// Options of inputs, which tasks of a kind have of their own; one can be fed, too.
const OF_INPUTS: [&str; 10] = [
    "lines",
    "null",
    "csv",
    "delimiter",
    "no-header",
    "as",
    "files",
    "glob",
    "range",
    "pages",
];

/// Whether an option of a submission says something of a task of a kind.
pub(crate) fn is_for_kinds(option: &str) -> bool {
    !FOR_COMMANDS.contains(&option) && !OF_INPUTS.contains(&option)
}

const TWO_DASHES: &str =
    "a command goes after two dashes: longhaul submit --lines FILE -- COMMAND ARGUMENTS";

fn unknown(name: &str, kinds: &[Kind]) -> Failure {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name.as_str()).collect();
    let hint = if names.is_empty() {
        format!("{TWO_DASHES}; for a kind whose worker has still to come: --anyway")
    } else {
        format!(
            "there are {}; --anyway submits it all the same, and it waits for a worker that has it; {TWO_DASHES}",
            names.join(", ")
        )
    };
    Failure::mistake(format!("no worker has published a kind \"{name}\"")).hint(hint)
}

/// The parameters: those of the file, and over them those that were typed one by one.
fn params(
    args: &TaskArgs,
    known: Option<&Kind>,
    from_file: Option<Value>,
) -> Result<Value, Failure> {
    let pairs: Vec<(String, String)> = args
        .of_kind
        .param
        .iter()
        .map(|pair| match pair.split_once('=') {
            Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
            _ => Err(Failure::mistake(format!(
                "--param {pair}: it says no NAME=VALUE"
            ))),
        })
        .collect::<Result<_, _>>()?;
    let base = match from_file {
        Some(Value::Object(base)) => base,
        Some(whole) if pairs.is_empty() => return checked(whole, known),
        Some(_) => {
            return Err(Failure::mistake(
                "--param names a parameter, and those of --params have no names",
            ));
        }
        // A kind without parameters takes null.
        None if pairs.is_empty() && takes_nothing(known) => return Ok(Value::Null),
        None => Map::new(),
    };
    let params = match known {
        Some(kind) => kind
            .typed(base, &pairs)
            .map_err(|misfit| refused(kind, "--param ", &[misfit]))?,
        None => {
            let mut params = base;
            params.extend(
                pairs
                    .iter()
                    .map(|(name, text)| (name.clone(), guessed(text))),
            );
            params
        }
    };
    checked(Value::Object(params), known)
}

fn takes_nothing(known: Option<&Kind>) -> bool {
    known.is_none_or(|kind| kind.misfits(&Value::Null).is_empty())
}

fn read(file: &Path) -> Result<Value, Failure> {
    let named = file.display();
    let text = if file == Path::new("-") {
        readable_stdin()?;
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(file)
    };
    let text = text
        .map_err(|error| Failure::mistake(format!("--params: {named} can't be read: {error}")))?;
    serde_json::from_str(&text)
        .map_err(|error| Failure::mistake(format!("--params: {named} is no JSON: {error}")))
}

fn checked(params: Value, known: Option<&Kind>) -> Result<Value, Failure> {
    if let Some(kind) = known {
        let misfits = kind.misfits(&params);
        if !misfits.is_empty() {
            return Err(refused(kind, "", &misfits));
        }
    }
    Ok(params)
}

fn refused(kind: &Kind, before: &str, misfits: &[Misfit]) -> Failure {
    let told: Vec<String> = misfits.iter().map(ToString::to_string).collect();
    let names: Vec<String> = kind
        .parameters()
        .into_iter()
        .map(|parameter| parameter.name)
        .collect();
    let hint = if names.is_empty() {
        format!("`longhaul kinds {}` tells what it takes", kind.name)
    } else {
        format!(
            "it takes {}; `longhaul kinds {}` tells more",
            names.join(", "),
            kind.name
        )
    };
    Failure::mistake(format!("{before}{}", told.join("; "))).hint(hint)
}

//! `longhaul kinds`: which kinds of tasks worker programs perform, and what they take.

use longhaul_common::control::Control;
use longhaul_common::id::WorkerNumber;
use longhaul_common::kind::{Kind, Parameter};
use longhaul_common::safe_text::safe;
use longhaul_common::store::WorkerRow;
use longhaul_common::time::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::cli::KindsArgs;
use crate::exit::{Failure, Outcome};
use crate::output::table::{Cell, Column, Table};
use crate::output::{self, terminal};
use crate::session::Session;

pub(crate) fn run(session: &Session, args: &KindsArgs) -> Result<Outcome, Failure> {
    let control = session.look()?;
    let mut kinds = control.store().kinds()?;
    let workers = living(&control)?;
    if let Some(name) = &args.kind {
        let names: Vec<String> = kinds.iter().map(|kind| kind.name.clone()).collect();
        kinds.retain(|kind| kind.name == *name);
        let Some(kind) = kinds.first() else {
            let failure = Failure::new(
                Outcome::Refused,
                "unknown-kind",
                format!("no worker has published a kind \"{name}\""),
            );
            return Err(match names.is_empty() {
                true => failure,
                false => failure.hint(format!("there are {}", names.join(", "))),
            });
        };
        if session.json() {
            output::json_document(&Document::of(kind, &workers))?;
        } else {
            print_one(session, kind, &workers)?;
        }
        return Ok(Outcome::Done);
    }
    if session.json() {
        let documents: Vec<Document<'_>> = kinds
            .iter()
            .map(|kind| Document::of(kind, &workers))
            .collect();
        output::json_document(&documents)?;
    } else if kinds.is_empty() {
        output::note("no worker has published a kind here; command tasks need none");
    } else {
        print_all(session, &kinds, &workers)?;
    }
    Ok(Outcome::Done)
}

/// The workers that are alive.
fn living(control: &Control) -> Result<Vec<WorkerRow>, Failure> {
    let mut workers = control.store().workers()?;
    workers.retain(|worker| !worker.is_gone() && control.lives(worker.number));
    Ok(workers)
}

fn performed_by(kind: &Kind, workers: &[WorkerRow]) -> Vec<WorkerNumber> {
    workers
        .iter()
        .filter(|worker| worker.accepts.registered.contains(&kind.name))
        .map(|worker| worker.number)
        .collect()
}

fn print_all(session: &Session, kinds: &[Kind], workers: &[WorkerRow]) -> Result<(), Failure> {
    let mut table = Table::new([
        Column::left("KIND", 4),
        Column::right("WORKERS", 3),
        Column::left("PARAMETERS", 2).cut_to(24),
        Column::left("WHAT IT DOES", 1).cut_to(24),
    ]);
    for kind in kinds {
        let parameters: Vec<String> = kind.parameters().iter().map(in_short).collect();
        table.push([
            Cell::new(&kind.name),
            Cell::new(performed_by(kind, workers).len().to_string()),
            Cell::new(parameters.join(" ")),
            Cell::new(kind.doc.lines().next().unwrap_or_default()),
        ]);
    }
    output::text(&table.render(terminal::width(), session.paint()))
}

/// One that may be left out stands in brackets.
pub(crate) fn in_short(parameter: &Parameter) -> String {
    if parameter.required {
        parameter.name.clone()
    } else {
        format!("[{}]", parameter.name)
    }
}

fn print_one(session: &Session, kind: &Kind, workers: &[WorkerRow]) -> Result<(), Failure> {
    output::line(&safe(&kind.name))?;
    for line in kind.doc.lines() {
        output::line(&safe(line))?;
    }
    let performers = performed_by(kind, workers);
    let performers = match performers.as_slice() {
        [] => "no worker that performs it is alive".to_owned(),
        some => {
            let numbers: Vec<String> = some.iter().map(ToString::to_string).collect();
            format!("performed by worker {}", numbers.join(", "))
        }
    };
    output::line(&format!(
        "{performers}; published by {} at {}",
        safe(&kind.program),
        kind.published_at
    ))?;
    let parameters = kind.parameters();
    if parameters.is_empty() {
        return match kind.schema() {
            Value::Object(schema) if schema.get("type") == Some(&Value::from("null")) => {
                output::line("it takes no parameters")
            }
            schema => output::line(&format!("it takes {}", safe(&schema.to_string()))),
        };
    }
    let mut table = Table::new([
        Column::left("PARAMETER", 4),
        Column::left("TYPE", 3).cut_to(16),
        Column::left("DEFAULT", 2).cut_to(12),
        Column::left("MEANING", 1).cut_to(24),
    ]);
    for parameter in &parameters {
        let default = match (&parameter.default, parameter.required) {
            (Some(default), _) => default.to_string(),
            (None, true) => "required".into(),
            (None, false) => String::new(),
        };
        let doc = parameter.doc.as_deref().unwrap_or_default();
        table.push([
            Cell::new(&parameter.name),
            Cell::new(&parameter.type_name),
            Cell::new(default),
            Cell::new(doc.replace('\n', " ")),
        ]);
    }
    output::line("")?;
    output::text(&table.render(terminal::width(), session.paint()))
}

#[derive(Serialize)]
struct Document<'a> {
    name: &'a str,
    doc: Option<&'a str>,
    parameters: Vec<Parameter>,
    schema: Value,
    rolls_back: bool,
    program: &'a str,
    version: &'a str,
    published_at: Timestamp,
    /// Those that are alive and perform it.
    workers: Vec<WorkerNumber>,
}

impl<'a> Document<'a> {
    fn of(kind: &'a Kind, workers: &[WorkerRow]) -> Self {
        Self {
            name: &kind.name,
            doc: Some(kind.doc.as_str()).filter(|doc| !doc.is_empty()),
            parameters: kind.parameters(),
            schema: kind.schema(),
            rolls_back: kind.rolls_back,
            program: &kind.program,
            version: &kind.version,
            published_at: kind.published_at,
            workers: performed_by(kind, workers),
        }
    }
}

//! `longhaul group` and `longhaul groups`: how many tasks of a group run at once.

use longhaul_common::store::{GroupRow, GroupSetting};
use serde_json::{Value, json};

use crate::cli::GroupArgs;
use crate::exit::{Failure, Outcome};
use crate::output::paint::Tone;
use crate::output::table::{Cell, Column, Table};
use crate::output::{self, human, terminal};
use crate::session::Session;

pub(crate) fn run(session: &Session, args: &GroupArgs) -> Result<Outcome, Failure> {
    let Some(slots) = args.slots else {
        let groups = session.look()?.store().groups()?;
        let Some(group) = groups.into_iter().find(|group| group.name == args.name) else {
            return Err(Failure::new(
                Outcome::Refused,
                "unknown-group",
                format!("there is no group {}: no task is in it, and it has no limit", args.name),
            )
            .hint(format!(
                "a task is put in it by submit --group {name}; a limit is set by group {name} --slots N",
                name = args.name
            )));
        };
        if session.json() {
            output::json_document(&document(&group))?;
        } else {
            output::line(&sentence(&group))?;
        }
        return Ok(Outcome::Done);
    };
    let control = session.control()?;
    let before = control.store().set_group(GroupSetting {
        name: args.name.clone(),
        slots: slots.0,
        by: control.actor().clone(),
        reason: args.reason.clone(),
    })?;
    let mut groups = control.store().groups()?.into_iter();
    let named = groups.find(|group| group.name == args.name);
    // Without a limit and without tasks there is none.
    let group = named.unwrap_or(GroupRow {
        name: args.name.clone(),
        ..GroupRow::default()
    });
    if session.json() {
        output::json_document(&document(&group))?;
    } else {
        let so_before = if before == slots.0 { ", as before" } else { "" };
        output::line(&format!("{}{so_before}", sentence(&group)))?;
    }
    Ok(Outcome::Done)
}

pub(crate) fn list(session: &Session) -> Result<Outcome, Failure> {
    let groups = session.look()?.store().groups()?;
    if session.json() {
        output::json_document(&groups.iter().map(document).collect::<Vec<_>>())?;
        return Ok(Outcome::Done);
    }
    if groups.is_empty() {
        output::note("there are no groups; a task is put in one by: longhaul submit --group NAME");
        return Ok(Outcome::Done);
    }
    let mut table = Table::new(COLUMNS);
    for group in &groups {
        table.push(row(group));
    }
    output::text(&table.render(terminal::width(), session.paint()))?;
    Ok(Outcome::Done)
}

const COLUMNS: [Column; 4] = [
    Column::left("GROUP", 100),
    Column::right("SLOTS", 99),
    Column::right("IN USE", 98),
    Column::right("TASKS", 90),
];

fn row(group: &GroupRow) -> [Cell; 4] {
    let full = group.slots.is_some_and(|slots| group.in_use >= slots);
    let waits = group.tasks > group.in_use;
    let tone = if full && waits {
        Tone::Attention
    } else {
        Tone::Plain
    };
    [
        Cell::new(&group.name),
        Cell::new(group.slots.map_or_else(|| "any".to_owned(), human::count)),
        Cell::toned(human::count(group.in_use), tone),
        Cell::new(human::count(group.tasks)),
    ]
}

fn sentence(group: &GroupRow) -> String {
    let tasks = human::counted(group.tasks, "task", "tasks");
    match group.slots {
        Some(slots) => format!(
            "group {}: {} of {} in use, {tasks}",
            group.name,
            human::count(group.in_use),
            human::counted(slots, "slot", "slots"),
        ),
        None => format!(
            "group {}: no limit, {} running, {tasks}",
            group.name,
            human::count(group.in_use)
        ),
    }
}

fn document(group: &GroupRow) -> Value {
    json!({
        "name": group.name,
        "slots": group.slots,
        "in_use": group.in_use,
        "tasks": group.tasks,
    })
}

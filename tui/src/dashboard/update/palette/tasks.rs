//! The task that somebody means, among those that are known: as the store itself finds it.

use longhaul_common::id::TaskNumber;
use longhaul_common::reference::{IdPart, TaskRef};
use longhaul_common::safe_text::safe;
use longhaul_common::state::StateWord;

use crate::dashboard::model::Model;
use crate::dashboard::row::Row;

/// How many candidates are named where it is not clear which one is meant.
const NAMED: usize = 5;

/// All of them, or none.
pub(super) fn find_all(model: &Model, typed: &[String]) -> Result<Vec<TaskNumber>, String> {
    let mut tasks = Vec::with_capacity(typed.len());
    for text in typed {
        let task = find(model, text)?;
        if !tasks.contains(&task) {
            tasks.push(task);
        }
    }
    Ok(tasks)
}

pub(super) fn find(model: &Model, text: &str) -> Result<TaskNumber, String> {
    let found = match TaskRef::parse(text) {
        TaskRef::Number(number) => model
            .tasks
            .get(number)
            .map(|_| number)
            .into_iter()
            .collect(),
        TaskRef::Id(id) => all(model, |row| row.id == id),
        TaskRef::PartOfId(part) => of_part(model, part),
        TaskRef::Name(name) => match (of_name(model, &name), TaskRef::part_of_id(&name)) {
            (found, Some(part)) if found.is_empty() => of_part(model, part),
            (found, _) => found,
        },
    };
    match found.as_slice() {
        [one] => Ok(*one),
        [] if model.tasks.whole => Err(format!("there is no task {}", safe(text))),
        [] => Err(format!(
            "no task {} among those that were read so far",
            safe(text)
        )),
        several => {
            let named: Vec<_> = several
                .iter()
                .take(NAMED)
                .map(ToString::to_string)
                .collect();
            let text = safe(text);
            let named = named.join(", ");
            Err(format!("{text} can mean several tasks: {named}"))
        }
    }
}

fn all(model: &Model, is_meant: impl Fn(&Row) -> bool) -> Vec<TaskNumber> {
    let meant = model.tasks.all().filter(|row| is_meant(row));
    let mut found: Vec<_> = meant.map(|row| row.number).collect();
    found.sort_unstable();
    found
}

/// Those of that name that have not ended, else the latest.
fn of_name(model: &Model, name: &str) -> Vec<TaskNumber> {
    let is_named = |row: &Row| row.name.as_deref() == Some(name);
    let live = all(model, |row| {
        is_named(row) && row.current != StateWord::Terminate
    });
    if live.is_empty() {
        all(model, is_named).pop().into_iter().collect()
    } else {
        live
    }
}

fn of_part(model: &Model, part: IdPart) -> Vec<TaskNumber> {
    let within = |(low, high): (u128, u128), id: u128| (low..=high).contains(&id);
    let found = all(model, |row| within(part.prefix_range(), row.id.as_u128()));
    if found.is_empty() {
        all(model, |row| {
            within(part.ending_range(), reversed(row.id.as_u128()))
        })
    } else {
        found
    }
}

/// The same hexadecimal digits from the last to the first.
fn reversed(id: u128) -> u128 {
    (0..32).fold(0, |reversed, place| {
        (reversed << 4) | ((id >> (4 * place)) & 0xf)
    })
}

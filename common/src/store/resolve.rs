//! Finds the task that somebody means.

use super::Store;
use super::error::{StoreError, passing_over};
use super::schema::{ID_ENDINGS, IDS, NAMES, SPECS, STATES};
use super::table::TableToRead;
use super::tx::{Reads, View};
use crate::id::TaskNumber;
use crate::reference::TaskRef;
use crate::state::StateWord;

/// The tasks that a reference can mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meant {
    /// This one.
    One(TaskNumber),
    /// None.
    Nothing,
    /// Any of these: the first few.
    Several(Vec<TaskNumber>),
}

/// How many candidates of an ambiguous reference are named.
const NAMED: usize = 5;

impl Store {
    /// Finds the task that `reference` means. A name means the task of that name that has not
    /// ended, failing that the latest.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn resolve(&self, reference: TaskRef) -> Result<Meant, StoreError> {
        self.read(move |view| match &reference {
            TaskRef::Number(number) => {
                let known = view.bytes(SPECS.table, number.0)?.is_some();
                Ok(if known {
                    Meant::One(*number)
                } else {
                    Meant::Nothing
                })
            }
            TaskRef::Id(id) => by_id(view, id.as_u128(), id.as_u128()),
            TaskRef::PartOfId(part) => by_part(view, part),
            TaskRef::Name(name) => match by_name(view, name)? {
                Meant::Nothing => match TaskRef::part_of_id(name) {
                    Some(part) => by_part(view, &part),
                    None => Ok(Meant::Nothing),
                },
                meant => Ok(meant),
            },
        })
    }
}

fn by_part(view: &View<'_>, part: &crate::reference::IdPart) -> Result<Meant, StoreError> {
    let (low, high) = part.prefix_range();
    match by_id(view, low, high)? {
        Meant::Nothing => {
            let (low, high) = part.ending_range();
            let endings = view.table(ID_ENDINGS)?;
            collect(endings, low, high)
        }
        meant => Ok(meant),
    }
}

fn by_id(view: &View<'_>, low: u128, high: u128) -> Result<Meant, StoreError> {
    let ids = view.table(IDS)?;
    collect(ids, low, high)
}

fn collect(
    table: Option<TableToRead<'_, u128, u64>>,
    low: u128,
    high: u128,
) -> Result<Meant, StoreError> {
    let Some(table) = table else {
        return Ok(Meant::Nothing);
    };
    let found = table
        .range(low..=high)?
        .take(NAMED)
        .map(|row| row?.1.value().map(TaskNumber))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(one_of(found))
}

fn by_name(view: &View<'_>, name: &str) -> Result<Meant, StoreError> {
    let Some(names) = view.table(NAMES)? else {
        return Ok(Meant::Nothing);
    };
    let mut live = Vec::new();
    let mut latest = None;
    for row in names.range((name, 0)..=(name, u64::MAX))? {
        let number = TaskNumber(row?.0.value()?.1);
        latest = Some(number);
        let state = passing_over(view.task_record(&STATES, number))?;
        // Where nobody can tell whether it has ended, it is named.
        if state.is_none_or(|state| state.word != StateWord::Terminate) {
            live.push(number);
            if live.len() == NAMED {
                break;
            }
        }
    }
    Ok(match (live.is_empty(), latest) {
        (false, _) => one_of(live),
        (true, Some(latest)) => Meant::One(latest),
        (true, None) => Meant::Nothing,
    })
}

fn one_of(found: Vec<TaskNumber>) -> Meant {
    match found.as_slice() {
        [] => Meant::Nothing,
        [one] => Meant::One(*one),
        _ => Meant::Several(found),
    }
}

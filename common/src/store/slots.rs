//! Groups of tasks, and the slots of those that have a limit. A slot is taken in the claim that runs a task and
//! given back in the transaction that gives up the claim, so that what a dead worker has stays taken until
//! somebody takes it over.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Store;
use super::error::{StoreError, passing_over};
use super::lanes::{make_unclaimable, offer};
use super::row_name::RowName;
use super::schema::{GROUP_SLOTS, GROUP_TASKS, GROUPS, SCHEMA_OF_GATES};
use super::tx::{Reads, ReadsNamed, Tx, decode, encode};
use crate::actor::Actor;
use crate::event::{Event, What};
use crate::gate::Room;
use crate::id::TaskNumber;
use crate::rules::{self, Unheld};
use crate::spec::{Rest, TaskSpec};

/// The limit of a group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Limit {
    name: String,
    slots: u64,
    #[serde(flatten)]
    rest: Rest,
}

/// A group of tasks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupRow {
    /// Its name.
    pub name: String,
    /// How many of its tasks run at once; None: any number.
    pub slots: Option<u64>,
    /// How many run.
    pub in_use: u64,
    /// How many have not ended.
    pub tasks: u64,
}

/// A limit that is set.
#[derive(Clone, Debug)]
pub struct GroupSetting {
    /// The group.
    pub name: String,
    /// How many of its tasks run at once; None: any number.
    pub slots: Option<u64>,
    /// Who sets it.
    pub by: Actor,
    /// Why.
    pub reason: Option<String>,
}

impl Store {
    /// Limits how many tasks of a group run at once, or lifts its limit. What runs goes on, and nothing new
    /// begins before there is room. Gives the limit of before.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn set_group(&self, setting: GroupSetting) -> Result<Option<u64>, StoreError> {
        self.write(move |tx| set_group(tx, &setting))
    }

    /// The groups that have a limit or tasks that have not ended, by name.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn groups(&self) -> Result<Vec<GroupRow>, StoreError> {
        self.read(|view| {
            let mut groups: BTreeMap<String, GroupRow> = BTreeMap::new();
            for limit in limits(view)? {
                groups.entry(limit.name.clone()).or_default().slots = Some(limit.slots);
            }
            if let Some(table) = view.table(GROUP_TASKS)? {
                for row in table.iter()? {
                    let key = row?.0;
                    let (name, _) = key.value()?;
                    groups.entry(name.to_owned()).or_default().tasks += 1;
                }
            }
            for (name, group) in &mut groups {
                group.in_use = view.count_named(GROUP_SLOTS, name)?;
                group.name.clone_from(name);
            }
            Ok(groups.into_values().collect())
        })
    }
}

fn limits(reads: &impl ReadsNamed) -> Result<Vec<Limit>, StoreError> {
    let rows = reads.all_named(GROUPS)?;
    let read = |bytes: &Vec<u8>| passing_over(decode(reads.dir(), RowName::Group, bytes));
    let limits: Vec<Option<Limit>> = rows.iter().map(read).collect::<Result<_, _>>()?;
    Ok(limits.into_iter().flatten().collect())
}

/// The groups that have a limit, and their room.
pub(super) fn rooms(reads: &impl ReadsNamed) -> Result<BTreeMap<String, Room>, StoreError> {
    limits(reads)?
        .into_iter()
        .map(|limit| {
            let room = Room {
                slots: limit.slots,
                in_use: reads.count_named(GROUP_SLOTS, &limit.name)?,
            };
            Ok((limit.name, room))
        })
        .collect()
}

/// The room of a task's group; None: it has no limit.
pub(super) fn room(reads: &impl ReadsNamed, spec: &TaskSpec) -> Result<Option<Room>, StoreError> {
    let group = spec.group.as_str();
    if group.is_empty() {
        return Ok(None);
    }
    let Some(bytes) = reads.bytes_named(GROUPS, group)? else {
        return Ok(None);
    };
    let limit: Option<Limit> = passing_over(decode(reads.dir(), RowName::Group, &bytes))?;
    let Some(limit) = limit else {
        return Ok(None);
    };
    Ok(Some(Room {
        slots: limit.slots,
        in_use: reads.count_named(GROUP_SLOTS, group)?,
    }))
}

/// Notes that a task which has not ended belongs to its group.
pub(super) fn join(tx: &Tx<'_>, spec: &TaskSpec) -> Result<(), StoreError> {
    if spec.group.is_empty() {
        return Ok(());
    }
    tx.table(GROUP_TASKS)?
        .insert((spec.group.as_str(), spec.number.0), ())
}

/// Takes a slot of its group for a task that is run.
pub(super) fn take(tx: &Tx<'_>, spec: &TaskSpec) -> Result<(), StoreError> {
    if spec.group.is_empty() {
        return Ok(());
    }
    tx.table(GROUP_SLOTS)?
        .insert((spec.group.as_str(), spec.number.0), ())
}

/// Gives back the slot of a task that nobody runs any more.
pub(super) fn give_back(tx: &Tx<'_>, spec: &TaskSpec) -> Result<(), StoreError> {
    if spec.group.is_empty() {
        return Ok(());
    }
    tx.table(GROUP_SLOTS)?
        .remove((spec.group.as_str(), spec.number.0))
}

/// Takes a task out of its group.
pub(super) fn leave(tx: &Tx<'_>, spec: &TaskSpec) -> Result<(), StoreError> {
    if spec.group.is_empty() {
        return Ok(());
    }
    give_back(tx, spec)?;
    tx.table(GROUP_TASKS)?
        .remove((spec.group.as_str(), spec.number.0))
}

fn set_group(tx: &Tx<'_>, setting: &GroupSetting) -> Result<Option<u64>, StoreError> {
    let name = setting.name.as_str();
    let before = limits(tx)?.into_iter().find(|limit| limit.name == name);
    let slots = before.as_ref().map(|limit| limit.slots);
    if slots == setting.slots {
        return Ok(slots);
    }
    tx.raise_schema(SCHEMA_OF_GATES)?;
    match setting.slots {
        Some(slots) => {
            let limit = Limit {
                name: name.to_owned(),
                slots,
                ..before.unwrap_or_default()
            };
            let bytes = encode(&limit);
            tx.table(GROUPS)?.insert(name, bytes.as_slice())?;
        }
        None => tx.table(GROUPS)?.remove(name)?,
    }
    if slots.is_some() != setting.slots.is_some() {
        move_those_that_wait(tx, name)?;
    }
    let told =
        |slots: Option<u64>| slots.map_or("any number".to_owned(), |slots| slots.to_string());
    tx.append(Event {
        what: What::GroupSet,
        actor: Some(setting.by.clone()),
        reason: setting.reason.clone(),
        detail: Some(format!(
            "group {name}: slots {} → {}",
            told(slots),
            told(setting.slots)
        )),
        ..Event::default()
    })?;
    Ok(slots)
}

/// Those of a group with a limit wait in lanes of its own.
fn move_those_that_wait(tx: &Tx<'_>, group: &str) -> Result<(), StoreError> {
    let tasks: Vec<u64> = tx
        .table(GROUP_TASKS)?
        .range((group, 0)..=(group, u64::MAX))?
        .map(|row| Ok(row?.0.value()?.1))
        .collect::<Result<_, StoreError>>()?;
    for task in tasks {
        let Some(row) = passing_over(tx.task(TaskNumber(task)))? else {
            continue;
        };
        if row.claim.is_none() && rules::unheld(&row.standing()) == Unheld::Claim {
            make_unclaimable(tx, &row.spec)?;
            offer(tx, &row)?;
        }
    }
    Ok(())
}

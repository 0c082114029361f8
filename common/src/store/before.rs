//! What there was before each request, kept with it: an undoing goes back to it, however long ago the
//! request was made, and whoever made it.

use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::record::Wish;
use super::row_name::RowName;
use super::scan::Scans;
use super::schema::BEFORE;
use super::tx::{Tx, decode, encode};
use crate::id::{RequestNumber, TaskNumber};
use crate::settings::{Assignment, Changed, SETTINGS};
use crate::spec::Rest;

/// What there was of a task before a request on it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Before {
    /// What was wanted of it; None: the request wanted no state.
    pub(super) wish: Option<Wish>,
    /// The settings that the request changed.
    pub(super) settings: Vec<SettingBefore>,
    #[serde(flatten)]
    pub(super) rest: Rest,
}

/// A setting that was changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct SettingBefore {
    pub(super) key: String,
    pub(super) before: String,
    pub(super) after: String,
}

impl Before {
    /// Of a request that wanted a state.
    pub(super) fn of_wish(wish: &Wish) -> Self {
        Self {
            wish: Some(wish.clone()),
            ..Self::default()
        }
    }

    /// Of a request that changed settings.
    pub(super) fn of_settings(changed: &[Changed]) -> Self {
        let settings = changed.iter().map(|changed| SettingBefore {
            key: changed.key.to_owned(),
            before: changed.before.clone(),
            after: changed.after.clone(),
        });
        Self {
            settings: settings.collect(),
            ..Self::default()
        }
    }
}

impl Before {
    /// What takes the settings back, each unless it was changed again since.
    pub(super) fn undoing(&self) -> Vec<Assignment> {
        let known = self.settings.iter().filter_map(|setting| {
            let key = SETTINGS.iter().find(|known| known.key == setting.key)?.key;
            Some(Assignment::undoing(&Changed {
                key,
                before: setting.before.clone(),
                after: setting.after.clone(),
            }))
        });
        known.collect()
    }
}

/// Keeps what there was before a request on a task.
pub(super) fn remember(
    tx: &Tx<'_>,
    request: RequestNumber,
    task: TaskNumber,
    before: &Before,
) -> Result<(), StoreError> {
    tx.table(BEFORE)?
        .insert((request.0, task.0), encode(before).as_slice())
}

/// The tasks that a request was on, by their numbers.
pub(super) fn tasks_of(
    reads: &impl Scans,
    request: RequestNumber,
) -> Result<Vec<TaskNumber>, StoreError> {
    Ok(before(reads, request)?
        .into_iter()
        .map(|(task, _)| task)
        .collect())
}

/// A task that a request was on, and what there was before. One that can't be read is an error in its place.
pub(super) type Kept = (TaskNumber, Result<Before, StoreError>);

/// What there was before a request, of each task that it was on.
pub(super) fn before(reads: &impl Scans, request: RequestNumber) -> Result<Vec<Kept>, StoreError> {
    let mut found = Vec::new();
    reads.each_of(BEFORE, request.0, &mut |task, bytes| {
        let task = TaskNumber(task);
        let row = RowName::Before(request, task);
        found.push((task, decode(reads.dir(), row, bytes)));
        Ok(())
    })?;
    Ok(found)
}

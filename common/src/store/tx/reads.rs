//! What transactions of both kinds can read.

use std::path::Path;

use redb::TableDefinition;
use serde::de::DeserializeOwned;

use super::decode;
use crate::id::TaskNumber;
use crate::spec::{Input, Way};
use crate::store::after;
use crate::store::error::StoreError;
use crate::store::live::live;
use crate::store::record::{Claim, TaskRow};
use crate::store::schema::{
    BACKLOGS, COUNTER_SCHEMA, FEDS, PROGRESS, Records, SCHEMA, SPECS, STATES, WISHES,
};

/// What both kinds of transaction can read.
pub(in crate::store) trait Reads {
    fn dir(&self) -> &Path;

    fn bytes(
        &self,
        table: TableDefinition<'static, u64, &'static [u8]>,
        key: u64,
    ) -> Result<Option<Vec<u8>>, StoreError>;

    fn claim(&self, task: TaskNumber) -> Result<Option<Claim>, StoreError>;

    fn counter(&self, name: &'static str) -> Result<u64, StoreError>;

    fn record<R: DeserializeOwned>(
        &self,
        records: &Records<R>,
        key: u64,
    ) -> Result<Option<R>, StoreError> {
        self.bytes(records.table, key)?
            .map(|bytes| decode(self.dir(), (records.row)(key), &bytes))
            .transpose()
    }

    fn task_record<R: DeserializeOwned>(
        &self,
        records: &Records<R>,
        task: TaskNumber,
    ) -> Result<R, StoreError> {
        self.record(records, task.0)?
            .ok_or(StoreError::NoTask(task))
    }

    fn task(&self, task: TaskNumber) -> Result<TaskRow, StoreError>
    where
        Self: Sized,
    {
        let spec = self.task_record(&SPECS, task)?;
        let backlog = match spec.way {
            Way::Direct => None,
            Way::Queued(_) => Some(self.record(&BACKLOGS, task.0)?.unwrap_or_default()),
        };
        let fed = match spec.input {
            Input::Fed => Some(self.record(&FEDS, task.0)?.unwrap_or_default()),
            Input::None
            | Input::Lines(_)
            | Input::Null(_)
            | Input::Csv(_)
            | Input::Files(_)
            | Input::Range(_)
            | Input::Pages
            | Input::Parts(_) => None,
        };
        let awaited = after::awaited(self, &spec)?;
        Ok(TaskRow {
            spec,
            backlog,
            fed,
            awaited,
            wish: self.task_record(&WISHES, task)?,
            state: self.task_record(&STATES, task)?,
            progress: self.task_record(&PROGRESS, task)?,
            claim: self.claim(task)?,
            live: live(self, task)?,
        })
    }

    fn check_schema(&self) -> Result<(), StoreError> {
        let found = self.counter(COUNTER_SCHEMA)?;
        if found > SCHEMA {
            return Err(StoreError::Newer {
                path: self.dir().to_owned(),
                found,
                known: SCHEMA,
            });
        }
        Ok(())
    }
}

/// What both kinds of transaction can read by a name.
pub(in crate::store) trait ReadsNamed: Reads {
    /// What is stored by a name.
    fn bytes_named(
        &self,
        table: TableDefinition<'static, &'static str, &'static [u8]>,
        name: &str,
    ) -> Result<Option<Vec<u8>>, StoreError>;

    /// All that is stored by name.
    fn all_named(
        &self,
        table: TableDefinition<'static, &'static str, &'static [u8]>,
    ) -> Result<Vec<Vec<u8>>, StoreError>;

    /// How many tasks are in a table by a name.
    fn count_named(
        &self,
        table: TableDefinition<'static, (&'static str, u64), ()>,
        name: &str,
    ) -> Result<u64, StoreError>;
}

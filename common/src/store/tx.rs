//! One transaction, in the store's words.

mod reads;
mod view;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use redb::{TableDefinition, TableHandle, WriteTransaction};
use serde::{Deserialize, Serialize};

use super::contain::contain;
use super::error::{StoreError, from_database};
use super::record::{Claim, Wish};
use super::row_name::RowName;
use super::schema::{
    BACKLOGS, CLAIMED, COUNTER_EVENT, COUNTER_SCHEMA, COUNTERS, EVENTS, PROGRESS, Records,
    TASK_EVENTS, WISHES,
};
use super::table::{self, Table};
use crate::backlog::Backlog;
use crate::event::Event;
use crate::id::{Epoch, EventNumber, TaskNumber, WorkerNumber};
use crate::progress::Progress;
use crate::time::Timestamp;

pub(super) use reads::{Reads, ReadsNamed};
pub(super) use view::View;

/// How to tell, after a commit whose answer was an error, whether it was durable all the same: a
/// row that only it can have written. An event where there is one, since its number is given once
/// only; else a row of a held task, which only its holder writes.
#[derive(Clone)]
pub(super) struct Witness {
    pub(super) table: TableDefinition<'static, u64, &'static [u8]>,
    pub(super) key: u64,
    pub(super) bytes: Vec<u8>,
}

/// A write transaction, shared by all whose commits are grouped. An operation checks everything
/// before it writes anything, so that one that is refused leaves no trace in the group's commit.
pub(super) struct Tx<'a> {
    txn: &'a WriteTransaction,
    dir: &'a Path,
    /// The time of everything this transaction writes.
    pub(super) now: Timestamp,
    touched: Cell<bool>,
    state_changed: Cell<bool>,
    progressed: Cell<bool>,
    witness: RefCell<Option<Witness>>,
    /// What the operations of a group have in hand of queued tasks, not written yet.
    in_hand: RefCell<BTreeMap<u64, InHand>>,
}

/// The rows of a queued task that each batch of it reads and changes: decoded once and written once for all
/// operations of a group.
#[derive(Clone)]
pub(super) struct InHand {
    pub(super) wish: Rc<Wish>,
    pub(super) progress: Progress,
    pub(super) backlog: Backlog,
}

impl<'a> Tx<'a> {
    pub(super) fn new(txn: &'a WriteTransaction, dir: &'a Path) -> Self {
        Self {
            txn,
            dir,
            now: Timestamp::now(),
            touched: Cell::new(false),
            state_changed: Cell::new(false),
            progressed: Cell::new(false),
            witness: RefCell::new(None),
            in_hand: RefCell::default(),
        }
    }

    pub(super) fn writes_nothing(&self) -> bool {
        self.witness.borrow().is_none() && !self.state_changed.get() && !self.touched.get()
    }

    /// Has the transaction committed although it changed nothing that others watch.
    pub(super) fn touch(&self) {
        self.touched.set(true);
    }

    pub(super) fn state_changed(&self) -> bool {
        self.state_changed.get()
    }

    pub(super) fn progressed(&self) -> bool {
        self.progressed.get()
    }

    pub(super) fn witness(&self) -> Option<Witness> {
        self.witness.borrow().clone()
    }

    pub(super) fn table<K: redb::Key + 'static, V: redb::Value + 'static>(
        &self,
        table: TableDefinition<'static, K, V>,
    ) -> Result<Table<'a, redb::Table<'a, K, V>, K, V>, StoreError> {
        let opened = contain(self.dir, || {
            self.txn
                .open_table(table)
                .map_err(|error| from_database(self.dir, "writing", error))
        });
        opened.map(|table| Table::new(table, self.dir, "writing"))
    }

    pub(super) fn put<R: Serialize>(
        &self,
        records: &Records<R>,
        key: u64,
        record: &R,
    ) -> Result<(), StoreError> {
        self.write(records, key, record)?;
        self.state_changed.set(true);
        Ok(())
    }

    /// Writes a record of which those need not know at once who wait for changes of a state.
    pub(super) fn put_quietly<R: Serialize>(
        &self,
        records: &Records<R>,
        key: u64,
        record: &R,
    ) -> Result<(), StoreError> {
        self.write(records, key, record)?;
        self.progressed.set(true);
        Ok(())
    }

    fn write<R: Serialize>(
        &self,
        records: &Records<R>,
        key: u64,
        record: &R,
    ) -> Result<(), StoreError> {
        self.put_down()?;
        let bytes = encode(record);
        self.table(records.table)?.insert(key, bytes.as_slice())?;
        self.bear_witness(records.table, key, bytes);
        Ok(())
    }

    /// What each batch of a queued task reads.
    pub(super) fn take_up(&self, task: TaskNumber) -> Result<InHand, StoreError> {
        if let Some(known) = self.in_hand.borrow().get(&task.0) {
            return Ok(known.clone());
        }
        Ok(InHand {
            wish: Rc::new(self.task_record(&WISHES, task)?),
            progress: self.task_record(&PROGRESS, task)?,
            backlog: self.record(&BACKLOGS, task.0)?.unwrap_or_default(),
        })
    }

    /// Changes it. Written before anybody reads it otherwise, and at the latest with the commit.
    pub(super) fn hold(&self, task: TaskNumber, rows: InHand) {
        self.in_hand.borrow_mut().insert(task.0, rows);
    }

    /// Writes what is in hand.
    pub(super) fn put_down(&self) -> Result<(), StoreError> {
        if self.in_hand.borrow().is_empty() {
            return Ok(());
        }
        let in_hand = std::mem::take(&mut *self.in_hand.borrow_mut());
        for (task, rows) in in_hand {
            self.put_quietly(&BACKLOGS, task, &rows.backlog)?;
            self.put_progress(TaskNumber(task), &rows.progress)?;
        }
        Ok(())
    }

    /// Has those told who wait for changes of a state.
    pub(super) fn ring(&self) {
        self.state_changed.set(true);
    }

    /// What is read back should the commit be answered with an error: the first row, as it was written last.
    fn bear_witness(
        &self,
        table: TableDefinition<'static, u64, &'static [u8]>,
        key: u64,
        bytes: Vec<u8>,
    ) {
        let mut witness = self.witness.borrow_mut();
        match &mut *witness {
            Some(first) if first.table.name() == table.name() && first.key == key => {
                first.bytes = bytes;
            }
            Some(_) => {}
            None => *witness = Some(Witness { table, key, bytes }),
        }
    }

    pub(super) fn put_progress(
        &self,
        task: TaskNumber,
        progress: &Progress,
    ) -> Result<(), StoreError> {
        self.put_down()?;
        let bytes = encode(progress);
        self.table(PROGRESS.table)?
            .insert(task.0, bytes.as_slice())?;
        self.progressed.set(true);
        self.bear_witness(PROGRESS.table, task.0, bytes);
        Ok(())
    }

    pub(super) fn set_claim(
        &self,
        task: TaskNumber,
        claim: Option<Claim>,
    ) -> Result<(), StoreError> {
        let mut table = self.table(CLAIMED)?;
        match claim {
            Some(claim) => table.insert(task.0, (claim.worker.0, claim.epoch.0)),
            None => table.remove(task.0),
        }
    }

    /// Raises a counter by one and gives its new value.
    pub(super) fn count(&self, name: &'static str) -> Result<u64, StoreError> {
        let mut table = self.table(COUNTERS)?;
        let last = table.get(name)?.map_or(Ok(0), |value| value.value())?;
        let next = last + 1;
        table.insert(name, next)?;
        Ok(next)
    }

    /// Appends an event to the feed. Its number and time are set here.
    pub(super) fn append(&self, mut event: Event) -> Result<EventNumber, StoreError> {
        let number = EventNumber(self.count(COUNTER_EVENT)?);
        event.number = number;
        event.at = self.now;
        let bytes = encode(&event);
        self.table(EVENTS.table)?
            .insert(number.0, bytes.as_slice())?;
        if let Some(task) = event.task {
            self.table(TASK_EVENTS)?.insert((task.0, number.0), ())?;
        }
        self.state_changed.set(true);
        *self.witness.borrow_mut() = Some(Witness {
            table: EVENTS.table,
            key: number.0,
            bytes,
        });
        Ok(number)
    }

    /// Keeps those out who know less than this schema.
    pub(super) fn raise_schema(&self, schema: u64) -> Result<(), StoreError> {
        if self.counter(COUNTER_SCHEMA)? < schema {
            self.table(COUNTERS)?.insert(COUNTER_SCHEMA, schema)?;
        }
        Ok(())
    }

    /// Refuses whoever does not hold the present claim.
    pub(super) fn check_claim(&self, task: TaskNumber, claim: Claim) -> Result<(), StoreError> {
        if self.claim(task)? == Some(claim) {
            Ok(())
        } else {
            Err(StoreError::Fenced {
                task,
                worker: claim.worker,
            })
        }
    }
}

impl Reads for Tx<'_> {
    fn dir(&self) -> &Path {
        self.dir
    }

    fn bytes(
        &self,
        table: TableDefinition<'static, u64, &'static [u8]>,
        key: u64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.put_down()?;
        let table = self.table(table)?;
        let found = table.get(key)?;
        found.map(|bytes| Ok(bytes.value()?.to_vec())).transpose()
    }

    fn claim(&self, task: TaskNumber) -> Result<Option<Claim>, StoreError> {
        let table = self.table(CLAIMED)?;
        let found = table.get(task.0)?;
        found.map(|row| row.value().map(claim_of)).transpose()
    }

    fn counter(&self, name: &'static str) -> Result<u64, StoreError> {
        let table = self.table(COUNTERS)?;
        let found = table.get(name)?;
        found.map_or(Ok(0), |value| value.value())
    }
}

impl ReadsNamed for Tx<'_> {
    fn bytes_named(
        &self,
        table: TableDefinition<'static, &'static str, &'static [u8]>,
        name: &str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        table::bytes_named(&self.table(table)?, name)
    }

    fn all_named(
        &self,
        table: TableDefinition<'static, &'static str, &'static [u8]>,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        table::all_named(&self.table(table)?)
    }

    fn count_named(
        &self,
        table: TableDefinition<'static, (&'static str, u64), ()>,
        name: &str,
    ) -> Result<u64, StoreError> {
        table::count_named(&self.table(table)?, name)
    }
}

fn claim_of((worker, epoch): (u64, u64)) -> Claim {
    Claim {
        worker: WorkerNumber(worker),
        epoch: Epoch(epoch),
    }
}

pub(super) fn encode<R: Serialize>(record: &R) -> Vec<u8> {
    rmp_serde::to_vec_named(record).expect("records are maps of plain values")
}

pub(super) fn decode<'b, R: Deserialize<'b>>(
    dir: &Path,
    row: RowName,
    bytes: &'b [u8],
) -> Result<R, StoreError> {
    rmp_serde::from_slice(bytes).map_err(|error| StoreError::Unreadable {
        path: dir.to_owned(),
        row,
        what: error.to_string(),
    })
}

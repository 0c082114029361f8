//! The tables of a database: whose they are, and how a new store gets them.

use std::path::Path;

use redb::{Database, ReadableDatabase, ReadableTable};
use uuid::Uuid;

use super::DATABASE;
use super::error::StoreError;
use super::schema::{
    CLAIMABLE, CLAIMED, COUNTER_SCHEMA, COUNTERS, EVENTS, FAILURES, ID_ENDINGS, IDENTITY, IDS,
    NAMES, PROGRESS, SCHEMA, SPECS, STATES, STORE_ID, TASK_EVENTS, WISHES, WORKERS,
};

pub(super) fn foreign(dir: &Path) -> StoreError {
    StoreError::NotAStore {
        path: dir.join(DATABASE),
        what: "it is the database of another program".into(),
    }
}

/// Whose tables a database holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// A store's, of this schema.
    Ours(u64),
    /// None: its making was interrupted, or has just begun.
    Empty,
    Foreign,
}

pub(super) fn layout(database: &impl ReadableDatabase) -> Result<Layout, redb::Error> {
    let txn = database.begin_read()?;
    match txn.open_table(COUNTERS) {
        Ok(counters) => {
            if let Some(schema) = counters.get(COUNTER_SCHEMA)? {
                return Ok(Layout::Ours(schema.value()));
            }
        }
        Err(redb::TableError::TableDoesNotExist(_)) => {}
        Err(error) => return Err(error.into()),
    }
    let tables = txn.list_tables()?.count() + txn.list_multimap_tables()?.count();
    Ok(if tables == 0 {
        Layout::Empty
    } else {
        Layout::Foreign
    })
}

/// Makes every table, so that readers find them, unless another process was faster.
pub(super) fn lay_out(database: &Database) -> Result<(), redb::Error> {
    let txn = database.begin_write()?;
    {
        let mut counters = txn.open_table(COUNTERS)?;
        if counters.get(COUNTER_SCHEMA)?.is_some() {
            return Ok(());
        }
        counters.insert(COUNTER_SCHEMA, SCHEMA)?;
        let id = Uuid::now_v7().to_string();
        txn.open_table(IDENTITY)?.insert(STORE_ID, id.as_str())?;
        for table in [
            SPECS.table,
            WISHES.table,
            STATES.table,
            PROGRESS.table,
            EVENTS.table,
            WORKERS.table,
        ] {
            txn.open_table(table)?;
        }
        txn.open_table(TASK_EVENTS)?;
        txn.open_table(CLAIMED)?;
        txn.open_table(CLAIMABLE)?;
        txn.open_table(FAILURES)?;
        txn.open_table(IDS)?;
        txn.open_table(ID_ENDINGS)?;
        txn.open_table(NAMES)?;
    }
    txn.commit()?;
    Ok(())
}

//! The room in the database's file, and giving back what is not used of it.

use std::path::Path;
use std::time::Duration;

use redb::Database;

use super::contain::contain;
use super::error::{StoreError, from_database};
use super::handle::open_to_write;
use super::inside::enter;
use super::threads::{Effect, StoreThread};
use super::{DATABASE, Store};

/// A database's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Bytes.
    pub size: u64,
    /// Bytes of it that hold nothing.
    pub unused: u64,
}

impl Store {
    /// How much of the database's file is not used. Others wait meanwhile, a few milliseconds.
    ///
    /// # Errors
    /// The store's own.
    pub fn room(dir: &Path, patience: Duration) -> Result<Room, StoreError> {
        let wanted = dir.to_owned();
        StoreThread::new("store-checker").call(dir, patience, Effect::Reads, move || room(&wanted))
    }

    /// Gives back the room in the database's file that is not used; gives its size before and after. Others wait
    /// meanwhile; killed in the middle, it leaves the store whole, and the next one who opens it repairs it first.
    ///
    /// # Errors
    /// [`StoreError::Io`] where somebody else is in the middle of something, and the store's own.
    pub fn compact(dir: &Path, patience: Duration) -> Result<(u64, u64), StoreError> {
        let wanted = dir.to_owned();
        StoreThread::new("store-checker")
            .call(dir, patience, Effect::Writes, move || compact(&wanted))
    }
}

fn size(dir: &Path) -> Result<u64, StoreError> {
    let path = dir.join(DATABASE);
    let found = std::fs::metadata(&path);
    let found = found.map_err(|error| StoreError::io(&path, "looking at the database", error))?;
    Ok(found.len())
}

fn room(dir: &Path) -> Result<Room, StoreError> {
    let _inside = enter();
    contain(dir, || {
        let database = open_to_write(dir)?;
        let fails = |error: redb::Error| from_database(dir, "measuring the database", error);
        let txn = database
            .begin_write()
            .map_err(|error| fails(error.into()))?;
        let stats = txn.stats().map_err(|error| fails(error.into()))?;
        let size = size(dir)?;
        let used = stats.allocated_pages() * stats.page_size() as u64;
        txn.abort().map_err(|error| fails(error.into()))?;
        Ok(Room {
            size,
            unused: size.saturating_sub(used),
        })
    })
}

fn compact(dir: &Path) -> Result<(u64, u64), StoreError> {
    let _inside = enter();
    contain(dir, || {
        let mut database: Database = open_to_write(dir)?;
        let before = size(dir)?;
        database
            .compact()
            .map_err(|error| from_database(dir, "compacting the database", error))?;
        drop(database);
        Ok((before, size(dir)?))
    })
}

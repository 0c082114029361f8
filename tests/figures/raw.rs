//! The database alone: one durable commit of one row, as a checkpoint has to write it.

use std::path::Path;
use std::time::{Duration, Instant};

use longhaul_common::progress::as_f64;
use redb::{ConcurrencyMode, Database, ReadableDatabase, TableDefinition};

const TABLE: TableDefinition<'static, u64, &'static [u8]> = TableDefinition::new("progress");
/// As much as the store uses.
const CACHE: usize = 4 * 1024 * 1024;
const TASK: u64 = 1;

pub(crate) struct Raw {
    database: Database,
    row: Vec<u8>,
}

impl Raw {
    /// A database with one row of the size that the progress of task 1 has in a store.
    pub(crate) fn like(store: &Path, file: &Path) -> Self {
        let progress = builder()
            .open(store.join("tasks.redb"))
            .expect("the store is there");
        let reading = progress.begin_read().expect("it can be read");
        let table = reading.open_table(TABLE).expect("it has the table");
        let row = table.get(TASK).expect("it can be read");
        let row = row.expect("the task is there").value().to_vec();
        let database = builder().create(file).expect("a database opens");
        let raw = Self { database, row };
        raw.commit();
        raw
    }

    pub(crate) fn row_size(&self) -> usize {
        self.row.len()
    }

    pub(crate) fn commit(&self) {
        let writing = self.database.begin_write().expect("it can be written");
        writing
            .open_table(TABLE)
            .and_then(|mut table| Ok(table.insert(TASK, self.row.as_slice()).map(drop)?))
            .expect("it can be written");
        writing.commit().expect("it can be committed");
    }

    /// Commits for a slice; gives the commits per second.
    pub(crate) fn slice(&self, slice: Duration) -> f64 {
        let (mut commits, since) = (0_u64, Instant::now());
        while since.elapsed() < slice {
            self.commit();
            commits += 1;
        }
        as_f64(commits) / since.elapsed().as_secs_f64()
    }
}

fn builder() -> redb::Builder {
    let mut builder = Database::builder();
    builder
        .set_cache_size(CACHE)
        .set_concurrency_mode(ConcurrencyMode::MultiWriter);
    builder
}

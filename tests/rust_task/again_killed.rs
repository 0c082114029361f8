//! Failures are tried again by a task whose worker dies at every point where one can.

use std::path::{Path, PathBuf};
use std::process::Command;

use longhaul_common::id::TaskNumber;
use longhaul_common::spec::{Queue, Way};
use longhaul_common::state::Outcome;
use longhaul_common::store::{Opening, Store};
use longhaul_worker::testing::crash_everywhere;
use longhaul_worker::{Cx, Failure, Mark, RangeSource, Source, Task, new_task};
use rusqlite::{Connection, OptionalExtension as _};

/// Adds rows to a table, with marks beside them. Until its last batch one batch fails, and one item of
/// another; that batch mends both, and has them tried again.
struct Rows<const QUEUED: bool> {
    database: Connection,
    dir: PathBuf,
}

impl<const QUEUED: bool> Rows<QUEUED> {
    fn is_mended(&self) -> bool {
        self.dir.join("mended").exists()
    }

    /// As an operator would, in a process of their own. Once it waits already this is refused.
    fn retry(&self) -> Result<(), Failure> {
        std::fs::write(self.dir.join("mended"), "")?;
        let output = Command::new(env!("CARGO_BIN_EXE_longhaul"))
            .arg("--store")
            .arg(self.dir.join("store"))
            .args(["retry", "1"])
            .output()?;
        match output.status.code() {
            Some(0 | 3) => Ok(()),
            _ => Err(Failure::fatal(format!("{output:?}"))),
        }
    }
}

impl<const QUEUED: bool> Task for Rows<QUEUED> {
    const KIND: &'static str = "rows";
    type Params = PathBuf;
    type Item = Vec<u8>;
    type Shared = ();

    fn source(_: &PathBuf, (): &()) -> Result<Box<dyn Source<Vec<u8>>>, Failure> {
        Ok(Box::new(RangeSource::new(1, 9)))
    }

    fn init(dir: PathBuf, (): (), _: &Cx) -> Result<Self, Failure> {
        let database = Connection::open(dir.join("rows.sqlite"))?;
        database.execute_batch(
            "CREATE TABLE IF NOT EXISTS rows (row INTEGER);
             CREATE TABLE IF NOT EXISTS mark (batch TEXT PRIMARY KEY, mark TEXT)",
        )?;
        Ok(Self { database, dir })
    }

    fn batch(&mut self, items: &[Vec<u8>], cx: &Cx) -> Result<(), Failure> {
        let mended = self.is_mended();
        if cx.batch().0 == 1 && !mended {
            return Err(Failure::skip("no luck"));
        }
        if cx.batch().0 == 2 {
            self.retry()?;
        }
        let transaction = self.database.transaction()?;
        for (place, item) in items.iter().enumerate() {
            cx.check()?;
            let row: i64 = std::str::from_utf8(item)?.parse()?;
            if row == 2 && !mended {
                cx.skip_item(place, "unlucky");
                continue;
            }
            transaction.execute("INSERT INTO rows VALUES (?1)", [row])?;
        }
        // With a queue one for each batch, else the last.
        let of = if QUEUED { cx.key() } else { "last" };
        let mark = serde_json::to_string(&cx.mark()?)?;
        transaction.execute("INSERT OR REPLACE INTO mark VALUES (?1, ?2)", [of, &mark])?;
        Ok(transaction.commit()?)
    }

    fn committed(&mut self, cx: &Cx) -> Result<Option<Mark>, Failure> {
        let of = if QUEUED { cx.key() } else { "last" };
        let mut find = self
            .database
            .prepare("SELECT mark FROM mark WHERE batch = ?1")?;
        let kept: Option<String> = find.query_row([of], |row| row.get(0)).optional()?;
        Ok(kept.map(|mark| serde_json::from_str(&mark)).transpose()?)
    }
}

/// All rows in order, how the task ended, and what it counted.
fn effects(dir: &Path) -> (Vec<i64>, Option<Outcome>, [u64; 4]) {
    let database = Connection::open(dir.join("rows.sqlite")).unwrap();
    let mut find = database
        .prepare("SELECT row FROM rows ORDER BY row")
        .unwrap();
    let rows = find.query_map([], |row| row.get(0)).unwrap();
    let store = Store::open(&dir.join("store"), Opening::default()).unwrap();
    let row = store.task(TaskNumber(1)).unwrap();
    let failures = store.failures(TaskNumber(1)).unwrap().len() as u64;
    let progress = &row.progress;
    let counts = [
        progress.items_done,
        progress.items_failed,
        progress.batches_failed,
        failures,
    ];
    (
        rows.map(Result::unwrap).collect(),
        row.state.outcome,
        counts,
    )
}

fn rows<const QUEUED: bool>() -> u64 {
    crash_everywhere(
        |worker, _| worker.register::<Rows<QUEUED>>(()),
        |dir| {
            let mut task = new_task::<Rows<QUEUED>>(&dir.to_owned()).unwrap();
            task.spec.batch_size = 3;
            task.spec.retries = 9;
            if QUEUED {
                task.spec.way = Way::Queued(Queue {
                    parallel: 1,
                    ..Queue::default()
                });
            }
            task
        },
        |dir: &Path| {
            let found = effects(dir);
            assert_eq!(found.0, (1..=9).collect::<Vec<_>>());
            assert_eq!(found.2, [9, 0, 0, 0]);
            found
        },
    )
}

#[test]
fn a_task_that_goes_back_does_every_item_once_wherever_its_worker_dies() {
    // 3 batches of 3 items, one of which fails before any, and is done once more; one item alone.
    assert!(rows::<false>() > 30);
}

#[test]
fn a_queued_task_that_tries_again_does_every_item_once_wherever_its_worker_dies() {
    assert!(rows::<true>() > 20);
}

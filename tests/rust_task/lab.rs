//! What a test of a task has: a lab, a worker that dies everywhere, and traces in the log.

use std::path::{Path, PathBuf};

use longhaul_common::state::Outcome;
use longhaul_worker::testing::{Lab, crash_everywhere};
use longhaul_worker::{
    Async, AsyncTask, Cx, End, Failure, Mark, RangeSource, Source, Task, TaskTrace, new_task,
};
use rusqlite::{Connection, OptionalExtension as _};

/// Adds rows to a table; with a mark beside them, or without.
struct Rows<const MARKED: bool> {
    database: Connection,
}

impl<const MARKED: bool> Task for Rows<MARKED> {
    const KIND: &'static str = "rows";
    type Params = PathBuf;
    type Item = Vec<u8>;
    type Shared = ();

    fn source(_: &PathBuf, (): &()) -> Result<Box<dyn Source<Vec<u8>>>, Failure> {
        Ok(Box::new(RangeSource::new(1, 12)))
    }

    fn init(path: PathBuf, (): (), _: &Cx) -> Result<Self, Failure> {
        let database = Connection::open(path)?;
        database.execute_batch(
            "CREATE TABLE IF NOT EXISTS rows (row TEXT); CREATE TABLE IF NOT EXISTS mark (mark TEXT)",
        )?;
        Ok(Self { database })
    }

    fn batch(&mut self, items: &[Vec<u8>], cx: &Cx) -> Result<(), Failure> {
        let transaction = self.database.transaction()?;
        for (place, item) in items.iter().enumerate() {
            cx.check()?;
            let row = std::str::from_utf8(item)?;
            if row == "7" {
                cx.skip_item(place, "unlucky");
                continue;
            }
            transaction.execute("INSERT INTO rows VALUES (?1)", [row])?;
        }
        if MARKED {
            transaction.execute("DELETE FROM mark", [])?;
            let mark = serde_json::to_string(&cx.mark()?)?;
            transaction.execute("INSERT INTO mark VALUES (?1)", [mark])?;
        }
        Ok(transaction.commit()?)
    }

    fn committed(&mut self, _: &Cx) -> Result<Option<Mark>, Failure> {
        let mut find = self.database.prepare("SELECT mark FROM mark")?;
        let kept: Option<String> = find.query_row([], |row| row.get(0)).optional()?;
        Ok(kept.map(|mark| serde_json::from_str(&mark)).transpose()?)
    }

    fn cleanup(path: &PathBuf, (): &(), end: End, _: &Cx) -> Result<(), Failure> {
        if matches!(end, End::Leaving(_)) {
            std::fs::write(path.with_extension("clean"), "")?;
        }
        Ok(())
    }
}

fn rows<const MARKED: bool>() -> u64 {
    crash_everywhere(
        |worker, _| worker.register::<Rows<MARKED>>(()),
        |dir| {
            let mut task = new_task::<Rows<MARKED>>(&dir.join("rows.sqlite")).unwrap();
            task.spec.batch_size = 4;
            task.spec.retries = 9;
            task
        },
        |dir: &Path| {
            let database = Connection::open(dir.join("rows.sqlite")).unwrap();
            let mut find = database
                .prepare("SELECT row FROM rows ORDER BY rowid")
                .unwrap();
            let rows = find.query_map([], |row| row.get(0)).unwrap();
            let rows: Vec<String> = rows.map(Result::unwrap).collect();
            (rows, dir.join("rows.clean").exists())
        },
    )
}

#[test]
fn with_a_mark_no_crash_loses_or_repeats_a_row() {
    // 2 x init, 2 x committed, 3 x (before, 4 items, mark, after), 2 x cleanup.
    assert_eq!(rows::<true>(), 27);
}

#[test]
#[should_panic(expected = "after a crash at point")]
fn without_one_a_crash_between_commit_and_checkpoint_is_found() {
    rows::<false>();
}

struct Traces;

impl AsyncTask for Traces {
    const KIND: &'static str = "traces";
    type Params = ();
    type Item = Vec<u8>;
    type Shared = ();

    fn source((): &(), (): &()) -> Result<Box<dyn Source<Vec<u8>>>, Failure> {
        Ok(Box::new(RangeSource::new(1, 3)))
    }

    async fn init((): (), (): (), _: &Cx) -> Result<Self, Failure> {
        tracing::info!("preparing");
        Ok(Self)
    }

    async fn batch(&mut self, items: &[Vec<u8>], _: &Cx) -> Result<(), Failure> {
        tracing::warn!(items = items.len(), "a batch");
        tracing::debug!("too much");
        let span = tracing::info_span!("elsewhere");
        let work = async {
            tokio::task::yield_now().await;
            tracing::error!("in another thread");
        };
        tokio::spawn(tracing::Instrument::instrument(work, span)).await?;
        Ok(())
    }
}

#[test]
fn what_a_task_traces_goes_to_its_log_with_its_batch() {
    use tracing_subscriber::layer::SubscriberExt as _;
    let subscriber = tracing_subscriber::registry().with(TaskTrace::default());
    tracing::subscriber::set_global_default(subscriber).unwrap();
    tracing::info!("outside");
    let lab = Lab::new();
    let task = lab.submit(new_task::<Async<Traces>>(&()).unwrap());
    let worker = lab.worker(|worker| worker.register::<Async<Traces>>(()));
    assert_eq!(lab.ended(task).outcome, Some(Outcome::Completed));
    worker.stop();
    let log = lab.log(task);
    for line in [
        " init out INFO rust_task::lab: preparing",
        " 0 out WARN rust_task::lab: a batch items=3",
        " 0 out ERROR rust_task::lab: in another thread",
    ] {
        assert!(log.contains(line), "{line}: {log}");
    }
    assert!(
        !log.contains("too much") && !log.contains("outside"),
        "{log}"
    );
}

#[test]
fn a_lab_suspends_after_exactly_so_many_batches_and_tells_of_the_hooks() {
    for batches in 1..=2 {
        let lab = Lab::new();
        let database = lab.dir().join("rows.sqlite");
        let mut new = new_task::<Rows<true>>(&database).unwrap();
        new.spec.batch_size = 4;
        let task = lab.submit(new);
        lab.suspend_after(task, batches);
        let worker = lab.worker(|worker| worker.register::<Rows<true>>(()));
        assert_eq!(lab.suspended(task).batches_done, batches);
        assert_eq!(lab.hooks(task), ["on-suspend", "cleanup"]);
        lab.control().resume([task]).send().unwrap();
        let view = lab.ended(task);
        assert_eq!((view.items_done, view.items_failed), (11, 1));
        assert_eq!(lab.hooks(task), ["on-suspend", "cleanup", "cleanup"]);
        worker.stop();
    }
    let lab = Lab::new();
    let task = new_task::<Rows<true>>(&lab.dir().join("rows.sqlite")).unwrap();
    let view = lab.run(|worker| worker.register::<Rows<true>>(()), task);
    assert_eq!(view.outcome, Some(Outcome::Completed));
}

use std::cell::Cell;
use std::collections::BTreeSet;
use std::path::Path;

use redb::TableDefinition;

use super::{CLAIMABLE, due};
use crate::id::{TaskId, TaskNumber};
use crate::spec::{CommandWork, RegisteredWork, TaskSpec, Work};
use crate::store::GroupSetting;
use crate::store::error::StoreError;
use crate::store::gates::with_room;
use crate::store::house_for_tests::store;
use crate::store::tx::Reads;
use crate::store::{Accepts, Claim, NewTask, Store};
use crate::time::Timestamp;

fn submit(store: &Store, kind: &str, work: Work, priority: i32) -> TaskNumber {
    let task = NewTask {
        spec: TaskSpec {
            id: TaskId::new(),
            kind: kind.into(),
            work,
            priority,
            ..TaskSpec::default()
        },
        items_total: None,
        reason: None,
        claim_for: None,
    };
    store.submit(task).unwrap().number
}

fn command() -> Work {
    Work::Command(CommandWork::default())
}

fn registered() -> Work {
    Work::Registered(RegisteredWork::default())
}

fn accepts(kinds: &[&str], registered: &[&str]) -> Accepts {
    let set = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    Accepts {
        kinds: set(kinds),
        registered: set(registered),
        only: None,
    }
}

/// Counts the rows that are decoded: each asks for the folder, in case it can't be read.
struct Counting<'a, R> {
    reads: &'a R,
    rows: Cell<usize>,
}

impl<R: Reads> Reads for Counting<'_, R> {
    fn dir(&self) -> &Path {
        self.rows.set(self.rows.get() + 1);
        self.reads.dir()
    }

    fn bytes(
        &self,
        table: TableDefinition<'static, u64, &'static [u8]>,
        key: u64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.reads.bytes(table, key)
    }

    fn claim(&self, task: TaskNumber) -> Result<Option<Claim>, StoreError> {
        self.reads.claim(task)
    }

    fn counter(&self, name: &'static str) -> Result<u64, StoreError> {
        self.reads.counter(name)
    }
}

/// What is due for whoever accepts this, and how many rows were decoded to learn it.
fn due_for(store: &Store, accepts: &Accepts, most: usize) -> (Vec<TaskNumber>, usize) {
    let handle = &store.inner.handle;
    handle
        .view(|view| {
            let counting = Counting {
                reads: view,
                rows: Cell::new(0),
            };
            let table = view.table(CLAIMABLE)?.unwrap();
            let now = Timestamp::now();
            let groups = with_room(view)?;
            let due = due(
                &counting,
                &table,
                (accepts, &groups),
                most,
                &BTreeSet::new(),
                now,
            )?;
            Ok((due.now, counting.rows.get()))
        })
        .unwrap()
}

#[test]
fn what_waits_for_others_costs_a_worker_nothing() {
    let (_dir, store) = store();
    for _ in 0..20 {
        submit(&store, "theirs", command(), 5);
        submit(&store, "strange", registered(), 5);
    }
    let mine = submit(&store, "mine", command(), 0);
    let (due, rows) = due_for(&store, &accepts(&["mine"], &[]), 4);
    assert_eq!(due, [mine]);
    assert!(rows <= 1, "{rows} rows for one task");
    let (due, rows) = due_for(&store, &accepts(&[], &["known"]), 1);
    assert_eq!(due, [TaskNumber(1)]);
    assert!(rows <= 2, "{rows} rows for the first command");
}

#[test]
fn lanes_are_merged_by_priority_and_number() {
    let (_dir, store) = store();
    let expected = [
        submit(&store, "import", registered(), 9),
        submit(&store, "export", command(), 7),
        submit(&store, "import", command(), 7),
        submit(&store, "import", registered(), 0),
        submit(&store, "export", command(), 0),
    ];
    submit(&store, "unknown", registered(), 9);
    for kinds in [&[][..], &["import", "export"]] {
        let (due, _) = due_for(&store, &accepts(kinds, &["import", "export"]), 10);
        assert_eq!(due, expected, "{kinds:?}");
    }
    let (due, _) = due_for(&store, &accepts(&["import"], &[]), 10);
    assert_eq!(due, [expected[2]]);
    let (due, _) = due_for(&store, &accepts(&["export"], &["import"]), 10);
    assert_eq!(due, [expected[1], expected[4]]);
}

#[test]
fn one_task_alone_is_found_by_its_number() {
    let (_dir, store) = store();
    let [first, second] = [(); 2].map(|()| submit(&store, "mine", command(), 0));
    let of = |only| Accepts {
        only: Some(only),
        ..accepts(&[], &[])
    };
    assert_eq!(due_for(&store, &of(second), 4).0, [second]);
    assert_eq!(due_for(&store, &of(first), 4).0, [first]);
    assert_eq!(due_for(&store, &of(TaskNumber(0)), 4).0, []);
    let registered = submit(&store, "strange", registered(), 0);
    assert_eq!(due_for(&store, &of(registered), 4).0, []);
}

#[test]
fn what_waits_for_a_full_group_costs_a_worker_nothing() {
    let (_dir, store) = store();
    for _ in 0..20 {
        let spec = TaskSpec {
            id: TaskId::new(),
            group: "db".into(),
            priority: 5,
            ..TaskSpec::default()
        };
        let task = NewTask {
            spec,
            items_total: None,
            reason: None,
            claim_for: None,
        };
        store.submit(task).unwrap();
    }
    let mine = submit(&store, "mine", command(), 0);
    let limit = |slots| {
        let setting = GroupSetting {
            name: "db".into(),
            slots,
            by: crate::actor::Actor::default(),
            reason: None,
        };
        store.set_group(setting).unwrap();
    };
    limit(Some(0));
    let (due, rows) = due_for(&store, &accepts(&[], &[]), 1);
    assert_eq!(due, [mine]);
    assert!(rows <= 1, "{rows} rows for one task");
    limit(Some(1));
    let (due, _) = due_for(&store, &accepts(&[], &[]), 1);
    assert_eq!(due, [TaskNumber(1)], "the first in rank, of whichever lane");
}

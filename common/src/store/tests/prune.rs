//! Pruning: all of a task goes, and nothing of any other.

use std::collections::BTreeSet;

use redb::{ReadableDatabase, ReadableTableMetadata, TableHandle};

use super::{Home, W1, ask, named, new_task, raw, submit};
use crate::event::What;
use crate::fed::Chunk;
use crate::id::{BatchNumber, EventNumber, TaskNumber};
use crate::marks::{Mark, Marked};
use crate::reference::TaskRef;
use crate::rules::Happened;
use crate::spec::{Input, TaskSpec};
use crate::state::{Desired, Ending, StateWord};
use crate::store::schema::{
    AWAITED, BACKLOGS, BEFORE, BRAKES, CLAIMABLE, CLAIMED, CORDONS, COUNTERS, EVENTS, FAILURES,
    FED_ITEMS, FEDS, FOLLOWERS, GROUP_SLOTS, GROUP_TASKS, GROUPS, ID_ENDINGS, IDENTITY, IDS, KEYS,
    KINDS, LIVES, MARKS, NAMES, OWED_WORDS, PLANNED, PROGRESS, SCHEDULED, SCHEDULES, SERVED, SPECS,
    STATES, TASK_EVENTS, TIMERS, WISHES, WORKERS,
};
use crate::store::{Failure, Forget, Kept, Meant, Moved};
use crate::time::Timestamp;

/// How many rows each table has that a task can have rows in.
fn rows(home: &Home) -> Vec<(String, u64)> {
    let database = raw(&home.database());
    let txn = database.begin_read().unwrap();
    let mut found = Vec::new();
    let kept: BTreeSet<&str> = [
        COUNTERS.name(),
        IDENTITY.name(),
        WORKERS.table.name(),
        KINDS.table.name(),
        GROUPS.name(),
        CORDONS.name(),
        BRAKES.name(),
    ]
    .into();
    let mut unknown: BTreeSet<String> = txn
        .list_tables()
        .unwrap()
        .map(|table| table.name().to_owned())
        .filter(|name| !kept.contains(name.as_str()))
        .collect();
    macro_rules! count {
        ($($table:expr),*) => {$(
            unknown.remove($table.name());
            if let Ok(table) = txn.open_table($table) {
                found.push(($table.name().to_owned(), table.len().unwrap()));
            }
        )*};
    }
    count!(
        SPECS.table,
        WISHES.table,
        STATES.table,
        PROGRESS.table,
        BACKLOGS.table,
        FEDS.table,
        AWAITED.table,
        FOLLOWERS,
        GROUP_TASKS,
        GROUP_SLOTS,
        LIVES.table,
        KEYS,
        OWED_WORDS.table,
        EVENTS.table,
        TASK_EVENTS,
        CLAIMED,
        CLAIMABLE,
        FAILURES,
        PLANNED,
        MARKS,
        FED_ITEMS,
        BEFORE,
        SERVED,
        TIMERS,
        SCHEDULES,
        SCHEDULED,
        IDS,
        ID_ENDINGS,
        NAMES
    );
    // Whoever adds a table says here, and in what prunes, what becomes of its rows.
    assert_eq!(unknown, BTreeSet::new(), "tables that nobody prunes");
    found
}

fn end(home: &Home, task: TaskNumber) {
    let answer = home.ask(task, Desired::Terminate);
    assert_eq!(answer.current, StateWord::Terminate);
}

fn prune(home: &Home, tasks: &[TaskNumber]) -> Vec<TaskNumber> {
    let pruned = home.store.prune(tasks, &Forget::default()).unwrap();
    assert_eq!(pruned.seen, tasks.len());
    pruned.gone.iter().map(|task| task.number).collect()
}

#[test]
fn nothing_is_left_of_a_pruned_task_in_any_table_and_the_others_are_as_they_were() {
    let home = Home::new();
    let other = submit(&home.store, named("everything"));
    let before = rows(&home);
    let row = home.row(other);

    end(&home, other_fed(&home));
    // Claimed before the other one.
    let spec = TaskSpec {
        priority: 1,
        group: "db".into(),
        ..named("everything")
    };
    let direct = submit(&home.store, spec);
    let held = home.run(W1);
    assert_eq!(held.key.task, direct);
    let moved = Moved {
        progress: home.row(direct).progress,
        marks: vec![Marked {
            batch: BatchNumber(0),
            mark: Mark::default(),
        }],
        again: None,
    };
    home.store
        .skip(
            held.key,
            moved,
            Failure::default(),
            crate::id::RequestNumber(0),
        )
        .unwrap();
    home.ask(direct, Desired::Terminate);
    home.settle(held.key, Happened::Boundary, Ending::Terminated)
        .unwrap();

    assert_eq!(
        prune(&home, &[TaskNumber(2), direct]),
        [TaskNumber(2), direct]
    );
    let mut after = rows(&home);
    // The event that says so.
    for (table, count) in &mut after {
        if *table == EVENTS.table.name() {
            *count -= 1;
        }
    }
    after.retain(|(table, count)| *count > 0 || before.iter().any(|(name, _)| name == table));
    assert_eq!(after, before);
    assert_eq!(home.row(other), row);
}

fn other_fed(home: &Home) -> TaskNumber {
    let spec = TaskSpec {
        input: Input::Fed,
        ..named("fed")
    };
    let task = submit(&home.store, spec);
    let mut chunk = Chunk::default();
    chunk.push(b"one").unwrap();
    home.store.feed(task, &chunk).unwrap().unwrap();
    task
}

#[test]
fn a_pruned_task_is_unknown_by_every_name_and_its_number_is_never_given_again() {
    let home = Home::new();
    let id = {
        let task = submit(&home.store, named("gone"));
        end(&home, task);
        let id = home.row(task).spec.id;
        assert_eq!(prune(&home, &[task]), [task]);
        id
    };
    let text = id.to_string();
    for typed in ["1", "gone", &text, &text[..8], &text[28..]] {
        let meant = home.store.resolve(TaskRef::parse(typed)).unwrap();
        assert!(matches!(meant, Meant::Nothing), "{typed}: {meant:?}");
    }
    assert_eq!(submit(&home.store, named("gone")), TaskNumber(2));
}

#[test]
fn what_lives_is_kept_and_said_and_what_is_not_there_is_passed_over() {
    let home = Home::new();
    let (waits, ends) = (home.bare(), home.bare());
    end(&home, ends);
    let tasks = [waits, TaskNumber(99), ends, ends];
    let pruned = home.store.prune(&tasks, &Forget::default()).unwrap();
    assert_eq!(pruned.kept, [(waits, Kept::Lives(StateWord::Init))]);
    assert_eq!(pruned.gone.len(), 1);
    assert_eq!(pruned.seen, 4);
    assert_eq!(home.row(waits).state.word, StateWord::Init);
    let last = home.last_event();
    assert_eq!(prune(&home, &[waits, ends]), []);
    assert_eq!(
        home.last_event(),
        last,
        "nothing was removed, so nothing is told"
    );
}

#[test]
fn the_feed_tells_who_removed_what_and_begins_where_it_is_kept() {
    let home = Home::new();
    let tasks = [home.bare(), home.bare(), home.bare()];
    for task in tasks {
        end(&home, task);
    }
    let forget = Forget {
        by: Some(ask(Desired::Run).by),
        reason: Some("room".into()),
        ..Forget::default()
    };
    home.store.prune(&tasks[..2], &forget).unwrap();
    let found = home.store.events(EventNumber(0), None, 100).unwrap();
    assert!(found.first > EventNumber(1));
    assert_eq!(found.first, found.events[0].number);
    let told = found.events.last().unwrap();
    assert_eq!(told.what, What::Pruned);
    assert_eq!(told.pruned, tasks[..2]);
    assert_eq!(
        told.sentence(),
        "pruned by kim because \"room\": 2 tasks: 1 to 2"
    );
    let rest: Vec<_> = found.events.iter().filter_map(|event| event.task).collect();
    assert!(rest.iter().all(|task| *task == tasks[2]), "{rest:?}");
    assert_eq!(rest.len(), 3);
}

#[test]
fn old_events_of_no_task_go_too_where_an_age_was_named() {
    let home = Home::new();
    let worker = home.store.next_worker().unwrap();
    home.store.worker_stopped(worker).unwrap();
    let (first, second) = (home.bare(), home.bare());
    for task in [first, second] {
        end(&home, task);
    }
    home.store.prune(&[first], &Forget::default()).unwrap();
    assert_eq!(home.store.event_span().unwrap().0, EventNumber(1));
    let forget = Forget {
        events_before: Some(Timestamp::now().after(std::time::Duration::from_secs(1))),
        ..Forget::default()
    };
    home.store.prune(&[second], &forget).unwrap();
    let found = home.store.events(EventNumber(0), None, 100).unwrap();
    assert_eq!(found.events.len(), 1, "{found:?}");
    assert_eq!(found.first, found.last);
}

#[test]
fn a_task_that_somebody_holds_is_not_pruned() {
    let home = Home::new();
    let task = home.running().key.task;
    let kept = home.store.prune(&[task], &Forget::default()).unwrap().kept;
    assert_eq!(kept, [(task, Kept::Lives(StateWord::Run))]);
}

#[test]
fn a_transaction_bears_so_many_rows_and_the_next_goes_on_behind_it() {
    let home = Home::new();
    let tasks: Vec<TaskNumber> = (0..250)
        .map(|_| {
            home.store
                .submit(new_task(TaskSpec::default()))
                .unwrap()
                .number
        })
        .collect();
    home.store
        .request(tasks.clone(), ask(Desired::Terminate))
        .unwrap();
    let mut left = tasks.as_slice();
    let mut transactions = 0;
    while !left.is_empty() {
        let pruned = home.store.prune(left, &Forget::default()).unwrap();
        assert!(pruned.seen > 0);
        left = &left[pruned.seen..];
        transactions += 1;
    }
    assert!(transactions > 1);
    assert_eq!(home.store.ended().unwrap(), []);
    assert_eq!(home.store.list(9, |_| true).unwrap().total, 0);
}

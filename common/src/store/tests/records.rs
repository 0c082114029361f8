//! Rows that an older and a newer version share.

use redb::{ReadableDatabase, ReadableTable, TableDefinition};
use rmpv::Value;

use super::{Home, OPENING, moved_on, raw, refused};
use crate::actor::Actor;
use crate::spec::TaskSpec;
use crate::state::Desired;
use crate::store::schema::SCHEMA;
use crate::store::{Accepts, Store, StoreError};

const COUNTERS: TableDefinition<'static, &str, u64> = TableDefinition::new("counters");

fn table(name: &str) -> TableDefinition<'_, u64, &'static [u8]> {
    TableDefinition::new(name)
}

fn read(home: &Home, name: &str, key: u64) -> Value {
    let database = raw(&home.database());
    let txn = database.begin_read().unwrap();
    let table = txn.open_table(table(name)).unwrap();
    let bytes = table.get(key).unwrap().unwrap();
    rmp_serde::from_slice(bytes.value()).unwrap()
}

/// Changes a row past the store, as another version would.
pub(super) fn edit(home: &Home, name: &str, key: u64, change: impl FnOnce(&mut Value)) {
    let mut record = read(home, name, key);
    change(&mut record);
    let database = raw(&home.database());
    let txn = database.begin_write().unwrap();
    let bytes = rmp_serde::to_vec(&record).unwrap();
    txn.open_table(table(name))
        .unwrap()
        .insert(key, bytes.as_slice())
        .unwrap();
    txn.commit().unwrap();
}

pub(super) fn set(record: &mut Value, field: &str, value: Value) {
    let Value::Map(fields) = record else {
        panic!("not a map: {record}");
    };
    fields.retain(|(name, _)| name.as_str() != Some(field));
    fields.push((field.into(), value));
}

fn get(record: &Value, field: &str) -> Option<Value> {
    record
        .as_map()?
        .iter()
        .find(|(name, _)| name.as_str() == Some(field))
        .map(|(_, value)| value.clone())
}

/// One value of each kind that a later version might write.
fn future() -> Value {
    Value::Map(vec![
        ("nothing".into(), Value::Nil),
        ("flag".into(), true.into()),
        ("small".into(), (-5).into()),
        ("large".into(), u64::MAX.into()),
        ("share".into(), 0.25.into()),
        ("text".into(), "später".into()),
        ("bytes".into(), Value::Binary(vec![0, 255, 7])),
        (
            "list".into(),
            Value::Array(vec![1.into(), "two".into(), Value::Map(Vec::new())]),
        ),
        (7.into(), "a key that is a number".into()),
    ])
}

#[test]
fn a_writer_keeps_the_fields_it_does_not_know() {
    let home = Home::new();
    let task = home.submit();
    let worker = home.store.next_worker().unwrap();
    home.store
        .worker_started(worker, Actor::default(), 1, Accepts::default(), Vec::new())
        .unwrap();
    let rows = [
        ("specs", task.0),
        ("desired", task.0),
        ("current", task.0),
        ("progress", task.0),
        ("workers", worker.0),
    ];
    for (name, key) in rows {
        edit(&home, name, key, |record| set(record, "future", future()));
    }

    let held = home.run(worker);
    home.ask(task, Desired::Suspend);
    let progress = moved_on(&held.row.progress);
    home.store.checkpoint(held.key, progress).unwrap();
    home.store.worker_stopped(worker).unwrap();

    for (name, key) in rows {
        let kept = get(&read(&home, name, key), "future");
        assert_eq!(kept, Some(future()), "{name}");
    }
    let wish = read(&home, "desired", task.0);
    assert_eq!(get(&wish, "desired"), Some("SUSPEND".into()));
}

#[test]
fn a_record_that_lacks_fields_is_read_with_their_defaults() {
    let home = Home::new();
    let task = home.bare();
    for name in ["specs", "desired", "current", "progress"] {
        edit(&home, name, task.0, |record| {
            *record = Value::Map(Vec::new());
        });
    }
    let row = home.row(task);
    assert_eq!(row.wish, crate::store::Wish::default());
    assert_eq!(row.state, crate::store::State::default());
    assert_eq!(row.spec.batch_size, crate::spec::DEFAULT_BATCH_SIZE);
}

#[test]
fn an_event_of_a_kind_that_only_a_newer_version_knows_is_read_as_other() {
    let home = Home::new();
    home.bare();
    edit(&home, "events", 1, |record| {
        set(record, "what", "teleported".into());
    });
    let events = home.store.events(crate::id::EventNumber(0), None, 1);
    assert_eq!(events.unwrap().events[0].what, crate::event::What::Other);
}

pub(super) fn schema(home: &Home, version: u64) {
    let database = raw(&home.database());
    let txn = database.begin_write().unwrap();
    txn.open_table(COUNTERS)
        .unwrap()
        .insert("schema", version)
        .unwrap();
    txn.commit().unwrap();
}

/// Every table with its rows, as text.
pub(super) fn contents(database: &std::path::Path) -> Vec<String> {
    let database = raw(database);
    let txn = database.begin_read().unwrap();
    let mut found: Vec<String> = txn
        .list_tables()
        .unwrap()
        .map(|table| redb::TableHandle::name(&table).to_owned())
        .collect();
    found.sort();
    for name in ["specs", "desired", "current", "progress", "events"] {
        if let Ok(table) = txn.open_table(table(name)) {
            for row in table.iter().unwrap() {
                let (key, value) = row.unwrap();
                found.push(format!("{name} {} {:?}", key.value(), value.value()));
            }
        }
    }
    if let Ok(table) = txn.open_table(COUNTERS) {
        for row in table.iter().unwrap() {
            let (key, value) = row.unwrap();
            found.push(format!("counter {} {}", key.value(), value.value()));
        }
    }
    found
}

#[test]
fn a_store_of_a_newer_schema_is_refused_untouched() {
    let home = Home::new();
    let held = home.running();
    schema(&home, SCHEMA + 1);
    let before = contents(&home.database());
    let newer = |error: &StoreError| {
        matches!(
            error,
            StoreError::Newer {
                found,
                known: SCHEMA,
                ..
            } if *found == SCHEMA + 1
        )
    };

    let error = refused(Store::open(&home.dir(), OPENING));
    assert!(newer(&error), "{error:?}");
    let error = home.store.submit(super::new_task(super::named("x")));
    assert!(newer(&error.unwrap_err()), "one that was open before, too");
    let row = home.row(held.key.task);
    let error = home.store.checkpoint(held.key, moved_on(&row.progress));
    assert!(newer(&error.unwrap_err()));
    assert_eq!(contents(&home.database()), before);

    schema(&home, SCHEMA);
    home.store
        .checkpoint(held.key, moved_on(&row.progress))
        .unwrap();
}

#[test]
fn the_id_of_a_store_tells_it_from_any_other_and_stays() {
    let one = Home::new();
    let two = Home::new();
    let id = one.store.id().unwrap();
    assert!(!id.is_empty());
    assert_ne!(id, two.store.id().unwrap());
    let again = Store::open(&one.dir(), OPENING).unwrap();
    assert_eq!(again.id().unwrap(), id);
}

#[test]
fn an_older_store_is_closed_to_older_versions_by_the_first_task_whose_hooks_they_do_not_know() {
    let home = Home::new();
    schema(&home, 1);
    let submit = |spec| super::submit(&home.store, spec);
    submit(TaskSpec {
        cleanup: Some("true".into()),
        ..TaskSpec::default()
    });
    assert_eq!(home.store.schema().unwrap().0, 1);
    for spec in [
        TaskSpec {
            on_suspend: Some("true".into()),
            ..TaskSpec::default()
        },
        TaskSpec {
            on_resume: Some("true".into()),
            ..TaskSpec::default()
        },
        TaskSpec {
            rollback: Some("true".into()),
            ..TaskSpec::default()
        },
    ] {
        schema(&home, 1);
        submit(spec);
        assert_eq!(home.store.schema().unwrap().0, 2);
    }
}

#[test]
fn an_older_store_is_closed_to_older_versions_by_the_first_suspension_that_ends_by_itself() {
    let home = Home::new();
    let task = home.bare();
    schema(&home, 2);
    home.ask(task, Desired::Suspend);
    assert_eq!(home.store.schema().unwrap().0, 2);
    let until = Some(crate::time::Timestamp::now().after(std::time::Duration::from_secs(60)));
    let timed = crate::store::Ask {
        until,
        ..super::ask(Desired::Suspend)
    };
    home.store.request(vec![task], timed).unwrap();
    assert_eq!(home.store.schema().unwrap().0, 3);
}

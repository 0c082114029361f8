use longhaul_common::fed::{Chunk as Items, cursor};
use longhaul_common::spec::{Input, TaskSpec};
use longhaul_common::store::{Absent, NewTask, Opening};

use super::*;

fn fed(items: &[&str]) -> (tempfile::TempDir, Store, TaskNumber) {
    let dir = tempfile::tempdir().unwrap();
    let opening = Opening {
        absent: Absent::Create,
        ..Opening::default()
    };
    let store = Store::open(&dir.path().join("store"), opening).unwrap();
    let spec = TaskSpec {
        id: longhaul_common::id::TaskId::new(),
        input: Input::Fed,
        ..TaskSpec::default()
    };
    let task = NewTask {
        spec,
        items_total: None,
        reason: None,
        claim_for: None,
    };
    let task = store.submit(task).unwrap().number;
    let mut chunk = Items::default();
    for item in items {
        chunk.push(*item).unwrap();
    }
    store.feed(task, &chunk).unwrap().unwrap();
    (dir, store, task)
}

#[test]
fn items_are_read_from_the_cursor_on() {
    let (_dir, store, task) = fed(&["a", "b", "c"]);
    let mut source: FedSource<Vec<u8>> = FedSource::new(store, task, Ok);
    let chunk = source.read(&Cursor(cursor(1)), 1).unwrap().unwrap();
    assert_eq!(chunk.items, [b"b"]);
    assert_eq!(chunk.next, Cursor(cursor(2)));
    assert!(!chunk.exhausted, "more may come");
}

#[test]
fn items_that_are_gone_are_no_end_of_the_input() {
    let (_dir, store, task) = fed(&["a"]);
    let mut source: FedSource<Vec<u8>> = FedSource::new(store, task, Ok);
    let gone = source.read(&Cursor(cursor(1)), 5);
    assert!(matches!(gone, Err(SourceError::Gone { item: 2, .. })));
}

#[test]
fn an_item_that_is_not_what_the_kind_takes_is_named() {
    let (_dir, store, task) = fed(&["1", "two"]);
    let make = |bytes: Vec<u8>| serde_json::from_slice(&bytes).map_err(|error| error.to_string());
    let mut source: FedSource<u64> = FedSource::new(store, task, make);
    let read = source.read(&Cursor::default(), 1).unwrap().unwrap();
    assert_eq!(read.items, [1]);
    let error = source.read(&Cursor::default(), 2).unwrap_err();
    assert!(matches!(&error, SourceError::Malformed { item: 2, .. }));
    assert!(error.is_permanent());
}

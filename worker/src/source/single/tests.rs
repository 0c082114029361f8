use super::*;

#[test]
fn a_task_without_input_is_one_batch_of_one_empty_item() {
    let chunk = SingleSource.read(&Cursor::default(), 100).unwrap().unwrap();
    assert_eq!(chunk.items, [b""]);
    assert!(chunk.exhausted);
    assert_eq!(SingleSource.read(&chunk.next, 100).unwrap(), None);
    assert_eq!(SingleSource.total(), Some(1));
}

#[test]
fn reading_it_again_gives_the_same_batch() {
    let start = Cursor::default();
    assert_eq!(
        SingleSource.read(&start, 1).unwrap(),
        SingleSource.read(&start, 1).unwrap()
    );
}

#[test]
fn a_foreign_cursor_is_refused() {
    let error = SingleSource.read(&Cursor(b"2".to_vec()), 1).unwrap_err();
    assert!(matches!(error, SourceError::BadCursor { .. }));
}

#[test]
fn a_batch_of_no_items_is_refused() {
    let error = SingleSource.read(&Cursor::default(), 0).unwrap_err();
    assert!(matches!(error, SourceError::EmptyBatch { .. }));
}

use super::*;
use crate::source::content::BUFFER;
use crate::source::separated::MAX_LINE;
use std::fs;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};

use proptest::prelude::*;
use tempfile::{NamedTempFile, TempDir};

fn file_of(content: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(content).unwrap();
    file
}

fn open(path: &Path) -> LinesSource {
    LinesSource::open(path, Fingerprint::of_path(path).unwrap()).unwrap()
}

fn read_all(path: &Path, size: usize) -> Vec<Vec<u8>> {
    let (mut source, mut all, mut cursor) = (open(path), Vec::new(), Cursor::default());
    while let Some(chunk) = source.read(&cursor, size).unwrap() {
        all.extend(chunk.items);
        cursor = chunk.next;
    }
    all
}

fn count(path: &Path) -> u64 {
    LinesSource::count(path, &AtomicBool::new(false))
        .unwrap()
        .unwrap()
}

/// The rule, written another way.
fn split(content: &[u8]) -> Vec<Vec<u8>> {
    let mut lines: Vec<_> = content.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
    lines.pop_if(|last| last.is_empty());
    lines
}

#[test]
fn a_last_line_without_a_newline_counts() {
    let file = file_of(b"one\ntwo");
    assert_eq!(read_all(file.path(), 1), [b"one", b"two"]);
    assert_eq!(count(file.path()), 2);
}

#[test]
fn empty_lines_are_items_and_everything_but_the_newline_is_kept() {
    let file = file_of(b"\n\r\n \xff\0\n\n");
    assert_eq!(
        read_all(file.path(), 10),
        [&b""[..], b"\r", b" \xff\0", b""]
    );
    assert_eq!(count(file.path()), 4);
}

#[test]
fn an_empty_file_has_no_items() {
    let file = file_of(b"");
    assert_eq!(open(file.path()).read(&Cursor::default(), 5).unwrap(), None);
    assert_eq!(count(file.path()), 0);
}

#[test]
fn the_last_batch_says_that_it_is_the_last_even_when_it_is_full() {
    let file = file_of(b"1\n2\n3\n4\n");
    let mut source = open(file.path());
    let first = source.read(&Cursor::default(), 2).unwrap().unwrap();
    assert!(!first.exhausted);
    let second = source.read(&first.next, 2).unwrap().unwrap();
    assert!(second.exhausted);
    assert_eq!(source.read(&second.next, 2).unwrap(), None);
}

#[test]
fn lines_around_the_size_of_the_buffer_are_whole() {
    let mut content = Vec::new();
    for length in [BUFFER - 1, BUFFER, BUFFER + 1, 1, 3 * BUFFER, 0, BUFFER] {
        content.extend(vec![b'x'; length]);
        content.push(b'\n');
    }
    let file = file_of(&content);
    assert_eq!(read_all(file.path(), 2), split(&content));
    assert_eq!(count(file.path()), 7);
}

#[test]
fn nothing_but_newlines_is_counted_line_by_line() {
    let file = file_of(&[b'\n'; 1000]);
    assert_eq!(count(file.path()), 1000);
    assert_eq!(read_all(file.path(), 64), vec![b""; 1000]);
}

#[test]
fn reading_on_where_the_reader_stands_keeps_what_it_has_in_memory() {
    let file = file_of(&b"line\n".repeat(BUFFER));
    let mut source = open(file.path());
    let chunk = source.read(&Cursor::default(), 1).unwrap().unwrap();
    // They share their offset.
    let in_the_file = |source: &LinesSource| source.0.content.file().stream_position().unwrap();
    assert_eq!(in_the_file(&source), BUFFER as u64);
    source.read(&chunk.next, 1).unwrap().unwrap();
    assert_eq!(in_the_file(&source), BUFFER as u64);
    let again = source.read(&chunk.next, 1).unwrap().unwrap();
    assert_eq!(again.items, [b"line"]);
    assert_ne!(
        in_the_file(&source),
        BUFFER as u64,
        "an earlier cursor seeks"
    );
}

#[test]
fn a_line_of_16_mib_is_read_and_a_longer_one_is_named_by_its_offset() {
    let mut content = b"short\n".to_vec();
    content.extend(vec![b'x'; MAX_LINE]);
    content.push(b'\n');
    let second = content.len() as u64;
    content.extend(vec![b'y'; MAX_LINE + 1]);
    let file = file_of(&content);
    let mut source = open(file.path());
    let chunk = source.read(&Cursor::default(), 2).unwrap().unwrap();
    assert_eq!(chunk.items[1].len(), MAX_LINE);
    for _ in 0..2 {
        match source.read(&chunk.next, 2).unwrap_err() {
            SourceError::TooLong { offset, path, .. } => {
                assert_eq!((offset, &*path), (second, file.path()));
            }
            other => panic!("{other}"),
        }
    }
    let again = source.read(&Cursor::default(), 1).unwrap().unwrap();
    assert_eq!(
        again.items,
        [b"short"],
        "the source is usable after an error"
    );
}

#[test]
fn a_last_line_of_16_mib_needs_no_newline() {
    let file = file_of(&vec![b'x'; MAX_LINE]);
    assert_eq!(read_all(file.path(), 1)[0].len(), MAX_LINE);
}

#[test]
fn the_end_of_the_file_is_a_cursor_for_a_source_made_anew() {
    for content in [&b"one\ntwo"[..], b"one\ntwo\n"] {
        let file = file_of(content);
        let end = Cursor::at(content.len() as u128);
        assert_eq!(open(file.path()).read(&end, 1).unwrap(), None);
    }
}

/// Ten gigabytes without a newline: who read on from the start would meet a line too long.
#[test]
fn resuming_at_the_end_of_a_huge_file_reads_nothing_before_it() {
    const HOLE: u64 = 10 << 30;
    let mut file = NamedTempFile::new().unwrap();
    file.as_file().set_len(HOLE).unwrap();
    file.seek(SeekFrom::End(0)).unwrap();
    file.write_all(b"\nlast but one\nlast").unwrap();
    let chunk = open(file.path())
        .read(&Cursor::at(u128::from(HOLE) + 1), 9)
        .unwrap()
        .unwrap();
    assert_eq!(chunk.items, [&b"last but one"[..], b"last"]);
    assert!(chunk.exhausted);
}

#[test]
fn a_cursor_that_is_not_the_start_of_a_line_is_refused() {
    let file = file_of(b"one\ntwo\n");
    for text in ["1", "3", "9", "18446744073709551616", "x"] {
        let error = open(file.path()).read(&Cursor(text.into()), 1).unwrap_err();
        assert!(matches!(error, SourceError::BadCursor { .. }), "{text}");
    }
}

#[test]
fn a_batch_of_no_items_is_refused() {
    let error = open(file_of(b"one").path()).read(&Cursor::default(), 0);
    assert!(matches!(error, Err(SourceError::EmptyBatch { .. })));
}

/// All lines of a file are read, something happens to it, and the second half is asked for again.
fn after(happening: impl FnOnce(&Path)) -> String {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("in.txt");
    fs::write(&path, "1\n2\n3\n4\n").unwrap();
    let mut source = open(&path);
    let chunk = source.read(&Cursor::default(), 2).unwrap().unwrap();
    source.read(&chunk.next, 2).unwrap().unwrap();
    happening(&path);
    match source.read(&chunk.next, 2) {
        Err(SourceError::Changed { what, .. }) => what,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_that_grew_shrank_or_went_under_a_task_is_noticed() {
    let append = |path: &Path| {
        let mut file = File::options().append(true).open(path).unwrap();
        file.write_all(b"5\n").unwrap();
    };
    assert_eq!(after(append), "size was 8, is 10");
    let truncate = |path: &Path| File::create(path).map(drop).unwrap();
    assert_eq!(after(truncate), "size was 8, is 0");
    let remove = |path: &Path| fs::remove_file(path).unwrap();
    assert_eq!(after(remove), "it is gone");
    let replace = |path: &Path| {
        let new = path.with_extension("new");
        fs::write(&new, "1\n2\n3\n4\n").unwrap();
        fs::rename(&new, path).unwrap();
    };
    assert_eq!(after(replace), "another file is in its place");
}

#[test]
fn counting_ends_when_it_is_told_to() {
    let file = file_of(b"one\n");
    let stopped = LinesSource::count(file.path(), &AtomicBool::new(true)).unwrap();
    assert_eq!(stopped, None);
}

fn content() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![Just(b'\n'), Just(b'\r'), Just(b'a'), any::<u8>()];
    prop::collection::vec(byte, 0..600)
}

proptest! {
    #[test]
    fn the_chunks_of_any_file_make_up_its_lines(
        content in content(),
        sizes in prop::collection::vec(1_usize..20, 1..8),
    ) {
        let file = file_of(&content);
        let (mut source, mut all, mut cursor) = (open(file.path()), Vec::new(), Cursor::default());
        let mut exhausted = split(&content).is_empty();
        for size in sizes.into_iter().cycle() {
            let Some(chunk) = source.read(&cursor, size).unwrap() else { break };
            prop_assert!(!exhausted, "a batch after the last");
            prop_assert!(!chunk.items.is_empty() && chunk.items.len() <= size);
            exhausted = chunk.exhausted;
            all.extend(chunk.items);
            cursor = chunk.next;
        }
        prop_assert!(exhausted, "the last batch did not say so");
        prop_assert_eq!(&all, &split(&content));
        prop_assert_eq!(count(file.path()), all.len() as u64);
    }

    #[test]
    fn cutting_again_from_any_cursor_gives_the_same_batch(
        content in content(),
        sizes in prop::collection::vec(1_usize..20, 1..30),
        order in any::<prop::sample::Index>(),
    ) {
        let file = file_of(&content);
        let (mut source, mut cuts, mut cursor) = (open(file.path()), Vec::new(), Cursor::default());
        for size in sizes {
            let Some(chunk) = source.read(&cursor, size).unwrap() else { break };
            cuts.push((cursor, size, chunk.clone()));
            cursor = chunk.next;
        }
        let middle = if cuts.is_empty() { 0 } else { order.index(cuts.len()) };
        cuts.rotate_left(middle);
        for (cursor, size, chunk) in &cuts {
            let by_the_same = source.read(cursor, *size).unwrap();
            prop_assert_eq!(by_the_same.as_ref(), Some(chunk));
            let by_another = open(file.path()).read(cursor, *size).unwrap();
            prop_assert_eq!(by_another.as_ref(), Some(chunk));
        }
    }
}

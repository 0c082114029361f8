use super::*;

use std::os::unix::fs::symlink;
use tempfile::TempDir;

fn page() -> (TempDir, Page) {
    let store = TempDir::new().unwrap();
    let page = Page::begin(store.path(), TaskId::new()).unwrap();
    (store, page)
}

fn next_of(written: &[u8]) -> Result<Option<Cursor>, Failure> {
    let (_store, page) = page();
    fs::write(&page.out, written).unwrap();
    page.next()
}

#[test]
fn what_was_written_is_the_next_cursor_but_for_a_last_newline() {
    for (written, next) in [
        (&b"42"[..], &b"42"[..]),
        (b"42\n", b"42"),
        (b"a\nb\n\n", b"a\nb\n"),
        (b"\xff =", b"\xff ="),
    ] {
        assert_eq!(next_of(written), Ok(Some(Cursor(next.to_vec()))));
    }
}

#[test]
fn nothing_or_a_newline_alone_means_that_no_page_follows() {
    assert_eq!(next_of(b""), Ok(None));
    assert_eq!(next_of(b"\n"), Ok(None));
}

#[test]
fn a_cursor_that_is_too_long_or_no_variable_suspends_with_the_mend() {
    let longest = vec![b'x'; LONGEST_CURSOR];
    assert_eq!(next_of(&longest), Ok(Some(Cursor(longest.clone()))));
    let with_newline = [&longest[..], b"\n"].concat();
    assert_eq!(next_of(&with_newline), Ok(Some(Cursor(longest.clone()))));
    for (written, why) in [
        ([&longest[..], b"x"].concat(), "longer than 64 KiB"),
        ([&longest[..], b"\n\n"].concat(), "longer than 64 KiB"),
        (b"a\0b".to_vec(), "NUL"),
    ] {
        match next_of(&written) {
            Err(Failure::Suspend(error)) => assert!(error.contains(why), "{error}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_page_never_finds_what_another_one_wrote() {
    let (store, first) = page();
    let out = first.out.clone();
    fs::write(&out, "of a worker that died").unwrap();
    std::mem::forget(first);
    let id = out.file_stem().unwrap().to_str().unwrap().parse().unwrap();
    let second = Page::begin(store.path(), id).unwrap();
    assert_eq!(second.out, out);
    assert_eq!(second.next(), Ok(None));
    drop(second);
    assert!(!out.exists());
}

#[test]
fn what_is_no_file_any_more_suspends() {
    let (_store, page) = page();
    fs::remove_file(&page.out).unwrap();
    assert!(matches!(page.next(), Err(Failure::Suspend(_))));
    symlink("/dev/zero", &page.out).unwrap();
    assert!(matches!(page.next(), Err(Failure::Suspend(_))));
}

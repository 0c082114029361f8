use super::{AsyncPages, Page, Pages};
use crate::failure::Failure;
use crate::source::{Awaited, Cursor, Source, SourceError};

/// Numbers below 100 in pages of `size`; every third page has none.
fn page(from: Option<(u32, u32)>, size: usize) -> Page<u32, (u32, u32)> {
    let (from, nr) = from.unwrap_or((0, 0));
    let next = |to| (to < 100).then_some((to, nr + 1));
    if nr % 3 == 1 {
        return Page {
            items: Vec::new(),
            next: next(from),
        };
    }
    let to = (from + u32::try_from(size).unwrap()).min(100);
    Page {
        items: (from..to).collect(),
        next: next(to),
    }
}

/// All items, read from a source made anew for each page.
fn all(mut source: impl FnMut() -> Box<dyn Source<u32>>, size: usize) -> Vec<u32> {
    let (mut cursor, mut all) = (Cursor::default(), Vec::new());
    while let Some(chunk) = source().read(&cursor, size).unwrap() {
        assert!(!chunk.items.is_empty());
        all.extend(chunk.items);
        if chunk.exhausted {
            break;
        }
        cursor = chunk.next;
    }
    all
}

#[test]
fn pages_give_every_item_once_whatever_their_size_and_pass_over_empty_ones() {
    for size in [1, 7, 10, 99, 100, 1000] {
        let sync = || Box::new(Pages::new(|at, size| Ok(page(at, size)))) as Box<dyn Source<u32>>;
        assert_eq!(all(sync, size), (0..100).collect::<Vec<_>>());
        let waits = || {
            Box::new(Awaited(AsyncPages::new(|at, size| async move {
                tokio::task::yield_now().await;
                Ok(page(at, size))
            }))) as Box<dyn Source<u32>>
        };
        assert_eq!(all(waits, size), (0..100).collect::<Vec<_>>());
    }
}

#[test]
fn a_cursor_that_is_none_of_the_pages_lasts() {
    let mut pages = Pages::new(|at: Option<(u32, u32)>, size| Ok(page(at, size)));
    let error = pages.read(&Cursor(b"nonsense".to_vec()), 10).unwrap_err();
    assert!(matches!(error, SourceError::BadCursor { .. }), "{error}");
    assert!(error.is_permanent());
}

#[test]
fn a_service_that_gives_empty_pages_for_ever_is_given_up() {
    let mut pages = Pages::new(|at: Option<u64>, _| {
        Ok(Page::<u8, u64> {
            items: vec![],
            next: Some(at.unwrap_or(0) + 1),
        })
    });
    let error = pages.read(&Cursor::default(), 10).unwrap_err();
    assert!(
        matches!(error, SourceError::Failed(Failure::Retry(_))),
        "{error}"
    );
}

//! Inputs that come in pages, as services and databases give them: where the next page starts is
//! known only once this one is there.

use std::future::Future;
use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::awaited::AsyncSource;
use super::{Chunk, Cursor, Source, SourceError};
use crate::cx::Stop;
use crate::failure::Failure;

/// So many pages without an item in a row are no service's that works.
const EMPTY_PAGES: usize = 1_000;

/// A page of a service: a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T, C> {
    /// Its items; none are passed over.
    pub items: Vec<T>,
    /// Where the next page starts; None: there is none.
    pub next: Option<C>,
}

/// Pages that a function fetches. The cursor is any value; it is kept as JSON.
///
/// ```
/// use longhaul_worker::source::{Page, Pages, Source as _};
///
/// // Numbers below 25, ten a page; a real one asks a service.
/// let mut pages = Pages::new(|from: Option<u32>, size| {
///     let from = from.unwrap_or(0);
///     let to = (from + size as u32).min(25);
///     Ok(Page { items: (from..to).collect(), next: (to < 25).then_some(to) })
/// });
/// let page = pages.read(&Default::default(), 10)?.expect("there are some");
/// assert_eq!(page.items, (0..10).collect::<Vec<_>>());
/// # Ok::<(), longhaul_worker::SourceError>(())
/// ```
pub struct Pages<C, F> {
    fetch: F,
    total: Option<u64>,
    cursor: PhantomData<fn() -> C>,
}

impl<C, F> Pages<C, F> {
    /// Pages that `fetch` gets, given where the page starts (None: at the start) and how many items
    /// are wanted. A page may have more or fewer. It should give the same page for the same cursor:
    /// a batch that runs again is fetched again.
    pub fn new<T>(fetch: F) -> Self
    where
        F: FnMut(Option<C>, usize) -> Result<Page<T, C>, Failure> + Send,
    {
        Self {
            fetch,
            total: None,
            cursor: PhantomData,
        }
    }

    /// So many items there are in all.
    #[must_use]
    pub fn of(mut self, total: u64) -> Self {
        self.total = Some(total);
        self
    }
}

impl<T, C, F> Source<T> for Pages<C, F>
where
    C: Serialize + DeserializeOwned,
    F: FnMut(Option<C>, usize) -> Result<Page<T, C>, Failure> + Send,
{
    fn read(&mut self, cursor: &Cursor, size: usize) -> Result<Option<Chunk<T>>, SourceError> {
        self.pages(cursor, size, None)
    }

    fn read_until(
        &mut self,
        cursor: &Cursor,
        size: usize,
        stop: &Stop,
    ) -> Result<Option<Chunk<T>>, SourceError> {
        self.pages(cursor, size, Some(stop))
    }

    fn total(&self) -> Option<u64> {
        self.total
    }
}

impl<C: Serialize + DeserializeOwned, F> Pages<C, F> {
    fn pages<T>(
        &mut self,
        cursor: &Cursor,
        size: usize,
        stop: Option<&Stop>,
    ) -> Result<Option<Chunk<T>>, SourceError>
    where
        F: FnMut(Option<C>, usize) -> Result<Page<T, C>, Failure>,
    {
        let mut at = parse(cursor)?;
        for _ in 0..EMPTY_PAGES {
            if let Some(stop) = stop {
                stop.check()?;
            }
            match chunk((self.fetch)(at, size)?)? {
                Turned::Chunk(chunk) => return Ok(chunk),
                Turned::Over(next) => at = Some(next),
            }
        }
        Err(endless())
    }
}

/// Pages that a function fetches with a future: [`Pages`] for an [`AsyncTask`](crate::AsyncTask). Handed
/// on as `Awaited(AsyncPages::new(…))`.
pub struct AsyncPages<C, F> {
    fetch: F,
    total: Option<u64>,
    cursor: PhantomData<fn() -> C>,
}

impl<C, F> AsyncPages<C, F> {
    /// See [`Pages::new`]. What the future needs of the closure's it gets as a clone.
    pub fn new<T, R>(fetch: F) -> Self
    where
        F: FnMut(Option<C>, usize) -> R + Send,
        R: Future<Output = Result<Page<T, C>, Failure>> + Send,
    {
        Self {
            fetch,
            total: None,
            cursor: PhantomData,
        }
    }

    /// So many items there are in all.
    #[must_use]
    pub fn of(mut self, total: u64) -> Self {
        self.total = Some(total);
        self
    }
}

impl<T, C, F, R> AsyncSource<T> for AsyncPages<C, F>
where
    T: Send,
    C: Serialize + DeserializeOwned + Send,
    F: FnMut(Option<C>, usize) -> R + Send,
    R: Future<Output = Result<Page<T, C>, Failure>> + Send,
{
    async fn read(
        &mut self,
        cursor: &Cursor,
        size: usize,
    ) -> Result<Option<Chunk<T>>, SourceError> {
        let mut at = parse(cursor)?;
        for _ in 0..EMPTY_PAGES {
            match chunk((self.fetch)(at, size).await?)? {
                Turned::Chunk(chunk) => return Ok(chunk),
                Turned::Over(next) => at = Some(next),
            }
        }
        Err(endless())
    }

    fn total(&self) -> Option<u64> {
        self.total
    }
}

/// What a page turned out to be.
enum Turned<T, C> {
    Chunk(Option<Chunk<T>>),
    /// It has no items, and another one follows.
    Over(C),
}

fn parse<C: DeserializeOwned>(cursor: &Cursor) -> Result<Option<C>, SourceError> {
    if cursor.0.is_empty() {
        return Ok(None);
    }
    serde_json::from_slice(&cursor.0)
        .map(Some)
        .map_err(|_| cursor.refused("the pages of the task's kind".into()))
}

fn chunk<T, C: Serialize>(page: Page<T, C>) -> Result<Turned<T, C>, SourceError> {
    let Page { items, next } = page;
    match (items.is_empty(), next) {
        (true, None) => Ok(Turned::Chunk(None)),
        (true, Some(next)) => Ok(Turned::Over(next)),
        (false, next) => {
            let exhausted = next.is_none();
            let next = next.map_or(Ok(Vec::new()), |next| serde_json::to_vec(&next));
            let next = next.map_err(|error| {
                Failure::suspend(format!("the next cursor can't be kept: {error}"))
            })?;
            Ok(Turned::Chunk(Some(Chunk {
                items,
                next: Cursor(next),
                exhausted,
            })))
        }
    }
}

fn endless() -> SourceError {
    Failure::retry(format!("{EMPTY_PAGES} pages in a row have no items")).into()
}

#[cfg(test)]
mod tests;

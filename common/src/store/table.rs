//! The database's tables. Each call into the database is contained by itself: a panic in there is
//! damage, and a panic anywhere else is a fault of ours.

use std::borrow::Borrow;
use std::marker::PhantomData;
use std::ops::RangeBounds;
use std::path::Path;

use redb::{AccessGuard, Key, Range, ReadableTable, StorageError, Value};

use super::contain::contain;
use super::error::{StoreError, from_database};

/// A table, open to read or to write.
pub(super) struct Table<'d, T, K, V> {
    inner: T,
    within: Within<'d>,
    row: PhantomData<fn() -> (K, V)>,
}

/// A table of a read transaction.
pub(super) type TableToRead<'d, K, V> = Table<'d, redb::ReadOnlyTable<K, V>, K, V>;

/// Whose database it is, and what is done in it.
#[derive(Clone, Copy)]
struct Within<'d> {
    dir: &'d Path,
    doing: &'static str,
}

impl Within<'_> {
    fn call<R>(self, work: impl FnOnce() -> Result<R, StorageError>) -> Result<R, StoreError> {
        contain(self.dir, || {
            work().map_err(|error| from_database(self.dir, self.doing, error))
        })
    }
}

impl<'d, T, K, V> Table<'d, T, K, V> {
    pub(super) fn new(inner: T, dir: &'d Path, doing: &'static str) -> Self {
        Self {
            inner,
            within: Within { dir, doing },
            row: PhantomData,
        }
    }
}

impl<'d, T, K, V> Table<'d, T, K, V>
where
    T: ReadableTable<K, V>,
    K: Key + 'static,
    V: Value + 'static,
{
    pub(super) fn get<'k>(
        &self,
        key: impl Borrow<K::SelfType<'k>>,
    ) -> Result<Option<Stored<'_, V>>, StoreError> {
        let within = self.within;
        let found = within.call(|| self.inner.get(key))?;
        Ok(found.map(|guard| Stored { guard, within }))
    }

    pub(super) fn range<'k, B: Borrow<K::SelfType<'k>> + 'k>(
        &self,
        range: impl RangeBounds<B> + 'k,
    ) -> Result<Rows<'_, K, V>, StoreError> {
        let within = self.within;
        let rows = within.call(|| self.inner.range(range))?;
        Ok(Rows { rows, within })
    }

    pub(super) fn iter(&self) -> Result<Rows<'_, K, V>, StoreError> {
        let within = self.within;
        let rows = within.call(|| self.inner.iter())?;
        Ok(Rows { rows, within })
    }

    pub(super) fn len(&self) -> Result<u64, StoreError> {
        self.within.call(|| self.inner.len())
    }
}

impl<K: Key + 'static, V: Value + 'static> Table<'_, redb::Table<'_, K, V>, K, V> {
    pub(super) fn insert<'k, 'v>(
        &mut self,
        key: impl Borrow<K::SelfType<'k>>,
        value: impl Borrow<V::SelfType<'v>>,
    ) -> Result<(), StoreError> {
        self.within
            .call(|| self.inner.insert(key, value).map(|_before| ()))
    }

    pub(super) fn remove<'k>(
        &mut self,
        key: impl Borrow<K::SelfType<'k>>,
    ) -> Result<(), StoreError> {
        self.within
            .call(|| self.inner.remove(key).map(|_before| ()))
    }

    /// Removes the rows of a range; gives how many there were.
    pub(super) fn remove_range<'k, B: Borrow<K::SelfType<'k>> + 'k>(
        &mut self,
        range: impl RangeBounds<B> + 'k,
    ) -> Result<usize, StoreError> {
        let mut removed = 0;
        self.within.call(|| {
            self.inner.retain_in(range, |_, _| {
                removed += 1;
                false
            })
        })?;
        Ok(removed)
    }
}

/// A key or a value, where it lies.
pub(super) struct Stored<'a, V: Value + 'static> {
    guard: AccessGuard<'a, V>,
    within: Within<'a>,
}

impl<V: Value + 'static> Stored<'_, V> {
    pub(super) fn value(&self) -> Result<V::SelfType<'_>, StoreError> {
        self.within.call(|| Ok(self.guard.value()))
    }
}

/// Rows of a table, in the order of their keys.
pub(super) struct Rows<'a, K: Key + 'static, V: Value + 'static> {
    rows: Range<'a, K, V>,
    within: Within<'a>,
}

type Row<'a, K, V> = Result<(Stored<'a, K>, Stored<'a, V>), StoreError>;

impl<'a, K: Key + 'static, V: Value + 'static> Rows<'a, K, V> {
    fn step(
        &mut self,
        step: impl FnOnce(
            &mut Range<'a, K, V>,
        )
            -> Option<Result<(AccessGuard<'a, K>, AccessGuard<'a, V>), StorageError>>,
    ) -> Option<Row<'a, K, V>> {
        let within = self.within;
        let found = within.call(|| step(&mut self.rows).transpose());
        let stored = |(key, value)| {
            let key = Stored { guard: key, within };
            let value = Stored {
                guard: value,
                within,
            };
            (key, value)
        };
        found.map(|row| row.map(stored)).transpose()
    }
}

impl<'a, K: Key + 'static, V: Value + 'static> Iterator for Rows<'a, K, V> {
    type Item = Row<'a, K, V>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step(Iterator::next)
    }
}

impl<K: Key + 'static, V: Value + 'static> DoubleEndedIterator for Rows<'_, K, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.step(DoubleEndedIterator::next_back)
    }
}

/// What a table has by a name.
pub(super) fn bytes_named<T: ReadableTable<&'static str, &'static [u8]>>(
    table: &Table<'_, T, &'static str, &'static [u8]>,
    name: &str,
) -> Result<Option<Vec<u8>>, StoreError> {
    let found = table.get(name)?;
    found.map(|bytes| Ok(bytes.value()?.to_vec())).transpose()
}

/// All that a table has by name.
pub(super) fn all_named<T: ReadableTable<&'static str, &'static [u8]>>(
    table: &Table<'_, T, &'static str, &'static [u8]>,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let rows = table.iter()?;
    rows.map(|row| Ok(row?.1.value()?.to_vec())).collect()
}

/// How many rows a table has by a name.
pub(super) fn count_named<T: ReadableTable<(&'static str, u64), ()>>(
    table: &Table<'_, T, (&'static str, u64), ()>,
    name: &str,
) -> Result<u64, StoreError> {
    let mut count = 0;
    for row in table.range((name, 0)..=(name, u64::MAX))? {
        row?;
        count += 1;
    }
    Ok(count)
}

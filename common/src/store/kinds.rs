//! Kinds that workers publish.

use super::Store;
use super::error::{StoreError, passing_over};
use super::schema::{COUNTER_KIND, KINDS};
use super::tx::{Reads, Tx, decode};
use crate::kind::Kind;

impl Store {
    /// Publishes kinds, over what was published of them before. Nothing is written where nothing is new.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn publish_kinds(&self, kinds: Vec<Kind>) -> Result<(), StoreError> {
        if kinds.is_empty() {
            return Ok(());
        }
        self.write(move |tx| kinds.iter().try_for_each(|kind| publish(tx, kind)))
    }

    /// The kinds that were published, by name.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn kinds(&self) -> Result<Vec<Kind>, StoreError> {
        self.read(|view| {
            let mut kinds = Vec::new();
            let Some(table) = view.table(KINDS.table)? else {
                return Ok(kinds);
            };
            for row in table.iter()? {
                let (number, bytes) = row?;
                let kind = decode::<Kind>(view.dir, (KINDS.row)(number.value()?), bytes.value()?);
                kinds.extend(passing_over(kind)?);
            }
            kinds.sort_by(|a, b| a.name.cmp(&b.name));
            Ok(kinds)
        })
    }
}

fn publish(tx: &Tx<'_>, kind: &Kind) -> Result<(), StoreError> {
    let mut number = None;
    {
        let table = tx.table(KINDS.table)?;
        for row in table.iter()? {
            let (key, bytes) = row?;
            let key = key.value()?;
            let known = decode::<Kind>(tx.dir(), (KINDS.row)(key), bytes.value()?);
            let Some(known) = passing_over(known)? else {
                continue;
            };
            if known.name != kind.name {
                continue;
            }
            let same = Kind {
                published_at: known.published_at,
                rest: known.rest.clone(),
                ..kind.clone()
            };
            if same == known {
                return Ok(());
            }
            number = Some(key);
        }
    }
    let number = match number {
        Some(number) => number,
        None => tx.count(COUNTER_KIND)?,
    };
    let kind = Kind {
        published_at: tx.now,
        ..kind.clone()
    };
    tx.put(&KINDS, number, &kind)
}

#[cfg(test)]
mod tests;

//! Going through the rows of a table, in either kind of transaction.

use redb::TableDefinition;

use super::error::StoreError;
use super::table::Rows;
use super::tx::{Reads, Tx, View};

/// Takes a row, by its number.
type Show<'s> = dyn FnMut(u64, &[u8]) -> Result<(), StoreError> + 's;

/// What both kinds of transaction can go through.
pub(super) trait Scans: Reads {
    /// Shows every row of a table, by its number.
    fn each(
        &self,
        table: TableDefinition<'static, u64, &'static [u8]>,
        show: &mut Show<'_>,
    ) -> Result<(), StoreError>;

    /// Shows the rows of a table whose keys begin with `first`, by the rest of their keys.
    fn each_of(
        &self,
        table: TableDefinition<'static, (u64, u64), &'static [u8]>,
        first: u64,
        show: &mut Show<'_>,
    ) -> Result<(), StoreError>;
}

impl Scans for View<'_> {
    fn each(
        &self,
        table: TableDefinition<'static, u64, &'static [u8]>,
        show: &mut Show<'_>,
    ) -> Result<(), StoreError> {
        match self.table(table)? {
            Some(table) => each(table.iter()?, show),
            None => Ok(()),
        }
    }

    fn each_of(
        &self,
        table: TableDefinition<'static, (u64, u64), &'static [u8]>,
        first: u64,
        show: &mut Show<'_>,
    ) -> Result<(), StoreError> {
        match self.table(table)? {
            Some(table) => each_of(table.range((first, 0)..=(first, u64::MAX))?, show),
            None => Ok(()),
        }
    }
}

impl Scans for Tx<'_> {
    fn each(
        &self,
        table: TableDefinition<'static, u64, &'static [u8]>,
        show: &mut Show<'_>,
    ) -> Result<(), StoreError> {
        self.put_down()?;
        each(self.table(table)?.iter()?, show)
    }

    fn each_of(
        &self,
        table: TableDefinition<'static, (u64, u64), &'static [u8]>,
        first: u64,
        show: &mut Show<'_>,
    ) -> Result<(), StoreError> {
        let table = self.table(table)?;
        each_of(table.range((first, 0)..=(first, u64::MAX))?, show)
    }
}

fn each(rows: Rows<'_, u64, &'static [u8]>, show: &mut Show<'_>) -> Result<(), StoreError> {
    for row in rows {
        let (number, bytes) = row?;
        show(number.value()?, bytes.value()?)?;
    }
    Ok(())
}

fn each_of(
    rows: Rows<'_, (u64, u64), &'static [u8]>,
    show: &mut Show<'_>,
) -> Result<(), StoreError> {
    for row in rows {
        let (key, bytes) = row?;
        show(key.value()?.1, bytes.value()?)?;
    }
    Ok(())
}

//! Cordons, and which of them a worker is in.

use super::Store;
use super::error::{StoreError, passing_over};
use super::record::WorkerRow;
use super::row_name::RowName;
use super::schema::{CORDONS, SCHEMA_OF_GATES, WORKERS};
use super::tx::{ReadsNamed, Tx, decode, encode};
use crate::actor::Actor;
use crate::cordon::{Cordon, Cordons, Hold, Reach};
use crate::event::{Event, What};
use crate::id::WorkerNumber;

impl Store {
    /// Keeps workers from claiming anything new, and has them give back what they have if it is a drain. A
    /// cordon of the same reach is replaced; it is given back.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn cordon(&self, cordon: Cordon) -> Result<Option<Cordon>, StoreError> {
        self.write(move |tx| {
            let before = find(tx, &cordon.reach)?;
            if let Some(before) = &before
                && before.hold == cordon.hold
            {
                return Ok(Some(before.clone()));
            }
            tx.raise_schema(SCHEMA_OF_GATES)?;
            let made = Cordon {
                at: tx.now,
                ..cordon.clone()
            };
            let bytes = encode(&made);
            tx.table(CORDONS)?
                .insert(made.reach.key().as_str(), bytes.as_slice())?;
            let what = match made.hold {
                Hold::Cordoned => What::Cordoned,
                Hold::Drained => What::Drained,
            };
            tell(tx, what, &made.reach, &made.by, made.reason.clone())?;
            Ok(before)
        })
    }

    /// Lifts a cordon; gives it. None: there was none.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn uncordon(
        &self,
        reach: Reach,
        by: Actor,
        reason: Option<String>,
    ) -> Result<Option<Cordon>, StoreError> {
        self.write(move |tx| {
            let Some(before) = find(tx, &reach)? else {
                return Ok(None);
            };
            tx.table(CORDONS)?.remove(reach.key().as_str())?;
            tell(tx, What::Uncordoned, &reach, &by, reason.clone())?;
            Ok(Some(before))
        })
    }

    /// All cordons.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn cordons(&self) -> Result<Cordons, StoreError> {
        self.read(|view| cordons(view))
    }
}

fn find(reads: &impl ReadsNamed, reach: &Reach) -> Result<Option<Cordon>, StoreError> {
    let bytes = reads.bytes_named(CORDONS, &reach.key())?;
    let read = bytes.map(|bytes| decode(reads.dir(), RowName::Cordon, &bytes));
    Ok(passing_over(read.transpose())?.flatten())
}

fn tell(
    tx: &Tx<'_>,
    what: What,
    reach: &Reach,
    by: &Actor,
    reason: Option<String>,
) -> Result<(), StoreError> {
    tx.append(Event {
        what,
        actor: Some(by.clone()),
        reason,
        detail: Some(reach.to_string()),
        ..Event::default()
    })?;
    Ok(())
}

/// All cordons. One that can't be read is passed over: it must not keep the others from being heeded.
pub(super) fn cordons(reads: &impl ReadsNamed) -> Result<Cordons, StoreError> {
    let rows = reads.all_named(CORDONS)?;
    let read = |bytes: &Vec<u8>| passing_over(decode(reads.dir(), RowName::Cordon, bytes));
    let read: Vec<Option<Cordon>> = rows.iter().map(read).collect::<Result<_, _>>()?;
    Ok(Cordons(read.into_iter().flatten().collect()))
}

/// The cordon that a worker is in. Who never introduced itself as one, such as an operator who clears up
/// after a dead worker, is in none.
pub(super) fn around(
    reads: &impl ReadsNamed,
    worker: WorkerNumber,
) -> Result<Option<Cordon>, StoreError> {
    let cordons = cordons(reads)?;
    if cordons.0.is_empty() {
        return Ok(None);
    }
    let row: Option<WorkerRow> = passing_over(reads.record(&WORKERS, worker.0))?.flatten();
    let around = row.and_then(|row| cordons.around(worker, &row.actor.host).cloned());
    Ok(around)
}

//! The brake of the store.

use super::Store;
use super::error::{StoreError, passing_over};
use super::row_name::RowName;
use super::schema::{BRAKES, SCHEMA_OF_GATES};
use super::tx::{ReadsNamed, decode, encode};
use crate::actor::Actor;
use crate::brake::{Brake, Share};
use crate::event::{Event, What};
use crate::spec::Rest;

/// There is one, for the whole store.
const STORE: &str = "store";

impl Store {
    /// Sets the brake, or takes it off. Gives the one of before.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn set_brake(
        &self,
        share: Option<Share>,
        by: Actor,
        reason: Option<String>,
    ) -> Result<Option<Brake>, StoreError> {
        self.write(move |tx| {
            let before = brake(tx)?;
            if before.as_ref().map(|brake| brake.share) == share {
                return Ok(before);
            }
            match share {
                Some(share) => {
                    // An older worker would work at full speed.
                    tx.raise_schema(SCHEMA_OF_GATES)?;
                    let brake = Brake {
                        share,
                        by: by.clone(),
                        reason: reason.clone(),
                        at: tx.now,
                        rest: Rest::new(),
                    };
                    let bytes = encode(&brake);
                    tx.table(BRAKES)?.insert(STORE, bytes.as_slice())?;
                }
                None => tx.table(BRAKES)?.remove(STORE)?,
            }
            tx.append(Event {
                what: What::Throttled,
                actor: Some(by.clone()),
                reason: reason.clone(),
                detail: Some(match share {
                    Some(share) => format!("the store, to {share}"),
                    None => "the store, no longer".to_owned(),
                }),
                ..Event::default()
            })?;
            Ok(before)
        })
    }

    /// The brake, if it is on.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn brake(&self) -> Result<Option<Brake>, StoreError> {
        self.read(|view| brake(view))
    }
}

/// The brake, if it is on.
pub(super) fn brake(reads: &impl ReadsNamed) -> Result<Option<Brake>, StoreError> {
    let bytes = reads.bytes_named(BRAKES, STORE)?;
    let read = bytes.map(|bytes| decode(reads.dir(), RowName::Brake, &bytes));
    Ok(passing_over(read.transpose())?.flatten())
}

//! What an error of the store says of the next attempt.

use super::error::StoreError;

/// Whether it is worth trying again what failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// It may pass by itself, or once somebody has made room.
    Passes,
    /// No call of this process can succeed any more: somebody has to mend the store, and who works
    /// on it has to end.
    Lasts,
    /// The store is well: what failed concerns one task or one claim.
    Particular,
}

impl StoreError {
    /// Whether it is worth trying again.
    #[must_use]
    pub fn outlook(&self) -> Outlook {
        match self {
            // The other version ends some day, others share what is busy or full, and a bug depends on
            // what it meets.
            Self::Busy { .. }
            | Self::Unknown { .. }
            | Self::Full { .. }
            | Self::Io { .. }
            | Self::OtherVersion { .. }
            | Self::Bug { .. } => Outlook::Passes,
            Self::Missing { .. }
            | Self::Replaced { .. }
            | Self::NotAStore { .. }
            | Self::Exposed { .. }
            | Self::NotOurs { .. }
            | Self::There { .. }
            | Self::NetworkFileSystem { .. }
            | Self::ReadOnly { .. }
            | Self::LeftOpen { .. }
            | Self::Newer { .. }
            | Self::Corrupted { .. } => Outlook::Lasts,
            Self::Unreadable { .. } | Self::Fenced { .. } | Self::NoTask(_) => Outlook::Particular,
        }
    }
}

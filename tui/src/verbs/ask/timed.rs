//! When a suspension ends by itself, as it was typed.

use jiff::tz::TimeZone;
use longhaul_common::moment;
use longhaul_common::time::Timestamp;

use crate::cli::SuspendArgs;
use crate::exit::Failure;

impl SuspendArgs {
    /// When the suspension ends by itself.
    pub(crate) fn end(
        &self,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Result<Option<Timestamp>, Failure> {
        match (self.lasts, self.until.as_deref()) {
            (Some(lasts), _) if lasts.is_zero() => {
                Err(Failure::mistake("--for 0s is no suspension"))
            }
            (Some(lasts), _) if now.after(lasts) > LAST => {
                Err(Failure::mistake("--for: that is after the year 9999").hint("leave it out"))
            }
            (Some(lasts), _) => Ok(Some(now.after(lasts))),
            (None, Some(text)) => moment::parse(text, now, zone)
                .map(Some)
                .map_err(|error| Failure::mistake(format!("--until: {error}"))),
            (None, None) => Ok(None),
        }
    }
}

/// The last moment that has a date: 9999-12-30T22:00:00Z.
const LAST: Timestamp = Timestamp::from_millis(253_402_207_200_000);

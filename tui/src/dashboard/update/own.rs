//! The task that this program was started for: it is shown first, and taken whenever it waits.

use longhaul_common::phase::Phase;

use super::pages;
use crate::dashboard::effect::Effect;
use crate::dashboard::model::{Hosting, Model};

/// Shows it once it is known, and has it taken when it waits for a worker.
pub(super) fn settle(model: &mut Model) -> Option<Effect> {
    let mut own = model.own?;
    let waits = model.tasks.get(own.task)?.phase == Phase::Queued;
    if !own.shown {
        own.shown = true;
        pages::open_on(model, own.task);
    }
    let works = matches!(model.hosting, Hosting::Works(_) | Hosting::Asked(_));
    let take = waits && works && !own.told;
    own.told = waits;
    model.own = Some(own);
    take.then_some(Effect::Take(own.task))
}

/// What could not be done may be possible now.
pub(super) fn try_again(model: &mut Model) {
    if let Some(own) = &mut model.own {
        own.told = false;
    }
}

#[cfg(test)]
mod tests;

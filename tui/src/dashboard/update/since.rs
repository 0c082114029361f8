//! Says what happened since the operator looked, at the first sight of the whole store.

use crate::dashboard::model::{Model, Since, Toast, Urgency};
use crate::output::paint::Tone;

/// Says it, once both are known: when that was, and all tasks.
pub(super) fn tell(model: &mut Model) {
    let Some(before) = model.looked.take_before() else {
        return;
    };
    let mut since = Since::default();
    for row in model.tasks.all() {
        since.count(row, model.needs_attention(row), before);
    }
    let moment = model.clock().moment(before);
    if let Some(words) = since.words(&moment, model.size.columns.into()) {
        let tone = if since.need_somebody() {
            Tone::Attention
        } else {
            Tone::Plain
        };
        model.toasts.say(Toast::told(words, tone, model.now));
        model.touch(Urgency::State);
    }
}

#[cfg(test)]
mod tests;

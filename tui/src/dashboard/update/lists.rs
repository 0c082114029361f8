//! What is on the list, and in what order.

use crate::dashboard::action::Action;
use crate::dashboard::effect::Effect;
use crate::dashboard::model::Model;

pub(super) fn act(_model: &mut Model, _action: Action) -> Vec<Effect> {
    Vec::new()
}

/// Takes the filter away, if there is one.
pub(super) fn close(_model: &mut Model) -> bool {
    false
}

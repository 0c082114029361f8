//! Pages and panes beside the list.

use crate::dashboard::action::Action;
use crate::dashboard::effect::Effect;
use crate::dashboard::model::Model;

pub(super) fn act(_model: &mut Model, _action: Action) -> Vec<Effect> {
    Vec::new()
}

/// Closes the page that is open, if there is one.
pub(super) fn close(_model: &mut Model) -> bool {
    false
}

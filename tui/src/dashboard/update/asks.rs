//! Marks, and what is asked of tasks.

use longhaul_common::state::Desired;
use longhaul_common::store::Haste;

use crate::dashboard::action::Action;
use crate::dashboard::effect::{Effect, Request};
use crate::dashboard::model::{Access, Model};

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Suspend => ask(model, Desired::Suspend, Haste::AtBoundary),
        Action::Resume => ask(model, Desired::Run, Haste::AtBoundary),
        Action::Terminate => ask(model, Desired::Terminate, Haste::AtBoundary),
        Action::ForceSuspend => ask(model, Desired::Suspend, Haste::ByForce),
        Action::ForceTerminate => ask(model, Desired::Terminate, Haste::ByForce),
        _ => Vec::new(),
    }
}

/// Takes the marks away, if there are any.
pub(super) fn close(_model: &mut Model) -> bool {
    false
}

fn ask(model: &Model, want: Desired, haste: Haste) -> Vec<Effect> {
    let Some(row) = model.tasks.selected() else {
        return Vec::new();
    };
    if model.options.access == Access::ReadOnly {
        return Vec::new();
    }
    vec![Effect::Ask(Request {
        want,
        haste,
        tasks: vec![row.number],
        reason: None,
    })]
}

//! The mouse, where it is wanted: the wheel moves as keys do, a click goes to a task. It asks for
//! nothing: what a hand slips on must not stop a task.

use super::{act, help, pages};
use crate::dashboard::action::Action;
use crate::dashboard::effect::Effect;
use crate::dashboard::message::Pointed;
use crate::dashboard::model::{Focus, Hosting, Model, Way};
use crate::dashboard::view::{self, Spot};

/// Lines that a notch of the wheel moves.
const NOTCH: usize = 3;

pub(super) fn point(model: &mut Model, pointed: Pointed) -> Vec<Effect> {
    // What is asked or typed is for the keys.
    let asks = matches!(model.hosting, Hosting::Asked(_))
        || model.dialogue.is_some()
        || model.submitting.is_some()
        || model.filter.is_open()
        || model.palette.typing().is_some();
    match pointed {
        _ if asks => Vec::new(),
        Pointed::Wheel(way) => wheel(model, way),
        Pointed::Click { column, row } if model.help.is_none() && model.pages.top().is_none() => {
            click(model, view::spot(model, column, row))
        }
        Pointed::Click { .. } => Vec::new(),
    }
}

fn wheel(model: &mut Model, way: Way) -> Vec<Effect> {
    let action = match way {
        Way::Down => Action::Down,
        Way::Up => Action::Up,
    };
    let mut effects = Vec::new();
    for _ in 0..NOTCH {
        if let Some(first) = model.help {
            model.help = help(model, first, Some(action));
        } else {
            let moved = pages::take(model, action).unwrap_or_else(|| act(model, action));
            effects.extend(moved);
        }
    }
    effects
}

/// To the task that was clicked; on the one under the cursor it opens and closes the detail.
fn click(model: &mut Model, spot: Spot) -> Vec<Effect> {
    let focus = match spot {
        Spot::Task(line) if model.tasks.is_cursor(line) => return act(model, Action::Detail),
        Spot::Task(line) => {
            model.tasks.go_to(model.tasks.window().first + line);
            Focus::List
        }
        Spot::Detail => Focus::Detail,
        Spot::Nothing => return Vec::new(),
    };
    if let Some(detail) = &mut model.pages.detail {
        detail.focus = focus;
    }
    Vec::new()
}

#[cfg(test)]
mod tests;

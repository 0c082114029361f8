//! Moving the cursor.

use crate::dashboard::action::Action;
use crate::dashboard::effect::Effect;
use crate::dashboard::model::Model;

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let half = isize::try_from(model.tasks.window().lines / 2)
        .unwrap_or(1)
        .max(1);
    match action {
        Action::Up => model.tasks.step(-1),
        Action::Down => model.tasks.step(1),
        Action::PageUp => model.tasks.step(-half),
        Action::PageDown => model.tasks.step(half),
        Action::First => model.tasks.go_to(0),
        Action::Last => model.tasks.go_to(usize::MAX),
        _ => {}
    }
    Vec::new()
}

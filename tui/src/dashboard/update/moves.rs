//! Moving the cursor.

use crate::dashboard::action::Action;
use crate::dashboard::effect::Effect;
use crate::dashboard::model::{Model, Way};

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
        // What the filter takes is all there is on the list.
        Action::NextMatch => model.tasks.seek(Way::Down, |_| true),
        Action::PreviousMatch => model.tasks.seek(Way::Up, |_| true),
        Action::NextAttention => attend(model, Way::Down),
        Action::PreviousAttention => attend(model, Way::Up),
        _ => {}
    }
    Vec::new()
}

fn attend(model: &mut Model, way: Way) {
    let mut tasks = std::mem::take(&mut model.tasks);
    tasks.seek(way, |row| model.needs_attention(row));
    model.tasks = tasks;
}

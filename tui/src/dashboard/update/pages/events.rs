//! The page of events.

use crate::dashboard::action::Action;
use crate::dashboard::model::{EventsPage, Model, Page};

pub(super) fn act(model: &mut Model, action: Action) {
    let Some(Page::Events(events)) = model.pages.top_mut() else {
        return;
    };
    let page = isize::try_from(events.browse.lines() / 2)
        .unwrap_or(1)
        .max(1);
    match action {
        Action::Up => events.step(-1),
        Action::Down => events.step(1),
        Action::PageUp => events.step(-page),
        Action::PageDown => events.step(page),
        Action::First => events.go_to_first(),
        Action::Last | Action::Follow => events.follow(),
        Action::NextPane => {
            let of_one = events.selected().and_then(|event| event.task);
            let next = match events.task {
                Some(_) => None,
                None => of_one,
            };
            if next != events.task {
                **events = EventsPage::of(next);
            }
        }
        Action::Detail => {
            if let Some(task) = events.selected().and_then(|event| event.task) {
                super::go_to(model, task);
            }
        }
        _ => {}
    }
}

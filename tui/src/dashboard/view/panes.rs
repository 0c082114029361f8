//! What the screen is parted in.

use ratatui::layout::Rect;

use super::header;
use crate::dashboard::model::Model;

/// From so many columns on the detail stands beside the list.
const BESIDE: u16 = 120;

/// From so many lines on it stands below the list, else in its place.
const BELOW: u16 = 17;

/// List and detail; of one that is not seen the area is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Panes {
    pub(super) list: Rect,
    pub(super) detail: Rect,
    pub(super) edge: Edge,
}

/// Where the detail borders on the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edge {
    Left,
    Top,
    /// It stands in the list's place.
    None,
}

/// What is between header and footer, and not taken by what is said: that covers nothing.
pub(super) fn body(model: &Model) -> Rect {
    let top = header::lines(model);
    let said = u16::try_from(model.toasts.above().len()).unwrap_or(0);
    Rect {
        x: 0,
        y: top,
        width: model.size.columns,
        height: model.size.rows.saturating_sub(top + 1 + said),
    }
}

/// How the body is parted.
pub(super) fn panes(model: &Model) -> Panes {
    let body = body(model);
    let none = Rect {
        width: 0,
        height: 0,
        ..body
    };
    if model.pages.detail.is_none() {
        return Panes {
            list: body,
            detail: none,
            edge: Edge::None,
        };
    }
    if body.width >= BESIDE {
        let width = (body.width / 2).clamp(60, 100);
        return Panes {
            list: Rect {
                width: body.width - width,
                ..body
            },
            detail: Rect {
                x: body.x + body.width - width,
                width,
                ..body
            },
            edge: Edge::Left,
        };
    }
    if body.height >= BELOW {
        let height = (body.height / 3).max(6);
        return Panes {
            list: Rect { height, ..body },
            detail: Rect {
                y: body.y + height,
                height: body.height - height,
                ..body
            },
            edge: Edge::Top,
        };
    }
    Panes {
        list: none,
        detail: body,
        edge: Edge::None,
    }
}

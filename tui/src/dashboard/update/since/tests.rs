use std::time::Duration;

use longhaul_common::time::Timestamp;

use crate::dashboard::fixtures::{NOW, THEME, all_sorts, blank, filled, press, screen, seen, tell};
use crate::dashboard::message::{Message, News};
use crate::dashboard::model::Model;
use crate::dashboard::update::update;

fn before() -> Timestamp {
    Timestamp::from_millis(NOW.as_millis() - 60 * 60 * 1000)
}

fn said(model: &Model) -> Vec<&str> {
    let toasts = model.toasts.above().iter();
    toasts.map(|toast| toast.text.as_str()).collect()
}

#[test]
fn whoever_opens_it_is_told_what_happened_since() {
    for (columns, rows) in [(60, 15), (120, 40)] {
        let mut model = filled(columns, rows, THEME, &all_sorts());
        assert!(said(&model).is_empty());
        tell(&mut model, News::LookedBefore(before()));
        insta::assert_snapshot!(format!("since_{columns}x{rows}"), screen(&model));
    }
}

#[test]
fn it_waits_for_the_whole_store() {
    let mut model = blank(120, 40, THEME);
    tell(&mut model, News::LookedBefore(before()));
    let rows = all_sorts().iter().map(seen).collect();
    tell(&mut model, News::Filled(rows));
    assert!(said(&model).is_empty());
    tell(&mut model, News::Whole(Vec::new()));
    assert_eq!(said(&model).len(), 1);
}

#[test]
fn keys_leave_it_and_time_takes_it() {
    let mut model = filled(120, 40, THEME, &all_sorts());
    tell(&mut model, News::LookedBefore(before()));
    press(&mut model, "j j");
    assert_eq!(said(&model).len(), 1);
    update(
        &mut model,
        Message::Clock(NOW.after(Duration::from_secs(31))),
    );
    assert!(said(&model).is_empty());
    // Read anew it is not said again.
    tell(&mut model, News::Anew);
    tell(&mut model, News::Whole(Vec::new()));
    assert!(said(&model).is_empty());
}

#[test]
fn where_nothing_happened_nothing_is_said() {
    let mut model = filled(120, 40, THEME, &all_sorts());
    tell(&mut model, News::LookedBefore(NOW));
    assert!(said(&model).is_empty());
}

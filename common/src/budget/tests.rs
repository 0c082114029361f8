use super::{Budget, Counted, SHARE_FROM};
use crate::progress::Progress;

fn progress(done: u64, failed: u64) -> Progress {
    Progress {
        items_done: done,
        items_failed: failed,
        ..Progress::default()
    }
}

#[test]
fn a_number_is_spent_by_the_item_after_it() {
    let budget = Budget::Items(3);
    assert_eq!(budget.spent(&progress(0, 3)), None);
    let why = budget.spent(&progress(6, 4)).unwrap();
    assert_eq!(
        why,
        "4 of 10 items failed, more than the error budget of 3 allows"
    );
    assert!(Budget::Items(0).spent(&progress(0, 1)).is_some());
}

#[test]
fn a_share_is_judged_once_there_are_enough_items() {
    let budget = Budget::Percent(5.0);
    assert_eq!(budget.spent(&progress(0, SHARE_FROM - 1)), None);
    assert_eq!(budget.spent(&progress(95, 5)), None);
    assert!(budget.spent(&progress(94, 6)).is_some());
}

#[test]
fn what_was_before_somebody_resumed_is_not_counted() {
    let mut progress = progress(10, 4);
    progress.forgive();
    assert_eq!(
        progress.budget_from,
        Counted {
            done: 10,
            failed: 4
        }
    );
    progress.items_failed = 7;
    assert_eq!(Budget::Items(3).spent(&progress), None);
    progress.items_failed = 8;
    assert!(Budget::Items(3).spent(&progress).is_some());
}

#[test]
fn a_budget_reads_as_it_is_written() {
    for (text, budget) in [
        ("0", Budget::Items(0)),
        ("20", Budget::Items(20)),
        ("5%", Budget::Percent(5.0)),
        ("0.5%", Budget::Percent(0.5)),
    ] {
        assert_eq!(text.parse(), Ok(budget));
        assert_eq!(budget.to_string(), text);
    }
    for text in [
        "", "-1", "5 items", "101%", "-1%", "%", "NaN%", "inf%", "none",
    ] {
        assert!(text.parse::<Budget>().is_err(), "{text}");
    }
}

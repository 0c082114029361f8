use jiff::tz::TimeZone;

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_000_000);

fn awaited(task: u64, outcome: Option<Outcome>) -> Awaited {
    Awaited {
        task: TaskNumber(task),
        outcome,
    }
}

fn held_by(awaited: &[Awaited]) -> Option<(Phase, String)> {
    let site = Site {
        spec: &TaskSpec::default(),
        awaited,
        now: NOW,
    };
    closed(&site).map(|gate| (gate.phase(), gate.waiting_for(NOW, &TimeZone::UTC)))
}

#[test]
fn a_task_waits_for_all_that_have_not_completed() {
    let done = awaited(1, Some(Outcome::Completed));
    assert_eq!(held_by(&[]), None);
    assert_eq!(held_by(&[done]), None);
    for (open, told) in [
        (vec![4], "task 4 to complete"),
        (vec![4, 7], "tasks 4 and 7 to complete"),
        (vec![4, 7, 9], "tasks 4, 7 and 9 to complete"),
        (
            vec![4, 7, 9, 10, 11],
            "tasks 4, 7, 9 and 2 more to complete",
        ),
    ] {
        let mut all = vec![done];
        all.extend(open.into_iter().map(|task| awaited(task, None)));
        assert_eq!(held_by(&all), Some((Phase::Blocked, told.into())));
    }
}

#[test]
fn one_that_cannot_complete_any_more_is_told_first() {
    for (outcome, told) in [
        (Outcome::Failed, "task 7, which failed"),
        (Outcome::Terminated, "task 7, which was terminated"),
    ] {
        let all = [awaited(4, None), awaited(7, Some(outcome))];
        assert_eq!(held_by(&all), Some((Phase::Blocked, told.into())));
    }
}

#[test]
fn a_group_holds_its_tasks_while_it_is_full() {
    let room = |slots, in_use| Room { slots, in_use };
    assert_eq!(full("db", room(2, 1)), None);
    for (room, told) in [
        (room(2, 2), "group db: 2 of 2 slots in use"),
        (room(1, 3), "group db: 3 of 1 slots in use"),
        (room(0, 0), "group db: 0 of 0 slots in use"),
    ] {
        let gate = full("db", room).expect("it is full");
        assert_eq!(
            (gate.phase(), gate.waiting_for(NOW, &TimeZone::UTC)),
            (Phase::Blocked, told.into())
        );
        assert_eq!(gate.until(), None);
    }
}

#[test]
fn a_task_waits_for_its_time_and_for_its_window_once_that_has_come() {
    let at = |text: &str| {
        let at: jiff::Timestamp = text.parse().expect("a time");
        Timestamp::from_millis(at.as_millisecond())
    };
    let now = at("2026-11-24T14:00:00Z");
    let window = |text: &str| Window::parse(text, None).expect("a window");
    let open = window("12:00-18:00 UTC");
    let shut = window("22:00-06:00 Europe/Berlin");
    for (time, window, expected) in [
        (None, None, None),
        (None, Some(&open), None),
        (Some("2026-11-24T13:00:00Z"), Some(&open), None),
        (
            Some("2026-11-24T15:30:00Z"),
            Some(&open),
            Some(("until 15:30", "2026-11-24T15:30:00Z")),
        ),
        (
            None,
            Some(&shut),
            Some((
                "its window 22:00-06:00 Europe/Berlin, which opens at 22:00",
                "2026-11-24T21:00:00Z",
            )),
        ),
        (
            Some("2026-11-25T15:30:00Z"),
            Some(&shut),
            Some((
                "its window 22:00-06:00 Europe/Berlin, which opens at Wed 22:00",
                "2026-11-25T21:00:00Z",
            )),
        ),
        (
            Some("2026-11-24T22:30:00Z"),
            Some(&shut),
            Some(("until 22:30", "2026-11-24T22:30:00Z")),
        ),
    ] {
        let spec = TaskSpec {
            at: time.map(at),
            window: window.cloned(),
            ..TaskSpec::default()
        };
        let site = Site {
            spec: &spec,
            awaited: &[],
            now,
        };
        let found = closed(&site).map(|gate| {
            assert_eq!(gate.phase(), Phase::Scheduled);
            (gate.waiting_for(now, &TimeZone::UTC), gate.until())
        });
        let expected = expected.map(|(told, until)| (told.to_owned(), Some(at(until))));
        assert_eq!(found, expected, "{time:?} {window:?}");
    }
    let spec = TaskSpec {
        window: Some(open),
        ..TaskSpec::default()
    };
    let site = Site {
        spec: &spec,
        awaited: &[awaited(4, None)],
        now,
    };
    assert_eq!(closes_at(&site), Some(at("2026-11-24T18:00:00Z")));
    assert!(
        matches!(closed(&site), Some(Closed::After(_))),
        "told first"
    );
}

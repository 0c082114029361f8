use super::*;

const BERLIN: &str = "Europe/Berlin";

fn at(text: &str) -> Timestamp {
    let at: jiff::Timestamp = text.parse().expect("a time");
    Timestamp::from_millis(at.as_millisecond())
}

fn window(text: &str) -> Window {
    Window::parse(text, Some(BERLIN)).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn open(until: &str) -> Opening {
    Opening::Open {
        until: Some(at(until)),
    }
}

fn closed(until: &str) -> Opening {
    Opening::Closed {
        until: Some(at(until)),
    }
}

#[test]
fn a_window_may_go_over_midnight() {
    let night = window("22:00-06:00");
    for (now, expected) in [
        ("2026-11-24T20:59:59Z", closed("2026-11-24T21:00:00Z")),
        ("2026-11-24T21:00:00Z", open("2026-11-25T05:00:00Z")),
        ("2026-11-25T00:00:00Z", open("2026-11-25T05:00:00Z")),
        ("2026-11-25T04:59:59Z", open("2026-11-25T05:00:00Z")),
        ("2026-11-25T05:00:00Z", closed("2026-11-25T21:00:00Z")),
    ] {
        assert_eq!(night.at(at(now)), expected, "{now}");
    }
}

#[test]
fn a_window_belongs_to_the_day_on_which_it_opens() {
    let nights = window("fri 22:00-06:00");
    // A Friday.
    assert_eq!(
        nights.at(at("2026-11-27T22:00:00Z")),
        open("2026-11-28T05:00:00Z")
    );
    assert_eq!(
        nights.at(at("2026-11-28T22:00:00Z")),
        closed("2026-12-04T21:00:00Z")
    );
}

#[test]
fn spans_that_touch_are_one() {
    let weekend = window("sat 00:00-24:00, sun 00:00-24:00, mon 00:00-06:00");
    assert_eq!(
        weekend.at(at("2026-11-28T12:00:00Z")),
        open("2026-11-30T05:00:00Z")
    );
    let always = window("00:00-24:00");
    assert_eq!(
        always.at(at("2026-11-28T12:00:00Z")),
        Opening::Open { until: None }
    );
}

#[test]
fn a_span_that_the_clocks_leave_out_is_left_out_and_one_that_comes_twice_comes_once() {
    // On 2027-03-28 the clocks go from 02:00 to 03:00.
    let gap = window("02:15-02:45");
    assert_eq!(
        gap.at(at("2027-03-28T00:00:00Z")),
        open_or_closed(&gap, "2027-03-28T00:00:00Z")
    );
    let left_out = window("sun 02:30-03:00");
    assert_eq!(
        left_out.at(at("2027-03-27T12:00:00Z")),
        closed("2027-04-04T00:30:00Z")
    );
    let over = window("01:30-03:30");
    assert_eq!(
        over.at(at("2027-03-28T00:30:00Z")),
        open("2027-03-28T01:30:00Z"),
        "an hour shorter"
    );
    // On 2026-10-25 they go from 03:00 back to 02:00.
    let twice = window("02:15-02:45");
    assert_eq!(
        twice.at(at("2026-10-25T00:15:00Z")),
        open("2026-10-25T00:45:00Z")
    );
    assert_eq!(
        twice.at(at("2026-10-25T01:15:00Z")),
        closed("2026-10-26T01:15:00Z")
    );
    let longer = window("01:30-03:30");
    assert_eq!(
        longer.at(at("2026-10-25T01:15:00Z")),
        open("2026-10-25T02:30:00Z"),
        "an hour longer"
    );
}

/// What holds whatever the clocks do: it opens or closes later than now.
fn open_or_closed(window: &Window, now: &str) -> Opening {
    let opening = window.at(at(now));
    let (Opening::Open { until } | Opening::Closed { until }) = opening;
    assert!(until.is_some_and(|until| until > at(now)), "{opening:?}");
    opening
}

#[test]
fn at_every_moment_of_two_changes_of_the_clocks_what_is_told_comes_true() {
    for (text, from) in [
        ("02:15-02:45", "2027-03-27T00:00:00Z"),
        ("22:00-02:30", "2027-03-27T00:00:00Z"),
        ("02:30-03:30", "2027-03-27T00:00:00Z"),
        ("02:15-02:45", "2026-10-24T00:00:00Z"),
        ("22:00-02:30", "2026-10-24T00:00:00Z"),
        ("02:30-03:30, sat 12:00-12:30", "2026-10-24T00:00:00Z"),
    ] {
        let window = window(text);
        let start = at(from).as_millis();
        for minute in 0..(3 * 24 * 60) {
            let now = Timestamp::from_millis(start + minute * 60_000);
            let opening = window.at(now);
            let (Opening::Open { until } | Opening::Closed { until }) = opening;
            let until = until.expect("it changes");
            assert!(until > now, "{text} at {now}: {opening:?}");
            let changed = matches!(opening, Opening::Open { .. })
                != matches!(window.at(until), Opening::Open { .. });
            assert!(changed, "{text} at {now}: {opening:?}");
        }
    }
}

#[test]
fn a_window_is_told_as_it_is_typed_and_is_read_again_as_it_was() {
    for (typed, told) in [
        ("22:00-06:00", "22:00-06:00 Europe/Berlin"),
        ("6:00-7:30 UTC", "06:00-07:30 UTC"),
        (
            "Mon-Fri 22:00-06:00,  sat 00:00-24:00 America/New_York",
            "mon-fri 22:00-06:00, sat 00:00-24:00 America/New_York",
        ),
        ("sat-mon 08:00-09:00", "sat-mon 08:00-09:00 Europe/Berlin"),
        ("mon-sun 08:00-09:00", "08:00-09:00 Europe/Berlin"),
    ] {
        let window = window(typed);
        assert_eq!(window.to_string(), told);
        assert_eq!(Window::try_from(told.to_owned()), Ok(window));
    }
}

#[test]
fn what_is_no_window_is_refused() {
    for text in [
        "",
        "22:00",
        "22:00-",
        "25:00-06:00",
        "24:00-06:00",
        "22:00-24:30",
        "22-06",
        "noon-06:00",
        "holidays 22:00-06:00",
        "22:00-06:00;08:00-09:00",
        "2:0-3:00",
    ] {
        let found = Window::parse(text, Some(BERLIN));
        assert!(
            matches!(found, Err(NoWindow::Shape(_))),
            "{text}: {found:?}"
        );
    }
    let found = Window::parse("22:00-06:00 Europe/Bärlin", Some(BERLIN));
    assert_eq!(found, Err(NoWindow::Zone("Europe/Bärlin".into())));
    assert_eq!(Window::parse("22:00-06:00", None), Err(NoWindow::NoZone));
    for text in ["22:00-22:00", "00:00-00:00"] {
        assert!(matches!(
            Window::parse(text, Some(BERLIN)),
            Err(NoWindow::Empty(_))
        ));
    }
}

#[test]
fn a_zone_that_this_machine_does_not_know_keeps_it_closed() {
    let window = Window::try_from("22:00-06:00 Moon/Tycho".to_owned()).expect("as it was written");
    assert_eq!(
        window.at(at("2026-11-24T23:00:00Z")),
        Opening::Closed { until: None }
    );
}

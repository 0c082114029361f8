use super::*;

#[test]
fn times_are_told_in_the_zone_asked_for() {
    let zone = TimeZone::fixed(jiff::tz::offset(-7));
    let clock = Clock::at(Timestamp::from_millis(90_000), zone);
    assert_eq!(clock.time(Timestamp::from_millis(0)), "1969-12-31 17:00:00");
}

#[test]
fn ages_look_back_and_ahead() {
    let clock = Clock::at(Timestamp::from_millis(90_000), TimeZone::UTC);
    assert_eq!(clock.age(Timestamp::from_millis(0)), "1m ago");
    assert_eq!(clock.age(Timestamp::from_millis(102_000)), "in 12s");
}

#[test]
fn a_past_moment_has_its_day_unless_that_is_today() {
    let at = |text: &str| {
        let at: jiff::Timestamp = text.parse().expect("a time");
        Timestamp::from_millis(at.as_millisecond())
    };
    let zone = TimeZone::fixed(jiff::tz::offset(2));
    // A Monday, 1:30 there.
    let clock = Clock::at(at("2026-11-22T23:30:00Z"), zone);
    let cases = [
        ("2026-11-22T22:05:00Z", "00:05"),
        ("2026-11-22T21:55:00Z", "Sun 23:55"),
        ("2026-11-16T23:00:00Z", "Tue 01:00"),
        ("2026-11-16T21:00:00Z", "2026-11-16 23:00"),
    ];
    for (moment, told) in cases {
        assert_eq!(clock.moment(at(moment)), told);
    }
}

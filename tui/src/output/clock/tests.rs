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

use super::*;

fn berlin() -> TimeZone {
    TimeZone::get("Europe/Berlin").expect("it is known everywhere")
}

fn at(text: &str) -> Timestamp {
    let at: jiff::Timestamp = text.parse().expect("a time");
    Timestamp::from_millis(at.as_millisecond())
}

/// What is typed at 15:00 of a Tuesday in Berlin.
fn typed(text: &str) -> Result<Timestamp, NoMoment> {
    parse(text, at("2026-11-24T14:00:00Z"), &berlin())
}

#[test]
fn a_time_of_day_is_the_next_one() {
    for (text, expected) in [
        ("22:00", "2026-11-24T21:00:00Z"),
        ("22:00:30", "2026-11-24T21:00:30Z"),
        ("6:30", "2026-11-25T05:30:00Z"),
        ("15:00", "2026-11-25T14:00:00Z"),
        ("15:01", "2026-11-24T14:01:00Z"),
        ("00:00", "2026-11-24T23:00:00Z"),
    ] {
        assert_eq!(typed(text), Ok(at(expected)), "{text}");
    }
}

#[test]
fn a_date_is_meant_where_one_is_unless_it_says_where() {
    for (text, expected) in [
        ("2026-12-01 06:30", "2026-12-01T05:30:00Z"),
        ("2026-12-01T06:30", "2026-12-01T05:30:00Z"),
        ("2026-12-01T06:30:00Z", "2026-12-01T06:30:00Z"),
        ("2026-12-01T06:30:00-05:00", "2026-12-01T11:30:00Z"),
        ("2027-07-01 06:30", "2027-07-01T04:30:00Z"),
    ] {
        assert_eq!(typed(text), Ok(at(expected)), "{text}");
    }
}

#[test]
fn what_is_over_is_refused_and_so_is_what_is_no_time() {
    assert_eq!(
        typed("2026-11-24 14:59"),
        Err(NoMoment::Over("2026-11-24 14:59:00 +01:00".into()))
    );
    assert!(matches!(
        typed("2026-11-24T14:00:00Z"),
        Err(NoMoment::Over(_))
    ));
    for text in [
        "",
        "noon",
        "25:00",
        "22",
        "22:0",
        "1:2:3:4",
        ":30",
        "2026-13-01 00:00",
        "2h",
        "-22:00",
        "22:00 tomorrow",
    ] {
        assert!(matches!(typed(text), Err(NoMoment::Shape(_))), "{text}");
    }
}

#[test]
fn a_time_that_the_clocks_leave_out_is_later_and_of_two_the_first_is_meant() {
    let before = at("2027-03-28T00:00:00Z");
    let spring = parse("02:30", before, &berlin());
    assert_eq!(spring, Ok(at("2027-03-28T01:30:00Z")), "03:30 there");
    let before = at("2026-10-24T23:00:00Z");
    let autumn = parse("02:30", before, &berlin());
    assert_eq!(autumn, Ok(at("2026-10-25T00:30:00Z")));
}

#[test]
fn a_moment_to_come_is_told_as_one_speaks_of_it() {
    let now = at("2026-11-24T14:00:00Z");
    for (moment, expected) in [
        ("2026-11-24T21:00:00Z", "22:00"),
        ("2026-11-24T14:00:30Z", "15:00:30"),
        ("2026-11-24T21:00:30Z", "22:00"),
        ("2026-11-25T05:00:00Z", "Wed 06:00"),
        ("2026-12-01T13:59:00Z", "2026-12-01 14:59"),
    ] {
        assert_eq!(in_short(at(moment), now, &berlin()), expected);
    }
    assert_eq!(
        in_full(at("2026-11-24T21:00:00Z"), &berlin()),
        "2026-11-24 22:00:00 +01:00"
    );
}

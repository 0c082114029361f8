use super::*;
use proptest::prelude::*;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_000_000 + millis)
}

fn rate(text: &str) -> Rate {
    text.parse().expect("it is a rate")
}

#[test]
fn a_rate_is_read_as_it_is_written() {
    for text in ["50/s", "3/min", "1000/h", "20/d", "1000000000/s"] {
        assert_eq!(rate(text).to_string(), text);
    }
    assert_eq!(rate("3/m"), rate("3/min"));
    assert_eq!(rate("7/sec"), rate("7/s"));
    for text in [
        "",
        "50",
        "/s",
        "0/s",
        "-1/s",
        "+1/s",
        "1.5/s",
        "50/",
        "50/y",
        "50 /s",
        "50/ s",
        "1000000001/s",
        "99999999999999999999/s",
        "50/s/s",
    ] {
        assert_eq!(text.parse::<Rate>(), Err(NoRate), "{text}");
    }
}

#[test]
fn a_rate_near_a_number_keeps_two_digits_and_is_never_zero() {
    let near = |per_second| Rate::near(per_second).map(|rate| rate.to_string());
    assert_eq!(near(80.0).as_deref(), Some("80/s"));
    assert_eq!(near(123.4).as_deref(), Some("120/s"));
    assert_eq!(near(98_765.0).as_deref(), Some("99000/s"));
    assert_eq!(near(2.56).as_deref(), Some("150/min"));
    assert_eq!(near(0.01).as_deref(), Some("36/h"));
    assert_eq!(near(0.000_02).as_deref(), Some("2/d"));
    assert_eq!(near(0.0), None);
    assert_eq!(near(f64::NAN), None);
    assert_eq!(near(-5.0), None);
    assert_eq!(near(f64::INFINITY).as_deref(), Some("1000000000/s"));
}

#[test]
fn a_batch_takes_up_the_time_of_its_items() {
    assert_eq!(rate("50/s").span(100), Duration::from_secs(2));
    assert_eq!(rate("3/min").span(1), Duration::from_secs(20));
    assert_eq!(rate("1000/h").span(1), Duration::from_millis(3600));
    assert_eq!(rate("1/d").span(u64::MAX), Duration::from_micros(u64::MAX));
    let pace = Pace::begun(None, Some(rate("50/s")), 100, at(0));
    assert_eq!(pace.next(rate("50/s"), at(1)), Some(at(2000)));
    assert_eq!(pace.next(rate("50/s"), at(1999)), Some(at(2000)));
    assert_eq!(pace.next(rate("50/s"), at(2000)), None);
    // Changed meanwhile, it counts at once.
    assert_eq!(pace.next(rate("100/s"), at(1)), Some(at(1000)));
    assert_eq!(pace.next(rate("100/s"), at(1000)), None);
}

#[test]
fn what_was_missed_is_made_up_for_by_a_tenth_of_a_second_only() {
    let limit = rate("1/s");
    let first = Pace::begun(None, Some(limit), 1, at(0));
    let late = Pace::begun(Some(first), Some(limit), 1, at(1040));
    assert_eq!(late.next(limit, at(1040)), Some(at(2000)));
    let later = Pace::begun(Some(first), Some(limit), 1, at(60_000));
    assert_eq!(later.next(limit, at(60_000)), Some(at(60_900)));
    // After a rest nothing is.
    assert_eq!(first.rested(Some(limit), at(60_000)), None);
    assert_eq!(first.rested(Some(limit), at(500)), Some(first));
    assert_eq!(first.rested(None, at(500)), None);
}

#[test]
fn a_clock_that_was_set_back_keeps_nobody_waiting() {
    let limit = rate("1/h");
    let pace = Pace::begun(None, Some(limit), 1, at(5000));
    assert_eq!(pace.next(limit, at(0)), None);
    let anew = Pace::begun(Some(pace), Some(limit), 1, at(0));
    assert_eq!(anew.next(limit, at(1)), Some(at(3_600_000)));
}

#[test]
fn a_batch_that_died_with_its_worker_counts() {
    let limit = rate("1/s");
    let before = Pace::begun(None, Some(limit), 1, at(0));
    let waited = Pace::taken_over(Some(before), limit, 1, at(10), at(500));
    assert_eq!(waited, before);
    // It had begun at 1000, and died soon.
    let died = Pace::taken_over(Some(before), limit, 1, at(10), at(1100));
    assert_eq!(died.next(limit, at(1100)), Some(at(2000)));
    let first = Pace::taken_over(None, limit, 1, at(10), at(20));
    assert_eq!(first.next(limit, at(20)), Some(at(1010)));
}

proptest! {
    #[test]
    fn never_more_begins_in_any_time_than_the_limit_allows(
        items in 1_u64..2000,
        late in prop::collection::vec((1_u64..200, 0_i64..400), 1..60),
    ) {
        let limit = Rate { items: NonZeroU64::new(items).expect("from 1 on"), per: Per::Second };
        let mut now = at(0);
        let mut pace: Option<Pace> = None;
        let mut begun: Vec<(i64, u64)> = Vec::new();
        for (size, late) in late {
            if let Some(next) = pace.and_then(|pace| pace.next(limit, now)) {
                now = next;
            }
            now = now.after(Duration::from_millis(late.unsigned_abs()));
            pace = Some(Pace::begun(pace, Some(limit), size, now));
            begun.push((now.as_millis(), size));
        }
        for (from, (start, _)) in begun.iter().enumerate() {
            // All that began before the last one of the window has had its time.
            let mut sum = 0;
            for (end, size) in &begun[from..] {
                let window = u64::try_from(end - start).expect("in order") + 100 + 2;
                prop_assert!(as_f64(sum) <= as_f64(window) / 1000.0 * as_f64(items) + 0.001,
                    "{sum} items in {window} ms at {limit}");
                sum += size;
            }
        }
    }
}

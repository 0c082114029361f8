use super::*;
use proptest::prelude::*;

const UNMOVED: f64 = 0.5;

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

#[test]
fn the_delay_starts_at_the_base_and_doubles_to_the_cap() {
    let delays: Vec<u64> = (1..=9)
        .map(|attempt| delay(attempt, seconds(1), CAP, UNMOVED).as_secs())
        .collect();
    assert_eq!(delays, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
}

#[test]
fn jitter_moves_the_delay_by_a_fifth_to_either_side() {
    assert_eq!(delay(1, seconds(10), CAP, 0.0), seconds(8));
    assert_eq!(delay(1, seconds(10), CAP, UNMOVED), seconds(10));
    let longest = delay(1, seconds(10), CAP, 0.999_999);
    assert!(longest > Duration::from_millis(11_999) && longest < seconds(12));
}

#[test]
fn a_jitter_out_of_range_leaves_the_delay_as_it_is() {
    for jitter in [-1.0, 1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(delay(3, seconds(1), CAP, jitter), seconds(4));
    }
}

#[test]
fn no_failed_attempt_counts_as_one() {
    assert_eq!(delay(0, seconds(1), CAP, UNMOVED), seconds(1));
}

#[test]
fn a_base_of_nothing_never_waits() {
    assert_eq!(delay(u32::MAX, Duration::ZERO, CAP, 0.9), Duration::ZERO);
}

#[test]
fn the_largest_numbers_do_not_overflow() {
    assert_eq!(
        delay(u32::MAX, Duration::MAX, Duration::MAX, 0.999),
        Duration::MAX
    );
    assert_eq!(
        delay(u32::MAX, Duration::from_nanos(1), CAP, UNMOVED),
        seconds(60)
    );
}

fn duration() -> impl Strategy<Value = Duration> {
    (0_u64..10_000_000_000_000).prop_map(Duration::from_nanos)
}

fn attempt() -> impl Strategy<Value = u32> {
    prop_oneof![0_u32..100, Just(u32::MAX), any::<u32>()]
}

/// One step of rounding.
const NANO: Duration = Duration::from_nanos(1);

proptest! {
    #[test]
    fn a_delay_stays_within_a_fifth_of_base_and_cap(
        attempt in attempt(),
        base in duration(),
        cap in duration(),
        jitter in 0.0_f64..1.0,
    ) {
        let delay = delay(attempt, base, cap, jitter);
        prop_assert!(delay <= cap.mul_f64(1.2) + NANO);
        prop_assert!(delay + NANO >= base.min(cap).mul_f64(0.8));
    }

    #[test]
    fn without_jitter_a_delay_never_shrinks(
        attempt in attempt(),
        more in attempt(),
        base in duration(),
        cap in duration(),
    ) {
        let (fewer, more) = (attempt.min(more), attempt.max(more));
        prop_assert!(delay(fewer, base, cap, UNMOVED) <= delay(more, base, cap, UNMOVED));
    }

    #[test]
    fn no_argument_makes_it_panic(
        attempt in any::<u32>(),
        base in any::<Duration>(),
        cap in any::<Duration>(),
        jitter in any::<f64>(),
    ) {
        let _ = delay(attempt, base, cap, jitter);
    }
}

#[test]
fn a_delay_that_ends_later_than_any_lasts_is_over() {
    let now = Timestamp::from_millis(1_000_000_000);
    let longest = delay(99, CAP, CAP, 0.999);
    assert!(waits(now.after(Duration::from_millis(1)), now));
    assert!(waits(now.after(longest), now));
    for over in [now, now.before(CAP), now.after(2 * CAP)] {
        assert!(!waits(over, now), "{over}");
    }
}

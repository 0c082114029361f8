use super::*;

#[test]
fn thousands_are_separated() {
    assert_eq!(count(0), "0");
    assert_eq!(count(999), "999");
    assert_eq!(count(1_000), "1,000");
    assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
    assert_eq!(done(420, Some(1_000)), "420/1,000");
    assert_eq!(done(1_420, None), "1,420");
}

#[test]
fn one_thing_has_its_own_noun() {
    assert_eq!(counted(1, "batch", "batches"), "1 batch");
    assert_eq!(counted(0, "batch", "batches"), "0 batches");
    assert_eq!(counted(2_000, "batch", "batches"), "2,000 batches");
}

#[test]
fn only_what_is_done_reads_a_hundred_percent() {
    assert_eq!(percent(Some(0.999_99)), "99%");
    assert_eq!(percent(Some(1.0)), "100%");
    assert_eq!(percent(Some(0.0)), "0%");
    // What was counted whole is not one less.
    for whole in 0..=100 {
        let fraction = Some(f64::from(whole) / 100.0);
        assert_eq!(percent(fraction), format!("{whole}%"));
    }
    assert_eq!(percent(None), "-");
}

#[test]
fn a_slow_rate_is_told_per_minute_or_hour() {
    assert_eq!(rate(Some(46.137)), "46.1/s");
    assert_eq!(rate(Some(99.97)), "100/s");
    assert_eq!(rate(Some(12_345.6)), "12,346/s");
    assert_eq!(rate(Some(0.5)), "30.0/min");
    assert_eq!(rate(Some(0.001)), "3.6/h");
    assert_eq!(rate(Some(f64::NAN)), "-");
    assert_eq!(rate(None), "-");
}

#[test]
fn a_duration_has_its_two_largest_units() {
    let told = |millis| duration(Duration::from_millis(millis));
    assert_eq!(told(0), "0s");
    assert_eq!(told(7), "7ms");
    assert_eq!(told(203), "0.2s");
    assert_eq!(told(3_012), "3s");
    assert_eq!(told(9_949), "9.9s");
    assert_eq!(told(9_950), "10s");
    assert_eq!(told(59_600), "1m");
    assert_eq!(told(192_000), "3m 12s");
    assert_eq!(told(3_600_000), "1h");
    assert_eq!(told(7_500_000), "2h 5m");
    assert_eq!(told(93_600_000), "1d 2h");
    assert_eq!(told(100 * 86_400_000 + 3_600_000), "100d");
}

#[test]
fn seconds_beyond_all_reason_do_not_panic() {
    assert_eq!(seconds(Some(f64::INFINITY)), "-");
    assert_eq!(seconds(Some(-1.0)), "-");
    assert_eq!(seconds(None), "-");
    assert_eq!(seconds(Some(1e15)), "11,574,074,074d");
}

#[test]
fn an_age_has_one_unit() {
    assert_eq!(roughly(Duration::from_secs(59)), "59s");
    assert_eq!(roughly(Duration::from_secs(179)), "2m");
    assert_eq!(roughly(Duration::from_secs(86_400 * 3)), "3d");
}

#[test]
fn a_bar_is_full_only_at_the_end() {
    assert_eq!(bar(0.0, 4), "░░░░");
    assert_eq!(bar(0.99, 4), "███░");
    assert_eq!(bar(1.0, 4), "████");
    assert_eq!(bar(7.0, 2), "██");
}

#[test]
fn a_rate_in_few_columns_keeps_its_size() {
    assert_eq!(compact_rate(0.5), "30.0/min");
    assert_eq!(compact_rate(999.0), "999/s");
    assert_eq!(compact_rate(123_456.0), "123k/s");
    assert_eq!(compact_rate(1_999_999.0), "1M/s");
    assert_eq!(compact_rate(7.2e12), "7T/s");
}

#[test]
fn shares_of_a_core_and_memory_take_few_columns() {
    for (share, text) in [
        (0.0, "0%"),
        (0.0004, "0%"),
        (0.0123, "1.2%"),
        (0.0994, "9.9%"),
        (0.0996, "10%"),
        (1.0, "100%"),
        (12.504, "1,250%"),
    ] {
        assert_eq!(cores(share), text);
    }
    const MIB: u64 = 1024 * 1024;
    for (bytes, text) in [
        (0, "0 KiB"),
        (4096, "4 KiB"),
        (1000 * 1024, "1.0 MiB"),
        (MIB, "1.0 MiB"),
        (34 * MIB + MIB / 2, "35 MiB"),
        (999 * MIB, "999 MiB"),
        (1000 * MIB, "1.0 GiB"),
        (u64::MAX, "16384 PiB"),
    ] {
        assert_eq!(memory(bytes), text);
    }
}

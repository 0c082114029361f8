use std::time::Duration;

use super::{Progress, at, batch, close};

fn took(seconds: &[u64]) -> Progress {
    let mut progress = Progress::default();
    for seconds in seconds {
        progress.done(&batch(10, Duration::from_secs(*seconds)), at(0));
    }
    progress
}

#[test]
fn the_range_of_batches_is_that_of_those_seen_lately() {
    assert_eq!(Progress::default().batch_range(), None);
    assert_eq!(took(&[9]).batch_range(), Some((9.0, 9.0)));
    let (shortest, longest) = took(&[10, 8, 14, 10]).batch_range().unwrap();
    assert!((8.0..9.5).contains(&shortest), "{shortest}");
    assert!((13.0..=14.0).contains(&longest), "{longest}");
    let mut long_ago = vec![1, 60];
    long_ago.extend([10; 400]);
    let (shortest, longest) = took(&long_ago).batch_range().unwrap();
    assert!(
        close(shortest, 10.0) && close(longest, 10.0),
        "{shortest} {longest}"
    );
}

#[test]
fn a_boundary_is_expected_as_batches_take_lately_then_as_the_longest_did_then_not_at_all() {
    let progress = Progress {
        batch_seconds: 10.0,
        batch_shortest: 8.0,
        batch_longest: 14.0,
        ..Progress::default()
    };
    for (in_flight, expected) in [(0, Some(10.0)), (4, Some(6.0)), (11, Some(3.0)), (15, None)] {
        assert_eq!(
            progress.boundary_in(Duration::from_secs(in_flight)),
            expected
        );
    }
    let of_an_older_version = Progress {
        batch_seconds: 10.0,
        ..Progress::default()
    };
    assert_eq!(of_an_older_version.batch_range(), Some((10.0, 10.0)));
    assert_eq!(Progress::default().boundary_in(Duration::ZERO), None);
}

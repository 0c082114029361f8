use super::*;

use std::io::Read;

fn sorted(run: usize, texts: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let mut sorter = Sorter::with_runs_of(run, folder.path());
    for text in texts {
        sorter.push(text).unwrap();
    }
    let mut out = tempfile::tempfile().unwrap();
    let count = sorter.write(&mut out).unwrap();
    assert_eq!(count, texts.len() as u64);
    assert_eq!(
        folder.path().read_dir().unwrap().count(),
        0,
        "runs have no name"
    );
    let mut bytes = Vec::new();
    out.rewind().unwrap();
    out.read_to_end(&mut bytes).unwrap();
    let mut found: Vec<_> = bytes.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect();
    assert_eq!(found.pop(), Some(Vec::new()), "each ends with a NUL byte");
    found
}

#[test]
fn however_small_the_runs_are_all_comes_out_in_order() {
    let random = fastrand::Rng::with_seed(7);
    let mut random = random;
    let texts: Vec<Vec<u8>> = (0..5_000)
        .map(|_| {
            let length = random.usize(1..30);
            (0..length).map(|_| random.u8(1..=255)).collect()
        })
        .collect();
    let mut expected = texts.clone();
    expected.sort();
    // One run; some; more than are merged at once, several times over; one text each.
    for run in [usize::MAX / 2, 20_000, 600, 1] {
        assert!(sorted(run, &texts) == expected, "runs of {run} bytes");
    }
}

#[test]
fn nothing_is_in_order_too() {
    assert!(sorted(100, &[]).is_empty());
}

//! How much memory it takes to read what is much larger.

use std::fs::File;
use std::io::{BufWriter, Write};

use longhaul_common::state::Outcome;

use crate::harness::{World, wait_for_growth};

/// What a worker may have held at most, the program's own text left out: in a build for tests that is three times what
/// it is in a release, where all of it stays below 32 MB.
const MOST_KB: u64 = 16 << 10;

/// The most memory a process has held so far, less what is a file's.
fn high_water_kb(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it lives");
    let number = |name: &str| -> u64 {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|line| line.split_whitespace().next());
        let number = number.and_then(|number| number.parse().ok());
        number.expect("the kernel says so")
    };
    number("VmHWM:") - number("RssFile:")
}

/// `LONGHAUL_TESTS_HUGE_MB` says how large the file is.
#[test]
fn a_worker_stays_small_while_it_reads_a_huge_file() {
    let megabytes = std::env::var("LONGHAUL_TESTS_HUGE_MB");
    let megabytes: u64 = megabytes.map_or(200, |text| text.parse().expect("a number of MB"));
    let world = World::new();
    // What is larger than that needs a disk.
    let on_disk = tempfile::tempdir().expect("there is room");
    let path = if megabytes <= 1000 {
        world.path("huge")
    } else {
        on_disk.path().join("huge")
    };
    let block: String = (0..10_000)
        .map(|number| format!("{number:08},an ordinary line as they are in logs, of a hundred bytes with its end,{:>21}\n", number * 7))
        .collect();
    let blocks = megabytes * 1_000_000 / block.len() as u64;
    let mut out = BufWriter::new(File::create(&path).expect("there is room"));
    for _ in 0..blocks {
        out.write_all(block.as_bytes()).expect("there is room");
    }
    drop(out);
    let lines = blocks * 10_000;
    for option in ["--lines", "--csv --no-header"] {
        let (option, more) = option.split_once(' ').unwrap_or((option, "--retries 3"));
        let options = format!("{option} {} {more} --batch-size 2000", path.display());
        let task = world.submit(&options, "exec cat >/dev/null");
        let worker = world.worker("");
        wait_for_growth("the file's lines", lines, || world.view(task).items_done);
        world.wait_exits(task, 0);
        let view = world.view(task);
        assert_eq!(view.outcome, Some(Outcome::Completed));
        assert_eq!((view.items_done, view.items_total), (lines, Some(lines)));
        let held = high_water_kb(worker.pid());
        eprintln!("{option}: {megabytes} MB, the worker held {held} kB at most");
        assert!(held < MOST_KB, "{option}: {held} kB for {megabytes} MB");
    }
}

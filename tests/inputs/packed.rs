//! Compressed inputs.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use longhaul_common::state::StateWord;

use crate::Kept;
use crate::harness::{World, wait_until};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory can be written");
    encoder.finish().expect("memory can be written")
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).expect("memory can be written")
}

#[test]
fn compressed_files_of_any_kind_are_read_whatever_their_names() {
    let kept = Kept::new();
    for pack in [gzip, zstd] {
        for (option, text, expected) in [
            ("--lines", &b"1\n2\n3\n"[..], &b"1\n2\n--3\n--"[..]),
            ("--null", b"1\0\n2\0", b"1\0\n2\0--"),
            ("--csv", b"h\n1\n2\n3\n", b"h\n1\n2\n--h\n3\n--"),
        ] {
            let bytes = [pack(&text[..3]), pack(&text[3..])].concat();
            let input = kept.world.file("input", &bytes);
            let options = format!("{option} {} --batch-size 2", input.display());
            let (task, seen) = kept.run(&options, "cat; printf -- '--'");
            assert_eq!(seen, expected, "{option}");
            let view = kept.world.view(task);
            assert_eq!(view.items_total, Some(view.items_done), "{option}");

            let script = format!("{{ cat; printf -- '--'; }} >>'{}'", kept.path.display());
            let args = ["submit", option, "-", "-b", "2", "--", "sh", "-c", &script];
            let output = kept.world.finish(kept.world.command(args), &bytes);
            let task = kept.world.submitted(&output);
            assert_eq!(kept.finish(task), expected, "{option} -");
        }
    }
}

#[test]
fn a_compressed_file_that_is_cut_short_suspends_after_what_is_whole() {
    let world = World::new();
    let _worker = world.worker("");
    let text: String = (0..5000).map(|number| format!("{number}\n")).collect();
    for (name, pack) in [("gzip", gzip as fn(&[u8]) -> Vec<u8>), ("zstd", zstd)] {
        let whole = pack(text.as_bytes());
        let input = world.file(name, &whole[..whole.len() - 20]);
        let task = world.submit(&format!("--lines {} -b 1000", input.display()), "true");
        world.wait_exits(task, 7);
        let view = world.view(task);
        let error = view.error.expect("it says why");
        let shown = input.display().to_string();
        assert!(error.contains(&shown) && error.contains(name), "{error}");
        assert!(error.contains("after byte "), "{error}");
        assert_eq!(view.retries, 0);
    }
}

/// A compressed file with so much in it that it is told where it is gone through again.
fn long(world: &World) -> PathBuf {
    let line = "x".repeat(1 << 16) + "\n";
    world.file("input", gzip(line.repeat(40).as_bytes()))
}

#[test]
fn a_task_that_is_resumed_goes_through_a_compressed_file_again_and_says_so() {
    let world = World::new();
    let (input, gate) = (long(&world), world.gate());
    let options = format!("--lines {} -b 30", input.display());
    let seen = world.path("seen");
    let script = format!("wc -l >>'{}'\n{}", seen.display(), gate.pass());
    let task = world.submit(&options, &script);
    let _worker = world.worker("");
    wait_until("the first batch", || seen.exists());
    world.expect(0, &format!("suspend {task}"));
    gate.release(1);
    world.wait_for_state(task, StateWord::Suspend);
    let log = || world.expect(0, &format!("logs {task}")).stdout;
    assert!(!log().contains("goes through"), "{}", log());
    gate.release(9);
    world.expect(0, &format!("resume {task}"));
    world.wait_exits(task, 0);
    assert_eq!(fs::read_to_string(&seen).expect("it ran"), "30\n10\n");
    assert!(
        log().contains("is compressed: goes through 1 MiB of it"),
        "{}",
        log()
    );
}

#[test]
fn a_compressed_file_that_changes_is_noticed() {
    let world = World::new();
    let _worker = world.worker("");
    let input = world.file("input", gzip(b"1\n2\n"));
    let (record, gate) = (world.record(), world.gate());
    let options = format!("--lines {} -b 1", input.display());
    let task = world.submit(&options, &(record.note() + &gate.pass()));
    wait_until("the first batch", || record.count() == 1);
    fs::write(&input, gzip(b"1\n2\n3\n")).expect("there is room");
    gate.release(1);
    world.wait_exits(task, 7);
    let error = world.view(task).error.expect("it says why");
    assert!(
        error.contains("changed since the task was submitted"),
        "{error}"
    );
}

mod following;

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Stdio;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use proptest::prelude::*;
use tempfile::TempDir;

use super::line::{LONGEST_TEXT, push};
use super::*;
use crate::alone::{alone, child, is_child};

const TASK: TaskNumber = TaskNumber(7);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + seconds).unwrap()
}

fn writer(dir: &TempDir, cap: u64) -> LogWriter {
    LogWriter::open(dir.path(), TASK, cap).unwrap()
}

fn log(dir: &TempDir) -> Vec<u8> {
    fs::read(path(dir.path(), TASK)).unwrap()
}

fn text_of(dir: &TempDir) -> String {
    String::from_utf8(log(dir)).unwrap()
}

/// Writes numbered lines, flushing each.
fn write_numbers(writer: &mut LogWriter, numbers: std::ops::Range<i64>) {
    for number in numbers {
        let text = format!("line {number}");
        writer
            .line(at(number), "12", Stream::Out, text.as_bytes())
            .unwrap();
        writer.flush().unwrap();
    }
}

fn numbers(lines: &[u8]) -> Vec<i64> {
    lines
        .split_inclusive(|byte| *byte == b'\n')
        .map(parse_line)
        .filter(|line| line.stream == Stream::Out)
        .map(|line| {
            let text = std::str::from_utf8(line.text).unwrap();
            text.strip_prefix("line ").unwrap().parse().unwrap()
        })
        .collect()
}

fn read_all(reader: &mut LogReader, mut from: u64) -> (Vec<u8>, u64, Vec<Seam>) {
    let (mut bytes, mut seams) = (Vec::new(), Vec::new());
    loop {
        let chunk = reader.read_from(from).unwrap();
        from = chunk.next;
        seams.push(chunk.seam);
        if chunk.bytes.is_empty() {
            return (bytes, from, seams);
        }
        bytes.extend(chunk.bytes);
    }
}

fn limit_file_size(bytes: Option<u64>) {
    let limit = rustix::process::Rlimit {
        current: bytes,
        maximum: None,
    };
    rustix::process::setrlimit(rustix::process::Resource::Fsize, limit).unwrap();
}

#[test]
fn a_line_says_when_whose_which_stream_and_what() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = writer(&dir, DEFAULT_CAP);
    let when: Timestamp = "2026-03-01T12:00:00.25Z".parse().unwrap();
    log.line(when, "12", Stream::Out, b"hello").unwrap();
    log.line(when, "on-suspend", Stream::Err, b"oh no").unwrap();
    log.line(when, "12", Stream::Sys, b"").unwrap();
    assert_eq!(text_of(&dir), "", "nothing is written before the flush");
    log.flush().unwrap();
    assert_eq!(
        text_of(&dir),
        "2026-03-01T12:00:00.250Z 12 out hello\n\
         2026-03-01T12:00:00.250Z on-suspend err oh no\n\
         2026-03-01T12:00:00.250Z 12 sys \n"
    );
}

#[test]
fn what_is_held_back_is_written_at_the_drop_and_when_it_is_much() {
    let dir = tempfile::tempdir().unwrap();
    let mut writing = writer(&dir, DEFAULT_CAP);
    for _ in 0..5 {
        writing
            .line(at(0), "1", Stream::Out, &[b'x'; 15_000])
            .unwrap();
    }
    assert!(!log(&dir).is_empty());
    writing.line(at(0), "1", Stream::Out, b"last").unwrap();
    drop(writing);
    assert!(text_of(&dir).ends_with(" 1 out last\n"));
}

#[test]
fn line_ends_in_a_text_begin_new_lines() {
    let mut buffer = Vec::new();
    push(
        &mut buffer,
        at(0),
        "1",
        Stream::Out,
        b"one\r\ntwo\n\n2026-01-01T00:00:00Z 1 sys fake\r\n",
    );
    let lines: Vec<_> = buffer
        .split_inclusive(|byte| *byte == b'\n')
        .map(parse_line)
        .collect();
    let texts: Vec<_> = lines.iter().map(|line| line.text).collect();
    let wanted: [&[u8]; 4] = [b"one", b"two", b"", b"2026-01-01T00:00:00Z 1 sys fake"];
    assert_eq!(texts, wanted);
    assert!(lines.iter().all(|line| line.stream == Stream::Out));
}

#[test]
fn a_long_text_goes_on_in_the_next_line_and_no_character_is_cut() {
    let mut buffer = Vec::new();
    let text = "é".repeat(LONGEST_TEXT) + "x";
    push(&mut buffer, at(0), "1", Stream::Out, text.as_bytes());
    let lines: Vec<_> = buffer
        .split_inclusive(|byte| *byte == b'\n')
        .map(parse_line)
        .collect();
    assert_eq!(lines.len(), 3);
    let pieces: Vec<_> = lines
        .iter()
        .map(|line| std::str::from_utf8(line.text).unwrap())
        .collect();
    assert_eq!(pieces.concat(), text);
}

#[test]
fn a_source_is_one_short_word() {
    let mut buffer = Vec::new();
    push(&mut buffer, at(0), "a b\nc\u{a0}", Stream::Out, b"x");
    assert_eq!(parse_line(&buffer).source, "a_b_c_");
    buffer.clear();
    push(&mut buffer, at(0), "", Stream::Out, b"x");
    assert_eq!(parse_line(&buffer).source, "-");
    buffer.clear();
    push(&mut buffer, at(0), &"é".repeat(100), Stream::Out, b"x");
    assert_eq!(parse_line(&buffer).source, "é".repeat(32));
}

#[test]
fn garbage_is_read_as_text() {
    for garbage in [
        "",
        "x",
        "2026-03-01T12:00:00Z",
        "2026-03-01T12:00:00Z 1 huh text",
        " 1 out x",
    ] {
        let line = parse_line(garbage.as_bytes());
        assert_eq!((line.at, line.source, line.stream), (None, "", Stream::Out));
        assert_eq!(line.text, garbage.as_bytes());
    }
    assert_eq!(parse_line(b"\xff\xfe out\n").text, b"\xff\xfe out");
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        text in prop::collection::vec(any::<u8>(), 0..200),
        source in "[a-z0-9-]{1,20}",
    ) {
        let mut buffer = Vec::new();
        push(&mut buffer, at(0), &source, Stream::Err, &text);
        let mut joined = Vec::new();
        for line in buffer.split_inclusive(|byte| *byte == b'\n') {
            let line = parse_line(line);
            prop_assert_eq!((line.at, line.source, line.stream), (Some(at(0)), &*source, Stream::Err));
            joined.extend_from_slice(line.text);
        }
        let strip = |bytes: &[u8]| -> Vec<u8> {
            bytes.iter().copied().filter(|byte| !b"\r\n".contains(byte)).collect()
        };
        prop_assert_eq!(strip(&joined), strip(&text));
    }

    #[test]
    fn no_line_is_too_strange_to_read(line in prop::collection::vec(any::<u8>(), 0..100)) {
        let _ = parse_line(&line);
    }
}

#[test]
fn a_log_is_private_and_a_link_in_its_place_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    writer(&dir, DEFAULT_CAP);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path(dir.path(), TASK)), 0o600);
    assert_eq!(mode(&dir.path().join("logs")), 0o700);
    let elsewhere = dir.path().join("elsewhere");
    let other = TaskNumber(8);
    symlink(&elsewhere, path(dir.path(), other)).unwrap();
    let error = LogWriter::open(dir.path(), other, DEFAULT_CAP).unwrap_err();
    assert!(matches!(error, LogError::Open { path, .. } if path.ends_with("logs/8.log")));
    assert!(!elsewhere.exists());
    fs::write(&elsewhere, "secret\n").unwrap();
    LogReader::new(dir.path(), other).tail(1).unwrap_err();
}

#[test]
fn a_torn_last_line_is_completed_before_the_next() {
    let dir = tempfile::tempdir().unwrap();
    write_numbers(&mut writer(&dir, DEFAULT_CAP), 0..1);
    let mut torn = log(&dir);
    torn.extend_from_slice(b"2026-03-01T12:00:00.000Z 12 out li");
    fs::write(path(dir.path(), TASK), &torn).unwrap();
    write_numbers(&mut writer(&dir, DEFAULT_CAP), 1..2);
    let text = text_of(&dir);
    assert_eq!(text.lines().count(), 3);
    assert!(text.contains(" 12 out li\n"));
    assert!(text.ends_with(" 12 out line 1\n"));
}

#[test]
fn over_the_cap_the_oldest_half_is_dropped_and_the_first_line_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let cap = 4_000;
    let mut writing = writer(&dir, cap);
    let mut written = 0;
    let mut last = Vec::new();
    for number in 0..500 {
        write_numbers(&mut writing, number..number + 1);
        let line = format!("{:.3} 12 out line {number}\n", at(number));
        written += line.len();
        last = log(&dir);
        assert!(last.len() as u64 <= cap + line.len() as u64 + 128);
    }
    let first = parse_line(last.split(|byte| *byte == b'\n').next().unwrap());
    let kept = numbers(&last);
    assert_eq!(kept, (kept[0]..500).collect::<Vec<_>>());
    let kept_bytes: usize = kept
        .iter()
        .map(|n| format!("{:.3} 12 out line {n}\n", at(*n)).len())
        .sum();
    let said = format!(
        "log: {} bytes ({} lines) dropped, the oldest first",
        written - kept_bytes,
        kept[0]
    );
    assert_eq!((first.source, first.stream), ("longhaul", Stream::Sys));
    assert_eq!(std::str::from_utf8(first.text).unwrap(), said);
    assert_eq!(first.at, Some(at(kept[0])), "times never go back");
    assert_eq!(fs::read_dir(dir.path().join("logs")).unwrap().count(), 1);
    let mode = fs::metadata(path(dir.path(), TASK))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn one_flush_larger_than_the_cap_is_kept_whole() {
    let dir = tempfile::tempdir().unwrap();
    let mut writing = writer(&dir, 100);
    write_numbers(&mut writing, 0..3);
    writing
        .line(at(3), "12", Stream::Out, &[b'x'; 5_000])
        .unwrap();
    writing.flush().unwrap();
    let text = text_of(&dir);
    assert_eq!(text.lines().count(), 2);
    assert!(text.lines().next().unwrap().contains("(3 lines) dropped"));
}

#[test]
fn what_a_crash_left_beside_the_log_is_of_no_consequence() {
    let dir = tempfile::tempdir().unwrap();
    let mut writing = writer(&dir, 1_000);
    fs::write(dir.path().join("logs/7.log.new"), "half a lo".repeat(1_000)).unwrap();
    write_numbers(&mut writing, 0..100);
    let kept = numbers(&log(&dir));
    assert_eq!(kept.last(), Some(&99));
    assert_eq!(fs::read_dir(dir.path().join("logs")).unwrap().count(), 1);
}

#[test]
fn a_second_writer_goes_on_in_the_shortened_log() {
    let dir = tempfile::tempdir().unwrap();
    let (mut one, mut two) = (writer(&dir, 1_000), writer(&dir, 1_000));
    for number in (0..200).step_by(2) {
        write_numbers(&mut one, number..number + 1);
        write_numbers(&mut two, number + 1..number + 2);
    }
    let kept = numbers(&log(&dir));
    assert!(kept.len() > 5);
    assert_eq!(kept, (kept[0]..200).collect::<Vec<_>>());
}

#[test]
fn a_removed_log_begins_anew() {
    let dir = tempfile::tempdir().unwrap();
    let mut writing = writer(&dir, DEFAULT_CAP);
    write_numbers(&mut writing, 0..2);
    fs::remove_file(path(dir.path(), TASK)).unwrap();
    write_numbers(&mut writing, 2..3);
    assert_eq!(numbers(&log(&dir)), [2]);
}

#[test]
fn lines_lost_on_a_full_disk_are_counted_and_told_once_there_is_room() {
    alone(
        "task_log::tests::lines_lost_on_a_full_disk_are_counted_and_told_once_there_is_room",
        || {
            let dir = tempfile::tempdir().unwrap();
            let mut writing = writer(&dir, DEFAULT_CAP);
            write_numbers(&mut writing, 0..2);
            // Room for one more line and a piece of another.
            limit_file_size(Some(log(&dir).len() as u64 + 60));
            for number in 2..5 {
                let text = format!("line {number}");
                writing
                    .line(at(number), "12", Stream::Out, text.as_bytes())
                    .unwrap();
            }
            let error = writing.flush().unwrap_err();
            assert!(matches!(error, LogError::Append { .. }), "{error}");
            writing.line(at(5), "12", Stream::Out, b"line 5").unwrap();
            writing.flush().unwrap_err();
            limit_file_size(None);
            write_numbers(&mut writing, 6..7);
            let text = text_of(&dir);
            let lines: Vec<_> = text.lines().collect();
            assert!(lines[2].ends_with("line 2"));
            assert!(lines[3].len() < lines[2].len(), "a piece of line 3");
            assert!(
                lines[4].contains(" longhaul sys log: 3 lines lost: "),
                "{text}"
            );
            assert!(lines[5].ends_with("line 6"));
            assert_eq!(lines.len(), 6);
        },
    );
}

#[test]
fn lost_lines_are_told_even_if_no_other_follows() {
    alone(
        "task_log::tests::lost_lines_are_told_even_if_no_other_follows",
        || {
            let dir = tempfile::tempdir().unwrap();
            let mut writing = writer(&dir, DEFAULT_CAP);
            limit_file_size(Some(0));
            writing.line(at(0), "12", Stream::Out, b"line 0").unwrap();
            writing.flush().unwrap_err();
            limit_file_size(None);
            writing.flush().unwrap();
            assert!(text_of(&dir).contains("sys log: 1 lines lost: "));
            writing.flush().unwrap();
            assert_eq!(text_of(&dir).lines().count(), 1);
        },
    );
}

#[test]
fn a_log_that_cannot_be_shortened_stays_as_it_is() {
    alone(
        "task_log::tests::a_log_that_cannot_be_shortened_stays_as_it_is",
        || {
            let dir = tempfile::tempdir().unwrap();
            write_numbers(&mut writer(&dir, DEFAULT_CAP), 0..100);
            let before = log(&dir);
            let cap = before.len() as u64;
            let mut writing = writer(&dir, cap);
            limit_file_size(Some(cap / 4));
            writing
                .line(at(100), "12", Stream::Out, b"line 100")
                .unwrap();
            let error = writing.flush().unwrap_err();
            assert!(matches!(error, LogError::Shorten { .. }), "{error}");
            assert_eq!(log(&dir), before);
            assert_eq!(fs::read_dir(dir.path().join("logs")).unwrap().count(), 1);
            limit_file_size(None);
            write_numbers(&mut writing, 101..102);
            let text = text_of(&dir);
            assert!(text.contains("sys log: 1 lines lost: "));
            assert_eq!(numbers(text.as_bytes()).last(), Some(&101));
        },
    );
}

#[test]
fn while_another_process_shortens_the_log_it_is_only_appended_to() {
    let dir = tempfile::tempdir().unwrap();
    let mut writing = writer(&dir, 1_000);
    let other = fs::File::open(path(dir.path(), TASK)).unwrap();
    other.try_lock().unwrap();
    write_numbers(&mut writing, 0..100);
    assert_eq!(numbers(&log(&dir)), (0..100).collect::<Vec<_>>());
    other.unlock().unwrap();
    write_numbers(&mut writing, 100..101);
    assert!(log(&dir).len() <= 1_000);
}

/// The numbers of whole lines: the kernel may cut a write of who is killed where a page ends.
fn whole_numbers(lines: &[u8]) -> Vec<i64> {
    let mut numbers: Vec<i64> = lines
        .split(|byte| *byte == b'\n')
        .filter_map(|line| std::str::from_utf8(parse_line(line).text).ok())
        .filter_map(|text| text.strip_prefix("line ")?.strip_suffix(" end"))
        .map(|number| number.parse().unwrap())
        .collect();
    numbers.dedup();
    numbers
}

#[test]
fn a_writer_killed_at_any_moment_leaves_a_log_without_a_gap() {
    let test = "task_log::tests::a_writer_killed_at_any_moment_leaves_a_log_without_a_gap";
    if is_child(test) {
        let dir = std::env::var("STORE").unwrap();
        let from: i64 = std::env::var("FROM").unwrap().parse().unwrap();
        let mut writing = LogWriter::open(Path::new(&dir), TASK, 20_000).unwrap();
        for number in from.. {
            let text = format!("line {number} end");
            writing
                .line(at(number), "12", Stream::Out, text.as_bytes())
                .unwrap();
            writing.flush().unwrap();
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let mut from = 0;
    for _ in 0..15 {
        let mut killed = child(test)
            .env("STORE", dir.path())
            .env("FROM", from.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let end = Instant::now() + Duration::from_secs(10);
        let mut reader = LogReader::new(dir.path(), TASK);
        let mut last = || {
            let tail = reader.tail(1).map(|tail| whole_numbers(&tail.bytes));
            tail.unwrap_or_default().last().copied().unwrap_or(-1)
        };
        // A few shortenings later than where it began.
        while last() < from + 1_500 {
            assert!(Instant::now() < end, "the writer writes nothing");
            std::thread::yield_now();
        }
        killed.kill().unwrap();
        killed.wait().unwrap();
        let mut said = String::new();
        let mut stderr = killed.stderr.take().unwrap();
        stderr.read_to_string(&mut said).unwrap();
        assert_eq!(said, "");
        let kept = whole_numbers(&log(&dir));
        from = kept.last().unwrap() + 1;
        assert_eq!(kept, (kept[0]..from).collect::<Vec<_>>());
    }
}

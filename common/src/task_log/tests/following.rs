//! Reading a log while it grows, and back to its beginning.

use super::*;

#[test]
fn a_follower_reads_every_line_once_across_shortenings() {
    let dir = tempfile::tempdir().unwrap();
    let mut writing = writer(&dir, 1_000);
    let mut reader = LogReader::new(dir.path(), TASK);
    let (mut seen, mut next) = (Vec::new(), 0);
    for number in 0..300 {
        write_numbers(&mut writing, number..number + 1);
        if number % 7 == 0 {
            let (bytes, on, seams) = read_all(&mut reader, next);
            assert!(seams.iter().all(|seam| *seam == Seam::Joined));
            seen.extend(numbers(&bytes));
            next = on;
        }
    }
    // A place in the log is good for another reader as well.
    let (bytes, _, _) = read_all(&mut LogReader::new(dir.path(), TASK), next);
    seen.extend(numbers(&bytes));
    assert_eq!(seen, (0..300).collect::<Vec<_>>());
}

#[test]
fn a_follower_left_behind_is_told_what_it_missed() {
    let dir = tempfile::tempdir().unwrap();
    let mut writing = writer(&dir, 1_000);
    write_numbers(&mut writing, 0..10);
    let mut reader = LogReader::new(dir.path(), TASK);
    let next = reader.read_from(0).unwrap().next;
    write_numbers(&mut writing, 10..300);
    let chunk = reader.read_from(next).unwrap();
    let kept = numbers(&chunk.bytes);
    let missed: usize = (10..kept[0])
        .map(|n| format!("{:.3} 12 out line {n}\n", at(n)).len())
        .sum();
    assert_eq!(
        chunk.seam,
        Seam::Dropped {
            bytes: missed as u64
        }
    );
    assert_eq!(chunk.lines().next().unwrap().stream, Stream::Sys);
    assert_eq!(chunk.lines().count(), kept.len() + 1);
}

#[test]
fn a_follower_notices_a_log_emptied_replaced_or_removed() {
    let dir = tempfile::tempdir().unwrap();
    let file = path(dir.path(), TASK);
    let mut reader = LogReader::new(dir.path(), TASK);
    assert_eq!(
        reader.read_from(0).unwrap().seam,
        Seam::Joined,
        "no log yet"
    );
    write_numbers(&mut writer(&dir, DEFAULT_CAP), 0..3);
    let next = reader.read_from(0).unwrap().next;

    fs::write(&file, "").unwrap();
    let emptied = reader.read_from(next).unwrap();
    assert_eq!((emptied.seam, emptied.next), (Seam::Restarted, 0));

    write_numbers(&mut writer(&dir, DEFAULT_CAP), 0..3);
    let next = reader.read_from(0).unwrap().next;
    let other = dir.path().join("other");
    fs::write(&other, log(&dir).repeat(2)).unwrap();
    fs::rename(&other, &file).unwrap();
    let replaced = reader.read_from(next).unwrap();
    assert_eq!(replaced.seam, Seam::Restarted);
    assert_eq!(numbers(&replaced.bytes), [0, 1, 2, 0, 1, 2]);

    fs::remove_file(&file).unwrap();
    let removed = reader.read_from(replaced.next).unwrap();
    assert_eq!((removed.seam, removed.next), (Seam::Restarted, 0));
}

#[test]
fn a_line_still_being_written_is_left_for_later() {
    let dir = tempfile::tempdir().unwrap();
    write_numbers(&mut writer(&dir, DEFAULT_CAP), 0..1);
    let mut file = fs::File::options()
        .append(true)
        .open(path(dir.path(), TASK))
        .unwrap();
    file.write_all(b"2026-03-01T12:00:00.000Z 12 out line")
        .unwrap();
    let mut reader = LogReader::new(dir.path(), TASK);
    let (tail, chunk) = (reader.tail(5).unwrap(), reader.read_from(0).unwrap());
    assert_eq!(tail, chunk);
    assert_eq!(numbers(&tail.bytes), [0]);
    file.write_all(b" 1\n").unwrap();
    assert_eq!(numbers(&reader.read_from(tail.next).unwrap().bytes), [1]);
}

#[test]
fn the_tail_holds_the_last_lines_and_following_goes_on_from_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut writing = writer(&dir, DEFAULT_CAP);
    let mut reader = LogReader::new(dir.path(), TASK);
    assert!(reader.tail(10).unwrap().bytes.is_empty());
    // Several blocks of the reader.
    for number in 0..6_000 {
        let text = format!("line {number}");
        writing
            .line(at(number), "12", Stream::Out, text.as_bytes())
            .unwrap();
    }
    writing.flush().unwrap();
    for wanted in [0, 1, 10, 3_000, 6_000, 9_000] {
        let tail = reader.tail(usize::try_from(wanted).unwrap()).unwrap();
        assert_eq!(
            numbers(&tail.bytes),
            ((6_000 - wanted).max(0)..6_000).collect::<Vec<_>>()
        );
        assert!(reader.read_from(tail.next).unwrap().bytes.is_empty());
    }
    let next = reader.tail(1).unwrap().next;
    write_numbers(&mut writing, 6_000..6_001);
    assert_eq!(numbers(&reader.read_from(next).unwrap().bytes), [6_000]);
}

#[test]
fn garbage_without_a_line_end_does_not_hold_up_a_reader() {
    let dir = tempfile::tempdir().unwrap();
    writer(&dir, DEFAULT_CAP);
    fs::write(path(dir.path(), TASK), vec![0; 3 * 1024 * 1024]).unwrap();
    let (bytes, next, _) = read_all(&mut LogReader::new(dir.path(), TASK), 0);
    assert_eq!((bytes.len(), next), (3 * 1024 * 1024, 3 * 1024 * 1024));
    assert!(
        LogReader::new(dir.path(), TASK)
            .tail(3)
            .unwrap()
            .bytes
            .is_empty()
    );
}

#[test]
fn a_log_is_read_back_page_by_page_to_its_beginning() {
    let dir = tempfile::tempdir().unwrap();
    for cap in [DEFAULT_CAP, 4096] {
        let mut log = writer(&dir, cap);
        write_numbers(&mut log, 0..300);
        let mut reader = LogReader::new(dir.path(), TASK);
        let all = numbers(&reader.tail(usize::MAX).unwrap().bytes);
        let mut chunk = reader.tail(7).unwrap();
        let mut place = chunk.next;
        let mut read = Vec::new();
        while !chunk.bytes.is_empty() {
            assert_eq!(chunk.next, place);
            place = place.saturating_sub(chunk.bytes.len() as u64);
            read.splice(0..0, numbers(&chunk.bytes));
            chunk = reader.before(place, 7).unwrap();
        }
        assert_eq!(read, all, "with a cap of {cap}");
    }
}

#[test]
fn before_what_was_dropped_there_is_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = writer(&dir, 4096);
    write_numbers(&mut log, 0..50);
    let mut reader = LogReader::new(dir.path(), TASK);
    let old = reader.tail(usize::MAX).unwrap().next;
    write_numbers(&mut log, 50..300);
    assert_eq!(reader.before(old, 9).unwrap().bytes, b"");
    assert_eq!(reader.before(0, 9).unwrap().bytes, b"");
}

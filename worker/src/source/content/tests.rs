use super::*;
use std::io::Write;
use std::sync::atomic::AtomicBool;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use tempfile::NamedTempFile;

use crate::source::{Cursor, LinesSource, Source};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    // As the program of that name does.
    encoder.include_checksum(true).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// What passes over a frame that is none of content.
fn skippable() -> Vec<u8> {
    let mut frame = vec![0x50, 0x2a, 0x4d, 0x18, 5, 0, 0, 0];
    frame.extend(b"hello");
    frame
}

fn file_of(content: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(content).unwrap();
    file
}

fn lines(file: &NamedTempFile) -> LinesSource {
    let now = Fingerprint::of_path(file.path()).unwrap();
    LinesSource::open(file.path(), now).unwrap()
}

fn all(file: &NamedTempFile, size: usize) -> Vec<Vec<u8>> {
    let (mut source, mut all, mut cursor) = (lines(file), Vec::new(), Cursor::default());
    while let Some(chunk) = source.read(&cursor, size).unwrap() {
        all.extend(chunk.items);
        cursor = chunk.next;
    }
    all
}

#[test]
fn compression_is_told_by_the_first_bytes_and_has_any_number_of_parts() {
    let (one, two) = (&b"1\n2\n3"[..], &b"4\n5\n"[..]);
    let whole = [one, two].concat();
    for (form, bytes) in [
        ("plain", whole.clone()),
        ("gzip", gzip(&whole)),
        ("gzip, two members", [gzip(one), gzip(two)].concat()),
        ("zstd", zstd(&whole)),
        ("zstd, two frames", [zstd(one), zstd(two)].concat()),
        (
            "zstd, another frame first",
            [skippable(), zstd(one), skippable(), zstd(two)].concat(),
        ),
    ] {
        let file = file_of(&bytes);
        assert_eq!(all(&file, 2), [&b"1"[..], b"2", b"34", b"5"], "{form}");
        let count = LinesSource::count(file.path(), &AtomicBool::new(false));
        assert_eq!(count.unwrap(), Some(4), "{form}");
    }
}

#[test]
fn what_only_begins_like_a_compressed_file_is_plain() {
    for content in [&b"\x1f"[..], b"\x1f\x8b", b"\x28\xb5\x2f\n", b""] {
        assert_eq!(
            Content::open_as_it_is(file_of(content).path())
                .unwrap()
                .form,
            Form::Plain
        );
    }
}

/// Lines that don't compress to nothing.
fn text(lines: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(1);
    let line = |_| format!("{:x}\n", random.u128(..));
    (0..lines).map(line).collect::<String>().into_bytes()
}

#[test]
fn a_file_that_is_cut_short_or_damaged_gives_what_comes_before_and_then_says_so() {
    let text = text(20_000);
    for (form, packed) in [("gzip", gzip(&text)), ("zstd", zstd(&text))] {
        let mut damaged = packed.clone();
        let middle = damaged.len() / 2;
        damaged[middle..middle + 64].fill(0xaa);
        for (case, bytes) in [
            ("cut", &packed[..packed.len() - 100]),
            ("damaged", &damaged[..]),
        ] {
            let file = file_of(bytes);
            let (mut source, mut read, mut cursor) = (lines(&file), Vec::new(), Cursor::default());
            let error = loop {
                match source.read(&cursor, 7) {
                    Ok(Some(chunk)) => {
                        assert!(!chunk.exhausted, "{form}, {case}");
                        for item in chunk.items {
                            read.extend(item);
                            read.push(b'\n');
                        }
                        cursor = chunk.next;
                    }
                    Ok(None) => panic!("{form}, {case}: taken for whole"),
                    Err(error) => break error,
                }
            };
            assert!(error.is_permanent());
            let words = error.to_string();
            assert!(
                words.contains(form) && words.contains(file.path().to_str().unwrap()),
                "{words}"
            );
            let SourceError::Corrupt { offset, .. } = error else {
                panic!("{error}")
            };
            // Of damage the checksum may tell at the end alone.
            if case == "cut" {
                assert!(text.starts_with(&read), "{form}: no part of a line is one");
            }
            assert_eq!(offset, read.len() as u64, "{form}, {case}");
            assert!(matches!(
                lines(&file).read(&cursor, 7),
                Err(SourceError::Corrupt { .. })
            ));
        }
    }
}

#[test]
fn going_on_in_a_compressed_file_reads_nothing_again_and_going_to_a_cursor_starts_at_the_beginning()
{
    let file = file_of(&gzip(&text(100_000)));
    let mut source = lines(&file);
    let mut cursor = Cursor::default();
    for _ in 0..50 {
        assert_eq!(source.detour(&cursor), None);
        cursor = source.read(&cursor, 100).unwrap().unwrap().next;
    }
    let offset: u64 = String::from_utf8(cursor.0.clone())
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(lines(&file).detour(&cursor), Some(offset));
    let back = Cursor::default();
    source.read(&back, 1).unwrap();
    let read = source.read(&cursor, 1).unwrap();
    assert_eq!(read, lines(&file).read(&cursor, 1).unwrap());
    // A plain file is gone to at once.
    assert_eq!(lines(&file_of(&text(100))).detour(&cursor), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_compressed_file_is_cut_as_its_content_is(
        content in prop::collection::vec(prop_oneof![Just(b'\n'), Just(b'a'), any::<u8>()], 0..600),
        split in any::<prop::sample::Index>(),
        size in 1_usize..9,
        zstandard in any::<bool>(),
    ) {
        // A magic number at the start would be one.
        let content = [b"x", &content[..]].concat();
        let pack = if zstandard { zstd } else { gzip };
        let (one, two) = content.split_at(split.index(content.len()));
        let (plain, packed) = (file_of(&content), file_of(&[pack(one), pack(two)].concat()));
        let (mut ours, mut theirs, mut cursor) = (lines(&packed), lines(&plain), Cursor::default());
        let mut cuts = Vec::new();
        loop {
            let chunk = ours.read(&cursor, size).unwrap();
            prop_assert_eq!(&chunk, &theirs.read(&cursor, size).unwrap());
            let Some(chunk) = chunk else { break };
            cuts.push((std::mem::replace(&mut cursor, chunk.next.clone()), chunk));
        }
        for (cursor, chunk) in cuts.iter().rev() {
            let anew = lines(&packed).read(cursor, size).unwrap();
            prop_assert_eq!(anew.as_ref(), Some(chunk));
        }
    }
}

/// What this thread has read from files so far, in bytes.
fn read_by_us() -> u64 {
    let io = std::fs::read_to_string("/proc/thread-self/io").unwrap();
    let line = io.lines().find_map(|line| line.strip_prefix("rchar: "));
    line.unwrap().parse().unwrap()
}

/// Whoever seeks reads some buffers, at the end as at the start.
#[test]
fn resuming_costs_the_same_at_the_end_of_a_file_of_10_gb_as_at_its_start() {
    const HOLE: u64 = 10 << 30;
    const SOME: u64 = 4 * BUFFER as u64;
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(b"head\n").unwrap();
    file.as_file().set_len(HOLE).unwrap();
    file.seek(SeekFrom::End(0)).unwrap();
    file.write_all(b"\n\0last\n").unwrap();
    let now = Fingerprint::of_path(file.path()).unwrap();
    let path = || file.path();
    let bare = crate::source::CsvFormat::default();
    let csv = crate::source::CsvSource::open(path(), now, bare, Default::default());
    let csv_end = Cursor(format!("{}:2:1", HOLE + 1).into_bytes());
    type Case<'a> = (Box<dyn Source<Vec<u8>>>, Cursor, &'a [u8]);
    let sources: [Case<'_>; 3] = [
        (
            Box::new(LinesSource::open(path(), now).unwrap()),
            Cursor::at(u128::from(HOLE) + 1),
            b"\0last",
        ),
        (
            Box::new(crate::source::NullSource::open(path(), now).unwrap()),
            Cursor::at(u128::from(HOLE) + 2),
            b"last\n",
        ),
        (Box::new(csv.unwrap()), csv_end, b"\0last"),
    ];
    for (mut source, end, item) in sources {
        let before = read_by_us();
        let chunk = source.read(&end, 9).unwrap().unwrap();
        assert_eq!(chunk.items, [item]);
        assert!(chunk.exhausted);
        let read = read_by_us() - before;
        assert!(read < SOME, "{read} bytes for {item:?}");
    }
}

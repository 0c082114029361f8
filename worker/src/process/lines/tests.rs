use proptest::prelude::*;

use super::*;

fn split(chunks: &[&[u8]]) -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    let mut splitter = LineSplitter::new();
    for chunk in chunks {
        splitter.push(chunk, &mut |line| lines.push(line.to_vec()));
    }
    splitter.finish(&mut |line| lines.push(line.to_vec()));
    lines
}

#[test]
fn a_line_may_come_in_many_chunks() {
    assert_eq!(split(&[b"on", b"e\ntw", b"o", b"\n"]), [b"one", b"two"]);
}

#[test]
fn empty_lines_are_lines_and_an_empty_stream_has_none() {
    assert_eq!(split(&[b"\n\na\n"]), [&b""[..], b"", b"a"]);
    assert!(split(&[b""]).is_empty());
}

#[test]
fn an_unfinished_last_line_comes_at_the_end() {
    assert_eq!(split(&[b"one\ntwo"]), [b"one", b"two"]);
}

#[test]
fn a_line_is_handed_out_as_soon_as_it_is_complete() {
    let mut lines = Vec::new();
    LineSplitter::new().push(b"one\ntw", &mut |line| lines.push(line.to_vec()));
    assert_eq!(lines, [b"one"]);
}

#[test]
fn a_line_of_exactly_the_longest_length_is_one_line() {
    let mut text = vec![b'x'; LONGEST_LINE];
    text.extend_from_slice(b"\nnext\n");
    let lengths: Vec<_> = split(&[&text]).iter().map(Vec::len).collect();
    assert_eq!(lengths, [LONGEST_LINE, 4]);
}

#[test]
fn a_longer_line_comes_in_pieces() {
    let mut text = vec![b'x'; 2 * LONGEST_LINE + 1];
    text.push(b'\n');
    let lengths: Vec<_> = split(&[&text]).iter().map(Vec::len).collect();
    assert_eq!(lengths, [LONGEST_LINE, LONGEST_LINE, 1]);
}

proptest! {
    #[test]
    fn lines_do_not_depend_on_how_the_stream_is_cut(
        lengths in prop::collection::vec(prop_oneof![0..20_usize, LONGEST_LINE - 2..2 * LONGEST_LINE + 2], 0..5),
        cuts in prop::collection::vec(1..100_000_usize, 1..20),
    ) {
        let text: Vec<u8> = lengths.iter().flat_map(|length| [vec![b'x'; *length], vec![b'\n']].concat()).collect();
        let mut chunks = Vec::new();
        let mut rest = text.as_slice();
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (chunk, after) = rest.split_at(rest.len().min(*cut));
            chunks.push(chunk);
            rest = after;
        }
        let expected: Vec<usize> = lengths
            .iter()
            .flat_map(|length| {
                let pieces = length.div_ceil(LONGEST_LINE).max(1);
                (0..pieces).map(move |piece| (length - piece * LONGEST_LINE).min(LONGEST_LINE))
            })
            .collect();
        let got: Vec<usize> = split(&chunks).iter().map(Vec::len).collect();
        prop_assert_eq!(got, expected);
    }
}

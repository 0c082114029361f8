use super::*;

fn items(delimiter: u8, pieces: &[&[u8]]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut take = |item| {
        found.push(item);
        Ok(())
    };
    let mut splitter = Splitter::new(delimiter);
    for piece in pieces {
        splitter.push(piece, &mut take).unwrap();
    }
    splitter.finish(&mut take).unwrap();
    found
}

#[test]
fn items_are_whole_however_the_stream_comes() {
    let wanted: [&[u8]; 4] = [b"one", b"", b"three", b"last"];
    assert_eq!(items(b'\n', &[b"one\n\nthree\nlast"]), wanted);
    assert_eq!(
        items(b'\n', &[b"o", b"ne", b"\n", b"\nthr", b"ee\nlast\n"]),
        wanted
    );
    assert_eq!(items(b'\n', &[]), [b""; 0]);
}

#[test]
fn after_null_newlines_are_parts_of_items() {
    assert_eq!(items(b'\0', &[b"a\nb\0c\n\0"]), [&b"a\nb"[..], b"c\n"]);
}

#[test]
fn an_item_that_never_ends_is_handed_over_once_it_is_too_long() {
    let mut longest = 0;
    let mut splitter = Splitter::new(b'\n');
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..=MAX_ITEM >> 20 {
        splitter
            .push(&piece, &mut |item| {
                longest = item.len();
                Ok(())
            })
            .unwrap();
    }
    assert_eq!(longest, MAX_ITEM + (1 << 20));
}

use super::*;

#[test]
fn a_spot_is_kept_as_a_cursor_and_read_again() {
    let spot = Spot {
        offset: 10_000_000_000,
        line: 300,
        record: 299,
    };
    assert_eq!(spot.cursor(), Cursor(b"10000000000:300:299".to_vec()));
    assert_eq!(Spot::of(&spot.cursor()), Some(spot));
    for text in ["", "1", "1:2", "1:2:3:4", "1:2:x", "-1:2:3"] {
        assert_eq!(Spot::of(&Cursor(text.into())), None, "{text}");
    }
}

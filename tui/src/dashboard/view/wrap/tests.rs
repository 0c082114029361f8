use super::*;

#[test]
fn a_text_is_chopped_by_columns_not_by_letters() {
    assert_eq!(chop("abcdef", 3), ["abc", "def"]);
    assert_eq!(chop("数数数", 4), ["数数", "数"]);
    assert_eq!(chop("ab数", 3), ["ab", "数"]);
    assert_eq!(chop("", 3), [""]);
    assert_eq!(chop("数", 1), ["数"], "something goes on, however narrow");
    assert_eq!(chop("e\u{301}e\u{301}", 1).len(), 2);
}

#[test]
fn what_is_shifted_loses_whole_letters() {
    assert_eq!(shifted("abcdef", 2), "cdef");
    assert_eq!(shifted("数ab", 1), "ab");
    assert_eq!(shifted("ab", 9), "");
}

#[test]
fn words_stay_whole_where_they_can() {
    assert_eq!(words("one two three", 8), ["one two", "three"]);
    assert_eq!(words("one two", 7), ["one two"]);
    assert_eq!(
        words("abcdefghijkl mn", 5),
        ["abcde", "fghij", "kl mn"],
        "a word that is too long is parted"
    );
    assert_eq!(words("", 5), [""]);
    assert_eq!(words("ab ", 2), ["ab"]);
}

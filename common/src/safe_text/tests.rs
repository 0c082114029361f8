use proptest::prelude::*;

use super::hostile::is_hostile;
use super::*;

/// Characters of trouble, well mixed with honest ones.
fn any_text() -> impl Strategy<Value = String> {
    let trouble = prop::sample::select(vec![
        '\x1b',
        '\x07',
        '\n',
        '\r',
        '\t',
        '\x7f',
        '\u{9b}',
        '\u{202e}',
        '\u{2066}',
        '\u{200d}',
        '\u{feff}',
        '\u{fe0f}',
        '\u{fe0e}',
        '\u{e0041}',
        '\u{e0101}',
        '\u{2028}',
        '\u{301}',
        '\u{36f}',
        '界',
        '👍',
        '\u{1f3fd}',
        '🇩',
        'é',
        'ا',
        'ل',
        '\u{1100}',
        '\u{1161}',
        '\u{11a8}',
        '\u{915}',
        '\u{94d}',
        '\u{937}',
        '\u{600}',
        '\u{17d2}',
        '\u{a4fc}',
        '❤',
        '1',
        '\u{20e3}',
    ]);
    let letter = prop_oneof![4 => trouble, 2 => any::<char>(), 2 => prop::char::range(' ', '~')];
    prop::collection::vec(letter, 0..40).prop_map(|letters| letters.into_iter().collect())
}

fn assert_safe(text: &str) {
    let mut before = None;
    for found in text.chars() {
        let kept_selector = is_selector(found) && before.is_some_and(|base: char| !base.is_ascii());
        assert!(!is_hostile(found) || kept_selector, "{found:?} in {text:?}");
        assert!(!found.is_control(), "{found:?} in {text:?}");
        before = Some(found);
    }
}

proptest! {
    #[test]
    fn what_was_made_safe_is_safe_and_stays_as_it_is(text in any_text()) {
        let once = safe(&text);
        assert_safe(&once);
        prop_assert_eq!(safe(&once), once.as_ref());
        prop_assert!(matches!(safe(&once), Cow::Borrowed(_)));
    }

    #[test]
    fn bytes_of_any_kind_are_made_safe(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        assert_safe(&safe_bytes(&bytes));
    }

    #[test]
    fn bytes_that_are_a_text_are_treated_as_that_text(text in any_text()) {
        prop_assert_eq!(safe_bytes(text.as_bytes()), safe(&text));
    }

    #[test]
    fn no_text_is_wider_than_it_was_to_be(text in any_text(), columns in 0_usize..30) {
        let fitted = fit(&text, columns);
        assert_safe(&fitted);
        prop_assert!(width(&fitted) <= columns, "{:?} takes {}", fitted, width(&fitted));
    }

    #[test]
    fn a_text_that_is_not_cut_fits(text in any_text()) {
        prop_assert!(!fit(&text, 1_000).ends_with('…') || text.ends_with('…'));
    }
}

#[test]
fn a_clean_text_is_given_back_as_it_is() {
    for clean in [
        "",
        "import users 2026",
        "Zürich → 北京 👍 ❤️",
        "नमस्ते",
        "a\u{301}",
    ] {
        assert!(matches!(safe(clean), Cow::Borrowed(_)), "{clean:?}");
        assert!(matches!(safe_bytes(clean.as_bytes()), Cow::Borrowed(_)));
    }
}

#[test]
fn controls_become_visible() {
    assert_eq!(safe("a\x1b[31mred\x07"), "a\\x1b[31mred\\x07");
    assert_eq!(safe("\x1b]0;title\x1b\\"), "\\x1b]0;title\\x1b\\");
    assert_eq!(safe("one\r\ntwo\tthree\x7f"), "one\\r\\ntwo three\\x7f");
    assert_eq!(safe("\u{9b}31m\u{85}"), "\\u{9b}31m\\u{85}");
}

#[test]
fn what_turns_or_hides_text_becomes_visible() {
    assert_eq!(safe("gpj.\u{202e}exe"), "gpj.\\u{202e}exe");
    assert_eq!(
        safe("a\u{2066}b\u{200f}c\u{61c}"),
        "a\\u{2066}b\\u{200f}c\\u{61c}"
    );
    assert_eq!(safe("pay\u{200b}ment\u{feff}"), "pay\\u{200b}ment\\u{feff}");
    assert_eq!(safe("x\u{e0041}y\u{2028}"), "x\\u{e0041}y\\u{2028}");
}

#[test]
fn one_selector_stays_on_an_emoji_and_no_more() {
    assert_eq!(safe("❤\u{fe0f}"), "❤\u{fe0f}");
    assert_eq!(safe("❤\u{fe0f}\u{fe0f}"), "❤\u{fe0f}\\u{fe0f}");
    assert_eq!(safe("a\u{fe0f}"), "a\\u{fe0f}");
    assert_eq!(safe("❤\u{fe00}\u{e0101}"), "❤\\u{fe00}\\u{e0101}");
}

#[test]
fn a_mark_at_the_start_does_not_reach_what_was_printed_before() {
    assert_eq!(safe("\u{301}a"), "\\u{301}a");
}

#[test]
fn bytes_that_are_no_text_are_shown_one_by_one() {
    assert_eq!(
        safe_bytes(b"caf\xe9 \xff\xfe\x1b"),
        "caf\\xe9 \\xff\\xfe\\x1b"
    );
    assert_eq!(safe_bytes(b"\xe4\xbd"), "\\xe4\\xbd");
}

#[test]
fn a_text_is_cut_with_an_ellipsis_only_if_it_must() {
    assert_eq!(fit("abcdef", 6), "abcdef");
    assert_eq!(fit("abcdef", 5), "abcd…");
    assert_eq!(fit("abcdef", 1), "…");
    assert_eq!(fit("abcdef", 0), "");
    assert_eq!(fit("", 0), "");
    assert_eq!(fit("東京都", 6), "東京都");
    assert_eq!(fit("東京都", 5), "東京…");
    assert_eq!(fit("東京都", 4), "東…");
}

#[test]
fn a_character_is_kept_or_dropped_with_its_marks() {
    assert_eq!(fit("ae\u{301}x", 2), "a…");
    assert_eq!(fit("ae\u{301}xy", 3), "ae\u{301}…");
}

#[test]
fn a_pile_of_marks_is_made_low() {
    let pile = format!("z{}", "\u{36f}".repeat(50));
    assert_eq!(fit(&pile, 10), format!("z{}", "\u{36f}".repeat(4)));
}

#[test]
fn json_is_made_safe_and_says_the_same() {
    let said = "\u{1b}[2J \u{9b}31m \u{202e}evil\u{7f} \u{e0041} \u{fe0f} wörter 🚀\n";
    let json = serde_json::to_string_pretty(&serde_json::json!({"said": said})).unwrap();
    let safe = safe_json(&json);
    assert!(safe.chars().all(|c| c == '\n' || !is_hostile(c)), "{safe}");
    assert!(safe.contains("wörter 🚀"), "{safe}");
    let read: serde_json::Value = serde_json::from_str(&safe).unwrap();
    assert_eq!(read["said"], said);
    assert!(matches!(safe_json("{\n  \"a\": 1\n}"), Cow::Borrowed(_)));
}

#[test]
fn colours_of_a_program_are_left_out_and_nothing_else_is() {
    for (written, shown) in [
        (
            &b"\x1b[1;31merror\x1b[0m: no \x1b[38:2:1:2:3mfile\x1b[m"[..],
            "error: no file",
        ),
        (b"plain", "plain"),
        (b"", ""),
        (b"\x1b[", "\\x1b["),
        (b"\x1b[31", "\\x1b[31"),
        (b"\x1b[2J\x1b[31mred", "\\x1b[2Jred"),
        (b"\x1b]0;m\x07", "\\x1b]0;m\\x07"),
        // What is left of one sequence makes no other.
        (b"\x1b\x1b[0m[2J", "\\x1b[2J"),
        (b"\x1b[31m\xff\x1b[0m", "\\xff"),
    ] {
        assert_eq!(safe_output(written), shown);
    }
}

use longhaul_common::safe_text::width;

use super::*;

const fn theme(charset: Charset) -> Theme {
    Theme {
        colors: Colors::Sixteen(Palette::USUAL),
        charset,
    }
}

#[test]
fn the_first_variable_of_the_locale_that_says_something_decides() {
    let of = Charset::of_locale;
    assert_eq!(of(None, None, Some("en_GB.UTF-8")), Charset::Unicode);
    assert_eq!(of(None, None, Some("de_DE.utf8@euro")), Charset::Unicode);
    assert_eq!(of(Some("C"), None, Some("en_GB.UTF-8")), Charset::Ascii);
    assert_eq!(of(Some(""), Some("C.UTF-8"), Some("C")), Charset::Unicode);
    assert_eq!(of(None, Some("POSIX"), Some("C.UTF-8")), Charset::Ascii);
    assert_eq!(of(None, None, Some("en_US.ISO-8859-1")), Charset::Ascii);
    assert_eq!(of(None, None, None), Charset::Ascii);
}

#[test]
fn every_sign_of_a_plain_terminal_is_ascii() {
    assert!(format!("{ASCII:?}").is_ascii());
}

#[test]
fn a_bar_is_full_only_when_all_is_done() {
    let bar = |fraction| theme(Charset::Ascii).bar(fraction, 4);
    assert_eq!(bar(0.0), "----");
    assert_eq!(bar(0.124), "----");
    assert_eq!(bar(0.125), "+---");
    assert_eq!(bar(0.5), "##--");
    assert_eq!(bar(0.999), "###+");
    assert_eq!(bar(1.0), "####");
    assert_eq!(bar(7.0), "####");
    assert_eq!(bar(-1.0), "----");
    assert_eq!(bar(f64::NAN), "----");
}

#[test]
fn a_plain_terminal_gets_no_character_it_can_not_show() {
    let plain = theme(Charset::Ascii);
    assert_eq!(plain.plain("RUN → SUSPEND"), "RUN -> SUSPEND");
    assert_eq!(plain.plain("Größe\x1b[2J"), "Gr??e\\x1b[2J");
    assert_eq!(plain.fit("checksums of all", 6), "check~");
}

#[test]
fn without_colours_nothing_is_coloured() {
    let theme = Theme {
        colors: Colors::None,
        charset: Charset::Unicode,
    };
    for tone in [
        Tone::Plain,
        Tone::Strong,
        Tone::Quiet,
        Tone::Good,
        Tone::Attention,
        Tone::Bad,
    ] {
        let style = theme.tone(tone);
        assert_eq!((style.fg, style.bg), (None, None), "{tone:?}");
    }
    assert!(theme.selected().add_modifier.contains(Modifier::REVERSED));
}

#[test]
fn a_cut_text_fits_on_both_kinds_of_terminal() {
    for charset in [Charset::Unicode, Charset::Ascii] {
        for columns in 0..12 {
            let cut = theme(charset).fit("数据 import → done", columns);
            assert!(width(&cut) <= columns, "{cut} in {columns}");
        }
    }
}

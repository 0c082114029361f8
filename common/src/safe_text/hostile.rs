//! Which characters a terminal must not get.

use unicode_width::UnicodeWidthChar;

/// Characters that act on the terminal, change the order of what is shown, or can't be seen:
/// controls, and of Unicode's format and default-ignorable characters all but the variation
/// selectors for text and emoji.
pub(super) fn is_hostile(found: char) -> bool {
    matches!(found,
        // C0, DEL and C1.
        '\0'..='\x1f' | '\x7f'..='\u{9f}'
        // Soft hyphen, grapheme joiner, Arabic letter mark, fillers, inherent vowels.
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        // Mongolian selectors, zero width, directional marks.
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
        // Line and paragraph separators, embeddings and overrides.
        | '\u{2028}'..='\u{202e}'
        // Joiners, invisible operators, isolates, deprecated format characters.
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        // Controls of hieroglyphs, shorthand and music.
        | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        // Tags, the other variation selectors, and all that is set aside for the like.
        | '\u{e0000}'..='\u{e0fff}'
    ) || u32::from(found) & 0xfffe == 0xfffe
        || matches!(found, '\u{fdd0}'..='\u{fdef}')
}

/// The selectors of text and of emoji style, which honest text uses.
pub(super) fn is_selector(found: char) -> bool {
    matches!(found, '\u{fe0e}' | '\u{fe0f}')
}

/// Whether a character is drawn upon the one before it.
pub(super) fn is_mark(found: char) -> bool {
    !found.is_ascii() && found.width() == Some(0)
}

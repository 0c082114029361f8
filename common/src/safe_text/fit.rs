//! Text cut to a width.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::hostile::is_mark;
use super::safe;

/// The most marks left upon one character. Written languages need up to four; piles of them are
/// drawn over the lines above and below.
const MARKS: usize = 4;

/// The columns a text takes in a terminal.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// Makes a text [`safe`] and cuts it to at most `columns`; what was cut ends with `…`. A character
/// is kept or dropped together with its marks, of which four are left.
#[must_use]
pub fn fit(text: &str, columns: usize) -> String {
    let safe = safe(text);
    if safe.is_ascii() && safe.len() <= columns {
        return safe.into_owned();
    }
    let mut out = String::with_capacity(safe.len().min(columns.saturating_mul(4)));
    let mut used = 0;
    // Where the text is cut if it turns out too long: room for the ellipsis is left before it.
    let mut cut = 0;
    for grapheme in safe.graphemes(true) {
        let start = out.len();
        push_with_few_marks(&mut out, grapheme);
        used += out[start..].width();
        if used > columns {
            out.truncate(cut);
            if columns > 0 {
                out.push('…');
            }
            return out;
        }
        if used < columns {
            cut = out.len();
        }
    }
    out
}

fn push_with_few_marks(out: &mut String, grapheme: &str) {
    let mut marks = 0;
    for found in grapheme.chars() {
        marks = if is_mark(found) { marks + 1 } else { 0 };
        if marks <= MARKS {
            out.push(found);
        }
    }
}

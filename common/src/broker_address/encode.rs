//! The parts of an address as they stand in its text.

use percent_encoding::{
    AsciiSet, CONTROLS, PercentEncode, percent_decode_str, utf8_percent_encode,
};

use super::ParseError;

/// What would end the part, or be read as something else.
const RESERVED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b':')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'@')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

pub(super) fn encoded(part: &str) -> PercentEncode<'_> {
    utf8_percent_encode(part, RESERVED)
}

/// Refuses a `%` that is not the beginning of an encoded byte: whoever wrote it meant itself.
pub(super) fn decoded(part: &str) -> Result<String, ParseError> {
    let bytes = part.as_bytes();
    let is_hex = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
    let stray = |at: usize| bytes[at] == b'%' && !(is_hex(at + 1) && is_hex(at + 2));
    if (0..bytes.len()).any(stray) {
        return Err(ParseError::Encoding);
    }
    percent_decode_str(part)
        .decode_utf8()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| ParseError::Encoding)
}

//! Where a cursor stands among all of its input.

use longhaul_common::spec::Input;

use super::{Cursor, parts};

/// A number that grows from item to item: each cursor begins with it. None: it is none of the input's.
pub(crate) fn position(input: &Input, cursor: &Cursor) -> Option<u128> {
    if let Input::Parts(_) = input {
        return parts::position(cursor);
    }
    if cursor.0.is_empty() {
        return Some(0);
    }
    let digits = cursor.0.iter().take_while(|byte| byte.is_ascii_digit());
    str::from_utf8(&cursor.0[..digits.count()])
        .ok()?
        .parse()
        .ok()
}

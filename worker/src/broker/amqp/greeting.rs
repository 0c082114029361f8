//! What a server says of itself before anything else.

/// The product's name, as the protocol writes it into a table: key, kind, length, text.
const PRODUCT: &[u8] = b"\x07productS\0\0\0\x08RabbitMQ";

/// The key of the version, and the kind of its value.
const VERSION: &[u8] = b"\x07versionS";

/// The first number of RabbitMQ's version, out of the first bytes it sent (a `connection.start`); None if it says
/// none, or is something else.
pub(super) fn generation(greeting: &[u8]) -> Option<u32> {
    after(greeting, PRODUCT)?;
    let rest = after(greeting, VERSION)?;
    let (length, rest) = rest.split_first_chunk()?;
    let version = rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    let version = str::from_utf8(version).ok()?;
    version.split('.').next()?.parse().ok()
}

/// What follows the first occurrence.
fn after<'a>(text: &'a [u8], what: &[u8]) -> Option<&'a [u8]> {
    let start = text.windows(what.len()).position(|part| part == what)?;
    text.get(start + what.len()..)
}

#[cfg(test)]
mod tests;

//! What is wrong with the quotes of a record. Readers of CSV let it pass, and give other fields than were meant.

/// A fault, and where in the record it is, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum QuoteFault {
    /// The quote that opens here is never closed.
    Open(usize),
    /// A field goes on after its closing quote.
    TextAfter(usize),
}

/// The first fault of a record, which is given without what ends it.
pub(super) fn quote_fault(record: &[u8], delimiter: u8) -> Option<QuoteFault> {
    enum State {
        Start,
        Plain,
        Quoted(usize),
        Closed(usize),
    }
    let mut state = State::Start;
    for (at, byte) in record.iter().enumerate() {
        state = match (state, *byte) {
            (State::Quoted(from), b'"') => State::Closed(from),
            (State::Quoted(from), _) | (State::Closed(from), b'"') => State::Quoted(from),
            (State::Start | State::Plain | State::Closed(_), byte) if byte == delimiter => {
                State::Start
            }
            (State::Start, b'"') => State::Quoted(at),
            (State::Start | State::Plain, _) => State::Plain,
            (State::Closed(_), _) => return Some(QuoteFault::TextAfter(at)),
        };
    }
    match state {
        State::Quoted(from) => Some(QuoteFault::Open(from)),
        State::Start | State::Plain | State::Closed(_) => None,
    }
}

#[cfg(test)]
mod tests;

//! What is wrong with a filter. Each error names the word, and what is allowed.

/// Why a filter can't be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// The word before a colon is none that is known.
    #[error("{key}: is no key; there are {}; in quotes it is text", super::KEYS.join(", "))]
    UnknownKey {
        /// The word.
        key: String,
    },
    /// Nothing follows a key.
    #[error("{key}: needs {allowed}")]
    NoValue {
        /// The key.
        key: &'static str,
        /// What can follow it.
        allowed: String,
    },
    /// What follows a key is none of what can.
    #[error("{key}:{value} is none; {key}: needs {allowed}")]
    BadValue {
        /// The key.
        key: &'static str,
        /// What followed it.
        value: String,
        /// What can follow it.
        allowed: String,
    },
    /// A quote is not closed.
    #[error("the quote before {word} is not closed")]
    OpenQuote {
        /// What follows the quote.
        word: String,
    },
    /// Nothing follows `!` or `~`.
    #[error("{sign} needs a word after it")]
    Lone {
        /// The sign.
        sign: char,
    },
}

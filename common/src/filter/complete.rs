//! What a word that is half typed can become.

use super::parse::{KEYS, desired_words, state_words};

/// The words there are after a key; none where any text, number or time can stand.
#[must_use]
pub fn values(key: &str) -> Vec<String> {
    match key {
        "state" => state_words(),
        "desired" => desired_words(),
        "worker" => vec!["none".into()],
        _ => Vec::new(),
    }
}

/// A word with a value that is half typed, with all that this value can become in its place.
#[must_use]
pub fn half_typed(word: &str) -> Option<String> {
    let (key, typed) = word.split_once(':')?;
    let key = key.to_lowercase();
    let key = KEYS.into_iter().find(|known| *known == key)?;
    let (done, last) = match typed.rsplit_once(',') {
        Some((done, last)) => (format!("{done},"), last.to_lowercase()),
        None => (String::new(), typed.to_lowercase()),
    };
    let mut meant = values(key);
    meant.retain(|value| value.starts_with(&last));
    (!meant.is_empty()).then(|| format!("{key}:{done}{}", meant.join(",")))
}

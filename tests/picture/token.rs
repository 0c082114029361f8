//! Finds in a line what is another each time: moments, lengths of time, rates, ids.

use std::ops::Range;

/// The places of all tokens in a line's characters, from the left.
pub(crate) fn tokens(line: &[char]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < line.len() {
        let begins = at == 0 || !is_part(line[at - 1]);
        let length = if begins { token(&line[at..]) } else { None };
        if let Some(length) = length {
            found.push(at..at + length);
        }
        at += length.unwrap_or(1);
    }
    found
}

/// How long the token is that begins here.
fn token(line: &[char]) -> Option<usize> {
    const MOMENT: &str = "0000-00-00 00:00:00";
    const DATE: &str = "0000-00-00";
    const TIME: &str = "00:00:00";
    const ID: &str = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    let length = shaped(line, ID)
        .or_else(|| shaped(line, MOMENT))
        .or_else(|| shaped(line, DATE))
        .or_else(|| shaped(line, TIME))
        .or_else(|| rate(line))
        .or_else(|| lasting(line))?;
    let ends = line.get(length).is_none_or(|next| !is_part(*next));
    ends.then_some(length)
}

/// Whether a character belongs to the word beside it.
fn is_part(found: char) -> bool {
    found.is_alphanumeric() || found == '.' || found == '/' || found == '-'
}

fn shaped(line: &[char], shape: &str) -> Option<usize> {
    let is = |found: char, wanted: char| match wanted {
        '0' => found.is_ascii_digit(),
        'x' => found.is_ascii_hexdigit(),
        other => found == other,
    };
    let length = shape.len();
    let fits = line.len() >= length
        && line
            .iter()
            .zip(shape.chars())
            .all(|(found, wanted)| is(*found, wanted));
    fits.then_some(length)
}

/// As in `1,250/s`, `3.5 items/min`.
fn rate(line: &[char]) -> Option<usize> {
    let number = number(line)?;
    let rest: String = line[number..].iter().take(12).collect();
    let unit = [
        "/s",
        "/min",
        "/h",
        "k/s",
        "M/s",
        " items/s",
        " items/min",
        " items/h",
    ]
    .into_iter()
    .filter(|unit| rest.starts_with(unit))
    .map(str::len)
    .max()?;
    Some(number + unit)
}

/// As in `0.3s`, `12ms`, `1h 5m`.
fn lasting(line: &[char]) -> Option<usize> {
    let first = counted(line)?;
    let more = line.get(first) == Some(&' ');
    let second = more.then(|| counted(&line[first + 1..])).flatten();
    Some(second.map_or(first, |second| first + 1 + second))
}

/// A number with a unit of time.
fn counted(line: &[char]) -> Option<usize> {
    let number = number(line)?;
    let unit: String = line[number..]
        .iter()
        .take_while(|found| found.is_ascii_alphabetic())
        .collect();
    ["ms", "s", "m", "h", "d"]
        .contains(&unit.as_str())
        .then_some(number + unit.len())
}

fn number(line: &[char]) -> Option<usize> {
    let is_digit = |found: &&char| found.is_ascii_digit() || **found == '.' || **found == ',';
    let begins = line.first().is_some_and(char::is_ascii_digit);
    begins.then(|| line.iter().take_while(is_digit).count())
}

#[test]
fn what_varies_is_found_and_nothing_else() {
    let found = |line: &str| -> Vec<String> {
        let line: Vec<char> = line.chars().collect();
        let tokens = tokens(&line).into_iter();
        tokens.map(|token| line[token].iter().collect()).collect()
    };
    assert_eq!(
        found("7  resize  RUN  ██ 39%  1h 4m  10,334/s  0.6s  mx1: 421 too many"),
        ["1h 4m", "10,334/s", "0.6s"]
    );
    assert_eq!(
        found("pace  26,839 items/s, ran for 12ms, 3s to go; 3/3 slots, 1..50, 17 done"),
        ["26,839 items/s", "12ms", "3s"]
    );
    assert_eq!(found("  2026-11-24"), ["2026-11-24"]);
    assert_eq!(found("  13:50:46  0.6s  INIT"), ["13:50:46", "0.6s"]);
    assert_eq!(
        found("6  mail  01a20dd2-771c-7245-b26f-9cbbf9d10385 since 2026-11-24 13:50:46, 4s"),
        [
            "01a20dd2-771c-7245-b26f-9cbbf9d10385",
            "2026-11-24 13:50:46",
            "4s"
        ]
    );
}

//! Sets what is another each time to fixed values, in the cells.

use crate::cells::{Cells, Line, Stays};
use crate::token::tokens;

/// What the tokens of a line become, from the left.
struct Rule {
    /// Words that are in the line.
    words: &'static str,
    stays: Stays,
    values: &'static [&'static str],
}

/// The first counts whose words are in a line.
const RULES: &[Rule] = &[
    in_columns("slots", &["18.3/s"]),
    in_columns("  8  resize-photos", &["1h 22m", "2.5/s", "2h 5m"]),
    in_columns("  7  import-orders", &["48m 12s", "10.5/s", "28m 10s"]),
    in_columns("  6  send-invoices", &["26m 39s"]),
    in_columns("  5  geo-tiles", &["1h 58m", "5.3/s", "1h 28m"]),
    in_columns("  4  reindex-search", &["3h 8m"]),
    in_columns("  3  log-archive", &["34m 20s"]),
    in_columns("  2  export-q2", &["16m 5s"]),
    in_columns("  1  nightly-backup", &["41m 8s"]),
    in_text(
        "6  send-invoices  ",
        &["01980b2c-6f0e-7c1b-9d35-52c8e1b7a604"],
    ),
    in_text("state  ", &["2026-07-14 23:12:41", "4m 12s"]),
    in_text("desired  ", &["4m"]),
    in_text("pace  ", &["2.1 items/s", "26m 39s", "1h 11m"]),
    in_text("batches  ", &["3m 20s"]),
    in_text("created  ", &["2026-07-14 22:45:58", "30m"]),
    in_text("started  ", &["2026-07-14 22:46:02", "30m"]),
    in_columns("INIT, submitted", &["22:45:58", "4s"]),
    in_columns("INIT → RUN", &["22:46:02", "26m 39s"]),
    in_columns("failed attempts, the last", &["23:12:38"]),
];

/// The line of a story that has nothing but its day.
const DAY: Rule = in_text("a day", &["2026-07-14"]);

/// Of texts that end where their column does.
const fn in_columns(words: &'static str, values: &'static [&'static str]) -> Rule {
    Rule {
        words,
        stays: Stays::End,
        values,
    }
}

/// Of texts in which the rest of the line moves on.
const fn in_text(words: &'static str, values: &'static [&'static str]) -> Rule {
    Rule {
        words,
        stays: Stays::Start,
        values,
    }
}

/// Puts fixed values in the places of what varies. An error says which line is another than those
/// that are known, or missing.
pub(crate) fn fix(cells: &mut Cells) -> Result<(), String> {
    let all = || RULES.iter().chain([&DAY]);
    let mut missing: Vec<&str> = all().map(|rule| rule.words).collect();
    for line in &mut cells.lines {
        let text = line.text();
        let rule = if is_a_day(&text) {
            Some(&DAY)
        } else {
            RULES.iter().find(|rule| text.contains(rule.words))
        };
        if let Some(rule) = rule {
            apply(rule, line)?;
            missing.retain(|words| *words != rule.words);
        }
    }
    match missing.first() {
        Some(words) => Err(format!("no line has \"{words}\"")),
        None => Ok(()),
    }
}

/// Whether there is nothing but a date in a line, beside what it may be framed by.
fn is_a_day(line: &str) -> bool {
    let letters: Vec<char> = line.chars().collect();
    let framed = |letter: char| letter.is_whitespace() || matches!(letter, '│' | '█');
    let text = line.trim_matches(framed);
    text.len() == DAY.values[0].len() && tokens(&letters).len() == 1
}

fn apply(rule: &Rule, line: &mut Line) -> Result<(), String> {
    let found = tokens(&line.letters()).len();
    if found != rule.values.len() {
        let values = rule.values.len();
        return Err(format!(
            "{values} values for {found} places in: {}",
            line.text()
        ));
    }
    for (at, value) in rule.values.iter().enumerate() {
        // Found anew: those behind it may have moved.
        let place = tokens(&line.letters()).swap_remove(at);
        line.put(place, value, rule.stays)?;
    }
    Ok(())
}

/// Puts a text in every place of another. An error says that there was none.
pub(crate) fn swap(cells: &mut Cells, old: &str, new: &str) -> Result<(), String> {
    let letters: Vec<char> = old.chars().collect();
    let mut swapped = 0;
    for line in &mut cells.lines {
        let mut from = 0;
        while let Some(at) = find(line, &letters, from) {
            line.put(at..at + letters.len(), new, Stays::Start)?;
            from = at + new.chars().count();
            swapped += 1;
        }
    }
    if swapped == 0 {
        return Err(format!("not on the screen: {old}"));
    }
    Ok(())
}

fn find(line: &Line, letters: &[char], from: usize) -> Option<usize> {
    let line = line.letters();
    let mut places = line.windows(letters.len()).skip(from);
    Some(from + places.position(|found| found == letters)?)
}

//! What a word that is being typed can become, and how it becomes so.

use super::line::Line;

/// What a word can be completed to.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Choices {
    /// Where in the line the word starts.
    pub(crate) start: usize,
    pub(crate) choices: Vec<Choice>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Choice {
    /// What is put into the line.
    pub(crate) word: String,
    /// What it means, for people.
    pub(crate) help: String,
}

/// What a completion did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Completed {
    /// The line is as before, or goes through its choices.
    Here,
    /// A word is complete, or longer: there are other choices now.
    Further,
}

impl Choices {
    /// Completes the word before the cursor as far as that is certain; else goes on, or back, to
    /// another choice.
    pub(crate) fn complete(
        &self,
        line: &mut Line,
        at: &mut Option<usize>,
        step: isize,
    ) -> Completed {
        let Self { start, choices } = self;
        let words = || choices.iter().map(|choice| choice.word.as_str());
        let typed = line.before().get(*start..).unwrap_or_default();
        match (choices.as_slice(), *at) {
            ([], _) => return Completed::Here,
            ([only], None) => {
                let word = format!("{} ", only.word.trim_end());
                let word = if only.word.ends_with([':', '=']) {
                    &only.word
                } else {
                    &word
                };
                line.complete(*start, word);
                return Completed::Further;
            }
            (_, None) => {
                let common = words().reduce(common_start).unwrap_or_default();
                if common.len() > typed.len() && common.starts_with(typed) {
                    line.complete(*start, common);
                    return Completed::Further;
                }
            }
            (_, Some(_)) => {}
        }
        let count = choices.len();
        let next = match *at {
            None if step < 0 => count - 1,
            None => 0,
            Some(at) if step < 0 => (at + count - 1) % count,
            Some(at) => (at + 1) % count,
        };
        line.complete(*start, &choices[next].word);
        *at = Some(next);
        Completed::Here
    }
}

fn common_start<'a>(one: &'a str, other: &str) -> &'a str {
    let same = one.chars().zip(other.chars());
    let length = same
        .take_while(|(one, other)| one == other)
        .map(|(letter, _)| letter.len_utf8())
        .sum();
    &one[..length]
}

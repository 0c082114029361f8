//! From what is typed to what is tested.

use jiff::tz::TimeZone;
use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};

use super::since::{SINCE, instant};
use super::text::{Glob, Needle};
use super::{Filter, FilterError, Holder, Place, Sense, Term, Test};
use crate::id::WorkerNumber;
use crate::phase::Phase;
use crate::state::{Desired, Outcome, StateWord};
use crate::time::Timestamp;

/// The keys there are.
pub const KEYS: [&str; 9] = [
    "state", "desired", "kind", "name", "worker", "group", "by", "since", "pid",
];

/// The word that asks for what failed.
const FAILED: &str = "failed";

/// Now and here: what times are understood against.
#[derive(Clone, Debug)]
pub struct Present {
    /// The time.
    pub now: Timestamp,
    /// The zone of those who type.
    pub zone: TimeZone,
}

impl Filter {
    /// Understands what was typed. `since:2h` counts back from `present`, once and for all.
    ///
    /// # Errors
    /// [`FilterError`] for the first word that can't be understood.
    pub fn parse(typed: &str, present: &Present) -> Result<Self, FilterError> {
        let mut terms = Vec::new();
        let mut rest = typed.trim_start();
        while !rest.is_empty() {
            let (term, left) = term(rest, present)?;
            terms.push(term);
            rest = left.trim_start();
        }
        Ok(Self { terms })
    }

    /// What has a property: the same as `key:value`, where the value may hold blanks and quotes.
    ///
    /// # Errors
    /// [`FilterError`] where it can't be understood.
    pub fn of(key: &str, value: &str, present: &Present) -> Result<Self, FilterError> {
        Ok(Self::one(Sense::Holds, property(key, value, present)?))
    }

    /// What has been where it is since before a time: the same as `!since:` with it.
    #[must_use]
    pub fn since_before(time: Timestamp) -> Self {
        Self::one(Sense::HoldsNot, Test::Since(time))
    }

    /// What failed: the same as the word `failed`.
    #[must_use]
    pub fn failed() -> Self {
        Self::one(Sense::Holds, Test::Failed)
    }

    fn one(sense: Sense, test: Test) -> Self {
        Self {
            terms: vec![Term { sense, test }],
        }
    }
}

fn term<'a>(typed: &'a str, present: &Present) -> Result<(Term, &'a str), FilterError> {
    let (sense, typed) = match typed.strip_prefix('!') {
        Some(rest) if rest.starts_with('!') => return Err(FilterError::Lone { sign: '!' }),
        Some(rest) => (Sense::HoldsNot, rest),
        None => (Sense::Holds, typed),
    };
    let lone = |sign| FilterError::Lone { sign };
    let (test, rest) = if let Some(rest) = typed.strip_prefix('~') {
        let (word, rest) = value(rest)?;
        if word.is_empty() {
            return Err(lone('~'));
        }
        (Test::Fuzzy(Box::new(loosely(word))), rest)
    } else if let Some((key, rest)) = key(typed) {
        let (value, rest) = value(rest)?;
        (property(key, value, present)?, rest)
    } else {
        let quoted = typed.starts_with(['"', '\'']);
        let (word, rest) = value(typed)?;
        match (word, quoted) {
            ("", _) if sense == Sense::HoldsNot => return Err(lone('!')),
            (FAILED, false) => (Test::Failed, rest),
            _ => (Test::Text(Needle::new(word)), rest),
        }
    };
    Ok((Term { sense, test }, rest))
}

/// A key, if letters up to a colon start the word. `10:30` has none.
fn key(typed: &str) -> Option<(&str, &str)> {
    let (key, rest) = typed.split_once(':')?;
    let letters = !key.is_empty()
        && key
            .chars()
            .all(|found| found.is_alphabetic() || found == '-' || found == '_');
    letters.then_some((key, rest))
}

/// A word, or what stands in quotes, and what follows it.
fn value(typed: &str) -> Result<(&str, &str), FilterError> {
    for quote in ['"', '\''] {
        if let Some(inner) = typed.strip_prefix(quote) {
            return inner.split_once(quote).ok_or_else(|| {
                let word = inner.split_whitespace().next().unwrap_or(typed);
                FilterError::OpenQuote { word: word.into() }
            });
        }
    }
    let end = typed.find(char::is_whitespace).unwrap_or(typed.len());
    Ok(typed.split_at(end))
}

fn loosely(word: &str) -> Atom {
    Atom::new(
        word,
        CaseMatching::Ignore,
        Normalization::Smart,
        AtomKind::Fuzzy,
        false,
    )
}

fn property(key: &str, value: &str, present: &Present) -> Result<Test, FilterError> {
    let lower = key.to_lowercase();
    Ok(match lower.as_str() {
        "state" => Test::State(each("state", value, &states(), place)?),
        "desired" => Test::Desired(each(
            "desired",
            value,
            &desired_words().join(", "),
            desired,
        )?),
        "kind" => Test::Kind(each("kind", value, "a kind; * stands for any text", glob)?),
        "name" => Test::Name(each("name", value, "a name; * stands for any text", glob)?),
        "worker" => Test::Worker(each("worker", value, "a worker's number, or none", holder)?),
        "group" => Test::Group(each(
            "group",
            value,
            "a group; * stands for any text",
            glob,
        )?),
        "by" => Test::By(each("by", value, "a part of who asked last", needle)?),
        "pid" => Test::Pid(each("pid", value, "a worker's process id", |pid| {
            pid.parse().ok()
        })?),
        "since" => Test::Since(moment(value, present)?),
        _ => return Err(FilterError::UnknownKey { key: key.into() }),
    })
}

/// The time that is meant by what stands after `since:`.
///
/// # Errors
/// [`FilterError`] where none is.
pub fn moment(value: &str, present: &Present) -> Result<Timestamp, FilterError> {
    // A list of times means nothing: the earliest of them would say it all.
    let found = each("since", value, SINCE, |text| instant(text, present))?;
    match found.as_slice() {
        [one] => Ok(*one),
        _ => Err(FilterError::BadValue {
            key: "since",
            value: value.into(),
            allowed: SINCE.into(),
        }),
    }
}

/// Each of the values between the commas.
fn each<T>(
    key: &'static str,
    values: &str,
    allowed: &str,
    one: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>, FilterError> {
    values
        .split(',')
        .map(|value| match (value, one(value)) {
            ("", _) => Err(FilterError::NoValue {
                key,
                allowed: allowed.into(),
            }),
            (_, Some(found)) => Ok(found),
            (_, None) => Err(FilterError::BadValue {
                key,
                value: value.into(),
                allowed: allowed.into(),
            }),
        })
        .collect()
}

const STATES: [StateWord; 4] = [
    StateWord::Init,
    StateWord::Run,
    StateWord::Suspend,
    StateWord::Terminate,
];
const OUTCOMES: [Outcome; 3] = [Outcome::Completed, Outcome::Terminated, Outcome::Failed];
const DESIRED: [Desired; 3] = [Desired::Run, Desired::Suspend, Desired::Terminate];

fn is(word: &str, typed: &str) -> bool {
    word.eq_ignore_ascii_case(typed)
}

fn place(typed: &str) -> Option<Place> {
    let state = STATES
        .into_iter()
        .find(|word| is(word.as_str(), typed))
        .map(Place::State);
    let outcome = OUTCOMES
        .into_iter()
        .find(|word| is(word.as_str(), typed))
        .map(Place::Outcome);
    let phase = Phase::ALL
        .into_iter()
        .find(|word| is(word.as_str(), typed))
        .map(Place::Phase);
    state.or(outcome).or(phase)
}

fn desired(typed: &str) -> Option<Desired> {
    DESIRED.into_iter().find(|word| is(word.as_str(), typed))
}

fn holder(typed: &str) -> Option<Holder> {
    if is("none", typed) {
        return Some(Holder::Nobody);
    }
    typed
        .parse()
        .ok()
        .map(|number| Holder::Worker(WorkerNumber(number)))
}

fn glob(typed: &str) -> Option<Glob> {
    Some(Glob::new(typed))
}

fn needle(typed: &str) -> Option<Needle> {
    Some(Needle::new(typed))
}

fn states() -> String {
    state_words().join(", ")
}

pub(super) fn state_words() -> Vec<String> {
    let words = STATES
        .iter()
        .map(|word| word.as_str().to_lowercase())
        .chain(OUTCOMES.iter().map(ToString::to_string))
        .chain(Phase::ALL.iter().map(ToString::to_string));
    words.collect()
}

pub(super) fn desired_words() -> Vec<String> {
    DESIRED.map(|word| word.as_str().to_lowercase()).to_vec()
}

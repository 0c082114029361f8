//! The grammar that picks tasks: of `--filter` and of the dashboard's `/`.
//!
//! Words are parted by blanks, and all of them must hold. A plain word is looked for in number, id,
//! name and kind, in any case; `~word` is matched loosely against name and kind; `key:value` asks
//! for a property, `key:one,other` for either; `failed` for what failed; `!` before a word negates
//! it. Quotes keep blanks together and take a word for what it is: `"failed"`.

mod complete;
mod error;
mod parse;
mod since;
mod text;

use std::borrow::Cow;

use nucleo_matcher::pattern::Atom;
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::id::{TaskId, TaskNumber, WorkerNumber};
use crate::phase::Phase;
use crate::state::{Desired, Outcome, StateWord};
use crate::time::Timestamp;
use crate::view::TaskView;
pub use complete::{half_typed, values};
pub use error::FilterError;
pub use parse::{KEYS, Present, moment};
use text::{Glob, Needle};

/// What a filter looks at.
pub trait Subject {
    /// Its number.
    fn number(&self) -> TaskNumber;
    /// Its id.
    fn id(&self) -> TaskId;
    /// Its name.
    fn name(&self) -> Option<&str>;
    /// Its kind.
    fn kind(&self) -> &str;
    /// Where it is.
    fn current(&self) -> StateWord;
    /// What is wanted of it.
    fn desired(&self) -> Desired;
    /// What it is doing.
    fn phase(&self) -> Phase;
    /// How it ended.
    fn outcome(&self) -> Option<Outcome>;
    /// Who holds it.
    fn worker(&self) -> Option<WorkerNumber>;
    /// The process of who holds it.
    fn pid(&self) -> Option<u32>;
    /// Its group.
    fn group(&self) -> Option<&str>;
    /// Who asked for what is wanted of it.
    fn by(&self) -> Cow<'_, str>;
    /// Since when it is where it is.
    fn since(&self) -> Timestamp;
    /// Batches that failed for good.
    fn batches_failed(&self) -> u64;
}

/// A condition that tasks fulfil or don't. The empty one holds for all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    terms: Vec<Term>,
}

#[derive(Clone, Debug)]
struct Term {
    sense: Sense,
    test: Test,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sense {
    Holds,
    HoldsNot,
}

#[derive(Clone, Debug)]
enum Test {
    Text(Needle),
    Fuzzy(Box<Atom>),
    State(Vec<Place>),
    Desired(Vec<Desired>),
    Kind(Vec<Glob>),
    Name(Vec<Glob>),
    Worker(Vec<Holder>),
    Group(Vec<Glob>),
    By(Vec<Needle>),
    Since(Timestamp),
    Pid(Vec<u32>),
    Failed,
}

/// Where a task can be, in each of the ways people say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    State(StateWord),
    Phase(Phase),
    Outcome(Outcome),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holder {
    Nobody,
    Worker(WorkerNumber),
}

/// What matching needs to work in; made once, used for many tasks.
#[derive(Default)]
pub struct Scratch {
    /// Large, and only loose words need it.
    matcher: Option<Box<Matcher>>,
    letters: Vec<char>,
}

impl Filter {
    /// Whether it holds for all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Takes only what another takes too.
    pub fn narrow(&mut self, by: Self) {
        self.terms.extend(by.terms);
    }

    /// Whether it asks, by its words, for tasks that have ended. One that doesn't means those that live,
    /// wherever both could be meant.
    #[must_use]
    pub fn names_ended(&self) -> bool {
        let ended = |place: &Place| match place {
            Place::State(word) => *word == StateWord::Terminate,
            Place::Phase(phase) => *phase == Phase::Ended,
            Place::Outcome(_) => true,
        };
        self.asks(|test| matches!(test, Test::State(places) if places.iter().any(ended)))
    }

    /// Whether it asks for what failed.
    #[must_use]
    pub fn names_failed(&self) -> bool {
        self.asks(|test| matches!(test, Test::Failed))
    }

    fn asks(&self, of: impl Fn(&Test) -> bool) -> bool {
        let mut terms = self.terms.iter();
        terms.any(|term| term.sense == Sense::Holds && of(&term.test))
    }

    /// Whether it holds for a task.
    pub fn takes(&self, subject: &impl Subject, scratch: &mut Scratch) -> bool {
        self.terms.iter().all(|term| {
            let found = term.test.finds(subject, scratch);
            match term.sense {
                Sense::Holds => found,
                Sense::HoldsNot => !found,
            }
        })
    }
}

impl Test {
    fn finds(&self, subject: &impl Subject, scratch: &mut Scratch) -> bool {
        match self {
            Self::Text(needle) => {
                subject.name().is_some_and(|name| needle.is_in(name))
                    || needle.is_in(subject.kind())
                    || needle.is_in_number(subject.number().0)
                    || needle.is_in_id(subject.id())
            }
            Self::Fuzzy(atom) => {
                let mut meets = |text| scratch.meets(atom, text);
                subject.name().is_some_and(&mut meets) || meets(subject.kind())
            }
            Self::State(places) => places.iter().any(|place| match *place {
                Place::State(word) => subject.current() == word,
                Place::Phase(phase) => subject.phase() == phase,
                Place::Outcome(outcome) => subject.outcome() == Some(outcome),
            }),
            Self::Desired(wanted) => wanted.contains(&subject.desired()),
            Self::Kind(globs) => globs.iter().any(|glob| glob.matches(subject.kind())),
            Self::Name(globs) => subject
                .name()
                .is_some_and(|name| globs.iter().any(|glob| glob.matches(name))),
            Self::Worker(holders) => {
                holders.contains(&subject.worker().map_or(Holder::Nobody, Holder::Worker))
            }
            Self::Group(globs) => subject
                .group()
                .is_some_and(|group| globs.iter().any(|glob| glob.matches(group))),
            Self::By(needles) => {
                let by = subject.by();
                needles.iter().any(|needle| needle.is_in(&by))
            }
            Self::Since(from) => subject.since() >= *from,
            Self::Pid(pids) => subject.pid().is_some_and(|pid| pids.contains(&pid)),
            Self::Failed => {
                subject.batches_failed() > 0 || subject.outcome() == Some(Outcome::Failed)
            }
        }
    }
}

impl Scratch {
    fn meets(&mut self, atom: &Atom, text: &str) -> bool {
        let matcher = self
            .matcher
            .get_or_insert_with(|| Box::new(Matcher::new(Config::DEFAULT)));
        atom.score(Utf32Str::new(text, &mut self.letters), matcher)
            .is_some()
    }
}

impl Subject for TaskView {
    fn number(&self) -> TaskNumber {
        self.number
    }

    fn id(&self) -> TaskId {
        self.id
    }

    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    fn kind(&self) -> &str {
        &self.kind
    }

    fn current(&self) -> StateWord {
        self.current_state
    }

    fn desired(&self) -> Desired {
        self.desired_state
    }

    fn phase(&self) -> Phase {
        self.phase
    }

    fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    fn worker(&self) -> Option<WorkerNumber> {
        self.worker.as_ref().map(|worker| worker.id)
    }

    fn pid(&self) -> Option<u32> {
        self.worker.as_ref().and_then(|worker| worker.pid)
    }

    fn group(&self) -> Option<&str> {
        self.group.as_deref()
    }

    fn by(&self) -> Cow<'_, str> {
        Cow::Owned(self.desired_by.to_string())
    }

    fn since(&self) -> Timestamp {
        self.current_state_since
    }

    fn batches_failed(&self) -> u64 {
        self.batches_failed
    }
}

#[cfg(test)]
mod tests;

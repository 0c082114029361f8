//! What was asked from here and can be undone.

use std::collections::VecDeque;

use longhaul_common::settings::Assignment;
use longhaul_common::state::{Desired, StateWord};
use longhaul_common::store::{Answer, SetAnswer, Undo};

use crate::dashboard::effect::SetRequest;

/// So many requests can be undone, one after the other.
const MOST: usize = 20;

/// The requests of this dashboard, the last one first to be undone.
#[derive(Debug, Default)]
pub(crate) struct Undos {
    done: VecDeque<Written>,
    /// Requests and undoings that are not answered yet.
    open: usize,
    /// Undo was pressed while something was open: it means what was asked last, so it waits.
    waiting: bool,
}

/// A request that was written, on some task at least. Also one that nothing can undo is kept: a
/// press on undo means it, and never one before it.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// What undoes it. The store refuses it where the task has ended.
    pub(crate) undos: Vec<Undo>,
    /// Of these a termination was wanted before, which is asked for in a dialogue only.
    pub(crate) kept: Vec<Answer>,
    /// Settings that go back to what they were.
    pub(crate) settings: Vec<SetRequest>,
}

/// What a press on undo comes to.
#[derive(Debug)]
pub(crate) enum Next {
    Undo(Written),
    /// The last request is not answered yet; it is undone as soon as it is.
    Wait,
    Nothing,
}

impl Undos {
    /// Something was asked.
    pub(crate) fn ask(&mut self) {
        self.open += 1;
    }

    /// Something was answered, well or not; whether it has to be undone by now.
    pub(crate) fn answered(&mut self) -> bool {
        self.open = self.open.saturating_sub(1);
        self.open == 0 && std::mem::take(&mut self.waiting)
    }

    /// Remembers a request that was written; whether anything of it can be undone.
    pub(crate) fn remember(&mut self, answers: &[Answer]) -> bool {
        let mut written = Written::default();
        let mut lives = false;
        for answer in answers {
            let Some(undo) = Undo::of(answer) else {
                continue;
            };
            if undo.before.desired == Desired::Terminate {
                written.kept.push(answer.clone());
            } else {
                lives |= answer.current != StateWord::Terminate;
                written.undos.push(undo);
            }
        }
        if !(written.undos.is_empty() && written.kept.is_empty()) {
            self.push(written);
        }
        lives
    }

    /// Remembers settings that were changed, each task's by itself: what they were may differ.
    pub(crate) fn remember_settings(&mut self, answers: &[SetAnswer]) -> bool {
        let settings: Vec<SetRequest> = answers
            .iter()
            .filter(|answer| !answer.changed.is_empty())
            .map(|answer| SetRequest {
                tasks: vec![answer.number],
                ids: vec![answer.id],
                assignments: answer.changed.iter().map(Assignment::undoing).collect(),
                reason: None,
                undoes: true,
            })
            .collect();
        let any = !settings.is_empty();
        if any {
            self.push(Written {
                settings,
                ..Written::default()
            });
        }
        any
    }

    /// Settings that could not be taken back can be tried again.
    pub(crate) fn put_back_settings(&mut self, request: SetRequest) {
        self.push(Written {
            settings: vec![request],
            ..Written::default()
        });
    }

    /// What could not be undone can be tried again.
    pub(crate) fn put_back(&mut self, undos: Vec<Undo>) {
        self.push(Written {
            undos,
            ..Written::default()
        });
    }

    fn push(&mut self, written: Written) {
        self.done.push_back(written);
        if self.done.len() > MOST {
            self.done.pop_front();
        }
    }

    /// Takes notice of what was undone: what was asked before it on the same tasks comes next.
    pub(crate) fn uncover(&mut self, undone: &[Undo], answers: &[Answer]) {
        for answer in answers {
            let later = undone.iter().find(|undo| undo.task == answer.number);
            let (Some(later), Some(undoing)) = (later, answer.request) else {
                continue;
            };
            for earlier in self.done.iter_mut().flat_map(|written| &mut written.undos) {
                earlier.uncover(later, undoing);
            }
        }
    }

    /// What is to be undone now.
    pub(crate) fn next(&mut self) -> Next {
        if self.open > 0 {
            self.waiting = true;
            return Next::Wait;
        }
        self.done.pop_back().map_or(Next::Nothing, Next::Undo)
    }

    /// Whether something was asked and is not answered yet.
    pub(crate) fn is_open(&self) -> bool {
        self.open > 0
    }

    /// Whether there is nothing to undo, and nothing will be.
    pub(crate) fn is_empty(&self) -> bool {
        self.done.is_empty() && self.open == 0
    }

    /// The store is another one, and its requests are others.
    pub(crate) fn forget(&mut self) {
        self.done.clear();
        self.waiting = false;
    }
}

//! What was asked from here and can be undone.

use std::collections::VecDeque;

use longhaul_common::state::{Desired, StateWord};
use longhaul_common::store::{Answer, Undo};

/// So many requests can be undone, one after the other.
const MOST: usize = 20;

/// The requests of this dashboard, the last one first to be undone.
#[derive(Debug, Default)]
pub(crate) struct Undos {
    done: VecDeque<Vec<Undo>>,
    /// Requests and undoings that are not answered yet.
    open: usize,
    /// Undo was pressed while something was open: it means what was asked last, so it waits.
    waiting: bool,
}

/// What a press on undo comes to.
#[derive(Debug, PartialEq)]
pub(crate) enum Next {
    Undo(Vec<Undo>),
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

    /// Remembers what undoes a request; whether anything does.
    pub(crate) fn remember(&mut self, answers: &[Answer]) -> bool {
        let undos: Vec<Undo> = answers
            .iter()
            // What has ended stays so.
            .filter(|answer| answer.current != StateWord::Terminate)
            .filter_map(Undo::of)
            // A termination is asked for in a dialogue only.
            .filter(|undo| undo.before.desired != Desired::Terminate)
            .collect();
        let some = !undos.is_empty();
        if some {
            self.put_back(undos);
        }
        some
    }

    /// What could not be undone can be tried again.
    pub(crate) fn put_back(&mut self, undos: Vec<Undo>) {
        self.done.push_back(undos);
        if self.done.len() > MOST {
            self.done.pop_front();
        }
    }

    /// What is to be undone now.
    pub(crate) fn next(&mut self) -> Next {
        if self.open > 0 {
            self.waiting = true;
            return Next::Wait;
        }
        match self.done.pop_back() {
            Some(undos) => {
                self.open += 1;
                Next::Undo(undos)
            }
            None => Next::Nothing,
        }
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

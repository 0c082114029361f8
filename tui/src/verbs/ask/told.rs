//! How the answers to a request are told.

use std::collections::{BTreeMap, HashMap};

use jiff::tz::TimeZone;
use longhaul_common::control::Control;
use longhaul_common::id::TaskNumber;
use longhaul_common::moment;
use longhaul_common::phase::{Phase, waits};
use longhaul_common::rules::Refused;
use longhaul_common::safe_text::safe;
use longhaul_common::state::{Desired, StateWord};
use longhaul_common::store::Answer;
use longhaul_common::time::Timestamp;
use longhaul_common::view::TaskView;
use serde_json::{Value, json};

use crate::exit::Failure;
use crate::output::clock::Clock;
use crate::output::{self, Printed, human, state};
use crate::verbs::wait::blocked;
use crate::waiting::Reached;

/// Of more tasks than these that a filter picked, only what was refused is told one by one.
const ONE_BY_ONE: usize = 20;

/// Answers, and how waiting for what they are about ended, where somebody waited.
pub(crate) struct Told<'a> {
    pub(crate) control: &'a Control,
    pub(crate) answers: &'a [Answer],
    pub(crate) reached: &'a [(TaskNumber, Reached)],
    /// When the suspension that was asked for ends by itself.
    pub(crate) until: Option<Timestamp>,
    pub(crate) clock: Clock,
}

impl Told<'_> {
    pub(crate) fn reached(&self, answer: &Answer) -> Option<&Reached> {
        let found = self.reached.iter().find(|(task, _)| *task == answer.number);
        found.map(|(_, reached)| reached)
    }

    /// An object for each task.
    pub(crate) fn json(&self) -> Printed {
        let results: Vec<Value> = self
            .answers
            .iter()
            .map(|answer| result(answer, self.reached(answer), self.until))
            .collect();
        output::json_document(&results)
    }

    /// A line for each task that was named.
    pub(crate) fn one_by_one(&self) -> Printed {
        let views = self.views()?;
        let mut lines = String::new();
        for answer in self.answers {
            lines += &self.sentence(answer, views.get(&answer.number));
            lines += &until(answer, self.until);
            lines += &passed_over(answer);
            lines.push('\n');
        }
        output::text(&lines)
    }

    /// The same, of many in one line but for those that were refused.
    pub(crate) fn in_short(&self, verb: &str) -> Printed {
        if self.answers.len() <= ONE_BY_ONE {
            return self.one_by_one();
        }
        let mut lines = String::new();
        let mut granted = HashMap::<(StateWord, Desired), u64>::new();
        let (mut asked, mut before) = (0, 0);
        for answer in self.answers {
            if answer.refused.is_some() {
                lines += &self.sentence(answer, None);
                lines.push('\n');
                continue;
            }
            match answer.request {
                Some(_) => asked += 1,
                None => before += 1,
            }
            let at = match self.reached(answer) {
                Some(Reached::State(state, _)) => *state,
                _ => answer.current,
            };
            *granted.entry((at, answer.desired)).or_default() += 1;
        }
        let mut said = vec![format!(
            "{} asked to {verb}",
            human::counted(asked, "task", "tasks")
        )];
        let mut granted: Vec<_> = granted.into_iter().collect();
        granted.sort_unstable_by_key(|(_, count)| std::cmp::Reverse(*count));
        for ((at, desired), count) in granted {
            said.push(if at == desired.goal() {
                format!("{} in {at}", human::count(count))
            } else {
                format!("{} {at} → {}", human::count(count), desired.goal())
            });
        }
        if before > 0 {
            said.push(format!("{} asked before", human::count(before)));
        }
        if let Some(at) = self.until {
            said.push(format!(
                "until {}",
                moment::in_full(at, &TimeZone::system())
            ));
        }
        lines += &said.join(", ");
        lines.push('\n');
        output::text(&lines)
    }

    /// The tasks as they are now, of which more is told than the answer says.
    fn views(&self) -> Result<BTreeMap<TaskNumber, TaskView>, Failure> {
        let granted = self
            .answers
            .iter()
            .filter(|answer| answer.refused.is_none());
        let found = self
            .control
            .store()
            .present(granted.map(|answer| answer.number).collect())?;
        let (views, _) = self.control.views_of(&found);
        Ok(views.into_iter().map(|view| (view.number, view)).collect())
    }

    fn sentence(&self, answer: &Answer, view: Option<&TaskView>) -> String {
        let who = safe(&called(answer)).into_owned();
        if let Some(refused) = &answer.refused {
            return format!("{who}: refused: {}", safe(&because(refused, &self.clock)));
        }
        let want = answer.desired;
        if let Some(reached) = self.reached(answer) {
            return match reached {
                Reached::State(state, None) => format!("{who}: {state}"),
                Reached::State(state, Some(outcome)) => format!("{who}: {state} {outcome}"),
                Reached::Elsewhere => {
                    format!("{who}: somebody asked for something else meanwhile")
                }
                Reached::RollbackFailed => {
                    let why = view.and_then(|view| view.error.as_deref());
                    format!(
                        "{who}: its rollback failed: {}; mend it and `longhaul rollback {number}`, or `longhaul terminate {number} --keep`",
                        safe(why.unwrap_or_default()),
                        number = answer.number,
                    )
                }
                Reached::Blocked => {
                    let why = view.and_then(|view| view.waiting_for.as_deref());
                    format!("{who}: {}", blocked(why))
                }
                Reached::Nobody => format!(
                    "{who}: no worker is alive that could obey; it will as soon as one starts"
                ),
                Reached::TimeUp => format!("{who}: not yet {}; still asked for", want.goal()),
            };
        }
        // When it goes on is told by whoever asked for that.
        let waits = view
            .filter(|view| view.phase != Phase::Suspended)
            .and_then(|view| view.waiting_for.as_deref())
            .map(|what| format!(", {}", waits(what)))
            .unwrap_or_default();
        let boundary = view.and_then(state::boundary);
        let boundary = boundary.map(|told| format!(", {told}"));
        let waits = waits + &boundary.unwrap_or_default();
        if answer.current == want.goal() {
            let already = if answer.request.is_none() {
                "already "
            } else {
                ""
            };
            return format!("{who}: {already}{}{}", answer.current, safe(&waits));
        }
        let current = view.map_or(answer.current, |view| view.current_state);
        let undoes = match view.and_then(|view| view.rollback.as_ref()) {
            Some(rollback) if want == Desired::Terminate && rollback.undoes => format!(
                "; {} {} undone first",
                human::counted(rollback.items_left(), "item", "items"),
                if rollback.items_left() == 1 {
                    "is"
                } else {
                    "are"
                }
            ),
            Some(_) | None => String::new(),
        };
        format!("{who}: {current} → {}{}{undoes}", want.goal(), safe(&waits))
    }
}

/// Says which request it was, and how it is taken back.
pub(crate) fn number_of_request(answers: &[Answer]) {
    let request = answers.iter().find_map(|answer| answer.request);
    // What has ended can't be taken back.
    let lives =
        |answer: &Answer| answer.request.is_some() && answer.current != StateWord::Terminate;
    if let Some(request) = request {
        output::note(&if answers.iter().any(lives) {
            format!("request {request}; longhaul undo {request} takes it back")
        } else {
            format!("request {request}")
        });
    }
}

/// What became of one task.
pub(super) fn result(
    answer: &Answer,
    reached: Option<&Reached>,
    until: Option<Timestamp>,
) -> Value {
    if answer.is_lost() {
        return json!({
            "id": null,
            "number": answer.number,
            "name": null,
            "request": null,
            "desired_state": null,
            "current_state": null,
            "passed_over": [],
            "refused": answer.refused.as_ref().map(ToString::to_string),
            "until": null,
            "waited": null,
        });
    }
    json!({
        "id": answer.id,
        "number": answer.number,
        "name": (!answer.name.is_empty()).then_some(&answer.name),
        "request": answer.request,
        "desired_state": answer.desired,
        "current_state": match reached {
            Some(Reached::State(state, _)) => *state,
            _ => answer.current,
        },
        "passed_over": answer.passed_over,
        "refused": answer.refused.as_ref().map(ToString::to_string),
        "until": until.filter(|_| answer.refused.is_none()),
        "waited": reached.map(Reached::word),
    })
}

/// Why it was refused, for people: times are those of their zone.
pub(crate) fn because(refused: &Refused, clock: &Clock) -> String {
    match refused {
        Refused::AskedSince {
            by,
            want,
            request,
            at,
        } => format!(
            "{by} asked for {want} since, at {} (request {request})",
            clock.moment(*at)
        ),
        refused => refused.to_string(),
    }
}

pub(super) fn called(answer: &Answer) -> String {
    if answer.name.is_empty() {
        format!("task {}", answer.number)
    } else {
        format!("task {} ({})", answer.number, answer.name)
    }
}

/// When the suspension ends by itself, in words.
fn until(answer: &Answer, until: Option<Timestamp>) -> String {
    let until = until.filter(|_| answer.refused.is_none());
    until.map_or_else(String::new, |at| {
        format!(", until {}", moment::in_full(at, &TimeZone::system()))
    })
}

/// What was passed over, in words.
fn passed_over(answer: &Answer) -> String {
    let batches: Vec<String> = answer.passed_over.iter().map(ToString::to_string).collect();
    match batches.as_slice() {
        [] => String::new(),
        [batch] => format!("; batch {batch} is passed over"),
        _ => format!("; batches {} are passed over", batches.join(", ")),
    }
}

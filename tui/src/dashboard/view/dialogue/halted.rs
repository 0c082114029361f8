//! What a question leads to where workers can't act: they wait, or are killed with all they hold.

use std::collections::{BTreeMap, BTreeSet};

use longhaul_common::state::Desired;
use longhaul_common::store::Haste;

use super::NAMED;
use crate::dashboard::model::{Dialogue, Model};
use crate::dashboard::row::Row;
use crate::dashboard::theme::Theme;
use crate::output::human;

/// The most columns of a name: it stands among others.
const NAME: usize = 20;

/// None where every worker that holds one of the tasks can act. It is looked up as it is
/// drawn: one may have been stopped since the question came up.
pub(super) fn note(model: &Model, dialogue: &Dialogue) -> Option<String> {
    if dialogue.want == Desired::Run {
        return None;
    }
    let asked = dialogue.tasks.iter().map(|task| task.number);
    let workers: BTreeMap<_, _> = asked
        .filter_map(|number| model.halted(model.tasks.get(number)?.worker))
        .map(|worker| (worker.row.number, worker))
        .collect();
    let first = workers.values().next()?;
    let (halted, them, they_go) = match workers.len() {
        1 => {
            let (how, on) = first.halt();
            let halted = format!("worker {} {how}", first.row.number);
            (halted, "it", format!("it goes on{on}"))
        }
        many => {
            let many = human::count(many as u64);
            (
                format!("{many} workers can't act"),
                "them",
                "they go on".to_owned(),
            )
        }
    };
    if dialogue.haste == Haste::AtBoundary {
        return Some(format!(
            "{halted}: this waits until {they_go}, or use force"
        ));
    }
    let asked: BTreeSet<_> = dialogue.tasks.iter().map(|task| task.number).collect();
    let mut others: Vec<&Row> = model
        .tasks
        .all()
        .filter(|row| {
            row.worker
                .is_some_and(|worker| workers.contains_key(&worker))
        })
        .filter(|row| !asked.contains(&row.number))
        .collect();
    let theme = model.options.theme;
    others.sort_unstable_by_key(|row| row.number);
    let mut text = format!("{halted}: force kills {them}");
    if !others.is_empty() {
        let (one, many) = ("other task loses its batch", "other tasks lose their batch");
        let count = human::counted(others.len() as u64, one, many);
        let named: Vec<_> = others
            .iter()
            .take(NAMED)
            .map(|row| name(theme, row))
            .collect();
        text += &format!(", and {count}: {}", named.join(", "));
        if others.len() > NAMED {
            let more = human::count((others.len() - NAMED) as u64);
            text += &format!(" and {more} more");
        }
    }
    Some(text)
}

fn name(theme: Theme, row: &Row) -> String {
    match row.name.as_deref() {
        Some(name) => format!("{} {}", row.number, theme.fit(name, NAME)),
        None => row.number.to_string(),
    }
}

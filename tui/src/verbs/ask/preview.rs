//! What a request would come to, listed before anything is written.

use longhaul_common::control::{Asking, Control};
use longhaul_common::safe_text::safe;
use longhaul_common::store::Answer;

use crate::acting::Act;
use crate::choosing::{Meant, rows_of};
use crate::exit::{Failure, Outcome};
use crate::output;
use crate::output::clock::Clock;
use crate::output::human;
use crate::session::Session;

use super::told::{self, because, called};

/// Lists what would be asked, and what refused.
pub(super) fn preview(
    session: &Session,
    control: &Control,
    meant: Meant,
    asking: &Asking,
    act: &Act<'_>,
) -> Result<Outcome, Failure> {
    let of_request = match meant {
        Meant::Of(request) => Some(request),
        Meant::Named(_) | Meant::Picked(_) => None,
    };
    let rows = rows_of(control, meant)?.rows;
    let answers: Vec<Answer> = rows
        .iter()
        .map(|row| {
            let since = of_request.and_then(|request| row.asked_since(request));
            asking.asked().outlook(row, since)
        })
        .collect();
    preview_of(session, &answers, act.verb)
}

/// Tells what an act would come to.
pub(in crate::verbs) fn preview_of(
    session: &Session,
    answers: &[Answer],
    verb: &str,
) -> Result<Outcome, Failure> {
    let refused = answers.iter().filter(|answer| answer.refused.is_some());
    let refused = refused.count() as u64;
    if session.json() {
        output::json_document(
            &answers
                .iter()
                .map(|answer| told::result(answer, None, None))
                .collect::<Vec<_>>(),
        )?;
    } else {
        let clock = Clock::local();
        let mut lines = String::new();
        for answer in answers {
            let who = safe(&called(answer)).into_owned();
            lines += &match &answer.refused {
                Some(why) => format!("{who}: refused: {}\n", safe(&because(why, &clock))),
                None if answer.current == answer.desired.goal() => {
                    format!("{who}: {} already\n", answer.current)
                }
                None => format!("{who}: {} → {}\n", answer.current, answer.desired.goal()),
            };
        }
        output::text(&lines)?;
        let granted = answers.len() as u64 - refused;
        let mut said = format!(
            "{} would be asked to {verb}",
            human::counted(granted, "task", "tasks")
        );
        if refused > 0 {
            said += &format!(", {} refused", human::count(refused));
        }
        output::note(&format!("{said}; nothing was written"));
    }
    Ok(if refused > 0 {
        Outcome::Refused
    } else {
        Outcome::Done
    })
}

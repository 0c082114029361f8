//! `longhaul close`: ends the feeding of tasks, which complete once all is done.

use longhaul_common::control::{Control, Unfed};
use longhaul_common::id::TaskNumber;
use longhaul_common::safe_text::safe;
use longhaul_common::store::Closed;
use longhaul_worker::report::in_one_line;
use serde_json::json;

use crate::cli::CloseArgs;
use crate::exit::{Failure, Outcome};
use crate::output::{self, human};
use crate::session::{Session, resolve};

pub(crate) fn run(session: &Session, args: &CloseArgs) -> Result<Outcome, Failure> {
    let control = session.control()?;
    let tasks = resolve(&control, &args.tasks)?;
    let mut answers = Vec::with_capacity(tasks.len());
    for task in &tasks {
        match control.close_because(*task, args.reason.as_deref()) {
            Ok(closed) => answers.push((*task, Ok(closed))),
            // With one task the refusal is the error; of several each is told.
            Err(Unfed::Refused { why, .. }) if tasks.len() > 1 || session.json() => {
                answers.push((*task, Err(why.to_string())));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let mut outcome = Outcome::Done;
    let mut documents = Vec::new();
    for (task, answer) in &answers {
        if answer.is_err() {
            outcome = outcome.and(Outcome::Refused);
        }
        if session.json() {
            documents.push(json!({
                "number": task,
                "feed": answer.as_ref().ok().map(|_| "closed"),
                "items_total": answer.as_ref().ok().map(|closed| closed.items),
                "already": answer.as_ref().ok().map(|closed| closed.already),
                "refused": answer.as_ref().err(),
            }));
        } else {
            output::line(&sentence(&control, *task, answer))?;
        }
    }
    if session.json() {
        output::json_document(&documents)?;
    }
    Ok(outcome)
}

fn sentence(control: &Control, task: TaskNumber, answer: &Result<Closed, String>) -> String {
    let view = control.view(task);
    let name = view
        .as_ref()
        .ok()
        .and_then(|view| view.name.as_deref())
        .map(|name| format!(" ({name})"))
        .unwrap_or_default();
    let who = safe(&format!("task {task}{name}")).into_owned();
    let closed = match answer {
        Ok(closed) => closed,
        Err(why) => return format!("{who}: refused: {why}"),
    };
    let items = human::counted(closed.items, "item", "items");
    if closed.already {
        return format!("{who}: was closed before, after {items}");
    }
    let left = match &view {
        Ok(view) => match closed.items.saturating_sub(view.items_done) {
            0 => String::new(),
            left => format!(", {} of them not done yet", human::count(left)),
        },
        Err(error) => format!("; {}", safe(&in_one_line(error))),
    };
    format!("{who}: closed after {items}{left}")
}

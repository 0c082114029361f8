//! `longhaul comment`: says something of tasks, for those who look later.

use longhaul_common::safe_text::safe;
use longhaul_common::store::{Comment, Commented, Reach};
use serde_json::{Value, json};

use super::ask::PATIENCE_FOR_MANY;
use crate::acting::{Act, Others, confirmed};
use crate::choosing::{NONE, meant, rows_of};
use crate::cli::CommentArgs;
use crate::exit::{Failure, Outcome};
use crate::output::{self, human};
use crate::session::Session;

/// The most characters of a comment: it is a line in a story, not a document.
const LONGEST: usize = 2000;

pub(crate) fn run(session: &Session, args: &CommentArgs) -> Result<Outcome, Failure> {
    let (text, tasks) = parts(args)?;
    let control = if args.care.dry_run {
        session.look()?
    } else {
        session.control()?
    };
    let meant = meant(&control, tasks, &args.filter, Reach::Living)?;
    if args.care.dry_run {
        let rows = rows_of(&control, meant)?.rows;
        let told = rows.iter().map(|row| Told {
            id: Some(row.spec.id.to_string()),
            number: row.spec.number.0,
            name: &row.spec.name,
            event: None,
            refused: None,
        });
        let told: Vec<Told<'_>> = told.collect();
        tell(session, &told)?;
        let tasks = human::counted(told.len() as u64, "task", "tasks");
        output::note(&format!(
            "{tasks} would be commented on; nothing was written"
        ));
        return Ok(Outcome::Done);
    }
    let act = Act {
        verb: "comment on",
        care: args.care,
        others: Others::Pass,
    };
    let comment = Comment {
        text: text.to_owned(),
        by: session.actor(),
    };
    let answers = match confirmed(&control, meant, &act)? {
        Some(aim) => control
            .store()
            .with_patience(PATIENCE_FOR_MANY)
            .comment(aim, comment)?,
        None => Vec::new(),
    };
    if args.care.yes && answers.is_empty() {
        output::note(NONE);
    }
    let told: Vec<Told<'_>> = answers.iter().map(Told::of).collect();
    tell(session, &told)?;
    let refused = told.iter().any(|told| told.refused.is_some());
    Ok(if refused {
        Outcome::Refused
    } else {
        Outcome::Done
    })
}

/// The text, which comes last, and the tasks.
fn parts(args: &CommentArgs) -> Result<(&str, &[String]), Failure> {
    let usage = "longhaul comment 7 'the disk was swapped'";
    let mistake = |why: &str| Err(Failure::mistake(why).hint(usage));
    let (text, tasks) = match args.words.split_last() {
        Some((text, tasks)) if args.filter.is_given() || !tasks.is_empty() => (text, tasks),
        Some(_) | None => return mistake("a comment needs tasks, and a text behind them"),
    };
    match check_text(text) {
        Ok(()) => Ok((text, tasks)),
        Err(why) => mistake(&why),
    }
}

/// Whether that can be said of a task.
pub(crate) fn check_text(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("the comment is empty".into());
    }
    if text.chars().count() > LONGEST {
        return Err(format!("a comment has at most {LONGEST} characters"));
    }
    Ok(())
}

struct Told<'a> {
    id: Option<String>,
    number: u64,
    name: &'a str,
    event: Option<u64>,
    refused: Option<&'a str>,
}

impl<'a> Told<'a> {
    fn of(answer: &'a Commented) -> Self {
        Self {
            id: answer.event.is_ok().then(|| answer.id.to_string()),
            number: answer.number.0,
            name: &answer.name,
            event: answer.event.as_ref().ok().map(|event| event.0),
            refused: answer.event.as_ref().err().map(String::as_str),
        }
    }

    fn json(&self) -> Value {
        json!({
            "id": self.id,
            "number": self.number,
            "name": (!self.name.is_empty()).then_some(self.name),
            "event": self.event,
            "refused": self.refused,
        })
    }

    fn line(&self) -> String {
        let name = match self.name {
            "" => String::new(),
            name => format!(" ({})", safe(name)),
        };
        match self.refused {
            Some(why) => format!("task {}{name}: refused: {}\n", self.number, safe(why)),
            None => format!("task {}{name}: commented on\n", self.number),
        }
    }
}

fn tell(session: &Session, told: &[Told<'_>]) -> output::Printed {
    if session.json() {
        output::json_document(&told.iter().map(Told::json).collect::<Vec<_>>())
    } else {
        output::text(&told.iter().map(Told::line).collect::<String>())
    }
}

//! `longhaul feed`: appends items to a fed task while it runs, as they come.

mod input;
mod items;

use std::time::{Duration, Instant};

use longhaul_common::control::{Control, Unfed};
use longhaul_common::fed::{Chunk, MAX_ITEM};
use longhaul_common::id::TaskNumber;
use longhaul_common::view::TaskView;
use serde_json::json;

use crate::cli::FeedArgs;
use crate::exit::{Failure, Outcome};
use crate::output::{self, human};
use crate::session::{Session, resolve};
use input::{Input, Next};
use items::Splitter;

/// What came is taken once nothing more has come for so long,
const PAUSE: Duration = Duration::from_millis(5);
/// or once the first of it has waited so long.
const LONGEST_WAIT: Duration = Duration::from_millis(100);
/// Somebody who feeds has time: what was read from a pipe can't be put back.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn run(session: &Session, args: &FeedArgs) -> Result<Outcome, Failure> {
    let control = session.control()?.with_patience(PATIENCE);
    let task = resolve(&control, std::slice::from_ref(&args.task))?[0];
    // Asks whether anything would be taken, before anything is read.
    control.feed_chunk(task, &Chunk::default())?;
    let mut input = Input::open(args.file.as_deref())?;
    let mut feeding = Feeding {
        control: &control,
        task,
        chunk: Chunk::default(),
        since: None,
        taken: 0,
        tells: match (args.follow, session.json()) {
            (false, _) => Tells::AtTheEnd,
            (true, false) => Tells::Lines,
            (true, true) => Tells::JsonLines,
        },
    };
    let delimiter = if args.null { b'\0' } else { b'\n' };
    let ended = feeding.all(&mut input, Splitter::new(delimiter));
    feeding.tell_all(session)?;
    ended.map(|()| Outcome::Done)
}

/// When it is told how many items are durable.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tells {
    AtTheEnd,
    Lines,
    JsonLines,
}

struct Feeding<'a> {
    control: &'a Control,
    task: TaskNumber,
    chunk: Chunk,
    /// When the first item of the chunk came.
    since: Option<Instant>,
    /// Items that are durable.
    taken: u64,
    tells: Tells,
}

impl Feeding<'_> {
    /// Takes all that comes; what was taken before an error stays so.
    fn all(&mut self, input: &mut Input, mut items: Splitter) -> Result<(), Failure> {
        loop {
            let until = self.since.map(|since| {
                let now = Instant::now();
                (now + PAUSE).min(since + LONGEST_WAIT)
            });
            match input.next(until)? {
                Next::Bytes(bytes) => {
                    items.push(bytes, &mut |item| self.take(item))?;
                    let waited = self.since.map(|since| since.elapsed());
                    if waited.is_some_and(|waited| waited >= LONGEST_WAIT) {
                        self.commit()?;
                    }
                }
                Next::Nothing => self.commit()?,
                Next::End => {
                    items.finish(&mut |item| self.take(item))?;
                    return self.commit();
                }
                Next::Interrupted => {
                    self.commit()?;
                    let taken = human::counted(self.taken, "item was", "items were");
                    return Err(Failure::new(
                        Outcome::Failed,
                        "interrupted",
                        format!("interrupted: {taken} taken, and what came after is not"),
                    ));
                }
            }
        }
    }

    fn take(&mut self, item: Vec<u8>) -> Result<(), Failure> {
        if self.chunk.push(item).is_err() {
            self.commit()?;
            return Err(Failure::mistake(format!(
                "item {} is longer than {} MiB; {} before it",
                self.taken + 1,
                MAX_ITEM >> 20,
                human::counted(self.taken, "item was taken", "items were taken")
            ))
            .hint("an item ends with a newline, or with a NUL byte after --null"));
        }
        self.since.get_or_insert_with(Instant::now);
        if self.chunk.is_full() {
            self.commit()?;
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<(), Failure> {
        self.since = None;
        if self.chunk.is_empty() {
            return Ok(());
        }
        let chunk = std::mem::take(&mut self.chunk);
        let total = self
            .control
            .feed_chunk(self.task, &chunk)
            .map_err(|why| self.ended_by(why))?;
        self.taken += chunk.len() as u64;
        match self.tells {
            Tells::AtTheEnd => Ok(()),
            Tells::Lines => output::line(&self.taken.to_string()),
            Tells::JsonLines => {
                output::json_line(&json!({"taken": self.taken, "items_total": total}))
            }
        }
    }

    fn ended_by(&self, why: Unfed) -> Failure {
        let failure = Failure::from(why);
        if self.taken == 0 {
            return failure;
        }
        Failure {
            message: format!(
                "{}; {} before that",
                failure.message,
                human::counted(self.taken, "item was taken", "items were taken")
            ),
            ..failure
        }
    }

    /// The count alone, for scripts; what people want to know goes to standard error.
    fn tell_all(&self, session: &Session) -> Result<(), Failure> {
        if self.tells != Tells::AtTheEnd {
            return Ok(());
        }
        if !session.json() {
            return output::line(&self.taken.to_string());
        }
        let view: Option<TaskView> = self.control.view(self.task).ok();
        output::json_document(&json!({
            "id": view.as_ref().map(|view| view.id),
            "number": self.task,
            "name": view.as_ref().and_then(|view| view.name.as_deref()),
            "taken": self.taken,
            "items_total": view.as_ref().and_then(|view| view.items_total),
            "feed": view.as_ref().and_then(|view| view.feed),
        }))
    }
}

//! `longhaul logs`: what a task wrote.

use longhaul_common::bell::{FileFollower, Watch, Watching};
use longhaul_common::changes::{Changes, Waker};
use longhaul_common::control::Control;
use longhaul_common::id::TaskNumber;
use longhaul_common::state::StateWord;
use longhaul_common::store::StoreError;
use longhaul_common::task_log::{self, Chunk, LogError, LogReader, Seam};
use longhaul_worker::report::in_one_line;

use crate::cli::LogsArgs;
use crate::exit::{Failure, Outcome};
use crate::output::clock::Clock;
use crate::output::log::{JsonLogLine, log_lines};
use crate::output::paint::Paint;
use crate::output::{self, JsonArray, Printed, human, terminal};
use crate::session::{Session, resolve};

pub(crate) fn run(session: &Session, args: &LogsArgs) -> Result<Outcome, Failure> {
    let control = session.look()?;
    let task = resolve(&control, std::slice::from_ref(&args.task))?[0];
    let mut printer = Printer {
        form: match (session.json(), args.follow) {
            (true, true) => Form::JsonLines,
            (true, false) => Form::JsonArray(JsonArray::begin()),
            (false, _) => Form::People(session.paint()),
        },
        clock: Clock::local(),
        printed: false,
    };
    let mut reader = LogReader::new(control.store().dir(), task);
    if args.follow {
        terminal::end_with_the_reader();
        Follow::new(&control, task).until_ended(&mut reader, args.lines, &mut printer)?;
    } else {
        match args.lines {
            Some(lines) => printer.print(&reader.tail(lines)?)?,
            None => {
                read_on(&mut reader, 0, &mut printer)?;
            }
        }
    }
    let silent = !printer.printed && !session.json() && args.lines != Some(0);
    printer.finish()?;
    if silent {
        output::note(&format!("task {task} has written nothing yet"));
    }
    Ok(Outcome::Done)
}

/// Prints whatever there is from `place` on, and gives the place to read on.
fn read_on(reader: &mut LogReader, place: u64, printer: &mut Printer) -> Result<u64, Failure> {
    let mut place = place;
    loop {
        let chunk = reader.read_from(place)?;
        match chunk.seam {
            Seam::Restarted => output::note("the log was emptied or replaced: it begins anew"),
            // At the start the log's own first line says so.
            Seam::Dropped { bytes } if place > 0 => output::note(&format!(
                "{} bytes were dropped from the log before they could be printed",
                human::count(bytes)
            )),
            Seam::Dropped { .. } | Seam::Joined => {}
        }
        place = chunk.next;
        if chunk.bytes.is_empty() {
            return Ok(place);
        }
        printer.print(&chunk)?;
    }
}

/// Wakes when the log or the state of a task may have changed.
struct Follow<'a> {
    control: &'a Control,
    task: TaskNumber,
    changes: Changes,
    file: FileFollower,
}

impl<'a> Follow<'a> {
    fn new(control: &'a Control, task: TaskNumber) -> Self {
        let changes = Changes::listen(control.store().dir(), Watch::Control);
        if let Some(reason) = changes.tick_only() {
            output::note(&format!(
                "changes are not notified here, so lines show up to 2 seconds late: {}",
                in_one_line(reason)
            ));
        }
        let file = follow_file(control, task, changes.waker());
        Self {
            control,
            task,
            changes,
            file,
        }
    }

    fn until_ended(
        mut self,
        reader: &mut LogReader,
        lines: Option<usize>,
        printer: &mut Printer,
    ) -> Printed {
        let mut place = 0;
        if let Some(lines) = lines {
            let chunk = reader.tail(lines)?;
            place = chunk.next;
            printer.print(&chunk)?;
        }
        loop {
            // Looked at before the log: what was written before the end is printed then.
            let ended = self.has_ended()?;
            place = read_on(reader, place, printer)?;
            if ended {
                return Ok(());
            }
            self.changes.wait(None);
            // The folder of the logs is made with the first log: without it nothing was watched.
            if matches!(self.file.watching(), Watching::TickOnly(_)) {
                self.file = follow_file(self.control, self.task, self.changes.waker());
            }
        }
    }

    fn has_ended(&self) -> Result<bool, Failure> {
        match self.control.store().task(self.task) {
            Ok(row) => Ok(row.state.word == StateWord::Terminate),
            // Its lines are read without the store; the next look may tell.
            Err(StoreError::Busy { .. } | StoreError::Unknown { .. }) => Ok(false),
            Err(StoreError::NoTask(_)) => Ok(true),
            Err(error) => Err(error.into()),
        }
    }
}

fn follow_file(control: &Control, task: TaskNumber, waker: Waker) -> FileFollower {
    let path = task_log::path(control.store().dir(), task);
    FileFollower::start(&path, move || waker.wake())
}

enum Form {
    People(Paint),
    JsonLines,
    JsonArray(JsonArray),
}

struct Printer {
    form: Form,
    clock: Clock,
    printed: bool,
}

impl Printer {
    fn print(&mut self, chunk: &Chunk) -> Printed {
        self.printed |= !chunk.bytes.is_empty();
        let mut json = chunk.lines().map(|line| JsonLogLine::of(&line));
        match &mut self.form {
            Form::People(paint) => output::text(&log_lines(chunk.lines(), &self.clock, *paint)),
            Form::JsonLines => json.try_for_each(|line| output::json_line(&line)),
            Form::JsonArray(array) => json.try_for_each(|line| array.push(&line)),
        }
    }

    fn finish(self) -> Printed {
        match self.form {
            Form::JsonArray(array) => array.end(),
            Form::JsonLines | Form::People(_) => Ok(()),
        }
    }
}

impl From<LogError> for Failure {
    fn from(error: LogError) -> Self {
        Self::new(Outcome::Store, "log", in_one_line(&error))
            .hint("check the permissions of the store's folder")
    }
}

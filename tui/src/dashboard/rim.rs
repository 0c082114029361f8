//! The rim: the terminal, the clock and the store. All I/O of the dashboard is below here.

mod hands;
mod input;
mod reader;
mod screen;

use std::io::IsTerminal;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use longhaul_common::control::Control;
use longhaul_common::store::{Access as Opened, Opening};
use longhaul_common::time::Timestamp;

use super::effect::Effect;
use super::message::Message;
use super::model::{Access, Model, Options, Size, Urgency};
use super::theme::{Charset, Colors, Theme};
use super::update::update;
use super::view;
use crate::exit::{Failure, Outcome};
use crate::session::Session;
use screen::Screen;

/// How long the dashboard waits for the store before it says that it is busy.
const PATIENCE: Duration = Duration::from_millis(200);

/// State changes are drawn at most so often.
const FRAME: Duration = Duration::from_millis(33);

/// Progress is drawn at most so often.
const PROGRESS: Duration = Duration::from_millis(250);

/// What counts by itself is drawn so often.
const SECOND: Duration = Duration::from_secs(1);

/// Opens the dashboard and stays until it is quit.
pub(crate) fn open(session: &Session) -> Result<Outcome, Failure> {
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        return Err(Failure::new(
            Outcome::Usage,
            "not-a-terminal",
            "the dashboard needs a terminal",
        )
        .hint("`longhaul list` prints the tasks"));
    }
    let control = session.control_opened(Opening {
        access: Opened::Write,
        patience: PATIENCE,
        ..Opening::default()
    })?;
    let (sender, messages) = channel();
    let mut screen =
        Screen::enter().map_err(|error| Failure::system("preparing the terminal", &error))?;
    let (columns, rows) = screen
        .size()
        .map_err(|error| Failure::system("asking the terminal's size", &error))?;
    let mut model = Model::new(
        options(session, &control),
        Timestamp::now(),
        Size { columns, rows },
    );
    update(&mut model, Message::Resize { columns, rows });
    input::start(sender.clone());
    reader::start(control.clone(), sender.clone());
    let outcome = run(&mut model, &mut screen, &messages, &sender, &control);
    screen.leave();
    outcome
}

fn options(session: &Session, control: &Control) -> Options {
    Options {
        store: control.store().dir().display().to_string(),
        theme: Theme {
            colors: if session.colors() {
                Colors::Sixteen
            } else {
                Colors::None
            },
            charset: charset(),
        },
        zone: TimeZone::system(),
        access: if control.store().writable() {
            Access::Control
        } else {
            Access::ReadOnly
        },
    }
}

fn charset() -> Charset {
    let told = |name| std::env::var(name).ok();
    Charset::of_locale(
        told("LC_ALL").as_deref(),
        told("LC_CTYPE").as_deref(),
        told("LANG").as_deref(),
    )
}

/// Takes messages in until the end; sleeps while there are none.
fn run(
    model: &mut Model,
    screen: &mut Screen,
    messages: &Receiver<Message>,
    sender: &Sender<Message>,
    control: &Control,
) -> Result<Outcome, Failure> {
    let mut drawn = Instant::now() - SECOND;
    loop {
        let due = match model.urgency {
            Urgency::Now => Some(drawn),
            Urgency::State => Some(drawn + FRAME),
            Urgency::Progress => Some(drawn + PROGRESS),
            Urgency::Never => model.counts().then(|| drawn + SECOND),
        };
        if due.is_some_and(|due| due <= Instant::now()) {
            model.now = Timestamp::now();
            screen
                .draw(|frame| view::draw(model, frame))
                .map_err(|error| Failure::system("drawing", &error))?;
            model.urgency = Urgency::Never;
            drawn = Instant::now();
            continue;
        }
        let first = match due {
            None => messages.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(due) => messages.recv_timeout(due.saturating_duration_since(Instant::now())),
        };
        let first = match first {
            Ok(message) => message,
            Err(RecvTimeoutError::Timeout) => {
                model.touch(Urgency::Now);
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => return Ok(Outcome::Done),
        };
        update(model, Message::Clock(Timestamp::now()));
        for message in std::iter::once(first).chain(messages.try_iter()) {
            for effect in update(model, message) {
                match effect {
                    Effect::Quit => return Ok(Outcome::Done),
                    Effect::Redraw | Effect::ToShell => {}
                    Effect::Ask(request) => hands::ask(control, request, sender),
                }
            }
        }
    }
}

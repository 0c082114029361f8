//! The rim: the terminal, the clock and the store. All I/O of the dashboard is below here.

mod breakage;
mod desk;
mod hands;
mod input;
mod looks;
mod reader;
mod screen;
mod told;

use std::io::{self, IsTerminal};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use longhaul_common::place::store_dir;
use longhaul_common::store::{Access as Opened, StoreError};
use longhaul_common::time::Timestamp;
use longhaul_worker::report::around_the_report_of_a_panic;
use longhaul_worker::stop_self::stop_once_idle_by;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::effect::Effect;
use super::message::Message;
use super::model::{Access, Model, Options, Size, Urgency};
use super::theme::{Charset, Colors, Theme};
use super::update::update;
use super::view;
use crate::cli::DashboardArgs;
use crate::config::{Config, Times};
use crate::exit::{Failure, Outcome};
use crate::session::Session;
use crate::signals::{Came, Signals};
use desk::Desk;
use hands::Hands;
use looks::Looks;
use screen::Screen;
use told::{Teller, Told};

/// State changes are drawn at most so often.
const FRAME: Duration = Duration::from_millis(33);

/// Progress is drawn at most so often, unless told otherwise.
const PROGRESS: Duration = Duration::from_millis(250);

/// What counts by itself is drawn so often.
const SECOND: Duration = Duration::from_secs(1);

/// So many messages are taken in before it is looked whether a frame is due.
const GULP: usize = 64;

/// Opens the dashboard and stays until it is quit.
pub(crate) fn open(session: &Session, args: &DashboardArgs) -> Result<Outcome, Failure> {
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        return Err(Failure::new(
            Outcome::Usage,
            "not-a-terminal",
            "the dashboard needs a terminal",
        )
        .hint("`longhaul list` prints the tasks"));
    }
    let config = Config::read()?;
    let access = if args.read_only {
        Opened::Look
    } else {
        Opened::Write
    };
    let desk = Desk::new(store_dir(session.store_option())?, session.actor(), access);
    match desk.open() {
        Ok(_) => {}
        Err(error) if passes(&error) => {}
        Err(error) => return Err(error.into()),
    }
    let (sender, told) = channel();
    let teller = Teller::new(sender);
    let listening = |error| Failure::system("listening to signals", &error);
    listen(&teller).map_err(listening)?;
    let preparing = |error: io::Error| Failure::system("preparing the terminal", &error);
    let panicked = teller.clone();
    around_the_report_of_a_panic(screen::restore, move || {
        // The loop is gone when the program is about to be.
        let _ = panicked.tell(Told::Panicked);
    });
    let size = screen::size().map_err(preparing)?;
    let (columns, rows) = (size.width, size.height);
    let mut model = Model::new(
        options(session, &desk, args, &config),
        Timestamp::now(),
        Size { columns, rows },
    );
    update(&mut model, Message::Resize { columns, rows });
    let refresh = args.refresh.or(config.refresh).unwrap_or(PROGRESS);
    model.keys = config.keys;
    let starting = |error: io::Error| Failure::system("starting a thread", &error);
    let hands = Hands::start(desk.clone(), teller.clone()).map_err(starting)?;
    let looks = Looks::start(desk.clone(), teller.clone()).map_err(starting)?;
    let screen = Screen::enter().map_err(preparing)?;
    input::start(&teller).map_err(starting)?;
    reader::start(desk.clone(), teller, refresh).map_err(starting)?;
    let mut rim = Rim {
        model,
        screen,
        told,
        hands,
        looks,
        refresh,
    };
    rim.run()
}

/// Whether an error of the store is one to wait for with the screen open: what has to be mended by
/// hand before is said at once.
fn passes(error: &StoreError) -> bool {
    match error {
        StoreError::Missing { .. }
        | StoreError::Busy { .. }
        | StoreError::Unknown { .. }
        | StoreError::Replaced { .. }
        | StoreError::Full { .. } => true,
        StoreError::NotAStore { .. }
        | StoreError::Exposed { .. }
        | StoreError::NetworkFileSystem { .. }
        | StoreError::ReadOnly { .. }
        | StoreError::LeftOpen { .. }
        | StoreError::Newer { .. }
        | StoreError::OtherVersion { .. }
        | StoreError::Corrupted { .. }
        | StoreError::Io { .. }
        | StoreError::Unreadable { .. }
        | StoreError::Bug { .. }
        | StoreError::Fenced { .. }
        | StoreError::NoTask(_) => false,
    }
}

fn listen(teller: &Teller) -> io::Result<()> {
    let teller = teller.clone();
    Signals::catch()?.with_resume()?.listen(move |came| {
        let told = match came {
            Came::Interrupt | Came::End => Told::End,
            Came::Resume => Told::GoesOn,
            Came::Suspend => return stop_once_idle_by(screen::stop),
        };
        // The loop is gone when the program is about to be.
        let _ = teller.tell(told);
    })
}

fn options(session: &Session, desk: &Desk, args: &DashboardArgs, config: &Config) -> Options {
    Options {
        store: desk.dir().display().to_string(),
        theme: Theme {
            colors: if session.colors() {
                Colors::Sixteen(config.palette)
            } else {
                Colors::None
            },
            charset: charset(args, config),
        },
        operator: session.actor().to_string(),
        zone: if args.utc || config.times == Some(Times::Utc) {
            TimeZone::UTC
        } else {
            TimeZone::system()
        },
        access: if args.read_only {
            Access::ReadOnly
        } else {
            Access::Control
        },
    }
}

fn charset(args: &DashboardArgs, config: &Config) -> Charset {
    if args.ascii {
        return Charset::Ascii;
    }
    if let Some(charset) = config.charset {
        return charset;
    }
    let told = |name| std::env::var(name).ok();
    Charset::of_locale(
        told("LC_ALL").as_deref(),
        told("LC_CTYPE").as_deref(),
        told("LANG").as_deref(),
    )
}

struct Rim {
    model: Model,
    screen: Screen,
    told: Receiver<Told>,
    hands: Hands,
    looks: Looks,
    refresh: Duration,
}

/// Whether the loop goes on.
enum Next {
    GoOn,
    End(Outcome),
}

impl Rim {
    /// Takes in what it is told until the end; sleeps while that is nothing.
    fn run(&mut self) -> Result<Outcome, Failure> {
        let mut drawn = Instant::now() - SECOND;
        loop {
            let due = self.due(drawn);
            if due.is_some_and(|due| due <= Instant::now()) {
                self.model.now = Timestamp::now();
                if let Err(error) = self.draw() {
                    return ended_by(&error);
                }
                self.model.urgency = Urgency::Never;
                drawn = Instant::now();
                continue;
            }
            let first = match due {
                None => self.told.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(due) => self
                    .told
                    .recv_timeout(due.saturating_duration_since(Instant::now())),
            };
            let first = match first {
                Ok(told) => told,
                Err(RecvTimeoutError::Timeout) => {
                    update(&mut self.model, Message::Clock(Timestamp::now()));
                    self.model.touch(Urgency::Now);
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(Outcome::Done),
            };
            update(&mut self.model, Message::Clock(Timestamp::now()));
            let mut next = Some(first);
            for _ in 0..GULP {
                let Some(told) = next else { break };
                if let Next::End(outcome) = self.hear(told)? {
                    return Ok(outcome);
                }
                next = self.told.try_recv().ok();
            }
            if let Some(told) = next
                && let Next::End(outcome) = self.hear(told)?
            {
                return Ok(outcome);
            }
        }
    }

    /// When the next frame is due.
    fn due(&self, drawn: Instant) -> Option<Instant> {
        match self.model.urgency {
            Urgency::Now => Some(drawn),
            Urgency::State => Some(drawn + FRAME),
            Urgency::Progress => Some(drawn + self.refresh),
            Urgency::Never => self.model.counts().then(|| drawn + SECOND),
        }
    }

    fn draw(&mut self) -> io::Result<()> {
        let model = &self.model;
        self.screen.draw(|frame| {
            breakage::at(breakage::Place::Draw);
            view::draw(model, frame);
        })
    }

    fn hear(&mut self, told: Told) -> Result<Next, Failure> {
        let message = match told {
            Told::Message(message) => message,
            Told::End => return Ok(Next::End(Outcome::Done)),
            Told::Panicked => return Ok(Next::End(Outcome::Failed)),
            Told::GoesOn => return self.go_on(),
        };
        if let Message::Key(key) = &message {
            breakage::key(*key);
        }
        for effect in update(&mut self.model, message) {
            match effect {
                Effect::Quit => return Ok(Next::End(Outcome::Done)),
                Effect::Redraw => {
                    if let Err(error) = self.screen.forget() {
                        return ended_by(&error).map(Next::End);
                    }
                    self.model.touch(Urgency::Now);
                }
                // As the terminal itself would: who started this stops with it.
                Effect::ToShell => {
                    let _ = kill(Pid::from_raw(0), Signal::SIGTSTP);
                }
                Effect::Ask(request) => self.hands.ask(request),
                Effect::Undo(undos) => self.hands.undo(undos),
                Effect::Read(reading) => self.looks.read(reading),
                Effect::ListenToLog(task) => self.looks.listen(task),
                Effect::FollowLog(task) => self.looks.follow(task),
                Effect::Copy(text) => {
                    if let Err(error) = self.screen.copy(&text) {
                        return ended_by(&error).map(Next::End);
                    }
                }
            }
        }
        Ok(Next::GoOn)
    }

    /// After `fg`: another had the terminal, and may have changed its size.
    fn go_on(&mut self) -> Result<Next, Failure> {
        let taken = self.screen.retake().and_then(|()| screen::size());
        let size = match taken {
            Ok(size) => size,
            Err(error) => return ended_by(&error).map(Next::End),
        };
        let (columns, rows) = (size.width, size.height);
        update(&mut self.model, Message::Resize { columns, rows });
        self.model.touch(Urgency::Now);
        Ok(Next::GoOn)
    }
}

/// A terminal that is gone ends the program, and there is nobody to tell.
fn ended_by(error: &io::Error) -> Result<Outcome, Failure> {
    const GONE: [i32; 3] = [nix::libc::EIO, nix::libc::EPIPE, nix::libc::ENXIO];
    match error.raw_os_error() {
        Some(code) if GONE.contains(&code) => Ok(Outcome::Done),
        _ => Err(Failure::system("drawing", error)),
    }
}

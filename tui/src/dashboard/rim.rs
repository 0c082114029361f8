//! The rim: the terminal, the clock and the store. All I/O of the dashboard is below here.

mod breakage;
mod desk;
mod hands;
mod host;
mod input;
mod last_look;
mod looks;
mod meters;
mod pace;
mod reader;
mod screen;
mod told;
mod turn;

use std::io::{self, IsTerminal};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use jiff::tz::TimeZone;
use longhaul_common::control::Control;
use longhaul_common::id::TaskNumber;
use longhaul_common::place::store_dir;
use longhaul_common::store::{Access as Opened, StoreError};
use longhaul_common::time::Timestamp;
use longhaul_worker::report::around_the_report_of_a_panic;
use longhaul_worker::stop_self::stop_once_idle_by;
use longhaul_worker::{Finished, Notices, RunningWorker};

use super::message::Message;
use super::model::{Hosting, Model, Options, Own, Size};
use super::theme::{Charset, Colors, Theme};
use super::update::update;
use crate::cli::{DashboardArgs, LookArgs};
use crate::config::{Config, Times};
use crate::exit::{Failure, Outcome};
use crate::session::Session;
use crate::signals::{Came, Caught, Signals};
use desk::Desk;
use hands::Hands;
use host::Host;
use last_look::LastLook;
use looks::Looks;
use meters::Meters;
use screen::Screen;
use told::{Teller, Told};
use turn::Turn;

/// Progress is drawn at most so often, unless told otherwise.
const PROGRESS: Duration = Duration::from_millis(250);

/// Whether the dashboard has a terminal to be on.
pub(crate) fn has_a_terminal() -> bool {
    io::stdout().is_terminal() && io::stdin().is_terminal()
}

/// Refuses to go on where the dashboard has no terminal to be on.
pub(crate) fn needs_a_terminal() -> Result<(), Failure> {
    if has_a_terminal() {
        return Ok(());
    }
    Err(Failure::new(
        Outcome::Usage,
        "not-a-terminal",
        "the dashboard needs a terminal",
    )
    .hint("`longhaul list` prints the tasks"))
}

/// What the dashboard shows first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opens {
    List,
    /// The page of a task that the worker in here takes again whenever it may run.
    Task(TaskNumber),
}

/// Opens the dashboard and stays until it is quit.
pub(crate) fn open(session: &Session, args: &DashboardArgs) -> Result<Outcome, Failure> {
    let prepared = Prepared::new()?;
    if args.worker {
        return host::open(session, args, prepared);
    }
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
    prepared.stay(session, &args.look, &desk, None)
}

/// A dashboard that hears signals and has not taken the terminal yet.
pub(crate) struct Prepared {
    teller: Teller,
    told: Receiver<Told>,
    caught: Caught,
    config: Config,
    last_look: LastLook,
}

impl Prepared {
    /// From here on signals don't end the process.
    pub(crate) fn new() -> Result<Self, Failure> {
        needs_a_terminal()?;
        let config = Config::read()?;
        let (sender, told) = channel();
        let caught = Signals::catch()
            .and_then(Caught::with_resume)
            .map_err(|error| listening(&error))?;
        Ok(Self {
            teller: Teller::new(sender),
            told,
            caught,
            config,
            last_look: LastLook::of_this_user(),
        })
    }

    /// Over a store that is thrown away: nobody will ask when it was looked at.
    pub(crate) fn leaving_no_trace(mut self) -> Self {
        self.last_look = LastLook::default();
        self
    }

    /// Where the worker that it will host says what it has to say.
    pub(crate) fn notices(&self) -> Notices {
        let teller = self.teller.clone();
        Notices::to(move |notice| {
            // The loop is gone when the program is about to be.
            let _ = teller.message(Message::Notice(notice.to_owned()));
        })
    }

    /// Opens the dashboard over a store with a worker in this process, which ends with it.
    pub(crate) fn host(
        self,
        session: &Session,
        look: &LookArgs,
        control: &Control,
        worker: RunningWorker,
        opens: Opens,
    ) -> Result<(Outcome, Finished), Failure> {
        let host = Host::new(worker, &self.teller).map_err(|error| starting(&error))?;
        let outcome = self.stay(session, look, &Desk::over(control), Some((&host, opens)));
        // In any case: a worker that is left behind by its process is taken for one that died.
        let finished = host.end()?;
        Ok((outcome?, finished))
    }

    fn stay(
        self,
        session: &Session,
        look: &LookArgs,
        desk: &Desk,
        hosted: Option<(&Host, Opens)>,
    ) -> Result<Outcome, Failure> {
        let Self {
            teller,
            told,
            caught,
            config,
            last_look,
        } = self;
        let host = hosted.map(|(host, _)| host);
        listen(caught, host, &teller).map_err(|error| listening(&error))?;
        let panicked = teller.clone();
        around_the_report_of_a_panic(screen::restore, move || {
            // The loop is gone when the program is about to be.
            let _ = panicked.tell(Told::Panicked);
        });
        let preparing = |error: io::Error| Failure::system("preparing the terminal", &error);
        let size = screen::size().map_err(preparing)?;
        let (columns, rows) = (size.width, size.height);
        let mut model = Model::new(
            options(session, desk, look, &config),
            Timestamp::now(),
            Size { columns, rows },
        );
        if let Some((host, opens)) = hosted {
            model.hosting = Hosting::Works(host.worker());
            model.own = match opens {
                Opens::List => None,
                Opens::Task(task) => Some(Own::new(task)),
            };
        }
        update(&mut model, Message::Resize { columns, rows });
        let refresh = look.refresh.or(config.refresh).unwrap_or(PROGRESS);
        model.keys = config.keys;
        let hands = Hands::start(desk.clone(), teller.clone(), host.map(Host::taker))
            .map_err(|error| starting(&error))?;
        let looks = Looks::start(desk.clone(), teller.clone()).map_err(|error| starting(&error))?;
        let meters =
            Meters::start(desk.clone(), teller.clone()).map_err(|error| starting(&error))?;
        let screen = Screen::enter(config.mouse).map_err(preparing)?;
        input::start(&teller).map_err(|error| starting(&error))?;
        reader::start(desk.clone(), teller, last_look.clone(), refresh)
            .map_err(|error| starting(&error))?;
        let mut turn = Turn {
            model,
            screen,
            told,
            hands,
            looks,
            meters,
            refresh,
            ending: host.map(Host::ending),
        };
        let outcome = turn.run()?;
        if outcome == Outcome::Done {
            let writing = last_look.write(turn.model.looked.here());
            turn.finish();
            writing.wait();
        }
        Ok(outcome)
    }
}

fn listening(error: &io::Error) -> Failure {
    Failure::system("listening to signals", error)
}

fn starting(error: &io::Error) -> Failure {
    Failure::system("starting a thread", error)
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
        | StoreError::NotOurs { .. }
        | StoreError::There { .. }
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

/// A signal that ends the dashboard also has the worker in it end at its batch boundaries. Ctrl-c
/// once more waits for none; a terminal that goes away while that is waited for changes nothing.
fn listen(caught: Caught, host: Option<&Host>, teller: &Teller) -> io::Result<()> {
    let teller = teller.clone();
    let ending = host.map(Host::ending);
    caught.listen(move |came| {
        let told = match came {
            Came::Interrupt | Came::End => {
                match &ending {
                    Some(ending) if came == Came::Interrupt => ending.insist(),
                    Some(ending) => ending.ask(),
                    None => {}
                }
                screen::end();
                Told::End
            }
            Came::Resume => Told::GoesOn,
            Came::Suspend => {
                let standstill = ending.as_ref().map(|ending| ending.standstill.clone());
                return stop_once_idle_by(move || {
                    screen::stop(standstill.map(|standstill| standstill.words()));
                });
            }
        };
        // The loop is gone when the program is about to be.
        let _ = teller.tell(told);
    })
}

fn options(session: &Session, desk: &Desk, look: &LookArgs, config: &Config) -> Options {
    Options {
        store: desk.dir().display().to_string(),
        theme: Theme {
            colors: if session.colors() {
                Colors::Sixteen(config.palette)
            } else {
                Colors::None
            },
            charset: charset(look, config),
        },
        operator: session.actor().to_string(),
        zone: if look.utc || config.times == Some(Times::Utc) {
            TimeZone::UTC
        } else {
            TimeZone::system()
        },
        access: desk.access(),
    }
}

fn charset(look: &LookArgs, config: &Config) -> Charset {
    if look.ascii {
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

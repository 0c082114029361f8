//! What keeps a task from running, as far as it has to be looked up.

use jiff::tz::TimeZone;
use longhaul_common::control::Control;
use longhaul_common::id::TaskNumber;
use longhaul_common::moment::{self, NoMoment};
use longhaul_common::time::Timestamp;
use longhaul_common::window::{NoWindow, Window};

use crate::cli::GateArgs;
use crate::exit::Failure;
use crate::session::resolve;

/// The tasks that have to complete first.
pub(super) fn after(control: &Control, args: &GateArgs) -> Result<Vec<TaskNumber>, Failure> {
    if args.after.is_empty() {
        return Ok(Vec::new());
    }
    let mut tasks = resolve(control, &args.after)?;
    tasks.sort_unstable();
    Ok(tasks)
}

/// The time before which it does not run.
pub(super) fn at(args: &GateArgs) -> Result<Option<Timestamp>, Failure> {
    let at = args.at.as_deref().map(read_at);
    at.transpose()
        .map_err(|error| Failure::mistake(format!("--at: {error}")))
}

/// The times of day within which it runs.
pub(super) fn window(args: &GateArgs) -> Result<Option<Window>, Failure> {
    let window = args.window.as_deref().map(read_window);
    window
        .transpose()
        .map_err(|error| Failure::mistake(format!("--window: {error}")))
}

/// A time to come, as it is typed here.
pub(crate) fn read_at(text: &str) -> Result<Timestamp, NoMoment> {
    moment::parse(text, Timestamp::now(), &TimeZone::system())
}

/// A window, meant in this machine's zone where it names none.
pub(crate) fn read_window(text: &str) -> Result<Window, NoWindow> {
    Window::parse(text, TimeZone::system().iana_name())
}

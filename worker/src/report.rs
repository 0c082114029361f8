//! How a program's errors and panics reach a person: what happened, to what, and what to do.

use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use longhaul_common::place::PlaceError;
use longhaul_common::safe_text::{safe, safe_json};
use longhaul_common::store::{StoreError, panic_is_contained};

use crate::failure::chain;
use crate::hosting::{Finished, WorkerError};
use crate::program::ProgramError;
use crate::worker_log::LogFormat;

/// What to do about an error of the store, and the exit code it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// The exit code: 3 refused, 4 busy or unreachable, 5 damaged.
    pub exit: u8,
    /// A word for programs.
    pub code: &'static str,
    /// What to do.
    pub hint: Option<String>,
}

/// What to do about an error of the store.
#[must_use]
pub fn advice(error: &StoreError) -> Advice {
    let with = |exit, code, hint: String| Advice {
        exit,
        code,
        hint: Some(hint),
    };
    match error {
        StoreError::Missing { .. } => with(
            4,
            "no-store",
            "the first `longhaul submit` makes one; `--store DIR` names another".into(),
        ),
        StoreError::Replaced { .. } => with(
            4,
            "replaced",
            "look who moved it; once the right one is back in its place, start this again".into(),
        ),
        StoreError::NotAStore { .. } => with(
            4,
            "not-a-store",
            "name another folder with --store, or move what is there out of the way".into(),
        ),
        StoreError::Exposed { mend, .. } => with(
            4,
            "exposed",
            format!(
                "whoever can write to it can run commands as its user; look who did, then: {mend}"
            ),
        ),
        StoreError::NotOurs { owner, .. } => with(
            4,
            "not-ours",
            format!(
                "start the worker as {owner}; a store that several users work on is made with: longhaul init --group GROUP DIR"
            ),
        ),
        StoreError::There { .. } => with(
            3,
            "exists",
            "nothing was changed; name another folder".into(),
        ),
        StoreError::NetworkFileSystem { .. } => with(
            4,
            "network-file-system",
            "locks and notifications don't reach across machines: name a folder on a local disk with --store"
                .into(),
        ),
        StoreError::LeftOpen { .. } => with(
            4,
            "left-open",
            "ask its owner to run: longhaul list".into(),
        ),
        StoreError::ReadOnly { .. } => with(
            4,
            "read-only",
            "ask its owner, or run this as the user who owns it".into(),
        ),
        StoreError::Busy { .. } => with(
            4,
            "busy",
            "try again; `longhaul doctor` names stopped processes that hold the store"
                .into(),
        ),
        StoreError::Unknown { .. } => with(
            4,
            "unknown-outcome",
            "look with `longhaul list` before you try again; `longhaul doctor` names stopped processes that hold the store"
                .into(),
        ),
        StoreError::Newer { .. } => with(
            4,
            "newer-schema",
            "use the longhaul that wrote it, or a newer one; nothing was changed".into(),
        ),
        StoreError::OtherVersion { .. } => with(
            4,
            "other-version",
            "restart the older workers with this version".into(),
        ),
        StoreError::Corrupted { .. } => with(
            5,
            "damaged",
            "stop every worker, copy the folder, then run `longhaul doctor`".into(),
        ),
        StoreError::Unreadable { .. } => with(
            5,
            "unreadable-row",
            "the other tasks are well; `longhaul doctor` names all rows that can't be read".into(),
        ),
        StoreError::Bug { .. } => with(
            1,
            "bug",
            "nothing of it was written; report what was said, with the steps that led here".into(),
        ),
        StoreError::Full { .. } => with(
            4,
            "full",
            "make room on its disk, or raise the quota or file size limit; nothing was lost".into(),
        ),
        StoreError::Io { .. } => with(
            4,
            "io",
            "check its permissions and the disk it is on; nothing was lost".into(),
        ),
        StoreError::Fenced { .. } => Advice {
            exit: 3,
            code: "fenced",
            hint: None,
        },
        StoreError::NoTask(_) => with(
            3,
            "unknown-task",
            "`longhaul list --all` shows all there are".into(),
        ),
    }
}

/// Ends the process, with exit code 1, if something of the worker did not come back: it still runs
/// in this process, and others wait for its claim.
pub fn exit_now_if_overdue(finished: Finished) {
    match finished {
        Finished::InGoodOrder => {}
        Finished::Overdue => std::process::exit(1),
    }
}

/// Prints what went wrong and what to do, and gives the exit code.
pub fn report(program: &str, error: &ProgramError, format: LogFormat) -> ExitCode {
    let advice = match error {
        ProgramError::Store(error) | ProgramError::Worker(WorkerError::Store(error)) => {
            Some(advice(error))
        }
        ProgramError::Place(PlaceError::Configuration(_)) => Some(Advice {
            exit: 2,
            code: "configuration",
            hint: None,
        }),
        ProgramError::Place(PlaceError::Nowhere | PlaceError::Empty) => Some(Advice {
            exit: 2,
            code: "usage",
            hint: Some("name the store's folder with --store DIR".into()),
        }),
        ProgramError::Place(PlaceError::Unknown { .. }) => Some(Advice {
            exit: 2,
            code: "usage",
            hint: Some(
                "`longhaul stores` lists those that have a name; a folder is a path: ./NAME, or one that is absolute"
                    .into(),
            ),
        }),
        ProgramError::Worker(WorkerError::Lock(_)) => Some(Advice {
            exit: 4,
            code: "locks",
            hint: Some("check the permissions of the store's folder".into()),
        }),
        ProgramError::Worker(_)
        | ProgramError::Process(_)
        | ProgramError::Metrics { .. }
        | ProgramError::Extend(_) => None,
    };
    let mut stderr = io::stderr().lock();
    if format == LogFormat::Json {
        let document = serde_json::json!({"error": {
            "code": advice.as_ref().map_or("worker", |advice| advice.code),
            "message": chain(error),
            "hint": advice.as_ref().and_then(|advice| advice.hint.as_ref()),
        }});
        let _ = writeln!(stderr, "{}", safe_json(&document.to_string()));
        return ExitCode::from(advice.map_or(1, |advice| advice.exit));
    }
    // A closed standard error is no reason to fail differently.
    let _ = writeln!(stderr, "{program}: {}", safe(&chain(error)));
    if let Some(hint) = advice.as_ref().and_then(|advice| advice.hint.as_ref()) {
        let _ = writeln!(stderr, "hint: {}", safe(hint));
    }
    ExitCode::from(advice.map_or(1, |advice| advice.exit))
}

/// Prints what an argument parser did not understand, and gives the exit code. What was typed can
/// be hostile to a terminal, and is in the message.
pub fn report_usage(program: &str, error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        return match error.print() {
            Ok(()) => ExitCode::SUCCESS,
            // `longhaul --help | head` is no failure of ours.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    let rendered = error.render().to_string();
    let text = rendered.trim_end();
    let text = text.strip_prefix("error: ").unwrap_or(text);
    let lines: Vec<_> = text.lines().map(safe).collect();
    // A closed standard error is no reason to fail differently.
    let _ = writeln!(io::stderr().lock(), "{program}: {}", lines.join("\n"));
    ExitCode::from(2)
}

/// An error with its causes on one line.
#[must_use]
pub fn in_one_line(error: &dyn Error) -> String {
    chain(error)
}

type Work = Box<dyn Fn() + Send>;

/// What is done before and after a panic is reported, by whoever has the terminal.
static AROUND_A_REPORT: Mutex<Option<(Work, Work)>> = Mutex::new(None);

/// From now on this is done before and after a panic is reported, on the thread that panics.
pub fn around_the_report_of_a_panic(
    before: impl Fn() + Send + 'static,
    after: impl Fn() + Send + 'static,
) {
    *AROUND_A_REPORT
        .lock()
        .unwrap_or_else(PoisonError::into_inner) = Some((Box::new(before), Box::new(after)));
}

/// Reports of panics: with a place and, where it is asked for, a backtrace. A panic that a library
/// turns into an error is not reported twice.
pub fn install_panic_hook() {
    let hooks = color_eyre::config::HookBuilder::default()
        .display_env_section(false)
        .panic_section("This is a bug of longhaul. Nothing that was acknowledged is lost.");
    let (panic_hook, eyre_hook) = hooks.into_hooks();
    // A second installation in one process has nothing to add.
    let _ = eyre_hook.install();
    let report = panic_hook.into_panic_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !panic_is_contained() && !crate::registry::panic_is_contained() {
            // One that panics in there itself has nothing to wait for.
            let around = AROUND_A_REPORT.try_lock().ok();
            let around = around.as_ref().and_then(|around| around.as_ref());
            if let Some((before, _)) = around {
                before();
            }
            report(info);
            if let Some((_, after)) = around {
                after();
            }
        }
    }));
}

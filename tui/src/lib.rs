//! The command line of longhaul.
#![forbid(unsafe_code)]

mod acting;
mod choosing;
mod cli;
mod completing;
mod config;
mod confirm;
mod dashboard;
mod exit;
mod live;
mod output;
mod session;
mod sheet;
mod signals;
mod stopped;
mod synonyms;
mod task_spec;
mod verbs;
mod waiting;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;

use cli::{Cli, Verb};
use exit::{Failure, Outcome};
use longhaul_common::place::store_dir;
use longhaul_worker::report::report_usage;
use session::Session;

/// Runs the command line in `arguments`, the program's name first, and gives its exit code.
#[must_use]
pub fn main(arguments: &[OsString]) -> ExitCode {
    longhaul_worker::report::install_panic_hook();
    // Where it can't be had the kernel's default stays.
    let _ = longhaul_worker::process::file_size_limit_is_an_error();
    if completing::answer(arguments) {
        return ExitCode::SUCCESS;
    }
    // A guess, for arguments that can't be read.
    let mut json = exit::wants_json(arguments);
    let outcome = match cli::parse(arguments) {
        Ok(cli) => {
            json = cli.global.json || cli.logs_json();
            let store = store_dir(cli.global.store.clone());
            dispatch(cli).map_err(|failure| match store {
                Ok(dir) => stopped::explain(failure, &dir),
                Err(_) => failure,
            })
        }
        Err(error) => match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                return report_usage("longhaul", &error);
            }
            _ => Err(Failure::usage(&error, arguments)),
        },
    };
    match outcome {
        Ok(outcome) => outcome.into(),
        Err(failure) => failure.report(json),
    }
}

fn dispatch(cli: Cli) -> Result<Outcome, Failure> {
    let session = Session::new(cli.global);
    let Some(verb) = cli.verb else {
        return dashboard::open(&session, &cli.dashboard);
    };
    if let Some(option) = cli.dashboard.given() {
        return Err(Failure::mistake(format!("{option} is the dashboard's"))
            .hint("`longhaul` without a verb opens it"));
    }
    if !matches!(
        verb,
        Verb::Run(_) | Verb::Worker(_) | Verb::Demo(_) | Verb::Feed(_)
    ) {
        signals::stop_outside_the_store();
    }
    match verb {
        Verb::Submit(args) => verbs::submit::run(&session, &args),
        Verb::Run(args) => verbs::run::run(&session, &args),
        Verb::Feed(args) => verbs::feed::run(&session, &args),
        Verb::Progress(args) => verbs::progress::run(&session, &args),
        Verb::Close(args) => verbs::close::run(&session, &args),
        Verb::List(args) => verbs::list::run(&session, &args),
        Verb::Show(args) => verbs::show::run(&session, &args),
        Verb::Kinds(args) => verbs::kinds::run(&session, &args),
        Verb::Queue(args) => verbs::queue::run(&session, &args),
        Verb::Failures(args) => verbs::failures::run(&session, &args),
        Verb::Retry(args) => verbs::retry::run(&session, &args),
        Verb::Items(args) => verbs::items::run(&session, &args),
        Verb::Suspend(args) => verbs::ask::suspend(&session, &args),
        Verb::Resume(args) => verbs::ask::resume(&session, &args),
        Verb::Terminate(args) => verbs::ask::terminate(&session, &args),
        Verb::Rollback(args) => verbs::ask::rollback(&session, &args),
        Verb::Restart(args) => verbs::restart::run(&session, &args),
        Verb::Undo(args) => verbs::undo::run(&session, &args),
        Verb::Comment(args) => verbs::comment::run(&session, &args),
        Verb::Set(args) => verbs::set::run(&session, &args),
        Verb::Group(args) => verbs::group::run(&session, &args),
        Verb::Groups => verbs::group::list(&session),
        Verb::Cordon(args) => verbs::cordon::cordon(&session, &args),
        Verb::Drain(args) => verbs::cordon::drain(&session, &args),
        Verb::Uncordon(args) => verbs::cordon::uncordon(&session, &args),
        Verb::Throttle(args) => verbs::throttle::run(&session, &args),
        Verb::Wait(args) => verbs::wait::run(&session, &args),
        Verb::Events(args) => verbs::events::run(&session, &args),
        Verb::Logs(args) => verbs::logs::run(&session, &args),
        Verb::Worker(args) => verbs::worker::run(&session, &args),
        Verb::Whose(args) => verbs::whose::run(&session, &args),
        Verb::Prune(args) => verbs::prune::run(&session, &args),
        Verb::Doctor(args) => verbs::doctor::run(&session, &args),
        Verb::Completions(args) => verbs::completions::run(&args),
        Verb::Man(args) => verbs::man::run(&args),
        Verb::Init(args) => verbs::init::run(&session, &args),
        Verb::Stores => verbs::stores::run(&session),
        Verb::Demo(args) => verbs::demo::run(&session, &args),
    }
}

//! A worker in the dashboard's own process.

use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;

use longhaul_common::id::WorkerNumber;
use longhaul_common::store::Absent;
use longhaul_worker::program::prepare_process;
use longhaul_worker::report::exit_now_if_overdue;
use longhaul_worker::{Finished, RunningWorker, Stopper, Taker, WorkerError, builder};

use super::screen;
use super::told::Teller;
use super::{Opens, Prepared};
use crate::cli::DashboardArgs;
use crate::dashboard::message::Message;
use crate::exit::{Failure, Outcome};
use crate::output::{self, human};
use crate::session::Session;

/// Ends the worker, from wherever that is wanted. Cheap to clone.
#[derive(Clone)]
pub(super) struct Ending {
    stopper: Stopper,
    asked: Arc<AtomicBool>,
    pub(super) standstill: Standstill,
}

/// What stands still with the worker while this process is stopped. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Standstill(Arc<AtomicUsize>);

impl Standstill {
    /// The worker holds so many tasks as the process is about to be stopped.
    pub(super) fn holds(&self, tasks: usize) {
        self.0.store(tasks, Ordering::Release);
    }

    /// What is said on the shell's screen. How many tasks it is about is known for a moment only.
    pub(super) fn words(&self) -> String {
        let with = match self.0.swap(0, Ordering::AcqRel) {
            0 => String::new(),
            tasks => format!(
                ", and {} with it",
                human::counted(tasks as u64, "task", "tasks")
            ),
        };
        format!("longhaul: the worker in this dashboard stands still until fg{with}")
    }
}

impl Ending {
    /// Asks it to end at its batch boundaries, once: to ask again would kill what is in flight.
    pub(super) fn ask(&self) {
        if !self.asked.swap(true, Ordering::AcqRel) {
            self.stopper.stop();
        }
    }

    /// Asks it to end; asked already, it waits for no boundary.
    pub(super) fn insist(&self) {
        self.asked.store(true, Ordering::Release);
        self.stopper.stop();
    }
}

/// A worker that works while the dashboard is open.
pub(super) struct Host {
    worker: WorkerNumber,
    ending: Ending,
    taker: Taker,
    end: JoinHandle<Result<Finished, WorkerError>>,
}

impl Host {
    pub(super) fn new(worker: RunningWorker, teller: &Teller) -> io::Result<Self> {
        let (number, taker) = (worker.number(), worker.taker());
        let ending = Ending {
            stopper: worker.stopper(),
            asked: Arc::default(),
            standstill: Standstill::default(),
        };
        let teller = teller.clone();
        let end = std::thread::Builder::new()
            .name("worker's end".into())
            .spawn(move || {
                let finished = worker.join();
                // The loop is gone when the program is about to be.
                let _ = teller.message(Message::WorkerEnded);
                finished
            })?;
        Ok(Self {
            worker: number,
            ending,
            taker,
            end,
        })
    }

    pub(super) fn worker(&self) -> WorkerNumber {
        self.worker
    }

    pub(super) fn ending(&self) -> Ending {
        self.ending.clone()
    }

    pub(super) fn taker(&self) -> Taker {
        self.taker.clone()
    }

    /// Asks the worker to end, unless it did, and waits.
    pub(super) fn end(self) -> Result<Finished, Failure> {
        if !self.end.is_finished() {
            self.ending.ask();
            if !screen::is_stalled() {
                output::note("waiting for the batches in flight; ctrl-c kills them");
            }
        }
        let ended = self.end.join().unwrap_or(Err(WorkerError::BrokeDown));
        Ok(ended?)
    }
}

/// Opens the dashboard with a worker in it; the store is made if there is none.
pub(super) fn open(
    session: &Session,
    args: &DashboardArgs,
    prepared: Prepared,
) -> Result<Outcome, Failure> {
    prepare_process().map_err(|error| Failure::system("preparing the process", &error))?;
    let control = session.control_of(session.store(Absent::Create)?)?;
    let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let worker = builder(control.store().clone())
        .concurrency(args.concurrency.unwrap_or(cores))
        .notices(prepared.notices())
        .owning_the_process()
        .spawn()?;
    let (outcome, finished) = prepared.host(session, &args.look, &control, worker, Opens::List)?;
    exit_now_if_overdue(finished);
    Ok(outcome)
}

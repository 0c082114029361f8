//! A worker in the dashboard's own process.

use std::io;
use std::num::NonZeroUsize;
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
use crate::output;
use crate::session::Session;

/// A worker that works while the dashboard is open.
pub(super) struct Host {
    worker: WorkerNumber,
    stopper: Stopper,
    taker: Taker,
    end: JoinHandle<Result<Finished, WorkerError>>,
}

impl Host {
    pub(super) fn new(worker: RunningWorker, teller: &Teller) -> io::Result<Self> {
        let (number, stopper, taker) = (worker.number(), worker.stopper(), worker.taker());
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
            stopper,
            taker,
            end,
        })
    }

    pub(super) fn worker(&self) -> WorkerNumber {
        self.worker
    }

    pub(super) fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    pub(super) fn taker(&self) -> Taker {
        self.taker.clone()
    }

    /// Asks the worker to end, unless it did, and waits.
    pub(super) fn end(self) -> Result<Finished, Failure> {
        if !self.end.is_finished() {
            self.stopper.stop();
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

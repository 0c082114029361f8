//! A task whose queue is at a broker, with workers that perform it and a neighbour that has nothing to do with
//! the broker.

use longhaul_common::backlog::Backlog;
use longhaul_common::event::What;
use longhaul_common::id::{TaskId, TaskNumber};
use longhaul_common::state::Outcome;

use crate::harness::{Gate, Worker, World, wait_for_growth, wait_until};
use crate::server::Broker;
use crate::witness::Witness;

/// Batches performed before anything happens to the broker.
const BEFORE: u64 = 20;

pub(crate) struct Scene<B> {
    pub(crate) world: World,
    pub(crate) broker: B,
    pub(crate) task: TaskNumber,
    gate: Gate,
    witness: Witness,
    batches: u64,
    workers: Vec<Worker>,
}

impl<B: Broker> Scene<B> {
    /// A task of so many batches of 20 ms, some of them done, on two workers.
    pub(crate) fn begin(broker: B, batches: u64) -> Self {
        let scene = Self::held(broker, batches);
        scene.let_run();
        scene
    }

    /// The same, while some batches are in flight that don't end before they are let: what is done to the
    /// broker meanwhile may take its time.
    pub(crate) fn held(broker: B, batches: u64) -> Self {
        let world = World::new();
        let gate = world.gate();
        let witness = Witness::new(&world, "witness");
        let options = format!(
            "--range 1..{batches} --batch-size 1 --parallel 4 --queue {}",
            broker.address()
        );
        let task = world.submit(&options, &witness.around(&(gate.pass() + "sleep 0.02")));
        let neighbour = world.submit(
            "--range 1..1000000 --batch-size 1 --name neighbour",
            "sleep 0.01",
        );
        assert_eq!(neighbour.0, 2);
        let workers = [(); 2].map(|()| world.worker("--concurrency 3")).into();
        let scene = Self {
            world,
            broker,
            task,
            gate,
            witness,
            batches,
            workers,
        };
        scene.gate.release(usize::try_from(BEFORE).expect("few"));
        scene.wait_for_batches(BEFORE);
        scene
    }

    /// Lets all batches run.
    pub(crate) fn let_run(&self) {
        self.gate
            .release(usize::try_from(self.batches).expect("a few thousand"));
    }

    pub(crate) fn id(&self) -> TaskId {
        self.world.row(self.task).spec.id
    }

    pub(crate) fn backlog(&self) -> Backlog {
        self.world.row(self.task).backlog.expect("it has a queue")
    }

    pub(crate) fn done(&self) -> u64 {
        self.world.view(self.task).batches_done
    }

    pub(crate) fn wait_for_batches(&self, more: u64) {
        let goal = (self.done() + more).min(self.batches);
        wait_for_growth("batches of the task", goal, || self.done());
    }

    /// Waits until it is told that the broker can't be used; others go on meanwhile.
    pub(crate) fn wait_until_unreachable(&self) {
        wait_until("the task tells that its queue can't be reached", || {
            self.backlog().unreachable.is_some()
        });
        let lost = self.world.events_that(self.task, What::QueueLost);
        assert_eq!(lost.len(), 1, "{lost:?}");
        self.assert_others_go_on();
    }

    pub(crate) fn assert_others_go_on(&self) {
        let neighbour = TaskNumber(2);
        let done = || self.world.view(neighbour).batches_done;
        wait_for_growth("batches of the neighbour", done() + 10, done);
    }

    /// Suspends the task once its queue holds what is planned; nobody takes of it then.
    pub(crate) fn suspend(&self) {
        let task = self.task;
        self.world
            .expect(0, &format!("suspend {task} --wait --timeout 10s"));
        assert!(self.backlog().waiting() > 8, "{:?}", self.backlog());
    }

    pub(crate) fn resume(&self) {
        self.world.expect(0, &format!("resume {}", self.task));
    }

    /// Everything is done, nothing twice, and nothing is left at the broker.
    pub(crate) fn ends_well(self) -> World {
        wait_for_growth("batches of the task", self.batches, || self.done());
        self.world.wait_exits(self.task, 0);
        let view = self.world.view(self.task);
        assert_eq!(view.outcome, Some(Outcome::Completed));
        assert_eq!((view.items_done, view.batches_failed), (self.batches, 0));
        assert_eq!(
            self.witness.assert_whole(self.batches, self.batches),
            0,
            "repeated"
        );
        assert_eq!(self.broker.messages(self.id()), 0);
        self.world.expect(0, "terminate 2 --wait --timeout 10s");
        for worker in self.workers {
            assert_eq!(worker.stop(), Some(0));
        }
        self.world.expect(0, "doctor");
        self.world
    }
}

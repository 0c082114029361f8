//! Four workers perform one task while one after the other is killed and the task is suspended and
//! resumed: every batch is counted once. `LONGHAUL_SEED` repeats a run, `LONGHAUL_ROUNDS` makes it
//! longer.

use std::time::Duration;

use longhaul_common::event::What;
use longhaul_common::id::TaskNumber;
use longhaul_common::state::Outcome;
use longhaul_common::store::Store;

use crate::harness::{DEADLINE, Gate, Seed, Worker, World, wait_for_growth};
use crate::witness::Witness;
use crate::{assert_rests, backlog, rabbit_server, redis_server};

/// How often a worker is killed.
const KILLS: u64 = 50;
/// Once in so many kills the task is suspended and resumed, never after the last.
const KILLS_TO_A_REST: u64 = 10;
/// How many batches may run from one kill to the next, so that the task lasts as long as they do.
const LEASH: u64 = 40;
/// How many batches a worker performs at once.
const SLOTS: u64 = 2;
const WORKERS: usize = 4;

struct Campaign {
    world: World,
    /// Lets batches through, whichever they are: a queue at a broker has an order of its own.
    gate: Gate,
    let_through: u64,
    witness: Witness,
    workers: Vec<Worker>,
    seed: Seed,
    task: TaskNumber,
    kills: u64,
    rests: u64,
}

impl Campaign {
    /// Submits a task of 2,000 batches through `queue`, unless the environment says how many kills
    /// it is to outlast.
    fn begin(queue: &str) -> Self {
        let world = World::new();
        let witness = Witness::new(&world, "witness");
        let seed = Seed::of_this_run();
        let kills = seed.rounds(KILLS);
        let gate = world.gate();
        let options = format!(
            "--range 1..{} --batch-size 2 --queue {queue} --retries 1000 --backoff 10ms",
            2 * kills * LEASH
        );
        let task = world.submit(&options, &witness.around(&gate.pass()));
        let mut campaign = Self {
            world,
            gate,
            let_through: 0,
            witness,
            workers: Vec::new(),
            seed,
            task,
            kills,
            rests: 0,
        };
        campaign.replace();
        campaign
    }

    fn replace(&mut self) {
        while self.workers.len() < WORKERS {
            let options = format!("--concurrency {SLOTS}");
            self.workers.push(self.world.worker(&options));
        }
    }

    /// Lets so many batches through in all, those left out that were killed after it.
    fn let_run(&mut self, batches: u64) {
        let more = batches.saturating_sub(self.let_through);
        self.let_through += more;
        self.gate.release(usize::try_from(more).expect("few"));
    }

    /// Lets through as many again as a killed worker may have had in flight.
    fn make_up_for_a_kill(&self) {
        self.gate.release(usize::try_from(SLOTS).expect("few"));
    }

    fn done(&self) -> u64 {
        self.world.view(self.task).batches_done
    }

    fn kill_one(&mut self) {
        // Not a wait for something to come: the instant is what is tried.
        std::thread::sleep(Duration::from_micros(self.seed.below(25_000)));
        let victim = self.seed.below(self.workers.len() as u64);
        let victim = usize::try_from(victim).expect("there are four");
        self.workers.swap_remove(victim).kill();
        self.make_up_for_a_kill();
        self.replace();
    }

    fn suspend_and_resume(&mut self) {
        let (world, task) = (&self.world, self.task);
        // Those in flight that wait for the next kill must end.
        let in_flight = usize::try_from(SLOTS).expect("few") * WORKERS;
        // Let through before it is asked for, they could all pass and others begin.
        world.expect(0, &format!("suspend {task}"));
        self.gate.release(in_flight);
        self.let_through += in_flight as u64;
        let waited =
            world.cli(format!("wait {task} --for suspend --timeout 10s").split_whitespace());
        if waited.code != Some(0) {
            let told = ["queue", "events"].map(|verb| world.cli([verb, "1"]).stdout);
            panic!("{waited:?}\n{}", told.join("\n"));
        }
        assert_rests(world, task, u16::try_from(WORKERS).expect("few") * 2 + 2);
        let (notes, done) = (self.witness.notes(), self.done());
        world.expect(0, &format!("resume {task}"));
        self.rests += 1;
        let mine = notes.iter().filter(|note| note.is_end).count() as u64;
        assert!(done <= mine, "{done} are counted and {mine} ended");
    }

    fn run(&mut self) {
        for kill in 1..=self.kills {
            let (before, most) = ((kill - 1) * LEASH, kill * LEASH);
            self.let_run(most);
            let goal = before + 1 + self.seed.below(LEASH - 2 * SLOTS);
            wait_for_growth("batches between kills", goal, || self.done());
            self.kill_one();
            if kill % KILLS_TO_A_REST == KILLS_TO_A_REST / 2 {
                self.suspend_and_resume();
            }
        }
    }

    /// Lets the task go on to its end, and looks at all that ran.
    fn end(mut self) {
        let batches = self.kills * LEASH;
        self.let_run(batches);
        let (world, task) = (&self.world, self.task);
        wait_for_growth("batches after the kills", batches, || self.done());
        world.wait_exits(task, 0);
        for worker in self.workers {
            assert_eq!(worker.stop(), Some(0));
        }
        let view = world.view(task);
        assert_eq!(view.outcome, Some(Outcome::Completed));
        assert_eq!((view.batches_done, view.batches_failed), (batches, 0));
        assert_eq!(view.items_done, 2 * batches);
        assert_eq!(view.items_total, Some(2 * batches));
        assert_eq!(world.row(task).progress.batch.0, batches);
        assert_eq!(backlog(world, task).left(), 0);
        let repeated = self.witness.assert_whole(batches, 2 * batches);
        let most = self.kills * SLOTS;
        assert!(
            repeated <= most,
            "{repeated} repeated after {} kills",
            self.kills
        );
        // One that had begun and was not started yet is put back too.
        let put_back = world.events_that(task, What::PutBack).len() as u64;
        assert!(
            (repeated..=most).contains(&put_back),
            "{put_back} put back, {repeated} repeated"
        );
        assert_eq!(
            self.rests,
            (self.kills + KILLS_TO_A_REST / 2) / KILLS_TO_A_REST
        );
        world.expect(0, "doctor");
        let whole = Store::check_integrity(world.store_dir(), DEADLINE);
        assert!(whole.expect("the store can be checked"), "it was damaged");
    }
}

fn wage(queue: &str) {
    let mut campaign = Campaign::begin(queue);
    campaign.run();
    campaign.end();
}

#[test]
fn a_task_in_the_store_whose_workers_are_killed_counts_every_batch_once_and_none_runs_twice_at_once()
 {
    wage("store");
}

#[test]
fn a_task_at_a_redis_whose_workers_are_killed_counts_every_batch_once_and_none_runs_twice_at_once()
{
    if let Some(server) = redis_server::Server::start() {
        wage(&server.address());
    }
}

#[test]
fn a_task_at_a_rabbitmq_whose_workers_are_killed_counts_every_batch_once_and_none_runs_twice_at_once()
 {
    if let Some(server) = rabbit_server::Server::start() {
        wage(&server.address());
    }
}

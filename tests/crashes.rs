//! Workers killed at random instants: nothing is skipped, at most the batch in flight is repeated,
//! and two batches of one task never run at once. `LONGHAUL_SEED` repeats a run, `LONGHAUL_ROUNDS`
//! makes it longer.

mod harness;

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

use harness::{DEADLINE, Record, Seed, Worker, World, pids, runs, wait_for_growth};
use longhaul_common::id::{Epoch, TaskNumber};
use longhaul_common::store::Store;
use nix::sys::signal::Signal;

/// How often a worker is killed.
const KILLS: u64 = 50;

/// How many batches may run between two kills, so that the task lasts as long as they do.
const LEASH: u64 = 4;

/// The shell's words that end a batch whose worker has died, and it alone: what it started stays.
const LEFT_ALONE: &str =
    r#"read -r _ _ _ parent _ </proc/$$/stat; [ "$parent" = "$PPID" ] || kill -KILL $$"#;

/// A task under fire: three workers, of which the one that holds it is killed over and over.
struct Siege {
    world: World,
    record: Record,
    workers: Vec<Worker>,
    seed: Seed,
    task: TaskNumber,
    kills: u64,
    killed: u64,
    items: u64,
}

impl Siege {
    /// Submits a task whose batches wait for each kill, unless the environment says otherwise for
    /// that many.
    fn lay(kills: u64, script: impl FnOnce(&World) -> String) -> Self {
        let world = World::new();
        let record = world.record();
        let seed = Seed::of_this_run();
        let kills = seed.rounds(kills);
        // Three a batch; some are left for afterwards.
        let items = 3 * (kills * LEASH + 50);
        let leash = world.file("leash", "0\n");
        let batch = format!(
            "{}{}until read -r leash <'{leash}' && [ $LONGHAUL_BATCH -lt $leash ]; do sleep 0.01; done\n{LEFT_ALONE}",
            record.note(),
            script(&world),
            leash = leash.display()
        );
        let workers = (0..3).map(|_| world.worker("")).collect();
        let options = format!("--range 1..{items} --batch-size 3 --retries 1000 --backoff 10ms");
        let task = world.submit(&options, &batch);
        Self {
            world,
            record,
            workers,
            seed,
            task,
            kills,
            killed: 0,
            items,
        }
    }

    /// Lets batches up to this one run.
    fn let_run(&self, batches: u64) {
        let leash = self.world.path("leash");
        // A batch that reads it meanwhile finds the one or the other.
        fs::write(leash.with_extension("new"), format!("{batches}\n")).expect("there is room");
        fs::rename(leash.with_extension("new"), leash).expect("there is room");
    }

    fn done(&self) -> u64 {
        self.world.view(self.task).batches_done
    }

    /// Waits for a batch at least since the last kill: each kill in a row at one place is waited
    /// after twice as long.
    fn let_some_run(&self, before: u64) -> u64 {
        let most = before + 1 + self.seed.below(LEASH);
        self.let_run(most);
        wait_for_growth("a batch between kills", before + 1, || self.done());
        most
    }

    /// The living worker that holds the task, under a claim it has not held before.
    fn held_anew(&self, before: Epoch) -> Option<(usize, Epoch)> {
        let row = self.world.row(self.task);
        let claim = row.claim.filter(|claim| claim.epoch > before)?;
        let holds = |worker: &Worker| worker.number() == claim.worker;
        Some((self.workers.iter().position(holds)?, claim.epoch))
    }

    /// Kills whoever holds the task.
    fn kill_the_holder(&mut self, before: Epoch) -> Epoch {
        let deadline = Instant::now() + DEADLINE;
        // As fast as can be: a claim may be seen before anything was started for it.
        let (holder, epoch) = loop {
            if let Some(held) = self.held_anew(before) {
                break held;
            }
            assert!(Instant::now() < deadline, "nobody takes the task");
        };
        self.workers.swap_remove(holder).kill();
        self.killed += 1;
        epoch
    }

    fn replace(&mut self) {
        while self.workers.len() < 3 {
            self.workers.push(self.world.worker(""));
        }
    }

    fn kill_at_random(&mut self) {
        let (mut epoch, mut done) = (Epoch(0), self.done());
        while self.killed < self.kills {
            let most = self.let_some_run(done);
            // Not a wait for something to come: the instant is what is tried.
            std::thread::sleep(Duration::from_micros(self.seed.below(25_000)));
            epoch = self.kill_the_holder(epoch);
            self.replace();
            done = self.done();
            assert!(done <= most, "batch {done} ran although it was to wait");
        }
    }

    /// Lets the task go on to its end, and looks at all that ran.
    fn lift(self) -> World {
        self.let_run(self.items);
        let done = || self.world.view(self.task).items_done;
        wait_for_growth("batches after the kills", self.items, done);
        self.world.wait_exits(self.task, 0);
        for worker in self.workers {
            assert_eq!(worker.stop(), Some(0));
        }
        assert_nothing_is_lost(&self.record, self.items, self.killed);
        self.world.expect(0, "doctor");
        let whole = Store::check_integrity(self.world.store_dir(), DEADLINE);
        assert!(whole.expect("the store can be checked"), "it was damaged");
        self.world
    }
}

/// Every item ran, in order, in the batch that its key names; at most one batch was repeated for
/// each kill.
fn assert_nothing_is_lost(record: &Record, items: u64, kills: u64) {
    let all = record.runs();
    let mut batches = BTreeMap::new();
    let mut last = 0;
    for run in &all {
        assert!(
            run.batch == last || run.batch == last + 1,
            "batch {} after {last}",
            run.batch
        );
        last = run.batch;
        let first = batches.entry(run.batch).or_insert(run);
        assert_eq!(run.same(), first.same(), "cut anew");
    }
    let ran: Vec<String> = batches
        .values()
        .flat_map(|run| run.items.iter().cloned())
        .collect();
    let expected: Vec<String> = (1..=items).map(|item| item.to_string()).collect();
    assert_eq!(ran, expected);
    let repeated = (all.len() - batches.len()) as u64;
    assert!(repeated <= kills, "{repeated} repeated after {kills} kills");
}

/// The shell's words that start a child and a grandchild, which outlive a kill of the worker and end
/// with the batch if that ends by itself: by turns plain ones, such as closed all that they
/// inherited, with an emptied environment, and in a session of their own. Each batch fails the test
/// if one of another batch is there.
fn with_family(world: &World) -> String {
    let dir = world.path("family");
    fs::create_dir(&dir).expect("the test's folder can be written");
    let (dir, overlap) = (dir.display(), world.path("record-1.overlap"));
    format!(
        r#"for member in '{dir}'/*.lock; do
  [ ! -e "$member" ] || flock -n "$member" true || echo "$LONGHAUL_BATCH beside $member" >>'{overlap}'
done
me='{dir}'/$LONGHAUL_BATCH-$LONGHAUL_ATTEMPT-$$
start() {{
  "$@" sh -c '[ "$2" = keeps ] || exec 3>&- <&- >&- 2>&-
    exec 9>>"$1.lock"; flock 9; sleep 600 &
    echo $$ $! >"$1.new"; mv "$1.new" "$1.pids"; exec sleep 601' family "$me" "$inherited" 8>&- &
  while [ ! -e "$me.pids" ]; do sleep 0.002; done
  trap 'kill -KILL $(cat "$me.pids"); flock "$me.lock" true; rm "$me.lock" "$me.pids"' EXIT
}}
inherited=keeps
case $((LONGHAUL_BATCH % 4)) in
  0) start ;;
  1) inherited=closes; start ;;
  2) start env -i ;;
  3) start setsid ;;
esac
"#,
        overlap = overlap.display(),
    )
}

#[test]
fn a_task_whose_workers_are_killed_over_and_over_skips_nothing_and_never_runs_twice_at_once() {
    let mut siege = Siege::lay(KILLS, |_| String::new());
    siege.kill_at_random();
    siege.lift();
}

#[test]
fn children_that_outlive_their_worker_are_gone_before_the_batch_runs_again() {
    let mut siege = Siege::lay(KILLS, with_family);
    siege.kill_at_random();
    siege.lift();
}

#[test]
fn what_an_earlier_batch_left_running_on_purpose_outlives_all_kills() {
    let mut siege = Siege::lay(20, |world| {
        let daemon = world.path("daemon");
        format!(
            "[ $LONGHAUL_BATCH != 1 ] || {{ setsid sleep 600 </dev/null >/dev/null 2>&1 8>&- & echo $! >>'{}'; }}\n",
            daemon.display()
        )
    });
    siege.let_run(2);
    wait_for_growth("the batch that leaves it", 2, || siege.done());
    siege.kill_at_random();
    let world = siege.lift();
    let daemons = pids(&world.path("daemon"));
    assert!(
        matches!(daemons[..], [daemon] if runs(daemon)),
        "{daemons:?}"
    );
}

#[test]
fn workers_killed_as_soon_as_they_have_claimed_leave_nothing_behind() {
    let mut siege = Siege::lay(40, |_| String::new());
    let (mut epoch, mut done, mut before_a_batch) = (Epoch(0), 0, 0);
    while siege.killed < siege.kills {
        siege.let_some_run(done);
        epoch = siege.kill_the_holder(epoch);
        epoch = siege.kill_the_holder(epoch);
        siege.replace();
        done = siege.done();
    }
    let record = siege.record.runs();
    let world = siege.lift();
    // The attempt of the second that was killed is missing where nothing was started for it.
    for runs in record.windows(2) {
        let skipped = runs[0].batch == runs[1].batch && runs[1].attempt > runs[0].attempt + 1;
        before_a_batch += u32::from(skipped);
    }
    assert!(before_a_batch > 0, "no kill came before the batch");
    drop(world);
}

#[test]
fn when_all_workers_are_killed_at_once_the_next_one_goes_on() {
    let mut siege = Siege::lay(5, |_| String::new());
    let mut done = 0;
    while siege.killed < siege.kills {
        siege.let_some_run(done);
        std::thread::sleep(Duration::from_micros(siege.seed.below(25_000)));
        for worker in &siege.workers {
            worker.signal(Signal::SIGKILL);
        }
        // Of one task that runs once, one batch at most.
        siege.killed += 1;
        siege.workers.drain(..).for_each(Worker::kill);
        siege.workers.push(siege.world.worker(""));
        done = siege.done();
        wait_for_growth("a batch of the one that is left", done + 1, || {
            siege.let_run(done + 1);
            siege.done()
        });
        done = siege.done();
        siege.replace();
    }
    siege.lift();
}

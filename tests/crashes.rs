//! Workers killed at random instants: nothing is skipped, at most the batch in flight is repeated,
//! and two batches of one task never run at once. `LONGHAUL_SEED` repeats a run, `LONGHAUL_ROUNDS`
//! makes it longer.

mod harness;

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

use harness::{DEADLINE, Record, Seed, Worker, World, pids, runs, wait_for, wait_for_growth};
use longhaul_common::id::{Epoch, TaskNumber};
use longhaul_common::state::StateWord;
use longhaul_common::store::Store;
use nix::sys::signal::Signal;

/// How often a worker is killed.
const KILLS: u64 = 50;

/// The numbers that make up the input, three a batch.
const ITEMS: u64 = 1500;

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
}

impl Siege {
    /// Submits a task whose batches take a while as long as the siege lasts.
    fn lay(script: impl FnOnce(&World) -> String) -> Self {
        let world = World::new();
        let record = world.record();
        let slow = world.file("slow", "");
        let batch = format!(
            "{}{}[ ! -e '{}' ] || sleep 0.02\n{LEFT_ALONE}",
            record.note(),
            script(&world),
            slow.display()
        );
        let workers = (0..3).map(|_| world.worker("")).collect();
        let options = format!("--range 1..{ITEMS} --batch-size 3 --retries 1000 --backoff 10ms");
        let task = world.submit(&options, &batch);
        Self {
            world,
            record,
            workers,
            seed: Seed::of_this_run(),
            task,
        }
    }

    /// Waits until a living worker holds the task under a claim it has not held before.
    fn held_anew(&self, before: Epoch) -> (usize, Epoch) {
        wait_for("a worker that holds the task", || {
            let row = self.world.row(self.task);
            assert_ne!(row.state.word, StateWord::Terminate, "it ended too early");
            let claim = row.claim.filter(|claim| claim.epoch > before)?;
            let holds = |worker: &Worker| worker.number() == claim.worker;
            Some((self.workers.iter().position(holds)?, claim.epoch))
        })
    }

    /// Kills whoever holds the task, after a pause, and starts another worker in its place.
    fn kill_the_holder(&mut self, before: Epoch, pause: Duration) -> Epoch {
        let (holder, epoch) = self.held_anew(before);
        // Not a wait for something to come: the instant is what is tried.
        std::thread::sleep(pause);
        self.workers.swap_remove(holder).kill();
        self.workers.push(self.world.worker(""));
        epoch
    }

    fn kill_at_random(&mut self, kills: u64) {
        let (mut epoch, mut seen) = (Epoch(0), 0);
        for _ in 0..kills {
            let done = || self.world.view(self.task).batches_done;
            if done() == seen {
                // Each kill in a row at one place is waited after twice as long.
                wait_for_growth("a batch between kills", seen + 1, done);
            }
            seen = done();
            let pause = Duration::from_micros(self.seed.below(150_000));
            epoch = self.kill_the_holder(epoch, pause);
        }
    }

    /// Lets the task go on to its end, and looks at all that ran.
    fn lift(self, kills: u64) -> World {
        fs::remove_file(self.world.path("slow")).expect("it was there");
        let done = || self.world.view(self.task).items_done;
        wait_for_growth("batches after the kills", ITEMS, done);
        self.world.wait_exits(self.task, 0);
        for worker in self.workers {
            assert_eq!(worker.stop(), Some(0));
        }
        assert_nothing_is_lost(&self.record, kills);
        self.world.expect(0, "doctor");
        let whole = Store::check_integrity(self.world.store_dir(), DEADLINE);
        assert!(whole.expect("the store can be checked"), "it was damaged");
        self.world
    }
}

/// Every item ran, in order, in the batch that its key names; at most one batch was repeated for
/// each kill.
fn assert_nothing_is_lost(record: &Record, kills: u64) {
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
    let items: Vec<String> = batches
        .values()
        .flat_map(|run| run.items.iter().cloned())
        .collect();
    let expected: Vec<String> = (1..=ITEMS).map(|item| item.to_string()).collect();
    assert_eq!(items, expected);
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
if [ -e '{slow}' ]; then case $((LONGHAUL_BATCH % 4)) in
  0) start ;;
  1) inherited=closes; start ;;
  2) start env -i ;;
  3) start setsid ;;
esac; fi
"#,
        overlap = overlap.display(),
        slow = world.path("slow").display(),
    )
}

fn besieged(script: impl FnOnce(&World) -> String) {
    let mut siege = Siege::lay(script);
    let kills = siege.seed.rounds(KILLS);
    siege.kill_at_random(kills);
    siege.lift(kills);
}

#[test]
fn a_task_whose_workers_are_killed_over_and_over_skips_nothing_and_never_runs_twice_at_once() {
    besieged(|_| String::new());
}

#[test]
fn children_that_outlive_their_worker_are_gone_before_the_batch_runs_again() {
    besieged(with_family);
}

#[test]
fn what_an_earlier_batch_left_running_on_purpose_outlives_all_kills() {
    let mut siege = Siege::lay(|world| {
        let daemon = world.path("daemon");
        format!(
            "[ $LONGHAUL_BATCH != 1 ] || {{ setsid sleep 600 </dev/null >/dev/null 2>&1 8>&- & echo $! >>'{}'; }}\n",
            daemon.display()
        )
    });
    let done = || siege.world.view(siege.task).batches_done;
    wait_for_growth("the batch that leaves it", 2, done);
    let kills = siege.seed.rounds(KILLS);
    siege.kill_at_random(kills);
    let world = siege.lift(kills);
    let daemons = pids(&world.path("daemon"));
    assert!(
        runs(*daemons.last().expect("it was started")),
        "{daemons:?}"
    );
}

#[test]
fn workers_killed_as_soon_as_they_have_claimed_leave_nothing_behind() {
    let mut siege = Siege::lay(|_| String::new());
    let kills = siege.seed.rounds(20);
    let (mut epoch, mut before_a_batch) = (Epoch(0), 0);
    for _ in 0..kills {
        // Kills in a row at one place count as attempts, and are waited after.
        let done = siege.world.view(siege.task).batches_done;
        let view = || siege.world.view(siege.task).batches_done;
        wait_for_growth("a batch between two kills", done + 1, view);
        epoch = siege.kill_the_holder(epoch, Duration::ZERO);
        let started = siege.record.count();
        epoch = siege.kill_the_holder(epoch, Duration::ZERO);
        before_a_batch += u64::from(siege.record.count() == started);
    }
    assert!(before_a_batch > 0, "no kill came before the batch");
    siege.lift(2 * kills);
}

#[test]
fn when_all_workers_are_killed_at_once_the_next_one_goes_on() {
    let mut siege = Siege::lay(|_| String::new());
    let rounds = siege.seed.rounds(5);
    for _ in 0..rounds {
        let done = siege.world.view(siege.task).batches_done;
        let view = || siege.world.view(siege.task).batches_done;
        wait_for_growth("batches between two kills", done + 2, view);
        std::thread::sleep(Duration::from_micros(siege.seed.below(30_000)));
        for worker in &siege.workers {
            worker.signal(Signal::SIGKILL);
        }
        siege.workers.drain(..).for_each(Worker::kill);
        let started = Instant::now();
        siege.workers.push(siege.world.worker(""));
        assert!(started.elapsed() < DEADLINE);
    }
    siege.lift(rounds);
}

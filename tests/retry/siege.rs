//! Workers are killed at random instants while failures are tried again. `LONGHAUL_SEED` repeats a run,
//! `LONGHAUL_ROUNDS` makes it longer.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use longhaul_common::id::TaskNumber;
use longhaul_common::state::StateWord;

use crate::harness::{Record, Seed, Worker, World, wait_until};
use crate::scene::numbers;

/// Items a batch.
const SIZE: u64 = 2;

/// A task whose batches with an item that 7 divides fail, until that is mended.
struct Siege {
    world: World,
    record: Record,
    seed: Seed,
    worker: RefCell<Option<Worker>>,
    /// Batches that may have been tried.
    tried: u64,
    task: TaskNumber,
    items: u64,
}

impl Siege {
    fn lay(way: &str) -> Self {
        let world = World::new();
        let (record, seed) = (world.record(), Seed::of_this_run());
        let kills = seed.rounds(12);
        let items = SIZE * (2 * kills + 10);
        let leash = world.file("leash", "0\n");
        let script = format!(
            "{}until read -r leash <'{}' && [ $LONGHAUL_BATCH -lt $leash ]; do sleep 0.01; done
[ -e '{}' ] && exit 0\nfor item in $items; do [ $((item % 7)) != 0 ] || exit 65; done",
            record.note(),
            leash.display(),
            world.path("mended").display()
        );
        let undo = world.script(
            "undo",
            &format!(
                "echo $LONGHAUL_BATCH $(cat) >>'{}'",
                world.path("undone").display()
            ),
        );
        let options =
            format!("--range 1..{items} --batch-size {SIZE} --retries 1000 --backoff 1ms {way}");
        let worker = RefCell::new(Some(world.worker("")));
        let options = options.split_whitespace().map(str::to_owned);
        let options = options.chain([format!("--rollback={undo}")]);
        let task = world.submit_args(options.collect(), &script);
        let siege = Self {
            world,
            record,
            seed,
            worker,
            task,
            tried: 2 * kills,
            items,
        };
        for round in 1..=kills {
            siege.let_run(2 * round);
            if round == kills / 2 {
                siege.world.file("mended", "");
            }
            if siege.seed.below(2) == 0 {
                siege.retry();
            }
            wait_until("batches between kills", || {
                let view = siege.world.view(task);
                view.batches_done + view.batches_failed >= round
            });
            // Not a wait for something to come: the instant is what is tried.
            std::thread::sleep(Duration::from_micros(siege.seed.below(30_000)));
            siege.kill();
        }
        wait_until("the first batch that waits", || siege.last() == siege.tried);
        siege.retry();
        siege
    }

    /// Refused while nothing has failed since.
    fn retry(&self) {
        let output = self.world.cli(["retry", &self.task.to_string()]);
        assert!(matches!(output.code, Some(0 | 3)), "{output:?}");
    }

    fn kill(&self) {
        let worker = self.worker.take();
        worker.expect("there always is one").kill();
        self.worker.replace(Some(self.world.worker("")));
    }

    /// The batch that ran last.
    fn last(&self) -> u64 {
        self.record.runs().last().map_or(0, |run| run.batch)
    }

    fn let_run(&self, batches: u64) {
        let leash = self.world.path("leash");
        // A batch that reads it meanwhile finds the one or the other.
        fs::write(leash.with_extension("new"), format!("{batches}\n")).expect("there is room");
        fs::rename(leash.with_extension("new"), leash).expect("there is room");
    }

    fn items(&self, which: &str) -> Vec<String> {
        let output = self
            .world
            .expect(0, &format!("items {} --{which}", self.task));
        output.stdout.lines().map(str::to_owned).collect()
    }

    /// Every key had the same items in all of its runs.
    fn assert_keys_stayed(&self) {
        let mut keys = BTreeMap::new();
        for run in self.record.runs() {
            let items = keys.entry(run.key).or_insert_with(|| run.items.clone());
            assert_eq!(*items, run.items);
        }
    }
}

const WAYS: [&str; 2] = ["", "--queue store --parallel 1"];

#[test]
fn a_task_whose_workers_are_killed_at_any_time_does_all_that_had_failed() {
    for way in WAYS {
        let siege = Siege::lay(way);
        siege.let_run(siege.items);
        siege.world.wait_exits(siege.task, 0);
        siege.assert_keys_stayed();
        assert_eq!(siege.items("done"), numbers(1..=siege.items));
        assert!(siege.items("failed").is_empty() && siege.items("left").is_empty());
        let view = siege.world.view(siege.task);
        assert_eq!((view.items_done, view.items_failed), (siege.items, 0));
        let batches = (view.batches_done, view.batches_failed);
        assert_eq!(batches, (siege.items / SIZE, 0));
        let left = siege.world.control().store().failures(siege.task);
        assert_eq!(left.expect("the store can be read").len(), 0);
        siege.world.expect(0, "doctor");
    }
}

#[test]
fn what_was_done_at_the_second_go_is_undone_once_and_in_the_place_of_its_number() {
    for way in WAYS {
        let siege = Siege::lay(way);
        siege.let_run(siege.tried + 1);
        wait_until("the next one that waits", || {
            siege.last() == siege.tried + 1
        });
        let done = siege.items("done");
        assert_eq!(done, numbers(1..=SIZE * (siege.tried + 1)));
        let task = siege.task;
        siege.world.expect(0, &format!("terminate {task} --force"));
        siege.world.wait_exits(task, 8);
        siege.assert_keys_stayed();
        let undone = fs::read_to_string(siege.world.path("undone")).expect("it undid something");
        let expected = (0..=siege.tried).rev().map(|batch| {
            let first = SIZE * batch + 1;
            format!("{batch} {first} {}\n", first + 1)
        });
        assert_eq!(undone, expected.collect::<String>());
        let view = siege.world.view(task);
        assert_eq!(view.current_state, StateWord::Terminate);
    }
}

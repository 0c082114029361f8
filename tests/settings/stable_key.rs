//! The same key always means the same items: an effect that happens once per key loses nothing and
//! repeats nothing, while workers are killed and the size of the batches is changed.
//! `LONGHAUL_SEED` repeats a run, `LONGHAUL_ROUNDS` makes it longer.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use longhaul_common::state::StateWord;

use crate::harness::{Seed, World, wait_for_growth, wait_until};

/// How often a worker is killed, and the size of batches changed.
const ROUNDS: u64 = 45;
/// The largest batch.
const LARGEST: u64 = 50;
/// At most so many batches end in a round, so that the task outlasts them all.
const PASSED: u64 = 2;

/// Effects by key: the first with a key counts, another one with it changes nothing.
struct Effects {
    dir: PathBuf,
}

impl Effects {
    fn new(world: &World) -> Self {
        let dir = world.path("effects");
        fs::create_dir(&dir).expect("the test's folder can be written");
        Self { dir }
    }

    /// The shell's words that have the effect, and say that they were here.
    fn once(&self) -> String {
        let dir = self.dir.display();
        format!(
            r#"cat >'{dir}'/new-$$
ln '{dir}'/new-$$ '{dir}'/key-$LONGHAUL_BATCH_KEY 2>/dev/null
rm '{dir}'/new-$$
echo >>'{dir}'/here
"#
        )
    }

    /// How many batches have been here.
    fn here(&self) -> usize {
        fs::read(self.dir.join("here")).map_or(0, |lines| lines.len())
    }

    /// How often each item had its effect.
    fn items(&self) -> BTreeMap<u64, u64> {
        let mut items = BTreeMap::new();
        for entry in fs::read_dir(&self.dir).expect("it is there") {
            let path = entry.expect("it can be read").path();
            let name = path.file_name().expect("it has one").to_string_lossy();
            if !name.starts_with("key-") {
                continue;
            }
            for item in fs::read_to_string(&path).expect("it is text").lines() {
                *items.entry(item.parse().expect("a number")).or_default() += 1;
            }
        }
        items
    }
}

fn survives(way: &str) {
    let world = World::new();
    let (effects, gate, seed) = (Effects::new(&world), world.gate(), Seed::of_this_run());
    let rounds = seed.rounds(ROUNDS);
    let items = rounds * PASSED * LARGEST + 1000;
    let options = format!("--range 1..{items} --batch-size 7 --retries 100000 --backoff 1ms {way}");
    let task = world.submit(&options, &(effects.once() + &gate.pass()));
    let change = || {
        let size = 1 + seed.below(LARGEST);
        world.expect(0, &format!("set {task} batch-size={size}"));
    };
    let mut changes = 0;
    for _ in 0..rounds {
        let when = seed.below(3);
        let before = effects.here();
        if when == 0 {
            change();
        }
        let worker = world.worker("--concurrency 2");
        wait_until("a batch that has had its effect", || {
            effects.here() > before
        });
        for _ in 0..seed.below(PASSED + 1) {
            let before = effects.here();
            gate.release(1);
            wait_until("another batch", || effects.here() > before);
        }
        if when == 1 {
            change();
        }
        // What waits at the gate has had its effect, and no checkpoint.
        worker.kill();
        if when == 2 {
            change();
        }
        changes += 1;
    }
    assert_ne!(world.view(task).current_state, StateWord::Terminate);
    assert!(changes >= rounds);
    let _worker = world.worker("--concurrency 2");
    // The size that was set last may be one.
    gate.release(usize::try_from(items).expect("a few thousand"));
    wait_for_growth("items done", items, || world.view(task).items_done);
    world.wait_exits(task, 0);
    let found = effects.items();
    let wrong: Vec<_> = (1..=items)
        .filter(|item| found.get(item) != Some(&1))
        .collect();
    assert!(
        wrong.is_empty(),
        "{way}: {} items lost or repeated, the first is {} with {:?}",
        wrong.len(),
        wrong[0],
        found.get(&wrong[0])
    );
    assert_eq!(found.len() as u64, items);
    assert_eq!(world.view(task).items_done, items);
}

#[test]
fn an_effect_once_per_key_loses_nothing_under_kills_and_changed_sizes() {
    survives("");
}

#[test]
fn so_does_one_of_a_task_with_a_queue() {
    survives("--queue store --parallel 2 --depth 4");
}

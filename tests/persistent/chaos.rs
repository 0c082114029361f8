//! The process is killed again and again, anywhere.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::actor::{Actor, WAYS};
use crate::harness::{Seed, World, runs, wait_until};

const KILLS: usize = 50;

#[test]
fn a_process_that_is_killed_fifty_times_loses_nothing_and_never_runs_twice_at_once() {
    for way in WAYS {
        let world = World::new();
        let actor = Actor::new(&world);
        let seed = Seed::of_this_run();
        let _worker = world.worker("");
        let effect = "
time.sleep(0.002)
for item in items: note('effects', f'{number} {item}')
say(ok=True)
";
        let options = format!("--range 1..4000 -b 2 --retries 1000 --backoff 1ms {way}");
        let task = actor.submit(&world, &options, &[("each", effect)]);
        for number in 0..KILLS {
            let mut victim = 0;
            wait_until("a process that started anew", || {
                let starts = actor.starts();
                victim = starts.last().copied().unwrap_or_default();
                starts.len() > number && runs(victim)
            });
            let done = actor.runs.count();
            let more = usize::try_from(seed.below(6)).expect("it is small");
            // Some before they have read a batch, some in the middle of one, some between two.
            wait_until("a few more batches", || {
                actor.runs.count() >= done + more || !runs(victim)
            });
            let victim = Pid::from_raw(i32::try_from(victim).expect("process numbers are small"));
            // It may have ended, but is not reaped by anybody else than its worker.
            let _ = kill(victim, Signal::SIGKILL);
        }
        world.expect(0, &format!("wait {task} --timeout 60s"));
        let view = world.view(task);
        assert_eq!((view.items_done, view.batches_failed), (4000, 0));
        assert!(actor.starts().len() > KILLS);
        let mut seen = vec![false; 4001];
        for effect in actor.notes("effects") {
            let (batch, item) = effect.split_once(' ').expect("two words");
            let item: usize = item.parse().expect("a number");
            let batch: usize = batch.parse().expect("a number");
            assert_eq!((item - 1) / 2, batch, "the same key, and other items");
            seen[item] = true;
        }
        assert!(seen[1..].iter().all(|seen| *seen), "an item was lost");
        // Overlaps would have shown here.
        actor.runs.count();
    }
}

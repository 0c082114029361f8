//! A command per batch, against the least that such a thing needs.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::bare::{BATCH, Bare, Equipped, Plain};
use crate::lab::Lab;
use crate::program::{program, time_of};
use crate::raw::Raw;
use crate::sample::Rounds;
use crate::table::{Goal, Row};
use crate::turns::in_turns;

/// Long against a batch, short against whatever else a machine does.
const TURN: Duration = Duration::from_millis(100);

pub(crate) fn measure(lab: &Lab) -> Vec<Row> {
    let items: usize = lab.pick(200_000, 10_000);
    let line = format!("run --range 1..{items} --batch-size {BATCH} -- true");
    let words: Vec<&str> = line.split(' ').collect();
    let store = lab.path("spawn");
    let run = || program(&store, &words);
    // The first one makes the store and the row that the loops commit.
    time_of(&mut run());
    let raw = Raw::like(&store, &lab.path("spawn.redb"));
    let (mut plain, mut equipped) = (Plain::new(), Equipped::new(&store));
    let [mut to_plain, mut to_equipped, mut to_xargs] = [(); 3].map(|()| Rounds::default());
    for _ in 0..lab.pick(7, 1) {
        one_round(&mut to_plain, run(), items, Loop::new(&mut plain, &raw));
        let bare = Loop::new(&mut equipped, &raw);
        one_round(&mut to_equipped, run(), items, bare);
        // Not ours to divide into batches: it runs whole.
        let (ours, xargs) = (time_of(&mut run()), time_xargs(items));
        to_xargs.add(per_batch(ours, items), per_batch(xargs, items));
    }
    vec![
        Row {
            figure: format!(
                "a batch of `longhaul {line}`, whole runs, against a bare loop of spawn and commit"
            ),
            measured: to_plain.told(" ms"),
            value: to_plain.times(),
            goal: Goal::AtMost(1.25),
        },
        Row {
            figure:
                "the same, against a loop that also gives each batch its items, pipes and a lock"
                    .into(),
            measured: to_equipped.told(" ms"),
            value: to_equipped.times(),
            goal: Goal::None,
        },
        Row {
            figure: format!("the same, against `xargs -n {BATCH} true`, which keeps no checkpoint"),
            measured: to_xargs.told(" ms"),
            value: to_xargs.times(),
            goal: Goal::None,
        },
    ]
}

/// One whole run in turns with a loop over as many batches.
fn one_round(rounds: &mut Rounds, mut run: Command, items: usize, mut bare: Loop<'_>) {
    let batches = items / BATCH;
    let ours = in_turns(&mut run, TURN, || bare.go_on(batches, TURN));
    bare.go_on(batches, Duration::MAX);
    rounds.add(per_batch(ours, items), per_batch(bare.took, items));
}

/// A loop of a batch and a durable commit, as far as it has got.
struct Loop<'a> {
    bare: &'a mut dyn Bare,
    raw: &'a Raw,
    done: usize,
    took: Duration,
}

impl<'a> Loop<'a> {
    fn new(bare: &'a mut dyn Bare, raw: &'a Raw) -> Self {
        Self {
            bare,
            raw,
            done: 0,
            took: Duration::ZERO,
        }
    }

    /// Goes on for a turn, at most up to so many batches.
    fn go_on(&mut self, upto: usize, turn: Duration) {
        let since = Instant::now();
        while self.done < upto && since.elapsed() < turn {
            self.bare.batch();
            self.raw.commit();
            self.done += 1;
        }
        self.took += since.elapsed();
    }
}

/// Milliseconds.
fn per_batch(took: Duration, items: usize) -> f64 {
    let batches = u32::try_from(items / BATCH).expect("a few thousand");
    (took / batches).as_secs_f64() * 1e3
}

fn time_xargs(items: usize) -> Duration {
    let mut seq = Command::new("seq")
        .args(["1", &items.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .expect("seq is installed");
    let numbers = seq.stdout.take().expect("it was asked for");
    let took = time_of(
        Command::new("xargs")
            .args(["-n", &BATCH.to_string(), "true"])
            .stdin(numbers),
    );
    seq.wait().expect("it is our child");
    took
}

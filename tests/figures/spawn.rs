//! A command per batch, against the least that such a thing needs.

use std::ffi::OsString;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use longhaul_common::batch_lock::BatchLocks;
use longhaul_common::id::TaskNumber;
use longhaul_worker::process::{Framing, Launch, Verdict, sealed_items, spawn, write_items};
use longhaul_worker::{Cursor, RangeSource, Source};
use rustix::event::EventfdFlags;

use crate::lab::{Lab, wait_for};
use crate::program::{program, time_of};
use crate::raw::Raw;
use crate::sample::Samples;
use crate::table::{Goal, Row, Value};

const BATCH: usize = 100;

pub(crate) fn measure(lab: &Lab) -> Vec<Row> {
    let items: usize = lab.pick(200_000, 10_000);
    let store = lab.path("spawn");
    let range = format!("1..{items}");
    let run = |store: &Path| {
        let words = [
            "run",
            "--range",
            &range,
            "--batch-size",
            "100",
            "--",
            "true",
        ];
        time_of(&mut program(store, &words))
    };
    run(&store);
    let bare = Bare::new(lab, &store);
    let mut ours = Samples::default();
    let (mut loops, mut xargs) = (Samples::default(), Samples::default());
    let halves: [usize; 2] = [items / BATCH / 2, items / BATCH - items / BATCH / 2];
    for _ in 0..lab.pick(7, 1) {
        // A half before and a half after: whatever slows the machine down meets both.
        let before = bare.run(halves[0]);
        per_batch(&mut ours, run(&store), items);
        per_batch(&mut loops, before + bare.run(halves[1]), items);
        per_batch(&mut xargs, time_xargs(items), items);
    }
    vec![
        Row {
            figure: "a batch of `longhaul run --range 1..200000 --batch-size 100 -- true`, against a bare loop of spawn and commit",
            measured: format!("{} against {}", ours.told(" ms"), loops.told(" ms")),
            value: Value::Times(ours.median() / loops.median()),
            goal: Goal::AtMost(1.25),
        },
        Row {
            figure: "the same, against `xargs -n 100 true`, which keeps no checkpoint",
            measured: format!("{} against {}", ours.told(" ms"), xargs.told(" ms")),
            value: Value::Times(ours.median() / xargs.median()),
            goal: Goal::None,
        },
    ]
}

fn per_batch(samples: &mut Samples, took: Duration, items: usize) {
    let batches = u32::try_from(items / BATCH).expect("a few thousand");
    samples.add_time(took / batches);
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

/// The bare loop: the items in memory, a process with its pipes and its lock, its end, one durable
/// commit of one row.
struct Bare {
    raw: Raw,
    locks: BatchLocks,
    program: PathBuf,
    env: Vec<(OsString, OsString)>,
    wake: OwnedFd,
}

impl Bare {
    fn new(lab: &Lab, store: &Path) -> Self {
        let program = std::env::var_os("PATH")
            .and_then(|path| {
                std::env::split_paths(&path)
                    .map(|folder| folder.join("true"))
                    .find(|file| file.is_file())
            })
            .expect("true is installed");
        let wake = rustix::event::eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK);
        Self {
            raw: Raw::like(store, &lab.path("spawn.redb")),
            locks: BatchLocks::open(store).expect("the store has its locks"),
            program,
            env: std::env::vars_os().collect(),
            wake: wake.expect("there is a descriptor left"),
        }
    }

    fn run(&self, batches: usize) -> Duration {
        let mut source = RangeSource::new(1, i64::MAX);
        let mut cursor = Cursor::default();
        // As the program locks: a descriptor of its own that the batch inherits.
        let lock = wait_for("the lock of a batch", || {
            self.locks.lock(TaskNumber(1), 0).expect("it can be locked")
        });
        let since = Instant::now();
        for _ in 0..batches {
            let chunk = source.read(&cursor, BATCH).expect("a range can be read");
            let chunk = chunk.expect("the range goes on");
            self.batch(&chunk.items, lock.as_fd());
            self.raw.commit();
            cursor = chunk.next;
        }
        since.elapsed()
    }

    fn batch(&self, items: &[Vec<u8>], lock: std::os::fd::BorrowedFd<'_>) {
        let items = sealed_items("items", |file| write_items(file, items, Framing::Lines));
        let launch = Launch {
            program: &self.program,
            args: &["true".into()],
            env: &self.env,
            dir: Path::new("/"),
            stdin: Some(items.expect("there is memory for them")),
            inherit: Some(lock),
        };
        let mut running = spawn(&launch).expect("it starts");
        drop(launch);
        let verdict = running.watch(self.wake.as_fd(), None, &|| false, &mut |_, _| {});
        assert_eq!(verdict.expect("it can be watched"), Verdict::Exited(0));
        let patience = Instant::now() + Duration::from_secs(60);
        running.reap(patience).expect("it can be waited for");
    }
}

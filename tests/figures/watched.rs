//! What a process uses while it is watched.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use longhaul_common::progress::as_f64;

use crate::sample::Samples;

/// What processes at rest use.
#[derive(Default)]
pub(crate) struct AtRest {
    /// Of one core, in percent.
    pub(crate) processor: Samples,
    /// A second, over all threads.
    pub(crate) wake_ups: Samples,
}

/// Watches processes for so long, side by side.
pub(crate) fn at_rest(pids: impl IntoIterator<Item = u32>, time: Duration) -> AtRest {
    let mut watched: Vec<Watched> = pids.into_iter().map(Watched::new).collect();
    let since = Instant::now();
    while since.elapsed() < time {
        std::thread::sleep(Duration::from_secs(1));
        watched.iter_mut().for_each(Watched::look);
    }
    let took = since.elapsed().as_secs_f64();
    let mut found = AtRest::default();
    for one in watched {
        let used = one.used();
        found
            .processor
            .add(100.0 * used.on_processor.as_secs_f64() / took);
        found.wake_ups.add(as_f64(used.sleeps) / took);
    }
    found
}

/// A process by its number, and its threads: what each had used when it was first and last seen.
pub(crate) struct Watched {
    pid: u32,
    before: BTreeMap<String, Thread>,
    after: BTreeMap<String, Thread>,
}

/// What a thread has used so far: time on a processor, and sleeps; it wakes up after each.
#[derive(Clone, Copy, Default)]
pub(crate) struct Thread {
    pub(crate) on_processor: Duration,
    pub(crate) sleeps: u64,
}

impl Watched {
    pub(crate) fn new(pid: u32) -> Self {
        let before = threads(pid);
        Self {
            pid,
            after: before.clone(),
            before,
        }
    }

    /// Looks at it again. A thread that ends takes its account with it, so do it often.
    pub(crate) fn look(&mut self) {
        self.after.extend(threads(self.pid));
    }

    /// What all of its threads used between the first and the last look.
    pub(crate) fn used(&self) -> Thread {
        let threads = self.after.keys().map(|thread| self.used_by(thread));
        threads.fold(Thread::default(), |sum, used| Thread {
            on_processor: sum.on_processor + used.on_processor,
            sleeps: sum.sleeps + used.sleeps,
        })
    }

    /// What a thread used, by its number; that of the first is the process's.
    pub(crate) fn used_by(&self, thread: &str) -> Thread {
        let of = |seen: &BTreeMap<String, Thread>| seen.get(thread).copied().unwrap_or_default();
        let (had, has) = (of(&self.before), of(&self.after));
        Thread {
            on_processor: has.on_processor.saturating_sub(had.on_processor),
            sleeps: has.sleeps.saturating_sub(had.sleeps),
        }
    }
}

/// Resident memory in megabytes.
pub(crate) fn resident(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let pages = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = pages.and_then(|text| text.split_whitespace().next());
    let kilobytes: f64 = kilobytes
        .and_then(|text| text.parse().ok())
        .expect("it has some");
    kilobytes / 1024.0
}

fn threads(pid: u32) -> BTreeMap<String, Thread> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).expect("it runs");
    threads
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let thread = Thread::of(&entry.path())?;
            Some((entry.file_name().to_string_lossy().into_owned(), thread))
        })
        .collect()
}

impl Thread {
    fn of(dir: &Path) -> Option<Self> {
        let schedule = fs::read_to_string(dir.join("schedstat")).ok()?;
        let status = fs::read_to_string(dir.join("status")).ok()?;
        let sleeps = status
            .lines()
            .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
        Some(Self {
            on_processor: Duration::from_nanos(schedule.split(' ').next()?.parse().ok()?),
            sleeps: sleeps.trim().parse().ok()?,
        })
    }
}

//! A fed task, and those who feed it.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Stdio};

use longhaul_common::id::TaskNumber;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::harness::{self, World, heeding_signals};

/// A fed task whose batches append their items to a file.
pub(crate) struct Service {
    pub(crate) world: World,
    pub(crate) task: TaskNumber,
    pub(crate) out: PathBuf,
}

impl Service {
    pub(crate) fn new(options: &str) -> Self {
        Self::after(options, "")
    }

    /// The same; each batch first runs these words of the shell.
    pub(crate) fn after(options: &str, first: &str) -> Self {
        let world = World::new();
        let out = world.file("out", "");
        let script = format!("{first}\ncat >>'{}'", out.display());
        let task = world.submit(&format!("--feed {options}"), &script);
        Self { world, task, out }
    }

    pub(crate) fn feed(&self, items: &str) {
        let command = self.world.command(["feed", &self.task.to_string()]);
        let fed = self.world.finish(command, items.as_bytes());
        assert_eq!(fed.code, Some(0), "{fed:?}");
    }

    pub(crate) fn close(&self) {
        self.world.expect(0, &format!("close {}", self.task));
    }

    pub(crate) fn done(&self) -> u64 {
        self.world.view(self.task).items_done
    }

    pub(crate) fn fed(&self) -> u64 {
        self.world.view(self.task).items_total.unwrap_or_default()
    }

    pub(crate) fn wait_for_done(&self, items: u64) {
        harness::wait_for_growth("items done", items, || self.done());
    }

    /// How often each item was in a batch.
    pub(crate) fn performed(&self) -> BTreeMap<String, u64> {
        let mut found = BTreeMap::new();
        for item in fs::read_to_string(&self.out)
            .expect("the test made it")
            .lines()
        {
            *found.entry(item.to_owned()).or_default() += 1;
        }
        found
    }

    #[track_caller]
    pub(crate) fn each_was_performed_once(&self, items: impl IntoIterator<Item = String>) {
        let wanted = items.into_iter().map(|item| (item, 1)).collect();
        assert_eq!(self.performed(), wanted);
    }
}

pub(crate) fn lines(items: std::ops::Range<u64>) -> String {
    items.map(|item| format!("{item}\n")).collect()
}

pub(crate) fn words(items: std::ops::Range<u64>) -> Vec<String> {
    items.map(|item| item.to_string()).collect()
}

/// A feeder whose standard input stays open.
pub(crate) struct Feeder {
    pub(crate) child: Child,
    pub(crate) said: PathBuf,
}

impl Feeder {
    pub(crate) fn start(service: &Service, name: &str, options: &[&str]) -> Self {
        let said = service.world.path(name);
        let task = service.task.to_string();
        let command = service.world.command(["feed", &task].iter().chain(options));
        let child = heeding_signals(&[], &command)
            .stdin(Stdio::piped())
            .stdout(fs::File::create(&said).expect("there is room"))
            .stderr(fs::File::create(said.with_extension("err")).expect("there is room"))
            .spawn()
            .expect("it starts");
        Self { child, said }
    }

    pub(crate) fn give(&mut self, items: &str) {
        let stdin = self.child.stdin.as_mut().expect("it is piped");
        stdin.write_all(items.as_bytes()).expect("it reads");
    }

    /// What it said last is durable.
    pub(crate) fn told(&self) -> u64 {
        let said = fs::read_to_string(&self.said).expect("the test made it");
        let whole = said.rsplit_once('\n').map_or("", |(whole, _)| whole);
        whole
            .lines()
            .last()
            .map_or(0, |line| line.parse().expect("a count"))
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).expect("process numbers are small");
        kill(Pid::from_raw(pid), signal).expect("it was not waited for yet");
    }
}

impl Drop for Feeder {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! Batches that wait at a gate, and pass over some items until these are mended.

use longhaul_common::id::TaskNumber;

use crate::harness::{Gate, Record, World, wait_until};

/// Both ways of running a task, a batch at a time.
pub(crate) const WAYS: [&str; 2] = ["", "--queue store --parallel 1"];

/// Batches that wait at a gate, and pass over some items until these are mended.
pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) record: Record,
    pub(crate) gate: Gate,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let world = World::new();
        let (record, gate) = (world.record(), world.gate());
        world.file("code", "65");
        Self {
            world,
            record,
            gate,
        }
    }

    /// What is bad is not from now on.
    pub(crate) fn mend(&self) {
        self.world.file("mended", "");
    }

    /// Batches with bad items end with this code from now on, instead of being passed over.
    pub(crate) fn fail_with(&self, code: i32) {
        self.world.file("code", code.to_string());
    }

    pub(crate) fn submit(&self, options: &str, bad: &str) -> TaskNumber {
        self.submit_with(options, None, bad)
    }

    pub(crate) fn submit_with(&self, options: &str, undo: Option<&str>, bad: &str) -> TaskNumber {
        let script = format!(
            "{}{}[ -e '{}' ] && exit 0\nfor item in $items; do case $item in {bad}) exit $(cat '{}');; esac; done",
            self.record.note(),
            self.gate.pass(),
            self.world.path("mended").display(),
            self.world.path("code").display()
        );
        let options = options.split_whitespace().map(str::to_owned);
        let undo = undo.map(|undo| format!("--rollback={undo}"));
        self.world
            .submit_args(options.chain(undo).collect(), &script)
    }

    /// Lets so many batches through, and waits until that many have run and another begun.
    pub(crate) fn let_through(&self, batches: usize) {
        let before = self.record.count().max(1);
        self.gate.release(batches);
        wait_until("the next batch", || self.record.count() == before + batches);
    }

    pub(crate) fn items(&self, task: TaskNumber, which: &str) -> Vec<String> {
        let output = self.world.expect(0, &format!("items {task} --{which}"));
        output.stdout.lines().map(str::to_owned).collect()
    }

    /// Counts agree with the items; gives these.
    pub(crate) fn stands(&self, task: TaskNumber) -> [Vec<String>; 3] {
        let [done, left, failed] = ["done", "left", "failed"].map(|which| self.items(task, which));
        let view = self.world.view(task);
        assert_eq!(view.items_done, done.len() as u64, "{view:?}");
        assert_eq!(view.items_failed, failed.len() as u64, "{view:?}");
        [done, left, failed]
    }
}

pub(crate) fn numbers(items: impl IntoIterator<Item = u64>) -> Vec<String> {
    items.into_iter().map(|item| item.to_string()).collect()
}

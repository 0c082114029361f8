//! Rolling back: what is done is undone, newest first, batch by batch, whatever happens meanwhile.

mod harness;

#[path = "rollback/asked.rs"]
mod asked;
#[path = "rollback/killed.rs"]
mod killed;
#[path = "rollback/order.rs"]
mod order;

use std::fs;

use harness::{World, wait_until};
use longhaul_common::id::TaskNumber;

/// A world in which tasks note what they do and what they undo.
struct Scene {
    world: World,
}

impl Scene {
    fn new() -> Self {
        Self {
            world: World::new(),
        }
    }

    /// The words that note a line of what happens.
    fn note(&self, what: &str) -> String {
        let trace = self.world.path("trace");
        format!("printf '%s\\n' \"{what}\" >>'{}'\n", trace.display())
    }

    /// The script of a batch: its items, one after the other.
    fn batch(&self) -> String {
        format!(
            "items=$(tr '\\n' ' ' | sed 's/ $//')\n{}",
            self.note("do $LONGHAUL_BATCH $items")
        )
    }

    /// The command line of a rollback that notes its batch and items, and then does something more.
    fn undo(&self, body: &str) -> String {
        self.undo_named("undo", body)
    }

    fn undo_named(&self, name: &str, body: &str) -> String {
        let script = format!(
            "items=$(tr '\\n' ' ' | sed 's/ $//')\n{}{body}",
            self.note("undo $LONGHAUL_BATCH $items")
        );
        self.world.script(name, &script)
    }

    /// The command line of a cleanup that notes that it ran.
    fn cleanup(&self) -> String {
        self.world.script("cleanup", &self.note("cleanup"))
    }

    /// Submits a task with these options and hooks.
    #[track_caller]
    fn submit(&self, options: &str, hooks: &[(&str, &str)], script: &str) -> TaskNumber {
        let mut args: Vec<String> = options.split_whitespace().map(str::to_owned).collect();
        for (hook, line) in hooks {
            args.extend([format!("--{hook}"), (*line).to_owned()]);
        }
        self.world.submit_args(args, script)
    }

    fn trace(&self) -> Vec<String> {
        let text = fs::read_to_string(self.world.path("trace")).unwrap_or_default();
        // A line that is being written is none yet.
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        whole.lines().map(str::to_owned).collect()
    }

    /// What was undone and cleaned up, in order.
    fn undone(&self) -> Vec<String> {
        let mut trace = self.trace();
        trace.retain(|line| !line.starts_with("do "));
        trace
    }

    #[track_caller]
    fn wait_for_lines(&self, lines: usize) {
        wait_until(&format!("{lines} lines"), || self.trace().len() >= lines);
    }
}

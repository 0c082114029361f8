//! What tasks use of processors and memory.

use crate::harness::{World, wait_until};
use crate::opened::Dashboard;

/// The words of the line that says what the task uses.
fn uses(dashboard: &Dashboard) -> Option<Vec<String>> {
    let screen = dashboard.screen();
    let line = screen.lines().find(|line| line.contains("uses   "))?;
    let said = line.split_once("uses ")?.1;
    Some(said.split_whitespace().map(str::to_owned).collect())
}

#[test]
fn a_busy_loop_uses_a_processor_and_memory_and_one_that_sleeps_none() {
    let world = World::new();
    let worker = world.worker("");
    let busy = world.submit("--name busy", "while :; do :; done");
    let idle = world.submit("--name idle", "sleep 600 & wait");
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("2 RUN");
    dashboard.press(format!(":{busy}\r"));
    wait_until("more than nothing", || {
        let Some(said) = uses(&dashboard) else {
            return false;
        };
        let share = said[0].trim_end_matches('%').parse::<f64>();
        said[0].ends_with('%')
            && share.is_ok_and(|share| share > 1.0)
            && said.join(" ").contains("iB of memory, 1 process")
    });
    dashboard.press(format!(":{idle}\r"));
    wait_until("nothing, by two", || {
        uses(&dashboard).is_some_and(|said| {
            said[0] == "0%" && said.join(" ").contains("iB of memory, 2 processes")
        })
    });
    // The worker runs neither of them itself.
    dashboard.press("w");
    dashboard.wait_until("the worker", |screen| {
        let mut lines = screen.lines();
        let titles = lines.find(|line| line.contains("SLOTS"));
        let first = lines.next().unwrap_or_default();
        titles.is_some_and(|titles| titles.contains("MEM")) && first.contains("iB")
    });
    dashboard.press("\x1b");
    dashboard.wait_for("uses ");
    dashboard.quits();
    worker.kill();
}

#[test]
fn the_task_of_a_process_is_gone_to() {
    let world = World::new();
    let worker = world.worker("");
    let path = world.path("pid");
    let script = format!("echo $$ > {}; exec sleep 600", path.display());
    world.submit("--name wanted", &script);
    world.submit("--name other", "sleep 600");
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("2 RUN");
    wait_until("the process", || {
        std::fs::read_to_string(&path).is_ok_and(|text| text.ends_with('\n'))
    });
    let pid = crate::harness::pids(&path)[0];
    dashboard.press(format!(":whose {pid}\r"));
    dashboard.wait_for("works for task 1 (wanted): batch 0");
    // Its line, the last of both, is under the cursor.
    dashboard.wait_for("2/2");
    dashboard.press(format!(":whose {}\r", std::process::id()));
    dashboard.wait_for("belongs to no task and no worker of this store");
    dashboard.quits();
    worker.kill();
}

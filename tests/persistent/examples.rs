//! The examples that come with the program.

use std::path::Path;

use crate::harness::World;

fn example(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../assets")
        .join(name);
    path.canonicalize()
        .expect("it is there")
        .display()
        .to_string()
}

#[test]
fn the_one_in_python_writes_each_item_once() {
    let world = World::new();
    let _worker = world.worker("");
    let lines: String = (1..=250)
        .map(|number| format!("thing {number}\n"))
        .collect();
    let file = world.file("things", lines);
    let database = world.path("things.db");
    let task = world.submitted(&world.cli([
        "submit",
        "--persistent",
        "-b",
        "100",
        "--lines",
        &file.display().to_string(),
        "--",
        "python3",
        &example("persistent.py"),
        &database.display().to_string(),
    ]));
    world.wait_exits(task, 0);
    assert_eq!(
        world.view(task).message.as_deref(),
        Some("50 things of batch 2")
    );
    let count = "import sqlite3, sys; print(*sqlite3.connect(sys.argv[1]).execute('select count(*), count(distinct thing), count(distinct key) from things').fetchone())";
    let mut command = std::process::Command::new("python3");
    command.args(["-c", count]).arg(&database);
    assert_eq!(world.finish(command, b"").stdout.trim(), "250 250 3");
}

#[test]
fn the_one_in_shell_adds_up_and_passes_over_what_it_cannot() {
    let world = World::new();
    let _worker = world.worker("");
    let script = example("persistent.sh");
    let task = world.submitted(&world.cli([
        "submit",
        "--persistent",
        "-b",
        "10",
        "--range",
        "1..20",
        "--",
        "sh",
        &script,
    ]));
    world.wait_exits(task, 0);
    assert_eq!(
        world.view(task).message.as_deref(),
        Some("the sum of the last batch is 155")
    );
    let file = world.file("lines", "1\n2\nthree\n");
    let task = world.submitted(&world.cli([
        "submit",
        "--persistent",
        "-b",
        "2",
        "--lines",
        &file.display().to_string(),
        "--",
        "sh",
        &script,
    ]));
    world.wait_exits(task, 1);
    let view = world.view(task);
    assert_eq!((view.batches_done, view.batches_failed), (1, 1));
}

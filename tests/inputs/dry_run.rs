//! What a task would do first, without submitting it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::World;

/// Every file below a folder, with what is in it.
fn everything(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("it is there").flatten() {
        let path = entry.path();
        if path.is_dir() {
            all.extend(everything(&path));
        } else {
            all.insert(path.clone(), fs::read(&path).expect("it is there"));
        }
    }
    all
}

#[test]
fn a_dry_run_shows_the_first_batch_the_count_and_the_command_and_writes_nothing() {
    let world = World::new();
    let input = world.file("in.csv", "id,name\n1,\"a\nb\"\n2,\x1b[31mred\n3,c\n");
    let before = everything(world.store_dir());
    for verb in ["submit", "run"] {
        let line = format!(
            "{verb} --dry-run --csv {} -b 2 --init true --cleanup true -- sort -k 1",
            input.display()
        );
        let output = world.expect(0, &line);
        let shown = &output.stdout;
        for expected in [
            "3 items, in 2 batches",
            "batch 0    1,\"a\\nb\"\n           2,\\x1b[31mred\n",
            "command    sort -k 1\n",
            "stdin      id,name\n           1,\"a\n           b\"\n",
            "init       true\n",
            "cleanup    true\n",
            "nothing was submitted",
        ] {
            assert!(shown.contains(expected), "{expected:?}: {shown}");
        }
    }
    assert!(
        everything(world.store_dir()) == before,
        "the store is as it was"
    );
    assert_eq!(world.last_event().0, 0);
}

#[test]
fn a_dry_run_reads_standard_input_and_keeps_nothing_of_it() {
    let world = World::new();
    let before = everything(world.store_dir());
    let args = [
        "submit",
        "--dry-run",
        "--json",
        "--null",
        "-",
        "-b",
        "2",
        "--",
        "echo",
        "it's",
        "{}",
    ];
    let output = world.finish(world.command(args), b"a b\0c\0d\0");
    assert_eq!(output.code, Some(0), "{output:?}");
    let document = output.json();
    assert_eq!(document["items_total"], 3);
    assert_eq!(document["input"], "--null -");
    let batch = &document["first_batch"];
    assert_eq!(batch["items"], serde_json::json!(["a b", "c"]));
    assert_eq!(
        batch["command"],
        serde_json::json!(["echo", "it's", "a b", "c"])
    );
    assert!(batch["stdin_begins"].is_null());
    assert!(
        everything(world.store_dir()) == before,
        "the store is as it was"
    );
    let args = ["submit", "--dry-run", "-", "--", "echo", "it's", "{}"];
    let output = world.finish(world.command(args), b"a b\nc\n");
    let command = "command    echo 'it'\\''s' 'a b' c\n";
    assert!(output.stdout.contains(command), "{}", output.stdout);
}

#[test]
fn a_dry_run_makes_no_store_and_lists_files() {
    let world = World::new();
    let store = world.path("none");
    let folder = world.path("data");
    fs::create_dir(&folder).expect("there is room");
    fs::write(folder.join("a"), "").expect("there is room");
    let line = format!(
        "submit --store {} --dry-run --files {} -- cat",
        store.display(),
        folder.display()
    );
    let output = world.expect(0, &line);
    let path = format!("batch 0    {}/a\n", folder.display());
    assert!(
        output.stdout.contains("1 item, in 1 batch") && output.stdout.contains(&path),
        "{output:?}"
    );
    assert!(!store.exists());
}

#[test]
fn a_dry_run_says_what_would_suspend_the_task() {
    let world = World::new();
    let input = world.file("in.csv", "a,b\n1\n");
    let output = world.expect(
        2,
        &format!("submit --dry-run --csv {} -- cat", input.display()),
    );
    assert!(output.stderr.contains("line 2: 1 field"), "{output:?}");
    let input = world.file("in", format!("{}\n", "x".repeat(1 << 20)));
    let output = world.expect(
        2,
        &format!("submit --dry-run --lines {} -- echo {{}}", input.display()),
    );
    assert!(output.stderr.contains("an argument at most"), "{output:?}");
}

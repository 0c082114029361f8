//! The worker's own log on standard error.

mod harness;

use harness::World;
use serde_json::Value;

#[test]
fn each_line_is_an_object_with_time_and_level_where_json_is_asked_for() {
    let world = World::new();
    let command = world.command(["worker", "--log-format", "json", "--once"]);
    let output = world.finish(command, b"");
    assert_eq!(output.code, Some(0), "{output:?}");
    let lines: Vec<Value> = output
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}")))
        .collect();
    assert_eq!(lines[0]["level"], "INFO");
    let message = lines[0]["message"].as_str().expect("a text");
    assert!(message.contains("works on"), "{message}");
    let at = lines[0]["timestamp"].as_str().expect("a time");
    assert!(at.parse::<jiff::Timestamp>().is_ok(), "{at}");
}

#[test]
fn the_level_decides_what_is_told() {
    let world = World::new();
    world.submit("", "true");
    let said = |level: &str| {
        let output = world.cli(["worker", "--once", "--log-level", level]);
        assert_eq!(output.code, Some(0), "{output:?}");
        output.stderr
    };
    let debug = said("debug");
    assert!(debug.contains("works on"), "{debug}");
    assert!(debug.contains("task 1 begins"), "{debug}");
    assert!(debug.contains("task 1 is settled"), "{debug}");
    world.submit("", "true");
    let info = said("info");
    assert!(
        info.contains("works on") && !info.contains("task 2"),
        "{info}"
    );
    assert_eq!(said("warn"), "");
    world.expect(2, "worker --log-level loud");
    world.expect(2, "worker --log-format xml");
}

#[test]
fn an_error_that_ends_the_worker_is_an_object_too() {
    let world = World::new();
    let store = world.file("no-folder", "");
    let mut command = world.command(["worker", "--log-format", "json"]);
    command.env("LONGHAUL_STORE", store);
    let output = world.finish(command, b"");
    assert_eq!(output.code, Some(4), "{output:?}");
    for line in output.stderr.lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok(), "{line}");
    }
    assert!(output.stderr.contains("not a folder"), "{output:?}");
}

#[test]
fn lines_bear_their_priority_where_the_journal_reads_them_and_nowhere_else() {
    use std::os::unix::fs::MetadataExt as _;
    let world = World::new();
    let path = world.file("journal", "");
    let found = std::fs::metadata(&path).expect("it is there");
    for (stream, begins) in [
        (format!("{}:{}", found.dev(), found.ino()), "<6>longhaul"),
        ("1:1".to_owned(), "longhaul"),
    ] {
        let file = std::fs::File::create(&path).expect("it can be written");
        let mut command = world.command(["worker", "--once"]);
        command.env("JOURNAL_STREAM", stream).stderr(file);
        let ended = command.status().expect("it starts");
        assert!(ended.success());
        let said = std::fs::read_to_string(&path).expect("it is there");
        assert!(said.starts_with(begins), "{said}");
    }
}

//! `longhaul logs`.

use serde_json::Value;

use crate::harness::World;
use crate::{completed, json_lines};

#[test]
fn lines_come_in_order_with_their_time_batch_and_stream() {
    let world = World::new();
    let script = "echo \"out $LONGHAUL_BATCH\"; echo \"err $LONGHAUL_BATCH\" >&2";
    completed(&world, "--range 1..3 --batch-size 1", script);
    let told = world.expect(0, "logs 1");
    let lines: Vec<&str> = told.stdout.lines().collect();
    assert_eq!(lines.len(), 6, "{told:?}");
    for batch in 0..3 {
        let out = lines
            .iter()
            .position(|line| line.ends_with(&format!("   {batch} out out {batch}")));
        let err = lines
            .iter()
            .position(|line| line.ends_with(&format!("   {batch} err err {batch}")));
        assert_eq!(out.map(|at| at / 2), Some(batch), "{told:?}");
        assert_eq!(err.map(|at| at / 2), Some(batch), "{told:?}");
    }
    let last = world.expect(0, "logs 1 -n 2");
    assert_eq!(last.stdout.lines().collect::<Vec<_>>(), lines[4..]);
    assert_eq!(world.expect(0, "logs 1 -n 0").stdout, "");

    let json = world.expect(0, "logs 1 --json").json();
    let json = json.as_array().expect("an array of lines");
    assert_eq!(json.len(), 6);
    for (line, json) in lines.iter().zip(json) {
        let text = json["text"].as_str().expect("a text");
        assert!(line.ends_with(text), "{line} is not {json}");
        assert!(
            json["at"].as_str().is_some_and(|at| at.ends_with('Z')),
            "{json}"
        );
        assert!(text.starts_with(json["stream"].as_str().expect("a stream")));
        assert!(text.ends_with(json["source"].as_str().expect("a batch")));
    }
}

#[test]
fn a_task_that_wrote_nothing_says_so() {
    let world = World::new();
    world.submit("", "exit 0");
    let told = world.expect(0, "logs 1");
    assert_eq!(told.stdout, "");
    assert!(told.stderr.contains("has written nothing yet"), "{told:?}");
    assert_eq!(
        world.expect(0, "logs 1 --json").json(),
        Value::Array(vec![])
    );
}

#[test]
fn hostile_bytes_are_escaped_for_people_and_kept_for_programs() {
    let world = World::new();
    let script = r"printf '\033]0;title\007 \377 \342\200\256 tab\there\n'";
    completed(&world, "", script);
    let told = world.expect(0, "logs 1");
    let shown = r"\x1b]0;title\x07 \xff \u{202e} tab here";
    assert!(told.stdout.contains(shown), "{told:?}");
    let json = world.expect(0, "logs 1 --json");
    let acts = |found: char| (found.is_control() && found != '\n') || found == '\u{202e}';
    assert!(!json.stdout.contains(acts), "{json:?}");
    let text = "\x1b]0;title\x07 \u{fffd} \u{202e} tab\there";
    assert_eq!(json.json()[0]["text"], text);
    let shown = world.expect(0, "show 1");
    assert!(shown.stdout.contains(r"\x1b]0;title\x07"), "{shown:?}");
}

#[test]
fn followed_it_goes_on_as_it_comes_until_the_task_has_ended() {
    let world = World::new();
    let gate = world.gate();
    let _worker = world.worker("");
    let script = format!(
        "echo \"before $LONGHAUL_BATCH\"\n{}echo \"after $LONGHAUL_BATCH\"",
        gate.pass()
    );
    let following = {
        world.submit("--range 1..3 --batch-size 1", &script);
        [
            world.start(["logs", "-f", "1"]),
            world.start(["logs", "-f", "1", "--json"]),
        ]
    };
    for batch in 0..3 {
        for following in &following {
            following.wait_for_line(&format!("before {batch}"));
            assert!(!following.stdout().contains(&format!("after {batch}")));
        }
        gate.release(1);
    }
    let [people, programs] = following.map(crate::harness::Program::ended);
    for output in [&people, &programs] {
        assert_eq!(output.code, Some(0), "{output:?}");
        assert_eq!(output.stderr, "");
    }
    assert_eq!(people.stdout.lines().count(), 6, "{people:?}");
    assert_eq!(people.stdout, world.expect(0, "logs 1").stdout);
    let texts = [
        "before 0", "after 0", "before 1", "after 1", "before 2", "after 2",
    ];
    let lines = json_lines(&programs.stdout);
    let told: Vec<_> = lines
        .iter()
        .filter_map(|line| line["text"].as_str())
        .collect();
    assert_eq!(told, texts);
}

#[test]
fn followed_before_the_task_wrote_or_ran_it_waits_for_the_first_line() {
    let world = World::new();
    world.submit("", "echo at last");
    let mut following = world.start(["logs", "-f", "1", "-n", "5"]);
    assert!(!following.has_ended());
    assert_eq!(world.worker("--once").exit_code(), Some(0));
    let output = following.ended();
    assert_eq!(output.code, Some(0), "{output:?}");
    assert!(output.stdout.contains("at last"), "{output:?}");
    assert_eq!(output.stdout.lines().count(), 1, "{output:?}");
}

#[test]
fn a_log_beyond_its_cap_says_what_was_dropped_and_keeps_the_newest() {
    let world = World::new();
    let script = "yes \"$LONGHAUL_BATCH: a line of some length, as many others before and after it\" \
                  | head -n 100000; echo \"end of $LONGHAUL_BATCH\"";
    completed(&world, "--range 1..3 --batch-size 1", script);
    let json = world.expect(0, "logs 1 --json").json();
    let lines = json.as_array().expect("an array of lines");
    let size = |line: &Value| line["text"].as_str().map_or(0, str::len);
    let kept: usize = lines.iter().map(size).sum();
    assert!(kept < 16 * 1024 * 1024, "{kept} bytes were kept");
    let first = &lines[0];
    assert_eq!(first["stream"], "sys", "{first}");
    let said = first["text"].as_str().expect("a text");
    let words: Vec<&str> = said.split(' ').collect();
    let [
        "log:",
        bytes,
        "bytes",
        dropped,
        "lines)",
        "dropped,",
        "the",
        "oldest",
        "first",
    ] = words[..]
    else {
        panic!("{said}")
    };
    let number = |text: &str| text.trim_matches('(').parse::<usize>().expect("a number");
    assert_eq!(number(dropped) + lines.len() - 1, 3 * 100_001);
    assert!(number(bytes) > 1_000_000, "{said}");
    let last = lines.last().map(|line| &line["text"]);
    assert_eq!(last, Some(&Value::from("end of 2")));
    let told = world.expect(0, "logs 1");
    assert!(
        told.stdout
            .lines()
            .next()
            .is_some_and(|line| line.ends_with(said))
    );
    let told = world.expect(0, "logs 1 -n 1");
    assert!(told.stdout.contains("end of 2"), "{told:?}");
}

//! What every command prints with `--json`, key by key: programs rely on it.
//!
//! `tests/json/shapes.txt` has it; with `LONGHAUL_RENEW` set it is written anew.

mod harness;

use std::collections::BTreeMap;
use std::path::Path;

use harness::World;
use serde_json::Value;

/// Where it stands what each command prints.
const SHAPES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/json/shapes.txt");

/// What is asked, one after the other, and the exit code.
const ASKED: &[(i32, &str)] = &[
    (0, "submit --range 1..9 --batch-size 3 --name first -- cat"),
    (0, "submit --dry-run --range 1..9 --batch-size 3 -- cat"),
    (0, "submit --feed --name fed -- cat"),
    (0, "feed fed items"),
    (0, "close fed"),
    (0, "submit --range 1..9 --queue store --name queued -- cat"),
    (0, "list"),
    (0, "list --name first"),
    (0, "show first"),
    (0, "queue queued"),
    (0, "kinds"),
    (0, "suspend first --for 2h"),
    (0, "suspend --name f* --yes --dry-run"),
    (0, "resume first"),
    (3, "undo 1"),
    (0, "undo 2"),
    (0, "comment first hello"),
    (0, "set first rate=5/s"),
    (0, "group db --slots 2"),
    (0, "submit --group db --name grouped -- cat"),
    (0, "groups"),
    (0, "cordon"),
    (0, "uncordon"),
    (0, "drain --host elsewhere"),
    (0, "uncordon --host elsewhere"),
    (0, "throttle 50%"),
    (0, "throttle off"),
    (0, "terminate first"),
    (3, "terminate first"),
    (0, "restart first"),
    (3, "rollback first"),
    (
        1,
        "run --range 1..4 --retries 0 --on-error skip --name lame -- false",
    ),
    (0, "run -- echo said"),
    (0, "show lame"),
    (0, "failures lame"),
    (0, "retry lame"),
    (1, "wait 6"),
    (0, "logs 7"),
    (0, "events first"),
    (0, "prune --dry-run --older-than 0s"),
    (3, "prune --yes --older-than 0s --outcome completed"),
    (0, "stores"),
    (0, "doctor"),
    (0, "init shared"),
];

/// Those that print no JSON: what they print goes to a shell, into files, to a screen, or is the task's own.
const WITHOUT: [&str; 7] = [
    "items",
    "progress",
    "worker",
    "completions",
    "man",
    "demo",
    "help",
];

#[test]
fn every_command_prints_the_keys_it_always_did() {
    let world = World::new();
    world.file("items", "1\n2\n");
    let mut found = String::new();
    for (code, line) in ASKED {
        let line_here = line
            .replace("items", &world.path("items").display().to_string())
            .replace("shared", &world.path("shared").display().to_string());
        let (verb, rest) = line_here.split_once(' ').unwrap_or((&line_here, ""));
        let output = world.expect(*code, &format!("{verb} --json {rest}"));
        found += &format!("{line}\n{}\n", told(&output.stdout));
    }
    let worker = world.worker("");
    let output = world.expect(0, &format!("whose --json {}", worker.pid()));
    found += &format!("whose\n{}\n", told(&output.stdout));
    if std::env::var_os("LONGHAUL_RENEW").is_some() {
        std::fs::write(SHAPES, &found).expect("the folder of the tests can be written");
    }
    let known = std::fs::read_to_string(Path::new(SHAPES)).expect("it is there");
    assert_eq!(found, known);
}

#[test]
fn no_command_is_left_out() {
    let world = World::new();
    let help = world.cli(["--help"]).stdout;
    let commands = help.split_once("Commands:\n").expect("they are listed").1;
    let commands = commands.split_once("\n\n").expect("something follows").0;
    let verbs = commands
        .lines()
        .filter_map(|line| {
            line.strip_prefix("  ")
                .filter(|line| !line.starts_with(' '))
        })
        .map(|line| line.split_whitespace().next().expect("a verb"));
    let mut count = 0;
    for verb in verbs {
        count += 1;
        let asked = ASKED
            .iter()
            .any(|(_, line)| line.split(' ').next() == Some(verb));
        assert!(
            asked || verb == "whose" || WITHOUT.contains(&verb),
            "nothing tells what {verb} prints with --json"
        );
    }
    assert!(count > 30, "{count}: {commands}");
}

/// What documents, one or a line each, consist of; documents of the same shape once.
fn told(printed: &str) -> String {
    let mut shapes: Vec<String> = serde_json::Deserializer::from_str(printed)
        .into_iter::<Value>()
        .map(|value| shape(&value.expect("JSON")))
        .collect();
    shapes.dedup();
    shapes
        .iter()
        .map(|shape| format!("    {shape}\n"))
        .collect()
}

/// The keys of a value, and of what is in it. A task is told as that: what it has is tested where it is shown.
fn shape(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(_) => "bool".into(),
        Value::Number(_) => "number".into(),
        Value::String(_) => "text".into(),
        Value::Array(values) => {
            let mut shapes: Vec<String> = values.iter().map(shape).collect();
            shapes.sort();
            shapes.dedup();
            format!("[{}]", shapes.join(" | "))
        }
        Value::Object(fields) if fields.contains_key("current_state_since") => "task".into(),
        // Whether somebody has logged in, and whether there is something to mend, differs from machine to machine.
        Value::Object(fields) if fields.contains_key("login_uid") => "actor".into(),
        Value::Object(fields) if fields.contains_key("hint") => "check".into(),
        Value::Object(fields) => {
            let fields: BTreeMap<_, _> = fields.iter().collect();
            let fields = fields
                .iter()
                .map(|(key, value)| format!("{key}: {}", shape(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
    }
}

//! Tasks are chosen by what they are: all that match, in the transaction that acts on them.

use longhaul_common::event::What;
use longhaul_common::id::{EventNumber, TaskNumber};
use longhaul_common::state::{Desired, StateWord};

use super::{numbers, requests, waiting, wanted};
use crate::harness::{Gate, Worker, World, wait_until};

/// Seven tasks of which some rest, one has ended and one is performed.
struct Scene {
    world: World,
    pid: u32,
    worker: u64,
    _held: (Worker, Gate),
}

fn scene() -> Scene {
    let world = World::new();
    let gate = world.gate();
    let performed = world.submit("--kind held --name held", &gate.pass());
    let worker = world.worker("--kinds held,broken --concurrency 2");
    world.wait_for_state(performed, StateWord::Run);
    waiting(
        &world,
        &[
            "--kind import --name import-a",
            "--kind import --name import-b",
            "--kind export --name import-c",
        ],
    );
    world.expect(0, "suspend 3 --actor kim");
    let ended = world.submit("--kind import", "exit 0");
    world.expect(0, &format!("terminate {ended}"));
    let broken = world.submit("--kind broken --retries 0 --on-error skip", "exit 1");
    world.wait_for_state(broken, StateWord::Terminate);
    let view = world.view(performed);
    let held = view.worker.expect("it is held");
    Scene {
        pid: held.pid.expect("it is known"),
        worker: held.id.0,
        world,
        _held: (worker, gate),
    }
}

#[test]
fn each_option_picks_what_it_says() {
    let scene = scene();
    let (worker, pid) = (scene.worker, scene.pid);
    for (options, meant) in [
        ("--state run", vec![1]),
        ("--state SUSPEND,run", vec![1, 3]),
        ("--state queued", vec![2, 4]),
        ("--state terminated", vec![5]),
        ("--state completed", vec![6]),
        ("--desired suspend", vec![3]),
        ("--kind import", vec![2, 3]),
        ("--kind import --all", vec![2, 3, 5]),
        ("--kind *port", vec![2, 3, 4]),
        ("--name import-*", vec![2, 3, 4]),
        ("--name IMPORT-A,held", vec![1, 2]),
        ("--name import-* --kind export", vec![4]),
        ("--group db", vec![]),
        (&format!("--worker {worker}"), vec![1]),
        ("--worker none", vec![2, 3, 4]),
        ("--worker 99", vec![]),
        ("--by kim", vec![3]),
        ("--since 1h", vec![1, 2, 3, 4]),
        ("--since 2001-01-01", vec![1, 2, 3, 4]),
        ("--older-than 1h", vec![]),
        ("--older-than 0s", vec![1, 2, 3, 4]),
        ("--failed", vec![6]),
        (&format!("--pid {pid}"), vec![1]),
        ("--pid 1", vec![]),
        ("--filter state:run,suspend", vec![1, 3]),
        ("--filter !kind:import", vec![1, 4]),
        ("--filter !kind:import --worker none", vec![4]),
        ("--filter import-a", vec![2]),
    ] {
        let listed = scene.world.expect(0, &format!("list --json {options}"));
        assert_eq!(numbers(&listed), meant, "{options}");
        let matching = listed.json()["matching"].as_u64();
        assert_eq!(matching, Some(meant.len() as u64), "{options}");
    }
    // Of what has ended only what is named so is acted on.
    let would = |options: &str, code| {
        let line = format!("suspend --dry-run --json {options}");
        numbers(&scene.world.expect(code, &line))
    };
    assert_eq!(would("--kind import", 0), [2, 3]);
    assert_eq!(would("--failed", 0), [0; 0]);
    assert_eq!(would("--state completed,queued", 3), [2, 4, 6]);
}

#[test]
fn a_filter_acts_on_all_that_match_under_one_number_with_an_event_each() {
    let world = World::new();
    let script = "exit 0";
    let tasks: Vec<TaskNumber> = (0..150)
        .map(|place| {
            let kind = if place % 3 == 0 { "export" } else { "import" };
            world.submit_args(vec!["--kind".into(), kind.into()], script)
        })
        .collect();
    let before = world.last_event();
    let answer = world.expect(0, "suspend --kind import --yes --json --reason noon");
    assert_eq!(numbers(&answer).len(), 100);
    let events = world.control().store().events(before, None, 10_000);
    let events = events.expect("the store can be read").events;
    let asked: Vec<_> = events
        .iter()
        .filter(|event| event.what == What::Requested)
        .collect();
    assert_eq!(asked.len(), 100, "an event each");
    assert!(asked.iter().all(|event| event.request == asked[0].request));
    // All of one transaction bear its time.
    assert!(events.iter().all(|event| event.at == asked[0].at));
    for (place, task) in tasks.iter().enumerate() {
        let meant = if place % 3 == 0 {
            Desired::Run
        } else {
            Desired::Suspend
        };
        assert_eq!(wanted(&world, *task), meant, "task {task}");
    }
    let said = world.expect(0, "resume --kind import --yes");
    assert!(
        said.stdout
            .contains("100 tasks asked to resume, 100 SUSPEND → RUN"),
        "{said:?}"
    );
    assert!(
        said.stderr.contains("request 2; longhaul undo 2"),
        "{said:?}"
    );
}

#[test]
fn without_a_terminal_a_filter_wants_a_yes_and_writes_nothing_before() {
    let world = World::new();
    waiting(&world, &["--kind import", "--kind import"]);
    let before = world.last_event();
    for line in [
        "suspend --kind import",
        "terminate --state init",
        "resume --filter import",
        "set --kind import retries=9",
        "comment --kind import hello",
        "suspend --kind nothing-like-it",
    ] {
        let refused = world.expect(2, line);
        assert!(refused.stderr.contains("--yes"), "{refused:?}");
    }
    for line in [
        "suspend --kind import --dry-run",
        "suspend 1 2 --dry-run",
        "terminate --kind import --dry-run --json",
        "set --kind import retries=9 --dry-run",
        "comment --kind import hello --dry-run",
    ] {
        let would = world.expect(0, line);
        assert!(
            would.stdout.contains('1') && would.stdout.contains('2'),
            "{would:?}"
        );
    }
    assert_eq!(world.last_event(), before, "nothing was written");
}

#[test]
fn a_trial_says_what_would_be_refused() {
    let world = World::new();
    waiting(&world, &["--kind import", "--kind import"]);
    world.expect(0, "terminate 1");
    let before = world.last_event();
    let would = world.expect(3, "suspend 1 2 --dry-run");
    assert!(
        would.stdout.contains("task 1: refused: it has ended"),
        "{would:?}"
    );
    assert!(would.stdout.contains("task 2: INIT → SUSPEND"), "{would:?}");
    assert!(
        would
            .stderr
            .contains("1 task would be asked to suspend, 1 refused"),
        "{would:?}"
    );
    let would = world
        .expect(3, "terminate --state init,terminate --dry-run --json")
        .json();
    assert!(would[0]["refused"].is_string());
    assert_eq!(would[1]["desired_state"], "TERMINATE");
    assert_eq!(would[1]["current_state"], "INIT");
    let would = world.expect(3, "set 1 2 retries=9 --dry-run --json").json();
    assert!(would[0]["refused"].is_string());
    assert_eq!(would[1]["changed"][0]["after"], "9");
    assert_eq!(would[1]["request"], serde_json::Value::Null);
    assert_eq!(world.last_event(), before);
    // Of many the refused are told and the others go.
    let mixed = world
        .expect(3, "suspend --state init,terminate --yes --json")
        .json();
    assert!(mixed[0]["refused"].is_string());
    assert_eq!(mixed[1]["desired_state"], "SUSPEND");
}

#[test]
fn what_matches_nothing_is_said_and_is_no_failure() {
    let world = World::new();
    waiting(&world, &[""]);
    for line in [
        "suspend --kind nothing --yes",
        "set --kind nothing retries=9 --yes",
        "comment --kind nothing hello --yes",
        "show --kind nothing",
        "wait --kind nothing",
        "events --kind nothing",
        "list --kind nothing",
    ] {
        let nothing = world.expect(0, line);
        assert!(nothing.stderr.contains("no task matches"), "{nothing:?}");
        assert_eq!(nothing.stdout, "", "{line}");
    }
    assert_eq!(
        world
            .expect(0, "suspend --kind nothing --yes --json")
            .json(),
        serde_json::json!([])
    );
}

#[test]
fn tasks_are_named_or_chosen_and_the_words_of_a_filter_are_checked() {
    let world = World::new();
    waiting(&world, &["", ""]);
    let before = world.last_event();
    for verb in ["suspend", "resume", "terminate", "rollback", "show", "wait"] {
        let none = world.expect(2, verb);
        assert!(none.stderr.contains("which TASK is meant"), "{none:?}");
        let both = world.expect(2, &format!("{verb} 1 --state init"));
        assert!(both.stderr.contains("one or the other"), "{both:?}");
        let wrong = world.expect(2, &format!("{verb} --state asleep"));
        assert!(wrong.stderr.contains("suspend, terminate"), "{wrong:?}");
        world.expect(2, &format!("{verb} --filter colour:red"));
        world.expect(2, &format!("{verb} --since yesteryear"));
        world.expect(2, &format!("{verb} --older-than long"));
    }
    world.expect(2, "set retries=9");
    world.expect(2, "set 1 --state init retries=9");
    world.expect(2, "prune 1 --kind import");
    assert_eq!(world.last_event(), before);
}

#[test]
fn looking_and_waiting_and_pruning_go_by_filters_too() {
    let world = World::new();
    waiting(&world, &["--kind import", "--kind export", "--kind import"]);
    assert_eq!(
        numbers(&world.expect(0, "show --kind import --json")),
        [1, 3]
    );
    // Also of one: whoever asks so can't know.
    assert_eq!(numbers(&world.expect(0, "show --kind export --json")), [2]);
    world.expect(0, "terminate --kind import --yes");
    let waited = world.expect(
        8,
        "wait --kind import --state terminate --timeout 10s --json",
    );
    assert_eq!(numbers(&waited), [1, 3]);
    world.expect(0, "set --kind export retries=9 --yes");
    assert_eq!(world.row(TaskNumber(2)).spec.retries, 9);
    let of = |options: &str| {
        let events = world.expect(0, &format!("events --json {options}")).json();
        let events = events.as_array().expect("an array").clone();
        let tasks = events.iter().filter_map(|event| event["task"].as_u64());
        tasks.collect::<Vec<u64>>()
    };
    assert!(of("--kind import").iter().all(|task| [1, 3].contains(task)));
    assert_eq!(of("--kind import --lines 2"), [3, 3]);
    assert_eq!(of("2 3 --lines 1"), [2], "the settings were changed last");
    let gone = world.expect(0, "prune --kind import --yes --json");
    assert_eq!(numbers(&gone), [1, 3]);
    world.expect(3, "show 1");
    world.expect(0, "show 2");
}

#[test]
fn events_are_told_since_a_time() {
    let world = World::new();
    waiting(&world, &["", ""]);
    let first = world.events(TaskNumber(1))[0].at;
    wait_until("the clock goes on", || {
        longhaul_common::time::Timestamp::now()
            .since(first)
            .as_millis()
            > 20
    });
    let before = world.last_event();
    world.expect(0, "suspend 2");
    let since = world.control().store().events(before, None, 10);
    let since = since.expect("the store can be read").events[0].at;
    let told = world
        .expect(0, &format!("events --json --since {since}"))
        .json();
    let told = told.as_array().expect("an array").clone();
    assert_eq!(told[0]["number"].as_u64(), Some(before.0 + 1));
    assert_eq!(
        world.expect(0, "events --json --since 1h").json()[0]["number"],
        1
    );
    let none = world.expect(0, "events --json --since 2h 1 --lines 1");
    assert_eq!(numbers(&none), [1]);
    assert!(world.last_event() > EventNumber(0));
    assert_eq!(requests(&world, TaskNumber(1)), []);
}

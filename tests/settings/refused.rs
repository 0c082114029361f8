//! What `set` answers, refuses and tells.

use longhaul_common::event::What;
use longhaul_common::id::TaskNumber;

use crate::harness::World;

#[test]
fn what_cannot_be_set_is_refused_and_nothing_is_written() {
    let world = World::new();
    world.submit("--name nightly", "exit 0");
    let last = world.last_event();
    for (line, said) in [
        ("set 1 speed=5", "batch-timeout, on-error, isolate"),
        ("set 1 rate=5", "as in 50/s"),
        ("set 1 rate=5/s batch-size=0", "batch-size can't be \"0\""),
        ("set 1 batch-timeout=0s", "a batch needs some time"),
        ("set 1 on-error=ignore", "suspend, skip or terminate"),
        ("set 1 rate=1/s rate=2/s", "given twice"),
        ("set 1", "nothing to set; settings are rate"),
        ("set rate=1/s", "no task"),
        ("set", "KEY=VALUE"),
    ] {
        let output = world.expect(2, line);
        assert!(output.stderr.contains(said), "{line}: {output:?}");
    }
    world.expect(3, "set nobody rate=1/s");
    let refused = world.expect(3, "set nightly retries=9 parallel=2");
    assert!(refused.stderr.contains("has none"), "{refused:?}");
    world.expect(0, "terminate 1");
    let ended = world.expect(3, "set 1 rate=1/s");
    assert!(ended.stderr.contains("has ended"), "{ended:?}");
    assert_eq!(world.events_that(TaskNumber(1), What::Set), []);
    assert_eq!(world.last_event().0, last.0 + 2, "only the termination");
    assert_eq!(world.row(TaskNumber(1)).spec.retries, 3);
}

#[test]
fn of_several_tasks_each_has_its_own_result() {
    let world = World::new();
    for name in ["ended", "lives", "other"] {
        world.submit(&format!("--name {name} --rate 7/s"), "exit 0");
    }
    world.expect(0, "terminate ended");
    let output = world
        .expect(3, "set ended lives other rate=9/s --json")
        .json();
    assert!(
        output[0]["refused"]
            .as_str()
            .is_some_and(|why| why.contains("has ended")),
        "{output}"
    );
    assert_eq!(output[0]["request"], serde_json::Value::Null);
    assert_eq!(output[1]["changed"][0]["key"], "rate");
    assert_eq!(output[1]["changed"][0]["before"], "7/s");
    assert_eq!(output[1]["changed"][0]["after"], "9/s");
    assert_eq!(output[1]["request"], output[2]["request"]);
    assert!(output[1]["request"].is_u64(), "{output}");
    let told = world.expect(3, "set ended lives rate=none");
    assert!(told.stdout.contains("task 1 (ended): refused"), "{told:?}");
    assert!(told.stdout.contains("task 2 (lives): rate 9/s → none"));
}

#[test]
fn the_trail_tells_who_changed_what_and_why() {
    let world = World::new();
    let task = world.submit("", "exit 0");
    let args = [
        "set",
        "1",
        "rate=50/s",
        "retries=5",
        "priority=0",
        "--reason",
        "too fast",
        "--actor",
        "ada",
    ];
    let told = world.cli(args);
    assert_eq!(told.stdout, "task 1: rate none → 50/s, retries 3 → 5\n");
    let events = world.events_that(task, What::Set);
    let details: Vec<_> = events
        .iter()
        .filter_map(|event| event.detail.as_deref())
        .collect();
    assert_eq!(details, ["rate none → 50/s", "retries 3 → 5"]);
    for event in &events {
        assert_eq!(event.reason.as_deref(), Some("too fast"));
        assert!(event.request.is_some() && event.request == events[0].request);
        let actor = event.actor.as_ref().expect("somebody did");
        assert_eq!(actor.claimed.as_deref(), Some("ada"));
    }
    let again = world.expect(0, "set 1 rate=50/s retries=5");
    assert!(again.stdout.contains("nothing changed"), "{again:?}");
    assert_eq!(world.events_that(task, What::Set).len(), 2);
    let shown = world.expect(0, "show 1").stdout;
    assert!(shown.contains("limited to 50/s"), "{shown}");
    assert!(shown.contains("5 retries"), "{shown}");
    assert!(
        shown.contains("rate none → 50/s") && shown.contains("ada"),
        "{shown}"
    );
    let trail = world.expect(0, "events 1").stdout;
    assert!(
        trail.contains("\"too fast\" (request 1): rate none → 50/s"),
        "{trail}"
    );
    let json = world.expect(0, "show 1 --json").json();
    let json = if json.is_array() { &json[0] } else { &json };
    assert_eq!(json["rate_limit"], 50.0);
    // What is wanted of it stays as it was.
    assert_eq!(json["desired_request"], 0);
}

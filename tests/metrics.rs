//! What a worker tells of itself and of its store to whoever measures it.

mod harness;

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use harness::{Worker, World, wait_for, wait_until};

/// Values by name and labels, of a text that is well formed to the last line.
fn parsed(text: &str) -> BTreeMap<String, f64> {
    let body = text
        .strip_suffix("# EOF\n")
        .unwrap_or_else(|| panic!("no end: {text}"));
    let mut kinds: BTreeMap<&str, &str> = BTreeMap::new();
    let mut values = BTreeMap::new();
    for line in body.lines() {
        if let Some(told) = line.strip_prefix("# ") {
            let mut words = told.splitn(3, ' ');
            let (about, name) = (words.next(), words.next().expect("a name"));
            let rest = words.next().expect("something of it");
            match about {
                Some("TYPE") => {
                    assert!(["counter", "gauge", "histogram"].contains(&rest), "{line}");
                    assert_eq!(kinds.insert(name, rest), None, "{name} is told twice");
                }
                Some("HELP" | "UNIT") => assert!(!rest.is_empty(), "{line}"),
                _ => panic!("{line}"),
            }
            continue;
        }
        let (name, value) = line.rsplit_once(' ').expect("a name and a value");
        let bare = name.split('{').next().expect("a name");
        let kind = kinds
            .iter()
            .filter(|(known, _)| bare.starts_with(**known))
            .max_by_key(|(known, _)| known.len())
            .unwrap_or_else(|| panic!("no kind of {name} is told before"));
        let suffix = &bare[kind.0.len()..];
        let allowed: &[&str] = match *kind.1 {
            "counter" => &["_total"],
            "gauge" => &[""],
            _ => &["_sum", "_count", "_bucket"],
        };
        assert!(allowed.contains(&suffix), "{line}");
        let value: f64 = value.parse().expect("a number");
        assert_eq!(values.insert(name.to_owned(), value), None, "{name} twice");
    }
    for (name, kind) in &kinds {
        if *kind == "histogram" {
            let all = values[&format!("{name}_bucket{{le=\"+Inf\"}}")];
            assert_eq!(all, values[&format!("{name}_count")], "{name}");
        }
    }
    values
}

/// Where the worker says that it answers.
fn address(worker: &Worker) -> String {
    wait_for("the address", || {
        let said = worker.said();
        let (_, rest) = said.split_once("http://")?;
        Some(rest.split('/').next()?.to_owned())
    })
}

fn ask(address: &str, request: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).expect("it answers");
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    let (head, body) = answer.split_once("\r\n\r\n").expect("head and body");
    (head.to_owned(), body.to_owned())
}

fn scrape(address: &str) -> BTreeMap<String, f64> {
    let (head, body) = ask(address, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
    let content = "Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert!(head.contains(content), "{head}");
    parsed(&body)
}

#[test]
fn what_a_worker_did_and_where_tasks_are_is_told_on_its_port() {
    let world = World::new();
    let worker = world.worker("--metrics 127.0.0.1:0");
    let address = address(&worker);
    let before = scrape(&address);
    assert_eq!(before["longhaul_tasks{state=\"RUN\"}"], 0.0);
    assert_eq!(before["longhaul_batches_total"], 0.0);

    let good = world.submit("--range 1..10 --batch-size 2", "true");
    world.wait_exits(good, 0);
    // Fails once, then works.
    let once = "--range 1..3 --batch-size 3 --backoff 1ms";
    let again = world.submit(once, "test $LONGHAUL_ATTEMPT = 2");
    world.wait_exits(again, 0);
    let skips = world.submit(
        "--range 1..2 --batch-size 1 --on-error skip --retries 0",
        "exit 1",
    );
    world.wait_exits(skips, 1);
    let queued = world.submit("--range 1..4 --batch-size 1 --queue store", "true");
    world.wait_exits(queued, 0);

    let after = scrape(&address);
    assert_eq!(after["longhaul_tasks_ended{outcome=\"completed\"}"], 4.0);
    assert_eq!(after["longhaul_tasks{state=\"TERMINATE\"}"], 4.0);
    assert_eq!(after["longhaul_batches_total"], 5.0 + 1.0 + 4.0);
    assert_eq!(after["longhaul_items_total"], 10.0 + 3.0 + 4.0);
    assert_eq!(after["longhaul_retries_total"], 1.0);
    assert_eq!(after["longhaul_failures_total"], 2.0);
    assert!(after["longhaul_commit_seconds_count"] >= 12.0);
    assert!(after["longhaul_commit_seconds_sum"] > 0.0);
    assert_eq!(
        after["longhaul_control_seconds_count"], 0.0,
        "nobody asked for anything"
    );
    assert_eq!(worker.stop(), Some(0));
}

#[test]
fn the_time_from_a_request_to_the_tasks_rest_is_told() {
    let world = World::new();
    let worker = world.worker("--metrics [::1]:0");
    let address = address(&worker);
    let gate = world.gate();
    let task = world.submit("--range 1..10 --batch-size 1", &gate.pass());
    world.wait_for_state(task, longhaul_common::state::StateWord::Run);
    assert_eq!(scrape(&address)["longhaul_tasks{state=\"RUN\"}"], 1.0);
    world.expect(0, &format!("suspend {task}"));
    gate.release(10);
    world.wait_for_state(task, longhaul_common::state::StateWord::Suspend);
    wait_until("it is measured", || {
        scrape(&address)["longhaul_control_seconds_count"] == 1.0
    });
    assert_eq!(scrape(&address)["longhaul_tasks{state=\"SUSPEND\"}"], 1.0);
    assert_eq!(worker.stop(), Some(0));
}

#[test]
fn metrics_are_kept_in_a_file_that_is_whole_whenever_it_is_read() {
    let world = World::new();
    let file = world.path("longhaul.prom");
    world.submit("", "true");
    let worker = world.worker(&format!("--kinds none --metrics-file {}", file.display()));
    let text = wait_for("the file", || std::fs::read_to_string(&file).ok());
    assert_eq!(parsed(&text)["longhaul_tasks{state=\"INIT\"}"], 1.0);
    assert_eq!(worker.stop(), Some(0));
    let refused = world.cli(["worker", "--once", "--metrics-file", "/nowhere/at/all/file"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(
        refused.stderr.contains("/nowhere/at/all/file"),
        "{refused:?}"
    );
}

#[test]
fn only_this_machine_may_ask_and_only_for_what_there_is() {
    let world = World::new();
    for address in ["0.0.0.0:9464", "10.0.0.1:9464", "9464", "localhost"] {
        let refused = world.cli(["worker", "--once", "--metrics", address]);
        assert_eq!(refused.code, Some(2), "{address}: {refused:?}");
    }
    let worker = world.worker("--metrics 127.0.0.1:0");
    let address = address(&worker);
    let taken = world.cli(["worker", "--once", "--metrics", &address]);
    assert_eq!(taken.code, Some(1), "{taken:?}");
    assert!(taken.stderr.contains(&address), "{taken:?}");
    let status = |request: &str| {
        ask(&address, request)
            .0
            .split(' ')
            .nth(1)
            .map(str::to_owned)
    };
    assert_eq!(
        status("GET /other HTTP/1.1\r\n\r\n").as_deref(),
        Some("404")
    );
    assert_eq!(
        status("POST /metrics HTTP/1.1\r\n\r\n").as_deref(),
        Some("405")
    );
    assert_eq!(status("\r\n\r\n").as_deref(), Some("405"));
    // Who says nothing does not keep others waiting for ever.
    let _silent = TcpStream::connect(&address).expect("it listens");
    scrape(&address);
    assert_eq!(worker.stop(), Some(0));
}

#[test]
fn without_the_option_no_port_is_open_and_no_thread_is_there() {
    let world = World::new();
    let worker = world.worker("");
    let threads = std::fs::read_dir(format!("/proc/{}/task", worker.pid())).expect("it is there");
    for thread in threads.flatten() {
        let name = std::fs::read_to_string(thread.path().join("comm")).unwrap_or_default();
        assert!(!["metrics", "retention"].contains(&name.trim()), "{name}");
    }
    assert_eq!(worker.stop(), Some(0));
}

//! Requests that are refused by the rules.

use serde_json::Value;

use crate::cli::{Place, ran};

const ASKING: [&str; 7] = [
    "show",
    "suspend",
    "resume",
    "terminate",
    "wait",
    "logs",
    "events",
];

#[test]
fn an_unknown_task_is_named_and_the_hint_says_how_to_find_tasks() {
    let place = Place::new();
    place.submit(&["--name", "known"]);
    for task in [
        "7",
        "nobody",
        "0",
        "99999999999999999999999",
        "beef",
        "",
        "-",
    ] {
        for verb in ASKING {
            let says = ["no task", task, "longhaul list"];
            place.refuses_on_a_store(&[verb, "--", task], 3, "unknown-task", &says);
        }
    }
}

#[test]
fn an_unknown_task_with_a_hostile_name_comes_out_escaped() {
    let place = Place::new();
    place.submit(&[]);
    let hostile = "\u{1b}[2J\u{9b}31m\u{202e}evil\u{7f}";
    let says = ["\\x1b[2J", "evil", "no task"];
    place.refuses_on_a_store(&["suspend", hostile], 3, "unknown-task", &says);
}

#[test]
fn an_ambiguous_prefix_lists_what_it_can_mean() {
    let place = Place::new();
    let (one, other) = (place.submit(&[]), place.submit(&[]));
    let shared = one
        .chars()
        .zip(other.chars())
        .take_while(|(a, b)| a == b)
        .count();
    // Ids of one moment begin alike, and a part of one has a character that is no digit.
    let prefix = &one[..shared.max(4)];
    assert!(prefix.contains(|c: char| !c.is_ascii_digit()), "{prefix}");
    for verb in ASKING {
        let says = [prefix, "several", "1, 2", "use the number"];
        place.refuses_on_a_store(&[verb, prefix], 3, "ambiguous-task", &says);
    }
}

#[test]
fn an_ambiguous_name_lists_what_it_can_mean() {
    let place = Place::new();
    place.submit(&["--name", "twin"]);
    place.submit(&["--name", "twin"]);
    let says = ["twin", "several", "1, 2", "use the number"];
    place.refuses_on_a_store(&["suspend", "twin"], 3, "ambiguous-task", &says);
}

#[test]
fn one_unknown_task_among_others_keeps_all_as_they_are() {
    let place = Place::new();
    place.submit(&[]);
    place.refuses_on_a_store(&["suspend", "1", "7"], 3, "unknown-task", &["no task 7"]);
}

#[test]
fn a_request_on_a_terminated_task_is_refused_and_leaves_no_trace() {
    let place = Place::new();
    place.submit(&["--name", "over"]);
    ran(&mut place.longhaul(["terminate", "1"])).succeeds();
    for verb in ["suspend", "resume"] {
        let says = ["task 1 (over)", verb, "ended"];
        place.refuses_request(&[verb, "1"], &says);
    }
}

#[test]
fn terminating_a_terminated_task_again_is_refused_and_leaves_no_trace() {
    let place = Place::new();
    place.submit(&[]);
    ran(&mut place.longhaul(["terminate", "1"])).succeeds();
    place.refuses_request(&["terminate", "1"], &["task 1", "ended"]);
}

#[test]
fn of_several_tasks_with_one_refused_the_others_are_acted_on() {
    let place = Place::new();
    for _ in 0..3 {
        place.submit(&[]);
    }
    ran(&mut place.longhaul(["terminate", "2"])).succeeds();
    let asked = ran(&mut place.longhaul(["--json", "suspend", "1", "2", "3"]));
    assert_eq!(asked.code, Some(3), "{asked:?}");
    asked.is_clean();
    let results: Value = serde_json::from_str(&asked.stdout).unwrap();
    let results = results.as_array().unwrap();
    let seen: Vec<(u64, bool, &str)> = results
        .iter()
        .map(|result| {
            (
                result["number"].as_u64().unwrap(),
                result["refused"].is_null(),
                result["current_state"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            (1, true, "SUSPEND"),
            (2, false, "TERMINATE"),
            (3, true, "SUSPEND")
        ]
    );

    let asked = ran(&mut place.longhaul(["resume", "1", "2", "3"]));
    assert_eq!(asked.code, Some(3), "{asked:?}");
    let lines: Vec<&str> = asked.stdout.lines().collect();
    assert_eq!(lines.len(), 3, "{asked:?}");
    assert!(lines[1].starts_with("task 2: refused: "), "{asked:?}");
}

#[test]
fn waiting_where_nobody_is_alive_to_obey_says_so_with_its_own_exit_code() {
    let place = Place::new();
    place.submit(&[]);
    let waited = ran(&mut place.longhaul(["wait", "1"]));
    assert_eq!(waited.code, Some(6), "{waited:?}");
    assert!(waited.stdout.contains("no worker is alive"), "{waited:?}");
    let waited = ran(&mut place.longhaul(["--json", "wait", "1"]));
    assert_eq!(waited.code, Some(6), "{waited:?}");
    let results: Value = serde_json::from_str(&waited.stdout).unwrap();
    assert_eq!(results[0]["waited"], "nobody");
}

#[test]
fn waiting_for_a_suspended_task_never_waits_for_a_human() {
    let place = Place::new();
    place.submit(&[]);
    ran(&mut place.longhaul(["suspend", "1"])).succeeds();
    let waited = ran(&mut place.longhaul(["wait", "1"]));
    assert_eq!(waited.code, Some(7), "{waited:?}");
}

#[test]
fn waiting_for_a_terminated_task_says_how_it_ended() {
    let place = Place::new();
    place.submit(&[]);
    ran(&mut place.longhaul(["terminate", "1", "--reason", "enough"])).succeeds();
    let waited = ran(&mut place.longhaul(["wait", "1"]));
    assert_eq!(waited.code, Some(8), "{waited:?}");
}

use uuid::Uuid;

use super::*;

const TICKS: u64 = 100;

fn pid(number: u32) -> ProcessId {
    ProcessId::from(number)
}

fn leader() -> ProcessId {
    pid(50)
}

/// A process of the batch, started by `parent`.
fn process(number: u32, parent: u32, own: u64, waited: u64) -> Spent {
    Spent {
        pid: pid(number),
        parent: pid(parent),
        group: leader(),
        session: pid(9),
        start_time: 1000 + u64::from(number),
        own,
        waited,
        resident: 4096,
    }
}

fn at(milliseconds: u64, processes: &[Spent]) -> Sample {
    Sample::new(
        Duration::from_millis(milliseconds),
        TICKS,
        Scope::All,
        processes.to_vec(),
    )
}

fn batch(start_time: u64) -> BatchRecord {
    BatchRecord {
        pid: leader(),
        session: pid(9),
        start_time,
        boot_id: Uuid::nil(),
        pid_namespace: 0,
    }
}

#[track_caller]
fn assert_cores(before: &Sample, now: &Sample, expected: Option<f64>) {
    let used = now.batch(Some(before), &batch(1050)).expect("it is there");
    match (used.cores, expected) {
        (Some(cores), Some(expected)) => assert!(
            (cores - expected).abs() < 1e-9,
            "{cores} instead of {expected}"
        ),
        (cores, expected) => assert_eq!(cores, expected),
    }
}

#[test]
fn what_a_batch_used_between_two_looks_is_told_in_cores() {
    let before = at(20_000, &[process(50, 1, 10, 0), process(51, 50, 5, 0)]);
    let now = at(22_000, &[process(50, 1, 110, 0), process(51, 50, 205, 0)]);
    assert_cores(&before, &now, Some(1.5));
    let used = now.batch(Some(&before), &batch(1050)).expect("there");
    assert_eq!((used.memory, used.processes), (8192, 2));
}

#[test]
fn processes_of_other_groups_and_sessions_are_not_counted() {
    let mut other = process(60, 1, 0, 0);
    other.group = pid(60);
    let mut later = process(61, 1, 0, 0);
    later.session = pid(8);
    let before = at(20_000, &[process(50, 1, 10, 0), other, later]);
    other.own = 900;
    later.own = 900;
    let now = at(22_000, &[process(50, 1, 20, 0), other, later]);
    assert_cores(&before, &now, Some(0.05));
}

#[test]
fn what_a_child_used_is_counted_once_when_its_parent_waited_for_it() {
    let before = at(20_000, &[process(50, 1, 10, 0), process(51, 50, 150, 0)]);
    // It used 50 more before it ended, and its parent took all of it over.
    let now = at(22_000, &[process(50, 1, 10, 200)]);
    assert_cores(&before, &now, Some(0.25));
    // With its parent, to the one above.
    let before = at(
        20_000,
        &[
            process(50, 1, 0, 0),
            process(51, 50, 100, 0),
            process(52, 51, 100, 0),
        ],
    );
    let now = at(22_000, &[process(50, 1, 0, 240)]);
    assert_cores(&before, &now, Some(0.2));
}

#[test]
fn what_nobody_waited_for_takes_nothing_from_the_others() {
    let before = at(20_000, &[process(50, 1, 0, 0), process(51, 1, 500, 0)]);
    let now = at(22_000, &[process(50, 1, 200, 0)]);
    assert_cores(&before, &now, Some(1.0));
}

#[test]
fn a_process_that_came_since_counts_whole() {
    let before = at(20_000, &[process(50, 1, 0, 0)]);
    let mut young = process(51, 50, 100, 0);
    young.start_time = 2100;
    assert_cores(
        &before,
        &at(22_000, &[process(50, 1, 0, 0), young]),
        Some(0.5),
    );
}

#[test]
fn a_batch_that_began_since_is_measured_by_its_own_age() {
    let before = at(20_000, &[]);
    let mut first = process(50, 1, 50, 0);
    first.start_time = 2150;
    let now = at(22_000, &[first]);
    let used = now.batch(Some(&before), &batch(2150)).expect("there");
    assert_eq!(used.cores, Some(1.0));
    // Of one that has just begun nothing can be said but what memory it has.
    first.start_time = 2190;
    let now = at(22_000, &[first]);
    let used = now.batch(Some(&before), &batch(2190)).expect("there");
    assert_eq!((used.cores, used.memory), (None, 4096));
}

#[test]
fn without_a_look_before_there_is_memory_alone() {
    let now = at(22_000, &[process(50, 1, 50, 0)]);
    let mut of_others = at(20_000, &[]);
    of_others.scope = Scope::Some;
    for before in [None, Some(&of_others)] {
        let used = now.batch(before, &batch(1050)).expect("there");
        assert_eq!((used.cores, used.memory), (None, 4096));
    }
}

#[test]
fn a_number_that_was_given_to_another_process_is_not_the_batch() {
    let now = at(22_000, &[process(50, 1, 50, 0)]);
    assert_eq!(now.batch(None, &batch(7)), None);
    assert_eq!(at(22_000, &[]).batch(None, &batch(1050)), None);
    // The first process may end before the others.
    assert!(
        at(22_000, &[process(51, 1, 50, 0)])
            .batch(None, &batch(1050))
            .is_some()
    );
}

#[test]
fn a_process_is_measured_without_its_children_and_not_against_another_of_its_number() {
    let before = at(20_000, &[process(50, 1, 10, 10)]);
    let now = at(22_000, &[process(50, 1, 30, 900)]);
    let used = now.process(Some(&before), leader()).expect("there");
    assert_eq!(used.cores, Some(0.1));
    let mut other = process(50, 1, 30, 0);
    other.start_time = 3000;
    let used = at(22_000, &[other]).process(Some(&before), leader());
    assert_eq!(used.expect("there").cores, None);
    assert_eq!(now.process(None, pid(51)), None);
}

#[test]
fn this_process_is_found_with_memory_and_a_time_of_start_before_now() {
    let own = ProcessId::of_self();
    let all = Sample::of_all().unwrap();
    let one = Sample::of([own]).unwrap();
    for sample in [&all, &one] {
        let seen = sample.processes[&own];
        assert!(seen.resident > 100_000, "{seen:?}");
        assert!(sample.time_of(seen.start_time) <= sample.at);
    }
    assert!(all.processes.len() > 1 && one.processes.len() == 1);
}

use super::*;
use crate::spec::{DEFAULT_DEPTH, MAX_PARALLEL};

fn parse(text: &str) -> Assignment {
    Assignment::parse(text).expect("it is a setting with a value")
}

fn assigned(spec: &mut TaskSpec, texts: &[&str]) -> Vec<String> {
    let all: Vec<_> = texts.iter().map(|text| parse(text)).collect();
    let changed = assign(spec, &all).expect("such a task has them");
    changed.iter().map(Changed::to_string).collect()
}

fn queued() -> TaskSpec {
    TaskSpec {
        way: Way::Queued(Queue::default()),
        ..TaskSpec::default()
    }
}

#[test]
fn each_setting_is_told_as_it_was_typed_and_changes_only_itself() {
    for (key, value) in [
        ("rate", "50/s"),
        ("rate", "none"),
        ("batch-size", "10000000"),
        ("retries", "0"),
        ("backoff", "1m30s"),
        ("backoff", "0s"),
        ("batch-timeout", "250ms"),
        ("batch-timeout", "none"),
        ("on-error", "skip"),
        ("on-error", "terminate"),
        ("isolate", "on"),
        ("isolate", "off"),
        ("max-failures", "20"),
        ("max-failures", "5%"),
        ("max-failures", "none"),
        ("stop-at", "20"),
        ("stop-at", "none"),
        ("priority", "-5"),
        ("throttle-if", "./is-calm.sh 5"),
        ("throttle-if", "none"),
        ("group", "db"),
        ("group", "none"),
        ("after", "4,7"),
        ("after", "none"),
        ("at", "2026-12-01T06:30:00.000Z"),
        ("at", "now"),
        ("window", "mon-fri 22:00-06:00 Europe/Berlin"),
        ("window", "none"),
        ("parallel", "3"),
        ("depth", "7"),
    ] {
        let mut spec = queued();
        let before: Vec<_> = values_of(&spec).collect();
        assigned(&mut spec, &[&format!("{key}={value}")]);
        let after: Vec<_> = values_of(&spec).collect();
        assert_eq!(after.len(), SETTINGS.len());
        for ((name, before), (_, after)) in before.iter().zip(&after) {
            if *name == key {
                assert_eq!(after, value, "{key}");
            } else {
                assert_eq!(before, after, "{key} changed {name}");
            }
        }
    }
}

#[test]
fn every_key_is_tried_above() {
    assert_eq!(
        keys().join(" "),
        "rate batch-size retries backoff batch-timeout on-error isolate max-failures stop-at priority group after \
         throttle-if at window parallel depth"
    );
}

#[test]
fn what_has_its_value_already_is_not_changed() {
    let mut spec = queued();
    let told = assigned(&mut spec, &["retries=3", "rate=5/s", "batch-size=100"]);
    assert_eq!(told, ["rate none → 5/s"]);
    let told = assigned(&mut spec, &["rate=5/sec", "backoff=1000ms", "depth=64"]);
    assert!(told.is_empty(), "{told:?}");
    assert_eq!(DEFAULT_DEPTH, 64);
}

#[test]
fn a_change_is_undone_unless_it_was_changed_again() {
    let mut spec = queued();
    let changed = assign(&mut spec, &[parse("rate=5/s")]).expect("it has one");
    let undoing = [Assignment::undoing(&changed[0])];
    let mut again = spec.clone();
    assigned(&mut again, &["rate=6/s"]);
    let now = "6/s".to_owned();
    assert_eq!(
        assign(&mut again, &undoing),
        Err(NotAssigned::ChangedSince { key: "rate", now })
    );
    let undone = assign(&mut spec, &undoing).expect("it is as it was");
    assert_eq!(undone[0].to_string(), "rate 5/s → none");
    assert_eq!(spec, queued());
}

#[test]
fn a_task_without_a_queue_has_no_settings_of_one() {
    let mut spec = TaskSpec::default();
    let refused = assign(&mut spec, &[parse("retries=9"), parse("parallel=2")]);
    assert_eq!(refused, Err(NotAssigned::NoQueue("parallel")));
    assert_eq!(spec, TaskSpec::default(), "changed although refused");
    assert!(values_of(&spec).all(|(key, _)| key != "parallel" && key != "depth"));
}

#[test]
fn what_is_no_setting_or_no_value_of_it_is_refused_in_words() {
    let refused = |text: &str| {
        let error = Assignment::parse(text).expect_err(text);
        error.to_string()
    };
    assert!(refused("rate").contains("rate=50/s"));
    let unknown = refused("speed=3");
    assert!(keys().iter().all(|key| unknown.contains(key)), "{unknown}");
    for text in [
        "rate=50",
        "rate=",
        "batch-size=0",
        "batch-size=10000001",
        "retries=-1",
        "retries=x",
        "backoff=5",
        "backoff=none",
        "batch-timeout=0s",
        "batch-timeout=10us",
        "on-error=ignore",
        "isolate=yes",
        "max-failures=lots",
        "priority=high",
        "parallel=0",
        "parallel=1025",
        "depth=0",
    ] {
        let (key, _) = text.split_once('=').expect("it has one");
        let said = refused(text);
        assert!(said.starts_with(&format!("{key} can't be")), "{said}");
    }
    assert_eq!(MAX_PARALLEL, 1024);
    let twice = [parse("rate=1/s"), parse("retries=1"), parse("rate=2/s")];
    assert_eq!(
        Assignment::check_all(&twice),
        Err(NoAssignment::Twice("rate"))
    );
    assert_eq!(Assignment::check_all(&twice[..2]), Ok(()));
}

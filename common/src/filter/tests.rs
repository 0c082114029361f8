use crate::gate::StoreGates;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::store::TaskRow;
use crate::view::Surroundings;

const NOW: &str = "2026-11-24T09:20:00Z";

fn present() -> Present {
    Present {
        now: at(NOW),
        zone: TimeZone::get("Europe/Berlin").expect("a zone that is there"),
    }
}

fn at(text: &str) -> Timestamp {
    let instant: jiff::Timestamp = text.parse().expect("a time");
    Timestamp::from_millis(instant.as_millisecond())
}

fn parse(typed: &str) -> Result<Filter, FilterError> {
    Filter::parse(typed, &present())
}

fn task(change: impl FnOnce(&mut TaskView)) -> TaskView {
    let mut row = TaskRow::default();
    row.spec.number = TaskNumber(1234);
    row.spec.id = "01a20c16-4151-732a-8034-bb45af8e690d"
        .parse()
        .expect("an id");
    row.spec.name = "Nightly Checksums".into();
    row.spec.kind = "import-csv".into();
    let mut view = Surroundings::new(&[], &StoreGates::default(), &|_| false, at(NOW)).view(&row);
    change(&mut view);
    view
}

fn takes(typed: &str, view: &TaskView) -> bool {
    parse(typed)
        .expect("a filter")
        .takes(view, &mut Scratch::default())
}

fn error(typed: &str) -> String {
    parse(typed).expect_err("no filter").to_string()
}

#[test]
fn a_plain_word_is_found_in_number_id_name_and_kind() {
    let task = task(|_| {});
    for word in ["23", "4151-73", "BB45AF", "checks", "nIGHT", "csv", ""] {
        assert!(takes(word, &task), "{word}");
    }
    for word in ["99", "4151-74", "checksum2", "tsv"] {
        assert!(!takes(word, &task), "{word}");
    }
}

#[test]
fn all_words_must_hold_and_blanks_part_them() {
    let task = task(|_| {});
    assert!(takes("  night   csv ", &task));
    assert!(!takes("night tsv", &task));
    assert!(takes("\"nightly check\" 'CSV'", &task));
    assert!(!takes("\"nightly  check\"", &task));
}

#[test]
fn a_loose_word_needs_its_letters_in_order_only() {
    let task = task(|_| {});
    assert!(takes("~nchk", &task));
    assert!(takes("~impcsv", &task));
    assert!(!takes("~knhc", &task));
    assert!(!takes("!~nchk", &task));
}

#[test]
fn a_state_is_a_state_a_phase_or_an_outcome() {
    let suspended = task(|task| {
        task.current_state = StateWord::Suspend;
        task.phase = Phase::Suspended;
    });
    assert!(takes("state:SUSPEND", &suspended));
    assert!(takes("state:suspended", &suspended));
    assert!(takes("state:run,suspend", &suspended));
    assert!(!takes("state:terminate", &suspended));
    assert!(takes("!state:run", &suspended));
    let failed = task(|task| task.outcome = Some(Outcome::Failed));
    assert!(takes("state:failed", &failed));
    assert!(takes("failed", &failed));
    assert!(!takes("\"failed\"", &failed));
    assert!(takes("failed", &task(|task| task.batches_failed = 1)));
    assert!(takes("!failed", &suspended));
}

#[test]
fn each_key_asks_for_its_property() {
    let task = task(|task| {
        task.desired_state = Desired::Suspend;
        task.group = Some("nightly".into());
        task.desired_by.user = "anna".into();
        task.desired_by.claimed = Some("the backup".into());
        task.worker = Some(crate::view::WorkerView {
            id: WorkerNumber(3),
            pid: Some(4711),
            host: None,
            alive: true,
        });
    });
    for yes in [
        "desired:suspend",
        "kind:Import-CSV",
        "kind:import*",
        "kind:*-*",
        "worker:3",
        "worker:none,3",
        "group:night*",
        "by:anna",
        "by:\"the back\"",
        "pid:4711",
        "KIND:import-csv",
    ] {
        assert!(takes(yes, &task), "{yes}");
        assert!(!takes(&format!("!{yes}"), &task), "!{yes}");
    }
    for no in [
        "desired:run",
        "kind:import",
        "kind:*-tsv",
        "worker:none",
        "group:weekly",
        "by:bert",
        "pid:471",
    ] {
        assert!(!takes(no, &task), "{no}");
    }
}

#[test]
fn times_are_understood_as_people_type_them() {
    let since = |typed: &str| match parse(&format!("since:\"{typed}\"")).map(|mut filter| {
        assert_eq!(filter.terms.len(), 1);
        filter.terms.remove(0).test
    }) {
        Ok(Test::Since(at)) => at.to_string(),
        Ok(other) => panic!("{other:?}"),
        Err(error) => panic!("{error}"),
    };
    assert_eq!(since("2h"), "2026-11-24T07:20:00.000Z");
    assert_eq!(since("1h30m"), "2026-11-24T07:50:00.000Z");
    assert_eq!(since("2 days"), "2026-11-22T09:20:00.000Z");
    assert_eq!(since("1w"), "2026-11-17T09:20:00.000Z");
    // 10:20 there now.
    assert_eq!(since("10:20"), "2026-11-24T09:20:00.000Z");
    assert_eq!(since("10:30"), "2026-11-23T09:30:00.000Z");
    assert_eq!(since("2026-11-01"), "2026-10-31T23:00:00.000Z");
    assert_eq!(since("2026-07-01T10:30"), "2026-07-01T08:30:00.000Z");
    assert_eq!(since("2026-07-01 10:30:15"), "2026-07-01T08:30:15.000Z");
    assert_eq!(since("2026-11-01T10:30:00Z"), "2026-11-01T10:30:00.000Z");
    assert_eq!(
        since("2026-11-01T10:30:00-05:00"),
        "2026-11-01T15:30:00.000Z"
    );
}

#[test]
fn a_task_is_taken_from_the_instant_on() {
    let moved = task(|task| task.current_state_since = at("2026-11-24T07:20:00Z"));
    assert!(takes("since:2h", &moved));
    assert!(!takes("since:119m", &moved));
}

#[test]
fn an_error_names_the_word_and_what_is_allowed() {
    assert_eq!(
        error("night stat:run"),
        "stat: is no key; there are state, desired, kind, name, worker, group, by, since, pid; in quotes it is text"
    );
    assert!(error("state:paused").starts_with("state:paused is none; state: needs init, run, "));
    assert_eq!(error("desired:"), "desired: needs run, suspend, terminate");
    assert_eq!(
        error("worker:x"),
        "worker:x is none; worker: needs a worker's number, or none"
    );
    for typed in [
        "since:soon",
        "since:-2h",
        "since:10",
        "since:2h,3h",
        "since:2026-13-01",
    ] {
        assert!(error(typed).starts_with("since:"), "{typed}");
    }
    assert_eq!(error("!"), "! needs a word after it");
    assert_eq!(error("!!failed"), "! needs a word after it");
    assert_eq!(error("x ~ y"), "~ needs a word after it");
    assert_eq!(error("\"half a"), "the quote before half is not closed");
    assert_eq!(error("pid:1,,2"), "pid: needs a worker's process id");
}

#[test]
fn a_word_that_only_looks_like_a_key_is_text() {
    let task = task(|task| task.name = Some("db:import 10:30".into()));
    assert!(takes("\"db:imp\"", &task));
    assert!(takes("10:30", &task));
    assert!(error("db:imp").starts_with("db: is no key"));
}

proptest! {
    #[test]
    fn whatever_is_typed_is_understood_or_refused_and_never_panics(
        typed in "[ !~\"':,*a-f0-9sincetaé\u{1b}]{0,40}"
    ) {
        if let Ok(filter) = parse(&typed) {
            let _ = filter.takes(&task(|_| {}), &mut Scratch::default());
        }
    }

    #[test]
    fn a_negated_word_holds_where_the_word_does_not(
        word in "(state:(run|init|queued)|~[a-z]{1,4}|[a-z0-9-]{1,5}|kind:[a-z*-]{1,8}|failed|worker:none|since:[1-9]h)",
        name in "[a-zA-Z0-9é ]{0,12}",
    ) {
        let task = task(|task| task.name = Some(name));
        prop_assert_ne!(takes(&word, &task), takes(&format!("!{word}"), &task));
    }

    #[test]
    fn words_hold_together_where_each_of_them_holds(
        one in "[a-z0-9]{1,2}",
        other in "~?[a-z0-9]{1,2}",
        name in "[a-z0-9]{0,6}",
    ) {
        let task = task(|task| task.name = Some(name));
        prop_assert_eq!(
            takes(&format!("{one} {other}"), &task),
            takes(&one, &task) && takes(&other, &task)
        );
    }

    #[test]
    fn a_part_of_a_name_finds_it_in_any_case(name in "[a-zA-ZäöüÄÖÜéß ]{1,20}", from in 0usize..20, len in 1usize..8) {
        let part: String = name.chars().skip(from).take(len).collect();
        let task = task(|task| task.name = Some(name.clone()));
        let typed = format!("\"{part}\"");
        prop_assert!(takes(&typed, &task));
        prop_assert!(takes(&typed.to_lowercase(), &task));
    }

    #[test]
    fn a_glob_of_a_kind_s_parts_matches_it(kind in "[a-zé]{0,8}", cut in 0usize..8) {
        let cut = kind.char_indices().map(|(at, _)| at).nth(cut).unwrap_or(kind.len());
        let (start, end) = kind.split_at(cut);
        let task = task(|task| task.kind.clone_from(&kind));
        let typed = format!("kind:{start}*{end}");
        prop_assert!(takes(&typed, &task), "{}", typed);
    }
}

#[test]
fn a_half_typed_value_is_all_that_it_can_become() {
    let cases = [
        ("state:su", Some("state:suspend,suspending,suspended")),
        ("STATE:Su", Some("state:suspend,suspending,suspended")),
        ("state:run,fa", Some("state:run,failed")),
        ("desired:t", Some("desired:terminate")),
        ("worker:n", Some("worker:none")),
        ("state:x", None),
        ("kind:im", None),
        ("!state:su", None),
        ("su", None),
    ];
    for (typed, meant) in cases {
        assert_eq!(half_typed(typed).as_deref(), meant, "{typed}");
    }
}

#[test]
fn every_value_that_is_offered_is_understood() {
    let present = Present {
        now: Timestamp::from_millis(0),
        zone: TimeZone::UTC,
    };
    for key in KEYS {
        for value in values(key) {
            let typed = format!("{key}:{value}");
            assert!(Filter::parse(&typed, &present).is_ok(), "{typed}");
        }
    }
}

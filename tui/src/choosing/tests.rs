use jiff::tz::TimeZone;
use longhaul_common::filter::{Filter, Present};
use longhaul_common::time::Timestamp;

use crate::cli::FilterArgs;

/// Each option, and the words that mean the same.
#[test]
fn an_option_means_what_its_word_in_the_grammar_means() {
    let present = Present {
        now: Timestamp::from_millis(1_000_000_000_000),
        zone: TimeZone::UTC,
    };
    let some = |text: &str| Some(text.to_owned());
    let none = FilterArgs::default;
    let cases = [
        (
            FilterArgs {
                filter: some("state:run !kind:x"),
                ..none()
            },
            "state:run !kind:x",
        ),
        (
            FilterArgs {
                state: some("run,queued"),
                ..none()
            },
            "state:run,queued",
        ),
        (
            FilterArgs {
                desired: some("suspend"),
                ..none()
            },
            "desired:suspend",
        ),
        (
            FilterArgs {
                kind: some("im*"),
                ..none()
            },
            "kind:im*",
        ),
        (
            FilterArgs {
                name: some("a b*"),
                ..none()
            },
            "name:'a b*'",
        ),
        (
            FilterArgs {
                group: some("db"),
                ..none()
            },
            "group:db",
        ),
        (
            FilterArgs {
                worker: some("none,3"),
                ..none()
            },
            "worker:none,3",
        ),
        (
            FilterArgs {
                by: some("kim"),
                ..none()
            },
            "by:kim",
        ),
        (
            FilterArgs {
                since: some("2h"),
                ..none()
            },
            "since:2h",
        ),
        (
            FilterArgs {
                failed: true,
                ..none()
            },
            "failed",
        ),
        (
            FilterArgs {
                older_than: some("30d"),
                ..none()
            },
            "!since:30d",
        ),
        (
            FilterArgs {
                pid: some("4711"),
                ..none()
            },
            "pid:4711",
        ),
        (
            FilterArgs {
                filter: some("state:run"),
                kind: some("x"),
                ..none()
            },
            "state:run kind:x",
        ),
    ];
    for (args, words) in cases {
        assert!(args.is_given(), "{words}");
        let typed = args.filter_at(&present).map(|filter| format!("{filter:?}"));
        let meant = Filter::parse(words, &present).map(|filter| format!("{filter:?}"));
        assert_eq!(typed, meant, "{words}");
    }
    assert!(!none().is_given());
}

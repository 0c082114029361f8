use super::*;

fn message(verdict: Verdict) -> String {
    match exit_meaning(verdict, Some(Duration::from_secs(30))) {
        Meaning::Retry(message) | Meaning::Skip(message) | Meaning::Suspend(message) => message,
        silent @ (Meaning::Done | Meaning::Cancelled) => panic!("{silent:?} has no message"),
    }
}

#[test]
fn every_exit_status_means_what_the_contract_says() {
    for code in 0..=255 {
        let meaning = exit_meaning(Verdict::Exited(code), None);
        let as_agreed = match code {
            0 => matches!(meaning, Meaning::Done),
            65 => matches!(meaning, Meaning::Skip(_)),
            78 | 126 | 127 => matches!(meaning, Meaning::Suspend(_)),
            _ => matches!(meaning, Meaning::Retry(_)),
        };
        assert!(as_agreed, "{code}: {meaning:?}");
    }
}

#[test]
fn an_exit_status_is_told_with_its_meaning_if_it_has_one() {
    assert_eq!(message(Verdict::Exited(3)), "exit status 3");
    assert_eq!(
        message(Verdict::Exited(75)),
        "exit status 75 (it asks to try again)"
    );
    assert_eq!(
        message(Verdict::Exited(127)),
        "exit status 127 (a command was not found)"
    );
}

#[test]
fn a_signal_is_told_by_number_and_name() {
    assert_eq!(
        message(Verdict::Signalled(9)),
        "killed by signal 9 (SIGKILL)"
    );
    assert_eq!(message(Verdict::Signalled(34)), "killed by signal 34");
}

#[test]
fn a_timeout_is_told_with_its_limit() {
    assert_eq!(message(Verdict::TimedOut), "timed out after 30s");
    assert_eq!(
        exit_meaning(Verdict::TimedOut, None),
        Meaning::Retry("timed out".to_owned())
    );
}

#[test]
fn an_interruption_says_nothing_about_the_batch() {
    assert_eq!(exit_meaning(Verdict::Interrupted, None), Meaning::Cancelled);
}

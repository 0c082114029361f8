use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_000_000);

fn awaited(task: u64, outcome: Option<Outcome>) -> Awaited {
    Awaited {
        task: TaskNumber(task),
        outcome,
    }
}

fn held_by(awaited: &[Awaited]) -> Option<(Phase, String)> {
    let site = Site {
        spec: &TaskSpec::default(),
        awaited,
        now: NOW,
    };
    closed(&site).map(|gate| (gate.phase(), gate.waiting_for()))
}

#[test]
fn a_task_waits_for_all_that_have_not_completed() {
    let done = awaited(1, Some(Outcome::Completed));
    assert_eq!(held_by(&[]), None);
    assert_eq!(held_by(&[done]), None);
    for (open, told) in [
        (vec![4], "task 4 to complete"),
        (vec![4, 7], "tasks 4 and 7 to complete"),
        (vec![4, 7, 9], "tasks 4, 7 and 9 to complete"),
        (vec![4, 7, 9, 10, 11], "tasks 4, 7, 9 and 2 more to complete"),
    ] {
        let mut all = vec![done];
        all.extend(open.into_iter().map(|task| awaited(task, None)));
        assert_eq!(held_by(&all), Some((Phase::Blocked, told.into())));
    }
}

#[test]
fn one_that_cannot_complete_any_more_is_told_first() {
    for (outcome, told) in [
        (Outcome::Failed, "task 7, which failed"),
        (Outcome::Terminated, "task 7, which was terminated"),
    ] {
        let all = [awaited(4, None), awaited(7, Some(outcome))];
        assert_eq!(held_by(&all), Some((Phase::Blocked, told.into())));
    }
}

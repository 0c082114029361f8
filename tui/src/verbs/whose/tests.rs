use longhaul_common::id::{BatchNumber, WorkerNumber};

use super::*;
use crate::dashboard::fixtures::{running, task};

fn relative(pid: u32, name: &str) -> Relative {
    Relative {
        pid: pid.into(),
        name: name.into(),
    }
}

fn of(owner: Owner, through: Option<Relative>) -> Found {
    Found {
        process: relative(4711, "sleep"),
        through,
        owner,
    }
}

#[test]
fn a_process_that_may_not_be_looked_into_is_named_beside_the_answer() {
    let nobody = |hidden: Vec<Relative>| {
        let looked = vec![relative(4711, "sleep"), relative(4700, "sshd")];
        told(&of(Owner::Nobody { looked, hidden }, None)).expect_err("nobody's")
    };
    let failure = nobody(vec![relative(4711, "sleep")]);
    assert_eq!(failure.exit, Outcome::Refused);
    assert!(failure.message.ends_with("of it and its parent"));
    let hint = failure.hint.expect("there is one");
    assert!(
        hint.contains("process 4711 (sleep) may not be read by this user"),
        "{hint}"
    );
    assert_eq!(nobody(Vec::new()).hint, None);
}

#[test]
fn a_command_of_a_rust_task_is_its_workers() {
    let found = of(
        Owner::Worker {
            worker: WorkerNumber(3),
            pid: 4700.into(),
            condition: Condition::Running,
            tasks: vec![
                task(1, |row| running(row, 1, 9, 1.0)),
                task(2, |row| row.spec.name = "import".into()),
            ],
        },
        Some(relative(4700, "longhaul-worker")),
    );
    assert_eq!(
        told(&found).expect("a worker's"),
        [
            "process 4711 (sleep) was started by worker 3 (process 4700), with task 1, task 2 (import)"
        ]
    );
}

#[test]
fn a_grandchild_is_told_through_the_process_that_shows_it() {
    let of_task = OfTask {
        row: task(3, |row| row.spec.name = "import".into()),
        duty: Duty::Batch(BatchNumber(12)),
        attempt: Some(2),
        over: false,
        evidence: Evidence::Lock,
    };
    let found = of(Owner::Task(Box::new(of_task)), Some(relative(4700, "make")));
    assert_eq!(
        told(&found).expect("a task's"),
        [
            "process 4711 (sleep) works for task 3 (import): batch 12, attempt 2",
            "through its parent process 4700 (make), as the lock of the batch says, which it holds",
        ]
    );
    let document = document(&found);
    assert_eq!(document["through"]["pid"], 4700);
    assert_eq!(document["evidence"], "lock");
}

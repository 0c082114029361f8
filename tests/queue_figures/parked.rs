//! Suspended tasks whose queues are full.

use longhaul_common::control::Control;
use longhaul_common::id::TaskNumber;
use longhaul_common::state::StateWord;
use longhaul_common::store::Haste;

use crate::lab::wait_for;

/// Waits until a worker has begun a batch of each task, and suspends them.
pub(crate) fn park(control: &Control, tasks: &[TaskNumber]) {
    let all = |is: &dyn Fn(TaskNumber) -> bool| tasks.iter().all(|task| is(*task)).then_some(());
    let row = |task| control.store().task(task).expect("the task is there");
    // What a broker has by then are all its messages: they go there at once.
    wait_for("a batch of each", || {
        all(&|task| {
            let row = row(task);
            row.progress.batches_done > 0 || row.backlog.is_some_and(|log| !log.begun.is_empty())
        })
    });
    let asking = control.suspend(tasks.iter().copied()).haste(Haste::ByForce);
    asking.send().expect("it can be asked");
    wait_for("the suspensions", || {
        all(&|task| row(task).state.word == StateWord::Suspend)
    });
    for task in tasks {
        let waiting = row(*task).backlog.map_or(0, |backlog| backlog.waiting());
        assert!(waiting >= 16, "task {task} has {waiting} batches that wait");
    }
}

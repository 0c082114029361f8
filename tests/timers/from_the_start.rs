//! `submit --suspended`.

use longhaul_common::event::What;
use longhaul_common::state::{Desired, StateWord};

use crate::WAYS;
use crate::harness::World;

#[test]
fn a_task_that_is_submitted_suspended_begins_once_it_is_resumed() {
    for way in WAYS {
        let world = World::new();
        let record = world.record();
        let worker = world.worker("");
        let options = format!("--suspended --range 1..3 --reason careful {way}");
        let task = world.submit(&options, &record.note());
        let view = world.view(task);
        assert_eq!(
            (view.desired_state, view.current_state, view.worker),
            (Desired::Suspend, StateWord::Suspend, None)
        );
        assert_eq!(view.desired_reason.as_deref(), Some("careful"));
        world.expect(7, &format!("wait {task}"));
        // Another task runs meanwhile: the worker looked.
        let other = world.submit("", "exit 0");
        world.wait_exits(other, 0);
        assert_eq!(record.count(), 0, "{way}");
        assert!(world.events_that(task, What::Claimed).is_empty());

        world.expect(0, &format!("resume {task}"));
        world.wait_exits(task, 0);
        assert_eq!(record.items(), ["1", "2", "3"], "{way}");
        assert_eq!(worker.stop(), Some(0));
    }
}

#[test]
fn a_task_that_never_ran_is_not_told_that_it_goes_on() {
    let world = World::new();
    let record = world.record();
    let resumed = world.script("resumed", &record.note());
    let args = ["--suspended", "--on-resume", &resumed].map(str::to_owned);
    let task = world.submit_args(args.to_vec(), "exit 0");
    world.expect(0, &format!("resume {task}"));
    assert_eq!(world.worker("--once").exit_code(), Some(0));
    assert_eq!(world.view(task).batches_done, 1);
    assert_eq!(record.count(), 0);
}

#[test]
fn what_runs_here_is_not_submitted_suspended() {
    let world = World::new();
    let output = world.cli(["run", "--suspended", "--", "true"]);
    assert_eq!(output.code, Some(2), "{output:?}");
}

//! Takeovers of tasks whose dead worker left something that may not be killed. Only root can play both
//! sides: the worker lacks the right to kill, and what was left belongs to another user.

mod harness;

use std::process::Command;

use longhaul_common::event::What;
use longhaul_common::id::TaskNumber;
use longhaul_common::phase::Phase;
use longhaul_common::state::{Desired, StateWord};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use harness::{Worker, World, pids, runs, wait_until};

/// A task whose worker died, and the process that it left.
struct Left {
    world: World,
    task: TaskNumber,
    pid: u32,
}

impl Left {
    /// None where this user can't play both sides.
    fn behind() -> Option<Self> {
        if !nix::unistd::geteuid().is_root() {
            return None;
        }
        let world = World::new();
        let file = world.path("pid");
        // The first run leaves a process behind; later ones are done at once.
        let script = format!(
            "test -e '{0}' && exit 0; echo $$ >'{0}'; exec setpriv --reuid=65534 --clear-groups sleep 600",
            file.display()
        );
        let task = world.submit("", &script);
        let worker = world.worker("");
        wait_until("it sleeps as another user", || {
            let pid = pids(&file).first().copied();
            pid.is_some_and(|pid| owner(pid) == Some(65_534))
        });
        worker.kill();
        let pid = pids(&file)[0];
        Some(Self { world, task, pid })
    }

    /// A worker that may not kill what belongs to others.
    #[track_caller]
    fn worker(&self) -> Worker {
        let ours = self.world.command(["worker", "--concurrency", "1"]);
        let mut command = Command::new("setpriv");
        command
            .arg("--bounding-set=-kill")
            .arg(ours.get_program())
            .args(ours.get_args())
            .env("LONGHAUL_STORE", self.world.store_dir());
        self.world.worker_of(command)
    }

    fn is_named(&self) -> bool {
        let named = format!("process {} (sleep), which we may not kill", self.pid);
        let view = self.world.view(self.task);
        view.waiting_for.as_deref() == Some(named.as_str())
    }

    /// Ends what was left.
    fn end(&self) {
        let pid = i32::try_from(self.pid).expect("process numbers are small");
        kill(Pid::from_raw(pid), Signal::SIGKILL).expect("it was left");
    }
}

impl Drop for Left {
    fn drop(&mut self) {
        let pid = i32::try_from(self.pid).expect("process numbers are small");
        if owner(self.pid) == Some(65_534) {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
    }
}

/// The user whose process it is.
fn owner(pid: u32) -> Option<u32> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("Uid:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
fn what_may_not_be_killed_is_named_waited_for_and_takes_no_slot() {
    let Some(left) = Left::behind() else {
        return;
    };
    let (world, task) = (&left.world, left.task);
    let worker = left.worker();
    wait_until("it is named", || left.is_named());
    assert_eq!(world.view(task).phase, Phase::Starting);
    let show = world.expect(0, &format!("show {task}"));
    assert!(show.stdout.contains("which we may not kill"), "{show:?}");
    let other = world.submit("", "true");
    world.wait_for_state(other, StateWord::Terminate);
    let stuck = world.events_that(task, What::Stuck);
    assert_eq!(stuck.len(), 1);
    assert!(stuck[0].sentence().contains("which we may not kill"));
    left.end();
    world.wait_exits(task, 0);
    assert_eq!(world.row(task).state.stuck, None);
    assert_eq!(world.events_that(task, What::Stuck).len(), 1);
    assert_eq!(worker.stop(), Some(0));
}

#[test]
fn requests_on_a_task_that_is_stuck_are_shown_and_can_be_withdrawn() {
    let Some(left) = Left::behind() else {
        return;
    };
    let (world, task) = (&left.world, left.task);
    let _worker = left.worker();
    wait_until("it is named", || left.is_named());
    for (verb, desired, phase) in [
        ("terminate", Desired::Terminate, Phase::Terminating),
        ("resume", Desired::Run, Phase::Starting),
        ("suspend", Desired::Suspend, Phase::Suspending),
    ] {
        world.expect(0, &format!("{verb} {task}"));
        let view = world.view(task);
        assert_eq!((view.desired_state, view.phase), (desired, phase));
        assert!(left.is_named(), "{verb}");
    }
    left.end();
    world.wait_for_state(task, StateWord::Suspend);
    assert_eq!(world.row(task).progress.batches_done, 0);
}

#[test]
fn a_worker_with_a_task_that_is_stuck_stops_at_once_and_the_next_one_clears() {
    let Some(left) = Left::behind() else {
        return;
    };
    let (world, task) = (&left.world, left.task);
    let worker = left.worker();
    wait_until("it is named", || left.is_named());
    // Within the harness's patience, which is shorter than the worker's grace.
    assert_eq!(worker.stop(), Some(1));
    assert!(world.row(task).claim.is_some(), "left to be taken over");
    let _next = world.worker("");
    world.wait_exits(task, 0);
    assert!(!runs(left.pid), "it was ended");
}

//! Requests on a task whose batches several workers perform.

use std::fs;
use std::time::Duration;

use longhaul_common::id::TaskNumber;
use longhaul_common::state::{Desired, StateWord};
use nix::sys::signal::Signal;

use crate::harness::{Gate, Worker, World, runs, wait_until};
use crate::witness::Witness;
use crate::{assert_rests, backlog, wait_for_flight};

const BATCHES: u64 = 30;

/// A task with six batches in flight at three workers, each of which waits at a gate.
struct Flight {
    world: World,
    witness: Witness,
    gate: Gate,
    workers: Vec<Worker>,
    task: TaskNumber,
}

impl Flight {
    fn begin() -> Self {
        let world = World::new();
        let (witness, gate) = (Witness::new(&world, "witness"), world.gate());
        let workers = (0..3).map(|_| world.worker("--concurrency 2")).collect();
        let options = format!("--range 1..{BATCHES} --batch-size 1 --queue store");
        let task = world.submit(&options, &witness.around(&gate.pass()));
        witness.wait_for(6);
        wait_for_flight(&world, task, 6);
        Self {
            world,
            witness,
            gate,
            workers,
            task,
        }
    }

    #[track_caller]
    fn go_on_to_the_end(&self) {
        self.gate.release(usize::try_from(BATCHES).expect("few"));
        self.world.wait_exits(self.task, 0);
        let view = self.world.view(self.task);
        assert_eq!((view.batches_done, view.items_done), (BATCHES, BATCHES));
    }
}

/// The threads of a worker that are there for a task.
fn threads(worker: &Worker, task: TaskNumber) -> Vec<String> {
    let tasks = format!("/proc/{}/task", worker.pid());
    fs::read_dir(tasks)
        .expect("it lives")
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("comm")).ok())
        .filter(|name| name.starts_with(&format!("task-{task}")))
        .collect()
}

#[test]
fn a_suspension_waits_for_every_batch_in_flight_and_leaves_nothing_behind() {
    let flight = Flight::begin();
    let (world, task) = (&flight.world, flight.task);
    world.expect(0, &format!("suspend {task}"));
    flight.gate.release(3);
    wait_for_flight(world, task, 3);
    assert_eq!(world.row(task).state.word, StateWord::Run);
    flight.gate.release(3);
    world.wait_for_state(task, StateWord::Suspend);
    assert_rests(world, task, 6);
    assert_eq!(flight.witness.begun().len(), 6);
    assert!(flight.witness.begun().iter().all(|note| !runs(note.pid)));
    wait_until("the end of its threads", || {
        let threads = |worker| threads(worker, task);
        flight.workers.iter().flat_map(threads).next().is_none()
    });

    // It holds no slot: others get them all.
    let (others, gate) = (Witness::new(world, "others"), world.gate());
    let other = world.submit(
        "--range 1..12 --batch-size 1 --queue store",
        &others.around(&gate.pass()),
    );
    others.wait_for(6);
    gate.release(12);
    world.wait_exits(other, 0);

    world.expect(0, &format!("resume {task}"));
    flight.go_on_to_the_end();
    assert_eq!(flight.witness.assert_whole(BATCHES, BATCHES), 0);
}

#[test]
fn a_request_that_is_withdrawn_while_batches_are_in_flight_costs_nothing() {
    for verb in ["suspend", "terminate"] {
        let flight = Flight::begin();
        let (world, task) = (&flight.world, flight.task);
        world.expect(0, &format!("{verb} {task}"));
        wait_until("a queue that is closed", || !backlog(world, task).serving);
        flight.gate.release(2);
        wait_for_flight(world, task, 4);
        world.expect(0, &format!("resume {task}"));
        flight.go_on_to_the_end();
        assert_eq!(flight.witness.assert_whole(BATCHES, BATCHES), 0);
    }
}

#[test]
fn a_termination_waits_for_the_batches_in_flight_and_forgets_what_was_planned() {
    let flight = Flight::begin();
    let (world, task) = (&flight.world, flight.task);
    world.expect(0, &format!("terminate {task}"));
    assert!(backlog(world, task).left() > 6);
    flight.gate.release(5);
    wait_for_flight(world, task, 1);
    assert_eq!(world.row(task).state.word, StateWord::Run);
    flight.gate.release(1);
    world.wait_exits(task, 8);
    assert_eq!(world.view(task).batches_done, 6);
    assert_eq!(flight.witness.begun().len(), 6);
    assert_eq!(backlog(world, task).left(), 0);
}

#[test]
fn force_ends_every_batch_in_flight_and_they_run_again_with_no_attempt_spent() {
    let flight = Flight::begin();
    let (world, task) = (&flight.world, flight.task);
    world.expect(0, &format!("suspend {task} --force --wait --timeout 10s"));
    assert_rests(world, task, 6);
    assert!(flight.witness.begun().iter().all(|note| !runs(note.pid)));
    assert_eq!(world.view(task).batches_done, 0);
    world.expect(0, &format!("resume {task}"));
    flight.go_on_to_the_end();
    assert_eq!(flight.witness.assert_whole(BATCHES, BATCHES), 6);
    assert!(flight.witness.begun().iter().all(|note| note.attempt == 1));
}

#[test]
fn while_whoever_coordinates_is_stopped_others_leave_at_the_boundary_and_do_not_spin() {
    let flight = Flight::begin();
    let (world, task) = (&flight.world, flight.task);
    let claim = world.row(task).claim.expect("it is held");
    let is_coordinator = |worker: &&Worker| worker.number() == claim.worker;
    let coordinator = flight.workers.iter().find(is_coordinator);
    let coordinator = coordinator.expect("a worker of ours holds it");
    coordinator.signal(Signal::SIGSTOP);
    world.expect(0, &format!("suspend {task}"));
    flight.gate.release(6);
    wait_for_flight(world, task, 2);
    let all = || flight.workers.iter().map(naps).sum::<u64>();
    let before = all();
    // Not a wait for something to come: who opens seats over and over does it hundreds of times.
    std::thread::sleep(Duration::from_secs(1));
    let naps = all().saturating_sub(before);
    assert!(naps < 200, "they went to sleep {naps} times");
    assert_eq!(world.row(task).state.word, StateWord::Run);
    coordinator.signal(Signal::SIGCONT);
    world.wait_for_state(task, StateWord::Suspend);
    assert_eq!(world.row(task).wish.desired, Desired::Suspend);
    assert_eq!(flight.witness.begun().len(), 6);
}

/// How often threads of a worker went to sleep, those that are still there.
fn naps(worker: &Worker) -> u64 {
    let of = |thread: fs::DirEntry| {
        let status = fs::read_to_string(thread.path().join("status")).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
        line.trim().parse::<u64>().ok()
    };
    let tasks = format!("/proc/{}/task", worker.pid());
    let threads = fs::read_dir(tasks).expect("it lives").flatten();
    threads.filter_map(of).sum()
}

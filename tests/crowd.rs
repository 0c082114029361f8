//! Many processes on one store at once, and one that is stopped at any instant.

mod harness;

use std::process::Command;
use std::time::{Duration, Instant};

use harness::{DEADLINE, Program, Seed, World, wait_for_growth, wait_until};
use longhaul_common::control::Control;
use longhaul_common::id::EventNumber;
use longhaul_common::reference::TaskRef;
use longhaul_common::state::Outcome;
use longhaul_common::store::{Meant, Opening, Store, StoreError};
use nix::sys::signal::Signal;

/// How often each process calls the store.
const CALLS: u64 = 12;

/// Starts a process that calls the command line over and over, and says a line for each call that
/// went well. The first that does not ends it.
fn start_caller(world: &World, calls: &str) -> Program {
    let script = format!("set -e; for call in $(seq {CALLS}); do {calls}; done");
    let mut command = Command::new("sh");
    command
        .args(["-c", &script])
        .arg(world.command(["list"]).get_program())
        .env("LONGHAUL_STORE", world.store_dir());
    world.start_command(&command)
}

#[test]
fn eight_processes_at_once_lose_nothing_and_none_starves() {
    let world = World::new();
    let workers = [(); 2].map(|()| world.worker("--concurrency 4"));
    let steered = world.submit("--range 1..1000000 --batch-size 1", "exit 0");
    let submit = r#""$0" submit --range 1..20 --batch-size 2 -- true"#;
    let steer = format!(
        r#""$0" suspend {steered} >/dev/null; "$0" resume {steered} >/dev/null; echo asked"#
    );
    let submitters = [(); 3].map(|()| start_caller(&world, submit));
    let operators = [(); 3].map(|()| start_caller(&world, &steer));
    let mut submitted = Vec::new();
    for caller in submitters.into_iter().chain(operators) {
        let calls = || caller.stdout().lines().count() as u64;
        wait_for_growth("a call of each process", CALLS, calls);
        let output = caller.ended();
        assert_eq!(output.code, Some(0), "{output:?}");
        let ids = output.stdout.lines().filter(|line| *line != "asked");
        submitted.extend(ids.map(str::to_owned));
    }
    assert_eq!(submitted.len() as u64, 3 * CALLS);
    for id in &submitted {
        let meant = world.control().store().resolve(TaskRef::parse(id));
        let Ok(Meant::One(task)) = meant else {
            panic!("{id} was acknowledged and is not there: {meant:?}");
        };
        let done = || world.view(task).items_done;
        wait_for_growth("the items of each task", 20, done);
        world.wait_exits(task, 0);
        assert_eq!(world.view(task).outcome, Some(Outcome::Completed));
    }
    world.expect(0, &format!("terminate {steered} --wait --timeout 10s"));
    for worker in workers {
        assert_eq!(worker.stop(), Some(0));
    }
    let events = world
        .control()
        .store()
        .events(EventNumber(0), None, 1_000_000);
    let events = events.expect("the store can be read").events;
    let numbers: Vec<u64> = events.iter().map(|event| event.number.0).collect();
    assert_eq!(numbers, (1..=world.last_event().0).collect::<Vec<_>>());
    let whole = Store::check_integrity(world.store_dir(), DEADLINE);
    assert!(whole.expect("the store can be checked"), "it was damaged");
}

#[test]
fn beside_a_worker_that_is_stopped_at_any_instant_calls_are_answered_or_busy_within_their_deadline()
{
    let world = World::new();
    let record = world.record();
    let worker = world.worker("--concurrency 3");
    let counted = world.submit("--range 1..400 --batch-size 1", &record.note());
    // They keep it inside the database for most of the time.
    for _ in 0..2 {
        world.submit("--range 1..1000000 --batch-size 1", "exit 0");
    }
    let resting = world.submit("--kind nobodys", "exit 0");
    let patience = Duration::from_millis(200);
    let opening = Opening {
        patience,
        ..Opening::default()
    };
    let store = Store::open(world.store_dir(), opening).expect("the store is there");
    let hasty = Control::new(store).expect("the store has its locks");
    let seed = Seed::of_this_run();
    let mut busy = 0;
    for round in 0..seed.rounds(100) {
        std::thread::sleep(Duration::from_micros(seed.below(8_000)));
        worker.signal(Signal::SIGSTOP);
        let asked = Instant::now();
        let answer = if round % 2 == 0 {
            hasty.suspend([resting]).send().map(drop)
        } else {
            hasty.resume([resting]).send().map(drop)
        };
        let took = asked.elapsed();
        worker.signal(Signal::SIGCONT);
        assert!(took < DEADLINE, "no answer for {took:?}");
        match answer {
            Ok(()) => {}
            Err(StoreError::Busy { .. } | StoreError::Unknown { .. }) => busy += 1,
            Err(error) => panic!("{error}"),
        }
        wait_until("an answer once it goes on", || hasty.view(resting).is_ok());
    }
    assert!(busy > 0, "it was never stopped inside the database");
    let done = || world.view(counted).items_done;
    wait_for_growth("the rest of the items", 400, done);
    world.wait_exits(counted, 0);
    let expected: Vec<String> = (1..=400).map(|item| item.to_string()).collect();
    assert_eq!(record.items(), expected);
}

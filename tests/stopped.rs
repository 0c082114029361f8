//! A worker that is stopped (SIGSTOP) lives: nobody takes its task, and it goes on when continued. A
//! program that its terminal stops (ctrl-z) keeps nobody from the store.

mod harness;

use std::time::{Duration, Instant};

use harness::{Program, Seed, Worker, World, wait_until};
use longhaul_common::control::Control;
use longhaul_common::id::TaskNumber;
use longhaul_common::state::Desired;
use longhaul_common::store::{Opening, Store};
use nix::sys::signal::Signal;

/// More than three slow ticks of a worker.
const LONG: Duration = Duration::from_secs(7);

/// After so long without a stop ctrl-z is pressed again.
const PRESSED_AGAIN: Duration = Duration::from_secs(1);

/// Stops a worker where it keeps nobody from the database.
fn stop_outside_the_database(world: &World, worker: &Worker) {
    let opening = Opening {
        patience: Duration::from_millis(500),
        ..Opening::default()
    };
    let resting = world.submit("--kind nobodys", "exit 0");
    let store = Store::open(world.store_dir(), opening).expect("the store is there");
    let hasty = Control::new(store).expect("the store has its locks");
    wait_until("a stop outside the database", || {
        worker.signal(Signal::SIGSTOP);
        let answers = hasty.suspend([resting]).send().is_ok();
        if !answers {
            worker.signal(Signal::SIGCONT);
        }
        answers
    });
}

#[test]
fn a_stopped_worker_keeps_its_task_from_one_that_lives_and_goes_on_when_continued() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let stopped = world.worker("");
    let task = world.submit(
        "--range 1..3 --batch-size 1",
        &(record.note() + &gate.pass()),
    );
    wait_until("the first batch", || record.count() == 1);
    let claimed = world.row(task).claim;
    let _other = world.worker("");
    stop_outside_the_database(&world, &stopped);
    // The batch ends meanwhile: only its worker is missing.
    gate.release(3);

    let since = Instant::now();
    while since.elapsed() < LONG {
        // Proves that the other worker is awake, and looks at all there is.
        let theirs = world.submit("", "exit 0");
        world.wait_exits(theirs, 0);
        assert_eq!(world.row(task).claim, claimed, "somebody took it over");
        assert_eq!(record.count(), 1, "somebody else ran a batch");
    }
    let shown = world.expect(0, &format!("show {task}"));
    assert!(shown.stdout.contains("stopped (SIGSTOP)"), "{shown:?}");

    stopped.signal(Signal::SIGCONT);
    world.wait_exits(task, 0);
    assert_eq!(record.items(), ["1", "2", "3"], "repeated or lost");
    assert_eq!(record.attempts(), [1, 1, 1]);
}

/// Asks for something that has to be answered while a program is stopped.
#[track_caller]
fn ask(world: &World, want: Desired) {
    let (control, resting) = (world.control(), TaskNumber(1));
    let asked = match want {
        Desired::Suspend => control.suspend([resting]).send(),
        Desired::Run => control.resume([resting]).send(),
        Desired::Terminate => control.terminate([resting]).send(),
    };
    asked.expect("whoever is stopped is outside the store");
}

/// Presses ctrl-z, and asks for something meanwhile. False: the program ended before.
#[track_caller]
fn ask_while_stopped_by_ctrl_z(world: &World, program: &mut Program, after: Duration) -> bool {
    let mut ended = false;
    wait_until("what heeds it", || {
        ended = program.has_ended();
        ended || program.catches(Signal::SIGTSTP)
    });
    std::thread::sleep(after);
    if ended || program.has_ended() {
        return false;
    }
    program.signal(Signal::SIGTSTP);
    let mut pressed = Instant::now();
    wait_until(&format!("the stop of {}", program.pid()), || {
        ended = program.has_ended();
        // Between its handler and who listens to it a signal is heard by nobody: pressed again, as
        // anybody would.
        if !ended && pressed.elapsed() > PRESSED_AGAIN && !program.is_stopped() {
            program.signal(Signal::SIGTSTP);
            pressed = Instant::now();
        }
        ended || program.is_stopped()
    });
    ask(world, Desired::Run);
    if !ended {
        program.signal(Signal::SIGCONT);
    }
    !ended
}

fn with_a_busy_store() -> (World, Worker) {
    let world = World::new();
    world.submit("--kind nobodys", "exit 0");
    let worker = world.worker("--kinds command");
    world.submit("--range 1..1000000 --batch-size 1", "echo worked");
    (world, worker)
}

#[test]
fn ctrl_z_stops_who_follows_or_waits_outside_the_store() {
    let (world, _worker) = with_a_busy_store();
    let seed = Seed::of_this_run();
    for verb in ["events -f", "logs -f 2", "wait 2"] {
        for _ in 0..seed.rounds(10) {
            let mut program = world.start(verb.split(' '));
            for _ in 0..4 {
                // Rings a bell, so that it looks into the store.
                ask(&world, Desired::Suspend);
                let after = Duration::from_micros(seed.below(20_000));
                assert!(
                    ask_while_stopped_by_ctrl_z(&world, &mut program, after),
                    "{verb} ended"
                );
            }
            program.signal(Signal::SIGKILL);
        }
    }
    world.expect(0, "terminate 2 --wait --timeout 10s");
}

#[test]
fn ctrl_z_stops_who_only_looks_outside_the_store() {
    let (world, _worker) = with_a_busy_store();
    let seed = Seed::of_this_run();
    for verb in ["list", "doctor"] {
        let mut stops = 0;
        // Some of them are over before the key is pressed.
        wait_until(&format!("some stops of {verb}"), || {
            let mut program = world.start([verb]);
            let after = Duration::from_micros(seed.below(3_000));
            stops += u64::from(ask_while_stopped_by_ctrl_z(&world, &mut program, after));
            assert_eq!(program.ended().code, Some(0), "{verb}");
            stops >= seed.rounds(5)
        });
    }
    world.expect(0, "terminate 2 --wait --timeout 10s");
}

#[test]
fn a_list_and_a_doctor_name_the_worker_that_is_stopped() {
    let world = World::new();
    let gate = world.gate();
    let worker = world.worker("");
    let task = world.submit("--name copies", &gate.pass());
    wait_until("the batch", || world.row(task).claim.is_some());
    stop_outside_the_database(&world, &worker);
    let listed = world.expect(0, "list");
    assert!(listed.stdout.contains("stopped"), "{listed:?}");
    let told = world.cli(["doctor"]);
    let named = format!("(pid {}) is stopped (SIGSTOP)", worker.pid());
    assert!(told.stdout.contains(&named), "{told:?}");
    worker.signal(Signal::SIGCONT);
    gate.release(1);
    world.wait_exits(task, 0);
}

//! Workers that stop or die while they roll back.

use longhaul_common::phase::Phase;
use longhaul_common::state::StateWord;
use nix::sys::signal::Signal;

use crate::Scene;
use crate::harness::{pids, runs, wait_until};

#[test]
fn a_worker_that_stops_leaves_the_rollback_at_its_boundary_to_another() {
    let scene = Scene::new();
    let world = &scene.world;
    let (gate, undoing) = (world.gate(), world.gate());
    let mut first = world.worker("");
    let (undo, cleanup) = (scene.undo(&undoing.pass()), scene.cleanup());
    let hooks = [("rollback", undo.as_str()), ("cleanup", &cleanup)];
    let script = scene.batch() + &gate.pass();
    let task = scene.submit("--range 1..100 --batch-size 1", &hooks, &script);
    gate.release(30);
    scene.wait_for_lines(31);
    world.expect(0, &format!("terminate {task} --force"));
    wait_until("the first undoing", || scene.undone().len() == 1);
    first.signal(Signal::SIGTERM);
    // A worker that hears of the signal late undoes more batches.
    while !first.has_ended() {
        let before = scene.undone().len();
        undoing.release(1);
        wait_until("the worker's end, or another undoing", || {
            first.has_ended() || scene.undone().len() > before
        });
    }
    assert_eq!(first.exit_code(), Some(0));
    let left = scene.undone();
    assert_eq!(left.last().map(String::as_str), Some("cleanup"));
    let view = world.view(task);
    assert_eq!(view.phase, Phase::RollingBack);
    assert_ne!(view.current_state, StateWord::Terminate);
    world.expect(3, &format!("resume {task}"));

    let _second = world.worker("");
    undoing.release(40);
    world.wait_exits(task, 8);
    let mut undone = scene.undone();
    assert_eq!(undone.last().map(String::as_str), Some("cleanup"));
    undone.retain(|line| line != "cleanup");
    let expected: Vec<String> = (0..30)
        .rev()
        .map(|batch| format!("undo {batch} {}", batch + 1))
        .collect();
    assert_eq!(undone, expected);
}

#[test]
fn what_a_killed_worker_was_undoing_is_cleared_and_undone_again_under_the_same_key() {
    for way in ["", "--queue store --parallel 1"] {
        let scene = Scene::new();
        let world = &scene.world;
        let (gate, undoing) = (world.gate(), world.gate());
        let (keys, processes) = (world.path("keys"), world.path("processes"));
        let first = world.worker("");
        let body = format!(
            "echo $LONGHAUL_BATCH_KEY >>'{}'\necho $$ >>'{}'\n{}",
            keys.display(),
            processes.display(),
            undoing.pass()
        );
        let undo = scene.undo(&body);
        let script = scene.batch() + &gate.pass();
        let options = format!("--range 1..100 --batch-size 1 {way}");
        let task = scene.submit(&options, &[("rollback", &undo)], &script);
        gate.release(3);
        scene.wait_for_lines(4);
        world.expect(0, &format!("terminate {task} --force"));
        undoing.release(1);
        wait_until("the second undoing", || pids(&processes).len() == 2);
        first.kill();
        assert!(runs(pids(&processes)[1]), "it goes on without its worker");
        let _second = world.worker("");
        wait_until("another one", || pids(&processes).len() == 3);
        assert!(!runs(pids(&processes)[1]), "two run at once");
        undoing.release(2);
        world.wait_exits(task, 8);
        let expected = ["undo 2 3", "undo 1 2", "undo 1 2", "undo 0 1"];
        assert_eq!(scene.undone(), expected);
        let keys = std::fs::read_to_string(keys).expect("they ran");
        let keys: Vec<&str> = keys.lines().collect();
        assert_eq!(keys[1], keys[2]);
        assert!(keys[1].ends_with(":rollback:1"), "{keys:?}");
    }
}

#[test]
fn an_undoing_that_kills_its_workers_ends_as_failed() {
    let scene = Scene::new();
    let world = &scene.world;
    let gate = world.gate();
    let undo = scene.undo("kill -KILL $PPID\n");
    let mut worker = world.worker("");
    let options = "--range 1..100 --batch-size 1 --retries 1 --backoff 10ms";
    let script = scene.batch() + &gate.pass();
    let task = scene.submit(options, &[("rollback", &undo)], &script);
    gate.release(1);
    scene.wait_for_lines(2);
    world.expect(0, &format!("terminate {task} --force"));
    wait_until("a rollback that failed", || {
        if worker.has_ended() {
            worker = world.worker("");
        }
        world.view(task).phase == Phase::RollbackFailed
    });
    assert_eq!(scene.undone(), ["undo 0 1"; 2]);
    let error = world.view(task).error.expect("it failed");
    assert!(error.contains("its worker died"), "{error}");
}

#[test]
fn a_task_whose_workers_are_killed_at_any_time_undoes_all_it_did_and_nothing_else() {
    let rounds = std::env::var("LONGHAUL_ROUNDS").ok();
    let kills: u64 = rounds.and_then(|text| text.parse().ok()).unwrap_or(20);
    let scene = Scene::new();
    let world = &scene.world;
    let gate = world.gate();
    let (undo, cleanup) = (scene.undo(""), scene.cleanup());
    let hooks = [("rollback", undo.as_str()), ("cleanup", &cleanup)];
    let script = format!(
        "{}[ $LONGHAUL_BATCH != 200 ] || {}",
        scene.batch(),
        gate.pass()
    );
    let options = "--range 1..1000 --batch-size 2 --retries 1000 --backoff 1ms";
    let task = scene.submit(options, &hooks, &script);
    let mut worker = world.worker("");
    wait_until("200 batches", || world.view(task).batches_done == 200);
    world.expect(0, &format!("terminate {task} --force"));
    let seed = std::env::var("LONGHAUL_SEED").ok();
    let seed = seed
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(|| fastrand::u64(..));
    println!("LONGHAUL_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let ended = || world.view(task).current_state == StateWord::Terminate;
    for _ in 0..kills {
        let before = scene.undone().len();
        let more = random.usize(0..8);
        wait_until("more undone", || {
            ended() || scene.undone().len() >= before + more
        });
        std::thread::sleep(std::time::Duration::from_micros(random.u64(0..5000)));
        worker.kill();
        worker = world.worker("");
    }
    wait_until("the end", ended);
    let mut undone = scene.undone();
    assert_eq!(undone.last().map(String::as_str), Some("cleanup"));
    undone.retain(|line| line != "cleanup");
    undone.dedup();
    let expected: Vec<String> = (0..200)
        .rev()
        .map(|batch| format!("undo {batch} {} {}", 2 * batch + 1, 2 * batch + 2))
        .collect();
    assert_eq!(undone, expected);
}

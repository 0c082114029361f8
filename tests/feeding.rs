//! Fed tasks: items come while they run, from any program, until somebody closes the feed.

#[path = "feeding/refused.rs"]
mod refused;
#[path = "feeding/rust_kind.rs"]
mod rust_kind;
#[path = "feeding/service.rs"]
mod service;

mod harness;

use std::fs;
use std::time::Instant;

use harness::{Program, World, wait_until};
use longhaul_common::bell::TICK;
use longhaul_common::phase::Phase;
use longhaul_common::state::StateWord;
use longhaul_common::view::FeedView;
use nix::sys::signal::Signal;
use service::{Feeder, Service, lines, words};

#[test]
fn items_from_several_feeders_are_each_performed_once_while_more_come() {
    let service = Service::new("--batch-size 7");
    let _workers = [(); 2].map(|()| service.world.worker("--concurrency 2"));
    let feeders: Vec<Program> = (0..4)
        .map(|feeder| {
            let items = lines(feeder * 1000..feeder * 1000 + 1000);
            let file = service.world.file(&format!("items-{feeder}"), items);
            let task = service.task.to_string();
            service.world.start(["feed", &task, file.to_str().unwrap()])
        })
        .collect();
    for feeder in feeders {
        let ended = feeder.ended_at_last();
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "1000\n"));
    }
    service.close();
    service.world.wait_exits(service.task, 0);
    service.each_was_performed_once(words(0..4000));
    let view = service.world.view(service.task);
    assert_eq!((view.items_done, view.items_total), (4000, Some(4000)));
}

#[test]
fn an_item_is_performed_while_its_feeder_still_waits_for_more() {
    let service = Service::new("");
    let _worker = service.world.worker("");
    let mut feeder = Feeder::start(&service, "feeder", &["--follow"]);
    feeder.give("first\nsecond\npart of the th");
    service.wait_for_done(2);
    feeder.give("ird\n");
    service.wait_for_done(3);
    wait_until("what was told", || feeder.told() == 3);
    service.each_was_performed_once(["first", "second", "part of the third"].map(str::to_owned));
}

#[test]
fn what_a_killed_feeder_said_is_durable_is_done_and_nothing_twice() {
    let service = Service::new("--batch-size 50");
    let _worker = service.world.worker("");
    let mut feeder = Feeder::start(&service, "feeder", &["--follow"]);
    feeder.give(&lines(0..5000));
    wait_until("some are durable", || feeder.told() > 0);
    feeder.signal(Signal::SIGKILL);
    feeder.child.wait().unwrap();
    let told = feeder.told();
    service.close();
    service.world.wait_exits(service.task, 0);
    let fed = service.fed();
    assert!(fed >= told, "{fed} of {told} that were said to be durable");
    assert_eq!(service.done(), fed);
    service.each_was_performed_once(words(0..fed));
}

#[test]
fn nothing_is_lost_or_counted_twice_when_workers_are_killed_meanwhile() {
    let service = Service::new("--batch-size 10 --retries 1000 --backoff 10ms");
    let mut workers: Vec<_> = (0..2).map(|_| service.world.worker("")).collect();
    let mut feeder = Feeder::start(&service, "feeder", &[]);
    for kill in 1..=6 {
        let from = (kill - 1) * 200;
        feeder.give(&lines(from..from + 200));
        service.wait_for_done(from + 50);
        workers.remove(0).kill();
        workers.push(service.world.worker(""));
    }
    drop(feeder.child.stdin.take());
    assert!(feeder.child.wait().unwrap().success());
    assert_eq!(feeder.told(), 1200);
    service.close();
    service.world.wait_exits(service.task, 0);
    assert_eq!((service.done(), service.fed()), (1200, 1200));
    let performed: Vec<String> = service.performed().into_keys().collect();
    let mut wanted = words(0..1200);
    wanted.sort();
    assert_eq!(performed, wanted);
}

#[test]
fn a_task_that_is_closed_while_batches_run_completes_once_all_is_done() {
    let world = World::new();
    let gate = world.gate();
    let task = world.submit("--feed --batch-size 1 -n service", &gate.pass());
    let _worker = world.worker("");
    world.finish(world.command(["feed", "service"]), b"a\nb\nc\n");
    wait_until("a batch runs", || {
        let backlog = world.row(task).backlog.unwrap();
        !backlog.begun.is_empty()
    });
    let closed = world.expect(0, "close service");
    assert!(
        closed.stdout.contains("closed after 3 items, 3 of them"),
        "{closed:?}"
    );
    assert_eq!(world.view(task).current_state, StateWord::Run);
    assert_eq!(world.view(task).fraction, Some(0.0));
    gate.release(3);
    world.wait_exits(task, 0);
    let again = world.expect(0, "close service");
    assert!(again.stdout.contains("closed before"), "{again:?}");
}

#[test]
fn a_suspended_task_takes_items_that_wait_until_it_is_resumed() {
    let service = Service::new("");
    let _worker = service.world.worker("");
    service.world.wait_for_state(service.task, StateWord::Run);
    let task = service.task;
    service.world.expect(0, &format!("suspend {task} --wait"));
    service.feed("a\nb\n");
    let view = service.world.view(task);
    assert_eq!((view.items_done, view.items_total), (0, Some(2)));
    assert_eq!(view.current_state, StateWord::Suspend);
    service.world.expect(0, &format!("resume {task}"));
    service.wait_for_done(2);
    service.close();
    service.world.wait_exits(task, 0);
    service.each_was_performed_once(["a", "b"].map(str::to_owned));
}

#[test]
fn an_empty_feed_that_is_closed_completes_at_once() {
    let service = Service::new("");
    let _worker = service.world.worker("");
    service.feed("");
    service.close();
    service.world.wait_exits(service.task, 0);
    let view = service.world.view(service.task);
    assert_eq!((view.items_total, view.fraction), (Some(0), Some(1.0)));
    // One that no worker has claimed yet, too.
    let task = service.world.submit("--feed", "exit 1");
    service.world.expect(0, &format!("close {task}"));
    service.world.wait_exits(task, 0);
}

#[test]
fn a_task_that_waits_for_items_says_so_and_takes_no_slot_from_others() {
    let service = Service::new("");
    let _worker = service.world.worker("--concurrency 1");
    service.feed("a\n");
    service.wait_for_done(1);
    let waits = format!("items (longhaul feed {})", service.task);
    wait_until("it says what it waits for", || {
        let view = service.world.view(service.task);
        (view.phase, view.waiting_for.as_deref()) == (Phase::Running, Some(waits.as_str()))
    });
    let view = service.world.view(service.task);
    assert_eq!((view.fraction, view.eta_seconds), (None, None));
    assert_eq!(view.feed, Some(FeedView::Open));
    let other = service.world.submit("", "true");
    service.world.wait_exits(other, 0);
    // No time runs while there is nothing to do.
    let ran = service.world.view(service.task).running_seconds;
    assert_eq!(service.world.view(service.task).running_seconds, ran);
    let shown = service.world.expect(0, &format!("show {}", service.task));
    assert!(shown.stdout.contains("--feed, open"), "{shown:?}");
    assert!(shown.stdout.contains("1 of 1 item so far"), "{shown:?}");
}

#[test]
fn an_idle_task_hears_of_items_without_waiting_for_a_tick() {
    let service = Service::new("");
    let _worker = service.world.worker("");
    service.feed("0\n");
    service.wait_for_done(1);
    let started = Instant::now();
    for item in 1..=16 {
        service.feed(&format!("{item}\n"));
        service.wait_for_done(item + 1);
    }
    // By the tick alone each would have to wait for the next one.
    assert!(started.elapsed() < 4 * TICK, "{:?}", started.elapsed());
}

#[test]
fn a_batch_that_was_planned_never_changes_whatever_is_fed_meanwhile() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let script = format!(
        "{}{}[ $LONGHAUL_ATTEMPT -gt 1 ]",
        record.note(),
        gate.pass()
    );
    let task = world.submit("--feed --parallel 1 --backoff 1ms", &script);
    let _worker = world.worker("");
    let feed = |items: &[u8]| world.finish(world.command(["feed", &task.to_string()]), items);
    feed(b"a\nb\n");
    wait_until("the first attempt", || record.count() == 1);
    feed(b"c\n");
    gate.release(9);
    world.expect(0, &format!("close {task}"));
    world.wait_exits(task, 0);
    let runs = record.runs();
    let first: Vec<_> = runs.iter().filter(|run| run.batch == 0).collect();
    assert_eq!(first.len(), 2);
    for run in &first {
        assert_eq!(run.items, ["a", "b"]);
    }
    assert!(runs.iter().any(|run| run.batch == 1 && run.items == ["c"]));
}

#[test]
fn an_interrupted_feeder_says_how_many_items_were_taken() {
    let service = Service::new("");
    let mut feeder = Feeder::start(&service, "feeder", &[]);
    feeder.give("a\nb\npart");
    wait_until("two are taken", || service.fed() == 2);
    // Waiting for a child closes its input, which would be the end of it.
    let _open = feeder.child.stdin.take();
    feeder.signal(Signal::SIGINT);
    assert_eq!(feeder.child.wait().unwrap().code(), Some(1));
    assert_eq!(feeder.told(), 2);
    let errors = fs::read_to_string(feeder.said.with_extension("err")).unwrap();
    assert!(errors.contains("2 items were taken"), "{errors}");
    assert_eq!(service.fed(), 2);
}

#[test]
fn a_hundred_thousand_items_are_fed_in_a_moment() {
    let service = Service::new("--batch-size 10000");
    let file = service.world.file("items", lines(0..100_000));
    let started = Instant::now();
    let task = service.task.to_string();
    let fed = service
        .world
        .cli(["--json", "feed", &task, file.to_str().unwrap()]);
    let took = started.elapsed();
    println!("{:.0} items/s", 100_000.0 / took.as_secs_f64());
    let told = fed.json();
    assert_eq!(
        (&told["taken"], &told["feed"]),
        (&100_000.into(), &"open".into())
    );
    assert!(took < harness::DEADLINE, "{took:?}");
    let _worker = service.world.worker("");
    service.close();
    service.world.wait_exits(service.task, 0);
    assert_eq!(service.done(), 100_000);
}

#[test]
fn what_was_done_needs_no_room_any_more() {
    let service = Service::new("--batch-size 4");
    let _worker = service.world.worker("");
    let item = "x".repeat(100_000);
    let size = || {
        fs::metadata(service.world.store_dir().join("tasks.redb"))
            .unwrap()
            .len()
    };
    let mut largest = 0;
    for round in 1..=40 {
        service.feed(&format!("{item}\n{item}\n{item}\n{item}\n"));
        service.wait_for_done(4 * round);
        if round == 10 {
            largest = size();
        }
    }
    // Another 12 MB went through.
    assert!(size() < largest + 4_000_000, "{} after {largest}", size());
}

#[test]
fn items_after_null_hold_newlines_where_the_command_takes_them_as_arguments() {
    let world = World::new();
    let out = world.file("out", "");
    let script = format!("printf '%s|' \"$@\" >>'{}'", out.display());
    let submitted = world.cli(["submit", "--feed", "--", "sh", "-c", &script, "sh", "{}"]);
    let task = world.submitted(&submitted);
    let _worker = world.worker("");
    let command = world.command(["feed", &task.to_string(), "--null", "-"]);
    assert_eq!(world.finish(command, b"a\nb\0c\0").stdout, "2\n");
    world.expect(0, &format!("close {task}"));
    world.wait_exits(task, 0);
    assert_eq!(fs::read_to_string(&out).unwrap(), "a\nb|c|");
    // On standard input they would be taken for two.
    let task = world.submit("--feed", "cat");
    let command = world.command(["feed", &task.to_string(), "--null"]);
    world.finish(command, b"a\nb\0");
    world.expect(0, &format!("close {task}"));
    world.wait_exits(task, 1);
    let error = world.view(task).error.unwrap_or_default();
    assert!(error.contains("newline"), "{error}");
}

#[test]
fn a_fed_task_is_run_here_until_it_is_closed() {
    let world = World::new();
    let run = world.start(["run", "--feed", "-n", "here", "--", "cat"]);
    let task = world.wait_for_task(1);
    world.finish(world.command(["feed", "here"]), b"a\nb\n");
    wait_until("both are done", || world.view(task).items_done == 2);
    world.expect(0, "close here");
    assert_eq!(run.ended_at_last().code, Some(0));
}

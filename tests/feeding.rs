//! Fed tasks: items come while they run, from any program, until somebody closes the feed.

mod harness;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::Instant;

use harness::{Program, World, heeding_signals, wait_for, wait_until};
use longhaul_common::control::Unfed;
use longhaul_common::id::TaskNumber;
use longhaul_common::phase::Phase;
use longhaul_common::state::StateWord;
use longhaul_common::store::NotTaken;
use longhaul_common::view::FeedView;
use longhaul_worker::{Cx, Failure, Task, fed_item, new_fed_task};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

/// A fed task whose batches append their items to a file.
struct Service {
    world: World,
    task: TaskNumber,
    out: PathBuf,
}

impl Service {
    fn new(options: &str) -> Self {
        Self::after(options, "")
    }

    /// The same; each batch first runs these words of the shell.
    fn after(options: &str, first: &str) -> Self {
        let world = World::new();
        let out = world.file("out", "");
        let script = format!("{first}\ncat >>'{}'", out.display());
        let task = world.submit(&format!("--feed {options}"), &script);
        Self { world, task, out }
    }

    fn feed(&self, items: &str) {
        let command = self.world.command(["feed", &self.task.to_string()]);
        let fed = self.world.finish(command, items.as_bytes());
        assert_eq!(fed.code, Some(0), "{fed:?}");
    }

    fn close(&self) {
        self.world.expect(0, &format!("close {}", self.task));
    }

    fn done(&self) -> u64 {
        self.world.view(self.task).items_done
    }

    fn fed(&self) -> u64 {
        self.world.view(self.task).items_total.unwrap_or_default()
    }

    fn wait_for_done(&self, items: u64) {
        harness::wait_for_growth("items done", items, || self.done());
    }

    /// How often each item was in a batch.
    fn performed(&self) -> BTreeMap<String, u64> {
        let mut found = BTreeMap::new();
        for item in fs::read_to_string(&self.out)
            .expect("the test made it")
            .lines()
        {
            *found.entry(item.to_owned()).or_default() += 1;
        }
        found
    }

    #[track_caller]
    fn each_was_performed_once(&self, items: impl IntoIterator<Item = String>) {
        let wanted = items.into_iter().map(|item| (item, 1)).collect();
        assert_eq!(self.performed(), wanted);
    }
}

fn lines(items: std::ops::Range<u64>) -> String {
    items.map(|item| format!("{item}\n")).collect()
}

fn words(items: std::ops::Range<u64>) -> Vec<String> {
    items.map(|item| item.to_string()).collect()
}

/// A feeder whose standard input stays open.
struct Feeder {
    child: Child,
    said: PathBuf,
}

impl Feeder {
    fn start(service: &Service, name: &str, options: &[&str]) -> Self {
        let said = service.world.path(name);
        let task = service.task.to_string();
        let command = service.world.command(["feed", &task].iter().chain(options));
        let child = heeding_signals(&[], &command)
            .stdin(Stdio::piped())
            .stdout(fs::File::create(&said).expect("there is room"))
            .stderr(fs::File::create(said.with_extension("err")).expect("there is room"))
            .spawn()
            .expect("it starts");
        Self { child, said }
    }

    fn give(&mut self, items: &str) {
        let stdin = self.child.stdin.as_mut().expect("it is piped");
        stdin.write_all(items.as_bytes()).expect("it reads");
    }

    /// What it said last is durable.
    fn told(&self) -> u64 {
        let said = fs::read_to_string(&self.said).expect("the test made it");
        let whole = said.rsplit_once('\n').map_or("", |(whole, _)| whole);
        whole
            .lines()
            .last()
            .map_or(0, |line| line.parse().expect("a count"))
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).expect("process numbers are small");
        kill(Pid::from_raw(pid), signal).expect("it was not waited for yet");
    }
}

impl Drop for Feeder {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

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
fn what_can_not_be_fed_is_refused_with_a_way_out() {
    let world = World::new();
    let refused = |code: i32, line: &str, input: &[u8], says: &str| {
        let output = world.finish(world.command(line.split(' ')), input);
        assert_eq!(output.code, Some(code), "{line}: {output:?}");
        assert!(output.stderr.contains(says), "{line}: {output:?}");
    };
    let plain = world.submit("", "true");
    let fed = world.submit("--feed -n service", "true");
    refused(3, &format!("feed {plain}"), b"a\n", "submit --feed");
    refused(3, &format!("close {plain}"), b"", "submit --feed");
    refused(3, "feed nobody", b"a\n", "there is no task nobody");
    refused(
        2,
        "feed service no-such-file",
        b"",
        "no-such-file can't be read",
    );
    refused(2, "feed service /", b"", "is a folder");
    refused(
        2,
        "submit --feed --queue direct -- true",
        b"",
        "leave out --queue direct",
    );
    refused(
        2,
        "run --feed --queue direct -- true",
        b"",
        "leave out --queue direct",
    );
    refused(
        2,
        "submit --feed --lines / -- true",
        b"",
        "cannot be used with",
    );
    refused(2, "submit --feed - -- true", b"", "one input");
    let mut long = b"short\n".to_vec();
    long.resize((16 << 20) + 8, b'x');
    long.push(b'\n');
    refused(
        2,
        "feed service",
        &long,
        "item 2 is longer than 16 MiB; 1 item was taken",
    );
    assert_eq!(world.view(fed).items_total, Some(1));
    world.expect(0, "close service");
    refused(3, "feed service", b"a\n", "its feeding was closed");
    let fed = world.submit("--feed", "true");
    world.expect(0, &format!("terminate {fed}"));
    refused(
        3,
        &format!("feed {fed}"),
        b"a\n",
        "it has ended (terminated)",
    );
    let both = world.cli(["close", "service", &fed.to_string(), "--json"]);
    assert_eq!(both.code, Some(3));
    assert_eq!(both.json()[0]["already"], true);
    assert_eq!(both.json()[1]["refused"], "it has ended (terminated)");
}

#[derive(Serialize, Deserialize, Clone)]
struct Nothing;

#[derive(Serialize, Deserialize)]
struct Order {
    number: u64,
}

struct Orders;

impl Task for Orders {
    const KIND: &'static str = "orders";
    type Params = Nothing;
    type Item = Order;
    type Shared = ();

    fn init(_: Nothing, (): (), _: &Cx) -> Result<Self, Failure> {
        Ok(Self)
    }

    fn batch(&mut self, items: &[Order], cx: &Cx) -> Result<(), Failure> {
        for item in items {
            cx.log(format!("order {}", item.number));
        }
        Ok(())
    }
}

#[test]
fn a_rust_task_is_fed_by_the_program_that_hosts_it() {
    let world = World::new();
    let control = world.control();
    let worker = longhaul_worker::builder(control.store().clone())
        .register::<Orders>(())
        .spawn()
        .unwrap();
    let mut new = new_fed_task::<Orders>(&Nothing).unwrap();
    new.spec.batch_size = 2;
    let task = control.submit(new).unwrap().number;
    let orders = (1..=5).map(|number| fed_item::<Orders>(&Order { number }).unwrap());
    assert_eq!(control.feed(task, orders).unwrap(), 5);
    wait_until("five are done", || world.view(task).items_done == 5);
    // One that is none is passed over, and those after it are done.
    control.feed(task, ["an order"]).unwrap();
    wait_for("the failure", || {
        control.store().failures(task).unwrap().pop()
    });
    let order = fed_item::<Orders>(&Order { number: 6 }).unwrap();
    control.feed(task, [order]).unwrap();
    assert!(!control.close(task).unwrap().already);
    assert!(control.close(task).unwrap().already);
    world.wait_exits(task, 1);
    let view = world.view(task);
    assert_eq!((view.items_done, view.batches_failed), (6, 1));
    let refused = control.feed(task, ["late"]).unwrap_err();
    assert_eq!(refused.taken, 0);
    assert!(matches!(
        refused.why,
        Unfed::Refused {
            why: NotTaken::Ended(_),
            ..
        }
    ));
    worker.stopper().stop();
    worker.join().unwrap();
}

#[test]
fn too_long_an_item_is_named_with_how_many_were_taken_before() {
    let world = World::new();
    let task = world.submit("--feed", "true");
    let items = [vec![b'a'], vec![b'b'], vec![0; (16 << 20) + 1], vec![b'c']];
    let error = world.control().feed(task, items).unwrap_err();
    assert_eq!(error.taken, 2);
    assert!(matches!(error.why, Unfed::TooLong { item: 3, .. }));
    assert_eq!(world.view(task).items_total, Some(2));
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

//! The items of a task by how they stand: done, left and failed are all there are, each once.

mod harness;

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use harness::{Seed, World, wait_until};
use longhaul_common::id::TaskNumber;
use longhaul_common::state::StateWord;

/// What the verb prints.
#[track_caller]
fn items(world: &World, task: TaskNumber, which: &str) -> String {
    world.expect(0, &format!("items {task} --{which}")).stdout
}

#[track_caller]
fn lines(world: &World, task: TaskNumber, which: &str) -> Vec<String> {
    let text = items(world, task, which);
    text.lines().map(str::to_owned).collect()
}

/// Looks at a task that rests: what is printed are its items, each once, in their order.
#[track_caller]
fn assert_whole(world: &World, task: TaskNumber, all: &[String]) -> [usize; 3] {
    let parts = ["done", "left", "failed"].map(|which| lines(world, task, which));
    let mut seen = BTreeSet::new();
    for part in &parts {
        let places: Vec<usize> = part
            .iter()
            .map(|item| all.iter().position(|known| known == item).expect("an item"))
            .collect();
        assert!(places.is_sorted(), "out of order: {part:?}");
        for item in part {
            assert!(seen.insert(item.clone()), "{item} is printed twice");
        }
    }
    assert_eq!(seen.len(), all.len(), "{parts:?}");
    let view = world.view(task);
    let [done, left, failed] = parts.map(|part| part.len());
    assert_eq!(
        (view.items_done, view.items_failed),
        (done as u64, failed as u64)
    );
    [done, left, failed]
}

fn all(last: u64) -> Vec<String> {
    (1..=last).map(|item| format!("item {item}")).collect()
}

#[test]
fn items_are_printed_as_the_input_has_them() {
    let world = World::new();
    let _worker = world.worker("");
    let csv = world.file(
        "in.csv",
        "name,text\na,\"two\nlines\"\nb,plain\nc,\"x, y\"\nd,last\n",
    );
    let null = world.file("in.null", b"one\0two\nlines\0three\0four\0");
    let plain = world.file("in.txt", "one\ntwo\nthree\nfour");
    let script = "[ $LONGHAUL_BATCH != 1 ]";
    let options = "--batch-size 1 --retries 0";
    for (input, done, left) in [
        (
            format!("--csv {}", csv.display()),
            "name,text\na,\"two\nlines\"\n",
            "name,text\nb,plain\nc,\"x, y\"\nd,last\n",
        ),
        (
            format!("--null {}", null.display()),
            "one\0",
            "two\nlines\0three\0four\0",
        ),
        (
            format!("--lines {}", plain.display()),
            "one\n",
            "two\nthree\nfour\n",
        ),
        ("--range 07..10".to_owned(), "07\n", "08\n09\n10\n"),
    ] {
        let task = world.submit(&format!("{input} {options}"), script);
        world.wait_exits(task, 7);
        assert_eq!(items(&world, task, "done"), done, "{input}");
        assert_eq!(items(&world, task, "left"), left, "{input}");
        assert_eq!(items(&world, task, "failed"), "", "{input}");
        world.expect(0, &format!("resume {task} --skip"));
        world.wait_exits(task, 1);
        assert_eq!(items(&world, task, "left"), "", "{input}");
        assert!(items(&world, task, "failed").len() >= 3, "{input}");
    }
}

#[test]
fn what_failed_in_part_is_told_item_by_item() {
    let world = World::new();
    let _worker = world.worker("");
    let script = "while read -r item; do [ \"$item\" != 'item 5' ] || exit 65; done";
    let file = world.file("in.txt", all(12).join("\n"));
    for way in ["", "--queue store"] {
        let options = format!("--lines {} --batch-size 4 --isolate {way}", file.display());
        let task = world.submit(&options, script);
        world.wait_exits(task, 1);
        assert_eq!(lines(&world, task, "failed"), ["item 5"]);
        assert_whole(&world, task, &all(12));
    }
}

#[test]
fn which_is_asked_for_has_to_be_said_and_is_one() {
    let world = World::new();
    let task = world.submit("--range 1..3", "true");
    world.expect(2, &format!("items {task}"));
    world.expect(2, &format!("items {task} --done --left"));
    world.expect(2, &format!("items {task} --done --json"));
    let none = world.submit("", "true");
    let output = world.expect(3, &format!("items {none} --left"));
    assert!(output.stderr.contains("has no input"), "{output:?}");
}

#[test]
fn a_task_that_was_terminated_still_tells_what_was_left() {
    for way in ["", "--queue store --parallel 2"] {
        let world = World::new();
        let _worker = world.worker("");
        let gate = world.gate();
        let file = world.file("in.txt", all(40).join("\n"));
        let options = format!("--lines {} --batch-size 3 {way}", file.display());
        let task = world.submit(&options, &gate.pass());
        gate.release(5);
        wait_until("five batches", || world.view(task).batches_done == 5);
        world.expect(0, &format!("terminate {task} --force --wait --timeout 10s"));
        let [done, left, failed] = assert_whole(&world, task, &all(40));
        assert_eq!((done, left, failed), (15, 25, 0));
    }
}

#[test]
fn what_is_left_of_a_fed_task_is_printed_as_far_as_it_is_there() {
    let world = World::new();
    let _worker = world.worker("");
    let script = "while read -r item; do [ \"$item\" != 'item 5' ] || exit 65; done";
    let task = world.submit("--feed --batch-size 2 --parallel 1", script);
    let feed = |items: &[String]| {
        let text = items.join("\n");
        let output = world.finish(world.command(["feed", &task.to_string()]), text.as_bytes());
        assert_eq!(output.code, Some(0), "{output:?}");
    };
    feed(&all(6));
    wait_until("six items", || world.row(task).progress.items_tried() == 6);
    world.expect(0, &format!("suspend {task} --wait --timeout 10s"));
    feed(&all(8)[6..]);
    assert_eq!(lines(&world, task, "left"), ["item 7", "item 8"]);
    assert_eq!(lines(&world, task, "failed"), ["item 5", "item 6"]);
}

/// Kills and suspensions at any instant: at every rest the items are whole.
fn whole_at_every_rest(way: &str) {
    let world = World::new();
    let seed = Seed::of_this_run();
    let all = all(300);
    let file = world.file("in.txt", all.join("\n"));
    let done = world.path("done");
    let script = format!(
        "items=$(cat); case \"$items\" in *'item 77'*|*'item 150'*) exit 65;; esac; echo \"$items\" >>'{}'",
        done.display()
    );
    let options = format!(
        "--lines {} --batch-size 5 --retries 1000 --backoff 1ms --isolate {way}",
        file.display()
    );
    let task = world.submit(&options, &script);
    for round in 0..seed.rounds(12) {
        let worker = world.worker("");
        // Not a wait for something to come: the instant is what is tried.
        std::thread::sleep(Duration::from_micros(seed.below(150_000)));
        if round % 2 == 0 {
            worker.kill();
        } else {
            drop(worker);
        }
        if world.view(task).current_state == StateWord::Terminate {
            break;
        }
        // Acts for the dead, unless what it was just starting still held its lock: then it is a worker's.
        let asked = world.cli(["suspend", &task.to_string(), "--wait", "--timeout", "10s"]);
        match asked.code {
            Some(0) => {}
            Some(6) => {
                let _worker = world.worker("");
                world.wait_for_state(task, StateWord::Suspend);
            }
            // All was done, and only its end was not written yet.
            Some(3) if world.view(task).current_state == StateWord::Terminate => break,
            _ => panic!("{asked:?}"),
        }
        assert_whole(&world, task, &all);
        world.expect(0, &format!("resume {task}"));
    }
    let _worker = world.worker("");
    wait_until("the end", || {
        world.view(task).current_state == StateWord::Terminate
    });
    assert_eq!(assert_whole(&world, task, &all), [298, 0, 2]);
    let text = fs::read_to_string(done).expect("it was written");
    let ran: BTreeSet<&str> = text.lines().collect();
    assert_eq!(ran.len(), 298);
}

#[test]
fn items_are_whole_at_every_rest_whatever_was_killed() {
    whole_at_every_rest("");
}

#[test]
fn items_of_a_queued_task_are_whole_at_every_rest_whatever_was_killed() {
    whole_at_every_rest("--queue store --parallel 4");
}

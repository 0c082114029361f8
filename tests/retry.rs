//! What failed of a task is tried again: of one that has ended by another one, over exactly these items; of
//! one that lives by itself.

mod harness;

#[path = "retry/at_once.rs"]
mod at_once;
#[path = "retry/live.rs"]
mod live;
#[path = "retry/policy.rs"]
mod policy;
#[path = "retry/queued.rs"]
mod queued;
#[path = "retry/scene.rs"]
mod scene;
#[path = "retry/siege.rs"]
mod siege;

use harness::{World, wait_until};
use longhaul_common::id::TaskNumber;

fn retried(world: &World, task: TaskNumber) -> TaskNumber {
    let output = world.expect(0, &format!("retry {task} --reason mended"));
    world.submitted(&output)
}

#[test]
fn the_failed_items_are_tried_again_in_their_order_by_a_task_that_is_linked() {
    for way in ["", "--queue store --parallel 1"] {
        let world = World::new();
        let record = world.record();
        let _worker = world.worker("");
        let mended = world.path("mended");
        let script = format!(
            "{}[ -e '{}' ] && exit 0\nfor item in $items; do case $item in 3|8|9) exit 65;; esac; done",
            record.note(),
            mended.display()
        );
        let options = format!("--range 1..12 --batch-size 4 --isolate --name import {way}");
        let task = world.submit(&options, &script);
        world.wait_exits(task, 1);
        world.file("mended", "");
        let before = record.count();
        let again = retried(&world, task);
        world.wait_exits(again, 0);
        let runs = record.runs().split_off(before);
        let items: Vec<String> = runs.into_iter().flat_map(|run| run.items).collect();
        assert_eq!(items, ["3", "8", "9"]);
        let view = world.view(again);
        assert_eq!((view.items_done, view.items_total), (3, Some(3)));
        assert_eq!(
            (view.retry_of, view.name.as_deref()),
            (Some(task), Some("import"))
        );
        assert_eq!(view.desired_reason.as_deref(), Some("mended"));
        assert_eq!(world.view(task).retried_by, Some(again));
        // Done: nothing is left to be tried again.
        world.expect(3, &format!("retry {again}"));
    }
}

#[test]
fn what_fails_again_can_be_tried_again() {
    let world = World::new();
    let _worker = world.worker("");
    let file = world.file("in.txt", "a\nb\nc\nd\ne\n");
    let tries = world.path("tries");
    let script = format!(
        "while read -r item; do case $item in b|d) echo $item >>'{0}'; [ $(grep -c $item '{0}') -gt 2 ] || exit 65;; esac; done",
        tries.display()
    );
    let options = format!("--lines {} --batch-size 3 --isolate", file.display());
    let mut task = world.submit(&options, &script);
    world.wait_exits(task, 1);
    let mut code = 1;
    for _ in 0..5 {
        if code == 0 {
            break;
        }
        let meant = world.expect(0, &format!("items {task} --failed")).stdout;
        task = retried(&world, task);
        code = if world
            .cli(["wait", &task.to_string(), "--timeout", "10s"])
            .code
            == Some(0)
        {
            0
        } else {
            1
        };
        let failed = world.expect(0, &format!("items {task} --failed")).stdout;
        let done = world.expect(0, &format!("items {task} --done")).stdout;
        let mut all: Vec<&str> = failed.lines().chain(done.lines()).collect();
        all.sort_unstable();
        assert_eq!(all, meant.lines().collect::<Vec<_>>());
    }
    assert_eq!(code, 0);
}

#[test]
fn records_and_fed_items_are_tried_again_as_they_are() {
    let world = World::new();
    let _worker = world.worker("");
    let csv = world.file(
        "in.csv",
        "name,text\na,\"two\nlines\"\nb,plain\nc,\"x, y\"\n",
    );
    let seen = world.path("seen");
    let script = format!(
        "[ -e '{}' ] || exit 65; cat >>'{}'",
        world.path("mended").display(),
        seen.display()
    );
    let records = world.submit(&format!("--csv {} --batch-size 2", csv.display()), &script);
    let fed = world.submit("--feed --batch-size 1", &script);
    let output = world.finish(world.command(["feed", &fed.to_string()]), b"one\ntwo\n");
    assert_eq!(output.code, Some(0), "{output:?}");
    world.expect(0, &format!("close {fed}"));
    for task in [records, fed] {
        world.wait_exits(task, 1);
    }
    world.file("mended", "");
    let again = retried(&world, records);
    world.wait_exits(again, 0);
    let text = std::fs::read_to_string(&seen).expect("it was written");
    assert_eq!(
        text,
        "name,text\na,\"two\nlines\"\nb,plain\nname,text\nc,\"x, y\"\n"
    );
    let again = retried(&world, fed);
    world.wait_exits(again, 0);
    wait_until("both items", || {
        std::fs::read_to_string(&seen)
            .is_ok_and(|text| text.contains("one\n") && text.contains("two\n"))
    });
}

#[test]
fn what_has_not_ended_or_not_failed_is_not_tried_again_and_nothing_twice_at_once() {
    let world = World::new();
    let waiting = world.submit("--range 1..3", "true");
    let refused = world.expect(3, &format!("retry {waiting}"));
    assert!(
        refused.stderr.contains("nothing of it has failed"),
        "{refused:?}"
    );
    let worker = world.worker("");
    world.wait_exits(waiting, 0);
    let refused = world.expect(3, &format!("retry {waiting}"));
    assert!(refused.stderr.contains("nothing of task"), "{refused:?}");
    let failing = world.submit("--range 1..3", "exit 65");
    world.wait_exits(failing, 1);
    assert_eq!(worker.stop(), Some(0));
    let again = retried(&world, failing);
    let refused = world.expect(3, &format!("retry {failing}"));
    assert!(
        refused.stderr.contains(&format!("by task {again}")),
        "{refused:?}"
    );
    world.expect(0, &format!("terminate {again}"));
    retried(&world, failing);
}

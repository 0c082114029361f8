//! What a process may answer, and what follows.

use longhaul_common::event::What;
use longhaul_common::state::StateWord;

use super::actor::{Actor, WAYS, has_error, log};
use crate::harness::World;

#[test]
fn one_process_performs_all_batches_and_ends_with_its_input() {
    for way in WAYS {
        let world = World::new();
        let actor = Actor::new(&world);
        let _worker = world.worker("");
        let plan = [
            (
                "each",
                "print(f'at {number}', file=sys.stderr, flush=True); say(ok=True, message=f'did {number}')",
            ),
            (
                "start",
                "note('env', [os.environ.get(name) for name in ('LONGHAUL_TASK', 'LONGHAUL_BATCH_KEY', 'LONGHAUL_BATCH')])",
            ),
        ];
        let task = actor.submit(&world, &format!("--range 1..25 -b 10 {way}"), &plan);
        world.wait_exits(task, 0);
        let runs = actor.runs.runs();
        assert_eq!(runs.len(), 3);
        assert_eq!(actor.runs.items().len(), 25);
        let id = world.view(task).id;
        for (number, run) in runs.iter().enumerate() {
            assert_eq!((run.batch, run.attempt), (number as u64, 1));
            assert_eq!(run.key, format!("{id}:{number}"));
        }
        assert_eq!(actor.starts().len(), 1);
        assert_eq!(actor.ends(), actor.starts());
        assert_eq!(world.view(task).message.as_deref(), Some("did 2"));
        assert_eq!(world.view(task).items_done, 25);
        assert!(world.view(task).persistent);
        assert!(log(&world, task).contains("1 err at 1"));
        // The key stays what it is, and there is no batch in the environment of them all.
        let env = actor.notes("env").join("");
        assert!(
            env.starts_with(&format!("['{task}', '{id}:persistent")),
            "{env}"
        );
        assert!(env.ends_with("None]"), "{env}");
    }
}

#[test]
fn an_error_that_says_retry_is_tried_again_by_the_same_process() {
    for way in WAYS {
        let world = World::new();
        let actor = Actor::new(&world);
        let _worker = world.worker("");
        let plan = [("1/1", "say(error='the server is down', then='retry')")];
        let options = format!("--range 1..3 -b 1 --backoff 1ms {way}");
        let task = actor.submit(&world, &options, &plan);
        world.wait_exits(task, 0);
        assert_eq!(actor.runs.attempts(), [1, 1, 2, 1]);
        let runs = actor.runs.runs();
        assert_eq!(runs[1].same(), runs[2].same());
        if way.is_empty() {
            // A seat that waits is given back, under load before its next batch may begin.
            assert_eq!(actor.starts().len(), 1);
        }
        has_error(&world, task, "the server is down");
    }
}

#[test]
fn an_error_may_skip_suspend_or_end_the_task() {
    for way in WAYS {
        for (then, code) in [("skip", 1), ("suspend", 7), ("fatal", 1)] {
            let world = World::new();
            let actor = Actor::new(&world);
            let _worker = world.worker("");
            let say = format!("say(error='bad address', then='{then}', batch=number)");
            let options = format!("--range 1..3 -b 1 {way}");
            let task = actor.submit(&world, &options, &[("1", &say)]);
            world.wait_exits(task, code);
            has_error(&world, task, "bad address");
            let view = world.view(task);
            match then {
                "skip" => assert_eq!((view.batches_done, view.batches_failed), (2, 1)),
                "suspend" => assert_eq!(view.current_state, StateWord::Suspend),
                _ => assert_eq!(view.batches_done, 1),
            }
            assert_eq!(view.retries, 0);
            actor.wait_until_gone();
        }
    }
}

#[test]
fn anything_else_on_its_output_is_a_failure_and_a_new_process_goes_on() {
    for way in WAYS {
        for (does, told) in [
            (
                "print('hello', flush=True)",
                "a bad answer, which is no JSON object: hello",
            ),
            ("say(ok=False)", "a bad answer"),
            ("say(ok=True, batch=7)", "for batch 7 instead of 1"),
            ("say(items_done=2)", "2 of 1 items are done"),
            (
                "print('x' * (17 << 20), flush=True)",
                "longer than 16777216 bytes",
            ),
            (
                "os.close(1); time.sleep(60)",
                "it closed its standard output",
            ),
        ] {
            let world = World::new();
            let actor = Actor::new(&world);
            let _worker = world.worker("");
            let options = format!("--range 1..3 -b 1 --backoff 1ms {way}");
            let task = actor.submit(&world, &options, &[("1/1", does)]);
            world.wait_exits(task, 0);
            assert_eq!(actor.runs.attempts(), [1, 1, 2, 1], "{does}");
            assert_eq!(actor.starts().len(), 2, "{does}");
            has_error(&world, task, told);
            assert_eq!(world.events_that(task, What::Retry).len(), 1);
        }
    }
}

#[test]
fn an_answer_that_nobody_asked_for_is_taken_for_no_batch() {
    for way in WAYS {
        let world = World::new();
        let actor = Actor::new(&world);
        let _worker = world.worker("");
        let plan = [("0", "say(ok=True); say(ok=True)")];
        let options = format!("--range 1..3 -b 1 --backoff 1ms {way}");
        let task = actor.submit(&world, &options, &plan);
        world.wait_exits(task, 0);
        // Whether the second batch was handed over already or not: it was not taken for done.
        let mut done: Vec<u64> = actor.runs.runs().iter().map(|run| run.batch).collect();
        done.dedup();
        assert_eq!(done, [0, 1, 2]);
        assert_eq!(actor.starts().len(), 2);
        has_error(&world, task, "that nobody had asked for yet");
    }
}

#[test]
fn items_that_are_no_utf_8_arrive_as_they_are() {
    let world = World::new();
    let actor = Actor::new(&world);
    let _worker = world.worker("");
    let file = world.file("items", b"plain\n\xff\xfe\nlast\n");
    let each = "note('raw', (sorted(batch), [base64.b64decode(item) for item in batch.get('items_base64', [])])); say(ok=True)";
    let options = format!("--lines {} -b 2", file.display());
    let task = actor.submit(&world, &options, &[("each", each)]);
    world.wait_exits(task, 0);
    let raw = actor.notes("raw");
    assert!(raw[0].contains(r"[b'plain', b'\xff\xfe']"), "{raw:?}");
    assert!(
        raw[0].contains("'items_base64'") && !raw[0].contains("'items'"),
        "{raw:?}"
    );
    assert!(raw[1].contains("'items'"), "{raw:?}");
}

#[test]
fn huge_items_and_a_flood_of_reports_at_once_block_neither_side() {
    for way in WAYS {
        let world = World::new();
        let actor = Actor::new(&world);
        let _worker = world.worker("");
        let line = "y".repeat(12 << 20);
        let file = world.file("items", format!("{line}\n{line}\n{line}\n"));
        // It says more than a pipe holds before it reads the first byte of the batch, and after each part.
        let before = "
import threading
def talk():
    for _ in range(40):
        say(message='m' * 50000)
talk()
parts = []
while True:
    part = os.read(0, 1 << 20)
    if not part: sys.exit(0)
    parts.append(part)
    say(message='p' * 50000)
    if part.endswith(b'\\n'): break
batch = json.loads(b''.join(parts))
note('lengths', [len(item) for item in batch['items']])
say(ok=True, message='z' * 3000000)
";
        let options = format!("--lines {} -b 3 {way}", file.display());
        let task = actor.submit(&world, &options, &[("before", before)]);
        world.expect(0, &format!("wait {task} --timeout 60s"));
        let length = 12 << 20;
        assert_eq!(
            actor.notes("lengths"),
            [format!("[{length}, {length}, {length}]")]
        );
        assert_eq!(world.view(task).retries, 0);
        assert!(
            world
                .view(task)
                .message
                .is_some_and(|message| message.starts_with("zzz"))
        );
    }
}

#[test]
fn an_answer_may_come_with_its_exit() {
    for way in WAYS {
        let world = World::new();
        let actor = Actor::new(&world);
        let _worker = world.worker("");
        let plan = [("2", "say(ok=True); sys.exit(0)")];
        let task = actor.submit(&world, &format!("--range 1..3 -b 1 {way}"), &plan);
        world.wait_exits(task, 0);
        assert_eq!(actor.runs.attempts(), [1, 1, 1]);
        assert_eq!(world.view(task).retries, 0);
    }
}

#[test]
fn records_as_json_are_embedded_and_records_of_csv_come_with_their_header() {
    let world = World::new();
    let actor = Actor::new(&world);
    let _worker = world.worker("");
    let file = world.file("records.csv", "name,age\n\"Ann, B\",4\nCid,5\n");
    let each = "note('raw', json.dumps({'header': batch.get('header'), 'items': batch['items']})); say(ok=True)";
    for (form, expected) in [
        (
            "--as json",
            r#"{"header": null, "items": [{"name": "Ann, B", "age": "4"}, {"name": "Cid", "age": "5"}]}"#,
        ),
        (
            "",
            r#"{"header": "name,age", "items": ["\"Ann, B\",4", "Cid,5"]}"#,
        ),
    ] {
        let before = actor.notes("raw").len();
        let options = format!("--csv {} {form}", file.display());
        let plan = [("each", each)];
        let task = actor.submit_args(&world, &options, actor.command(false, &plan));
        world.wait_exits(task, 0);
        assert_eq!(actor.notes("raw")[before], expected);
    }
}

#[test]
fn a_page_tells_where_the_next_one_starts() {
    let world = World::new();
    let actor = Actor::new(&world);
    let _worker = world.worker("");
    let each = "
note('pages', (batch['cursor'], 'items' in batch))
if number < 2: say(ok=True, cursor=f'page-{number + 1}')
else: say(ok=True)
";
    let task = actor.submit(
        &world,
        "--pages --backoff 1ms",
        &[("each", each), ("1/1", "say(error='again')")],
    );
    world.wait_exits(task, 0);
    assert_eq!(
        actor.notes("pages"),
        ["('', False)", "('page-1', False)", "('page-2', False)"]
    );
    assert_eq!(actor.runs.attempts(), [1, 1, 2, 1]);
    assert_eq!(actor.starts().len(), 1);
}

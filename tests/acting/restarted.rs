//! A task that has ended is submitted anew, with the same specification and its input.

use longhaul_common::spec::TaskSpec;
use longhaul_common::state::{Outcome, StateWord};

use crate::harness::World;

/// What a restart keeps of a specification.
fn kept(spec: &TaskSpec) -> TaskSpec {
    TaskSpec {
        id: longhaul_common::id::TaskId::default(),
        number: longhaul_common::id::TaskNumber::default(),
        created_at: longhaul_common::time::Timestamp::default(),
        created_by: longhaul_common::actor::Actor::default(),
        restart_of: None,
        ..spec.clone()
    }
}

#[test]
fn a_task_that_has_ended_is_submitted_anew_with_all_it_was() {
    for way in ["", "--queue store --parallel 1"] {
        let world = World::new();
        let record = world.record();
        let worker = world.worker("");
        let options = format!(
            "--range 1..6 --batch-size 2 --name import --kind command --retries 7 --priority 3 --env K=V --on-error skip {way}"
        );
        let task = world.submit(&options, &record.note());
        world.wait_exits(task, 0);
        assert_eq!(record.items().len(), 6);
        let new = world.submitted(&world.expect(0, "restart import --reason again"));
        assert_ne!(new, task);
        world.wait_exits(new, 0);
        assert_eq!(record.items().len(), 12, "all of it once more");
        let (old, made) = (world.row(task), world.row(new));
        assert_eq!(kept(&old.spec), kept(&made.spec));
        assert_eq!(made.wish.reason.as_deref(), Some("again"));
        let shown = world.expect(0, &format!("show {new} --json")).json();
        assert_eq!(shown["restart_of"], task.0);
        assert_eq!(shown["items_total"], 6);
        assert_eq!(world.view(task).restarted_by, Some(new));
        assert!(
            world
                .expect(0, &format!("show {task}"))
                .stdout
                .contains("as task 2")
        );
        drop(worker);
    }
}

#[test]
fn a_task_that_lives_is_not_restarted_beside_itself() {
    let world = World::new();
    let task = world.submit("", "exit 0");
    let before = world.last_event();
    let refused = world.expect(3, "restart 1");
    assert!(refused.stderr.contains("twice at once"), "{refused:?}");
    assert!(
        refused.stderr.contains("longhaul terminate 1 --wait"),
        "{refused:?}"
    );
    world.expect(3, "restart 77");
    world.expect(2, "restart");
    assert_eq!(world.last_event(), before);
    world.expect(0, &format!("terminate {task}"));
    world.expect(0, "restart 1");
}

#[test]
fn what_was_piped_in_is_read_again_as_long_as_it_is_there() {
    let world = World::new();
    let record = world.record();
    let _worker = world.worker("");
    let script = record.note();
    let command = world.command(["submit", "--lines", "-", "--", "sh", "-c", &script]);
    let task = world.submitted(&world.finish(command, b"a\nb\nc\n"));
    world.wait_exits(task, 0);
    let second = world.submitted(&world.expect(0, &format!("restart {task}")));
    world.wait_exits(second, 0);
    assert_eq!(record.items(), ["a", "b", "c", "a", "b", "c"]);
    // The copy stays as long as one of them may read it.
    world.expect(0, &format!("prune {task}"));
    let third = world.submitted(&world.expect(0, &format!("restart {second}")));
    world.wait_exits(third, 0);
    assert_eq!(record.count(), 3);
    let spool = world
        .row(third)
        .spec
        .spool()
        .expect("it has a copy")
        .to_owned();
    std::fs::remove_file(spool).expect("it is there");
    let refused = world.expect(3, &format!("restart {third}"));
    assert!(
        refused.stderr.contains("what was kept in the store"),
        "{refused:?}"
    );
}

#[test]
fn a_file_is_taken_as_it_is_by_now_and_one_that_is_gone_is_told() {
    let world = World::new();
    let record = world.record();
    let _worker = world.worker("");
    let file = world.file("in.txt", "a\nb\n");
    let task = world.submit(&format!("--lines {}", file.display()), &record.note());
    world.wait_exits(task, 0);
    world.file("in.txt", "a\nb\nc\n");
    let second = world.submitted(&world.expect(0, &format!("restart {task}")));
    world.wait_exits(second, 0);
    assert_eq!(world.view(second).items_done, 3);
    std::fs::remove_file(&file).expect("it is there");
    let refused = world.expect(3, &format!("restart {second}"));
    assert!(refused.stderr.contains("in.txt"), "{refused:?}");
}

#[test]
fn a_key_is_borne_by_one_that_lives_alone() {
    let world = World::new();
    let first = world.submit("--key daily", "exit 0");
    world.expect(0, &format!("terminate {first}"));
    let second = world.submit("--key daily", "exit 0");
    let refused = world.expect(3, &format!("restart {first}"));
    assert!(refused.stderr.contains("bears the same key"), "{refused:?}");
    world.expect(0, &format!("terminate {second}"));
    let third = world.submitted(&world.expect(0, &format!("restart {first}")));
    let view = world.view(third);
    assert_eq!(view.key.as_deref(), Some("daily"));
    assert_eq!(view.current_state, StateWord::Init);
    assert_eq!(world.view(first).outcome, Some(Outcome::Terminated));
}

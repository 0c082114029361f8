//! Pages, each of which says where the next one starts.

use std::fs;

use longhaul_common::state::{Outcome, StateWord};

use crate::harness::{World, wait_for, wait_until};

/// Pages to 3; each appends its cursor to the file `seen`.
fn script(world: &World, before_the_end: &str) -> String {
    format!(
        "echo \"<$LONGHAUL_CURSOR>\" >>'{}'\nn=$((${{LONGHAUL_CURSOR:-0}} + 1))\n\
         if [ $n -le 3 ]; then echo $n >\"$LONGHAUL_CURSOR_OUT\"; fi\n{before_the_end}",
        world.path("seen").display()
    )
}

fn seen(world: &World) -> String {
    let seen = fs::read_to_string(world.path("seen")).unwrap_or_default();
    seen.replace('\n', "")
}

#[test]
fn each_page_gets_what_the_one_before_wrote_and_nothing_written_ends_the_task() {
    let world = World::new();
    let task = world.submit("--pages", &script(&world, "wc -c >&2"));
    assert_eq!(world.worker("--once").exit_code(), Some(0));
    let view = world.view(task);
    assert_eq!(view.outcome, Some(Outcome::Completed), "{view:?}");
    assert_eq!(seen(&world), "<><1><2><3>");
    assert_eq!((view.batches_done, view.items_done), (4, 4));
    assert_eq!(view.input.as_deref(), Some("--pages"));
    let left: Vec<_> = fs::read_dir(world.store_dir().join("spool"))
        .expect("it was made")
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_suspended_task_goes_on_at_its_page() {
    let world = World::new();
    let gate = world.gate();
    let task = world.submit("--pages", &script(&world, &gate.pass()));
    let _worker = world.worker("");
    gate.release(1);
    wait_until("the second page", || seen(&world) == "<><1>");
    world.expect(0, &format!("suspend {task}"));
    gate.release(1);
    world.wait_for_state(task, StateWord::Suspend);
    assert_eq!(seen(&world), "<><1>");
    gate.release(9);
    world.expect(0, &format!("resume {task}"));
    world.wait_exits(task, 0);
    assert_eq!(seen(&world), "<><1><2><3>");
}

#[test]
fn what_a_page_wrote_counts_only_once_it_is_done() {
    let world = World::new();
    // The second page fails once, after it told the next one.
    let failing = format!(
        "if [ \"$LONGHAUL_CURSOR\" = 1 ] && [ $LONGHAUL_ATTEMPT = 1 ]; then exit 1; fi\n{}",
        "exit 0"
    );
    let task = world.submit("--pages --backoff 1ms", &script(&world, &failing));
    assert_eq!(world.worker("--once").exit_code(), Some(0));
    assert_eq!(world.view(task).outcome, Some(Outcome::Completed));
    assert_eq!(seen(&world), "<><1><1><2><3>");
}

#[test]
fn a_page_whose_worker_dies_after_it_wrote_runs_again() {
    let world = World::new();
    let gate = world.gate();
    let task = world.submit("--pages", &script(&world, &gate.pass()));
    let worker = world.worker("");
    gate.release(1);
    wait_until("the second page", || seen(&world) == "<><1>");
    let out = world.store_dir().join("spool");
    wait_for("what it wrote", || {
        let file = fs::read_dir(&out).ok()?.next()?.ok()?.path();
        (fs::read_to_string(file).ok()? == "2\n").then_some(())
    });
    worker.kill();
    let _other = world.worker("");
    wait_until("the page again", || seen(&world) == "<><1><1>");
    gate.release(9);
    world.wait_exits(task, 0);
    assert_eq!(seen(&world), "<><1><1><2><3>");
}

#[test]
fn a_page_that_can_not_be_passed_over_or_tells_nothing_of_use_suspends() {
    for (end, why) in [
        (
            ": >\"$LONGHAUL_CURSOR_OUT\"; exit 65",
            "where the next page starts is not known",
        ),
        (
            "head -c 65537 /dev/zero | tr '\\0' x >\"$LONGHAUL_CURSOR_OUT\"",
            "64 KiB",
        ),
        ("printf 'a\\0b' >\"$LONGHAUL_CURSOR_OUT\"", "NUL"),
        ("rm \"$LONGHAUL_CURSOR_OUT\"", "can't be read"),
    ] {
        let world = World::new();
        let task = world.submit("--pages", &script(&world, end));
        assert_eq!(world.worker("--once").exit_code(), Some(0));
        let view = world.view(task);
        assert_eq!(view.current_state, StateWord::Suspend, "{end}: {view:?}");
        assert_eq!((view.batches_done, view.batches_failed), (0, 0), "{end}");
        let error = view.error.expect("it says why");
        assert!(error.contains(why), "{end}: {error}");
        assert_eq!(seen(&world), "<>");
    }
}

#[test]
fn a_page_that_says_where_the_next_one_starts_can_be_passed_over_and_tried_again() {
    for undoes in [false, true] {
        let world = World::new();
        let (gate, mended) = (world.gate(), world.path("mended"));
        let end = format!(
            "case $n in 2) [ -e '{}' ] || exit 65;; [34]) {};; esac",
            mended.display(),
            gate.pass().trim_end()
        );
        let undone = world.path("undone");
        let undo = world.script(
            "undo",
            &format!("echo \"<$LONGHAUL_CURSOR>\" >>'{}'", undone.display()),
        );
        let options = vec!["--pages".to_owned(), format!("--rollback={undo}")];
        let task = world.submit_args(options, &script(&world, &end));
        let worker = world.worker("");
        wait_until("the page after it", || seen(&world) == "<><1><2>");
        let view = world.view(task);
        assert_eq!((view.items_done, view.items_failed), (1, 1));
        let text = world.expect(0, &format!("failures {task}")).stdout;
        assert!(text.contains("65"), "{text}");
        fs::write(&mended, "").expect("there is room");
        world.expect(0, &format!("retry {task}"));
        assert_eq!(world.view(task).items_failed, 0);
        gate.release(1);
        wait_until("the last page", || seen(&world) == "<><1><2><1><3>");
        if undoes {
            world.expect(0, &format!("terminate {task} --force"));
            world.wait_exits(task, 8);
            let undone = fs::read_to_string(&undone).expect("it undid something");
            assert_eq!(undone, "<1>\n<2>\n<>\n");
        } else {
            gate.release(1);
            world.wait_exits(task, 0);
            let view = world.view(task);
            assert_eq!((view.items_done, view.items_failed), (4, 0));
        }
        assert_eq!(worker.stop(), Some(0));
    }
}

#[test]
fn a_page_that_fails_once_more_is_passed_over_on_request_since_the_next_one_is_known() {
    let world = World::new();
    let (gate, worse) = (world.gate(), world.path("worse"));
    let end = format!(
        "case $n in 2) [ ! -e '{}' ] || {{ : >\"$LONGHAUL_CURSOR_OUT\"; exit 1; }}; exit 65;; 3) {};; esac",
        worse.display(),
        gate.pass().trim_end()
    );
    let options = "--pages --retries 1 --backoff 1ms";
    let task = world.submit(options, &script(&world, &end));
    let _worker = world.worker("");
    wait_until("the page after it", || seen(&world) == "<><1><2>");
    fs::write(&worse, "").expect("there is room");
    world.expect(0, &format!("retry {task}"));
    gate.release(1);
    world.wait_for_state(task, StateWord::Suspend);
    world.expect(0, &format!("resume {task} --skip"));
    world.wait_exits(task, 1);
    assert_eq!(seen(&world), "<><1><2><1><1><3>");
    let view = world.view(task);
    assert_eq!((view.items_done, view.items_failed), (3, 1));
}

#[test]
fn a_long_cursor_of_any_bytes_reaches_the_next_page() {
    let world = World::new();
    let kept = world.path("kept").display().to_string();
    let script = format!(
        "if [ -z \"$LONGHAUL_CURSOR\" ]; then head -c 65534 /dev/zero | tr '\\0' x >\"$LONGHAUL_CURSOR_OUT\"; \
         printf '\\377\\n\\n' >>\"$LONGHAUL_CURSOR_OUT\"; else printf %s \"$LONGHAUL_CURSOR\" >'{kept}'; fi"
    );
    let task = world.submit("--pages", &script);
    assert_eq!(world.worker("--once").exit_code(), Some(0));
    assert_eq!(world.view(task).outcome, Some(Outcome::Completed));
    let cursor = fs::read(&kept).expect("the second page ran");
    assert_eq!(cursor.len(), 65536);
    assert!(cursor.ends_with(b"x\xff\n"));
}

#[test]
fn what_pages_can_not_have_is_refused() {
    let world = World::new();
    for (options, says) in [
        ("--queue store", "--queue"),
        ("--parallel 2", "--parallel"),
        ("--depth 2", "--depth"),
        ("--ordered", "--ordered"),
        ("--batch-size 100", "--batch-size"),
        ("--on-error skip", "--on-error"),
        ("--range 1..2", "--range"),
    ] {
        let output = world.expect(2, &format!("submit --pages {options} -- true"));
        assert!(output.stderr.contains(says), "{options}: {output:?}");
    }
    world.expect(0, "submit --pages --queue direct -- true");
}

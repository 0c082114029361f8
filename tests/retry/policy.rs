//! What fails once more is judged as anything that fails: by the policy, the budget and whoever waits.

use longhaul_common::event::What;
use longhaul_common::phase::Phase;

use crate::harness::wait_until;
use crate::scene::{Scene, WAYS, numbers};

#[test]
fn what_blocks_the_task_once_more_is_passed_over_or_tried_again_as_any_batch() {
    for way in WAYS {
        for skips in [true, false] {
            let scene = Scene::new();
            let world = &scene.world;
            let _worker = world.worker("");
            let task = scene.submit(&format!("--range 1..8 --batch-size 2 {way}"), "1|5");
            wait_until("the first batch", || scene.record.count() == 1);
            scene.let_through(1);
            scene.fail_with(78);
            world.expect(0, &format!("retry {task}"));
            // The one that has begun, and then the first once more.
            scene.gate.release(2);
            world.wait_for_phase(task, Phase::Suspended);
            assert_eq!(scene.record.runs().last().map(|run| run.batch), Some(0));
            let waiting = [numbers([3, 4]), numbers([1, 2, 5, 6, 7, 8]), vec![]];
            assert_eq!(scene.stands(task), waiting);
            let text = world.expect(0, &format!("failures {task}")).stdout;
            assert_eq!(text.matches("blocks").count(), 1, "{text}");
            assert!(!text.contains("waiting"), "{text}");
            if skips {
                world.expect(0, &format!("resume {task} --skip --reason hopeless"));
                let failed = [numbers([3, 4]), numbers(5..=8), numbers([1, 2])];
                assert_eq!(scene.stands(task), failed);
            } else {
                scene.mend();
                world.expect(0, &format!("resume {task}"));
            }
            scene.mend();
            scene.gate.release(9);
            world.wait_exits(task, i32::from(skips));
            let runs = scene.record.runs();
            for (run, other) in runs.iter().zip(&runs[1..]) {
                assert!(run.batch != other.batch || run.same() == other.same());
            }
            let stands = if skips {
                [numbers(3..=8), vec![], numbers([1, 2])]
            } else {
                [numbers(1..=8), vec![], vec![]]
            };
            assert_eq!(scene.stands(task), stands);
            let left = world.control().store().failures(task);
            let left = left.expect("the store can be read");
            assert_eq!(left.len(), usize::from(skips));
            for failure in &left {
                assert!(failure.by.is_some() && !failure.waits(), "{failure:?}");
                assert_eq!(failure.reason.as_deref(), Some("hopeless"));
            }
        }
    }
}

#[test]
fn an_error_budget_counts_what_fails_again_anew() {
    for way in WAYS {
        let scene = Scene::new();
        let world = &scene.world;
        let _worker = world.worker("");
        let options = format!("--range 1..9 --batch-size 1 --max-failures 2 {way}");
        let task = scene.submit(&options, "[1-5]");
        scene.gate.release(3);
        world.wait_for_phase(task, Phase::Suspended);
        assert_eq!(scene.stands(task)[2], numbers([1, 2, 3]));
        world.expect(0, &format!("retry {task}"));
        world.expect(0, &format!("resume {task}"));
        scene.gate.release(3);
        world.wait_for_phase(task, Phase::Suspended);
        // Three more than when it was resumed, which are the same or others.
        assert_eq!(scene.stands(task)[2].len(), 3);
        assert_eq!(scene.record.count(), 6);
        scene.mend();
        world.expect(0, &format!("retry {task}"));
        world.expect(0, &format!("resume {task}"));
        scene.gate.release(9);
        world.wait_exits(task, 0);
        assert_eq!(scene.stands(task), [numbers(1..=9), vec![], vec![]]);
    }
}

#[test]
fn who_runs_a_task_in_the_foreground_is_told_how_it_ended_at_last() {
    for way in WAYS {
        let scene = Scene::new();
        let world = &scene.world;
        let bad = world.path("mended").display().to_string();
        let script = format!(
            "{}[ $LONGHAUL_BATCH != 0 ] || [ -e '{bad}' ] || exit 65\n{}",
            scene.record.note(),
            scene.gate.pass()
        );
        let mut args = vec!["run", "--range", "1..4", "--batch-size", "2"];
        args.extend(way.split_whitespace());
        args.extend(["--", "sh", "-c", &script]);
        let program = world.start(args);
        let task = world.wait_for_task(1);
        wait_until("the second batch", || scene.record.count() == 2);
        assert_eq!(world.view(task).items_failed, 2);
        scene.mend();
        world.expect(0, &format!("retry {task}"));
        scene.gate.release(2);
        let output = program.ended();
        assert_eq!(output.code, Some(0), "{output:?}");
        assert_eq!(scene.record.count(), 3);
    }
}

#[test]
fn a_task_that_is_to_end_tries_nothing_again_and_what_waited_is_left() {
    for way in WAYS {
        let scene = Scene::new();
        let world = &scene.world;
        let _worker = world.worker("");
        let task = scene.submit(&format!("--range 1..6 --batch-size 2 {way}"), "1|3");
        wait_until("the first batch", || scene.record.count() == 1);
        scene.let_through(1);
        world.expect(0, &format!("retry {task}"));
        scene.gate.release(1);
        wait_until("the next batch", || scene.record.count() == 3);
        world.expect(0, &format!("terminate {task}"));
        let refused = world.expect(3, &format!("retry {task}"));
        assert!(refused.stderr.contains("it is ending"), "{refused:?}");
        scene.gate.release(1);
        world.wait_exits(task, 8);
        assert_eq!(world.events_that(task, What::QueuedAgain).len(), 1);
        let [done, left, failed] = scene.stands(task);
        assert_eq!(done.len() + left.len() + failed.len(), 6);
        assert!(left.len() >= 2, "{left:?}");
        // Another task tries what failed, and that alone.
        let failing = i32::from(failed.is_empty());
        let output = world.expect(3 * failing, &format!("retry {task}"));
        if failing == 0 {
            scene.mend();
            let again = world.submitted(&output);
            scene.gate.release(9);
            world.wait_exits(again, 0);
            assert_eq!(world.view(again).items_done, failed.len() as u64);
        }
    }
}

//! What failed of a task that lives is tried again by itself.

use longhaul_common::event::What;
use longhaul_common::state::StateWord;

use crate::harness::wait_until;
use crate::scene::{Scene, WAYS, numbers};

#[test]
fn a_running_task_tries_what_failed_under_its_number_before_it_completes() {
    for way in WAYS {
        let scene = Scene::new();
        let world = &scene.world;
        let _worker = world.worker("");
        let task = scene.submit(&format!("--range 1..12 --batch-size 2 {way}"), "3|7");
        wait_until("the first batch", || scene.record.count() == 1);
        scene.let_through(4);
        assert_eq!(scene.items(task, "failed"), numbers([3, 4, 7, 8]));
        scene.mend();
        let output = world.expect(0, &format!("retry {task} --reason mended"));
        assert!(output.stderr.contains("4 items"), "{output:?}");
        let left = [3, 4].into_iter().chain(7..=12);
        let waiting = [numbers([1, 2, 5, 6]), numbers(left), vec![]];
        assert_eq!(scene.stands(task), waiting);
        assert_eq!(world.view(task).batches_failed, 0);
        let asked = &world.events_that(task, What::QueuedAgain)[0];
        assert!(asked.actor.is_some());
        assert_eq!(asked.reason.as_deref(), Some("mended"));
        if way.is_empty() {
            let text = world.expect(0, &format!("failures {task}")).stdout;
            assert_eq!(text.matches("waiting").count(), 2, "{text}");
            let text = world.expect(0, &format!("show {task}")).stdout;
            assert!(text.contains("waits to be tried again"), "{text}");
        }
        let again = world.expect(3, &format!("retry {task}"));
        assert!(again.stderr.contains("not tried again"), "{again:?}");
        scene.gate.release(9);
        world.wait_exits(task, 0);
        let runs = scene.record.runs();
        for batch in [1, 3] {
            let same: Vec<_> = runs.iter().filter(|run| run.batch == batch).collect();
            assert_eq!(same.len(), 2, "{runs:?}");
            assert_eq!(same[0].same(), same[1].same());
        }
        assert_eq!(runs.len(), 8);
        let view = world.view(task);
        assert_eq!((view.items_done, view.items_failed), (12, 0));
        assert_eq!((view.batches_done, view.batches_failed), (6, 0));
        assert_eq!(scene.stands(task), [numbers(1..=12), vec![], vec![]]);
        world.expect(3, &format!("retry {task}"));
    }
}

#[test]
fn what_fails_again_is_a_failure_again() {
    for way in WAYS {
        let scene = Scene::new();
        let world = &scene.world;
        let _worker = world.worker("");
        let task = scene.submit(&format!("--range 1..4 --batch-size 1 {way}"), "1|2");
        wait_until("the first batch", || scene.record.count() == 1);
        scene.let_through(2);
        world.expect(0, &format!("retry {task}"));
        scene.gate.release(4);
        world.wait_exits(task, 1);
        assert_eq!(scene.record.count(), 6);
        assert_eq!(world.view(task).batches_failed, 2);
        assert_eq!(
            scene.stands(task),
            [numbers([3, 4]), vec![], numbers([1, 2])]
        );
    }
}

#[test]
fn a_suspended_task_keeps_them_for_its_resume_and_may_be_suspended_between_them() {
    for way in WAYS {
        let scene = Scene::new();
        let world = &scene.world;
        let worker = world.worker("");
        let task = scene.submit(&format!("--range 1..5 --batch-size 1 {way}"), "1|2|3");
        wait_until("the first batch", || scene.record.count() == 1);
        scene.let_through(3);
        world.expect(0, &format!("suspend {task}"));
        scene.gate.release(1);
        world.wait_for_state(task, StateWord::Suspend);
        scene.mend();
        world.expect(0, &format!("retry {task}"));
        let waiting = [numbers([4]), numbers([1, 2, 3, 5]), vec![]];
        assert_eq!(scene.stands(task), waiting);
        assert_eq!(world.view(task).current_state, StateWord::Suspend);
        let ran = scene.record.count();
        world.expect(0, &format!("resume {task}"));
        wait_until("the next batch", || scene.record.count() == ran + 1);
        scene.let_through(1);
        world.expect(0, &format!("suspend {task}"));
        scene.gate.release(1);
        world.wait_for_state(task, StateWord::Suspend);
        let [done, left, failed] = scene.stands(task);
        assert_eq!((done.len(), left.len(), failed.len()), (3, 2, 0));
        assert_eq!(worker.stop(), Some(0));
        let _worker = world.worker("");
        world.expect(0, &format!("resume {task}"));
        scene.gate.release(2);
        world.wait_exits(task, 0);
        assert_eq!(scene.stands(task), [numbers(1..=5), vec![], vec![]]);
        assert_eq!(scene.record.count(), 8);
    }
}

#[test]
fn a_worker_killed_in_the_middle_of_one_loses_nothing_and_its_key_stays() {
    for way in WAYS {
        let scene = Scene::new();
        let world = &scene.world;
        let mut worker = world.worker("");
        let options = format!("--range 1..8 --batch-size 2 --backoff 10ms --retries 9 {way}");
        let task = scene.submit(&options, "1|3|5");
        wait_until("the first batch", || scene.record.count() == 1);
        scene.let_through(3);
        scene.mend();
        world.expect(0, &format!("retry {task}"));
        for _ in 0..4 {
            scene.let_through(1);
            if world.view(task).current_state == StateWord::Terminate {
                break;
            }
            worker.kill();
            let before = scene.record.count();
            worker = world.worker("");
            wait_until("the batch again", || scene.record.count() == before + 1);
            if world.view(task).items_done == 6 {
                break;
            }
        }
        scene.gate.release(9);
        world.wait_exits(task, 0);
        assert_eq!(scene.stands(task), [numbers(1..=8), vec![], vec![]]);
        let view = world.view(task);
        assert_eq!((view.batches_done, view.batches_failed), (4, 0));
        let mut keys: Vec<_> = scene.record.runs();
        keys.sort_by_key(|run| run.batch);
        keys.dedup_by(|one, other| one.same() == other.same());
        assert_eq!(keys.len(), 4, "{keys:?}");
    }
}

#[test]
fn one_that_fails_again_is_halved_under_new_numbers_and_all_that_is_done_is_undone() {
    for way in WAYS {
        let scene = Scene::new();
        let world = &scene.world;
        let _worker = world.worker("");
        let undone = world.path("undone");
        let undo = world.script("undo", &format!("cat >>'{}'", undone.display()));
        let options = format!("--range 1..14 --batch-size 4 {way}");
        let task = scene.submit_with(&options, Some(&undo), "3|6");
        wait_until("the first batch", || scene.record.count() == 1);
        scene.let_through(2);
        assert_eq!(scene.items(task, "failed"), numbers(1..=8));
        world.expect(0, &format!("set {task} isolate=on"));
        world.expect(0, &format!("retry {task}"));
        let whole = |items: &[String]| {
            let mut items = items.to_vec();
            items.sort_by_key(|item| item.parse::<u64>().expect("a number"));
            items
        };
        // Until all that is good is done, but for the last batch.
        while world.view(task).items_failed != 2 || world.view(task).items_done < 10 {
            let ran = scene.record.count();
            scene.gate.release(1);
            wait_until("the next batch", || scene.record.count() > ran);
            assert!(ran < 20, "{:?}", world.view(task));
            if world.view(task).current_state == StateWord::Terminate {
                break;
            }
        }
        let [done, left, failed] = scene.stands(task);
        assert_eq!(failed, numbers([3, 6]));
        assert_eq!(done.len() + left.len(), 12);
        let mut by_key = std::collections::BTreeMap::new();
        for run in scene.record.runs() {
            let items = by_key.entry(run.key).or_insert_with(|| run.items.clone());
            assert_eq!(*items, run.items);
        }
        world.expect(0, &format!("terminate {task} --force"));
        world.wait_exits(task, 8);
        let text = std::fs::read_to_string(&undone).expect("it undid something");
        let undone: Vec<String> = text.lines().map(str::to_owned).collect();
        assert_eq!(whole(&undone), whole(&done));
    }
}

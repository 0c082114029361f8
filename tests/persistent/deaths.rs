//! A process that ends, hangs, or is killed: a failure of the batch, and nothing of it is left.

use longhaul_common::state::StateWord;

use super::actor::{Actor, WAYS, has_error};
use crate::harness::{World, runs, wait_until};

#[test]
fn a_death_in_the_middle_of_a_batch_is_a_failure_and_a_new_process_repeats_it() {
    for way in WAYS {
        for (does, told) in [
            ("sys.exit(0)", "exit status 0, and no answer"),
            ("sys.exit('oh no')", "exit status 1: oh no"),
            ("sys.exit(75)", "exit status 75 (it asks to try again)"),
            (
                "os.kill(os.getpid(), signal.SIGKILL)",
                "killed by signal 9 (SIGKILL)",
            ),
            ("say(items_done=1); sys.exit(3)", "exit status 3"),
            (
                "sys.stdout.write('{\"ok\":tr'); sys.stdout.flush(); os._exit(4)",
                "exit status 4",
            ),
        ] {
            let world = World::new();
            let actor = Actor::new(&world);
            let _worker = world.worker("");
            let options = format!("--range 1..3 -b 1 --backoff 1ms {way}");
            let task = actor.submit(&world, &options, &[("1/1", does)]);
            world.wait_exits(task, 0);
            assert_eq!(actor.runs.attempts(), [1, 1, 2, 1], "{does}");
            let all = actor.runs.runs();
            assert_eq!(all[1].same(), all[2].same());
            assert_eq!(actor.starts().len(), 2, "{does}");
            has_error(&world, task, told);
        }
    }
}

#[test]
fn its_exit_status_means_what_that_of_a_run_per_batch_does() {
    for way in WAYS {
        for (status, code) in [(65, 1), (78, 7), (126, 7), (127, 7)] {
            let world = World::new();
            let actor = Actor::new(&world);
            let _worker = world.worker("");
            let does = format!("sys.exit({status})");
            let options = format!("--range 1..3 -b 1 {way}");
            let task = actor.submit(&world, &options, &[("1", &does)]);
            world.wait_exits(task, code);
            has_error(&world, task, &format!("exit status {status}"));
            let view = world.view(task);
            assert_eq!(view.retries, 0);
            match status {
                65 => assert_eq!((view.batches_done, view.batches_failed), (2, 1)),
                _ => assert_eq!(view.current_state, StateWord::Suspend),
            }
        }
    }
}

#[test]
fn a_death_before_it_has_read_a_batch_passes_over_none() {
    for way in WAYS {
        let world = World::new();
        let actor = Actor::new(&world);
        let _worker = world.worker("");
        // After its first batch each process ends with the status that means "skip this batch".
        let plan = [("each", "say(ok=True); os._exit(65)")];
        let options = format!("--range 1..3 -b 1 --backoff 1ms {way}");
        let task = actor.submit(&world, &options, &plan);
        world.wait_exits(task, 0);
        assert_eq!(world.view(task).batches_done, 3);
        assert_eq!(world.view(task).batches_failed, 0);
        assert_eq!(actor.starts().len(), 3);
    }
}

#[test]
fn silence_past_the_timeout_ends_it_with_all_it_started() {
    for way in WAYS {
        let world = World::new();
        let actor = Actor::new(&world);
        let _worker = world.worker("");
        let does = "
child = subprocess.Popen(['sleep', '1000'])
note('child', child.pid)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
say(items_done=1)
time.sleep(1000)
";
        let options = format!("--range 1..3 -b 1 --batch-timeout 700ms --backoff 1ms {way}");
        let task = actor.submit(&world, &options, &[("1/1", does)]);
        world.wait_exits(task, 0);
        assert_eq!(actor.starts().len(), 2);
        has_error(&world, task, "timed out after 700ms");
        actor.wait_until_gone();
    }
}

#[test]
fn what_a_dead_process_left_running_is_ended_before_the_next_starts() {
    for way in WAYS {
        let world = World::new();
        let actor = Actor::new(&world);
        let _worker = world.worker("");
        // The one has lost the lock, the other the key.
        let does = "
note('child', subprocess.Popen(['sleep', '1000']).pid)
note('child', subprocess.Popen(['env', '-i', 'sleep', '1000'], close_fds=False).pid)
sys.exit(1)
";
        let options = format!("--range 1..3 -b 1 --backoff 1ms {way}");
        let task = actor.submit(&world, &options, &[("1/1", does), ("start", "left()")]);
        world.wait_exits(task, 0);
        assert_eq!(actor.notes("left"), Vec::<String>::new());
        assert_eq!(actor.notes("child").len(), 2);
        actor.wait_until_gone();
    }
}

#[test]
fn retries_that_are_spent_suspend_the_task_and_leave_nothing() {
    for way in WAYS {
        let world = World::new();
        let actor = Actor::new(&world);
        let _worker = world.worker("");
        let options = format!("--range 1..3 -b 1 --retries 1 --backoff 1ms {way}");
        let task = actor.submit(&world, &options, &[("1", "sys.exit(1)")]);
        world.wait_for_state(task, StateWord::Suspend);
        assert_eq!(actor.runs.attempts(), [1, 1, 2]);
        actor.wait_until_gone();
        world.expect(0, &format!("resume {task}"));
        actor.wait_for_runs(5);
        wait_until("the second suspension", || {
            world.view(task).current_state == StateWord::Suspend
                && world.view(task).desired_state.to_string() == "SUSPEND"
        });
        assert_eq!(actor.runs.attempts(), [1, 1, 2, 1, 2]);
        assert!(!actor.starts().iter().any(|pid| runs(*pid)));
    }
}

//! A check that is asked between batches.

use longhaul_common::event::What;
use longhaul_common::phase::Phase;
use longhaul_common::state::StateWord;

use crate::WAYS;
use crate::harness::{World, wait_until};

#[test]
fn no_batch_begins_while_the_check_fails_and_its_first_line_says_why() {
    for way in WAYS {
        let world = World::new();
        let (record, calm) = (world.record(), world.path("calm"));
        let check = format!(
            "[ -e '{}' ] && exit 0\necho load is 9\necho more >&2\nexit 1\n",
            calm.display()
        );
        let check = world.script("check.sh", &check);
        let _worker = world.worker("");
        let mut options = vec![
            "--range",
            "1..3",
            "--batch-size",
            "1",
            "--throttle-if",
            &check,
        ];
        options.extend(way.split_whitespace());
        let options = options.into_iter().map(str::to_owned).collect();
        let task = world.submit_args(options, &record.note());
        world.wait_for_phase(task, Phase::Throttled);
        let view = world.view(task);
        let said = "its check: load is 9";
        assert_eq!(view.waiting_for.as_deref(), Some(said), "{way}");
        assert_eq!(view.current_state, StateWord::Run);
        let shown = world.expect(0, &format!("show {task}")).stdout;
        assert!(shown.contains(said), "{shown}");
        assert!(shown.contains("throttled if sh "), "{shown}");
        // It is asked again and again, and told of once.
        world.expect(0, &format!("suspend {task} --wait"));
        assert_eq!(world.view(task).waiting_for, None);
        world.expect(0, &format!("resume {task}"));
        world.wait_for_phase(task, Phase::Throttled);
        assert_eq!(record.count(), 0, "{way}");
        assert_eq!(world.events_that(task, What::Throttled).len(), 2);
        world.file("calm", "");
        world.wait_exits(task, 0);
        assert_eq!(record.items(), ["1", "2", "3"], "{way}");
        assert_eq!(world.view(task).retries, 0);
    }
}

#[test]
fn a_check_that_begins_to_fail_stops_a_task_that_runs_until_it_is_taken_away() {
    for way in WAYS {
        let world = World::new();
        let (record, busy) = (world.record(), world.path("busy"));
        let check = format!("[ ! -e '{}' ]\n", busy.display());
        let check = world.script("check.sh", &check);
        let _worker = world.worker("");
        let mut options = vec![
            "--range",
            "1..2000",
            "--batch-size",
            "1",
            "--throttle-if",
            &check,
        ];
        options.extend(way.split_whitespace());
        let options = options.into_iter().map(str::to_owned).collect();
        let script = record.note() + "sleep 0.05";
        let task = world.submit_args(options, &script);
        wait_until("the first batch", || record.count() > 0);
        world.file("busy", "");
        world.wait_for_phase(task, Phase::Throttled);
        let view = world.view(task);
        let said = view.waiting_for.unwrap_or_default();
        assert!(said.starts_with("its check: "), "{way}: {said}");
        let told = world.expect(0, &format!("set {task} throttle-if=none"));
        assert!(told.stdout.contains("→ none"), "{told:?}");
        let before = record.count();
        wait_until("more batches", || record.count() > before + 1);
        assert_eq!(world.view(task).phase, Phase::Running, "{way}");
    }
}

#[test]
fn a_check_is_for_commands_that_run_once_a_batch() {
    let world = World::new();
    let refused = |args: &[&str], why: &str| {
        let output = world.cli(args);
        assert_eq!(output.code, Some(2), "{output:?}");
        assert!(output.stderr.contains(why), "{output:?}");
    };
    let submit = ["submit", "--range", "1..2", "--throttle-if"];
    let words = |more: &[&'static str]| [&submit[..], more].concat();
    refused(
        &words(&["true", "--persistent", "--", "cat"]),
        "--persistent",
    );
    refused(&words(&["/nothing/there", "--", "cat"]), "--throttle-if: ");
}

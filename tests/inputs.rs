//! What reaches a batch: its items, its arguments, its environment.

mod harness;

#[path = "inputs/csv.rs"]
mod csv;
#[path = "inputs/dry_run.rs"]
mod dry_run;
#[path = "inputs/files.rs"]
mod files;
#[path = "inputs/huge.rs"]
mod huge;
#[path = "inputs/packed.rs"]
mod packed;
#[path = "inputs/pages.rs"]
mod pages;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use harness::World;
use longhaul_common::id::TaskNumber;
use longhaul_common::state::{Outcome, StateWord};

/// A world whose batches append what they get to a file.
struct Kept {
    world: World,
    path: PathBuf,
}

impl Kept {
    fn new() -> Self {
        let world = World::new();
        let path = world.path("kept");
        Self { world, path }
    }

    /// Submits a task, runs it to its end and gives what was kept.
    #[track_caller]
    fn run(&self, options: &str, script: &str) -> (TaskNumber, Vec<u8>) {
        let script = format!("{{ {script}; }} >>'{}'", self.path.display());
        let task = self.world.submit(options, &script);
        (task, self.finish(task))
    }

    #[track_caller]
    fn finish(&self, task: TaskNumber) -> Vec<u8> {
        let worker = self.world.worker("--once");
        assert_eq!(worker.exit_code(), Some(0));
        let view = self.world.view(task);
        assert_eq!(view.outcome, Some(Outcome::Completed), "{view:?}");
        let kept = fs::read(&self.path).unwrap_or_default();
        let _ = fs::remove_file(&self.path);
        kept
    }

    fn text(&self, options: &str, script: &str) -> String {
        String::from_utf8(self.run(options, script).1).expect("it is text")
    }
}

#[test]
fn lines_reach_the_batch_as_they_are_in_the_file() {
    let kept = Kept::new();
    let long = "x".repeat(1 << 20);
    let cases: [(&str, Vec<u8>, u64); 6] = [
        ("a last line without newline", b"one\ntwo".to_vec(), 2),
        ("CRLF", b"one\r\ntwo\r\n".to_vec(), 2),
        ("empty lines", b"\none\n\n".to_vec(), 3),
        ("a line of 1 MB", format!("a\n{long}\nb\n").into_bytes(), 3),
        ("not UTF-8", b"\xff\xfe\n\x80\n".to_vec(), 2),
        ("an empty file", Vec::new(), 0),
    ];
    for (case, bytes, items) in cases {
        let input = kept.world.file("input", &bytes);
        let options = format!("--lines {} --batch-size 2", input.display());
        let (task, seen) = kept.run(&options, "cat");
        let mut expected = bytes;
        if expected.last().is_some_and(|last| *last != b'\n') {
            expected.push(b'\n');
        }
        assert!(
            seen == expected,
            "{case}: {}",
            String::from_utf8_lossy(&seen)
        );
        let view = kept.world.view(task);
        assert_eq!(
            (view.items_done, view.items_total),
            (items, Some(items)),
            "{case}"
        );
        assert_eq!(view.batches_done, items.div_ceil(2), "{case}");
    }
}

#[test]
fn piped_input_is_kept_with_the_store() {
    let kept = Kept::new();
    for options in ["--lines -", "-"] {
        let script = format!("cat >>'{}'", kept.path.display());
        let args = ["submit", "--batch-size", "2"].into_iter();
        let args = args
            .chain(options.split(' '))
            .chain(["--", "sh", "-c", &script]);
        let output = kept
            .world
            .finish(kept.world.command(args), b"one\ntwo\nthree");
        let task = kept.world.submitted(&output);
        assert_eq!(kept.finish(task), b"one\ntwo\nthree\n");
        assert_eq!(kept.world.view(task).batches_done, 2);
    }
}

#[test]
fn a_range_counts_up_or_down_and_keeps_its_zeros() {
    let kept = Kept::new();
    for (range, expected) in [
        ("1..5", "1 2|3 4|5|"),
        ("5..1", "5 4|3 2|1|"),
        ("08..11", "08 09|10 11|"),
        ("-1..1", "-1 0|1|"),
        ("7..7", "7|"),
    ] {
        let options = format!("--range {range} --batch-size 2");
        let seen = kept.text(&options, "tr '\\n' ' ' | sed 's/ $/|/'");
        assert_eq!(seen, expected, "{range}");
    }
}

#[test]
fn a_task_without_input_is_one_item_in_one_batch() {
    let kept = Kept::new();
    let (task, seen) = kept.run("", "echo \"$LONGHAUL_ITEMS\"; wc -c");
    assert_eq!(
        String::from_utf8_lossy(&seen)
            .split_whitespace()
            .collect::<Vec<_>>(),
        ["1", "0"]
    );
    let view = kept.world.view(task);
    assert_eq!(
        (view.items_done, view.items_total, view.batches_done),
        (1, Some(1), 1)
    );
}

#[test]
fn arguments_stand_for_the_items_and_their_ends() {
    let kept = Kept::new();
    let note = format!(
        "{{ printf '<%s>' \"$@\"; wc -c; }} >>'{}'",
        kept.path.display()
    );
    for (argument, expected) in [
        ("{}", "<before><a b><*><c><after>0 <before><d><after>0 "),
        ("{first}", "<before><a b><after>0 <before><d><after>0 "),
        ("{last}", "<before><c><after>0 <before><d><after>0 "),
        ("x{}", "<before><x{}><after>8 <before><x{}><after>2 "),
    ] {
        let input = kept.world.file("input", "a b\n*\nc\nd\n");
        let args = ["submit", "--batch-size", "3", "--lines"].map(OsString::from);
        let command = ["--", "sh", "-c", &note, "sh", "before", argument, "after"];
        let args = args
            .into_iter()
            .chain([input.into()])
            .chain(command.map(OsString::from));
        let task = kept.world.submitted(&kept.world.cli(args));
        let seen = String::from_utf8(kept.finish(task)).expect("it is text");
        assert_eq!(seen.replace('\n', " "), expected, "{argument}");
    }
}

#[test]
fn arguments_and_names_need_not_be_text() {
    let kept = Kept::new();
    let odd = OsStr::from_bytes(b"\xff \xfe\n");
    let name = kept.world.path("").join(OsStr::from_bytes(b"in\xffput"));
    fs::write(&name, "line\n").expect("there is room");
    let script = format!(
        "{{ printf '%s' \"$1$ODD\"; cat; }} >>'{}'",
        kept.path.display()
    );
    let variable = [OsStr::from_bytes(b"ODD="), odd].join(OsStr::new(""));
    let args: [&OsStr; 10] = [
        "submit".as_ref(),
        "--lines".as_ref(),
        name.as_ref(),
        "--env".as_ref(),
        &variable,
        "--".as_ref(),
        "sh".as_ref(),
        "-c".as_ref(),
        script.as_ref(),
        "sh".as_ref(),
    ];
    let args = args.into_iter().chain([odd]);
    let task = kept.world.submitted(&kept.world.cli(args));
    assert_eq!(kept.finish(task), b"\xff \xfe\n\xff \xfe\nline\n");
}

#[test]
fn a_file_that_changes_under_its_task_suspends_it_with_a_clear_reason() {
    let world = World::new();
    let _worker = world.worker("");
    let input = world.path("input");
    let replacement = world.file("replacement", "other\nlines\n");
    let changes: [(&str, &str, &dyn Fn()); 3] = [
        ("grown", "size was 8, is 13", &|| {
            fs::write(&input, "one\ntwo\nthree").expect("there is room");
        }),
        ("replaced", "another file is in its place", &|| {
            fs::rename(&replacement, &input).expect("both are in one folder");
        }),
        ("removed", "it is gone", &|| {
            fs::remove_file(&input).expect("it is there");
        }),
    ];
    for (case, why, change) in changes {
        fs::write(&input, "one\ntwo\n").expect("there is room");
        let (record, gate) = (world.record(), world.gate());
        let options = format!("--lines {} --batch-size 1", input.display());
        let task = world.submit(&options, &(record.note() + &gate.pass()));
        harness::wait_until("the first batch", || record.count() == 1);
        change();
        gate.release(1);
        world.wait_exits(task, 7);
        let view = world.view(task);
        assert_eq!(view.current_state, StateWord::Suspend, "{case}");
        assert_eq!((view.batches_done, view.retries), (1, 0), "{case}");
        let reason = view.desired_reason.expect("the policy says why");
        assert!(
            reason.contains(why) && reason.contains("input"),
            "{case}: {reason}"
        );
    }
}

#[test]
fn a_batch_finds_what_it_needs_in_its_environment_and_in_its_folder() {
    let kept = Kept::new();
    let world = &kept.world;
    let folder = world.path("folder");
    fs::create_dir(&folder).expect("there is room");
    let variables = "$LONGHAUL_TASK $LONGHAUL_TASK_ID $LONGHAUL_BATCH $LONGHAUL_BATCH_KEY \
        $LONGHAUL_ATTEMPT $LONGHAUL_ITEMS $COLOUR $LONGHAUL_STORE $PWD";
    let options = format!(
        "--range 1..3 --batch-size 2 --env COLOUR=red --workdir {}",
        folder.display()
    );
    let (task, seen) = kept.run(&options, &format!("echo {variables}"));
    let id = world.view(task).id;
    let (store, folder) = (world.store_dir().display(), folder.display());
    let line = |batch: u64, items: u64| {
        format!("{task} {id} {batch} {id}:{batch} 1 {items} red {store} {folder}\n")
    };
    assert_eq!(String::from_utf8_lossy(&seen), line(0, 2) + &line(1, 1));
}

#[test]
fn a_batch_gets_the_submitters_path_and_nothing_of_another_batch() {
    let kept = Kept::new();
    let world = &kept.world;
    let mine = world.path("bin");
    fs::create_dir(&mine).expect("there is room");
    std::os::unix::fs::symlink("/usr/bin/env", mine.join("here")).expect("there is room");
    let script = format!("echo hello $LONGHAUL_CURSOR >>'{}'", kept.path.display());
    let mut submit = world.command(["submit", "--", "here", "here", "sh", "-c", &script]);
    let path = std::env::var_os("PATH").unwrap_or_default();
    submit.env("PATH", [mine.as_os_str(), &path].join(OsStr::new(":")));
    let task = world.submitted(&world.finish(submit, b""));
    let mut worker = world.command(["worker", "--once"]);
    worker.env("LONGHAUL_CURSOR", "of another batch");
    assert_eq!(world.worker_of(worker).exit_code(), Some(0));
    assert_eq!(fs::read_to_string(&kept.path).expect("it ran"), "hello\n");
    assert_eq!(world.view(task).outcome, Some(Outcome::Completed));
}

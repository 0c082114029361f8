//! Records of CSV files, and items that end with NUL bytes.

use std::fs;

use longhaul_common::state::StateWord;

use crate::Kept;
use crate::harness::World;

#[test]
fn every_batch_reads_the_header_and_its_records_as_they_are_in_the_file() {
    let kept = Kept::new();
    let text = "\u{feff}id,\"na\r\nme\"\r\n1,\"a\r\nb\"\r\n2, x \r\n\r\n3,\"q\"\"q\"\r\n";
    let input = kept.world.file("in.csv", text);
    let head = "id,\"na\r\nme\"\r\n";
    let expected = format!("{head}1,\"a\r\nb\"\r\n2, x \r\n--\n{head}3,\"q\"\"q\"\r\n--\n");
    for queue in ["", "--queue store --parallel 1"] {
        let options = format!("--csv {} --batch-size 2 {queue}", input.display());
        let (task, seen) = kept.run(&options, "cat; echo --");
        assert_eq!(String::from_utf8_lossy(&seen), expected, "{queue}");
        let view = kept.world.view(task);
        assert_eq!((view.items_done, view.items_total), (3, Some(3)));
    }
}

#[test]
fn each_option_of_a_csv_file_changes_what_its_batches_get() {
    let kept = Kept::new();
    let input = kept.world.file("in.csv", "a;b\n1;\"x;y\"\n2;z\n");
    let base = format!("--csv {} --batch-size 9", input.display());
    for (options, expected) in [
        ("--delimiter ;", "2 a;b\n1;\"x;y\"\n2;z\n"),
        ("--delimiter ; --no-header", "3 a;b\n1;\"x;y\"\n2;z\n"),
        ("--no-header", "3 a;b\n1;\"x;y\"\n2;z\n"),
        ("--delimiter ; --as csv", "2 a;b\n1;\"x;y\"\n2;z\n"),
        (
            "--delimiter ; --as json",
            "2 {\"a\":\"1\",\"b\":\"x;y\"}\n{\"a\":\"2\",\"b\":\"z\"}\n",
        ),
        (
            "--as json",
            "2 {\"a;b\":\"1;\\\"x;y\\\"\"}\n{\"a;b\":\"2;z\"}\n",
        ),
    ] {
        let options = format!("{base} {options}");
        let seen = kept.text(&options, "printf '%s ' $LONGHAUL_ITEMS; cat");
        assert_eq!(seen, expected, "{options}");
    }
    let tabs = kept.world.file("in.tsv", "a\tb\n1\t2\n");
    for tab in ["tab", "\\t"] {
        let options = format!("--csv {} --as json --delimiter {tab}", tabs.display());
        assert_eq!(kept.text(&options, "cat"), "{\"a\":\"1\",\"b\":\"2\"}\n");
    }
}

#[test]
fn an_argument_stands_for_a_records_own_text() {
    let kept = Kept::new();
    let input = kept.world.file("in.csv", "a,b\n1,\"x\ny\"\n2,z\n");
    let script = format!("printf '<%s>' \"$@\" >>'{}'", kept.path.display());
    let input = input.to_str().expect("it is text");
    let args = [
        "submit", "--csv", input, "--", "sh", "-c", &script, "sh", "{}",
    ];
    let task = kept.world.submitted(&kept.world.cli(args));
    assert_eq!(kept.finish(task), b"<1,\"x\ny\"><2,z>");
}

#[test]
fn a_malformed_record_suspends_with_file_and_line_after_what_comes_before_it() {
    for queue in ["", "--queue store --parallel 2"] {
        for (text, why) in [
            (
                "a,b\n1,2\n3,4\n5\n6,7\n",
                "in.csv, line 4: 1 field where the header has 2 (record 3)",
            ),
            (
                "a,b\n1,2\n3,4\n5,\"x\n6,7\n",
                "in.csv, line 4, column 3: a quote opens and is never closed (record 3)",
            ),
        ] {
            let kept = Kept::new();
            let world = &kept.world;
            let _worker = world.worker("");
            let input = world.file("in.csv", text);
            let options = format!("--csv {} {queue}", input.display());
            let script = format!("cat >>'{}'", kept.path.display());
            let task = world.submit(&options, &script);
            world.wait_exits(task, 7);
            let view = world.view(task);
            assert_eq!(view.current_state, StateWord::Suspend, "{view:?}");
            assert_eq!((view.items_done, view.retries), (2, 0), "{view:?}");
            let reason = view.desired_reason.expect("it says why");
            assert!(reason.contains(why), "{reason}");
            assert_eq!(
                fs::read(&kept.path).expect("a batch ran"),
                b"a,b\n1,2\n3,4\n"
            );
        }
    }
}

#[test]
fn what_can_not_be_meant_is_refused_and_nothing_is_written() {
    let world = World::new();
    let broken = world.file("broken.csv", "a,\"b\n1,2\n");
    let twice = world.file("twice.csv", "a,a\n1,2\n");
    let good = world.file("good.csv", "a,b\n1,2\n");
    let [broken, twice, good] =
        [broken, twice, good].map(|path| path.to_str().expect("it is text").to_owned());
    for (options, says) in [
        (format!("--csv {broken}"), "line 1, column 3"),
        (format!("--csv {twice} --as json"), "named \"a\""),
        (format!("--csv {good} --as json --no-header"), "--no-header"),
        (
            format!("--csv {good} --delimiter ab"),
            "one ASCII character",
        ),
        (format!("--csv {good} --delimiter \""), "something else"),
        (format!("--csv {good} --as yaml"), "yaml"),
        (format!("--csv {good} --null {good}"), "--null"),
        (format!("--lines {good} --delimiter ;"), "--csv"),
        (format!("--lines {good} --no-header"), "--csv"),
        (format!("--lines {good} --as json"), "--csv"),
        (format!("--csv {good} -"), "one input"),
        ("--csv none.csv".to_owned(), "none.csv"),
        ("--null /".to_owned(), "a folder"),
    ] {
        let output = world.expect(2, &format!("submit {options} -- true"));
        assert!(output.stderr.contains(says), "{options}: {output:?}");
    }
    assert_eq!(world.last_event().0, 0, "nothing was submitted");
}

#[test]
fn items_that_end_with_nul_bytes_are_handed_on_so() {
    let kept = Kept::new();
    let input = kept.world.file("in", b"a\nb\0\0c\xff");
    let options = format!("--null {} --batch-size 2", input.display());
    let (task, seen) = kept.run(&options, "cat; printf -- '--'");
    assert_eq!(seen, b"a\nb\0\0--c\xff\0--");
    assert_eq!(kept.world.view(task).items_total, Some(3));

    let script = format!("printf '<%s>' \"$@\" >>'{}'", kept.path.display());
    let args = [
        "submit", "--null", "-", "--", "sh", "-c", &script, "sh", "{}",
    ];
    let output = kept.world.finish(kept.world.command(args), b"a\nb\0c\0");
    let task = kept.world.submitted(&output);
    assert_eq!(kept.finish(task), b"<a\nb><c>");
    assert_eq!(kept.world.view(task).input.as_deref(), Some("--null -"));
}

#[test]
fn what_is_shown_of_an_input_says_how_it_is_read() {
    let world = World::new();
    let input = world.file("in.csv", "a|b\n1|2\n");
    let shown = input.display();
    let options = format!("--csv {shown} --delimiter | --as json");
    let task = world.submit(&options, "true");
    let expected = format!("--csv {shown} --delimiter '|' --as json");
    assert_eq!(world.view(task).input, Some(expected));
}

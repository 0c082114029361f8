use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::process::tests::{environment, finish, words};
use crate::process::{Launch, Verdict, spawn};

const PLENTY: ArgumentRoom = ArgumentRoom {
    longest: 1000,
    total: 100_000,
};

fn items(items: &[&str]) -> Vec<Vec<u8>> {
    items.iter().map(|item| item.as_bytes().to_vec()).collect()
}

fn filled(args: &[&str], batch: &[&str]) -> (Vec<OsString>, Feed) {
    let Filled { args, feed } = fill(&words(args), &items(batch), PLENTY).unwrap();
    (args, feed)
}

#[test]
fn braces_become_an_argument_per_item() {
    let (args, feed) = filled(&["cp", "-t", "{}", "--", "{}"], &["a b", "c"]);
    assert_eq!(args, words(&["cp", "-t", "a b", "c", "--", "a b", "c"]));
    assert_eq!(feed, Feed::Arguments);
}

#[test]
fn first_and_last_become_the_ends() {
    let (args, feed) = filled(
        &["fill", "--from", "{first}", "--to", "{last}"],
        &["1", "2", "3"],
    );
    assert_eq!(args, words(&["fill", "--from", "1", "--to", "3"]));
    assert_eq!(feed, Feed::Arguments);
}

#[test]
fn without_a_placeholder_the_items_go_to_standard_input() {
    let (args, feed) = filled(&["import", "x{}", "{{}}", "{ }"], &["a"]);
    assert_eq!(args, words(&["import", "x{}", "{{}}", "{ }"]));
    assert_eq!(feed, Feed::Stdin);
}

#[test]
fn an_item_that_looks_like_a_placeholder_stays_as_it_is() {
    assert_eq!(
        filled(&["echo", "{}"], &["{last}", "{}"]).0,
        words(&["echo", "{last}", "{}"])
    );
}

#[test]
fn the_name_of_the_program_is_never_replaced() {
    assert_eq!(
        filled(&["{}", "x"], &["a"]),
        (words(&["{}", "x"]), Feed::Stdin)
    );
}

#[test]
fn no_items_are_no_arguments_but_have_no_ends() {
    assert_eq!(filled(&["echo", "{}"], &[]).0, words(&["echo"]));
    assert_eq!(
        fill(&words(&["echo", "{first}"]), &[], PLENTY),
        Err(FillError::Empty)
    );
}

#[test]
fn too_many_items_are_told_with_the_batch_size_that_fits() {
    let batch: Vec<Vec<u8>> = (0..100).map(|_| vec![b'x'; 91]).collect();
    let room = ArgumentRoom {
        longest: 1000,
        total: 5000,
    };
    let error = fill(&words(&["echo", "{}"]), &batch, room).unwrap_err();
    assert_eq!(
        error,
        FillError::TooMany {
            items: 100,
            needed: 10_013,
            room: 5000,
            fits: 49
        }
    );
    assert_eq!(
        error.to_string(),
        "100 items as arguments need 10013 bytes, the system takes 5000; lower the batch size to 49 or less"
    );
    assert!(fill(&words(&["echo", "{}"]), &batch[..49], room).is_ok());
    assert!(fill(&words(&["echo", "{}"]), &batch[..50], room).is_err());
}

#[test]
fn an_item_too_long_for_an_argument_is_named() {
    let batch = [vec![b'x'; 1000], vec![b'x'; 1001]];
    let error = fill(&words(&["echo", "{}"]), &batch, PLENTY).unwrap_err();
    assert_eq!(
        error,
        FillError::TooLong {
            number: 2,
            length: 1001,
            longest: 1000
        }
    );
}

#[test]
fn an_item_with_a_nul_byte_is_named_unless_it_goes_to_standard_input() {
    let batch = items(&["a", "b\0", "c"]);
    assert_eq!(
        fill(&words(&["echo", "{}"]), &batch, PLENTY),
        Err(FillError::NulByte { number: 2 })
    );
    assert!(fill(&words(&["echo", "{first}", "{last}"]), &batch, PLENTY).is_ok());
    assert!(fill(&words(&["echo"]), &batch, PLENTY).is_ok());
}

#[test]
fn a_command_that_leaves_no_room_is_not_the_fault_of_the_batch_size() {
    let room = ArgumentRoom {
        longest: 1000,
        total: 20,
    };
    assert_eq!(
        fill(&words(&["echo", "{}"]), &items(&["abc"]), room),
        Err(FillError::NoRoom)
    );
}

fn run_true(args: &[OsString], env: &[(OsString, OsString)]) -> Verdict {
    let launch = Launch {
        program: Path::new("/bin/true"),
        args,
        env,
        dir: Path::new("/"),
        stdin: None,
        inherit: None,
    };
    finish(&mut spawn(&launch).unwrap()).verdict
}

#[test]
fn what_fills_the_room_to_the_last_byte_starts() {
    let env = environment();
    let room = ArgumentRoom::beside(Path::new("/bin/true"), &env);
    let mut left = room.total - ArgumentRoom::taken_by(b"true");
    let mut batch = Vec::new();
    while left > ArgumentRoom::taken_by(b"") {
        let item = vec![b'x'; (left - ArgumentRoom::taken_by(b"")).min(room.longest)];
        left -= ArgumentRoom::taken_by(&item);
        batch.push(item);
    }
    let filled = fill(&words(&["true", "{}"]), &batch, room).unwrap();
    assert_eq!(run_true(&filled.args, &env), Verdict::Exited(0));
    batch.push(Vec::new());
    batch.push(Vec::new());
    assert!(matches!(
        fill(&words(&["true", "{}"]), &batch, room),
        Err(FillError::TooMany { .. })
    ));
}

#[test]
fn many_tiny_items_that_fit_start_too() {
    let env = environment();
    let room = ArgumentRoom::beside(Path::new("/bin/true"), &env);
    let count = (room.total - ArgumentRoom::taken_by(b"true")) / ArgumentRoom::taken_by(b"");
    let filled = fill(&words(&["true", "{}"]), &vec![Vec::new(); count], room).unwrap();
    assert_eq!(run_true(&filled.args, &env), Verdict::Exited(0));
}

#[test]
fn items_on_standard_input_all_have_an_end() {
    let mut out = Vec::new();
    write_items(&mut out, items(&["a", "", "c"]), Framing::Lines).unwrap();
    assert_eq!(out, b"a\n\nc\n");
    out.clear();
    write_items(&mut out, [b"a\nb"], Framing::Null).unwrap();
    assert_eq!(out, b"a\nb\0");
}

proptest! {
    #[test]
    fn the_batch_size_that_is_said_to_fit_fits_and_one_more_does_not(
        lengths in prop::collection::vec(0..300_usize, 1..60),
        total in 0..6000_usize,
        places in 1..3_usize,
    ) {
        let mut args = words(&["command"]);
        args.extend(std::iter::repeat_n(OsString::from("{}"), places));
        let batch: Vec<Vec<u8>> = lengths.iter().map(|length| vec![b'x'; *length]).collect();
        let room = ArgumentRoom { longest: 1000, total };
        match fill(&args, &batch, room) {
            Ok(filled) => {
                let taken: usize = filled.args.iter().map(|arg| ArgumentRoom::taken_by(arg.as_bytes())).sum();
                prop_assert!(taken <= total);
            }
            Err(FillError::TooMany { fits, .. }) => {
                prop_assert!(fill(&args, &batch[..fits], room).is_ok());
                prop_assert!(fill(&args, &batch[..=fits], room).is_err());
            }
            Err(other) => prop_assert_eq!(other, FillError::NoRoom),
        }
    }
}

//! No room: a limit on the size of files is a full disk that a test can have to itself.

use std::ffi::OsStr;
use std::fs;
use std::process::Command;

use crate::cli::{Place, program, ran, surroundings};

/// The command line where no file may grow beyond `kib`.
fn limited(place: &Place, kib: u64, args: &[&str]) -> Command {
    let mut command = Command::new("sh");
    surroundings(&mut command);
    command
        .current_dir(place.path())
        // The unit is 512 bytes.
        .args(["-c", r#"ulimit -f "$1" && shift && exec "$@""#, "sh"])
        .arg((kib * 2).to_string())
        .arg(program().get_program())
        .arg("--store")
        .arg(place.store())
        .args(args);
    command
}

fn kib(place: &Place) -> u64 {
    fs::metadata(place.database()).unwrap().len() / 1024
}

#[test]
fn a_full_store_says_so_and_loses_nothing() {
    let place = Place::new();
    place.submit(&[]);
    let kib = kib(&place);
    let reason = "x".repeat(20_000);
    let args = ["submit", "--reason", &reason, "--", "true"];
    let mut acknowledged = 1;
    let refused = loop {
        let submitted = ran(&mut limited(&place, kib, &args));
        if submitted.code != Some(0) {
            break submitted;
        }
        acknowledged += 1;
        assert!(acknowledged < 500, "the store never got full");
    };
    refused.fails(4, &["no room", "store", "make room", "nothing was lost"]);
    let in_json = [&["--json"], &args[..]].concat();
    ran(&mut limited(&place, kib, &in_json)).fails_in_json(4, "full");
    let last = acknowledged.to_string();
    for task in ["1", &last] {
        ran(&mut place.longhaul(["show", task])).succeeds();
    }
    let next = (acknowledged + 1).to_string();
    ran(&mut place.longhaul(["show", &next])).fails(3, &["no task"]);
    ran(&mut place.longhaul(["suspend", "1"])).succeeds();
    place.submit(&["--reason", &reason]);
}

#[test]
fn where_there_is_no_room_for_a_store_none_is_made_and_the_next_attempt_works() {
    for kib in [0, 1, 4, 16, 64] {
        let place = Place::new();
        let refused = ran(&mut limited(&place, kib, &["submit", "--", "true"]));
        refused.fails(4, &["no room", "store", "make room"]);
        place.submit(&[]);
        ran(&mut place.longhaul(["show", "1"])).succeeds();
        ran(&mut place.longhaul(["show", "2"])).fails(3, &["no task 2"]);
    }
}

#[test]
fn piped_input_for_which_there_is_no_room_submits_nothing_and_leaves_no_part_of_it() {
    let place = Place::new();
    place.submit(&[]);
    let items = place.file("items.txt", "a line of input\n".repeat(100_000));
    let args = ["submit", "--lines", "-", "--", "true"];
    let mut command = limited(&place, 1000, &args);
    command.stdin(fs::File::open(items).unwrap());
    let says = ["standard input", "make room", "nothing was submitted"];
    ran(&mut command).fails(4, &says);
    let parts = place.everything();
    let parts = parts
        .keys()
        .filter(|path| path.extension() == Some(OsStr::new("items")));
    assert_eq!(parts.count(), 0);
    ran(&mut place.longhaul(["show", "2"])).fails(3, &["no task 2"]);
}

#[test]
fn a_full_disk_says_so_and_loses_nothing() {
    const SCRIPT: &str = r#"
        mount -t tmpfs -o size=1m,mode=700 tmpfs "$2" || exit 42
        longhaul=$1 disk=$2 reason=$3
        on() { "$longhaul" --store "$disk/store" "$@"; }
        head -c 200000 /dev/zero > "$disk/filler"
        done=0
        while on submit --reason "$reason" -- true > /dev/null 2> "$disk/../said"; do
            done=$((done + 1))
        done
        on submit --reason "$reason" -- true 2> "$disk/../said"
        echo "refused $?"
        on show "$done" > /dev/null 2>&1
        echo "last $?"
        on show $((done + 1)) > /dev/null 2>&1
        echo "next $?"
        rm "$disk/filler"
        on submit --reason "$reason" -- true > /dev/null 2>&1
        echo "again $?"
    "#;
    let place = Place::new();
    let disk = place.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let mut command = Command::new("unshare");
    surroundings(&mut command);
    command
        .args(["-m", "sh", "-c", SCRIPT, "sh"])
        .arg(program().get_program())
        .arg(&disk)
        .arg("x".repeat(20_000));
    let filled = ran(&mut command);
    if !filled.stdout.starts_with("refused") && filled.code != Some(0) {
        // A disk of its own takes a privileged user; the limit on file sizes is for everybody.
        return;
    }
    let expected = "refused 4\nlast 0\nnext 3\nagain 0\n";
    assert_eq!(filled.stdout, expected, "{filled:?}");
    let said = fs::read_to_string(place.path().join("said")).unwrap();
    assert!(said.contains("no room for the store"), "{said}");
    assert!(said.contains("hint: make room"), "{said}");
}

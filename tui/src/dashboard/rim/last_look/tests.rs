use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::*;

const AT: Timestamp = Timestamp::from_millis(1_795_512_000_123);
const LATER: Timestamp = Timestamp::from_millis(1_795_512_009_000);
const STORE: &str = "01a20c16-4151-732a-8034-bb45af8e690d";

fn in_a_folder(test: impl FnOnce(&Path)) {
    let dir = tempfile::tempdir().expect("there is room");
    test(&dir.path().join("state").join(FOLDER).join(STORE));
}

#[test]
fn what_was_written_is_read_again_and_belongs_to_nobody_else() {
    in_a_folder(|path| {
        assert_eq!(read(path, LATER), None);
        write(path, AT, LATER).expect("it is written");
        assert_eq!(read(path, LATER), Some(AT));
        let folder = path.parent().expect("it has one");
        let mode = |path: &Path| fs::metadata(path).expect("it is there").mode() & 0o777;
        assert_eq!((mode(folder), mode(path)), (0o700, 0o600));
        let left = fs::read_dir(folder).expect("it is there").count();
        assert_eq!(left, 1);
    });
}

#[test]
fn the_later_of_two_looks_stays_but_not_one_that_is_still_to_come() {
    in_a_folder(|path| {
        write(path, LATER, LATER).expect("it is written");
        write(path, AT, LATER).expect("it is passed over");
        assert_eq!(read(path, LATER), Some(LATER));
        assert_eq!(read(path, AT), None);
        write(path, AT, AT).expect("it is written");
        assert_eq!(read(path, AT), Some(AT));
    });
}

#[test]
fn what_is_no_time_is_no_look() {
    in_a_folder(|path| {
        let folder = path.parent().expect("it has one");
        fs::create_dir_all(folder).expect("there is room");
        for text in ["", "yesterday\n", "\u{1b}[2J", &"1".repeat(5000)] {
            fs::write(path, text).expect("there is room");
            assert_eq!(read(path, LATER), None, "{text:?}");
        }
        fs::remove_file(path).expect("it is there");
        fs::create_dir(path).expect("there is room");
        assert_eq!(read(path, LATER), None);
        assert!(write(path, AT, LATER).is_err());
        assert_eq!(fs::read_dir(folder).expect("it is there").count(), 1);
    });
}

#[test]
fn a_link_in_its_place_is_replaced_and_not_followed() {
    in_a_folder(|path| {
        let folder = path.parent().expect("it has one");
        fs::create_dir_all(folder).expect("there is room");
        let elsewhere = folder.join("elsewhere");
        fs::write(&elsewhere, format!("{AT}\n")).expect("there is room");
        symlink(&elsewhere, path).expect("there is room");
        assert_eq!(read(path, LATER), None);
        write(path, LATER, LATER).expect("it is written");
        assert_eq!(read(path, LATER), Some(LATER));
        assert_eq!(read(&elsewhere, LATER), Some(AT));
    });
}

#[test]
fn a_folder_that_takes_nothing_is_no_trouble() {
    in_a_folder(|path| {
        let state = path.ancestors().nth(2).expect("it has one");
        fs::write(state, "no folder").expect("there is room");
        assert!(write(path, AT, LATER).is_err());
        assert_eq!(read(path, LATER), None);
    });
}

#[test]
fn nothing_is_made_in_another_users_home() {
    if !geteuid().is_root() {
        return;
    }
    in_a_folder(|path| {
        let home = path.ancestors().nth(3).expect("it has one");
        std::os::unix::fs::chown(home, Some(1), None).expect("we may");
        write(path, AT, LATER).expect("it is passed over");
        assert_eq!(fs::read_dir(home).expect("it is there").count(), 0);
        fs::set_permissions(home, fs::Permissions::from_mode(0o700)).expect("we may");
    });
}

#[test]
fn an_id_that_leads_elsewhere_has_no_file() {
    assert!(is_a_name(STORE));
    for id in ["", ".", "..", "../longhaul", "a/b", "a\0", &"a".repeat(65)] {
        assert!(!is_a_name(id), "{id:?}");
    }
}

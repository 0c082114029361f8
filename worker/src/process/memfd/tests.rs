use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use rustix::fs::SealFlags;
use rustix::io::FdFlags;

use super::*;

#[test]
fn sealed_items_read_from_their_beginning() {
    let items = sealed_items("items", |file| file.write_all(b"one\ntwo\n")).unwrap();
    let mut text = String::new();
    File::from(items).read_to_string(&mut text).unwrap();
    assert_eq!(text, "one\ntwo\n");
}

#[test]
fn nobody_can_change_sealed_items() {
    let mut items =
        File::from(sealed_items("items", |file| file.write_all(b"one\ntwo\n")).unwrap());
    let seals = rustix::fs::fcntl_get_seals(&items).unwrap();
    assert!(
        seals.contains(SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)
    );
    assert_eq!(
        items.write(b"x").unwrap_err().kind(),
        io::ErrorKind::PermissionDenied
    );
    assert_eq!(
        items.set_len(3).unwrap_err().kind(),
        io::ErrorKind::PermissionDenied
    );
    assert_eq!(
        items.set_len(300).unwrap_err().kind(),
        io::ErrorKind::PermissionDenied
    );
}

#[test]
fn sealed_items_are_closed_on_exec() {
    let items = sealed_items("items", |_| Ok(())).unwrap();
    assert_eq!(rustix::io::fcntl_getfd(&items).unwrap(), FdFlags::CLOEXEC);
}

#[test]
fn items_of_many_megabytes_are_written_piece_by_piece() {
    let piece = vec![7; 1 << 20];
    let items = sealed_items("items", |file| {
        (0..64).try_for_each(|_| file.write_all(&piece))
    })
    .unwrap();
    assert_eq!(File::from(items).seek(SeekFrom::End(0)).unwrap(), 64 << 20);
}

#[test]
fn a_failure_to_write_names_the_items() {
    let error = sealed_items("items of batch 7", |_| {
        Err(io::Error::other("the spool is gone"))
    })
    .unwrap_err();
    assert_eq!(error.to_string(), "cannot write items of batch 7 to memory");
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn a_name_with_a_nul_byte_is_an_error() {
    assert!(matches!(
        sealed_items("a\0b", |_| Ok(())),
        Err(ItemsError::Create { .. })
    ));
}

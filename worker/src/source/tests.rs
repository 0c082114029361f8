use super::*;

fn all_errors() -> Vec<SourceError> {
    let path = || PathBuf::from("/data/in.txt");
    vec![
        SourceError::Open {
            path: path(),
            source: io::ErrorKind::NotFound.into(),
        },
        SourceError::NotAFile {
            path: path(),
            kind: "a folder",
        },
        SourceError::Read {
            path: path(),
            offset: 7,
            source: io::ErrorKind::PermissionDenied.into(),
        },
        SourceError::TooLong {
            path: path(),
            item: "line",
            items: "lines",
            offset: 7,
        },
        SourceError::Record {
            path: path(),
            line: 7,
            column: Some(3),
            record: 6,
            what: "a quote opens and is never closed".into(),
        },
        SourceError::Corrupt {
            path: path(),
            form: "gzip",
            offset: 7,
            source: io::ErrorKind::UnexpectedEof.into(),
        },
        SourceError::Changed {
            path: path(),
            what: "size was 10, is 12".into(),
        },
        Cursor(b"x".to_vec()).refused("the input /data/in.txt".into()),
        SourceError::EmptyBatch {
            input: "the input /data/in.txt".into(),
        },
    ]
}

#[test]
fn every_error_names_its_input_and_the_mend() {
    for error in all_errors() {
        let text = error.to_string();
        assert!(text.contains("/data/in.txt"), "{text}");
        assert!(text.contains("; "), "no mend in: {text}");
        assert!(error.is_permanent(), "{text}");
    }
}

#[test]
fn an_error_of_the_disk_is_worth_another_try() {
    let error = SourceError::Read {
        path: "/data/in.txt".into(),
        offset: 0,
        source: io::Error::from_raw_os_error(libc::EIO),
    };
    assert!(!error.is_permanent());
}

#[test]
fn the_default_cursor_is_the_start_of_any_input() {
    assert_eq!(Cursor::default().position(), Some(0));
    assert_eq!(Cursor::at(0).position(), Some(0));
}

#[test]
fn a_cursor_that_is_no_number_has_no_position() {
    for text in ["x", "-1", "1.5", " 1", "\u{0661}"] {
        assert_eq!(Cursor(text.into()).position(), None, "{text}");
    }
    assert_eq!(Cursor(vec![0xff]).position(), None);
}

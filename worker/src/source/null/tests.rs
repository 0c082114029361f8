use super::*;
use std::io::Write;

use proptest::prelude::*;
use tempfile::NamedTempFile;

fn open(path: &Path) -> NullSource {
    NullSource::open(path, Fingerprint::of_path(path).unwrap()).unwrap()
}

proptest! {
    #[test]
    fn any_sizes_and_resume_points_give_every_item_once_and_in_order(
        items in prop::collection::vec("[a\n\r]{0,4}", 0..60),
        ends in any::<bool>(),
        sizes in prop::collection::vec(1_usize..9, 1..8),
    ) {
        let mut text = items.join("\0");
        if !items.is_empty() && (ends || items.last().is_some_and(String::is_empty)) {
            text.push('\0');
        }
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let (mut source, mut all, mut cursor) = (open(file.path()), Vec::new(), Cursor::default());
        for size in sizes.into_iter().cycle() {
            let Some(chunk) = source.read(&cursor, size).unwrap() else { break };
            prop_assert_eq!(&open(file.path()).read(&cursor, size).unwrap(), &Some(chunk.clone()));
            all.extend(chunk.items.into_iter().map(|item| String::from_utf8(item).unwrap()));
            cursor = chunk.next;
        }
        prop_assert_eq!(&all, &items);
        let count = NullSource::count(file.path(), &AtomicBool::new(false)).unwrap();
        prop_assert_eq!(count, Some(items.len() as u64));
    }
}

#[test]
fn items_are_handed_on_with_nul_bytes_after_them() {
    let file = NamedTempFile::new().unwrap();
    assert_eq!(open(file.path()).framing(), Framing::Null);
}

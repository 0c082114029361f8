use crate::kind::Kind;
use crate::store::house_for_tests::store;

fn kind(name: &str, doc: &str) -> Kind {
    Kind {
        name: name.into(),
        doc: doc.into(),
        ..Kind::default()
    }
}

#[test]
fn kinds_are_published_by_name_and_the_last_word_counts() {
    let (_dir, store) = store();
    assert!(store.kinds().unwrap().is_empty());
    store
        .publish_kinds(vec![kind("b", "old"), kind("a", "")])
        .unwrap();
    store.publish_kinds(vec![kind("b", "new")]).unwrap();
    let kinds = store.kinds().unwrap();
    let told: Vec<(&str, &str)> = kinds
        .iter()
        .map(|kind| (kind.name.as_str(), kind.doc.as_str()))
        .collect();
    assert_eq!(told, [("a", ""), ("b", "new")]);
    // Nothing new is written once more.
    store.publish_kinds(vec![kind("a", "")]).unwrap();
    assert_eq!(store.kinds().unwrap(), kinds);
}

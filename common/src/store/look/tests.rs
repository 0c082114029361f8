use super::*;
use crate::state::StateWord;
use crate::store::house_for_tests::{store, submit, terminate};

#[test]
fn names_are_told_of_tasks_that_have_one_and_are_there() {
    let (_dir, store) = store();
    let named = submit(&store, "import");
    let nameless = submit(&store, "");
    let names = store.names(vec![named, nameless, TaskNumber(99)]).unwrap();
    assert_eq!(names, BTreeMap::from([(named, "import".to_owned())]));
}

#[test]
fn a_list_counts_all_tasks_and_gives_the_newest_wanted_ones() {
    let (_dir, store) = store();
    let tasks: Vec<_> = (0..4).map(|_| submit(&store, "")).collect();
    terminate(&store, tasks[3]);
    let found = store
        .list(2, |state| state.word != StateWord::Terminate)
        .unwrap();
    let listed: Vec<_> = found.rows.iter().map(|row| row.spec.number).collect();
    assert_eq!(listed, [tasks[2], tasks[1]]);
    assert_eq!(found.total, 4);
}

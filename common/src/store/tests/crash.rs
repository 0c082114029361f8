//! Processes that are killed while they commit.

use std::collections::BTreeMap;
use std::io::Write;

use super::{Accepts, Appetite, Home, OPENING, W1, children, moved_on};
use crate::id::TaskNumber;
use crate::store::Store;

const TASKS: usize = 4;
const KILLS: usize = 20;

/// Takes over what its forerunner left and commits until it is killed.
#[test]
fn child_that_commits_until_it_is_killed() {
    let Some(folder) = children::folder() else {
        return;
    };
    let store = Store::open(&folder, OPENING).unwrap();
    let held = store
        .claim(Appetite {
            worker: W1,
            slots: TASKS,
            accepts: Accepts::default(),
            orphans: store.claims().unwrap(),
        })
        .unwrap()
        .held;
    assert_eq!(held.len(), TASKS);
    let runners: Vec<_> = held
        .into_iter()
        .map(|held| {
            let store = store.clone();
            std::thread::spawn(move || {
                let row = store.prepared(held.key).unwrap();
                let mut progress = row.progress;
                loop {
                    progress = store.checkpoint(held.key, moved_on(&progress)).unwrap().0;
                    let line = format!("done {} {}\n", held.key.task, progress.items_done);
                    if std::io::stdout().write_all(line.as_bytes()).is_err() {
                        return;
                    }
                }
            })
        })
        .collect();
    for runner in runners {
        runner.join().unwrap();
    }
}

fn acknowledged(line: &str) -> Option<(TaskNumber, u64)> {
    let mut words = line.split_once("done ")?.1.split(' ');
    let task = words.next()?.parse().ok()?;
    let items = words.next()?.parse().ok()?;
    Some((TaskNumber(task), items))
}

#[test]
fn every_acknowledged_checkpoint_outlives_a_kill() {
    let home = Home::new();
    for _ in 0..TASKS {
        home.bare();
    }
    let dir = home.dir();
    let mut done: BTreeMap<TaskNumber, u64> = BTreeMap::new();
    // Half of the kills leave no other process that has the store open.
    let mut witness = Some(home.store);
    for kill in 0..KILLS {
        if kill == KILLS / 2 {
            witness = None;
        }
        let name = "store::tests::crash::child_that_commits_until_it_is_killed";
        let mut child = children::command(name, &dir).spawn().unwrap();
        let mut lines = children::lines(&mut child);
        let after = fastrand::usize(1..120);
        let note = |line: String, done: &mut BTreeMap<TaskNumber, u64>| {
            let noted = acknowledged(&line);
            if let Some((task, items)) = noted {
                done.insert(task, items);
            }
            noted.is_some()
        };
        let mut seen = 0;
        while seen < after {
            let line = lines.next().expect("the child commits until it is killed");
            seen += usize::from(note(line, &mut done));
        }
        child.kill().unwrap();
        for line in lines {
            note(line, &mut done);
        }
        child.wait().unwrap();

        let store = match &witness {
            Some(store) => store.clone(),
            None => Store::open(&dir, OPENING).unwrap(),
        };
        for (task, items) in &done {
            let row = store.task(*task).unwrap();
            let found = row.progress.items_done;
            assert!(
                found >= *items,
                "task {task}: {items} acknowledged, {found} found"
            );
            // The last one may have been durable and not yet acknowledged.
            assert!(found <= items + 10, "task {task}: {items} then {found}");
            assert!(row.claim.is_some());
        }
        done = (1..=TASKS as u64)
            .map(TaskNumber)
            .map(|task| (task, store.task(task).unwrap().progress.items_done))
            .collect();
    }
    assert!(Store::check_integrity(&dir, OPENING.patience).unwrap());
}

use longhaul_common::id::TaskId;
use longhaul_common::spec::{CommandWork, TaskSpec, Work};
use longhaul_common::state::Desired;
use longhaul_common::store::{Absent, Blocking, Haste, Hooks, NewTask, Opening, Store};

use super::*;

#[test]
fn a_request_made_for_one_store_is_not_asked_of_another_in_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let opening = Opening {
        absent: Absent::Create,
        ..Opening::default()
    };
    let store = Store::open(&folder.path().join("store"), opening).expect("a new store");
    let control = Control::new(store).expect("its locks");
    let id = TaskId::new();
    let spec = TaskSpec {
        id,
        ..TaskSpec::default()
    };
    let task = NewTask {
        spec,
        items_total: None,
        reason: None,
        claim_for: None,
    };
    let number = control.submit(task).expect("it can be written").number;
    let request = |id| Request {
        blocking: Blocking::Again,
        until: None,
        of_request: None,
        want: Desired::Suspend,
        haste: Haste::AtBoundary,
        hooks: Hooks::Run,
        done: Done::AsBrought,
        tasks: vec![number],
        ids: vec![id],
        reason: None,
    };
    let before = control.store().event_span().expect("it can be read");
    let refused = ask(&control, &request(TaskId::new()));
    assert!(matches!(refused, Err(StoreError::Replaced { .. })));
    assert_eq!(
        control.store().event_span().expect("it can be read"),
        before
    );
    let answers = ask(&control, &request(id)).expect("it is the one");
    assert_eq!(answers[0].desired, Desired::Suspend);
}

#[test]
fn a_rollback_by_a_command_that_is_not_there_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let opening = Opening {
        absent: Absent::Create,
        ..Opening::default()
    };
    let store = Store::open(&folder.path().join("store"), opening).expect("a new store");
    let control = Control::new(store).expect("its locks");
    let spec = TaskSpec {
        id: TaskId::new(),
        work: Work::Command(CommandWork {
            dir: folder.path().to_path_buf().into(),
            ..CommandWork::default()
        }),
        ..TaskSpec::default()
    };
    let id = spec.id;
    let task = NewTask {
        spec,
        items_total: None,
        reason: None,
        claim_for: None,
    };
    let number = control.submit(task).expect("it can be written").number;
    let request = |line: &str| Request {
        blocking: Blocking::Again,
        until: None,
        of_request: None,
        want: Desired::Terminate,
        haste: Haste::AtBoundary,
        hooks: Hooks::Run,
        done: Done::Undo(Some(line.into())),
        tasks: vec![number],
        ids: vec![id],
        reason: None,
    };
    let answers = ask(&control, &request("./not-there.sh")).expect("it can be read");
    let refused = answers[0].refused.as_ref().map(ToString::to_string);
    assert!(refused.is_some_and(|why| why.contains("not-there.sh")));
    let desired = control
        .store()
        .task(number)
        .expect("it is there")
        .wish
        .desired;
    assert_eq!(desired, Desired::Run);
    let answers = ask(&control, &request("/bin/true")).expect("it can be written");
    assert_eq!(answers[0].desired, Desired::Terminate);
    let row = control.store().task(number).expect("it is there");
    assert_eq!(row.wish.rollback.as_deref(), Some("/bin/true"));
}

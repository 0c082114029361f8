use longhaul_common::id::TaskId;
use longhaul_common::spec::TaskSpec;
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
        want: Desired::Suspend,
        haste: Haste::AtBoundary,
        hooks: Hooks::Run,
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

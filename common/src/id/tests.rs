use super::*;

#[test]
fn each_key_tells_what_it_was_made_for_and_nothing_else_is_one() {
    let task = TaskId::from_u128(0x01a2_0c16_4151_732a_8034_bb45_af8e_690d);
    for duty in [
        Duty::Init,
        Duty::Persistent(None),
        Duty::Persistent(Some(Seat {
            worker: WorkerNumber(3),
            number: 14,
        })),
        Duty::Resume,
        Duty::Batch(BatchNumber(0)),
        Duty::Batch(BatchNumber(70_000)),
        Duty::Hook(Hook::OnSuspend),
        Duty::Hook(Hook::Rollback),
        Duty::Hook(Hook::Cleanup),
        Duty::Undo(BatchNumber(0)),
        Duty::Undo(BatchNumber(70_000)),
    ] {
        assert_eq!(Duty::of_key(&duty.key(task)), Some((task, duty)));
    }
    for other in [
        "",
        ":",
        "7",
        "x:7",
        &format!("{task}:07"),
        &format!("{task}:persistent-"),
        &format!("{task}:persistent-1-02"),
        &format!("{task}:"),
    ] {
        assert_eq!(Duty::of_key(other), None, "{other}");
    }
}

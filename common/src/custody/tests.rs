use super::*;

#[test]
fn only_a_folder_that_its_group_may_write_to_and_hands_the_group_on_is_shared() {
    for (mode, shared) in [
        (0o2770, true),
        (0o2775, true),
        (0o0770, false),
        (0o2750, false),
        (0o2777, false),
        (0o0700, false),
    ] {
        let custody = Custody::of(1, 7, mode);
        assert_eq!(custody.shared_with, shared.then_some(7), "{mode:o}");
    }
}

#[test]
fn what_others_may_write_to_is_refused_with_its_mend() {
    let own = Custody::of(1, 7, 0o700);
    let shared = Custody::of(1, 7, 0o2770);
    assert_eq!(own.judge(7, 0o100_600), Ok(()));
    assert_eq!(own.judge(7, 0o100_644), Ok(()));
    assert_eq!(own.judge(7, 0o660).unwrap_err().mend, "chmod go-w");
    assert_eq!(own.judge(7, 0o602).unwrap_err().mend, "chmod go-w");
    assert_eq!(shared.judge(7, 0o660), Ok(()));
    assert_eq!(shared.judge(8, 0o640), Ok(()));
    assert_eq!(shared.judge(8, 0o660).unwrap_err().mend, "chgrp 7");
    assert_eq!(shared.judge(7, 0o666).unwrap_err().mend, "chmod o-w");
}

#[test]
fn what_is_made_in_a_shared_store_is_the_groups() {
    assert_eq!(Custody::of(1, 7, 0o700).mode(Kind::Folder), 0o700);
    assert_eq!(Custody::of(1, 7, 0o700).mode(Kind::File), 0o600);
    assert_eq!(Custody::of(1, 7, 0o2770).mode(Kind::Folder), 0o2770);
    assert_eq!(Custody::of(1, 7, 0o2770).mode(Kind::File), 0o660);
}

use super::*;

fn told(listed: usize, total: u64, limit: usize, wanted: Wanted) -> Option<String> {
    left_out(listed, total, limit, wanted)
}

#[test]
fn an_empty_store_says_how_to_begin() {
    let told = told(0, 0, 50, Wanted::NotEnded).unwrap();
    assert!(told.contains("longhaul submit"), "{told}");
}

#[test]
fn a_complete_list_says_nothing() {
    assert_eq!(told(3, 3, 50, Wanted::NotEnded), None);
}

#[test]
fn what_is_left_out_is_counted_and_can_be_had() {
    assert_eq!(
        told(3, 4, 50, Wanted::NotEnded).unwrap(),
        "1 task that ended is not listed; --all lists them"
    );
    assert_eq!(
        told(50, 2_050, 50, Wanted::NotEnded).unwrap(),
        "2,000 tasks are not listed; --limit N and --all list more"
    );
    assert_eq!(
        told(50, 60, 50, Wanted::All).unwrap(),
        "10 tasks are not listed; --limit N lists more"
    );
    assert_eq!(
        told(50, 70, 50, Wanted::Picked(60)).unwrap(),
        "10 tasks are not listed; --limit N lists more"
    );
    assert_eq!(told(2, 70, 50, Wanted::Picked(2)), None);
    let nothing = told(0, 2, 50, Wanted::Picked(0)).unwrap();
    assert!(
        nothing.starts_with("no task matches, of 2 tasks;"),
        "{nothing}"
    );
}

//! A process that was stopped inside the database blocks everybody; the answer comes all the same.

use std::time::Duration;

use longhaul_common::id::TaskNumber;
use longhaul_common::store::{Opening, Store};

use crate::cli::{Place, ran};
use crate::fixtures::{Inside, Stopped};

/// What a call waits for, and the time a loaded machine takes for the rest.
const AT_MOST: Duration = Duration::from_secs(8);

#[test]
fn requests_on_a_busy_store_answer_in_time_and_work_again_afterwards() {
    let place = Place::new();
    place.submit(&[]);
    let stopped = Stopped::inside(&place, Inside::Write);
    for verb in [&["suspend", "1"][..], &["submit", "--", "true"]] {
        let asked = ran(&mut place.longhaul(verb));
        assert!(asked.took < AT_MOST, "{asked:?}");
        asked.fails(4, &["store", "5s", "longhaul doctor"]);
    }
    let args = ["--json", "terminate", "1"];
    let asked = ran(&mut place.longhaul(args));
    assert!(
        asked.stderr.contains("\"busy\"") || asked.stderr.contains("\"unknown-outcome\""),
        "{asked:?}"
    );
    stopped.continues();
    ran(&mut place.longhaul(["suspend", "1"])).succeeds();
    place.submit(&[]);
}

#[test]
fn looking_at_a_busy_store_answers_in_time() {
    let place = Place::new();
    place.submit(&[]);
    let stopped = Stopped::inside(&place, Inside::Write);
    let shown = ran(&mut place.longhaul(["show", "1"]));
    assert!(shown.took < AT_MOST, "{shown:?}");
    if shown.code != Some(0) {
        shown.fails(4, &["store", "busy", "longhaul doctor"]);
    }
    stopped.continues();
    ran(&mut place.longhaul(["show", "1"])).succeeds();
}

#[test]
fn progress_that_a_batch_tells_to_a_busy_store_waits_for_a_second_and_no_more() {
    let place = Place::new();
    place.submit(&[]);
    let store = Store::open(&place.store(), Opening::default()).unwrap();
    let id = store.task(TaskNumber(1)).unwrap().spec.id;
    drop(store);
    let told = || {
        let mut command = place.longhaul(["progress", "1"]);
        command.env("LONGHAUL_TASK", "1");
        command.env("LONGHAUL_BATCH_KEY", format!("{id}:0"));
        ran(&mut command)
    };
    // There is no batch in flight: the store was asked.
    told().fails(3, &["the batch is over"]);
    let stopped = Stopped::inside(&place, Inside::Write);
    let busy = told();
    // Less than anything else waits for.
    assert!(busy.took < Duration::from_secs(4), "{busy:?}");
    busy.fails(4, &["store", "1s", "longhaul doctor"]);
    stopped.continues();
    told().fails(3, &["the batch is over"]);
}

#[test]
fn a_process_that_dies_inside_a_write_holds_nobody_up() {
    let place = Place::new();
    place.submit(&[]);
    drop(Stopped::inside(&place, Inside::Write));
    ran(&mut place.longhaul(["suspend", "1"])).succeeds();
}

#[test]
fn a_process_that_was_stopped_outside_of_calls_holds_nobody_up() {
    let place = Place::new();
    place.submit(&[]);
    let stopped = Stopped::inside(&place, Inside::Nothing);
    ran(&mut place.longhaul(["suspend", "1"])).succeeds();
    stopped.continues();
}

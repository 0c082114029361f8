//! From a key press to the request's commit, and to the changed row on the screen, with a worker
//! between short batches.

use std::time::{Duration, Instant};

use longhaul_common::control::Control;
use longhaul_common::id::EventNumber;

use crate::lab::Lab;
use crate::program::{Worker, time_to_end};
use crate::sample::Samples;
use crate::screen::{Dashboard, USUAL};
use crate::table::{Goal, Row, Value};

pub(crate) fn measure(lab: &Lab) -> Vec<Row> {
    let control = lab.store("press");
    let store = control.store().dir().to_owned();
    let _worker = Worker::start(&store, &["--concurrency", "2"]);
    let mut submit = vec!["submit", "--name", "short", "--range", "1..1000000000"];
    submit.extend(["--batch-size", "1", "--", "sleep", "0.005"]);
    time_to_end(&store, &submit);
    let mut dashboard = Dashboard::open(&store, USUAL);
    dashboard.wait_for("a task that runs", |lines| says(lines, " RUN "));
    let [mut commits, mut suspended, mut resumed] = [(); 3].map(|()| Samples::default());
    for round in 0..lab.pick(300, 10) {
        // Anywhere between two batches and two frames.
        std::thread::sleep(Duration::from_millis(100 + round * 7 % 50));
        for (key, state, rows) in [
            ("s", " SUSPEND ", &mut suspended),
            ("r", " RUN ", &mut resumed),
        ] {
            dashboard.drawn();
            let before = last_event(&control);
            let pressed = dashboard.press(key);
            let committed = wait_for_commit(&control, before);
            commits.add_time(committed.saturating_duration_since(pressed));
            let came = dashboard.wait_for(state, |lines| says(lines, state));
            rows.add_time(came.saturating_duration_since(pressed));
        }
    }
    let row = |figure: &str, samples: &Samples, within| Row {
        figure: format!("{figure}, p99"),
        measured: format!("{}, {} presses", samples.told(" ms"), samples.len()),
        value: Value::Millis(samples.percentile(99)),
        goal: Goal::Below(within),
    };
    vec![
        row("key press to the request's commit", &commits, 5.0),
        row(
            "key press to the row that says SUSPEND, worker between short batches",
            &suspended,
            50.0,
        ),
        row("key press to the row that says RUN again", &resumed, 50.0),
    ]
}

/// Whether the task's row says this and nothing of what is wanted only.
fn says(lines: &[String], state: &str) -> bool {
    let row = lines.iter().find(|line| line.contains(" short "));
    row.is_some_and(|row| row.contains(state) && !row.contains('→') && !row.contains("INIT"))
}

fn last_event(control: &Control) -> EventNumber {
    let span = control.store().event_span();
    span.expect("the store can be read").1
}

/// Waits for the next event, which is the request; tells when it was there.
fn wait_for_commit(control: &Control, before: EventNumber) -> Instant {
    let deadline = Instant::now() + Duration::from_secs(60);
    while last_event(control) <= before {
        assert!(Instant::now() < deadline, "the request was not written");
        std::thread::sleep(Duration::from_micros(100));
    }
    Instant::now()
}

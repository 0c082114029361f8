//! Acting on all that a filter picks.

use std::time::Instant;

use longhaul_common::event::What;
use longhaul_common::filter::Filter;
use longhaul_common::spec::TaskSpec;
use longhaul_common::state::Desired;
use longhaul_common::store::Reach;

use crate::lab::{Lab, new_store};
use crate::sample::Samples;
use crate::seed::{plain_task, submit_some};
use crate::table::{Goal, Row, Value};

pub(crate) fn measure(lab: &Lab) -> Vec<Row> {
    let tasks = lab.pick(10_000, 500);
    let dir = lab.path("many-asked");
    let control = new_store(&dir);
    submit_some(control.store(), tasks, |_| TaskSpec {
        kind: "import".into(),
        ..plain_task()
    });
    let present = longhaul_common::filter::Present {
        now: longhaul_common::time::Timestamp::now(),
        zone: jiff::tz::TimeZone::UTC,
    };
    let mut took = Samples::default();
    for want in [Desired::Suspend, Desired::Run, Desired::Suspend] {
        let filter = Filter::of("kind", "import", &present).expect("a filter");
        let aim = longhaul_common::store::Aim::Picked(control.picked(filter, Reach::Living));
        let before = control.store().event_span().expect("it can be read").1;
        let start = Instant::now();
        let answers = control.ask_of(want, aim).send().expect("it is written");
        took.add_time(start.elapsed());
        assert_eq!(answers.len() as u64, tasks);
        assert!(
            answers
                .iter()
                .all(|answer| answer.request == answers[0].request)
        );
        let events = control.store().events(before, None, usize::MAX);
        let events = events.expect("it can be read").events;
        let asked = events.iter().filter(|event| event.what == What::Requested);
        assert_eq!(asked.count() as u64, tasks, "one event each");
    }
    vec![Row {
        figure: format!("{tasks} tasks suspended by a filter: one request, one event each"),
        measured: took.told(" ms"),
        value: Value::Millis(took.median()),
        goal: Goal::Below(1000.0),
    }]
}

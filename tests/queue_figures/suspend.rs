//! From asking for a suspension to the end of the last batch in flight.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use longhaul_common::control::Control;
use longhaul_common::id::TaskNumber;
use longhaul_common::spec::{Queue, Way};
use longhaul_common::state::StateWord;
use longhaul_worker::{Cx, Failure, RangeSource, Source, Task, builder, new_task};

use crate::beat::stop;
use crate::lab::{Lab, new_store, wait_for};
use crate::sample::Samples;
use crate::store::SLOTS;
use crate::table::{Goal, Row, Value};

/// How long a batch takes.
const BATCH: Duration = Duration::from_millis(10);

/// Batches in flight, and when the last one ended.
#[derive(Default)]
struct Flight {
    now: AtomicUsize,
    last_end: Mutex<Option<Instant>>,
}

struct Nap(Arc<Flight>);

impl Task for Nap {
    const KIND: &'static str = "nap";
    type Params = ();
    type Item = Vec<u8>;
    type Shared = Arc<Flight>;

    fn source((): &(), _: &Self::Shared) -> Result<Box<dyn Source<Vec<u8>>>, Failure> {
        Ok(Box::new(RangeSource::new(1, i64::MAX)))
    }

    fn init((): (), flight: Arc<Flight>, _: &Cx) -> Result<Self, Failure> {
        Ok(Self(flight))
    }

    fn batch(&mut self, _: &[Vec<u8>], _: &Cx) -> Result<(), Failure> {
        self.0.now.fetch_add(1, Ordering::SeqCst);
        std::thread::sleep(BATCH);
        self.0.now.fetch_sub(1, Ordering::SeqCst);
        let last = self.0.last_end.lock();
        *last.unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        Ok(())
    }
}

pub(crate) fn measure(lab: &Lab) -> Vec<Row> {
    let control = lab.store("suspend");
    let flight = Arc::new(Flight::default());
    let worker = builder(control.store().clone())
        .register::<Nap>(Arc::clone(&flight))
        .concurrency(SLOTS)
        .spawn()
        .expect("a worker starts");
    let mut nap = new_task::<Nap>(&()).expect("nothing is JSON");
    nap.spec.batch_size = 1;
    nap.spec.way = Way::Queued(Queue::default());
    // Asks through a handle of its own, as another process would.
    let operator = new_store(control.store().dir());
    let task = operator.submit(nap).expect("it can be submitted").number;
    let (mut last_batch, mut suspended) = (Samples::default(), Samples::default());
    for round in 0..lab.pick(300, 10) {
        wait_for("as many batches in flight as there are slots", || {
            (flight.now.load(Ordering::SeqCst) == SLOTS.get()).then_some(())
        });
        // They must not all be asked in step.
        std::thread::sleep(Duration::from_millis(20 + round * 7 % 13));
        let asked = Instant::now();
        operator.suspend([task]).send().expect("it can be asked");
        wait_for("the suspension", || is_suspended(&operator, task));
        suspended.add_time(asked.elapsed());
        assert_eq!(flight.now.load(Ordering::SeqCst), 0, "nothing runs by then");
        let last = flight.last_end.lock();
        let last = last.unwrap_or_else(PoisonError::into_inner);
        let last = last.expect("batches have ended");
        last_batch.add_time(last.saturating_duration_since(asked));
        operator.resume([task]).send().expect("it can be asked");
    }
    stop(worker);
    vec![
        Row {
            figure: format!(
                "from asking for a suspension to the end of the last batch in flight, {SLOTS} batches of 10 ms in \
                 flight, p99"
            ),
            measured: format!(
                "{}, {} suspensions",
                last_batch.told(" ms"),
                last_batch.len()
            ),
            value: Value::Millis(last_batch.percentile(99)),
            goal: Goal::Below(60.0),
        },
        Row {
            figure: "the same, until SUSPEND is written and was seen, p99".into(),
            measured: suspended.told(" ms"),
            value: Value::Millis(suspended.percentile(99)),
            goal: Goal::Below(200.0),
        },
    ]
}

fn is_suspended(operator: &Control, task: TaskNumber) -> Option<()> {
    let view = operator.view(task).expect("the task is there");
    (view.current_state == StateWord::Suspend).then_some(())
}

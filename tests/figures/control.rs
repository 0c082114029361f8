//! From a request's return to the flag of the batch in flight.

use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use longhaul_common::control::Control;
use longhaul_common::id::TaskNumber;
use longhaul_common::state::StateWord;
use longhaul_common::store::Haste;
use longhaul_worker::{Cx, Failure, RangeSource, Source, Task, builder, new_task};

use crate::lab::{Lab, new_store, wait_for};
use crate::sample::Samples;
use crate::table::{Goal, Row, Value};

/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a batch tells.
enum Told {
    Begun,
    Cancelled(Instant),
}

/// A batch that works until it is cancelled.
struct Busy(Arc<Mutex<Sender<Told>>>);

impl Task for Busy {
    const KIND: &'static str = "busy";
    type Params = ();
    type Item = Vec<u8>;
    type Shared = Arc<Mutex<Sender<Told>>>;

    fn source((): &(), _: &Self::Shared) -> Result<Box<dyn Source<Vec<u8>>>, Failure> {
        Ok(Box::new(RangeSource::new(1, i64::MAX)))
    }

    fn init((): (), tell: Self::Shared, _: &Cx) -> Result<Self, Failure> {
        Ok(Self(tell))
    }

    fn batch(&mut self, _: &[Vec<u8>], cx: &Cx) -> Result<(), Failure> {
        let tell = |told| {
            let to = self
                .0
                .lock()
                .map_err(|error| Failure::Fatal(error.to_string()))?;
            to.send(told)
                .map_err(|error| Failure::Fatal(error.to_string()))
        };
        tell(Told::Begun)?;
        while !cx.cancelled() {
            std::hint::spin_loop();
        }
        let now = Instant::now();
        tell(Told::Cancelled(now))?;
        Err(Failure::Cancelled)
    }
}

/// Short batches, one after the other, that keep the worker's store busy.
struct Short;

impl Task for Short {
    const KIND: &'static str = "short";
    type Params = ();
    type Item = Vec<u8>;
    type Shared = ();

    fn source((): &(), _: &Self::Shared) -> Result<Box<dyn Source<Vec<u8>>>, Failure> {
        Ok(Box::new(RangeSource::new(1, i64::MAX)))
    }

    fn init((): (), (): (), _: &Cx) -> Result<Self, Failure> {
        Ok(Self)
    }

    fn batch(&mut self, _: &[Vec<u8>], _: &Cx) -> Result<(), Failure> {
        std::thread::sleep(Duration::from_millis(1));
        Ok(())
    }
}

pub(crate) fn measure(lab: &Lab) -> Vec<Row> {
    let control = lab.store("control");
    let (tell, told) = channel();
    let worker = builder(control.store().clone())
        .register::<Busy>(Arc::new(Mutex::new(tell)))
        .register::<Short>(())
        .concurrency(NonZeroUsize::new(2).expect("two is not zero"))
        .spawn()
        .expect("a worker starts");
    let mut short = new_task::<Short>(&()).expect("nothing is JSON");
    short.spec.batch_size = 1;
    control.submit(short).expect("a task can be submitted");
    let busy = new_task::<Busy>(&()).expect("nothing is JSON");
    // Asks through a handle of its own, as another process would.
    let operator = new_store(control.store().dir());
    let task = operator
        .submit(busy)
        .expect("a task can be submitted")
        .number;
    let mut delays = Samples::default();
    for _ in 0..lab.pick(400, 20) {
        delays.add_time(one(&operator, task, &told));
    }
    let stopper = worker.stopper();
    stopper.stop();
    stopper.stop();
    worker.join().expect("the worker ends");
    vec![
        Row {
            figure: "from a request's return to the flag of a batch in flight, worker busy, p50"
                .into(),
            measured: format!("{}, {} requests", delays.told(" ms"), delays.len()),
            value: Value::Millis(delays.median()),
            goal: Goal::Below(1.0),
        },
        Row {
            figure: "the same, p99".into(),
            measured: String::new(),
            value: Value::Millis(delays.percentile(99)),
            goal: Goal::Below(10.0),
        },
    ]
}

/// One request, and back to a batch in flight. A flag raised before the request returned took no
/// time at all.
fn one(operator: &Control, task: TaskNumber, told: &Receiver<Told>) -> Duration {
    let hear = || told.recv_timeout(PATIENCE).expect("the batch tells");
    assert!(matches!(hear(), Told::Begun), "a batch begins first");
    // Let it run for a while: what came with its start is over then.
    std::thread::sleep(Duration::from_millis(5));
    let asking = operator.suspend([task]).haste(Haste::ByForce);
    asking.send().expect("the request is written");
    let returned = Instant::now();
    let Told::Cancelled(raised) = hear() else {
        panic!("a batch began that nobody asked for");
    };
    wait_for("the suspension", || {
        let view = operator.view(task).expect("the task is there");
        (view.current_state == StateWord::Suspend).then_some(())
    });
    operator
        .resume([task])
        .send()
        .expect("the request is written");
    raised.saturating_duration_since(returned)
}

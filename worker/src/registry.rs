//! The task kinds that a worker can perform in its own process.

use std::any::Any;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use longhaul_common::actor::Actor;
use longhaul_common::id::TaskNumber;
use longhaul_common::kind::Kind;
use longhaul_common::leftovers::{Process, Stubborn};
use longhaul_common::spec::{Input, RegisteredWork, TaskSpec};
use longhaul_common::state::{Ending, Hook};
use longhaul_common::store::{PassedItem, Store};

use crate::cx::Stop;
use crate::engine::{Cut, Engine, Resumes, Yielded, without};
use crate::failure::Failure;
use crate::mark::Mark;
use crate::source::{Cursor, FedSource, PartsSource, Source, failed_parts};
use crate::task::{Cx, End, Items, Task};
use crate::task_trace::within;
use crate::testing::point;

type Make = Box<dyn Fn(&RegisteredWork, Around) -> Result<Box<dyn Engine>, Failure> + Send + Sync>;

/// What a test does once a batch is performed, before its checkpoint.
type AfterBatch = Arc<dyn Fn(&Cx) + Send + Sync>;

/// What is around a task.
struct Around {
    origin: Origin,
    after_each_batch: Option<AfterBatch>,
}

/// Where the items of a task are that do not come from its kind's own source.
struct Origin {
    store: Store,
    task: TaskNumber,
    input: Input,
}

/// Kinds by name.
#[derive(Default)]
pub(crate) struct Registry {
    kinds: BTreeMap<&'static str, Registration>,
    after_each_batch: Option<AfterBatch>,
}

struct Registration {
    kind: Kind,
    make: Make,
}

impl Registry {
    pub(crate) fn register<T: Task>(&mut self, shared: T::Shared) {
        let make: Make = Box::new(move |work, around| {
            let params: T::Params = serde_json::from_str(&work.params)
                .map_err(|error| Failure::Suspend(format!("the parameters don't fit: {error}")))?;
            Ok(Box::new(Registered::<T> {
                params,
                shared: shared.clone(),
                origin: around.origin,
                after_each_batch: around.after_each_batch,
                source: None,
                instance: None,
                stop: None,
            }))
        });
        let kind = kind_of::<T>();
        self.kinds.insert(T::KIND, Registration { kind, make });
    }

    /// Has this done after each batch.
    pub(crate) fn after_each_batch(&mut self, after: impl Fn(&Cx) + Send + Sync + 'static) {
        self.after_each_batch = Some(Arc::new(after));
    }

    /// The kinds, as they are published.
    pub(crate) fn published(&self) -> Vec<Kind> {
        self.kinds
            .values()
            .map(|known| known.kind.clone())
            .collect()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = String> + '_ {
        self.kinds.keys().map(ToString::to_string)
    }

    pub(crate) fn engine(
        &self,
        spec: &TaskSpec,
        work: &RegisteredWork,
        store: &Store,
    ) -> Result<Box<dyn Engine>, Failure> {
        let kind = spec.kind.as_str();
        let known = self
            .kinds
            .get(kind)
            .ok_or_else(|| Failure::Suspend(format!("this worker knows no kind \"{kind}\"")))?;
        let origin = Origin {
            store: store.clone(),
            task: spec.number,
            input: spec.input.clone(),
        };
        let after_each_batch = self.after_each_batch.clone();
        (known.make)(
            work,
            Around {
                origin,
                after_each_batch,
            },
        )
    }
}

fn kind_of<T: Task>() -> Kind {
    let schema = schemars::schema_for!(T::Params);
    let doc = match T::DOC {
        "" => schema.get("description").and_then(|text| text.as_str()),
        doc => Some(doc),
    };
    Kind {
        name: T::KIND.into(),
        doc: doc.unwrap_or_default().into(),
        schema: schema.as_value().to_string(),
        rolls_back: T::ROLLS_BACK,
        program: Actor::this_process().program,
        version: env!("CARGO_PKG_VERSION").into(),
        ..Kind::default()
    }
}

struct Registered<T: Task> {
    params: T::Params,
    shared: T::Shared,
    origin: Origin,
    source: Option<Box<dyn Source<T::Item>>>,
    instance: Option<T>,
    /// What tells the source to stop.
    stop: Option<Stop>,
    after_each_batch: Option<AfterBatch>,
}

impl<T: Task> Registered<T> {
    fn source(&mut self) -> Result<&mut Box<dyn Source<T::Item>>, Failure> {
        match &mut self.source {
            Some(source) => Ok(source),
            empty => {
                let origin = &self.origin;
                let source = items_of::<T>(
                    (&self.params, &self.shared),
                    &origin.input,
                    &origin.store,
                    origin.task,
                )?;
                Ok(empty.insert(source))
            }
        }
    }
}

/// The items of a task.
fn items_of<T: Task>(
    (params, shared): (&T::Params, &T::Shared),
    input: &Input,
    store: &Store,
    task: TaskNumber,
) -> Result<Box<dyn Source<T::Item>>, Failure> {
    match input {
        Input::Fed => {
            let make =
                |bytes: Vec<u8>| serde_json::from_slice(&bytes).map_err(|error| error.to_string());
            Ok(Box::new(FedSource::new(store.clone(), task, make)))
        }
        Input::Parts(parts) => {
            let whole = items_of::<T>((params, shared), &parts.of, store, parts.task)?;
            let failed = failed_parts(parts, store).map_err(|error| from_source(&error))?;
            Ok(Box::new(PartsSource::new(whole, failed)))
        }
        Input::None
        | Input::Lines(_)
        | Input::Null(_)
        | Input::Csv(_)
        | Input::Files(_)
        | Input::Range(_)
        | Input::Pages => contained(|| T::source(params, shared)).map_err(of_its_own_accord),
    }
}

impl<T: Task> Engine for Registered<T> {
    fn total(&mut self) -> Option<u64> {
        self.source().ok()?.total()
    }

    fn init(&mut self, resumes: Resumes, cx: &Cx) -> Result<(), Failure> {
        self.stop = Some(cx.stop());
        let (params, shared) = (self.params.clone(), self.shared.clone());
        let mut instance = run(cx, || T::init(params, shared, cx))?;
        if resumes == Resumes::Yes {
            run(cx, || instance.resumed(cx))?;
        }
        self.instance = Some(instance);
        Ok(())
    }

    fn join(&mut self, cx: &Cx) -> Result<(), Failure> {
        self.init(Resumes::No, cx)
    }

    fn committed(&mut self, cx: &Cx) -> Result<Option<Mark>, Failure> {
        match &mut self.instance {
            Some(instance) => run(cx, || instance.committed(cx)),
            None => Ok(None),
        }
    }

    fn heed(&mut self, stop: Stop) {
        self.stop = Some(stop);
    }

    fn cut(&mut self, cursor: &Cursor, size: usize) -> Result<Option<Cut>, Failure> {
        let stop = self.stop.as_ref().map(Stop::afresh);
        let source = self.source()?;
        let chunk = contained(|| {
            match &stop {
                Some(stop) => source.read_until(cursor, size, stop),
                None => source.read(cursor, size),
            }
            .map_err(|error| from_source(&error))
        });
        let chunk = match &stop {
            Some(stop) if stop.was_told() => chunk?,
            _ => chunk.map_err(of_its_own_accord)?,
        };
        Ok(chunk.map(|chunk| Cut {
            count: chunk.items.len() as u64,
            items: Box::new(chunk.items) as Items,
            next: chunk.next,
            last: chunk.exhausted,
        }))
    }

    fn perform(&mut self, cut: &Cut, cx: &Cx) -> Result<Yielded, Failure> {
        let items = cut
            .items
            .downcast_ref::<Vec<T::Item>>()
            .expect("the items come from this engine's own source");
        let instance = self
            .instance
            .as_mut()
            .ok_or_else(|| Failure::Retry("the task was not prepared".into()))?;
        run(cx, || instance.batch(items, cx))?;
        if let Some(after) = &self.after_each_batch {
            after(cx);
        }
        Ok(Yielded {
            passed: cx.take_passed(),
            ..Yielded::default()
        })
    }

    fn undo(
        &mut self,
        cut: Cut,
        passed: &[PassedItem],
        _line: Option<&str>,
        cx: &Cx,
    ) -> Result<(), Failure> {
        let items = cut
            .items
            .downcast::<Vec<T::Item>>()
            .expect("the items come from this engine's own source");
        let items = without(*items, passed);
        run(cx, || T::rollback(&self.params, &self.shared, &items, cx))
    }

    fn hook(&mut self, hook: Hook, ending: Option<Ending>, cx: &Cx) -> Result<(), Failure> {
        match hook {
            Hook::OnSuspend => match &mut self.instance {
                Some(instance) => around(cx, || instance.suspended(cx)),
                None => Ok(()),
            },
            Hook::Rollback => Ok(()),
            Hook::Cleanup => {
                self.instance = None;
                let end = ending.map_or(End::Died, End::Leaving);
                around(cx, || T::cleanup(&self.params, &self.shared, end, cx))
            }
        }
    }

    fn clear(
        &mut self,
        _slot: u16,
        _keys: &[&str],
        _waits: &mut dyn FnMut(&Stubborn) -> bool,
    ) -> Result<Vec<Process>, Failure> {
        // Runs in the worker's own process, and died with it.
        Ok(Vec::new())
    }
}

pub(crate) fn from_source(error: &crate::source::SourceError) -> Failure {
    if let crate::source::SourceError::Failed(failure) = error {
        return failure.clone();
    }
    let text = crate::failure::chain(error);
    if matches!(error, crate::source::SourceError::Malformed { .. }) {
        // Nobody can mend it, and those that were fed after it wait.
        Failure::Skip(text)
    } else if error.is_permanent() {
        Failure::Suspend(text)
    } else {
        Failure::Retry(text)
    }
}

/// Runs a method of a task.
fn run<R>(cx: &Cx, method: impl FnOnce() -> Result<R, Failure>) -> Result<R, Failure> {
    told(around(cx, method), cx)
}

/// Runs a method of a task: with its log, and with the points of a test around it.
fn around<R>(cx: &Cx, method: impl FnOnce() -> Result<R, Failure>) -> Result<R, Failure> {
    point();
    let outcome = within(cx, || contained(method));
    point();
    outcome
}

/// What a task came back with. A cancellation costs no attempt and is followed by no wait, so it
/// counts only where the task was told to stop.
fn told<R>(outcome: Result<R, Failure>, cx: &Cx) -> Result<R, Failure> {
    if cx.stop().was_told() {
        outcome
    } else {
        outcome.map_err(of_its_own_accord)
    }
}

fn of_its_own_accord(failure: Failure) -> Failure {
    match failure {
        Failure::Cancelled => Failure::Retry("the task cancelled itself".into()),
        Failure::Retry(_) | Failure::Skip(_) | Failure::Suspend(_) | Failure::Fatal(_) => failure,
    }
}

thread_local! {
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic on this thread, at this moment, becomes a failed batch.
pub(crate) fn panic_is_contained() -> bool {
    CONTAINED.get()
}

/// A panic in a task's code is a failed batch.
fn contained<R>(work: impl FnOnce() -> Result<R, Failure>) -> Result<R, Failure> {
    let before = CONTAINED.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    CONTAINED.set(before);
    outcome.unwrap_or_else(|panic| Err(Failure::Retry(format!("panicked: {}", words(&*panic)))))
}

fn words(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "with something that is no text".into())
}

//! The tables. Keys are task numbers unless said otherwise.

use std::marker::PhantomData;

use redb::TableDefinition;

use super::after::Awaits;
use super::record::{State, Wish, WorkerRow};
use super::row_name::RowName;
use super::words::OwedWord;
use crate::backlog::Backlog;
use crate::event::Event;
use crate::fed::Fed;
use crate::id::{EventNumber, TaskNumber, WorkerNumber};
use crate::kind::Kind;
use crate::live::Live;
use crate::progress::Progress;
use crate::spec::TaskSpec;

/// The newest schema this version knows. A store with a newer one is refused, untouched.
pub(super) const SCHEMA: u64 = 3;
/// Since this one a task may owe a rollback, and commands on suspension and resumption: a worker that does
/// not know them would end a task without. An older store is raised to it by the first such task.
pub(super) const SCHEMA_OF_HOOKS: u64 = 2;
/// Since this one tasks have gates, suspensions end by themselves, and tasks stop by themselves: a worker that does
/// not know them would run what one holds, and forget the others. An older store is raised to it by the first.
pub(super) const SCHEMA_OF_GATES: u64 = 3;
/// Since this one a task may go back to batches that failed: a worker that does not know that would go on from
/// there. A store is raised to it by the first task whose failures are queued again.
pub(super) const SCHEMA_OF_RETRY: u64 = 3;

/// A table of MessagePack records by number.
pub(super) struct Records<R> {
    pub(super) table: TableDefinition<'static, u64, &'static [u8]>,
    /// What the row of a number is.
    pub(super) row: fn(u64) -> RowName,
    record: PhantomData<fn() -> R>,
}

const fn records<R>(name: &'static str, row: fn(u64) -> RowName) -> Records<R> {
    Records {
        table: TableDefinition::new(name),
        row,
        record: PhantomData,
    }
}

/// What a task is.
pub(super) const SPECS: Records<TaskSpec> =
    records("specs", |task| RowName::Specification(TaskNumber(task)));
/// What is wanted of it. A table of its own, so that operator and holder never overwrite each
/// other.
pub(super) const WISHES: Records<Wish> =
    records("desired", |task| RowName::Desired(TaskNumber(task)));
/// Where it is.
pub(super) const STATES: Records<State> =
    records("current", |task| RowName::Current(TaskNumber(task)));
/// How far it is: the only row a checkpoint must write.
pub(super) const PROGRESS: Records<Progress> =
    records("progress", |task| RowName::Progress(TaskNumber(task)));
/// What a queued task has planned and not done.
pub(super) const BACKLOGS: Records<Backlog> =
    records("backlogs", |task| RowName::Backlog(TaskNumber(task)));
/// How much was fed to a fed task.
pub(super) const FEDS: Records<Fed> = records("feds", |task| RowName::Feed(TaskNumber(task)));
/// How the tasks ended that it waits for.
pub(super) const AWAITED: Records<Awaits> =
    records("awaited", |task| RowName::Awaited(TaskNumber(task)));
/// What its batches in flight told of themselves.
pub(super) const LIVES: Records<Live> = records("lives", |task| RowName::Live(TaskNumber(task)));
/// Events by their number.
pub(super) const EVENTS: Records<Event> =
    records("events", |event| RowName::Event(EventNumber(event)));
/// What is to be told and was not yet: by twice the event's number, and one more of what the task asked
/// for itself.
pub(super) const OWED_WORDS: Records<OwedWord> = records("owed_words", RowName::OwedWord);
/// Workers by their number.
pub(super) const WORKERS: Records<WorkerRow> =
    records("workers", |worker| RowName::Worker(WorkerNumber(worker)));
/// Kinds that were published, by a number of their own.
pub(super) const KINDS: Records<Kind> = records("kinds", RowName::Kind);

/// Events by task: (task, event).
pub(super) const TASK_EVENTS: TableDefinition<'static, (u64, u64), ()> =
    TableDefinition::new("task_events");
/// Who may run a task: (worker, epoch).
pub(super) const CLAIMED: TableDefinition<'static, u64, (u64, u64)> =
    TableDefinition::new("claimed");
/// Tasks that wait for a worker, by [lane](super::lanes), rank and task; the rank is the priority
/// turned round, so that the first row of a lane is the first to be claimed.
pub(super) const CLAIMABLE: TableDefinition<'static, (&'static str, i64, u64), &'static [u8]> =
    TableDefinition::new("claimable");
/// Batches that failed for good, by (task, batch).
pub(super) const FAILURES: TableDefinition<'static, (u64, u64), &'static [u8]> =
    TableDefinition::new("failures");
/// Batches that are planned and not finished, by (task, batch).
pub(super) const PLANNED: TableDefinition<'static, (u64, u64), &'static [u8]> =
    TableDefinition::new("planned");
/// How done batches are found again, by (task, batch).
pub(super) const MARKS: TableDefinition<'static, (u64, u64), &'static [u8]> =
    TableDefinition::new("marks");
/// Items that were fed and are not done, many a row, by (task, number of the first item).
pub(super) const FED_ITEMS: TableDefinition<'static, (u64, u64), &'static [u8]> =
    TableDefinition::new("fed_items");
/// What there was of a task before a request on it, by (request, task).
pub(super) const BEFORE: TableDefinition<'static, (u64, u64), &'static [u8]> =
    TableDefinition::new("before");
/// Suspensions that end by themselves, by (when in milliseconds, task), with the request that asked for each.
pub(super) const TIMERS: TableDefinition<'static, (i64, u64), u64> = TableDefinition::new("timers");
/// Tasks that wait for a time, by (when in milliseconds, task).
pub(super) const SCHEDULES: TableDefinition<'static, (i64, u64), ()> =
    TableDefinition::new("schedules");
/// Until when they wait, by task.
pub(super) const SCHEDULED: TableDefinition<'static, u64, i64> = TableDefinition::new("scheduled");
/// Those who wait for a task that has not ended, by (task, who waits).
pub(super) const FOLLOWERS: TableDefinition<'static, (u64, u64), ()> =
    TableDefinition::new("followers");
/// Groups that have a limit, by name.
pub(super) const GROUPS: TableDefinition<'static, &'static str, &'static [u8]> =
    TableDefinition::new("groups");
/// The tasks of a group that have not ended, by (group, task).
pub(super) const GROUP_TASKS: TableDefinition<'static, (&'static str, u64), ()> =
    TableDefinition::new("group_tasks");
/// Those of them that have a slot of it, by (group, task).
pub(super) const GROUP_SLOTS: TableDefinition<'static, (&'static str, u64), ()> =
    TableDefinition::new("group_slots");
/// Cordons, by their reach.
pub(super) const CORDONS: TableDefinition<'static, &'static str, &'static [u8]> =
    TableDefinition::new("cordons");
/// The brake of the store, by one name.
pub(super) const BRAKES: TableDefinition<'static, &'static str, &'static [u8]> =
    TableDefinition::new("brakes");
/// Queued tasks whose batches may begin, by [lane](super::lanes), rank and task.
pub(super) const SERVED: TableDefinition<'static, (&'static str, i64, u64), ()> =
    TableDefinition::new("served");
/// Task by id.
pub(super) const IDS: TableDefinition<'static, u128, u64> = TableDefinition::new("ids");
/// Task by id with its hexadecimal digits in reverse order: finds an id by its ending.
pub(super) const ID_ENDINGS: TableDefinition<'static, u128, u64> =
    TableDefinition::new("id_endings");
/// Tasks by (name, task).
pub(super) const NAMES: TableDefinition<'static, (&'static str, u64), ()> =
    TableDefinition::new("names");
/// The task that was submitted last with a key, by that key.
pub(super) const KEYS: TableDefinition<'static, &'static str, u64> = TableDefinition::new("keys");
/// Numbers by name: see the constants below.
pub(super) const COUNTERS: TableDefinition<'static, &'static str, u64> =
    TableDefinition::new("counters");
/// Tells this store from any other, as text.
pub(super) const IDENTITY: TableDefinition<'static, &'static str, &'static str> =
    TableDefinition::new("identity");

/// The schema version.
pub(super) const COUNTER_SCHEMA: &str = "schema";
/// The last task number given.
pub(super) const COUNTER_TASK: &str = "task";
/// The last worker number given.
pub(super) const COUNTER_WORKER: &str = "worker";
/// The last number of a kind given.
pub(super) const COUNTER_KIND: &str = "kind";
/// The last request number given.
pub(super) const COUNTER_REQUEST: &str = "request";
/// The last event number given.
pub(super) const COUNTER_EVENT: &str = "event";
/// Whether a worker ever told of what happens: only then is it kept for such a one.
pub(super) const COUNTER_TELLING: &str = "telling";
/// The first event that is still kept.
pub(super) const COUNTER_FIRST_EVENT: &str = "first_event";
/// The key of the store's id.
pub(super) const STORE_ID: &str = "store_id";

/// The place of a priority in the order of claims.
pub(super) fn rank(priority: i32) -> i64 {
    -i64::from(priority)
}

/// An id with its hexadecimal digits in reverse order.
pub(super) fn reversed_digits(id: u128) -> u128 {
    let swapped = id.swap_bytes();
    let low = 0x0f0f_0f0f_0f0f_0f0f_0f0f_0f0f_0f0f_0f0f_u128;
    ((swapped & low) << 4) | ((swapped >> 4) & low)
}

//! The page of one task.

use std::time::Duration;

use longhaul_common::alive::Condition;
use longhaul_common::id::WorkerNumber;
use longhaul_common::phase::{self, Phase};
use longhaul_common::spec::{CommandWork, OsBytes, TaskSpec, Work};
use longhaul_common::state::RollbackStage;
use longhaul_common::usage::Used;
use longhaul_common::view::{FeedView, RollbackView, TaskView, WorkerView};

use super::{Known, Overflow, Piece, Sheet, queue, story};
use crate::output::clock::Clock;
use crate::output::human::{self, count, counted};
use crate::output::log::{self, Shown};
use crate::output::paint::Tone;
use crate::output::state::{self, remark, state, tone};

const BAR: u16 = 24;

/// What is known of a task that is not in its rows.
#[derive(Default)]
pub(crate) struct Beside {
    /// Workers that live and can't act, if it may have to do with one.
    pub(crate) halted: Vec<(WorkerNumber, Condition)>,
    /// How its rate went, oldest first; empty if nobody looked on.
    pub(crate) rates: Vec<f64>,
    /// What its processes use, if that was measured.
    pub(crate) used: Option<Used>,
}

impl Beside {
    /// What keeps a worker from acting, if it lives and can't.
    pub(super) fn halt(&self, worker: WorkerNumber) -> Option<Condition> {
        let found = self.halted.iter().find(|(number, _)| *number == worker);
        found.map(|(_, condition)| *condition)
    }
}

/// The page of a task's queue, if it has one.
pub(crate) fn queue_sheet(known: &Known, beside: &Beside, clock: &Clock) -> Option<Sheet> {
    let queue = known.view.queue.as_ref()?;
    let mut sheet = Sheet::default();
    put_title(&mut sheet, &known.view);
    put_state(&mut sheet, known, clock);
    queue::put_way(&mut sheet, queue);
    queue::put(&mut sheet, known, beside, clock, queue::Told::All);
    put_progress(&mut sheet, known);
    Some(sheet)
}

fn put_title(sheet: &mut Sheet, view: &TaskView) {
    let name = view.name.as_deref().map(|name| format!("{name}  "));
    sheet.title(&format!(
        "{}  {}{}",
        view.number,
        name.unwrap_or_default(),
        view.id
    ));
}

/// The page of a task.
pub(crate) fn sheet(known: &Known, beside: &Beside, clock: &Clock) -> Sheet {
    let mut sheet = Sheet::default();
    let view = &known.view;
    put_title(&mut sheet, view);
    put_state(&mut sheet, known, clock);
    put_progress(&mut sheet, known);
    put_rates(&mut sheet, &beside.rates);
    put_used(&mut sheet, beside.used);
    if let Some(worker) = &view.worker {
        put_worker(&mut sheet, worker, beside.halt(worker.id));
    }
    queue::put(&mut sheet, known, beside, clock, queue::Told::First);
    sheet.maybe("message", view.message.as_deref());
    if let Some(error) = &view.error {
        sheet.toned("error", error, Tone::Bad);
    }
    sheet.gap();
    put_work(&mut sheet, &known.row.spec, view);
    put_times(&mut sheet, view, clock);
    put_failures(&mut sheet, known, clock);
    sheet.gap();
    sheet.title("story");
    story::put(&mut sheet, known, clock);
    if !known.log.bytes.is_empty() {
        sheet.gap();
        sheet.title("log, its end");
        for line in known.log.lines() {
            let Shown { head, text, tone } = log::shown(&line, clock);
            let pieces = vec![
                Piece::Text(head + " ", Tone::Quiet),
                Piece::Text(text.into_owned(), tone),
            ];
            sheet.below(pieces, 0, Overflow::IsCut);
        }
    }
    sheet
}

fn put_state(sheet: &mut Sheet, known: &Known, clock: &Clock) {
    let view = &known.view;
    let since = view.current_state_since;
    let state = format!(
        "{}, since {}, {}",
        state(view),
        clock.time(since),
        human::duration(clock.now().since(since)),
    );
    sheet.toned("state", &state, tone(view));
    // Error, message and the wish stand in lines of their own.
    let waits = matches!(
        view.phase,
        Phase::Queued
            | Phase::Scheduled
            | Phase::Blocked
            | Phase::Starting
            | Phase::Throttled
            | Phase::Orphaned
            | Phase::Suspending
            | Phase::Suspended
            | Phase::Terminating
    );
    // Why its queue can't be reached stands in a line of its own.
    let lost = view
        .queue
        .as_ref()
        .is_some_and(|queue| queue.unreachable_since.is_some());
    let waits = waits || (view.phase == Phase::Running && !lost);
    if view.phase == Phase::BackingOff {
        sheet.maybe("", remark(view, clock).as_deref());
    } else if waits && let Some(what) = &view.waiting_for {
        let boundary = state::boundary(view).map(|told| format!(", {told}"));
        sheet.field("", &(phase::waits(what) + &boundary.unwrap_or_default()));
    }
    let wish = &known.row.wish;
    let who = match (wish.policy, wish.request.0) {
        (true, _) => "by the error policy".into(),
        (false, 0) => format!("since the submission by {}", wish.by),
        (false, _) => format!("by {}", wish.by),
    };
    let force = if wish.force { " by force" } else { "" };
    let asked = if wish.request.0 == 0 {
        String::new()
    } else {
        format!(", {}", clock.age(wish.at))
    };
    let why = wish
        .reason
        .as_ref()
        .map(|why| format!(", because \"{why}\""));
    let desired = format!(
        "{}{force}, {who}{asked}{}",
        view.desired_state,
        why.unwrap_or_default()
    );
    sheet.field("desired", &desired);
}

fn put_progress(sheet: &mut Sheet, known: &Known) {
    let view = &known.view;
    let done = view.items_standing();
    let items = match view.items_total {
        Some(total) if view.feed == Some(FeedView::Open) => format!(
            "{} of {} so far",
            count(done),
            counted(total, "item", "items")
        ),
        Some(total) => format!("{} of {}", count(done), counted(total, "item", "items")),
        None => format!(
            "{}, of how many is not known",
            counted(done, "item", "items")
        ),
    };
    let progress = match view.fraction {
        Some(fraction) => vec![
            Piece::Bar {
                fraction,
                columns: BAR,
            },
            Piece::Text(
                format!(" {}  {items}", human::percent(Some(fraction))),
                Tone::Plain,
            ),
        ],
        None => vec![Piece::Text(items, Tone::Plain)],
    };
    sheet.labelled("progress", progress);
    let mut pace = Vec::new();
    if let Some(rate) = view.rate {
        pace.push(human::rate(Some(rate)).replace('/', " items/"));
    }
    if view.started_at.is_some() {
        let ran = human::seconds(Some(view.running_seconds));
        pace.push(format!("ran for {ran}"));
    }
    if let Some(eta) = view.eta_seconds.filter(|eta| *eta > 0.0) {
        pace.push(format!("{} to go", human::seconds(Some(eta))));
    }
    if let Some(limit) = known.row.spec.rate {
        pace.push(format!("limited to {limit}"));
    }
    if let Some(stop) = known.row.spec.stop_at {
        pace.push(format!("stops at {}", counted(stop, "item", "items")));
    }
    if let Some(window) = &known.row.spec.window {
        pace.push(format!("within {window}"));
    }
    if !pace.is_empty() {
        sheet.field("pace", &pace.join(", "));
    }
    let mut batches = vec![format!("{} done", count(view.batches_done))];
    if view.batches_failed > 0 {
        batches.push(format!("{} failed", count(view.batches_failed)));
    }
    if view.items_failed > 0 {
        let items = counted(view.items_failed, "item", "items");
        batches.push(format!("{items} failed"));
    }
    if known.row.progress.is_half() {
        batches.push("one is halved to find the bad item".into());
    }
    if view.retries > 0 {
        batches.push(counted(view.retries, "retry", "retries"));
    }
    batches.push(format!(
        "{} each",
        counted(view.batch_size, "item", "items")
    ));
    match view.batch_range {
        // How short ones differ is nobody's concern.
        Some((shortest, longest)) if longest < 1.0 || longest < 1.2 * shortest => {
            batches.push(format!(
                "{} a batch lately",
                human::seconds(view.batch_seconds)
            ));
        }
        Some((shortest, longest)) => batches.push(format!(
            "{} to {} a batch lately",
            human::seconds(Some(shortest)),
            human::seconds(Some(longest))
        )),
        None => {}
    }
    sheet.field("batches", &batches.join(", "));
}

/// How the rate went while somebody looked.
fn put_rates(sheet: &mut Sheet, rates: &[f64]) {
    let most = rates.iter().copied().fold(0.0, f64::max);
    if most > 0.0 && rates.len() > 1 {
        let most = human::rate(Some(most));
        sheet.labelled(
            "rate",
            vec![
                Piece::Course(rates.to_vec()),
                Piece::Text(format!(" up to {most}"), Tone::Quiet),
            ],
        );
    }
}

/// What its processes use of processors and memory.
fn put_used(sheet: &mut Sheet, used: Option<Used>) {
    let Some(used) = used else { return };
    let processes = counted(used.processes as u64, "process", "processes");
    let memory = human::memory(used.memory);
    let text = match used.cores {
        Some(cores) => format!(
            "{} of a core, {memory} of memory, {processes}",
            human::cores(cores)
        ),
        None => format!("{memory} of memory, {processes}"),
    };
    sheet.field("uses", &text);
}

fn put_worker(sheet: &mut Sheet, worker: &WorkerView, stuck: Option<Condition>) {
    let mut text = format!("{}", worker.id);
    if let Some(pid) = worker.pid {
        text = format!("{text}, process {pid}");
    }
    if let Some(host) = &worker.host {
        text = format!("{text} on {host}");
    }
    let (how, tone) = match (worker.alive, stuck) {
        (false, _) => ("died", Tone::Attention),
        (true, Some(Condition::Stopped)) => ("stopped (SIGSTOP)", Tone::Bad),
        (true, Some(Condition::Uninterruptible)) => {
            ("in uninterruptible sleep, takes no signal", Tone::Bad)
        }
        (true, Some(Condition::Running) | None) => ("alive", Tone::Plain),
    };
    sheet.toned("worker", &format!("{text}, {how}"), tone);
    if let (true, Some(Condition::Stopped), Some(pid)) = (worker.alive, stuck, worker.pid) {
        sheet.field("", &format!("it goes on with: kill -CONT {pid}"));
    }
}

fn put_work(sheet: &mut Sheet, spec: &TaskSpec, view: &TaskView) {
    match &spec.work {
        Work::Command(command) => {
            let stays = if command.persistent {
                " (persistent)"
            } else {
                ""
            };
            sheet.field("command", &format!("{}{stays}", words(command)));
            sheet.field("folder", &command.dir.to_text());
        }
        Work::Registered(work) => sheet.field("params", &work.params),
    }
    let masked = view.env.iter().map(|name| format!("{name}=***"));
    let secret = view
        .secret_env
        .iter()
        .map(|name| format!("{name} (the worker's)"));
    let env: Vec<String> = masked.chain(secret).collect();
    if !env.is_empty() {
        sheet.field("env", &env.join(", "));
    }
    sheet.maybe("key", view.key.as_deref());
    sheet.field("kind", &spec.kind);
    let feed = match view.feed {
        Some(FeedView::Open) => Some("--feed, open"),
        Some(FeedView::Closed) => Some("--feed, closed"),
        None => None,
    };
    sheet.maybe("input", feed.or(view.input.as_deref()));
    if let Some(task) = view.restart_of {
        sheet.field("restart of", &format!("task {task}"));
    }
    if let Some(task) = view.restarted_by {
        sheet.field("restarted", &format!("as task {task}"));
    }
    if let Some(task) = view.retried_by {
        sheet.field("retried by", &format!("task {task}"));
    }
    if let Some(queue) = &view.queue {
        queue::put_way(sheet, queue);
    }
    sheet.maybe("init", spec.init.as_deref());
    sheet.maybe("cleanup", spec.cleanup.as_deref());
    sheet.maybe("on-done", spec.on_done.as_deref());
    sheet.maybe("on-suspend", spec.on_suspend.as_deref());
    sheet.maybe("on-resume", spec.on_resume.as_deref());
    sheet.maybe("rollback", view.rollback.as_ref().map(rollback).as_deref());
    if let Some(gates) = gates(spec) {
        sheet.field("gates", &gates);
    }
    sheet.field("policy", &policy(spec));
}

/// How what it did is undone, and how far that is.
fn rollback(rollback: &RollbackView) -> String {
    let how = rollback.command.as_deref().unwrap_or("in Rust");
    let undone = || {
        format!(
            "{} of {} undone",
            count(rollback.items_done),
            counted(rollback.items_total, "item", "items")
        )
    };
    match rollback.stage {
        RollbackStage::None => how.to_owned(),
        RollbackStage::Begun => format!("{how}; {}", undone()),
        RollbackStage::Failed => format!("{how}; failed, {}", undone()),
    }
}

/// As a shell would take it.
fn words(command: &CommandWork) -> String {
    let words: Vec<String> = command.argv.iter().map(OsBytes::to_text).collect();
    shell_words::join(words)
}

fn policy(spec: &TaskSpec) -> String {
    let retries = counted(spec.retries.into(), "retry", "retries");
    let mut policy = match spec.retries {
        0 => format!("no retries, then {}", spec.on_error.as_str()),
        _ => format!(
            "{retries}, backoff from {}, then {}",
            human::duration(Duration::from_millis(spec.backoff_ms)),
            spec.on_error.as_str()
        ),
    };
    if spec.isolate {
        policy.push_str(", of the bad item alone");
    }
    if let Some(budget) = spec.max_failures {
        policy = format!("{policy}; suspended beyond {budget} failed");
    }
    if let Some(timeout) = spec.batch_timeout() {
        policy = format!("{policy}; at most {} a batch", human::duration(timeout));
    }
    if spec.priority != 0 {
        policy = format!("{policy}; priority {}", spec.priority);
    }
    policy
}

fn put_times(sheet: &mut Sheet, view: &TaskView, clock: &Clock) {
    let told = |at| format!("{}, {}", clock.time(at), clock.age(at));
    sheet.field(
        "created",
        &format!(
            "{}, by {} on {}",
            told(view.created_at),
            view.created_by,
            view.created_by.host
        ),
    );
    if let Some(at) = view.started_at {
        sheet.field("started", &told(at));
    }
    if let Some(at) = view.ended_at {
        sheet.field("ended", &told(at));
    }
}

fn put_failures(sheet: &mut Sheet, known: &Known, clock: &Clock) {
    let failed = known.view.batches_failed;
    let waiting = known.failures.iter().filter(|failure| failure.waits());
    let waiting = waiting.count() as u64;
    if failed + waiting == 0 {
        return;
    }
    sheet.gap();
    sheet.title("failed batches");
    for failure in &known.failures {
        let text = format!(
            "{}{}, {}, {}: {}",
            if failure.waits() {
                "waits to be tried again; "
            } else {
                ""
            },
            clock.time(failure.at),
            counted(failure.items, "item", "items"),
            counted(failure.attempts.into(), "attempt", "attempts"),
            failure.error
        );
        sheet.field(&format!("  {}", failure.batch), &text);
    }
    let more = (failed + waiting).saturating_sub(known.failures.len() as u64);
    if more > 0 {
        sheet.field("", &format!("and {} more", count(more)));
    }
}

/// The gates it has, open or closed.
fn gates(spec: &TaskSpec) -> Option<String> {
    let tasks: Vec<String> = spec.after.iter().map(ToString::to_string).collect();
    let after = (!tasks.is_empty()).then(|| format!("after {}", tasks.join(", ")));
    let group = (!spec.group.is_empty()).then(|| format!("group {}", spec.group));
    let check = spec.throttle_if.as_ref();
    let check = check.map(|line| format!("throttled if {line} fails"));
    let all: Vec<String> = after.into_iter().chain(group).chain(check).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

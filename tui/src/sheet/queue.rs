//! The lines of a task's own queue.

use longhaul_common::alive::Condition;
use longhaul_common::spec::MAX_PARALLEL;
use longhaul_common::view::{FlightView, QueueView};

use super::{Beside, Known, Sheet};
use crate::output::clock::Clock;
use crate::output::human::{self, count, counted};
use crate::output::paint::Tone;

/// So many of the batches in flight, and of those that are tried again, are named among other things.
const FEW: usize = 8;

/// How many batches are named.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    First,
    All,
}

/// How it is made.
pub(super) fn put_way(sheet: &mut Sheet, queue: &QueueView) {
    let most = match queue.parallel {
        MAX_PARALLEL.. => "as many at once as there are slots".to_owned(),
        most => format!("at most {} at once", count(most)),
    };
    let ordered = if queue.ordered { ", in order" } else { "" };
    let depth = count(queue.depth);
    let text = format!("{}, {most}, {depth} planned ahead{ordered}", queue.place);
    sheet.field("queue", &text);
}

/// What is in it, if the task has one.
pub(super) fn put(sheet: &mut Sheet, known: &Known, beside: &Beside, clock: &Clock, told: Told) {
    let view = &known.view;
    let Some(queue) = &view.queue else { return };
    if let Some(since) = queue.unreachable_since {
        let away = human::duration(clock.now().since(since));
        let why = queue.unreachable.as_deref().unwrap_or_default();
        let text = format!("unreachable since {}, {away}: {why}", clock.moment(since));
        sheet.toned("broker", &text, Tone::Bad);
    }
    if view.outcome.is_none() {
        put_waiting(sheet, known, queue, clock, told);
        put_flight(sheet, queue, beside, clock, told);
    }
    let messages: Vec<String> = [
        (queue.redelivered, "delivered again"),
        (queue.sent_again, "lost and sent again"),
        (queue.foreign, "foreign"),
    ]
    .iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, what)| format!("{} {what}", count(*number)))
    .collect();
    if !messages.is_empty() {
        sheet.field("messages", &messages.join(", "));
    }
}

fn put_waiting(sheet: &mut Sheet, known: &Known, queue: &QueueView, clock: &Clock, told: Told) {
    let all = if queue.all_planned {
        ", which is all"
    } else {
        " so far"
    };
    let planned = counted(queue.planned, "batch", "batches");
    sheet.field("planned", &format!("{planned}{all}"));
    if queue.waiting == 0 {
        return;
    }
    let mut text = counted(queue.waiting, "batch", "batches");
    if let Some(at) = known.oldest {
        text = format!(
            "{text}, the oldest for {}",
            human::duration(clock.now().since(at))
        );
    }
    if !queue.serving {
        text.push_str("; none may begin now");
    }
    sheet.field("waiting", &text);
    let tried: Vec<_> = queue
        .tried
        .iter()
        .filter(|tried| tried.attempts > 0)
        .collect();
    for tried in tried.iter().take(most(told)) {
        let attempts = counted(tried.attempts.into(), "attempt", "attempts");
        let when = match tried.not_before.filter(|at| *at > clock.now()) {
            Some(at) => clock.age(at),
            None => "at once".into(),
        };
        sheet.field(
            "",
            &format!("batch {} after {attempts}, again {when}", tried.batch),
        );
    }
    put_more(sheet, tried.len(), told);
}

fn put_flight(sheet: &mut Sheet, queue: &QueueView, beside: &Beside, clock: &Clock, told: Told) {
    let mut text = counted(queue.in_flight, "batch", "batches");
    if !queue.workers.is_empty() {
        let workers = counted(queue.workers.len() as u64, "worker", "workers");
        text = format!("{text}, by {workers}");
    }
    sheet.field("in flight", &text);
    for flight in queue.flight.iter().take(most(told)) {
        let (text, tone) = in_words(flight, beside.halt(flight.worker.id), clock);
        sheet.toned("", &text, tone);
    }
    put_more(sheet, queue.flight.len(), told);
}

fn in_words(flight: &FlightView, halt: Option<Condition>, clock: &Clock) -> (String, Tone) {
    let worker = flight.worker.id;
    let attempt = match flight.attempt {
        0 | 1 => String::new(),
        attempt => format!(", attempt {attempt}"),
    };
    let (how, tone) = match (flight.worker.alive, halt) {
        (false, _) => (", which died", Tone::Attention),
        (true, Some(Condition::Stopped)) => (", which is stopped (SIGSTOP)", Tone::Bad),
        (true, Some(Condition::Uninterruptible)) => (", which waits in the kernel", Tone::Bad),
        (true, Some(Condition::Running) | None) => ("", Tone::Plain),
    };
    let text = format!(
        "batch {}{attempt} for {}, in slot {} by worker {worker}{how}",
        flight.batch,
        human::duration(clock.now().since(flight.since)),
        flight.slot,
    );
    (text, tone)
}

fn most(told: Told) -> usize {
    match told {
        Told::First => FEW,
        Told::All => usize::MAX,
    }
}

fn put_more(sheet: &mut Sheet, all: usize, told: Told) {
    let more = all.saturating_sub(most(told));
    if more > 0 {
        sheet.field("", &format!("and {} more", count(more as u64)));
    }
}

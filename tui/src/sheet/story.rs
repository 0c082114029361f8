//! The story of a task: its states with their times and lengths, who asked for them and why.

use std::time::Duration;

use longhaul_common::event::{Event, What};
use longhaul_common::safe_text::width;
use longhaul_common::state::StateWord;
use longhaul_common::time::Timestamp;

use super::known::EVENTS;
use super::{Known, Overflow, Piece, Sheet};
use crate::output::clock::Clock;
use crate::output::human;
use crate::output::paint::Tone;

/// The last chapters are told.
const CHAPTERS: usize = 15;

/// Tells the story on a page.
pub(super) fn put(sheet: &mut Sheet, known: &Known, clock: &Clock) {
    let chapters = chapters(&known.events, clock.now());
    let untold = chapters.len().saturating_sub(CHAPTERS);
    let begun_before = known.events.len() >= EVENTS;
    if untold > 0 || begun_before {
        let before = format!("… what was before: longhaul events {}", known.view.number);
        sheet.below(vec![Piece::of(&before, Tone::Plain)], 0, Overflow::GoesOn);
    }
    let mut day = String::new();
    for chapter in &chapters[untold..] {
        let date = clock.date(chapter.at);
        if date != day {
            sheet.below(vec![Piece::of(&date, Tone::Quiet)], 0, Overflow::GoesOn);
            day = date;
        }
        let lasted = match chapter.lasted {
            None => String::new(),
            Some((lasted, Until::Next)) => human::duration(lasted),
            Some((lasted, Until::Now)) => format!("{}…", human::duration(lasted)),
        };
        let time = clock.time_of_day(chapter.at);
        let lasted = format!("  {lasted:>8}  ");
        let hang = width(&time) + width(&lasted);
        let pieces = vec![
            Piece::Text(time, Tone::Quiet),
            Piece::Text(lasted, Tone::Plain),
            Piece::of(&chapter.said, Tone::Plain),
        ];
        sheet.below(pieces, hang, Overflow::GoesOn);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    Next,
    Now,
}

#[derive(Debug, PartialEq, Eq)]
struct Chapter {
    at: Timestamp,
    /// Of a state: how long it lasted, or has lasted. TERMINATE lasts for ever.
    lasted: Option<(Duration, Until)>,
    said: String,
}

/// Failed attempts and passed over batches in a row are told together.
fn chapters(events: &[Event], now: Timestamp) -> Vec<Chapter> {
    let mut chapters: Vec<Chapter> = Vec::new();
    let mut events = events.iter().peekable();
    while let Some(event) = events.next() {
        let said = match event.what {
            // The state that follows says as much.
            What::Claimed if event.to.is_none() => continue,
            What::HookStarted => continue,
            What::Retry | What::Skipped => {
                let mut last = event;
                let mut times = 1;
                while let Some(next) = events.next_if(|next| next.what == event.what) {
                    last = next;
                    times += 1;
                }
                together(event, last, times)
            }
            What::Submitted => match event.to {
                Some(to) => format!("{to}, {}", event.sentence()),
                None => event.sentence(),
            },
            _ => event.sentence(),
        };
        chapters.push(Chapter {
            at: event.at,
            lasted: lasted(event, events.clone(), now),
            said,
        });
    }
    chapters
}

fn together(first: &Event, last: &Event, times: u64) -> String {
    let more = match times {
        1 => return first.sentence(),
        _ => human::count(times),
    };
    let what = match first.what {
        What::Skipped => "batches passed over",
        _ => "failed attempts",
    };
    format!("{more} {what}, the last: {}", last.sentence())
}

fn lasted<'a>(
    event: &Event,
    mut rest: impl Iterator<Item = &'a Event>,
    now: Timestamp,
) -> Option<(Duration, Until)> {
    match event.to {
        None | Some(StateWord::Terminate) => None,
        Some(StateWord::Init | StateWord::Run | StateWord::Suspend) => {
            let next = rest.find(|next| next.to.is_some());
            Some(match next {
                Some(next) => (next.at.since(event.at), Until::Next),
                None => (now.since(event.at), Until::Now),
            })
        }
    }
}

#[cfg(test)]
mod tests;

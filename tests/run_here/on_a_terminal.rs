//! The progress bar, and a terminal's own keys.

use longhaul_common::state::{Desired, StateWord};
use nix::sys::signal::Signal;

use crate::harness::{Controls, Terminal, World, wait_until};
use crate::words;

#[test]
fn a_bar_shows_done_and_total_rate_eta_and_state_and_leaves_the_terminal_as_it_was() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let terminal = Terminal::new(100);
    let before = terminal.mode();
    let script = record.note() + &gate.pass();
    let command = world.command(words("--range 1..6 --batch-size 1 --name bar", &script));
    let running = terminal.start(&command, Controls::No);
    wait_until("the first batch", || record.count() == 1);
    gate.release(3);
    wait_until("the fourth batch", || record.count() == 4);
    for drawn in ["1 bar", "[============>", "3/6  50%  ", "/s  ETA ", "RUN"] {
        terminal.wait_for(drawn);
    }
    gate.release(3);
    assert_eq!(running.ended().code, Some(0));
    terminal.wait_for("6/6  100%  TERMINATE completed");
    let written = terminal.written();
    let last = written.trim_end_matches([' ', '\r', '\n']);
    assert!(last.ends_with("TERMINATE completed"), "{written:?}");
    // No private mode (hidden cursor, other screen) is set, and what is typed next stands alone.
    assert!(!written.contains("\x1b[?"), "{written:?}");
    assert!(written.ends_with('\n'), "{written:?}");
    assert_eq!(terminal.mode(), before);
}

#[test]
fn what_a_batch_writes_does_not_reach_the_terminal_as_it_is() {
    let world = World::new();
    let terminal = Terminal::new(200);
    let script = "printf '\\033[2Jgone\\n' >&2; exit 1";
    let command = world.command(words("--retries 0", script));
    let running = terminal.start(&command, Controls::No);
    assert_eq!(running.ended().code, Some(7));
    terminal.wait_for("is suspended");
    let written = terminal.written();
    assert!(written.contains("\\x1b[2Jgone"), "{written:?}");
    assert!(!written.contains("\x1b[2J"), "{written:?}");
}

#[test]
fn the_bar_of_a_narrow_terminal_stays_on_one_line() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let terminal = Terminal::new(40);
    let script = record.note() + &gate.pass();
    let command = world.command(words("--range 1..3 --batch-size 1", &script));
    let running = terminal.start(&command, Controls::No);
    for batch in 1..=3 {
        wait_until("a batch", || record.count() == batch);
        gate.release(1);
    }
    assert_eq!(running.ended().code, Some(0));
    terminal.wait_for("3/3");
    // A line that wraps is drawn over one line too low, and its start stays on the screen.
    let written = terminal.written();
    let bars = written
        .split(['\r', '\n'])
        .filter(|line| line.contains("task 1"));
    for bar in bars {
        let shown = without_sequences(bar);
        assert!(shown.chars().count() <= 40, "{shown:?} in {written:?}");
    }
}

#[test]
fn ctrl_c_on_the_keyboard_suspends_and_spares_the_batch_in_flight() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let terminal = Terminal::new(100);
    let script = record.note() + &gate.pass();
    let command = world.command(words("--range 1..3 --batch-size 1", &script));
    let running = terminal.start(&command, Controls::Yes);
    wait_until("the first batch", || record.count() == 1);
    let task = world.wait_for_task(1);
    terminal.press(b"\x03");
    wait_until("the request", || {
        world.view(task).desired_state == Desired::Suspend
    });
    terminal.wait_for("ctrl-c again kills the batch in flight");
    gate.release(1);
    assert_eq!(running.ended().code, Some(7));
    terminal.wait_for("longhaul run --resume 1");
    let view = world.view(task);
    assert_eq!(view.current_state, StateWord::Suspend);
    assert_eq!((view.batches_done, view.retries), (1, 0));
}

#[test]
fn ctrl_z_on_the_keyboard_stops_it_until_it_is_continued() {
    let world = World::new();
    let (record, gate) = (world.record(), world.gate());
    let terminal = Terminal::new(100);
    let script = record.note() + &gate.pass();
    let command = world.command(words("--range 1..2 --batch-size 1", &script));
    let running = terminal.start(&command, Controls::Yes);
    wait_until("the first batch", || record.count() == 1);
    terminal.press(b"\x1a");
    running.wait_until_stopped(true);
    world.expect(0, "list");
    gate.release(2);
    running.signal(Signal::SIGCONT);
    assert_eq!(running.ended().code, Some(0));
    assert_eq!(record.items(), ["1", "2"]);
}

/// What is left of a line for eyes: colours and movements taken out.
fn without_sequences(line: &str) -> String {
    let mut parts = line.split('\x1b');
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|found: char| found.is_ascii_alphabetic());
        shown.push_str(end.map_or("", |end| &part[end + 1..]));
    }
    shown
}

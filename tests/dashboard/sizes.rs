//! The terminal's size changes under it.

use crate::harness::{Seed, World, wait_until};
use crate::opened::{COLUMNS, Dashboard, ROWS};

#[test]
fn from_large_to_tiny_and_back_the_screen_is_whole() {
    let world = World::new();
    world.expect(0, "submit --name waits -- true");
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("waits");
    for (rows, columns) in [(50, 200), (5, 20), (1, 1), (15, 60), (50, 200)] {
        dashboard.terminal.resize(rows, columns);
        let whole = rows >= 15 && columns >= 60;
        let wanted = if whole {
            "waits"
        } else if columns >= 20 {
            "too small"
        } else {
            "t"
        };
        wait_until(&format!("{wanted:?} at {columns}x{rows}"), || {
            let screen = dashboard.terminal.shown(rows, columns).contents();
            screen.contains(wanted) && (!whole || screen.contains("? help"))
        });
    }
    dashboard.terminal.resize(ROWS, COLUMNS);
    dashboard.wait_for("waits");
    dashboard.quits();
}

#[test]
fn a_thousand_sizes_leave_no_junk() {
    let seed = Seed::of_this_run();
    let world = World::new();
    for name in ["one", "two", "three"] {
        world.expect(0, &format!("submit --name {name} -- true"));
    }
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("three");
    // What is known by the first frame is drawn with the next.
    dashboard.wait_for("1/3");
    dashboard.wait_for("no worker is alive");
    dashboard.wait_until("all of it is read", |screen| !screen.contains("reading"));
    let before = dashboard.screen();
    let between = |least: u64, most: u64| least + seed.below(most - least + 1);
    for _ in 0..seed.rounds(1000) {
        let side = |length: u64| u16::try_from(length).expect("it is small");
        dashboard
            .terminal
            .resize(side(between(1, 60)), side(between(1, 250)));
        if seed.below(4) == 0 {
            dashboard.press("j");
        }
    }
    dashboard.press("g");
    dashboard.terminal.resize(ROWS, COLUMNS);
    let what = format!("the same screen as before:\n{before}");
    dashboard.wait_until(&what, |screen| screen == before);
    dashboard.quits();
}

#[test]
fn keys_that_come_with_a_change_of_size_are_heeded() {
    let seed = Seed::of_this_run();
    let world = World::new();
    for name in ["one", "two"] {
        world.expect(0, &format!("submit --name {name} -- true"));
    }
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("1/2");
    for round in 0..seed.rounds(300) {
        let (key, at) = if round % 2 == 0 {
            ("j", "2/2")
        } else {
            ("k", "1/2")
        };
        for less in [1, 2, 3, 0] {
            dashboard.terminal.resize(ROWS, COLUMNS - less);
        }
        dashboard.press(key);
        dashboard.wait_for(at);
    }
    dashboard.quits();
}

//! What strange texts and plain terminals make of the screen.

use longhaul_common::id::TaskId;
use longhaul_common::spec::TaskSpec;
use longhaul_common::store::NewTask;

use crate::harness::World;
use crate::opened::Dashboard;

/// What no terminal may ever get: sequences that tasks brought.
const HOSTILE: [&str; 4] = [
    "\x1b]0;owned\x07",
    "\x1b[31mred",
    "\u{9b}31mred",
    "\u{202e}gnorw",
];

/// Queues a task past the command line, which refuses such names.
fn submit(world: &World, text: &str) {
    let task = NewTask {
        spec: TaskSpec {
            id: TaskId::new(),
            name: text.into(),
            kind: text.into(),
            ..TaskSpec::default()
        },
        items_total: None,
        reason: Some(text.into()),
        claim_for: None,
    };
    world.control().submit(task).expect("the store takes it");
}

#[test]
fn hostile_texts_leak_nothing() {
    let world = World::new();
    for (at, hostile) in HOSTILE.iter().enumerate() {
        submit(&world, &format!("evil{at}{hostile}\r\t"));
    }
    submit(&world, &format!("long{}", "x".repeat(4096)));
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("evil0");
    dashboard.wait_for("long");
    // Other ways to see a name.
    for (keys, shown) in [
        ("Gt", "Terminate"),
        ("n/evil\r", "evil0"),
        ("t", "Terminate"),
    ] {
        dashboard.press(keys);
        dashboard.wait_for(shown);
    }
    dashboard.press("n");
    dashboard.wait_until("the list", |screen| !screen.contains("Terminate"));
    let written = dashboard.quits();
    for hostile in HOSTILE {
        assert!(!written.contains(hostile), "{hostile:?}");
    }
    assert!(!written.contains('\t'), "a tab");
}

#[test]
fn without_colour_none_is_written_and_in_ascii_nothing_else() {
    let world = World::new();
    world.expect(0, "submit --name plain -- true");
    let dashboard = Dashboard::open(&world, &["--ascii"], &[("NO_COLOR", "1")]);
    dashboard.wait_for("plain");
    dashboard.press("?");
    dashboard.wait_for("next task");
    dashboard.press("?");
    dashboard.wait_until("the list", |screen| !screen.contains("next task"));
    let written = dashboard.quits();
    assert!(written.is_ascii(), "{written:?}");
    for attributes in written.split("\x1b[").filter_map(|rest| {
        let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != ';')?;
        rest[end..].starts_with('m').then_some(&rest[..end])
    }) {
        let colored = attributes
            .split(';')
            .filter_map(|attribute| attribute.parse().ok())
            .any(|attribute: u8| matches!(attribute, 30..=38 | 40..=48 | 90..=107));
        assert!(!colored, "{attributes:?}");
    }
}

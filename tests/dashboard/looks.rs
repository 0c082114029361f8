//! What strange texts and plain terminals make of the screen.

use longhaul_common::id::TaskId;
use longhaul_common::spec::TaskSpec;
use longhaul_common::store::NewTask;

use crate::harness::{World, wait_until};
use crate::opened::{COLUMNS, Dashboard, ROWS};

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
    let evil = HOSTILE.concat();
    let words = ["suspend", "1", "--actor", &evil, "--reason", &evil];
    assert_eq!(world.cli(words).code, Some(0));
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("evil0");
    dashboard.wait_for("long");
    // Other ways to see a name.
    for (keys, shown) in [
        ("t", "Terminate"),
        ("n/evil0\r", "evil0"),
        // Suspended by somebody else.
        ("r", "Resume"),
        ("n\r", "suspended"),
        ("l", "log of 1"),
        ("e", "events of 1"),
        ("\x1b", "log of 1"),
        ("f", "failed of 1"),
    ] {
        dashboard.press(keys);
        dashboard.wait_for(shown);
    }
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

/// Where on a line the task's state stands, in cells.
fn column(screen: &vt100::Screen, row: u16) -> Option<u16> {
    (0..COLUMNS - 4).find(|column| {
        let cell = |at: u16| screen.cell(row, column + at).map(vt100::Cell::contents);
        (0..4).all(|at| cell(at) == Some(&"INIT"[usize::from(at)..=usize::from(at)]))
    })
}

#[test]
fn strange_names_leave_the_columns_straight() {
    let world = World::new();
    let long = "wide 漢字 ".repeat(500);
    let names = [
        "plain",
        "\u{5e9}\u{5dc}\u{5d5}\u{5dd}",
        "\u{202e}\u{2067}turned",
        "e\u{301}\u{200b}\u{200d}\u{feff}zero",
        "\u{1f469}\u{200d}\u{1f4bb} emoji \u{2764}\u{fe0f}",
        "\u{6f22}\u{5b57}\u{6f22}\u{5b57}",
        "tab\tcarriage\rline\nend",
        long.as_str(),
    ];
    for name in names {
        submit(&world, name);
    }
    let dashboard = Dashboard::open(&world, &[], &[]);
    let count = names.len();
    dashboard.wait_for(&format!("{count} INIT"));
    dashboard.wait_for("plain");
    let columns = || {
        let screen = dashboard.terminal.shown(ROWS, COLUMNS);
        // The second line counts them.
        let rows = (2..ROWS).filter_map(|row| column(&screen, row));
        rows.collect::<Vec<_>>()
    };
    wait_until("a line each", || columns().len() == count);
    let columns = columns();
    assert!(
        columns.iter().all(|column| *column == columns[0]),
        "{columns:?}"
    );
    dashboard.quits();
}

#[test]
fn plain_terminals_and_locales_are_enough() {
    let world = World::new();
    world.expect(0, "submit --name plain -- true");
    for term in ["screen", "tmux-256color", "linux", "vt100"] {
        let environment = [("TERM", term), ("LC_ALL", "C"), ("NO_COLOR", "1")];
        let dashboard = Dashboard::open(&world, &[], &environment);
        dashboard.wait_for("plain");
        dashboard.press("t");
        dashboard.wait_for("Terminate 1 task?");
        dashboard.press("n");
        let whole = |screen: &str| {
            screen.starts_with("longhaul ")
                && screen.contains("s suspend")
                && screen.contains("INIT")
        };
        dashboard.wait_until("the list", |screen| {
            whole(screen) && !screen.contains("Terminate 1")
        });
        let written = dashboard.quits();
        assert!(written.is_ascii(), "{written:?}");
    }
}

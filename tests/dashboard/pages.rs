//! Pages over a real worker.

use crate::harness::World;
use crate::opened::{COLUMNS, Dashboard, ROWS};

#[test]
fn the_detail_tells_what_a_task_does_and_follows_its_log() {
    let world = World::new();
    let gate = world.gate();
    let script = world.script(
        "work",
        &format!("echo first words\n{}echo last words", gate.pass()),
    );
    world.expect(0, &format!("submit --name gated -- {script}"));
    let _worker = world.start(["worker"]);
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("1 RUN");
    dashboard.terminal.press(b"\r");
    dashboard.wait_for("alive");
    dashboard.terminal.press(b"\tG");
    dashboard.wait_for("first words");
    gate.release(1);
    dashboard.wait_for("last words");
    dashboard.wait_for("1 completed");
    dashboard.terminal.press(b"q");
    dashboard.ends(0);
}

#[test]
fn a_log_is_followed_searched_and_read_back_to_its_beginning() {
    let world = World::new();
    let gate = world.gate();
    let script = world.script(
        "work",
        &format!(
            "i=0; while [ $i -lt 5000 ]; do echo line $i; i=$((i+1)); done\n{}echo the end",
            gate.pass()
        ),
    );
    world.expect(0, &format!("submit --name chatty -- {script}"));
    let _worker = world.start(["worker"]);
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("1 RUN");
    dashboard.terminal.press(b"l");
    dashboard.wait_for("line 4999");
    dashboard.terminal.press(b"k");
    dashboard.wait_for("stands still");
    gate.release(1);
    dashboard.wait_for("1 new");
    assert!(!dashboard.shows("the end"), "what is looked at stays");
    dashboard.terminal.press(b"/line 3 \x7f\r");
    dashboard.terminal.press(b"/line 17\rN");
    dashboard.wait_for("line 17");
    dashboard.terminal.press(b"g");
    dashboard.wait_for("line 0");
    dashboard.terminal.press(b"F");
    dashboard.wait_for("the end");
    dashboard.terminal.press(b"q");
    dashboard.ends(0);
}

#[test]
fn failures_events_and_workers_have_pages() {
    let world = World::new();
    world.expect(0, "submit --name bad --retries 0 -- sh -c {no} --");
    let _worker = world.start(["worker"]);
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("1 SUSPEND");
    dashboard.terminal.press(b"f");
    dashboard.wait_for("one blocks the task");
    dashboard.terminal.press(b"e");
    dashboard.wait_for("events of 1 bad");
    dashboard.wait_for("given up");
    dashboard.terminal.press(b"w");
    dashboard.wait_for("1 alive");
    dashboard.terminal.press(b"\x1b");
    dashboard.wait_for("events of 1 bad");
    dashboard.terminal.press(b"q");
    dashboard.ends(0);
}

#[test]
fn a_hostile_log_does_not_act_on_the_terminal() {
    let world = World::new();
    let script = world.script(
        "work",
        r"printf '\033]0;owned\007\033[2J\302\23331m\342\200\256end\n'; exit 1",
    );
    world.expect(0, &format!("submit --name evil --retries 0 -- {script}"));
    let _worker = world.start(["worker"]);
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("1 SUSPEND");
    dashboard.terminal.press(b"\r\tG");
    dashboard.wait_for("log, its end");
    for page in [b"l".as_slice(), b"W", b"/owned\r", b"e", b"f"] {
        dashboard.terminal.press(page);
        dashboard.wait_for(match page {
            b"e" => "events of 1 evil",
            b"f" => "what failed of 1 evil",
            _ => "]0;owned",
        });
    }
    let written = dashboard.terminal.written();
    for bytes in ["\x1b]0;", "\x07", "\u{202e}", "\u{9b}"] {
        assert!(!written.contains(bytes), "{bytes:?} in {written:?}");
    }
    dashboard.terminal.press(b"q");
    dashboard.ends(0);
}

fn configure(world: &World, text: &str) {
    let folder = world.path("config/longhaul");
    std::fs::create_dir_all(&folder).expect("the test's folder can be written");
    std::fs::write(folder.join("config.toml"), text).expect("the test's folder can be written");
}

#[test]
fn the_mouse_is_the_terminals_unless_the_configuration_says_otherwise() {
    let world = World::new();
    for name in ["one", "two", "three"] {
        world.expect(0, &format!("submit --name {name} -- true"));
    }
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("1/3");
    let written = dashboard.quits();
    assert!(!written.contains("\x1b[?1000"), "{written:?}");

    configure(&world, "[dashboard]\nmouse = true\n");
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("1/3");
    dashboard.wait_until("the last task", |screen| screen.contains("1  one"));
    let screen = dashboard.screen();
    let last = screen.lines().position(|line| line.contains("1  one"));
    let row = 1 + last.expect("it was just seen");
    dashboard.press(format!("\x1b[<0;8;{row}M\x1b[<0;8;{row}m"));
    dashboard.wait_for("3/3");
    dashboard.press("\x1b[<64;8;8M");
    dashboard.wait_for("1/3");
    let written = dashboard.quits();
    let (took, gave) = (written.rfind("\x1b[?1000h"), written.rfind("\x1b[?1000l"));
    assert!(took.is_some() && took < gave, "{written:?}");
}

#[test]
fn keys_are_those_of_the_configuration() {
    let world = World::new();
    configure(&world, "[keys]\nquit = 'x'\nlog = 'q'\n");
    world.expect(0, "submit --name waits -- true");
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("waits");
    dashboard.terminal.press(b"q");
    dashboard.wait_for("log of 1 waits");
    let screen = dashboard.terminal.shown(ROWS, COLUMNS);
    assert!(screen.contents().contains("esc back"));
    dashboard.terminal.press(b"x");
    dashboard.ends(0);
}

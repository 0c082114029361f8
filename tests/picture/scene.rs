//! What the picture shows: a night's tasks on a worker, all of them where they stand still.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use longhaul_common::actor::Actor;
use longhaul_common::id::TaskNumber;
use longhaul_common::state::StateWord;
use longhaul_common::time::Timestamp;

use crate::cells::Cells;
use crate::fixed::{fix, swap};
use crate::harness::{Controls, Gate, Program, Terminal, Worker, World, wait_until};

const ROWS: u16 = 38;
const COLUMNS: u16 = 100;

/// Where the command runs that is seen.
const FOLDER: &str = "mail";

/// Ends a frame.
const FRAME_ENDS: &str = "\x1b[?2026l";

/// The tasks, a worker on them and a dashboard that shows them.
pub(crate) struct Scene {
    terminal: Terminal,
    _program: Program,
    _held: Vec<Held>,
    _worker: Worker,
    world: World,
}

impl Scene {
    pub(crate) fn play() -> Self {
        let world = World::new();
        let worker = world.worker("--concurrency 3");
        let held = Stage { world: &world }.play();
        let terminal = Terminal::new(COLUMNS);
        terminal.resize(ROWS, COLUMNS);
        let mut command = world.command([""; 0]);
        command
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", zone())
            .env_remove("NO_COLOR")
            .env_remove("COLORTERM");
        let program = terminal.start(&command, Controls::Yes);
        let scene = Self {
            terminal,
            _program: program,
            _held: held,
            _worker: worker,
            world,
        };
        // Words of the tasks' own, so that a dashboard that words things otherwise comes to be seen.
        scene.wait_for(&["nightly-backup", "checksums"]);
        // To what needs somebody.
        scene.terminal.press(b"a\r");
        scene.wait_for(&["./send-invoices --month 2026-06"]);
        scene
    }

    fn wait_for(&self, words: &[&str]) {
        wait_until(&format!("{words:?} on the screen"), || {
            let text = self.terminal.shown(ROWS, COLUMNS).contents();
            words.iter().all(|words| text.contains(words))
        });
    }

    /// The screen as it is now, with fixed values; an error says why it can't be had so.
    pub(crate) fn look(&self) -> Result<Cells, String> {
        let screen = self.terminal.shown(ROWS, COLUMNS);
        if !self.terminal.written().ends_with(FRAME_ENDS) {
            return Err("a frame is being drawn".into());
        }
        let mut cells = Cells::of(&screen);
        let store = self.world.store_dir().display().to_string();
        swap(&mut cells, &store, "/srv/longhaul")?;
        let folder = self.world.path(FOLDER).display().to_string();
        swap(&mut cells, &folder, "/srv/mail")?;
        // As events name who acted; on the machine first, since that has the other in it.
        let actor = Actor::this_process();
        let here = format!("by {actor} on {}", actor.host);
        swap(&mut cells, &here, &format!("by {actor} on batch-1"))?;
        swap(&mut cells, &format!("by {actor}"), "by ops")?;
        fix(&mut cells)?;
        Ok(cells)
    }
}

/// A zone in which the day does not end meanwhile: a story tells each day's date.
fn zone() -> &'static str {
    let day = 24 * 60 * 60 * 1000;
    let hour = Timestamp::now().as_millis().rem_euclid(day) * 24 / day;
    if (1..23).contains(&hour) {
        "UTC"
    } else {
        "<+06>-06"
    }
}

struct Stage<'a> {
    world: &'a World,
}

/// A task that has come to a batch which waits.
struct Held {
    task: TaskNumber,
    gate: Gate,
}

impl Held {
    fn goes_on(&self) {
        self.gate.release(1);
    }
}

impl Stage<'_> {
    /// The first and the last run as long as they are not asked for more.
    fn play(&self) -> Vec<Held> {
        let backup = self.submit("nightly-backup", "backup", "--range 1..4096 -b 512", "true");
        self.reaches(backup, StateWord::Terminate);
        let export = self.held("export-q2", "export", (96_000, 500), 12);
        self.ask("terminate", export.task, "wrong quarter");
        export.goes_on();
        self.reaches(export.task, StateWord::Terminate);
        let archive = self.submit(
            "log-archive",
            "backup",
            "--range 1..730 -b 10 --retries 0 --on-error terminate",
            "[ $LONGHAUL_BATCH -lt 41 ] || { echo 'tape 4: medium is full' >&2; exit 1; }",
        );
        self.reaches(archive, StateWord::Terminate);
        let index = self.held("reindex-search", "index", (120_000, 1000), 43);
        self.ask("suspend", index.task, "the disk is needed for the backup");
        index.goes_on();
        self.reaches(index.task, StateWord::Suspend);
        let tiles = self.held("geo-tiles", "tiles", (65_536, 512), 73);
        let invoices = self.submit_invoices();
        self.reaches(invoices, StateWord::Suspend);
        let orders = self.held("import-orders", "import", (48_250, 500), 61);
        let photos = self.held("resize-photos", "media", (31_200, 80), 154);
        self.submit("checksums", "audit", "--range 1..102713", "true");
        self.ask("suspend", photos.task, "after the menu, please");
        vec![tiles, orders, photos]
    }

    fn submit(&self, name: &str, kind: &str, options: &str, script: &str) -> TaskNumber {
        let options = format!("--name {name} --kind {kind} {options}");
        self.world.submit(&options, script)
    }

    /// Submits a task and waits until it has come to the batch that waits.
    fn held(&self, name: &str, kind: &str, (items, size): (u64, u64), batch: u64) -> Held {
        let gate = self.world.gate();
        let script = format!("[ $LONGHAUL_BATCH -lt {batch} ] || {}", gate.pass());
        let options = format!("--range 1..{items} -b {size}");
        let task = self.submit(name, kind, &options, &script);
        wait_until(&format!("{name} at batch {batch}"), || {
            self.world.view(task).batches_done == batch
        });
        Held { task, gate }
    }

    /// The one whose command is seen: a program of its own, in a folder of its own.
    fn submit_invoices(&self) -> TaskNumber {
        let folder = self.world.path(FOLDER);
        fs::create_dir(&folder).expect("the test's folder can be written");
        let program = folder.join("send-invoices");
        let script = "#!/bin/sh\n\
            [ $LONGHAUL_BATCH -lt 8 ] && echo \"$LONGHAUL_ITEMS invoices handed to mx1\" && exit\n\
            echo 'mx1: 421 too many connections' >&2\n\
            exit 1\n";
        fs::write(&program, script).expect("the test's folder can be written");
        let runs = fs::Permissions::from_mode(0o755);
        fs::set_permissions(&program, runs).expect("it is ours");
        let words = "submit --name send-invoices --kind mail --range 1..12400 -b 425 \
            --retries 2 -- ./send-invoices --month 2026-06";
        let mut command = self.world.command(words.split_whitespace());
        command.current_dir(&folder);
        self.world.submitted(&self.world.finish(command, b""))
    }

    fn ask(&self, verb: &str, task: TaskNumber, reason: &str) {
        let output = self
            .world
            .cli([verb, &task.to_string(), "--reason", reason]);
        assert_eq!(output.code, Some(0), "{output:?}");
    }

    fn reaches(&self, task: TaskNumber, state: StateWord) {
        self.world.wait_for_state(task, state);
    }
}

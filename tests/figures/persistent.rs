//! One process for all batches, against one for each: the same program in both modes.

use std::path::{Path, PathBuf};
use std::process::Command;

use longhaul_common::progress::as_f64;

use crate::bare::BATCH;
use crate::lab::Lab;
use crate::program::{program, time_of};
use crate::sample::Rounds;
use crate::table::{Goal, Row};

/// Adds up the bytes of its items. What only the protocol needs is loaded only where it is spoken, so that a
/// process for each batch starts as fast as it can.
const IN_PYTHON: &str = include_str!("persistent/adds_up.py");
const COMPILED: &str = include_str!("persistent/adds_up.rs");

pub(crate) fn measure(lab: &Lab) -> Vec<Row> {
    let python = Work {
        words: vec![python(), written(lab, "adds_up.py", IN_PYTHON)],
        batches: lab.pick(300, 20),
    };
    let compiled = Work {
        words: vec![compiled(lab)],
        batches: lab.pick(3_000, 100),
    };
    vec![
        python.row(lab, "a command in Python", Goal::AtLeast(5.0)),
        compiled.row(lab, "a small compiled command", Goal::AtLeast(1.5)),
    ]
}

/// A command, and how many batches of it make a slice.
struct Work {
    words: Vec<PathBuf>,
    batches: u32,
}

impl Work {
    fn row(&self, lab: &Lab, what: &str, goal: Goal) -> Row {
        let store = lab.path("persistent");
        // The first ones make the store, and bring what they need into memory.
        time_of(&mut self.run(&store, Mode::All));
        time_of(&mut self.run(&store, Mode::Each));
        let mut rounds = Rounds::default();
        for round in 0..lab.pick(10, 2) {
            let rate = |mode| {
                let took = time_of(&mut self.run(&store, mode));
                as_f64(self.batches.into()) / took.as_secs_f64()
            };
            rounds.take(round, || rate(Mode::All), || rate(Mode::Each));
        }
        Row {
            figure: format!(
                "batches/s of {what} with `--persistent`, whole runs of {} batches, against one process for each batch",
                self.batches
            ),
            measured: rounds.told("/s"),
            value: rounds.times(),
            goal,
        }
    }

    fn run(&self, store: &Path, mode: Mode) -> Command {
        let items = as_range(self.batches);
        let size = BATCH.to_string();
        let mut words = vec!["run", "--range", &items, "--batch-size", &size];
        words.extend(mode.option());
        words.push("--");
        let mut command = program(store, &words);
        command.args(&self.words);
        command.args(mode.option());
        command
    }
}

/// One process for all batches, or for each of them.
#[derive(Clone, Copy)]
enum Mode {
    All,
    Each,
}

impl Mode {
    fn option(self) -> Option<&'static str> {
        match self {
            Self::All => Some("--persistent"),
            Self::Each => None,
        }
    }
}

fn as_range(batches: u32) -> String {
    let items = usize::try_from(batches).expect("a few thousand") * BATCH;
    format!("1..{items}")
}

/// The interpreter itself: what stands for it in the search path may be a script that looks for it first.
fn python() -> PathBuf {
    let asked = Command::new("python3")
        .args(["-c", "import sys; print(sys.executable, end='')"])
        .output()
        .expect("python3 is installed");
    let path = String::from_utf8(asked.stdout).expect("a path of letters");
    assert!(!path.is_empty(), "python3 does not know where it is");
    path.into()
}

fn compiled(lab: &Lab) -> PathBuf {
    let source = written(lab, "adds_up.rs", COMPILED);
    let to = lab.path("adds_up");
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    time_of(
        Command::new(compiler)
            .args(["--edition", "2024", "-O", "-o"])
            .args([&to, &source]),
    );
    to
}

fn written(lab: &Lab, name: &str, text: &str) -> PathBuf {
    let file = lab.path(name);
    std::fs::write(&file, text).expect("the folder can be written");
    file
}

//! The test binary started anew as a child: for what has to die, or to be another user.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The folder a child is to work in; unset in an ordinary run of the tests.
const FOLDER: &str = "LONGHAUL_TEST_CHILD_FOLDER";

/// The folder to work in, if this process is such a child.
pub(super) fn folder() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

/// A child that runs the test `name` alone, in `folder`.
pub(super) fn command(name: &str, folder: &Path) -> Command {
    command_of(&std::env::current_exe().unwrap(), name, folder)
}

pub(super) fn command_of(program: &Path, name: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .args([name, "--exact", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    command
}

/// The whole lines that a child prints. What a kill cut short is no line.
pub(super) fn lines(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    let mut output = BufReader::new(child.stdout.take().unwrap());
    std::iter::from_fn(move || {
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        line.ends_with('\n').then(|| line.trim_end().to_owned())
    })
}

/// Runs the test `name` in a child, and passes its failure on.
pub(super) fn passes(command: &mut Command) {
    let output = command.stderr(Stdio::piped()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success() && text(&output.stdout).contains("1 passed"),
        "{}\n{}",
        text(&output.stdout),
        text(&output.stderr)
    );
}

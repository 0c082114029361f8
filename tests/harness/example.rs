//! The example programs of the worker's library, as processes.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// The program of an example, built as it stands now.
#[track_caller]
pub(crate) fn example(name: &str) -> PathBuf {
    // One at a time: each waits for the other's build anyway.
    static BUILDING: Mutex<()> = Mutex::new(());
    let _building = BUILDING.lock();
    let program = Path::new(env!("CARGO_BIN_EXE_longhaul"));
    let profile = program.parent().expect("the program is in a folder");
    let target = profile.parent().expect("the profile is in a folder");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
    let mut build = Command::new(cargo);
    build
        .args([
            "build",
            "--quiet",
            "--package",
            "longhaul-worker",
            "--example",
            name,
        ])
        .arg("--target-dir")
        .arg(target)
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    if profile
        .file_name()
        .is_some_and(|profile| profile == "release")
    {
        build.arg("--release");
    }
    let built = build.output().expect("cargo runs: it runs the tests");
    assert!(
        built.status.success(),
        "the example {name} is not built: {}",
        String::from_utf8_lossy(&built.stderr)
    );
    profile.join("examples").join(name)
}

//! Tests that change something of their whole process run in one of their own.

use std::env;
use std::process::Command;

const CHILD: &str = "LONGHAUL_TEST_ALONE";

/// The command that runs one test in a process of its own, in which [`is_child`] is true. There a
/// file that hits its size limit is an error, not a signal.
pub(crate) fn child(test: &str) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", r#"trap "" XFSZ; exec "$0" "$@""#])
        .arg(env::current_exe().unwrap())
        .args(["--exact", "--nocapture", test])
        .env(CHILD, test);
    command
}

pub(crate) fn is_child(test: &str) -> bool {
    env::var(CHILD).is_ok_and(|name| name == test)
}

/// Runs `check` in a process of its own, started by the test of that full name.
pub(crate) fn alone(test: &str, check: impl FnOnce()) {
    if is_child(test) {
        check();
    } else {
        let run = child(test).output().unwrap();
        let said = String::from_utf8_lossy(&run.stdout);
        assert!(
            run.status.success(),
            "{said}{}",
            String::from_utf8_lossy(&run.stderr)
        );
        assert!(
            said.contains("1 passed"),
            "no test is called {test}: {said}"
        );
    }
}

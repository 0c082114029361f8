//! A batch has what is its own, and nothing of another's.

mod harness;

use std::fs;
use std::process::{Command, Stdio};

use harness::{World, wait_until};

/// The shell's words that write down what a batch holds open, a line each, to a file.
fn look(path: &std::path::Path) -> String {
    let path = path.display();
    format!(
        "held=$(ls -l /proc/self/fd)\n\
         printf '%s\\n' \"$held\" >'{path}.fds'\n\
         cat /proc/$$/fdinfo/3 >'{path}.lock'\n: >'{path}.done'\n"
    )
}

#[test]
fn a_batch_holds_its_own_descriptors_and_its_own_lock_alone() {
    let world = World::new();
    let gate = world.gate();
    // A worker that was handed descriptors hands on none.
    let mut shell = Command::new("sh");
    shell
        .args([
            "-c",
            "exec 5<\"$2\" 7<\"$2\"; exec \"$1\" worker --concurrency 4",
            "sh",
        ])
        .arg(world.command(["worker"]).get_program())
        .arg(world.file("foreign", ""))
        .env("LONGHAUL_STORE", world.store_dir())
        .stdin(Stdio::null());
    let _worker = world.worker_of(shell);
    let places: Vec<_> = (0..4)
        .map(|task| world.path(&format!("task-{task}")))
        .collect();
    let tasks: Vec<_> = places
        .iter()
        .map(|place| world.submit("--range 1..3 --batch-size 3", &(look(place) + &gate.pass())))
        .collect();
    // All four are there at once.
    wait_until("all batches", || {
        places
            .iter()
            .all(|place| place.with_extension("done").exists())
    });
    for (task, place) in tasks.iter().zip(&places) {
        let fds = fs::read_to_string(place.with_extension("fds")).expect("it looked");
        let kinds: Vec<String> = fds
            .lines()
            .filter_map(|line| line.split_once(" -> "))
            // The folder that is listed.
            .filter(|(_, target)| !target.starts_with("/proc/"))
            .map(|(line, target)| {
                let number = line.rsplit(' ').next().unwrap_or(line);
                format!("{number} {}", target.split(':').next().unwrap_or(target))
            })
            .collect();
        let lock = format!("3 {}/locks/batches", world.store_dir().display());
        assert_eq!(kinds.len(), 4, "{fds}");
        assert!(kinds[0].starts_with("0 /memfd"), "{fds}");
        assert_eq!(kinds[1..], ["1 pipe", "2 pipe", &lock], "{fds}");

        let info = fs::read_to_string(place.with_extension("lock")).expect("it looked");
        let locks: Vec<_> = info
            .lines()
            .filter(|line| line.starts_with("lock:"))
            .collect();
        let byte = task.0 * 65_536;
        assert_eq!(locks.len(), 1, "{info}");
        assert!(
            locks[0].contains("OFDLCK") && locks[0].contains("WRITE"),
            "{info}"
        );
        assert!(locks[0].ends_with(&format!(" {byte} {byte}")), "{info}");
    }
    gate.release(4);
    for task in tasks {
        world.wait_exits(task, 0);
    }
}

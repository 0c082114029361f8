//! Processes we may neither look into nor kill. Only root can play both sides, so the test runs
//! itself again as nobody; without root there is nothing to test.

use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;

use super::*;
use crate::batch_lock::BatchRecord;

const NOBODY: u32 = 65_534;
const STORE: &str = "LONGHAUL_TEST_STORE_OF_NOBODY";
const GRANDCHILD: &str = "LONGHAUL_TEST_GRANDCHILD";
const NAME: &str =
    "leftovers::tests::refused::a_process_that_may_not_be_killed_is_waited_for_and_named";

#[test]
fn a_process_that_may_not_be_killed_is_waited_for_and_named() {
    if let Some(store) = std::env::var_os(STORE) {
        as_nobody(&PathBuf::from(store));
        return;
    }
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    let (store, locks, key) = store();
    let lock = locks.lock(TASK, 0).unwrap().unwrap();
    let family = Started::with_grandchild(
        command_with(&lock, "sh")
            .args(["-c", "sleep 600 >/dev/null & echo $!; wait"])
            .process_group(0)
            .env(BATCH_KEY_VARIABLE, &key),
    );
    wait_until("it sleeps", || runs(family.grandchild(), "sleep"));
    let record = BatchRecord::of_process(family.pid()).unwrap();
    locks.write_record(TASK, 0, &record).unwrap();
    let mut zombie = Command::new("true");
    let zombie = Started::by(zombie.process_group(i32::try_from(family.pid().as_u32()).unwrap()));
    wait_until("it is a zombie", || state(zombie.pid()) == Some(b'Z'));
    let mut bystander = Started::by(Command::new("sleep").arg("600").process_group(0));
    for path in ["", "locks", "locks/batches"] {
        chown(store.path().join(path), Some(NOBODY), Some(NOBODY)).unwrap();
    }
    // The program itself may lie where nobody may not go. We don't write it ourselves: a child another
    // test is starting would keep it open for writing for a moment, and so unfit to be run.
    let program = tempfile::tempdir().unwrap();
    let own = program.path().join("test");
    let mut copy = Command::new("cp");
    let copied = copy
        .arg(std::env::current_exe().unwrap())
        .arg(&own)
        .status();
    assert!(copied.unwrap().success());
    let open = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(program.path(), open).unwrap();
    let output = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(&own)
        .args(["--exact", NAME])
        .env(STORE, store.path())
        .env(GRANDCHILD, family.grandchild().to_string())
        .current_dir("/")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{said}");
    assert_eq!(state(family.pid()), Some(b'S'));
    assert!(!family.grandchild_is_dead());
    assert!(!bystander.is_dead());
}

fn as_nobody(store: &Path) {
    let locks = BatchLocks::open(store).unwrap();
    let batch = batch(&locks, &["none that could be read"]);
    let record = locks.read_record(TASK, 0).unwrap().unwrap();
    let grandchild = std::env::var(GRANDCHILD).unwrap().parse::<u32>().unwrap();
    let grandchild = ProcessId::from(grandchild);
    let found = find(&batch).unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(evidence(&found, record.pid), Some(Evidence::Record));
    assert_eq!(evidence(&found, grandchild), Some(Evidence::Group));
    // A leader of another start time: the number was given away, and the group with it.
    let given_away = BatchRecord {
        start_time: record.start_time - 1,
        ..record
    };
    locks.write_record(TASK, 0, &given_away).unwrap();
    assert_eq!(find(&batch).unwrap(), []);
    locks.write_record(TASK, 0, &record).unwrap();
    let result = clear(&batch, None, |stubborn| {
        assert_eq!(stubborn.survivors.len(), 2);
        for survivor in &stubborn.survivors {
            assert_eq!(survivor.reason, Survival::NotPermitted);
        }
        let named = |name| {
            let mut survivors = stubborn.survivors.iter();
            survivors.any(|one| one.process.name == name)
        };
        assert!(named("sh") && named("sleep"));
        ControlFlow::Break(())
    });
    let Err(ClearError::GivenUp(given_up)) = result else {
        panic!("they may not be killed");
    };
    assert_eq!(given_up.killed, []);
}

//! A store that gets into trouble while it is looked at.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use longhaul_common::state::Desired;
use nix::sys::signal::Signal;
use redb::{ConcurrencyMode, Database, TableDefinition};
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};

use crate::frozen::Frozen;
use crate::harness::{Controls, World, wait_until};
use crate::opened::Dashboard;

#[test]
fn a_store_that_is_not_there_yet_is_picked_up_when_it_is_made() {
    let world = World::new();
    fs::remove_dir_all(world.store_dir()).expect("it is ours");
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("no store at");
    world.expect(0, "submit --name first -- true");
    dashboard.wait_for("first");
    fs::remove_dir_all(world.store_dir()).expect("it is ours");
    dashboard.wait_until("the store is gone", |screen| {
        banner(screen).contains(" is gone, moved away or removed")
    });
    assert!(dashboard.shows("first"), "what was known is kept");
    world.expect(0, "submit --name anew -- true");
    dashboard.wait_for("anew");
    assert!(!dashboard.shows("first"), "another store's tasks are gone");
    dashboard.wait_for("another store stands in the place");
    dashboard.quits();
}

/// The line that tells what needs the operator.
fn banner(screen: &str) -> &str {
    screen.lines().nth(2).unwrap_or_default()
}

/// How long a screen may stand still.
const STILL: Duration = Duration::from_millis(200);

#[test]
fn a_process_stopped_inside_the_database_freezes_no_key_and_loses_none() {
    let world = World::new();
    for name in ["one", "two"] {
        world.expect(0, &format!("submit --name {name} -- true"));
    }
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("1/2");
    let frozen = Frozen::inside(&world);
    dashboard.press("s");
    // The request waits; the screen doesn't.
    let mut slowest = Duration::ZERO;
    for (key, shown) in [("j", "2/2"), ("k", "1/2"), ("j", "2/2")] {
        let pressed = Instant::now();
        dashboard.press(key);
        dashboard.wait_for(shown);
        slowest = slowest.max(pressed.elapsed());
    }
    let named = format!("process {} (", frozen.pid());
    dashboard.wait_until("who stands in the way", |screen| {
        banner(screen).contains(&named) && screen.contains("is stopped inside the store")
    });
    // A machine that is busy otherwise is given more.
    assert!(slowest < 5 * STILL, "{slowest:?}");
    frozen.continues();
    dashboard.wait_for("1 SUSPEND");
    dashboard.wait_until("it is well again", |screen| !screen.contains(&named));
    let suspended = world.view(world.wait_for_task(2));
    assert_eq!(suspended.desired_state, Desired::Suspend);
    dashboard.quits();
}

#[test]
fn a_request_that_a_stopped_process_holds_up_is_told_of() {
    let world = World::new();
    world.expect(0, "submit --name held -- true");
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("held");
    let frozen = Frozen::inside(&world);
    dashboard.press("s");
    dashboard.wait_until("why it isn't suspended", |screen| {
        screen.contains("unknown whether it was asked") || screen.contains("nothing was written")
    });
    // The answer told of it; the banner goes on to.
    let named = format!("process {} (", frozen.pid());
    dashboard.wait_until("who stands in the way", |screen| {
        banner(screen).contains(&named)
    });
    frozen.continues();
    dashboard.wait_until("it is well again", |screen| {
        !banner(screen).contains(&named)
    });
    // Another waits behind it, and comes after it.
    dashboard.press("r");
    let task = world.wait_for_task(1);
    wait_until("both requests, or the later one alone", || {
        world.view(task).desired_state == Desired::Run && dashboard.shows("RUN is wanted")
    });
    dashboard.quits();
}

#[test]
fn a_store_that_is_stuck_at_the_start_is_opened_once_it_is_free() {
    let world = World::new();
    world.expect(0, "submit --name later -- true");
    let frozen = Frozen::inside(&world);
    let dashboard = Dashboard::open(&world, &[], &[]);
    let pid = frozen.pid();
    dashboard.wait_until("who stands in the way, or the tasks", |screen| {
        screen.contains(&format!("kill -CONT {pid}")) || screen.contains("later")
    });
    frozen.continues();
    dashboard.wait_for("later");
    dashboard.quits();
}

#[test]
fn a_database_that_is_damaged_is_told_and_does_not_end_it() {
    let world = World::new();
    world.expect(0, "submit --name lost -- true");
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("lost");
    let database = world.store_dir().join("tasks.redb");
    let whole = fs::read(&database).expect("it is there");
    let mut damaged = whole.clone();
    damaged[4096..].fill(0xa5);
    fs::write(&database, &damaged).expect("it is ours");
    dashboard.wait_for("damaged");
    assert!(dashboard.shows("lost"), "what was known is kept");
    dashboard.press("?");
    dashboard.wait_for("next task");
    dashboard.press("?");
    fs::write(&database, &whole).expect("it is ours");
    dashboard.wait_until("it is well again", |screen| {
        !screen.contains("damaged") && screen.contains("lost")
    });
    dashboard.quits();
}

/// No file of a process may grow beyond this, or be written there.
fn limit(pid: u32, bytes: Option<u64>) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    let before = getrlimit(Resource::Fsize);
    let wanted = Rlimit {
        current: bytes,
        maximum: before.maximum,
    };
    prlimit(pid, Resource::Fsize, wanted).expect("it is our child");
}

#[test]
fn a_stopped_process_holds_up_nobody_who_quits() {
    let world = World::new();
    world.expect(0, "submit --name held -- true");
    let asks = Dashboard::open(&world, &[], &[]);
    asks.wait_for("held");
    let frozen = Frozen::inside(&world);
    let opens = Dashboard::open(&world, &[], &[]);
    asks.press("sq");
    asks.ends(0);
    opens.quits();
    frozen.continues();
}

#[test]
fn a_request_that_finds_no_room_is_told_of_until_there_is_room() {
    let world = World::new();
    world.expect(0, "submit --name waits -- true");
    let before = world.last_event();
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("waits");
    let pid = dashboard.program.pid();
    limit(pid, Some(4096));
    dashboard.press("s");
    dashboard.wait_until("the answer and the banner", |screen| {
        screen.contains("not asked") && screen.matches("no room").count() == 2
    });
    dashboard.press("j");
    assert!(dashboard.shows("waits"), "what was known is kept");
    assert_eq!(world.last_event(), before);
    limit(pid, None);
    dashboard.press("s");
    dashboard.wait_for("1 SUSPEND");
    // What failed is told until it is put away.
    dashboard.press("\x1b");
    dashboard.wait_until("it is well again", |screen| !screen.contains("no room"));
    dashboard.quits();
}

#[test]
fn a_full_disk_is_told_before_anything_is_asked() {
    const SCRIPT: &str = r#"
        mount -t tmpfs -o size=4m,mode=700 tmpfs "$2" || exit 42
        cp -r "$3" "$2/store"
        cat /dev/zero > "$2/filler" 2> /dev/null
        (while [ ! -e "$4" ]; do sleep 0.05; done; rm "$2/filler") &
        exec "$1" --store "$2/store"
    "#;
    let world = World::new();
    world.expect(0, "submit --name waits -- true");
    let disk = world.path("disk");
    fs::create_dir(&disk).expect("there is room");
    let go = world.path("go");
    let alone = Command::new("unshare")
        .args(["-m", "sh", "-c", "mount -t tmpfs tmpfs \"$1\"", "sh"])
        .arg(&disk)
        .status();
    if !alone.is_ok_and(|status| status.success()) {
        // A disk of its own takes a privileged user; the limit on file sizes is for everybody.
        return;
    }
    let ours = world.command([""; 0]);
    let mut command = Command::new("unshare");
    command
        .args(["-m", "sh", "-c", SCRIPT, "sh"])
        .arg(ours.get_program())
        .args([&disk, world.store_dir(), &go])
        .env("XDG_CONFIG_HOME", world.path("config"))
        .env("XDG_STATE_HOME", world.path("state"));
    let dashboard = Dashboard::start(&command, Controls::Yes);
    dashboard.wait_until("the tasks and the banner", |screen| {
        screen.contains("no room on the disk") && screen.contains("waits")
    });
    fs::write(&go, "").expect("there is room");
    dashboard.wait_until("it is well again", |screen| {
        !screen.contains("no room on the disk") && screen.contains("waits")
    });
    dashboard.press("s");
    dashboard.wait_for("1 SUSPEND");
    dashboard.quits();
}

#[test]
fn another_store_in_its_place_is_shown_and_asked() {
    let (world, other) = (World::new(), World::new());
    world.expect(0, "submit --name earlier -- true");
    other.expect(0, "submit --name after -- true");
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("earlier");
    let aside = world.path("aside");
    fs::rename(world.store_dir(), &aside).expect("it is ours");
    let moved = Command::new("cp")
        .arg("-r")
        .args([other.store_dir(), world.store_dir()])
        .status();
    assert!(moved.is_ok_and(|status| status.success()));
    dashboard.wait_until("the other's tasks alone", |screen| {
        screen.contains("after") && !screen.contains("earlier")
    });
    dashboard.press("s");
    dashboard.wait_for("1 SUSPEND");
    let moved = world.expect(0, "show after --json").json();
    assert_eq!(moved["current_state"], "SUSPEND");
    dashboard.quits();
}

#[test]
fn where_events_are_missing_all_is_read_anew() {
    const EVENTS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("events");
    const COUNTERS: TableDefinition<'_, &str, u64> = TableDefinition::new("counters");
    let world = World::new();
    world.expect(0, "submit --name early -- true");
    let dashboard = Dashboard::open(&world, &[], &[]);
    dashboard.wait_for("early");
    dashboard.program.signal(Signal::SIGSTOP);
    dashboard.program.wait_until_stopped(true);
    for name in ["pruned", "kept"] {
        world.expect(0, &format!("submit --name {name} -- true"));
    }
    // As if events were kept for a short time only.
    let first = world.last_event();
    let database = Database::builder()
        .set_concurrency_mode(ConcurrencyMode::MultiWriter)
        .open(world.store_dir().join("tasks.redb"))
        .expect("it is a database");
    let txn = database.begin_write().expect("nobody else is in there");
    {
        let mut events = txn.open_table(EVENTS).expect("it is there");
        events.retain_in(..first.0, |_, _| false).expect("they go");
        let mut counters = txn.open_table(COUNTERS).expect("it is there");
        counters.insert("first_event", first.0).expect("it fits");
    }
    txn.commit().expect("it is written");
    drop(database);
    dashboard.program.signal(Signal::SIGCONT);
    dashboard.wait_for("kept");
    dashboard.wait_for("pruned");
    dashboard.quits();
}

#[test]
fn who_may_only_read_is_told_so_and_asks_nothing() {
    let world = World::new();
    world.expect(0, "submit --name theirs -- true");
    let before = world.last_event();
    let mode = |mode: &str| {
        let changed = Command::new("chmod")
            .args(["-R", mode])
            .arg(world.store_dir())
            .status();
        assert!(changed.is_ok_and(|status| status.success()));
    };
    mode("a-w");
    let ours = world.command([""; 0]);
    let mut command = if nix::unistd::geteuid().is_root() {
        // Who may pass over permissions does.
        let mut command = Command::new("setpriv");
        command
            .arg("--bounding-set=-dac_override,-dac_read_search")
            .arg(ours.get_program());
        command
    } else {
        Command::new(ours.get_program())
    };
    command
        .env("LONGHAUL_STORE", world.store_dir())
        .env("XDG_CONFIG_HOME", world.path("config"))
        .env("XDG_STATE_HOME", world.path("state"));
    let dashboard = Dashboard::start(&command, Controls::Yes);
    dashboard.wait_until("the tasks and what may be done", |screen| {
        screen.contains("theirs") && screen.contains("read-only")
    });
    dashboard.press("s");
    dashboard.wait_for("you may only read this store");
    dashboard.quits();
    mode("u+w");
    assert_eq!(world.last_event(), before);
}

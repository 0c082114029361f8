use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::sync::{Condvar, Mutex, mpsc};
use std::time::Instant;

use notify::event::{AccessKind, AccessMode, CreateKind, DataChange, Event, Flag, ModifyKind};
use notify::{Error, EventKind};
use tempfile::TempDir;

use super::watch::is_news;
use super::*;
use crate::alone::alone;

const DEADLINE: Duration = Duration::from_secs(10);

/// Something that calls back, and how often it did.
struct Listener<W> {
    source: W,
    calls: Arc<Calls>,
    ended: mpsc::Receiver<()>,
}

#[derive(Default)]
struct Calls {
    state: Mutex<CallState>,
    changed: Condvar,
}

#[derive(Default)]
struct CallState {
    count: usize,
    held: bool,
}

impl Calls {
    fn wait_while(&self, condition: impl FnMut(&mut CallState) -> bool) -> usize {
        let state = self.state.lock().unwrap();
        let waited = self.changed.wait_timeout_while(state, DEADLINE, condition);
        let (state, timeout) = waited.unwrap();
        assert!(!timeout.timed_out(), "{} calls and no more", state.count);
        state.count
    }

    /// Holds the caller if calls were held when this one came, not if they are from now on.
    fn count_one(&self) {
        let mut state = self.state.lock().unwrap();
        state.count += 1;
        self.changed.notify_all();
        while state.held {
            state = self.changed.wait(state).unwrap();
        }
    }

    fn hold(&self, held: bool) -> usize {
        let mut state = self.state.lock().unwrap();
        state.held = held;
        self.changed.notify_all();
        state.count
    }
}

impl<W> Listener<W> {
    /// `start` gets the callback, which goes on with `then`.
    fn new(
        start: impl FnOnce(Box<dyn Fn() + Send>) -> W,
        then: impl Fn() + Send + 'static,
    ) -> Self {
        let calls = Arc::new(Calls::default());
        let (alive, ended) = mpsc::channel::<()>();
        let shared = Arc::clone(&calls);
        let source = start(Box::new(move || {
            let _alive = &alive;
            shared.count_one();
            then();
        }));
        Self {
            source,
            calls,
            ended,
        }
    }

    fn wait_for(&self, at_least: usize) {
        self.calls.wait_while(|state| state.count < at_least);
    }
}

/// Does one last act of which every listener hears, and gives the number of calls of each, that
/// one included and none forgotten: the listener's thread is held in a call while its end is
/// ordered, and takes note of that only after all that was waiting.
fn calls_with_the_last_of<W, const N: usize>(
    act: impl FnOnce(),
    listeners: [Listener<W>; N],
) -> [usize; N] {
    let before = listeners
        .each_ref()
        .map(|listener| listener.calls.hold(true));
    act();
    for (listener, before) in listeners.iter().zip(before) {
        listener.wait_for(before + 1);
    }
    listeners.map(|listener| {
        drop(listener.source);
        listener.calls.hold(false);
        let end = listener.ended.recv_timeout(DEADLINE);
        assert_eq!(end, Err(mpsc::RecvTimeoutError::Disconnected));
        listener.calls.hold(false)
    })
}

fn watcher(dir: &TempDir, what: Watch) -> Listener<Watcher> {
    watcher_that(dir, what, || {})
}

fn watcher_that(dir: &TempDir, what: Watch, then: impl Fn() + Send + 'static) -> Listener<Watcher> {
    let listener = Listener::new(|call| Watcher::start(dir.path(), what, call), then);
    assert!(matches!(listener.source.watching(), Watching::Notified));
    listener
}

fn bell_file(dir: &TempDir, name: &str) -> PathBuf {
    dir.path().join(BELLS).join(name).join(BELL)
}

/// Never opened for writing here: a process that another test starts at that moment would hold it
/// as well, and close it when we count.
fn make_alive_file(dir: &TempDir) -> PathBuf {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    std::fs::create_dir(dir.path().join("alive")).unwrap();
    let workers = dir.path().join("alive/workers");
    mknodat(CWD, &workers, FileType::RegularFile, Mode::RWXU, 0).unwrap();
    workers
}

fn wait_until(condition: impl Fn() -> bool) {
    let end = Instant::now() + DEADLINE;
    while !condition() {
        assert!(Instant::now() < end, "it did not come to pass");
        std::thread::yield_now();
    }
}

#[test]
fn a_ring_of_control_wakes_a_watcher() {
    let dir = tempfile::tempdir().unwrap();
    let bells = Bells::open(dir.path()).unwrap();
    let listener = watcher(&dir, Watch::Control);
    bells.ring_control();
    listener.wait_for(1);
    bells.ring_control();
    listener.wait_for(2);
}

#[test]
fn a_watcher_may_start_before_the_bells_are_made() {
    let dir = tempfile::tempdir().unwrap();
    let listener = watcher(&dir, Watch::Everything);
    let bells = Bells::open(dir.path()).unwrap();
    assert_eq!(
        calls_with_the_last_of(|| bells.ring_control(), [listener]),
        [1]
    );
}

#[test]
fn progress_wakes_only_who_listens_to_it() {
    let dir = tempfile::tempdir().unwrap();
    let bells = Bells::open(dir.path()).unwrap();
    let idle = watcher(&dir, Watch::ControlAndAlive);
    let dashboard = watcher(&dir, Watch::ControlAndProgress);
    bells.ring_progress();
    dashboard.wait_for(1);
    assert_eq!(calls_with_the_last_of(|| bells.ring_control(), [idle]), [1]);
}

#[test]
fn a_reader_of_a_bell_wakes_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let bells = Bells::open(dir.path()).unwrap();
    let listener = watcher(&dir, Watch::Everything);
    for _ in 0..50 {
        for name in [CONTROL, PROGRESS] {
            std::fs::read(bell_file(&dir, name)).unwrap();
        }
        Bells::open(dir.path()).unwrap();
    }
    assert_eq!(
        calls_with_the_last_of(|| bells.ring_control(), [listener]),
        [1]
    );
}

#[test]
fn two_idle_watchers_that_probe_leave_each_other_asleep() {
    let dir = tempfile::tempdir().unwrap();
    let bells = Bells::open(dir.path()).unwrap();
    let workers = make_alive_file(&dir);
    let idle = || {
        let bell = bell_file(&dir, CONTROL);
        let alive = File::open(&workers).unwrap();
        // A woken worker reads and probes; if that woke it again, it would never stop.
        watcher_that(&dir, Watch::Everything, move || {
            std::fs::read(&bell).unwrap();
            probe_owner(&alive);
        })
    };
    let two = [idle(), idle()];
    for _ in 0..100 {
        std::fs::read(bell_file(&dir, CONTROL)).unwrap();
        probe_owner(&File::open(&workers).unwrap());
    }
    bells.ring_control();
    for listener in &two {
        listener.wait_for(1);
    }
    assert_eq!(calls_with_the_last_of(|| bells.ring_control(), two), [2, 2]);
}

fn probe_owner(alive: &File) {
    use nix::fcntl::{FcntlArg, fcntl};
    use nix::libc;
    let mut lock = libc::flock {
        l_type: i16::try_from(libc::F_RDLCK).unwrap(),
        l_whence: i16::try_from(libc::SEEK_SET).unwrap(),
        l_start: 1,
        l_len: 1,
        l_pid: 0,
    };
    fcntl(alive, FcntlArg::F_OFD_GETLK(&mut lock)).unwrap();
}

#[test]
fn of_a_burst_of_progress_few_rings_and_the_last_arrive() {
    let dir = tempfile::tempdir().unwrap();
    let bells = Bells::open(dir.path()).unwrap();
    let listener = watcher(&dir, Watch::ControlAndProgress);
    let started = Instant::now();
    for _ in 0..1_000 {
        bells.ring_progress();
    }
    let took = started.elapsed();
    // The first at once, one per gap, and the one that trails.
    let most = 2 + usize::try_from(took.as_millis() / progress::GAP.as_millis()).unwrap();
    listener.wait_for(2);
    wait_until(|| !bells.pair.as_ref().unwrap().progress.is_owed());
    let [calls] = calls_with_the_last_of(|| bells.ring_control(), [listener]);
    assert!((3..=most + 1).contains(&calls), "{calls} calls");
}

fn counted(dir: &TempDir, name: &str) -> u64 {
    let bytes = std::fs::read(bell_file(dir, name)).unwrap();
    u64::from_le_bytes(bytes.try_into().unwrap())
}

#[test]
fn a_ring_still_owed_is_rung_when_the_bells_are_dropped() {
    let dir = tempfile::tempdir().unwrap();
    let bells = Bells::open(dir.path()).unwrap();
    bells.ring_progress();
    bells.ring_progress();
    drop(bells);
    assert_eq!(counted(&dir, PROGRESS), 2);
}

#[test]
fn no_thread_is_started_until_a_ring_is_owed() {
    let dir = tempfile::tempdir().unwrap();
    let bells = Bells::open(dir.path()).unwrap();
    bells.ring_control();
    bells.ring_progress();
    assert!(!bells.pair.as_ref().unwrap().progress.has_timer());
    bells.ring_progress();
    assert!(bells.pair.as_ref().unwrap().progress.has_timer());
}

#[test]
fn the_count_goes_on_where_another_process_left_it() {
    let dir = tempfile::tempdir().unwrap();
    for count in 1..=3 {
        Bells::open(dir.path()).unwrap().ring_control();
        assert_eq!(counted(&dir, CONTROL), count);
    }
}

#[test]
fn silent_bells_make_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let bells = Bells::silent();
    bells.ring_control();
    bells.ring_progress();
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_store_that_may_only_be_read_is_watched_but_not_rung() {
    let test = "bell::tests::a_store_that_may_only_be_read_is_watched_but_not_rung";
    alone(test, || {
        let dir = tempfile::tempdir().unwrap();
        let ours = Bells::open(dir.path()).unwrap();
        for (path, mode) in [
            ("", 0o555),
            ("bells", 0o555),
            ("bells/control", 0o555),
            ("bells/progress", 0o555),
            ("bells/control/bell", 0o444),
            ("bells/progress/bell", 0o444),
        ] {
            let mode = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(dir.path().join(path), mode).unwrap();
        }
        if nix::unistd::geteuid().is_root() {
            // Root may write anywhere: be somebody else.
            nix::unistd::seteuid(nix::unistd::Uid::from_raw(65_534)).unwrap();
        }
        let theirs = Bells::open(dir.path()).unwrap();
        assert!(theirs.pair.is_none());
        let listener = watcher(&dir, Watch::ControlAndProgress);
        theirs.ring_control();
        assert_eq!(
            calls_with_the_last_of(|| ours.ring_control(), [listener]),
            [1]
        );
        // The folder is to be removed at the end.
        let _ = nix::unistd::seteuid(nix::unistd::getuid());
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    });
}

#[test]
fn a_link_in_the_place_of_a_bell_is_refused_and_not_watched() {
    let dir = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join(BELLS)).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), dir.path().join("bells/control")).unwrap();
    assert!(matches!(
        Bells::open(dir.path()),
        Err(BellError::Folder { path, .. }) if path.ends_with("bells/control")
    ));
    let watcher = Watcher::start(dir.path(), Watch::Control, || {});
    assert!(matches!(
        watcher.watching(),
        Watching::TickOnly(BellError::Folder { .. })
    ));
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[test]
fn a_missing_store_is_an_error_that_names_it() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("missing");
    let error = Bells::open(&missing).unwrap_err();
    assert!(error.to_string().contains("missing"), "{error}");
}

#[test]
fn the_death_of_a_holder_wakes_who_listens_to_the_living() {
    let dir = tempfile::tempdir().unwrap();
    let workers = make_alive_file(&dir);
    let mut holder = Command::new("sh")
        .args([
            "-c",
            r#"exec 3>>"$0"; echo held; read -r go; echo x >&3; echo written; read -r never"#,
        ])
        .arg(&workers)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(holder.stdout.take().unwrap()).lines();
    assert_eq!(said.next().unwrap().unwrap(), "held");
    let bells = Bells::open(dir.path()).unwrap();
    let listener = watcher(&dir, Watch::ControlAndAlive);
    let other = watcher(&dir, Watch::Control);
    // A holder that writes is no news.
    let mut go = holder.stdin.take().unwrap();
    writeln!(go, "go").unwrap();
    assert_eq!(said.next().unwrap().unwrap(), "written");
    holder.kill().unwrap();
    listener.wait_for(1);
    holder.wait().unwrap();
    let calls = calls_with_the_last_of(|| bells.ring_control(), [listener, other]);
    assert_eq!(calls, [2, 1]);
}

#[test]
fn overflow_errors_and_events_without_a_path_mean_read_again() {
    let alive = Path::new("/s/alive");
    let pathless = |kind| Ok(Event::new(kind));
    let at = |kind, path: &str| Ok(Event::new(kind).add_path(path.into()));
    let modified = EventKind::Modify(ModifyKind::Data(DataChange::Any));
    let closed = EventKind::Access(AccessKind::Close(AccessMode::Write));
    let opened = EventKind::Access(AccessKind::Open(AccessMode::Any));
    assert!(is_news(&Err(Error::generic("lost")), alive));
    assert!(is_news(
        &Ok(Event::new(EventKind::Other).set_flag(Flag::Rescan)),
        alive
    ));
    assert!(is_news(&pathless(opened), alive));
    assert!(is_news(&at(modified, "/s/bells/control/bell"), alive));
    assert!(!is_news(&at(modified, "/s/alive/workers"), alive));
    assert!(is_news(&at(closed, "/s/alive/workers"), alive));
    assert!(!is_news(&at(closed, "/s/bells/control/bell"), alive));
    assert!(!is_news(&at(opened, "/s/bells/control/bell"), alive));
    assert!(!is_news(
        &at(EventKind::Create(CreateKind::File), "/s/alive/workers"),
        alive
    ));
}

#[test]
fn a_file_is_followed_from_before_it_exists_through_its_replacement() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("7.log");
    let (tell, told) = mpsc::channel();
    let watched = file.clone();
    let follower = FileFollower::start(&file, move || {
        // The test may have ended.
        let _ = tell.send(std::fs::read_to_string(&watched).unwrap_or_default());
    });
    assert!(matches!(follower.watching(), Watching::Notified));
    let expect = |text: &str| while told.recv_timeout(DEADLINE).unwrap() != text {};
    std::fs::write(&file, "one").unwrap();
    expect("one");
    std::fs::write(dir.path().join("7.log.new"), "two").unwrap();
    std::fs::rename(dir.path().join("7.log.new"), &file).unwrap();
    expect("two");
    std::fs::write(&file, "three").unwrap();
    expect("three");
    std::fs::remove_file(&file).unwrap();
    expect("");
    std::fs::write(&file, "four").unwrap();
    expect("four");
}

#[test]
fn the_neighbours_and_the_readers_of_a_followed_file_wake_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("7.log");
    std::fs::write(&file, "one\n").unwrap();
    let listener = Listener::new(|call| FileFollower::start(&file, call), || {});
    std::fs::read(&file).unwrap();
    std::fs::write(dir.path().join("8.log"), "other\n").unwrap();
    let removal = || std::fs::remove_file(&file).unwrap();
    assert_eq!(calls_with_the_last_of(removal, [listener]), [1]);
}

#[test]
fn a_file_in_a_missing_folder_is_left_to_the_tick() {
    let dir = tempfile::tempdir().unwrap();
    let follower = FileFollower::start(&dir.path().join("logs/7.log"), || {});
    assert!(matches!(
        follower.watching(),
        Watching::TickOnly(BellError::Watch { .. })
    ));
}

#[test]
fn where_no_descriptor_is_left_only_the_tick_is_left() {
    let test = "bell::tests::where_no_descriptor_is_left_only_the_tick_is_left";
    alone(test, || {
        let dir = tempfile::tempdir().unwrap();
        let limit = rustix::process::Rlimit {
            current: Some(16),
            maximum: Some(16),
        };
        rustix::process::setrlimit(rustix::process::Resource::Nofile, limit).unwrap();
        let mut held = Vec::new();
        while let Ok(file) = File::open("/dev/null") {
            held.push(file);
        }
        let watcher = Watcher::start(dir.path(), Watch::Everything, || {});
        assert!(matches!(
            watcher.watching(),
            Watching::TickOnly(BellError::Watch { .. })
        ));
    });
}

//! A RabbitMQ of a test's own, on loopback and free ports, with a folder of its own. Leans on nothing else of the
//! harness, so that unit tests can have it too.
#![allow(dead_code, reason = "each test target uses a part of it")]

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

/// How long the server may take for anything: it takes three seconds to start where nothing else runs.
const DEADLINE: Duration = Duration::from_secs(60);
const GLANCE: Duration = Duration::from_millis(5);
/// Leaves out what needs a broker, where none can be installed.
const WITHOUT: &str = "LONGHAUL_TESTS_WITHOUT_BROKERS";
/// The scripts behind those in the PATH, which would run them as another user.
const SCRIPTS: &str = "/usr/lib/rabbitmq/bin";
const USER: &str = "longhaul";

/// A running server. Dropped, it is killed, and the port mapper it needs: they alone, by their numbers.
pub(crate) struct Server {
    server: Child,
    epmd: Child,
    folder: TempDir,
    port: u16,
    epmd_port: u16,
    dist_port: u16,
    password: String,
}

impl Server {
    /// A server. None only where tests with brokers are left out on purpose.
    #[track_caller]
    pub(crate) fn start() -> Option<Self> {
        if std::env::var_os(WITHOUT).is_some_and(|value| value == "1") {
            return None;
        }
        assert!(
            Path::new(SCRIPTS).join("rabbitmq-server").exists(),
            "there is no rabbitmq-server. Install it (apt-get install rabbitmq-server), or set {WITHOUT}=1 to leave \
             out what needs a broker."
        );
        let folder = TempDir::new().expect("a folder for the server");
        let (port, epmd_port, dist_port) = (free_port(), free_port(), free_port());
        let password = format!("word-{port}");
        let configuration = format!(
            "listeners.tcp.1 = 127.0.0.1:{port}\n\
             default_user = {USER}\n\
             default_pass = {password}\n\
             disk_free_limit.absolute = 1MB\n\
             log.file.level = warning\n"
        );
        fs::write(folder.path().join("rabbitmq.conf"), configuration)
            .and_then(|()| fs::write(folder.path().join("plugins"), "[]."))
            .expect("the test's folder can be written");
        let epmd = Command::new("epmd")
            .args(["-address", "127.0.0.1", "-port", &epmd_port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("epmd comes with the server");
        let epmd = Ended(Some(epmd));
        let server = launch(folder.path(), port, epmd_port, dist_port);
        Some(Self {
            server,
            epmd: epmd.keep(),
            folder,
            port,
            epmd_port,
            dist_port,
            password,
        })
    }

    /// Its address, with user and password.
    pub(crate) fn address(&self) -> String {
        format!("amqp://{USER}:{}@127.0.0.1:{}", self.password, self.port)
    }

    /// Its port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// What is to be kept secret.
    pub(crate) fn password(&self) -> &str {
        &self.password
    }

    /// Does something to it as its operator would, with `rabbitmqctl`, and gives what that says.
    #[track_caller]
    pub(crate) fn operate(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(Path::new(SCRIPTS).join("rabbitmqctl"));
        surroundings(
            &mut command,
            self.folder.path(),
            self.port,
            self.epmd_port,
            self.dist_port,
        );
        let output = command
            .arg("--quiet")
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .expect("rabbitmqctl comes with the server");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "rabbitmqctl {arguments:?}: {said}{errors}"
        );
        said
    }

    /// Has it write down which queues there are. It does so some seconds after one was made: killed before, it finds an
    /// empty queue that answers nobody, for ever.
    #[track_caller]
    pub(crate) fn settle(&self) {
        self.operate(&["eval", "ok = dets:sync(ra_directory_reverse)."]);
    }

    /// Kills it, and waits until it is gone. Its data stay.
    pub(crate) fn kill(&mut self) {
        self.server.kill().expect("it was not waited for yet");
        self.server.wait().expect("it is our child");
    }

    /// Starts it anew on the same port and data, after it was killed.
    #[track_caller]
    pub(crate) fn restart(&mut self) {
        if self.server.try_wait().expect("it is our child").is_none() {
            self.kill();
        }
        self.server = launch(
            self.folder.path(),
            self.port,
            self.epmd_port,
            self.dist_port,
        );
    }

    /// Stops it, as a machine does that hangs: it accepts and answers nothing.
    pub(crate) fn stop(&self) {
        self.signal(Signal::SIGSTOP);
    }

    /// Lets it go on.
    pub(crate) fn go_on(&self) {
        self.signal(Signal::SIGCONT);
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.server.id()).expect("process numbers are small");
        kill(Pid::from_raw(pid), signal).expect("it was not waited for yet");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for child in [&mut self.server, &mut self.epmd] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A child that is ended with whoever waits for something in vain.
struct Ended(Option<Child>);

impl Ended {
    fn keep(mut self) -> Child {
        self.0.take().expect("it is taken once")
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A port that is free now.
fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .expect("a free port on loopback")
        .port()
}

/// With all of these its scripts need neither another user nor the system's folders.
fn surroundings(command: &mut Command, folder: &Path, port: u16, epmd_port: u16, dist_port: u16) {
    command
        .env("HOME", folder)
        .env("RABBITMQ_NODENAME", format!("longhaul{port}@localhost"))
        .env("RABBITMQ_MNESIA_BASE", folder.join("data"))
        .env("RABBITMQ_LOG_BASE", folder.join("logs"))
        .env("RABBITMQ_CONFIG_FILE", folder.join("rabbitmq.conf"))
        .env("RABBITMQ_ENABLED_PLUGINS_FILE", folder.join("plugins"))
        .env("RABBITMQ_DIST_PORT", dist_port.to_string())
        .env("ERL_EPMD_PORT", epmd_port.to_string())
        .env("ERL_EPMD_ADDRESS", "127.0.0.1");
}

/// Starts the server and waits until it answers.
#[track_caller]
fn launch(folder: &Path, port: u16, epmd_port: u16, dist_port: u16) -> Child {
    let log = fs::File::create(folder.join("said")).expect("the test's folder can be written");
    let errors = log.try_clone().expect("a file has more than one end");
    let mut command = Command::new(Path::new(SCRIPTS).join("rabbitmq-server"));
    surroundings(&mut command, folder, port, epmd_port, dist_port);
    let server = command
        .env(
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
            "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none",
        )
        // The script becomes the server: one process, and one that ends with us, since its input does.
        .env("RABBITMQ_ALLOW_INPUT", "1")
        .stdin(Stdio::piped())
        .stdout(log)
        .stderr(errors)
        .spawn()
        .expect("the server's script can be run");
    let mut server = Ended(Some(server));
    let deadline = Instant::now() + DEADLINE;
    while !answers(port) {
        let child = server.0.as_mut().expect("it is kept below");
        let ended = child.try_wait().expect("it is our child").is_some();
        assert!(
            !ended && Instant::now() < deadline,
            "no RabbitMQ answers on port {port}: {}",
            fs::read_to_string(folder.join("said")).unwrap_or_default()
        );
        sleep(GLANCE);
    }
    server.keep()
}

/// Whether it speaks its protocol.
fn answers(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else {
        return false;
    };
    let mut first = [0];
    let asked = stream
        .set_read_timeout(Some(DEADLINE))
        .and_then(|()| stream.write_all(b"AMQP\0\0\x09\x01"))
        .and_then(|()| stream.read_exact(&mut first));
    asked.is_ok() && first == [1]
}

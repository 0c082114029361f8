//! A Redis of a test's own, on loopback and a free port, with a folder of its own. Leans on nothing else of the
//! harness, so that unit tests can have it too.

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

/// How long the server may take for anything.
const DEADLINE: Duration = Duration::from_secs(10);
const GLANCE: Duration = Duration::from_millis(2);
/// Leaves out what needs a broker, where none can be installed.
const WITHOUT: &str = "LONGHAUL_TESTS_WITHOUT_BROKERS";
const PROGRAM: &str = "redis-server";

/// A running server. Dropped, it is killed: it alone, by its number.
pub(crate) struct Server {
    child: Child,
    folder: TempDir,
    port: u16,
    options: Vec<String>,
    password: Option<String>,
}

impl Server {
    /// A server that keeps nothing on disk. None only where tests with brokers are left out on purpose.
    #[track_caller]
    pub(crate) fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    /// A server with settings such as `["--appendonly", "yes"]`.
    #[track_caller]
    pub(crate) fn start_with(options: &[&str]) -> Option<Self> {
        if std::env::var_os(WITHOUT).is_some_and(|value| value == "1") {
            return None;
        }
        let folder = TempDir::new().expect("a folder for the server");
        let password = options
            .windows(2)
            .find(|pair| pair[0] == "--requirepass")
            .map(|pair| pair[1].to_owned());
        let options: Vec<_> = options.iter().map(|&option| option.to_owned()).collect();
        let deadline = Instant::now() + DEADLINE;
        loop {
            let port = free_port();
            // Somebody else may take the port first.
            if let Some(child) = launch(folder.path(), port, &options, deadline) {
                return Some(Self {
                    child,
                    folder,
                    port,
                    options,
                    password,
                });
            }
        }
    }

    /// Its address, with its password if it has one.
    pub(crate) fn address(&self) -> String {
        let login = self.password.as_ref();
        let login = login.map_or(String::new(), |password| format!(":{password}@"));
        format!("redis://{login}127.0.0.1:{}", self.port)
    }

    /// Its port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Where its data are.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Sends it a command, as somebody else would, and gives the answer.
    #[track_caller]
    pub(crate) fn ask(&self, command: &[&str]) -> String {
        let mut client = Command::new("redis-cli");
        client.args(["-h", "127.0.0.1", "-p", &self.port.to_string()]);
        if let Some(password) = &self.password {
            client.args(["--no-auth-warning", "-a", password]);
        }
        let output = client
            .args(command)
            .output()
            .expect("redis-cli comes with the server");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Kills it, and waits until it is gone. Its data stay.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it was not waited for yet");
        self.child.wait().expect("it is our child");
    }

    /// Starts it anew on the same port and data, after it was killed.
    #[track_caller]
    pub(crate) fn restart(&mut self) {
        let deadline = Instant::now() + DEADLINE;
        while self.child.try_wait().expect("it is our child").is_none() {
            self.kill();
        }
        loop {
            let child = launch(self.folder.path(), self.port, &self.options, deadline);
            if let Some(child) = child {
                self.child = child;
                return;
            }
        }
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
        let pid = i32::try_from(self.child.id()).expect("process numbers are small");
        kill(Pid::from_raw(pid), signal).expect("it was not waited for yet");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that is free now.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .expect("a free port on loopback")
        .port()
}

/// Starts the server and waits until it answers. None if it ended: the port was not free.
#[track_caller]
fn launch(folder: &Path, port: u16, options: &[String], deadline: Instant) -> Option<Child> {
    let log = fs::File::create(folder.join("log")).expect("the test's folder can be written");
    let started = Command::new(PROGRAM)
        .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
        .args(["--save", "", "--dir"])
        .arg(folder)
        .args(options)
        .stdin(Stdio::null())
        .stdout(log)
        .spawn();
    let mut child = started.unwrap_or_else(|error| {
        panic!(
            "{PROGRAM}: {error}. Install it (apt-get install redis-server), or set {WITHOUT}=1 to leave out what \
             needs a broker."
        )
    });
    while !answers(port) {
        if child.try_wait().expect("it is our child").is_some() {
            assert!(Instant::now() < deadline, "{}", said(folder));
            return None;
        }
        if Instant::now() >= deadline {
            let _ = child.kill();
            let _ = child.wait();
            panic!("no answer within {DEADLINE:?}: {}", said(folder));
        }
        sleep(GLANCE);
    }
    // Whoever answers may be another one, which has the port.
    child
        .try_wait()
        .expect("it is our child")
        .is_none()
        .then_some(child)
}

fn said(folder: &Path) -> String {
    fs::read_to_string(folder.join("log")).unwrap_or_default()
}

/// Whether it works, with or without a password.
fn answers(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else {
        return false;
    };
    let mut answer = [0; 8];
    let asked = stream
        .set_read_timeout(Some(DEADLINE))
        .and_then(|()| stream.write_all(b"PING\r\n"))
        .and_then(|()| stream.read_exact(&mut answer[..5]));
    asked.is_ok() && matches!(&answer[..5], b"+PONG" | b"-NOAU")
}

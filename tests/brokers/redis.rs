//! A Redis.

#[allow(dead_code, reason = "its own tests use all of it")]
#[path = "../harness/redis.rs"]
mod server;

use longhaul_common::id::TaskId;

use crate::server::Broker;

pub(crate) struct Redis(server::Server);

fn stream(task: TaskId) -> String {
    format!("longhaul:{task}")
}

impl Redis {
    /// One with these settings.
    pub(crate) fn with(options: &[&str]) -> Option<Self> {
        server::Server::start_with(options).map(Self)
    }

    pub(crate) fn port(&self) -> u16 {
        self.0.port()
    }
}

impl Broker for Redis {
    fn start() -> Option<Self> {
        server::Server::start().map(Self)
    }

    fn address(&self) -> String {
        self.0.address()
    }

    fn kill(&mut self) {
        self.0.kill();
    }

    fn restart(&mut self) {
        self.0.restart();
    }

    fn stop(&self) {
        self.0.stop();
    }

    fn go_on(&self) {
        self.0.go_on();
    }

    fn cut(&self) {
        for kind in ["normal", "pubsub"] {
            self.0.ask(&["client", "kill", "type", kind]);
        }
    }

    fn fill(&self) {
        self.0.ask(&["config", "set", "maxmemory", "1"]);
    }

    fn make_room(&self) {
        self.0.ask(&["config", "set", "maxmemory", "0"]);
    }

    fn remove(&self, task: TaskId) {
        assert_eq!(self.0.ask(&["del", &stream(task)]), "1");
    }

    fn lose_some(&self, task: TaskId) {
        let stream = stream(task);
        let before = self.messages(task);
        let half = (before / 2).to_string();
        self.0.ask(&["xtrim", &stream, "maxlen", &half]);
        assert!(self.messages(task) < before);
    }

    fn put(&self, task: TaskId, body: &str) {
        self.0.ask(&["xadd", &stream(task), "*", "m", body]);
        // Another field than ours, too.
        self.0.ask(&["xadd", &stream(task), "*", "strange", body]);
    }

    fn messages(&self, task: TaskId) -> u64 {
        let said = self.0.ask(&["xlen", &stream(task)]);
        said.parse().expect("a number")
    }
}

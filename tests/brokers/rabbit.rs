//! A RabbitMQ.

#[path = "../harness/rabbit.rs"]
mod server;

use longhaul_common::id::TaskId;

use crate::server::Broker;

pub(crate) struct Rabbit(server::Server);

fn queue(task: TaskId) -> String {
    format!("longhaul.{task}")
}

impl Rabbit {
    /// Lets it find its disk too full for more.
    pub(crate) fn fill_disk(&self) {
        self.0.operate(&["set_disk_free_limit", "100000GB"]);
    }

    /// Gives it room on its disk again.
    pub(crate) fn make_room_on_disk(&self) {
        self.0.operate(&["set_disk_free_limit", "1MB"]);
    }

    pub(crate) fn user(&self) -> &'static str {
        "longhaul"
    }

    pub(crate) fn password(&self) -> &str {
        self.0.password()
    }

    pub(crate) fn port(&self) -> u16 {
        self.0.port()
    }
}

impl Broker for Rabbit {
    fn start() -> Option<Self> {
        server::Server::start().map(Self)
    }

    fn address(&self) -> String {
        self.0.address()
    }

    fn kill(&mut self) {
        self.0.settle();
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
        self.0.operate(&["close_all_connections", "a test"]);
    }

    fn fill(&self) {
        self.0
            .operate(&["set_vm_memory_high_watermark", "0.000001"]);
    }

    fn make_room(&self) {
        self.0.operate(&["set_vm_memory_high_watermark", "0.4"]);
    }

    fn remove(&self, task: TaskId) {
        self.0.operate(&["delete_queue", &queue(task)]);
    }

    fn lose_some(&self, task: TaskId) {
        self.0.operate(&["purge_queue", &queue(task)]);
    }

    fn put(&self, task: TaskId, body: &str) {
        let bytes: Vec<String> = body.bytes().map(|byte| byte.to_string()).collect();
        let name: Vec<String> = queue(task).bytes().map(|byte| byte.to_string()).collect();
        let publish = format!(
            "ok = rabbit_basic:publish(rabbit_misc:r(<<\"/\">>, exchange, <<>>), <<{}>>, [], <<{}>>).",
            name.join(","),
            bytes.join(","),
        );
        self.0.operate(&["eval", &publish]);
    }

    fn messages(&self, task: TaskId) -> u64 {
        let said = self.0.operate(&["list_queues", "name", "messages"]);
        let queue = queue(task);
        said.lines()
            .filter_map(|line| line.split_once('\t'))
            .find(|(name, _)| *name == queue)
            .map_or(0, |(_, messages)| {
                messages.trim().parse().expect("a number")
            })
    }
}

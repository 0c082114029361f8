//! What the tests do to a broker, whichever it is.

use longhaul_common::id::TaskId;

pub(crate) trait Broker: Sized {
    /// One of the test's own. None only where tests with brokers are left out on purpose.
    fn start() -> Option<Self>;
    /// Where it is, with what lets us in.
    fn address(&self) -> String;
    /// Kills it. Whether its data stay is its own business.
    fn kill(&mut self);
    /// Starts it again, where it was.
    fn restart(&mut self);
    /// Stops it as a machine does that hangs.
    fn stop(&self);
    /// Lets it go on.
    fn go_on(&self);
    /// Cuts all connections.
    fn cut(&self);
    /// Lets it have no room for more.
    fn fill(&self);
    /// Gives it room again.
    fn make_room(&self);
    /// Removes a task's queue.
    fn remove(&self, task: TaskId);
    /// Removes some of the messages of a task's queue, or all of them.
    fn lose_some(&self, task: TaskId);
    /// Puts a message into a task's queue.
    fn put(&self, task: TaskId, body: &str);
    /// How many messages a task's queue has.
    fn messages(&self, task: TaskId) -> u64;
}

//! Tasks whose queue is at a Redis or a RabbitMQ, against the real servers, which fail in every way that
//! they have: the store decides, so nothing is lost but time.

mod harness;

/// Tests that hold for each broker, in the order Redis, RabbitMQ.
macro_rules! both {
    ($($redis:ident $rabbit:ident $what:ident;)*) => {
        $(
            #[test]
            fn $redis() {
                if let Some(broker) = crate::redis::Redis::start() {
                    $what(broker);
                }
            }

            #[test]
            fn $rabbit() {
                if let Some(broker) = crate::rabbit::Rabbit::start() {
                    $what(broker);
                }
            }
        )*
    };
}

#[path = "brokers/again.rs"]
mod again;
#[path = "brokers/damage.rs"]
mod damage;
#[path = "brokers/rabbit.rs"]
mod rabbit;
#[path = "brokers/redis.rs"]
mod redis;
#[path = "brokers/refused.rs"]
mod refused;
#[path = "brokers/scene.rs"]
mod scene;
#[path = "brokers/server.rs"]
mod server;
#[path = "brokers/trouble.rs"]
mod trouble;
#[allow(dead_code, reason = "the tests of queues in the store use all of it")]
#[path = "queue/witness.rs"]
mod witness;

//! How the batches of a task are run.

use longhaul_common::broker_address::{BrokerAddress, ParseError};
use longhaul_common::spec::{Place, Queue, Way};
use longhaul_worker::broker::check;

use crate::cli::TaskArgs;
use crate::exit::Failure;

/// How its batches are run.
pub(super) fn way(args: &TaskArgs) -> Result<Way, Failure> {
    let queued = args
        .queue
        .queue
        .as_deref()
        .is_some_and(|queue| queue != "direct")
        || args.queue.parallel.is_some()
        || args.queue.depth.is_some()
        || args.queue.ordered;
    if args.input.pages && queued {
        return Err(Failure::mistake(
            "pages come one after another: each says where the next one starts, so they can't have a queue",
        )
        .hint("leave out --queue, --parallel, --depth and --ordered"));
    }
    let place = match args.queue.queue.as_deref() {
        Some("direct") if args.input.feed => {
            return Err(Failure::mistake(
                "a task with --feed has a queue, and --queue direct is without one",
            )
            .hint("leave out --queue direct, or give --queue store"));
        }
        Some("direct") => {
            let option = [
                ("--parallel", args.queue.parallel.is_some()),
                ("--depth", args.queue.depth.is_some()),
                ("--ordered", args.queue.ordered),
            ];
            return match option.iter().find(|(_, given)| *given) {
                None => Ok(Way::Direct),
                Some((option, _)) => Err(Failure::mistake(format!(
                    "{option} is for a task with a queue, and this one is run directly"
                ))
                .hint("leave out --queue direct, or give --queue store")),
            };
        }
        None if args.queue.parallel.is_none()
            && args.queue.depth.is_none()
            && !args.queue.ordered
            && !args.input.feed =>
        {
            return Ok(Way::Direct);
        }
        None | Some("store") => Place::Store,
        Some(address) => Place::Broker(broker(address)?),
    };
    let defaults = Queue::default();
    Ok(Way::Queued(Queue {
        place,
        parallel: args.queue.parallel.unwrap_or(defaults.parallel),
        depth: args.queue.depth.unwrap_or(defaults.depth),
        ordered: args.queue.ordered,
    }))
}

/// The broker of an address, which answers and lets us in.
fn broker(address: &str) -> Result<BrokerAddress, Failure> {
    let address: BrokerAddress = address
        .parse()
        .map_err(|error: ParseError| Failure::mistake(format!("--queue: {error}")))?;
    match check(&address) {
        Ok(()) => Ok(address),
        Err(error) => Err(Failure::mistake(format!("--queue: {error}"))),
    }
}

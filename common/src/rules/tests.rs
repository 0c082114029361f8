mod claims;
mod table;
mod walk;

use super::Standing;
use crate::state::{Current, Desired, Ending, Outcome, Owed, RollbackStage};
use crate::time::Timestamp;

const EPOCH: Timestamp = Timestamp::from_millis(0);
const WANTS: [Desired; 3] = [Desired::Run, Desired::Suspend, Desired::Terminate];
const PLACES: [Current; 4] = [
    Current::Init,
    Current::Run,
    Current::Suspend { since: EPOCH },
    Current::Terminate {
        outcome: Outcome::Completed,
        at: EPOCH,
    },
];
const BEGUN: [Option<Ending>; 6] = [
    None,
    Some(Ending::Completed),
    Some(Ending::Terminated),
    Some(Ending::Failed),
    Some(Ending::Suspended),
    Some(Ending::Released),
];

const STAGES: [RollbackStage; 3] = [
    RollbackStage::None,
    RollbackStage::Begun,
    RollbackStage::Failed,
];

/// Everything the rules can be asked about.
fn every_standing() -> impl Iterator<Item = Standing> {
    WANTS.into_iter().flat_map(|desired| {
        PLACES.into_iter().flat_map(move |current| {
            BEGUN.into_iter().flat_map(move |begun| {
                (0..96_u8).map(move |bits| Standing {
                    desired,
                    current,
                    owed: Owed {
                        leftover: bits & 1 != 0,
                        on_suspend: bits & 2 != 0,
                        rollback: bits & 4 != 0,
                        cleanup: bits & 8 != 0,
                    },
                    begun,
                    rollback: STAGES[usize::from(bits / 32)],
                    exhausted: bits & 16 != 0,
                })
            })
        })
    })
}

//! What goes wrong at a broker, and what it means for whoever asked.

use lapin::ErrorKind;
use lapin::types::Identifier;

use super::place::Place;
use crate::broker::BrokerError;

/// A [`BrokerError`] that doesn't know yet which broker.
#[derive(Clone, Debug)]
pub(super) enum Fault {
    Unreachable(String),
    Refused(String),
    Full(String),
}

// Codes of the protocol (AMQP 0-9-1, section 1.2).
const ACCESS_REFUSED: Identifier = 403;
const NOT_FOUND: Identifier = 404;
const RESOURCE_LOCKED: Identifier = 405;
const PRECONDITION_FAILED: Identifier = 406;
const RESOURCE_ERROR: Identifier = 506;
const NOT_ALLOWED: Identifier = 530;
const NOT_IMPLEMENTED: Identifier = 540;

impl Fault {
    /// At this broker.
    pub(super) fn at(self, place: &Place) -> BrokerError {
        let broker = place.to_string();
        match self {
            Self::Unreachable(what) => BrokerError::Unreachable { broker, what },
            Self::Refused(what) => BrokerError::Refused { broker, what },
            Self::Full(what) => BrokerError::Full { broker, what },
        }
    }

    /// Nothing was heard in time.
    pub(super) fn silence() -> Self {
        Self::Unreachable("it gives no answer".to_owned())
    }
}

/// The code of what the broker said, if it said something.
fn code(error: &lapin::Error) -> Option<Identifier> {
    match error.kind() {
        ErrorKind::ProtocolError(error) => Some(error.get_id()),
        _ => None,
    }
}

/// There is no such queue.
pub(super) fn is_missing(error: &lapin::Error) -> bool {
    code(error) == Some(NOT_FOUND)
}

/// There is such a queue, and it is of another kind.
pub(super) fn is_another_kind(error: &lapin::Error) -> bool {
    code(error) == Some(PRECONDITION_FAILED)
}

impl From<lapin::Error> for Fault {
    fn from(error: lapin::Error) -> Self {
        let said = match error.kind() {
            ErrorKind::ProtocolError(error) => error.get_message().to_string(),
            ErrorKind::IOError(error) => error.to_string(),
            _ => error.to_string(),
        };
        match (code(&error), error.kind()) {
            (Some(ACCESS_REFUSED), _) if said.contains("access to") => Self::Refused(format!(
                "{said}; let the user configure, write and read what is called longhaul.*, \
                 and write to amq.default (rabbitmqctl set_permissions)"
            )),
            (Some(ACCESS_REFUSED), _) => Self::Refused(format!(
                "it does not let the user in ({said}); see to user and password in the address, \
                 and that this user may come from other machines (guest may not)"
            )),
            (Some(NOT_ALLOWED), _) if said.contains("vhost") => Self::Refused(format!(
                "{said}; name another virtual host at the end of the address, or make it and give the user \
                 permissions there (rabbitmqctl add_vhost, set_permissions)"
            )),
            (
                Some(
                    RESOURCE_LOCKED | PRECONDITION_FAILED | NOT_ALLOWED | NOT_IMPLEMENTED,
                ),
                _,
            ) => Self::Refused(said),
            (Some(RESOURCE_ERROR), _) | (_, ErrorKind::ChannelsLimitReached) => Self::Full(said),
            (_, ErrorKind::ParsingError(_) | ErrorKind::InvalidProtocolVersion(_)) => Self::Refused(
                "what answers there does not speak AMQP 0-9-1; is it a RabbitMQ, and is it the right port?"
                    .to_owned(),
            ),
            _ => Self::Unreachable(said),
        }
    }
}

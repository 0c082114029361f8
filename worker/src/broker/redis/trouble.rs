//! What went wrong at a Redis, and what to do about it.

use std::time::Duration;

use redis::{ErrorKind, RedisError};

use crate::broker::BrokerError;

/// A [`BrokerError`] without the broker's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    Unreachable(String),
    Refused(String),
    Full(String),
}

impl Trouble {
    pub(super) fn silent(patience: Duration) -> Self {
        Self::Unreachable(format!("no answer within {patience:?}"))
    }

    pub(super) fn broken() -> Self {
        Self::Unreachable("the connection broke".to_owned())
    }

    pub(super) fn of(error: &RedisError) -> Self {
        match error.kind() {
            ErrorKind::Io => of_connection(error),
            ErrorKind::AuthenticationFailed => refused(
                &said(error),
                "give the right password in the address, as in redis://USER:PASSWORD@HOST",
            ),
            ErrorKind::RESP3NotSupported => Self::too_old("5 or older"),
            ErrorKind::Parse => Self::Unreachable(format!("it talks no Redis: {}", said(error))),
            _ => match error.clone().into_server_errors() {
                // The first one is what happened; others follow from it.
                Some(errors) if !errors.is_empty() => {
                    let (_, error) = &errors[0];
                    of_server(error.code(), error.details().unwrap_or_default())
                }
                Some(_) | None => of_server(error.code().unwrap_or_default(), &said(error)),
            },
        }
    }

    pub(super) fn too_old(version: &str) -> Self {
        refused(
            &format!("it has version {version}"),
            "longhaul needs Redis 7.0 or newer",
        )
    }

    pub(super) fn at(self, name: &str) -> BrokerError {
        let broker = name.to_owned();
        match self {
            Self::Unreachable(what) => BrokerError::Unreachable { broker, what },
            Self::Refused(what) => BrokerError::Refused { broker, what },
            Self::Full(what) => BrokerError::Full { broker, what },
        }
    }
}

fn of_connection(error: &RedisError) -> Trouble {
    let said = said(error);
    if error.is_connection_refusal() {
        Trouble::Unreachable("connection refused: no server listens there".to_owned())
    } else if error.is_connection_dropped() {
        Trouble::broken()
    } else if said.contains("certificate") {
        refused(
            &said,
            "have the system trust who signed it, or name the file that does in SSL_CERT_FILE",
        )
    } else {
        Trouble::Unreachable(said)
    }
}

fn of_server(code: &str, said: &str) -> Trouble {
    let whole = match said {
        "" => code.to_owned(),
        said => format!("{code} {said}"),
    };
    match code {
        "OOM" | "MISCONF" => Trouble::Full(whole),
        "ERR" if said.contains("max number of clients") => Trouble::Full(whole),
        "LOADING" | "BUSY" | "MASTERDOWN" | "NOREPLICAS" | "TRYAGAIN" | "CLUSTERDOWN" => {
            Trouble::Unreachable(whole)
        }
        "NOAUTH" | "WRONGPASS" => refused(
            &whole,
            "give the right password in the address, as in redis://USER:PASSWORD@HOST, or :PASSWORD@ without a user",
        ),
        "NOPERM" => refused(
            &whole,
            "let its user use streams, publish and subscribe: ACL SETUSER … +@all ~longhaul:* &longhaul:*",
        ),
        "WRONGTYPE" => refused(
            &whole,
            "something else has the name of the task's queue: remove it with DEL longhaul:TASK-ID",
        ),
        "READONLY" => refused(&whole, "give the address of the one it is a replica of"),
        "MOVED" | "ASK" | "CROSSSLOT" => refused(
            &whole,
            "it is one of a cluster: give the address of a Redis of its own",
        ),
        "ERR" if said.contains("DB index") => refused(
            &whole,
            "it has no such database: give another number after the host, or raise its setting `databases`",
        ),
        "ERR" if said.contains("unknown command") => {
            refused(&whole, "longhaul needs Redis 7.0 or newer")
        }
        _ => Trouble::Refused(whole),
    }
}

fn refused(said: &str, mend: &str) -> Trouble {
    Trouble::Refused(format!("{said}; {mend}"))
}

/// The words of the error, without those of the client.
fn said(error: &RedisError) -> String {
    error
        .detail()
        .map_or_else(|| error.to_string(), str::to_owned)
}

//! Where a broker is, and how to get in.

use std::fmt;

use lapin::uri::{AMQPScheme, AMQPUri};

use super::fault::Fault;

/// Seconds between two signs of life that both ends owe each other. A connection whose other end vanished without a
/// word is noticed within twice that.
const HEARTBEAT: u16 = 30;

/// Messages are short; the client keeps buffers of 32 times this, per connection.
const FRAME: u32 = 16 * 1024;

/// The longest name of a virtual host that the protocol can carry.
const LONGEST_VHOST: usize = 255;

/// A broker's address, understood.
#[derive(Clone)]
pub(super) struct Place {
    /// For the client. Holds the password.
    pub(super) uri: AMQPUri,
    shown: String,
}

impl Place {
    /// Reads `amqp://[USER[:PASSWORD]@]HOST[:PORT][/VHOST]` or `amqps://…`.
    pub(super) fn parse(address: &str) -> Result<Self, Misread> {
        // What the parser says may quote the address, password and all.
        let mut uri: AMQPUri = address.parse().map_err(|_: String| Misread)?;
        // The parser takes an address in numbers for no host at all, and means this one then.
        if let Some(host) = host(address) {
            host.clone_into(&mut uri.authority.host);
        }
        if uri.vhost.is_empty() {
            "/".clone_into(&mut uri.vhost);
        }
        if uri.vhost.len() > LONGEST_VHOST {
            return Err(Misread);
        }
        uri.query.frame_max = Some(FRAME);
        uri.query.heartbeat.get_or_insert(HEARTBEAT);
        let host = &uri.authority.host;
        let host = match host.contains(':') {
            true => format!("[{host}]"),
            false => host.clone(),
        };
        let vhost = match uri.vhost.as_str() {
            "/" => String::new(),
            vhost => format!("/{vhost}"),
        };
        let shown = format!(
            "{}://{}@{host}:{}{vhost}",
            uri.scheme, uri.authority.userinfo.username, uri.authority.port
        );
        Ok(Self { uri, shown })
    }

    /// Host and port.
    pub(super) fn socket(&self) -> (&str, u16) {
        (&self.uri.authority.host, self.uri.authority.port)
    }

    /// Whether it is to be spoken to through TLS.
    pub(super) fn sealed(&self) -> bool {
        self.uri.scheme == AMQPScheme::AMQPS
    }
}

/// The host as it stands in the address, without the brackets of an address in numbers.
fn host(address: &str) -> Option<&str> {
    let (_, rest) = address.split_once("://")?;
    let rest = rest.split(['/', '?', '#']).next()?;
    let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let host = match rest.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?.0,
        None => rest.split_once(':').map_or(rest, |(host, _)| host),
    };
    (!host.is_empty()).then_some(host)
}

/// An address that can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Misread;

impl From<Misread> for Fault {
    fn from(_: Misread) -> Self {
        Self::Refused(
            "the address can't be read: write amqp://[USER:PASSWORD@]HOST[:PORT][/VHOST], \
             with %XX for characters that have a meaning in it"
                .to_owned(),
        )
    }
}

/// Without the password.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

#[cfg(test)]
mod tests;

//! Where a broker is: the addresses of Redis and RabbitMQ that a task's queue can have.

mod encode;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::{Host, Url};

use encode::{decoded, encoded};

/// Reads what follows the host.
type Place = fn(&Url) -> Result<Broker, ParseError>;

/// What stands for a password wherever an address is shown.
const MASK: &str = "***";

/// The address of a broker. Shown, its password is masked; [`text`](Self::text) and what serde writes have it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct BrokerAddress {
    broker: Broker,
    encryption: Encryption,
    host: String,
    port: u16,
    login: Option<Login>,
}

/// Which broker it is, and what it calls the place where the queues are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Broker {
    /// Redis.
    Redis {
        /// The number of its database.
        database: u32,
    },
    /// RabbitMQ.
    Amqp {
        /// The name of its virtual host.
        virtual_host: String,
    },
}

/// Whether others can read what goes over the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encryption {
    /// They can.
    Plain,
    /// TLS, with the certificates that the system trusts.
    Tls,
}

/// Whom the broker lets in.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Login {
    /// The user; Redis has one that needs no name.
    pub user: Option<String>,
    /// The password.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("user", &self.user)
            .field("password", &MASK)
            .finish()
    }
}

/// Why a text is not the address of a broker, and what to write instead. Never shows the text itself, which may
/// hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Another scheme, or none.
    #[error(
        "the address of a queue begins with redis://, rediss://, amqp:// or amqps://, as in redis://localhost"
    )]
    Scheme,
    /// No host.
    #[error(
        "the address names no host: write it after //, as in redis://localhost, an IPv6 address in brackets"
    )]
    NoHost,
    /// A host that can't be one.
    #[error(
        "the host of the address can't be read: write a name, an IPv4 address, or an IPv6 address in brackets, \
         and /, ?, #, @, [ and ] in a password as %2F, %3F, %23, %40, %5B and %5D"
    )]
    Host,
    /// A port that can't be one.
    #[error(
        "the port of the address is not a number from 1 to 65535; write /, ?, # and @ in a password as %2F, %3F, \
         %23 and %40"
    )]
    Port,
    /// A user, but no password.
    #[error("the address has a user and no password: write USER:PASSWORD@ before the host")]
    NoPassword,
    /// A password, but no user where one is needed.
    #[error("the address has a password and no user: write USER:PASSWORD@ before the host")]
    NoUser,
    /// Something else than the number of a database.
    #[error(
        "after its host the address of a Redis has the number of a database, as in redis://localhost/1"
    )]
    Database,
    /// More than one part.
    #[error(
        "the virtual host of the address has a / in it: write it as %2F, as in amqp://localhost/one%2Ftwo"
    )]
    VirtualHost,
    /// A name that addresses take for a step from place to place.
    #[error("no address can name the virtual host \".\" or \"..\": give it another name")]
    Dots,
    /// A query or a fragment.
    #[error(
        "the address has a ? or a # that means nothing here: leave it out, and write them in a password as %3F and %23"
    )]
    Extra,
    /// Bytes that are no text.
    #[error(
        "the address has a % that is not followed by two digits of UTF-8 text: write % itself as %25"
    )]
    Encoding,
}

impl BrokerAddress {
    /// Which broker it is, and where in it.
    #[must_use]
    pub fn broker(&self) -> &Broker {
        &self.broker
    }

    /// Whether the connection is encrypted.
    #[must_use]
    pub fn encryption(&self) -> Encryption {
        self.encryption
    }

    /// The host: a name or an address, IPv6 without its brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whom the broker lets in, if it asks.
    #[must_use]
    pub fn login(&self) -> Option<&Login> {
        self.login.as_ref()
    }

    /// The whole address, **with its password**. It reads back as the same address.
    #[must_use]
    pub fn text(&self) -> String {
        self.written(|password| encoded(password).to_string())
    }

    fn written(&self, password: impl Fn(&str) -> String) -> String {
        let login = self.login.as_ref().map_or(String::new(), |login| {
            let user = login.user.as_deref().map(encoded);
            let user = user.map_or(String::new(), |user| user.to_string());
            format!("{user}:{}@", password(&login.password))
        });
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        let port = if self.port == usual_port(&self.broker, self.encryption) {
            String::new()
        } else {
            format!(":{}", self.port)
        };
        let place = match &self.broker {
            Broker::Redis { database: 0 } => String::new(),
            Broker::Redis { database } => format!("/{database}"),
            Broker::Amqp { virtual_host } if virtual_host == "/" => String::new(),
            Broker::Amqp { virtual_host } => format!("/{}", encoded(virtual_host)),
        };
        format!("{}://{login}{host}{port}{place}", self.scheme())
    }

    fn scheme(&self) -> &'static str {
        match (&self.broker, self.encryption) {
            (Broker::Redis { .. }, Encryption::Plain) => "redis",
            (Broker::Redis { .. }, Encryption::Tls) => "rediss",
            (Broker::Amqp { .. }, Encryption::Plain) => "amqp",
            (Broker::Amqp { .. }, Encryption::Tls) => "amqps",
        }
    }
}

fn usual_port(broker: &Broker, encryption: Encryption) -> u16 {
    match (broker, encryption) {
        (Broker::Redis { .. }, Encryption::Plain | Encryption::Tls) => 6379,
        (Broker::Amqp { .. }, Encryption::Plain) => 5672,
        (Broker::Amqp { .. }, Encryption::Tls) => 5671,
    }
}

impl FromStr for BrokerAddress {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let scheme = text.split_once("://").map(|(scheme, _)| scheme);
        let (place, encryption): (Place, _) = match scheme.map(str::to_ascii_lowercase).as_deref() {
            Some("redis") => (database, Encryption::Plain),
            Some("rediss") => (database, Encryption::Tls),
            Some("amqp") => (virtual_host, Encryption::Plain),
            Some("amqps") => (virtual_host, Encryption::Tls),
            Some(_) | None => return Err(ParseError::Scheme),
        };
        let url = Url::parse(text).map_err(|error| match error {
            url::ParseError::EmptyHost => ParseError::NoHost,
            url::ParseError::InvalidPort => ParseError::Port,
            _ => ParseError::Host,
        })?;
        if has_dots(text) {
            return Err(ParseError::Dots);
        }
        let host = match url.host() {
            None => return Err(ParseError::NoHost),
            Some(Host::Domain(name)) if name.contains('%') => return Err(ParseError::Host),
            Some(Host::Domain(name)) => name.to_ascii_lowercase(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
        };
        if url.query().is_some() || url.fragment().is_some() {
            return Err(ParseError::Extra);
        }
        let broker = place(&url)?;
        let port = match url.port() {
            Some(0) => return Err(ParseError::Port),
            Some(port) => port,
            None => usual_port(&broker, encryption),
        };
        Ok(Self {
            login: login(&url, &broker)?,
            broker,
            encryption,
            host,
            port,
        })
    }
}

/// Whether a part of the path is `.` or `..`, which an address leaves out as it is read.
fn has_dots(text: &str) -> bool {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let path = rest.split_once('/').map_or("", |(_, path)| path);
    path.split('/').any(|part| {
        let plain = part.to_ascii_lowercase().replace("%2e", ".");
        plain == "." || plain == ".."
    })
}

fn login(url: &Url, broker: &Broker) -> Result<Option<Login>, ParseError> {
    let user = Some(url.username()).filter(|user| !user.is_empty());
    let password = url.password().filter(|password| !password.is_empty());
    match (user, password, broker) {
        (None, None, _) => Ok(None),
        (Some(_), None, _) => Err(ParseError::NoPassword),
        (None, Some(_), Broker::Amqp { .. }) => Err(ParseError::NoUser),
        (None, Some(password), Broker::Redis { .. }) => Ok(Some(Login {
            user: None,
            password: decoded(password)?,
        })),
        (Some(user), Some(password), _) => Ok(Some(Login {
            user: Some(decoded(user)?),
            password: decoded(password)?,
        })),
    }
}

fn database(url: &Url) -> Result<Broker, ParseError> {
    let database = match url.path().trim_start_matches('/') {
        "" => 0,
        digits if digits.bytes().all(|digit| digit.is_ascii_digit()) => {
            digits.parse().map_err(|_| ParseError::Database)?
        }
        _ => return Err(ParseError::Database),
    };
    Ok(Broker::Redis { database })
}

fn virtual_host(url: &Url) -> Result<Broker, ParseError> {
    let virtual_host = match url.path().strip_prefix('/').unwrap_or_default() {
        // Nobody has a virtual host without a name, and `/` is the usual one's.
        "" => "/".to_owned(),
        name if name.contains('/') => return Err(ParseError::VirtualHost),
        name => decoded(name)?,
    };
    Ok(Broker::Amqp { virtual_host })
}

impl fmt::Display for BrokerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.written(|_| MASK.to_owned()))
    }
}

impl fmt::Debug for BrokerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for BrokerAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for BrokerAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;

//! How a connection to a Redis is made: what its address and we ask for.

use std::time::Duration;

use longhaul_common::broker_address::{Broker, BrokerAddress, Encryption};
use redis::io::tcp::{TcpSettings, socket2::TcpKeepalive};
use redis::{Client, ConnectionAddr, IntoConnectionInfo, ProtocolVersion, RedisConnectionInfo};

use super::trouble::Trouble;

/// When the kernel begins to ask an idle connection's other end whether it is still there, and for how long it
/// sends what nobody receives.
const IDLE: Duration = Duration::from_secs(30);
const ASK_AGAIN: Duration = Duration::from_secs(10);

/// Makes connections to this address. Connects to nothing yet.
pub(super) fn client(address: &BrokerAddress) -> Result<Client, Trouble> {
    let Broker::Redis { database } = *address.broker() else {
        return Err(Trouble::Refused(
            "this is no address of a Redis: write redis://HOST".to_owned(),
        ));
    };
    let host = address.host().to_owned();
    let addr = match address.encryption() {
        Encryption::Plain => ConnectionAddr::Tcp(host, address.port()),
        Encryption::Tls => {
            // Whoever hosts us may have chosen another one before.
            let _ = rustls::crypto::ring::default_provider().install_default();
            ConnectionAddr::TcpTls {
                host,
                port: address.port(),
                insecure: false,
                tls_params: None,
            }
        }
    };
    let mut settings = RedisConnectionInfo::default()
        .set_protocol(ProtocolVersion::RESP3)
        .set_lib_name("longhaul", env!("CARGO_PKG_VERSION"))
        .set_db(database.into());
    if let Some(login) = address.login() {
        settings = settings.set_password(&login.password);
        if let Some(user) = &login.user {
            settings = settings.set_username(user);
        }
    }
    let keepalive = TcpKeepalive::new()
        .with_time(IDLE)
        .with_interval(ASK_AGAIN)
        .with_retries(3);
    let tcp = TcpSettings::default()
        .set_nodelay(true)
        .set_user_timeout(IDLE)
        .set_keepalive(keepalive);
    addr.into_connection_info()
        .map(|info| info.set_redis_settings(settings).set_tcp_settings(tcp))
        .and_then(Client::open)
        .map_err(|error| Trouble::of(&error))
}

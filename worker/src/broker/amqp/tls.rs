//! TLS, with the certificates that the system trusts.

use std::sync::{Arc, OnceLock};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::fault::Fault;

static TRUST: OnceLock<Arc<ClientConfig>> = OnceLock::new();

/// Seals the connection; the host must show a certificate that is its own.
pub(super) async fn seal(stream: TcpStream, host: &str) -> Result<TlsStream<TcpStream>, Fault> {
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| Fault::Refused(format!("no certificate can be for the host {host:?}")))?;
    let connector = TlsConnector::from(trust()?);
    connector.connect(name, stream).await.map_err(|error| {
        let inner = error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<rustls::Error>());
        let wrong = inner.is_some();
        if wrong {
            Fault::Refused(format!(
                "TLS: {error}; see to the port, and that this machine trusts the certificate \
                 (SSL_CERT_FILE names others)"
            ))
        } else {
            Fault::Unreachable(format!("TLS: {error}"))
        }
    })
}

/// Read once: it takes the system's file some milliseconds.
fn trust() -> Result<Arc<ClientConfig>, Fault> {
    if let Some(trust) = TRUST.get() {
        return Ok(Arc::clone(trust));
    }
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        return Err(Fault::Refused(
            "this machine trusts no certificate: install ca-certificates, or name a file of them in SSL_CERT_FILE"
                .to_owned(),
        ));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Fault::Refused(format!("TLS: {error}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::clone(TRUST.get_or_init(|| Arc::new(config))))
}

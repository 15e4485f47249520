//! Starting the lab's own servers on its machines.

use crate::dns::{self, QueryLog};
use crate::error::LabError;
use crate::http::{self, Answer, Request};
use crate::machine::Machine;
use crate::pki::ServerIdentity;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddrV4, TcpListener, UdpSocket};
use std::sync::Arc;
use std::thread;
use tokio_rustls::TlsAcceptor;

/// Starts a name server at `address` and returns the log of what it is asked.
///
/// # Errors
/// When the address cannot be bound.
pub(crate) fn name_server(
    machine: &Machine,
    address: Ipv4Addr,
    names: Vec<(&'static str, IpAddr)>,
) -> Result<QueryLog, LabError> {
    let log = QueryLog::default();
    let kept = log.clone();
    machine
        .run(move || {
            let socket = UdpSocket::bind(SocketAddrV4::new(address, 53))?;
            thread::Builder::new()
                .name("dns".to_owned())
                .spawn(move || dns::serve(&socket, &names, &kept))
                .map(drop)
        })?
        .map_err(LabError::io(format!("start a name server at {address}")))?;
    Ok(log)
}

/// Starts a web server at `address`.
///
/// # Errors
/// When the address cannot be bound.
pub(crate) fn web_server<F>(
    machine: &Machine,
    address: SocketAddrV4,
    tls: Option<TlsAcceptor>,
    answer: F,
) -> Result<(), LabError>
where
    F: Fn(&Request) -> Answer + Send + Sync + 'static,
{
    machine
        .run(move || {
            let listener = TcpListener::bind(address)?;
            listener.set_nonblocking(true)?;
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            thread::Builder::new()
                .name("http".to_owned())
                .spawn(move || {
                    runtime.block_on(async move {
                        if let Ok(listener) = tokio::net::TcpListener::from_std(listener) {
                            http::serve(listener, tls, answer).await;
                        }
                    });
                })
                .map(drop)
        })?
        .map_err(LabError::io(format!("start a web server at {address}")))
}

/// TLS with this certificate.
///
/// # Errors
/// When certificate and key do not fit.
pub(crate) fn acceptor(identity: &ServerIdentity) -> Result<TlsAcceptor, LabError> {
    let chain = CertificateDer::pem_slice_iter(identity.chain.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(LabError::other("read a certificate"))?;
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes())
        .map_err(LabError::other("read a private key"))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(LabError::other("set up TLS"))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(LabError::other("use a certificate"))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

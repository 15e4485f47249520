use crate::error::{Breach, Error};
use crate::tls_config::{TlsClient, TlsServer, WallClock};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConnection, Connection, ProtocolVersion, ServerConnection};
use spoke_moment::WallTime;
use std::io::{Read, Write};
use zeroize::Zeroizing;

/// The most plaintext that may wait to become a message: a key exchange with two long strings fits.
const PLAINTEXT_LIMIT: usize = 128 * 1024;

/// One TLS session of one key-id, driven by bytes.
pub(crate) struct Tls {
    connection: Connection,
    clock: WallClock,
    client: Option<TlsClient>,
}

impl Tls {
    /// The client's end; the first bytes to send are there at once.
    pub(crate) fn client(config: &TlsClient, name: ServerName<'static>) -> Result<Self, Error> {
        let connection = ClientConnection::new(config.config(), name).map_err(Error::tls)?;
        Ok(Self {
            connection: unbounded(connection.into()),
            clock: config.clock().clone(),
            client: Some(config.clone()),
        })
    }

    /// The server's end.
    pub(crate) fn server(config: &TlsServer) -> Result<Self, Error> {
        let connection = ServerConnection::new(config.config()).map_err(Error::tls)?;
        Ok(Self {
            connection: unbounded(connection.into()),
            clock: config.clock().clone(),
            client: None,
        })
    }

    /// Takes received TLS bytes and appends what they decrypt to to `plaintext`.
    pub(crate) fn read(
        &mut self,
        wall: WallTime,
        mut bytes: &[u8],
        plaintext: &mut Zeroizing<Vec<u8>>,
    ) -> Result<(), Error> {
        self.clock.set(wall);
        while !bytes.is_empty() {
            let taken = self
                .connection
                .read_tls(&mut bytes)
                .map_err(|_| Breach::TlsOverflow)?;
            if taken == 0 {
                return Err(Breach::TlsOverflow.into());
            }
            let state = self
                .connection
                .process_new_packets()
                .map_err(|error| self.explain(error))?;
            let count = state.plaintext_bytes_to_read();
            let closed = state.peer_has_closed();
            if count > 0 {
                take(&mut self.connection, count, plaintext)?;
            }
            if closed {
                return Err(Error::PeerClosedTls);
            }
        }
        Ok(())
    }

    /// Encrypts one message, in one record where it fits.
    pub(crate) fn write(&mut self, message: &[u8]) -> Result<(), Error> {
        // With no buffer limit set this cannot be cut short.
        self.connection
            .writer()
            .write_all(message)
            .map_err(|error| Error::Tls(error.to_string()))
    }

    /// All TLS bytes that are ready to be sent.
    pub(crate) fn output(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        while self.connection.wants_write() {
            // Writing to a vector does not fail.
            if self.connection.write_tls(&mut out).is_err() {
                break;
            }
        }
        out
    }

    pub(crate) fn is_handshaking(&self) -> bool {
        self.connection.is_handshaking()
    }

    /// What was agreed on: version and suite, as `TLSv1.3` and `TLS13_AES_256_GCM_SHA384`.
    pub(crate) fn agreed(&self) -> (String, String) {
        let version = match self.connection.protocol_version() {
            Some(ProtocolVersion::TLSv1_2) => "TLSv1.2".to_owned(),
            Some(ProtocolVersion::TLSv1_3) => "TLSv1.3".to_owned(),
            other => format!("{other:?}"),
        };
        let suite = self.connection.negotiated_cipher_suite();
        let suite = suite.map(|suite| format!("{:?}", suite.suite()));
        (version, suite.unwrap_or_default())
    }

    /// The peer's certificate and those above it, as verified.
    pub(crate) fn peer_certificates(&self) -> Vec<CertificateDer<'static>> {
        let shown = self.connection.peer_certificates().unwrap_or_default();
        shown.iter().map(|one| one.clone().into_owned()).collect()
    }

    /// 256 bytes of keying material, without a context.
    pub(crate) fn export(&self, label: &str) -> Result<Zeroizing<[u8; 256]>, Error> {
        let mut out = Zeroizing::new([0; 256]);
        self.connection
            .export_keying_material(&mut out[..], label.as_bytes(), None)
            .map_err(Error::tls)?;
        Ok(out)
    }

    fn explain(&self, error: rustls::Error) -> Error {
        match &self.client {
            Some(client) => client.explain(error),
            None => Error::tls(error),
        }
    }
}

fn unbounded(mut connection: Connection) -> Connection {
    connection.set_buffer_limit(None);
    connection
}

fn take(
    connection: &mut Connection,
    count: usize,
    plaintext: &mut Zeroizing<Vec<u8>>,
) -> Result<(), Error> {
    if plaintext.len() + count > PLAINTEXT_LIMIT {
        return Err(Breach::MessageTooLong {
            limit: PLAINTEXT_LIMIT,
        }
        .into());
    }
    grow(plaintext, count);
    let start = plaintext.len();
    plaintext.resize(start + count, 0);
    if let Some(space) = plaintext.get_mut(start..) {
        connection
            .reader()
            .read_exact(space)
            .map_err(|error| Error::Tls(error.to_string()))?;
    }
    Ok(())
}

/// Makes room by hand: a vector that grows by itself leaves copies of secrets behind.
fn grow(plaintext: &mut Zeroizing<Vec<u8>>, count: usize) {
    if plaintext.capacity() - plaintext.len() >= count {
        return;
    }
    let wanted = (plaintext.len() + count).max(2 * plaintext.capacity());
    let mut larger = Zeroizing::new(Vec::with_capacity(wanted));
    larger.extend_from_slice(plaintext);
    *plaintext = larger;
}

//! What a session of ours is told for a cell.

use crate::axes::{DataCipher, DataFormat, Derivation, SignIn, TlsVersion, Transport, Wrapping};
use crate::cell::Cell;
use crate::failure::Failure;
use crate::pki::SERVER;
use crate::place::Place;
use crate::seat::Seat;
use rustls_pki_types::ServerName;
use spoke_engine::trust::{ServerTrust, TrustConfig};
use spoke_engine::{
    Cipher, ClientConfig, ClientIdentity, ClientTrust, Digest, ServerConfig, Timing, TlsAuthKey,
    TlsVersions, TransportKind, tls_client_config, tls_server_config,
};
use spoke_wire::{AuthToken, Ifconfig, KeyDirection, PushReply, Topology};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

/// The token that our server gives out.
const TOKEN: &str = "SESS_ID_AT_c3Bva2UgaW50ZXJvcCB0b2tlbg==";

/// The client's end.
///
/// # Errors
/// When the engine refuses a part of it.
pub(crate) fn client(place: &Place, cell: &Cell) -> Result<ClientConfig, Failure> {
    let trust = ServerTrust::new(TrustConfig {
        roots: vec![place.pki.root.clone()],
        roots_from: "the run".to_owned(),
        pinned_sha1: None,
        names: vec![SERVER.to_owned()],
    })
    .map_err(Failure::during("trust the root"))?;
    let identity = cell
        .sign_in
        .has_certificate()
        .then(|| place.pki.client.identity());
    let tls = tls_client_config(Arc::new(trust), identity, versions(cell))
        .map_err(Failure::during("prepare TLS"))?;
    Ok(ClientConfig {
        transport: transport(cell),
        wrapping: wrapping(place, cell, KeyDirection::Inverse)?,
        tls,
        server_name: ServerName::try_from(SERVER).map_err(Failure::during("name the server"))?,
        ciphers: vec![cipher(cell)?],
        fallback_cipher: None,
        with_credentials: cell.sign_in.has_password(),
        tun_mtu: 1500,
        identity: ClientIdentity {
            version: "0.1".to_owned(),
            platform: "linux".to_owned(),
            program: "Spoke interop".to_owned(),
            modern: cell.derivation == Derivation::Exporter || cell.format != DataFormat::V1,
            can_be_asked: false,
            variables: Vec::new(),
            options_override: None,
            peer_info_override: None,
        },
        timing: timing(),
    })
}

/// The server's end.
///
/// # Errors
/// When the engine refuses a part of it.
pub(crate) fn server(place: &Place, cell: &Cell) -> Result<ServerConfig, Failure> {
    let roots = match cell.sign_in.has_certificate() {
        true => vec![place.pki.root.clone()],
        false => Vec::new(),
    };
    let clients = ClientTrust {
        roots,
        ..ClientTrust::default()
    };
    let tls = tls_server_config(place.pki.server.identity(), clients, versions(cell))
        .map_err(Failure::during("prepare TLS"))?;
    Ok(ServerConfig {
        transport: transport(cell),
        wrapping: wrapping(place, cell, KeyDirection::Normal)?,
        tls,
        ciphers: vec![cipher(cell)?],
        fallback_cipher: None,
        peer_id: 7,
        tun_mtu: 1500,
        timing: timing(),
    })
}

/// What our server tells the client.
#[must_use]
pub(crate) fn push(cell: &Cell, seat: Seat) -> PushReply {
    PushReply {
        topology: Some(Topology::Subnet),
        ifconfig: Some(Ifconfig {
            local: seat.client(),
            mask_or_remote: Ipv4Addr::new(255, 255, 255, 0),
        }),
        route_gateway: Some(seat.server()),
        ping: Some(2),
        ping_restart: Some(60),
        auth_token: (cell.sign_in == SignIn::Token).then(|| AuthToken::new(TOKEN)),
        ..PushReply::default()
    }
}

fn timing() -> Timing {
    Timing {
        ping: Some(Duration::from_secs(2)),
        ..Timing::default()
    }
}

const fn transport(cell: &Cell) -> TransportKind {
    match cell.transport {
        Transport::Tcp => TransportKind::Tcp,
        Transport::Udp => TransportKind::Udp,
    }
}

const fn versions(cell: &Cell) -> TlsVersions {
    match cell.tls {
        TlsVersion::Tls12 => TlsVersions::Only12,
        TlsVersion::Tls13 => TlsVersions::Only13,
    }
}

fn cipher(cell: &Cell) -> Result<Cipher, Failure> {
    match cell.cipher {
        DataCipher::Aes256Gcm => Ok(Cipher::Aes256Gcm),
        DataCipher::Aes128Gcm => Ok(Cipher::Aes128Gcm),
        DataCipher::ChaCha20Poly1305 => Ok(Cipher::ChaCha20Poly1305),
        DataCipher::Aes192Gcm | DataCipher::Aes256Cbc | DataCipher::Aes128Cbc => {
            Err(Failure::new("the engine has no such cipher"))
        }
    }
}

fn wrapping(
    place: &Place,
    cell: &Cell,
    direction: KeyDirection,
) -> Result<spoke_engine::Wrapping, Failure> {
    match cell.wrapping {
        Wrapping::None => Ok(spoke_engine::Wrapping::None),
        Wrapping::AuthSha1 | Wrapping::AuthSha256 | Wrapping::AuthSha512 => {
            Ok(spoke_engine::Wrapping::TlsAuth(TlsAuthKey {
                key: place.static_key.clone(),
                digest: Digest::from_name(cell.digest())
                    .ok_or_else(|| Failure::new("the engine has no such digest"))?,
                direction,
            }))
        }
        Wrapping::Crypt | Wrapping::CryptV2 => Err(Failure::new("the engine has no such wrapping")),
    }
}

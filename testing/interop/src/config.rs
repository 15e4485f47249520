//! What a session of ours is told for a cell.

use crate::axes::{
    DataFormat, Derivation, Framing, Renegotiation, SignIn, TlsVersion, Transport, Wrapping,
};
use crate::cell::Cell;
use crate::failure::Failure;
use crate::pki::SERVER;
use crate::place::Place;
use crate::seat::Seat;
use rustls_pki_types::ServerName;
use spoke_engine::trust::{ServerTrust, TrustConfig};
use spoke_engine::{
    Cipher, ClientConfig, ClientIdentity, ClientKeyPolicy, ClientTrust, Digest, ServerConfig,
    Timing, TlsAuthKey, TlsCryptV2Server, TlsVersions, TransportKind, tls_client_config,
    tls_server_config,
};
use spoke_wire::{
    AuthToken, Compression, Ifconfig, KeyDirection, PeerInfo, ProtocolBits, PushReply, Topology,
};
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
        requirements: spoke_engine::trust::Requirements::default(),
    })
    .map_err(Failure::during("trust the root"))?;
    let identity = cell
        .sign_in
        .has_certificate()
        .then(|| place.pki.client.identity());
    let tls = tls_client_config(Arc::new(trust), identity, versions(cell))
        .map_err(Failure::during("prepare TLS"))?;
    // What the engine itself says when it is to be like an early client, else bit by bit.
    let old = cell.derivation == Derivation::Prf
        && cell.format == DataFormat::V1
        && !cell.renegotiation.is_dynamic();
    Ok(ClientConfig {
        transport: transport(cell),
        wrapping: wrapping(place, cell, KeyDirection::Inverse)?,
        tls,
        server_name: ServerName::try_from(SERVER).map_err(Failure::during("name the server"))?,
        ciphers: vec![cipher(cell)?],
        fallback_cipher: None,
        auth: digest(cell)?,
        framing: None,
        with_credentials: cell.sign_in.has_password(),
        push_filter: spoke_wire::PushFilter::default(),
        tun_mtu: 1500,
        identity: ClientIdentity {
            version: "0.1".to_owned(),
            platform: "linux".to_owned(),
            program: "Spoke interop".to_owned(),
            modern: !old,
            can_be_asked: false,
            variables: Vec::new(),
            options_override: None,
            peer_info_override: (!old).then(|| peer_info(cell)),
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
        auth: digest(cell)?,
        peer_id: 7,
        withheld: withheld(cell),
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
        compression: match cell.framing {
            Framing::None => None,
            Framing::Lzo => Some(Compression::LzoStub),
            Framing::Stub => Some(Compression::Stub),
            Framing::StubV2 => Some(Compression::StubV2),
        },
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

/// What a client that can do everything says, less what the cell does without.
fn peer_info(cell: &Cell) -> String {
    let all = ProtocolBits::DATA_V2
        | ProtocolBits::REQUEST_PUSH
        | ProtocolBits::TLS_KEY_EXPORT
        | ProtocolBits::AUTH_PENDING
        | ProtocolBits::DNS_OPTION
        | ProtocolBits::EXIT_MESSAGE
        | ProtocolBits::AUTH_FAILED_TEMP
        | ProtocolBits::DYNAMIC_TLS_CRYPT
        | ProtocolBits::DATA_EPOCH
        | ProtocolBits::DNS_OPTION_V2
        | ProtocolBits::PUSH_UPDATE;
    PeerInfo::default()
        .with("IV_VER", "0.1")
        .with("IV_PLAT", "linux")
        .with("IV_TCPNL", "1")
        .with("IV_MTU", "1600")
        .with("IV_NCP", "2")
        .with("IV_CIPHERS", cell.cipher.name())
        .with("IV_PROTO", &all.without(withheld(cell)).0.to_string())
        .to_string()
}

/// Abilities that the cell does without.
fn withheld(cell: &Cell) -> ProtocolBits {
    let fixed = matches!(
        cell.renegotiation,
        Renegotiation::Client | Renegotiation::Server
    );
    let withheld = [
        (
            cell.derivation == Derivation::Prf,
            ProtocolBits::TLS_KEY_EXPORT,
        ),
        (cell.format == DataFormat::V1, ProtocolBits::DATA_V2),
        (cell.format != DataFormat::Epoch, ProtocolBits::DATA_EPOCH),
        (fixed, ProtocolBits::DYNAMIC_TLS_CRYPT),
    ];
    withheld
        .into_iter()
        .filter(|(without, _)| *without)
        .fold(ProtocolBits::default(), |all, (_, bit)| all | bit)
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
    let cipher = cell.cipher.name().parse();
    cipher.map_err(Failure::during("choose the cipher"))
}

fn digest(cell: &Cell) -> Result<Digest, Failure> {
    Digest::from_name(cell.digest()).ok_or_else(|| Failure::new("the engine has no such digest"))
}

fn wrapping(
    place: &Place,
    cell: &Cell,
    direction: KeyDirection,
) -> Result<spoke_engine::Wrapping, Failure> {
    let server = direction == KeyDirection::Normal;
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
        Wrapping::Crypt => Ok(spoke_engine::Wrapping::TlsCrypt(place.static_key.clone())),
        Wrapping::CryptV2 if server => {
            Ok(spoke_engine::Wrapping::TlsCryptV2Server(TlsCryptV2Server {
                key: place.v2_server.clone(),
                accepts: ClientKeyPolicy::Any,
            }))
        }
        Wrapping::CryptV2 => Ok(spoke_engine::Wrapping::TlsCryptV2Client(
            place.v2_client.clone(),
        )),
    }
}

use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use spoke_api::PrivateKey;
use spoke_engine::trust::{ServerTrust, TrustConfig};
use spoke_engine::{
    Cipher, ClientConfig, ClientIdentity, CompressionPolicy, Digest, Identity, Timing, TlsAuthKey,
    TlsVersions, TransportKind, Wrapping, tls_client_config,
};
use spoke_profile::{
    ControlWrapping, EMBEDDED_ROOTS, FilterAction, Profile, Protocol, Server, ServerCheck, SignIn,
    Thumbprint, Transport,
};
use spoke_supervisor::Ending;
use spoke_wire::{FilterRule, KeyDirection, PushFilter, StaticKey};
use std::sync::Arc;

/// MTU of a tunnel unless the profile says otherwise, in bytes.
const TUN_MTU: u16 = 1500;

/// What a session with `server` is to be like. May read the system's certificate
/// store, and so blocks.
pub(crate) fn client_config(
    profile: &Profile,
    server: &Server,
    compat: bool,
    private_key: Option<&PrivateKey>,
    can_be_asked: bool,
) -> Result<ClientConfig, Ending> {
    let check = &profile.server_check;
    let trust = ServerTrust::new(TrustConfig {
        roots: roots(check),
        roots_from: roots_from(check).to_owned(),
        pinned_sha1: pin(check).map(|thumbprint| thumbprint.0),
        names: profile.accepted_names(server),
    })
    .map_err(|error| Ending::Untrustable(error.to_string()))?;
    let tls = tls_client_config(
        Arc::new(trust),
        shown(profile, private_key)?,
        TlsVersions::Any,
    )
    .map_err(|error| Ending::Session(Box::new(error)))?;
    let server_name = ServerName::try_from(server.host.clone())
        .map_err(|_| Ending::Local(format!("{} is no host name", server.host)))?;
    Ok(ClientConfig {
        transport: match profile.transport_of(server) {
            Transport::Tcp => TransportKind::Tcp,
            Transport::Udp => TransportKind::Udp,
        },
        wrapping: wrapping(&check.wrapping)?,
        tls,
        server_name,
        ciphers: Cipher::DEFAULT.to_vec(),
        fallback_cipher: Some(Cipher::Aes256Gcm),
        auth: Digest::Sha256,
        compression: CompressionPolicy::default(),
        with_credentials: profile.sign_in != SignIn::Certificate,
        push_filter: push_filter(&profile.protocol),
        tun_mtu: profile.mtu.unwrap_or(TUN_MTU),
        identity: ClientIdentity {
            can_be_asked,
            variables: profile.protocol.peer_info.clone(),
            ..identity(compat)
        },
        timing: Timing::default(),
    })
}

/// The certificate that is shown to the gateway, and its key.
fn shown(profile: &Profile, key: Option<&PrivateKey>) -> Result<Option<Identity>, Ending> {
    let chain = profile.client_certificate.as_ref().map(|one| &one.chain);
    let (Some(chain), Some(key)) = (chain, key) else {
        return Ok(None);
    };
    let key = PrivateKeyDer::try_from(key.expose())
        .map_err(|why| Ending::Local(format!("the client certificate's key: {why}")))?;
    Ok(Some(Identity {
        chain: chain.iter().cloned().map(CertificateDer::from).collect(),
        key: key.clone_key(),
    }))
}

/// What this client says of itself: the truth, or what Azure's own Linux client was
/// seen to say, byte for byte, for gateways that accept nothing else.
fn identity(compat: bool) -> ClientIdentity {
    const OPTIONS: &str = "V4,dev-type tun,link-mtu 1500,tun-mtu 1551,proto TCPv4_CLIENT,keydir 1,\
        cipher AES-256-GCM,auth [null-digest],keysize 256,tls-auth,key-method 2,tls-client";
    const PEER_INFO: &str =
        "IV_VER=AzMac IV_PLAT=0.1 IV_PROTO=1 IV_PLAT_VER= IV_PLAT_DEVICE_ID=x64";
    ClientIdentity {
        // The protocol level that the engine is built to (OpenVPN 2.6's).
        version: "2.6.0".to_owned(),
        platform: "linux".to_owned(),
        program: concat!("Spoke_", env!("CARGO_PKG_VERSION")).to_owned(),
        modern: !compat,
        can_be_asked: false,
        variables: Vec::new(),
        options_override: compat.then(|| OPTIONS.to_owned()),
        peer_info_override: compat.then(|| PEER_INFO.to_owned()),
    }
}

/// What the profile lets the gateway push.
fn push_filter(protocol: &Protocol) -> PushFilter {
    let rules = protocol.pull_filters.iter().map(|filter| {
        let rule = match filter.action {
            FilterAction::Accept => FilterRule::Accept,
            FilterAction::Ignore => FilterRule::Ignore,
            FilterAction::Reject => FilterRule::Reject,
        };
        (rule, filter.text.clone())
    });
    PushFilter {
        rules: rules.collect(),
        no_routes: protocol.route_nopull,
    }
}

fn wrapping(wrapping: &ControlWrapping) -> Result<Wrapping, Ending> {
    match wrapping {
        ControlWrapping::None => Ok(Wrapping::None),
        ControlWrapping::TlsAuth {
            key,
            direction,
            digest: spoke_profile::Digest::Sha256,
        } => Ok(Wrapping::TlsAuth(TlsAuthKey {
            key: StaticKey::from_bytes(key.expose()),
            digest: Digest::Sha256,
            direction: match direction {
                spoke_profile::KeyDirection::Normal => KeyDirection::Normal,
                spoke_profile::KeyDirection::Inverse => KeyDirection::Inverse,
                spoke_profile::KeyDirection::Both => KeyDirection::Both,
            },
        })),
        other => Err(Ending::Local(format!(
            "the wrapping {} cannot be used",
            other.name()
        ))),
    }
}

/// The thumbprint that the chain must end at. A profile that names one means it,
/// unless it says otherwise.
fn pin(check: &ServerCheck) -> Option<Thumbprint> {
    check
        .root_sha1
        .filter(|_| check.use_pinned_root.unwrap_or(true))
}

/// Certificates that may be the root. The system's store is read only when it is
/// needed: it takes megabytes and milliseconds.
fn roots(check: &ServerCheck) -> Vec<CertificateDer<'static>> {
    let mut roots: Vec<CertificateDer<'static>> = check
        .root_certificates
        .iter()
        .map(|der| CertificateDer::from(der.clone()))
        .collect();
    let pin = pin(check);
    let embedded = EMBEDDED_ROOTS
        .iter()
        .map(|root| CertificateDer::from(root.der));
    roots.extend(embedded.filter(|_| pin.is_some()));
    let found = pin.is_some_and(|pin| roots.iter().any(|root| Thumbprint::of(root) == pin));
    if !found {
        let system = rustls_native_certs::load_native_certs();
        for error in &system.errors {
            tracing::warn!("the system's certificate store: {error}");
        }
        roots.extend(system.certs);
    }
    roots
}

fn roots_from(check: &ServerCheck) -> &'static str {
    match pin(check) {
        Some(_) => "the profile, Spoke or the system's certificate store",
        None => "the system's certificate store",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spoke_profile::{ControlWrapping, ServerSecret};

    fn check(root: Option<Thumbprint>) -> ServerCheck {
        let wrapping = ControlWrapping::azure(ServerSecret::new([1; 256].into()));
        ServerCheck {
            root_sha1: root,
            ..ServerCheck::new(wrapping)
        }
    }

    #[test]
    fn a_pinned_digicert_root_needs_no_system_store() {
        let check = check(Some(EMBEDDED_ROOTS[0].sha1));
        assert_eq!(roots(&check).len(), EMBEDDED_ROOTS.len());
        assert_eq!(pin(&check), check.root_sha1);
    }

    #[test]
    fn the_profile_may_say_that_any_system_root_will_do() {
        let mut check = check(Some(EMBEDDED_ROOTS[0].sha1));
        check.use_pinned_root = Some(false);
        assert_eq!(pin(&check), None);
    }
}

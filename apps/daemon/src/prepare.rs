use crate::prepare_trust;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use spoke_api::PrivateKey;
use spoke_engine::{
    Cipher, ClientConfig, ClientIdentity, Digest, Identity, Timing, TlsAuthKey, TlsVersions,
    TransportKind, Wrapping, tls_client_config_of,
};
use spoke_profile::{
    ControlWrapping, DataCipher, FilterAction, Framing, Profile, Protocol, Server, SignIn,
    TlsLimits, TlsVersion, Transport,
};
use spoke_supervisor::Ending;
use spoke_wire::{
    Compression, FilterRule, Inactive, KeyDirection, PushFilter, StaticKey, TlsCryptV2ClientKey,
};
use std::sync::Arc;
use std::time::Duration;

/// MTU of a tunnel unless the profile says otherwise, in bytes.
const TUN_MTU: u16 = 1500;

/// `ping-restart` of a client that is told nothing, in seconds (OpenVPN 2.6).
const PULLED_PING_RESTART: u32 = 120;

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
    let protocol = &profile.protocol;
    let trust = prepare_trust::server_trust(profile, server)
        .map_err(|error| Ending::Untrustable(error.to_string()))?;
    let tls = tls_client_config_of(
        Arc::new(trust),
        shown(profile, private_key)?,
        tls_versions(&protocol.tls),
        &protocol.tls.cipher_suites,
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
        ciphers: protocol.data_ciphers.iter().copied().map(cipher).collect(),
        fallback_cipher: protocol.fallback_cipher.map(cipher),
        auth: digest(protocol.digest),
        framing: framing(protocol.framing),
        with_credentials: profile.sign_in != SignIn::Certificate,
        push_filter: push_filter(&profile.protocol),
        tun_mtu: profile.mtu.unwrap_or(TUN_MTU),
        identity: ClientIdentity {
            can_be_asked,
            variables: profile.protocol.peer_info.clone(),
            ..identity(compat)
        },
        timing: timing(profile),
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
    Ok(match wrapping {
        ControlWrapping::None => Wrapping::None,
        ControlWrapping::TlsAuth {
            key,
            direction,
            digest: auth,
        } => Wrapping::TlsAuth(TlsAuthKey {
            key: StaticKey::from_bytes(key.expose()),
            digest: digest(*auth),
            direction: match direction {
                spoke_profile::KeyDirection::Normal => KeyDirection::Normal,
                spoke_profile::KeyDirection::Inverse => KeyDirection::Inverse,
                spoke_profile::KeyDirection::Both => KeyDirection::Both,
            },
        }),
        ControlWrapping::TlsCrypt { key } => {
            Wrapping::TlsCrypt(StaticKey::from_bytes(key.expose()))
        }
        ControlWrapping::TlsCryptV2 { client_key } => {
            let key = TlsCryptV2ClientKey::from_bytes(client_key.expose());
            let key = key.map_err(|why| Ending::Local(format!("the tls-crypt-v2 key: {why}")))?;
            Wrapping::TlsCryptV2Client(key)
        }
    })
}

const fn digest(digest: spoke_profile::Digest) -> Digest {
    match digest {
        spoke_profile::Digest::Sha1 => Digest::Sha1,
        spoke_profile::Digest::Sha224 => Digest::Sha224,
        spoke_profile::Digest::Sha256 => Digest::Sha256,
        spoke_profile::Digest::Sha384 => Digest::Sha384,
        spoke_profile::Digest::Sha512 => Digest::Sha512,
    }
}

const fn cipher(cipher: DataCipher) -> Cipher {
    match cipher {
        DataCipher::Aes256Gcm => Cipher::Aes256Gcm,
        DataCipher::Aes192Gcm => Cipher::Aes192Gcm,
        DataCipher::Aes128Gcm => Cipher::Aes128Gcm,
        DataCipher::ChaCha20Poly1305 => Cipher::ChaCha20Poly1305,
        DataCipher::Aes256Cbc => Cipher::Aes256Cbc,
        DataCipher::Aes192Cbc => Cipher::Aes192Cbc,
        DataCipher::Aes128Cbc => Cipher::Aes128Cbc,
    }
}

const fn framing(framing: Framing) -> Option<Compression> {
    match framing {
        Framing::None => None,
        Framing::CompLzo => Some(Compression::LzoStub),
        Framing::Stub => Some(Compression::Stub),
        Framing::StubV2 => Some(Compression::StubV2),
    }
}

fn tls_versions(limits: &TlsLimits) -> TlsVersions {
    match (limits.min, limits.max) {
        (Some(TlsVersion::V13), _) => TlsVersions::Only13,
        (_, Some(TlsVersion::V12)) => TlsVersions::Only12,
        _ => TlsVersions::Any,
    }
}

/// The timers of the profile; what it does not say is as OpenVPN has it.
fn timing(profile: &Profile) -> Timing {
    let timers = &profile.protocol.timers;
    let seconds = |seconds: u32| Duration::from_secs(u64::from(seconds));
    let unless_off = |time: u32| (time > 0).then(|| seconds(time));
    let mut timing = Timing::default();
    if profile.server_check.requirements.own_roots_only {
        // A gateway of OpenVPN that pings says so itself.
        timing.ping = None;
        timing.ping_restart = Some(seconds(PULLED_PING_RESTART));
    }
    if let Some(time) = timers.hand_window {
        timing.hand_window = seconds(time.max(1));
    }
    if let Some(time) = timers.tran_window {
        timing.transition_window = seconds(time);
    }
    if let Some(time) = timers.reneg_sec {
        timing.renegotiate_after = unless_off(time);
    }
    if let Some(time) = timers.ping {
        timing.ping = unless_off(time);
    }
    if let Some(time) = timers.ping_restart {
        timing.ping_restart = unless_off(time);
    }
    timing.renegotiate_bytes = timers.reneg_bytes.filter(|&bytes| bytes > 0);
    timing.ping_exit = timers.ping_exit.and_then(unless_off);
    timing.inactive = timers
        .inactive
        .map(|(seconds, bytes)| Inactive { seconds, bytes });
    timing.session_timeout = timers.session_timeout;
    timing.explicit_exit_notify = timers.explicit_exit_notify;
    timing
}

#[cfg(test)]
mod tests {
    use super::*;
    use spoke_profile::{Profile, ReadOptions, read};

    fn profile(lines: &str) -> Profile {
        let ca = include_str!("../../../core/profile/tests/ovpn/ca.crt");
        let text = format!("client\nremote 192.0.2.1\nauth-user-pass\n<ca>\n{ca}</ca>\n{lines}\n");
        let reading = read(text.as_bytes(), &ReadOptions::default());
        reading.unwrap().profile
    }

    fn config(lines: &str) -> ClientConfig {
        let profile = profile(lines);
        client_config(&profile, &profile.servers[0], false, None, false).unwrap()
    }

    #[test]
    fn what_a_file_says_reaches_the_session() {
        let plain = config("");
        assert!(matches!(plain.wrapping, Wrapping::None));
        assert!(matches!(plain.transport, TransportKind::Udp));
        assert_eq!(plain.fallback_cipher, None);
        assert_eq!(plain.auth, Digest::Sha1);
        assert_eq!(plain.timing.ping, None);
        assert_eq!(plain.timing.ping_restart, Some(Duration::from_secs(120)));
        assert!(plain.with_credentials);

        let full = config(
            "proto tcp\ncipher AES-256-CBC\nauth SHA512\ncomp-lzo no\n\
             keepalive 5 30\nping-exit 90\ninactive 600 10\nsession-timeout 900\nreneg-sec 0\n\
             explicit-exit-notify 3\nreneg-bytes 5000\nhand-window 30\ntran-window 900\nsetenv UV_A b\n\
             pull-filter ignore route\nroute-nopull\ntun-mtu 1400",
        );
        assert!(matches!(full.transport, TransportKind::Tcp));
        assert_eq!(full.fallback_cipher, Some(Cipher::Aes256Cbc));
        assert_eq!(full.ciphers.last(), Some(&Cipher::Aes256Cbc));
        assert_eq!(full.auth, Digest::Sha512);
        assert_eq!(full.framing, Some(Compression::LzoStub));
        assert_eq!(full.tun_mtu, 1400);
        let seconds = Duration::from_secs;
        let timing = full.timing;
        assert_eq!(
            (timing.ping, timing.ping_restart),
            (Some(seconds(5)), Some(seconds(30)))
        );
        assert_eq!(timing.ping_exit, Some(seconds(90)));
        assert_eq!(
            timing.inactive,
            Some(Inactive {
                seconds: 600,
                bytes: 10
            })
        );
        assert_eq!(timing.session_timeout, Some(900));
        assert_eq!(timing.explicit_exit_notify, Some(3));
        assert_eq!(
            (timing.renegotiate_after, timing.renegotiate_bytes),
            (None, Some(5000))
        );
        assert_eq!(
            (timing.hand_window, timing.transition_window),
            (seconds(30), seconds(900))
        );
        assert_eq!(
            full.identity.variables,
            [("UV_A".to_owned(), "b".to_owned())]
        );
        assert_eq!(full.push_filter.rules.len(), 1);
        assert!(full.push_filter.no_routes);
    }

    #[test]
    fn every_wrapping_and_limit_of_tls_can_be_prepared() {
        let static_key = include_str!("../../../core/profile/tests/ovpn/ta.key");
        let file = include_str!("../../../core/profile/tests/ovpn/access-server.ovpn");
        let v2 = file.split("<tls-crypt-v2>").nth(1).unwrap();
        let v2 = v2.split("</tls-crypt-v2>").next().unwrap();
        let auth = config(&format!(
            "auth SHA384\nkey-direction 0\n<tls-auth>\n{static_key}</tls-auth>"
        ));
        assert!(matches!(
            &auth.wrapping,
            Wrapping::TlsAuth(key) if key.digest == Digest::Sha384 && key.direction == KeyDirection::Normal
        ));
        let crypt = config(&format!("<tls-crypt>\n{static_key}</tls-crypt>"));
        assert!(matches!(crypt.wrapping, Wrapping::TlsCrypt(_)));
        let own = config(&format!("<tls-crypt-v2>{v2}</tls-crypt-v2>"));
        assert!(matches!(own.wrapping, Wrapping::TlsCryptV2Client(_)));

        let versions = |lines: &str| tls_versions(&profile(lines).protocol.tls);
        assert_eq!(versions("tls-version-min 1.3"), TlsVersions::Only13);
        assert_eq!(versions("tls-version-max 1.2"), TlsVersions::Only12);
        assert_eq!(versions("tls-version-min 1.2"), TlsVersions::Any);
        config("tls-ciphersuites TLS_AES_128_GCM_SHA256\ntls-version-min 1.3");
        // Suites of the other version say nothing of this one; those of none leave nothing.
        config("tls-ciphersuites TLS_AES_128_GCM_SHA256\ntls-version-max 1.2");
        let mut unknown = profile("tls-version-max 1.2");
        unknown.protocol.tls.cipher_suites = vec!["TLS_FAST_AND_LOOSE".to_owned()];
        let server = &unknown.servers[0];
        assert!(client_config(&unknown, server, false, None, false).is_err());
    }
}

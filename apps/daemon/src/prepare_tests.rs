//! What a gateway is told in a key exchange, with `compat` and without.

use crate::prepare::client_config;
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use rustls_pki_types::PrivateKeyDer;
use spoke_engine::{
    Check, Cipher, ClientConfig, ClientTrust, Credentials, Digest, Entropy, Identity, Output,
    ServerConfig, Session, Timing, TlsVersions, TransportKind, Wrapping, tls_server_config,
};
use spoke_moment::{Moment, WallTime};
use spoke_profile::{ReadOptions, read};
use spoke_wire::ProtocolBits;
use zeroize::Zeroizing;

/// Captured from the engine of Azure's own Linux client, byte for byte.
const OPTIONS: &str = concat!(
    "V4,dev-type tun,link-mtu 1500,tun-mtu 1551,proto TCPv4_CLIENT,keydir 1,",
    "cipher AES-256-GCM,auth [null-digest],keysize 256,tls-auth,key-method 2,tls-client",
);

/// Likewise: one line, with spaces where OpenVPN has ends of lines, and none at its end.
const PEER_INFO: [(&str, &str); 1] = [(
    "IV_VER",
    "AzMac IV_PLAT=0.1 IV_PROTO=1 IV_PLAT_VER= IV_PLAT_DEVICE_ID=x64",
)];

struct Counting(u8);

impl Entropy for Counting {
    fn fill(&mut self, out: &mut [u8]) {
        for byte in out {
            self.0 = self.0.wrapping_mul(77).wrapping_add(89);
            *byte = self.0;
        }
    }
}

/// A gateway's certificate, and the root above it as text.
fn certificates() -> (Identity, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = params.self_signed(&key).unwrap();
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["gateway.test".to_owned()]).unwrap();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let leaf = params.signed_by(&key, &issuer).unwrap();
    let identity = Identity {
        chain: vec![leaf.der().clone()],
        key: PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
    };
    (identity, root.pem())
}

fn config(compat: bool, root: &str) -> ClientConfig {
    let text =
        format!("client\nproto tcp\nremote gateway.test 443\nauth-user-pass\n<ca>\n{root}</ca>\n");
    let profile = read(text.as_bytes(), &ReadOptions::default())
        .unwrap()
        .profile;
    client_config(&profile, &profile.servers[0], compat, None, true).unwrap()
}

/// Plays the key exchange, and gives what the gateway hears in it.
fn heard(client: ClientConfig, gateway: Identity) -> Check {
    let server = ServerConfig {
        transport: TransportKind::Tcp,
        wrapping: Wrapping::None,
        tls: tls_server_config(gateway, ClientTrust::default(), TlsVersions::Any).unwrap(),
        ciphers: Cipher::ALL.to_vec(),
        fallback_cipher: None,
        auth: Digest::Sha256,
        peer_id: 7,
        withheld: ProtocolBits::default(),
        tun_mtu: 1500,
        timing: Timing::default(),
    };
    let (now, wall) = (Moment::ORIGIN, WallTime::from_unix(1_795_426_113));
    let mut client = Session::client(client, Box::new(Counting(1)), now, wall);
    let mut server = Session::server(server, Box::new(Counting(2)), now, wall);
    for _ in 0..100 {
        while let Some(output) = client.poll() {
            match output {
                Output::Packet(packet) => server.handle_packet(now, wall, &packet),
                Output::CredentialsWanted { .. } => {
                    let credentials = Credentials {
                        username: "somebody".to_owned(),
                        password: Zeroizing::new("secret".to_owned()),
                    };
                    client.supply_credentials(now, credentials);
                }
                Output::Closed(closed) => panic!("{closed:?}"),
                _ => {}
            }
        }
        while let Some(output) = server.poll() {
            match output {
                Output::Packet(packet) => client.handle_packet(now, wall, &packet),
                Output::CheckCredentials(check) => return check,
                Output::Closed(closed) => panic!("{closed:?}"),
                _ => {}
            }
        }
    }
    panic!("no key exchange");
}

#[test]
fn compat_says_what_was_captured_and_nothing_else() {
    let (gateway, root) = certificates();
    let config = config(true, &root);
    let [(name, value)] = PEER_INFO;
    let sent = config.identity.peer_info_override.clone();
    assert_eq!(sent, Some(format!("{name}={value}")));
    let check = heard(config, gateway);
    assert_eq!(check.options, OPTIONS);
    assert_eq!(check.peer_info.lines().collect::<Vec<_>>(), PEER_INFO);
}

#[test]
fn without_compat_a_gateway_is_told_the_truth() {
    let (gateway, root) = certificates();
    let check = heard(config(false, &root), gateway);
    assert!(
        check.options.contains(",link-mtu 1551,tun-mtu 1500,"),
        "{}",
        check.options
    );
    let told = |name| check.peer_info.value(name);
    assert_eq!(told("IV_PLAT"), Some("linux"));
    let program = concat!("Spoke_", env!("CARGO_PKG_VERSION"));
    assert_eq!(told("IV_GUI_VER"), Some(program));
    assert!(check.peer_info.protocol().has(ProtocolBits::TLS_KEY_EXPORT));
}

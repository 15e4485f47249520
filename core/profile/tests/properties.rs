//! Laws: exports read back equal, what is read is in normal form, and no bytes make
//! the reader panic.

#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

mod common;

use ipnet::IpNet;
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use spoke_profile::{
    Assignment, CertificateDigest, CertificateRequirements, ClientCertificate, ClientKey, Compat,
    ControlWrapping, DataCipher, Digest, Dns, EMBEDDED_ROOTS, Entra, ExportOptions, FilterAction,
    Fingerprint, Framing, KEYS, KeyDirection, MssFix, NameCheck, Profile, Protocol, Proxy,
    ProxyKind, PullFilter, ReadOptions, RedirectGateway, Server, ServerCheck, ServerSecret, SignIn,
    StaticChallenge, Thumbprint, Timers, Transport, export_azure, export_spoke, open_package,
    options_of, read,
};
use std::net::IpAddr;

const WITH_SECRET: ExportOptions = ExportOptions { with_secret: true };
const WITHOUT_SECRET: ExportOptions = ExportOptions { with_secret: false };

fn line() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9äß漢&<>\"'\\]_-]([a-zA-Z0-9äß漢&<>\"'\\] _-]{0,20}[a-zA-Z0-9é>&-])?"
        .prop_filter("the word None means no profile", |text| {
            !text.eq_ignore_ascii_case("none")
        })
}

fn host() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?(\\.[a-z][a-z0-9]{0,8}){1,3}",
        any::<[u8; 4]>().prop_map(|bytes| IpAddr::from(bytes).to_string()),
        any::<[u8; 16]>().prop_map(|bytes| IpAddr::from(bytes).to_string()),
    ]
}

fn domain() -> impl Strategy<Value = String> {
    "[a-z_]([a-z0-9-]{0,10}[a-z0-9])?(\\.[a-z]{1,8}){0,3}"
}

fn guid() -> impl Strategy<Value = String> {
    "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
        .prop_filter("an id of a Microsoft service", |id| {
            !id.starts_with("0000000")
        })
}

fn routes() -> impl Strategy<Value = Vec<IpNet>> {
    let four = (any::<[u8; 4]>(), 0..=32_u8)
        .prop_map(|(address, length)| IpNet::new(IpAddr::from(address), length).unwrap().trunc());
    let six = (any::<[u8; 16]>(), 0..=128_u8)
        .prop_map(|(address, length)| IpNet::new(IpAddr::from(address), length).unwrap().trunc());
    btree_set(prop_oneof![four, six], 0..5).prop_map(|routes| routes.into_iter().collect())
}

fn dns() -> impl Strategy<Value = Dns> {
    let server = prop_oneof![
        any::<[u8; 4]>().prop_map(IpAddr::from),
        any::<[u8; 16]>().prop_map(IpAddr::from),
    ]
    .prop_filter("usable", |address| {
        !address.is_unspecified() && !address.is_multicast()
    });
    (btree_set(server, 0..4), btree_set(domain(), 0..4)).prop_map(|(servers, suffixes)| Dns {
        servers: servers.into_iter().collect(),
        suffixes: suffixes.into_iter().collect(),
    })
}

fn entra() -> impl Strategy<Value = Entra> {
    let authority_host = prop_oneof![
        Just("login.microsoftonline.com"),
        Just("login.partner.microsoftonline.cn"),
        Just("login.example.test:8443"),
    ];
    let audience = prop_oneof![guid(), guid().prop_map(|id| format!("api://{id}"))];
    let issuer = option::of(guid().prop_map(|id| format!("https://sts.windows.net/{id}/")));
    let redirect_uri = option::of(Just("http://localhost:2023".to_owned()));
    let scope = option::of(guid().prop_map(|id| format!("api://{id}/connect")));
    (
        (guid(), authority_host, issuer, audience, option::of(guid())),
        any::<[bool; 4]>(),
        (redirect_uri, scope),
    )
        .prop_map(
            |((tenant, host, issuer, audience, application_id), flags, overrides)| Entra {
                authority: format!("https://{host}/{tenant}"),
                authority_trusted: host.ends_with("8443"),
                tenant,
                issuer,
                audience,
                application_id,
                cache_sign_in: flags[0],
                device_sso: flags[1],
                disable_sso: flags[2],
                group_token: flags[3],
                redirect_uri: overrides.0,
                scope: overrides.1,
            },
        )
}

fn sign_in() -> impl Strategy<Value = SignIn> {
    let challenge = (line(), any::<[bool; 2]>()).prop_map(|(text, flags)| StaticChallenge {
        text,
        echo: flags[0],
        concatenated: flags[1],
    });
    let password =
        (option::of(line()), option::of(challenge)).prop_map(|(username, static_challenge)| {
            SignIn::Password {
                username,
                static_challenge,
            }
        });
    prop_oneof![
        entra().prop_map(SignIn::Entra),
        Just(SignIn::Certificate),
        password
    ]
}

fn certificate() -> impl Strategy<Value = ClientCertificate> {
    let named =
        (any::<[u8; 20]>(), option::of(line())).prop_map(|(sha1, issuer)| ClientCertificate {
            chain: Vec::new(),
            sha1: Some(Thumbprint(sha1)),
            issuer,
        });
    let whole = Just(ClientCertificate {
        chain: vec![EMBEDDED_ROOTS[0].der.to_vec()],
        sha1: Some(EMBEDDED_ROOTS[0].sha1),
        issuer: None,
    });
    prop_oneof![named, whole]
}

fn wrapping() -> impl Strategy<Value = ControlWrapping> {
    let key = vec(any::<u8>(), ServerSecret::LEN)
        .prop_map(|bytes| ServerSecret::from_text(&hex::encode(bytes)).unwrap());
    let client_key = vec(any::<u8>(), ClientKey::SHORTEST..=ClientKey::LONGEST)
        .prop_map(|bytes| ClientKey::new(bytes.into()).unwrap());
    let direction = prop_oneof![
        Just(KeyDirection::Normal),
        Just(KeyDirection::Inverse),
        Just(KeyDirection::Both)
    ];
    prop_oneof![
        4 => key.clone().prop_map(ControlWrapping::azure),
        1 => Just(ControlWrapping::None),
        1 => (key.clone(), direction).prop_map(|(key, direction)| ControlWrapping::TlsAuth {
            key,
            direction,
            digest: Digest::Sha512,
        }),
        1 => key.prop_map(|key| ControlWrapping::TlsCrypt { key }),
        1 => client_key.prop_map(|client_key| ControlWrapping::TlsCryptV2 { client_key }),
    ]
}

fn requirements() -> impl Strategy<Value = CertificateRequirements> {
    let name = prop_oneof![
        Just(NameCheck::Host),
        Just(NameCheck::Any),
        line().prop_map(NameCheck::CommonName),
        line().prop_map(NameCheck::CommonNamePrefix),
        line().prop_map(NameCheck::Subject),
    ];
    let fingerprints = btree_set(any::<[u8; 32]>(), 0..3);
    (
        name,
        any::<[bool; 2]>(),
        fingerprints,
        option::of(any::<[u8; 20]>()),
    )
        .prop_map(
            |(name, flags, fingerprints, digest)| CertificateRequirements {
                name,
                own_roots_only: flags[0],
                any_key_usage: flags[1],
                fingerprints: fingerprints.into_iter().map(Fingerprint).collect(),
                issuer_digests: digest
                    .map(|digest| CertificateDigest::Sha1(Thumbprint(digest)))
                    .into_iter()
                    .collect(),
                ..CertificateRequirements::default()
            },
        )
}

fn protocol() -> impl Strategy<Value = Protocol> {
    let filter = (line(), any::<bool>()).prop_map(|(text, spaced)| PullFilter {
        action: FilterAction::Ignore,
        text: if spaced { text + " " } else { text },
    });
    let timers = (
        option::of(0..1000_u32),
        option::of((0..1000_u32, any::<u64>())),
    )
        .prop_map(|(ping, inactive)| Timers {
            ping,
            inactive,
            ..Timers::default()
        });
    let own = (vec(filter, 0..3), timers, any::<[bool; 3]>()).prop_map(
        |(mut pull_filters, timers, flags)| {
            pull_filters.dedup();
            Protocol {
                pull_filters,
                timers,
                route_nopull: flags[0],
                random_order: flags[1],
                redirect_gateway: Some(RedirectGateway {
                    ipv4: true,
                    ipv6: flags[2],
                    block_local: false,
                }),
                mss: MssFix::Mtu(1400),
                framing: Framing::StubV2,
                compat: Compat::On,
                data_ciphers: vec![DataCipher::Aes128Cbc],
                fallback_cipher: None,
                peer_info: vec![("UV_A".to_owned(), "x=y".to_owned())],
                ..Protocol::default()
            }
        },
    );
    prop_oneof![3 => Just(Protocol::default()), 1 => own]
}

fn proxy() -> impl Strategy<Value = Proxy> {
    (domain(), 1..=u16::MAX, option::of(Just("ana".to_owned()))).prop_map(
        |(host, port, username)| Proxy {
            kind: ProxyKind::Http,
            host,
            port,
            username,
            headers: vec![("User-Agent".to_owned(), "x".to_owned())],
        },
    )
}

fn server_check() -> impl Strategy<Value = ServerCheck> {
    (
        (
            wrapping(),
            prop_oneof![3 => Just(CertificateRequirements::default()), 1 => requirements()],
        ),
        option::of(any::<[u8; 20]>()),
        option::of(any::<bool>()),
        0..3_usize,
        option::of(domain()),
    )
        .prop_map(
            |((wrapping, requirements), sha1, use_pinned_root, roots, server_name)| ServerCheck {
                wrapping,
                root_sha1: sha1.map(Thumbprint),
                use_pinned_root,
                root_certificates: EMBEDDED_ROOTS[..roots]
                    .iter()
                    .map(|root| root.der.to_vec())
                    .collect(),
                server_name,
                requirements,
            },
        )
}

fn profile() -> impl Strategy<Value = Profile> {
    let own_way = prop_oneof![4 => Just(None), 1 => (1..=u16::MAX).prop_map(Some)];
    let servers = (btree_set(host(), 1..4), option::of(line()), own_way);
    let transport = prop_oneof![Just(Transport::Tcp), Just(Transport::Udp)];
    let beside = (
        option::of(certificate()),
        prop_oneof![3 => Just(None), 1 => proxy().prop_map(Some)],
        protocol(),
    );
    (
        (line(), servers, 1..=u16::MAX, transport),
        (server_check(), sign_in(), dns(), routes(), routes()),
        (
            option::of(line()),
            any::<bool>(),
            option::of(576..9000_u16),
            beside,
        ),
    )
        .prop_map(|(who, what, rest)| {
            let (name, (hosts, display_name, own_port), port, transport) = who;
            let (server_check, sign_in, dns, include, exclude) = what;
            let (secondary_profile, always_on, mtu, beside) = rest;
            let (client_certificate, proxy, protocol) = beside;
            let servers = hosts
                .into_iter()
                .map(|host| Server {
                    display_name: display_name.clone().filter(|name| *name != host),
                    port: own_port,
                    transport: own_port.map(|_| Transport::Udp),
                    ..Server::new(host)
                })
                .collect();
            Profile {
                name,
                servers,
                port,
                transport,
                server_check,
                sign_in,
                client_certificate,
                proxy,
                protocol,
                dns,
                include,
                exclude,
                secondary_profile,
                always_on,
                mtu,
            }
        })
}

/// The profile without what an Azure file cannot say.
fn as_azure_says(mut profile: Profile) -> Profile {
    profile.always_on = false;
    profile.mtu = None;
    profile.server_check.server_name = None;
    profile.server_check.root_certificates.truncate(1);
    profile.server_check.requirements = CertificateRequirements::default();
    profile.proxy = None;
    profile.protocol = Protocol::default();
    for server in &mut profile.servers {
        profile.port = server.port.take().unwrap_or(profile.port);
        server.transport = None;
    }
    match &mut profile.client_certificate {
        Some(certificate) if profile.sign_in == SignIn::Certificate => certificate.chain.clear(),
        other => *other = None,
    }
    if let SignIn::Password {
        static_challenge, ..
    } = &mut profile.sign_in
    {
        *static_challenge = None;
    }
    if let SignIn::Entra(entra) = &mut profile.sign_in {
        entra.redirect_uri = None;
        entra.scope = None;
    }
    profile
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn generated_profiles_are_valid_and_in_normal_form(profile in profile()) {
        let (normal, _) = profile.normalised().map_err(|errors| TestCaseError::fail(format!("{errors:?}")))?;
        prop_assert_eq!(normal, profile);
    }

    #[test]
    fn an_azure_export_reads_back_equal(profile in profile(), with_secret in any::<bool>()) {
        let options = options_of(&profile);
        let Some(secret) = profile.server_check.wrapping.static_key().cloned() else {
            return Ok(());
        };
        let mut profile = profile;
        profile.server_check.wrapping = ControlWrapping::azure(secret);
        let text = export_azure(&profile, ExportOptions { with_secret });
        let back = read(text.as_bytes(), &options).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(back.profile, as_azure_says(profile));
    }

    #[test]
    fn a_spoke_export_reads_back_equal(profile in profile()) {
        let text = export_spoke(&profile, WITH_SECRET);
        let back = read(text.as_bytes(), &options_of(&profile)).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(back.profile, profile);
    }

    #[test]
    fn an_export_without_the_secret_holds_no_part_of_it(profile in profile()) {
        let mut profile = profile;
        let Some(secret) = profile.server_check.wrapping.static_key().cloned() else {
            return Ok(());
        };
        profile.server_check.wrapping = ControlWrapping::azure(secret.clone());
        let digits = hex::encode(secret.expose());
        for text in [export_azure(&profile, WITHOUT_SECRET), export_spoke(&profile, WITHOUT_SECRET)] {
            prop_assert!(!text.to_lowercase().contains(&digits[..32]));
            let options = ReadOptions { server_secret: None, ..options_of(&profile) };
            prop_assert_eq!(read(text.as_bytes(), &options).unwrap_err().code(), "missing");
            prop_assert!(read(text.as_bytes(), &options_of(&profile)).is_ok());
        }
    }

    #[test]
    fn an_export_without_its_key_is_completed_with_it(profile in profile()) {
        let text = export_spoke(&profile, WITHOUT_SECRET);
        let options = options_of(&profile);
        let read = |options: &ReadOptions| read(text.as_bytes(), options);
        if profile.server_check.wrapping != ControlWrapping::None {
            let bare = ReadOptions { server_secret: None, client_key: None, ..options.clone() };
            prop_assert_eq!(read(&bare).unwrap_err().code(), "missing");
        }
        prop_assert_eq!(read(&options).unwrap().profile, profile);
    }

    #[test]
    fn what_is_stored_reads_back_equal(profile in profile()) {
        let text = serde_json::to_string(&profile).unwrap();
        prop_assert_eq!(serde_json::from_str::<Profile>(&text).unwrap(), profile);
    }

    /// Whatever is accepted is valid and stays as it is.
    #[test]
    fn a_damaged_document_is_refused_or_read_in_normal_form(
        cuts in vec((any::<prop::sample::Index>(), vec(any::<u8>(), 0..4), 0..8_usize), 1..6),
    ) {
        let mut bytes = common::document().into_bytes();
        for (at, insert, remove) in cuts {
            let at = at.index(bytes.len());
            let end = (at + remove).min(bytes.len());
            bytes.splice(at..end, insert);
        }
        if let Ok(reading) = read(&bytes, &ReadOptions::default()) {
            let (normal, _) = reading.profile.normalised().map_err(|errors| TestCaseError::fail(format!("{errors:?}")))?;
            prop_assert_eq!(normal, reading.profile);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..600)) {
        let options = ReadOptions::default();
        let _ = read(&bytes, &options);
        for start in [&b"PK\x03\x04"[..], b"<AzVpnProfile>", b"\xff\xfe<\0", b"{\"schema\":"] {
            let _ = open_package(&[start, &bytes].concat(), &options);
        }
    }

    #[test]
    fn any_text_in_any_element_is_read_or_refused(text in "\\PC{0,40}", slot in 0..8_usize) {
        let element = ["name", "fqdn", "tenant", "issuer", "audience", "hash", "serversecret", "type"][slot];
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
        let document = common::with(element, &format!("<{element}>{escaped}</{element}>"));
        if let Err(error) = read(document.as_bytes(), &ReadOptions::default()) {
            prop_assert!(error.to_string().chars().all(|letter| !letter.is_control()));
        }
    }

    #[test]
    fn any_assignment_changes_the_profile_or_nothing(
        mut profile in profile(), key in 0..KEYS.len(), value in "\\PC{0,30}", operator in 0..3_usize,
    ) {
        let text = format!("{}{}{value}", KEYS[key].name, ["=", "+=", "-="][operator]);
        let assignment: Assignment = text.parse().unwrap();
        let before = profile.clone();
        match profile.set(&assignment, &ReadOptions::default()) {
            Err(error) => {
                prop_assert_eq!(&error.field, KEYS[key].name);
                prop_assert_eq!(profile, before);
            }
            // A new kind of sign-in begins empty.
            Ok(_) if KEYS[key].name == "sign-in" => {}
            Ok(_) => {
                prop_assert!(profile.validate().is_ok(), "{:?}", profile.validate());
            }
        }
    }
}

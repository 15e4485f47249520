//! Configurations of OpenVPN, as they are met in the field and directive by directive.
//!
//! The keys and certificates under `tests/ovpn` were made for these tests.

#![expect(clippy::panic, reason = "a test ends where it cannot go on")]

use spoke_profile::{
    AddressFamily, ControlWrapping, DIRECTIVES, DataCipher, Digest, Finding, FindingCode, Framing,
    KeyDirection, MssFix, NameCheck, Profile, ProxyKind, ReadError, ReadOptions, Reading,
    RedirectGateway, SecretBytes, SignIn, TlsVersion, Transport, Treatment, needed_files,
    open_files, read,
};

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("ovpn/", $name))
    };
}

fn options() -> ReadOptions {
    let file = |name: &str, text: &str| {
        let bytes = SecretBytes::new(text.as_bytes().to_vec().into());
        (name.to_owned(), bytes)
    };
    ReadOptions {
        files: vec![
            file("ca.crt", sample!("ca.crt")),
            file("client.crt", sample!("client.crt")),
            file("client.key", sample!("client.key")),
            file("ta.key", sample!("ta.key")),
        ],
        ..ReadOptions::default()
    }
}

fn reading(text: &str) -> Reading {
    read(text.as_bytes(), &options()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The least that is accepted, and these lines.
fn with(lines: &str) -> String {
    format!("client\ndev tun\nremote vpn.example.com\nca ca.crt\nauth-user-pass\n{lines}\n")
}

fn profile(lines: &str) -> Profile {
    reading(&with(lines)).profile
}

fn refusal(lines: &str) -> ReadError {
    match read(with(lines).as_bytes(), &options()) {
        Ok(reading) => panic!("accepted: {lines}: {:?}", reading.profile),
        Err(error) => error,
    }
}

fn codes(findings: &[Finding]) -> Vec<FindingCode> {
    let mut codes: Vec<_> = findings.iter().map(|finding| finding.code).collect();
    codes.retain(|code| *code != FindingCode::DirectiveIgnored);
    codes
}

fn addresses(profile: &Profile) -> Vec<String> {
    profile
        .servers
        .iter()
        .map(|server| {
            let port = profile.port_of(server);
            format!("{}:{port} {:?}", server.host, profile.transport_of(server))
        })
        .collect()
}

#[test]
fn the_stock_sample_reads_with_the_files_that_it_names() {
    let text = sample!("stock.ovpn");
    assert_eq!(
        needed_files(text.as_bytes()),
        ["ca.crt", "client.crt", "client.key", "ta.key"]
    );
    let error = read(text.as_bytes(), &ReadOptions::default()).unwrap_err();
    assert_eq!((error.code(), &*error.element), ("missing", "ca (line 25)"));

    let found = reading(text);
    let profile = &found.profile;
    assert_eq!(addresses(profile), ["my-server-1.example.com:1194 Udp"]);
    assert_eq!(profile.sign_in, SignIn::Certificate);
    assert_eq!(profile.client_certificate.as_ref().unwrap().chain.len(), 1);
    let check = &profile.server_check;
    assert!(check.requirements.own_roots_only && check.requirements.any_key_usage);
    assert_eq!(check.root_certificates.len(), 1);
    assert!(matches!(
        check.wrapping,
        ControlWrapping::TlsAuth {
            direction: KeyDirection::Inverse,
            digest: Digest::Sha1,
            ..
        }
    ));
    let files: Vec<_> = found
        .secrets
        .client_files
        .iter()
        .map(|(place, _)| &**place)
        .collect();
    assert_eq!(files, ["cert (line 26)", "key (line 27)"]);
    assert!(!format!("{found:?}").contains("PRIVATE"));
    assert!(!serde_json::to_string(profile).unwrap().contains("PRIVATE"));
}

#[test]
fn an_access_server_profile_reads() {
    let found = reading(sample!("access-server.ovpn"));
    let profile = &found.profile;
    assert_eq!(
        addresses(profile),
        [
            "192.0.2.10:1194 Udp",
            "192.0.2.10:443 Tcp",
            "vpn.example.com:1194 Udp"
        ]
    );
    let ControlWrapping::TlsCryptV2 { client_key } = &profile.server_check.wrapping else {
        panic!("{:?}", profile.server_check.wrapping);
    };
    assert!(client_key.expose().len() > 512);
    let SignIn::Password {
        static_challenge, ..
    } = &profile.sign_in
    else {
        panic!("{:?}", profile.sign_in);
    };
    let challenge = static_challenge.as_ref().unwrap();
    assert_eq!((&*challenge.text, challenge.echo), ("One-time code", false));
    assert!(profile.client_certificate.is_some());
    assert_eq!(profile.protocol.timers.connect_timeout, Some(4));
    assert_eq!(profile.protocol.timers.reneg_sec, Some(604_800));
    assert_eq!(profile.protocol.tls.min, Some(TlsVersion::V12));
    assert_eq!(profile.mtu, Some(1420));
    assert!(profile.protocol.push_peer_info);
}

#[test]
fn a_pfsense_profile_reads() {
    let profile = reading(sample!("pfsense.ovpn")).profile;
    assert_eq!(addresses(&profile), ["vpn.example.com:1194 Udp"]);
    assert_eq!(profile.servers[0].family, Some(AddressFamily::V4));
    let requirements = &profile.server_check.requirements;
    assert_eq!(
        requirements.name,
        NameCheck::CommonName("vpn server".into())
    );
    assert!(matches!(
        profile.server_check.wrapping,
        ControlWrapping::TlsAuth {
            digest: Digest::Sha256,
            ..
        }
    ));
    assert_eq!(
        profile.protocol.fallback_cipher,
        Some(DataCipher::Aes256Cbc)
    );
    assert_eq!(profile.protocol.timers.explicit_exit_notify, Some(1));
}

#[test]
fn an_aws_profile_reads() {
    let profile = reading(sample!("aws.ovpn")).profile;
    assert!(profile.protocol.random_host_name);
    assert_eq!(profile.port_of(&profile.servers[0]), 443);
    assert_eq!(profile.protocol.timers.reneg_sec, Some(0));
    assert_eq!(profile.server_check.wrapping, ControlWrapping::None);
}

#[test]
fn azures_own_file_reads_and_asks_for_the_certificate() {
    let found = reading(sample!("azure-vpnconfig.ovpn"));
    let profile = &found.profile;
    assert_eq!(
        (profile.transport, profile.port_of(&profile.servers[0])),
        (Transport::Tcp, 443)
    );
    assert!(profile.server_check.wrapping.secret().is_some());
    assert_eq!(profile.sign_in, SignIn::Certificate);
    assert_eq!(profile.client_certificate, None);
    assert_eq!(
        codes(&found.findings),
        [FindingCode::CertificateWanted, FindingCode::NameMissing]
    );
    let NameCheck::CommonName(name) = &profile.server_check.requirements.name else {
        panic!("no name");
    };
    assert_eq!(name, "398f62fd-241a-490f-ab29-a104a00fcbb3.vpn.azure.com");
}

#[test]
fn everything_that_is_applied_arrives() {
    let found = reading(sample!("everything.ovpn"));
    let profile = &found.profile;
    assert_eq!(
        addresses(profile),
        [
            "a.example.com:1194 Udp",
            "b.example.com:8443 Tcp",
            "c.example.com:1194 Tcp"
        ]
    );
    assert_eq!(profile.servers[1].family, Some(AddressFamily::V6));
    let proxy = profile.proxy.as_ref().unwrap();
    assert_eq!(
        (proxy.kind, &*proxy.host, proxy.port),
        (ProxyKind::Http, "proxy.example.com", 3128)
    );
    assert_eq!(
        proxy.headers,
        [("User-Agent".to_owned(), "Example/1.0".to_owned())]
    );
    let text =
        |list: &[ipnet::IpNet]| -> Vec<String> { list.iter().map(ToString::to_string).collect() };
    assert_eq!(text(&profile.include), ["10.1.0.0/16", "fd00:1::/64"]);
    assert_eq!(text(&profile.exclude), ["10.9.0.0/16"]);
    assert_eq!(profile.dns.servers.len(), 2);
    assert_eq!(
        profile.dns.suffixes,
        ["corp.example.com", "lab.example.com"]
    );
    let protocol = &profile.protocol;
    let filters: Vec<_> = protocol
        .pull_filters
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(filters, ["ignore dhcp-option DNS", "accept route 10."]);
    assert_eq!(
        protocol.redirect_gateway,
        Some(RedirectGateway {
            ipv4: true,
            ipv6: true,
            block_local: false
        })
    );
    assert_eq!(
        (protocol.timers.ping, protocol.timers.ping_restart),
        (Some(5), Some(30))
    );
    assert_eq!(protocol.timers.inactive, Some((600, 1000)));
    assert_eq!(protocol.mss, MssFix::Mtu(1400));
    assert_eq!(protocol.framing, Framing::StubV2);
    assert_eq!(
        protocol.tls.cipher_suites,
        ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"]
    );
    assert_eq!(
        protocol.peer_info,
        [("UV_SITE".to_owned(), "north".to_owned())]
    );
    let requirements = &profile.server_check.requirements;
    assert_eq!(requirements.key_usage, [0xa0, 0x88]);
    assert_eq!(requirements.fingerprints.len(), 1);
    assert_eq!(requirements.issuer_digests.len(), 1);
    assert_eq!(requirements.revocation_lists.len(), 1);
    assert!(matches!(
        profile.server_check.wrapping,
        ControlWrapping::TlsCrypt { .. }
    ));
    assert_eq!(
        found.secrets.password.as_ref().unwrap().expose(),
        "correct horse"
    );
    let stored = serde_json::to_string(profile).unwrap();
    assert!(!stored.contains("correct horse") && stored.contains("ana"));
    assert_eq!(profile.normalised().unwrap().0, *profile);
}

/// Nothing in a profile can run a program.
#[test]
fn each_directive_that_could_run_a_program_is_refused_by_name() {
    for line in [
        "up /bin/sh",
        "down '/bin/sh -c id'",
        "--up /bin/sh",
        "\"up\" /bin/sh",
        "setenv opt up /bin/sh",
        "route-up x",
        "route-pre-down x",
        "ipchange x",
        "tls-verify x",
        "plugin x.so",
        "auth-user-pass-verify x via-env",
        "client-connect x",
        "client-disconnect x",
        "learn-address x",
        "tls-crypt-v2-verify x",
        "script-security 2",
        "dns-updown x",
        "tls-export-cert x",
    ] {
        let error = refusal(line);
        let name = line.trim_start_matches("setenv opt ");
        let name = name.split_whitespace().next().unwrap().trim_matches('"');
        let name = name.trim_start_matches("--");
        assert!(
            error.element.starts_with(&format!("{name} (line 6)")),
            "{error}"
        );
        assert_eq!(error.code(), "unsupported", "{error}");
        assert!(error.message.contains("run a program"), "{error}");
    }
    let forgiving = "ignore-unknown-option up\nsetenv FORWARD_COMPATIBLE 1\nup x";
    assert!(refusal(forgiving).element.starts_with("up "));
    profile("script-security 1");
}

#[test]
fn every_directive_of_the_table_is_treated_as_it_says() {
    let mut seen = std::collections::BTreeSet::new();
    for group in DIRECTIVES {
        for name in group.names {
            assert!(seen.insert(name), "{name} stands twice");
            let text = with(&format!("{name} 2"));
            let outcome = read(text.as_bytes(), &options());
            let complaint = match &outcome {
                Ok(reading) => {
                    let place = format!("{name} (line 6)");
                    let noted = |finding: &&Finding| {
                        finding.element == place && finding.code == FindingCode::DirectiveIgnored
                    };
                    reading.findings.iter().find(noted).map(ToString::to_string)
                }
                Err(error) => {
                    assert_eq!(error.element, format!("{name} (line 6)"));
                    Some(error.to_string())
                }
            };
            match group.treatment {
                Treatment::Refused => {
                    let error = outcome.unwrap_err();
                    assert!(
                        error.message == group.why && !group.next.is_empty(),
                        "{error}"
                    );
                }
                Treatment::Noted if name.starts_with("management-external") => {}
                Treatment::Noted => {
                    assert!(outcome.is_ok(), "{complaint:?}");
                    assert!(
                        complaint.is_some_and(|note| note.contains(group.why)),
                        "{name}"
                    );
                }
                // Applied ones may want another value, but are known.
                Treatment::Applied => {
                    let unknown = complaint.is_some_and(|text| text.contains("no directive"));
                    assert!(!unknown || *name == "connection", "{name}");
                }
            }
        }
    }
    assert!(seen.len() > 200, "{}", seen.len());
}

#[test]
fn unknown_directives_are_refused_unless_the_file_forgives_them() {
    let error = refusal("frobnicate yes");
    assert_eq!(error.element, "frobnicate (line 6)");
    assert!(
        error.message.contains("`frobnicate`") && error.next.contains("line 6"),
        "{error}"
    );
    assert!(refusal("REMOTE x").next.contains("`remote`"));
    for forgiven in [
        "setenv opt frobnicate yes",
        "frobnicate yes\nignore-unknown-option other frobnicate",
        "setenv FORWARD_COMPATIBLE 1\nfrobnicate yes",
    ] {
        let found = reading(&with(forgiven));
        let noted = found
            .findings
            .iter()
            .any(|finding| finding.element.starts_with("frobnicate"));
        assert!(noted, "{forgiven}");
    }
    assert!(profile("setenv opt tun-mtu 1400").mtu == Some(1400));
}

#[test]
fn refusals_name_what_is_wrong() {
    for (lines, place, part) in [
        ("dev tap", "dev (line 6)", "Ethernet"),
        ("dev-type tap", "dev-type (line 6)", "Ethernet"),
        ("secret x", "secret (line 6)", "layer 3"),
        ("cipher none", "cipher (line 6)", "not be encrypted"),
        (
            "data-ciphers BF-CBC",
            "data-ciphers (line 6)",
            "None of the data ciphers",
        ),
        ("auth none", "auth (line 6)", "changed on the way"),
        ("auth MD5", "auth (line 6)", "`MD5`"),
        ("key-method 1", "key-method (line 6)", "broken"),
        (
            "server 10.8.0.0 255.255.255.0",
            "server (line 6)",
            "for servers",
        ),
        ("tls-server", "tls-server (line 6)", "for servers"),
        ("no-replay", "no-replay (line 6)", "protection"),
        ("route intranet.example.com", "route (line 6)", "no address"),
        ("allow-pull-fqdn", "allow-pull-fqdn (line 6)", "DNS decide"),
        (
            "remote vpn.example.com 1194 sctp",
            "remote (line 6)",
            "`sctp`",
        ),
        ("remote vpn.example.com 99999", "remote (line 6)", "no port"),
        ("remote", "remote (line 6)", "needs a host"),
        (
            "tls-version-max 1.1",
            "tls-version-max (line 6)",
            "not spoken",
        ),
        (
            "remote-cert-tls client",
            "remote-cert-tls (line 6)",
            "`client`",
        ),
        ("verify-x509-name a b", "verify-x509-name (line 6)", "`b`"),
        (
            "peer-fingerprint 00:11",
            "peer-fingerprint (line 6)",
            "no SHA-256",
        ),
        ("tls-auth missing.key 1", "tls-auth (line 6)", "not beside"),
        ("tls-auth /etc/passwd 1", "tls-auth (line 6)", "not beside"),
        (
            "http-proxy proxy.example.com 8080 auto ntlm",
            "http-proxy (line 6)",
            "NTLM",
        ),
        (
            "pull-filter drop x",
            "pull-filter (line 6)",
            "accept, ignore or reject",
        ),
        (
            "redirect-gateway everything",
            "redirect-gateway (line 6)",
            "no flag",
        ),
        ("ping many", "ping (line 6)", "no number"),
        ("a \"b", "line 6", "no partner"),
        ("a\\b", "line 6", "backslash"),
        ("<ca>\nx", "ca (line 6)", "no end"),
        ("<wat>\n</wat>", "line 6", "no block"),
        (
            "<cert>\nnothing\n</cert>",
            "cert (line 6)",
            "no certificate",
        ),
        (
            "<tls-crypt-v2>\nnothing\n</tls-crypt-v2>",
            "tls-crypt-v2 (line 6)",
            "no client's key",
        ),
        ("<connection>\nremote x", "", "no end"),
    ] {
        let error = refusal(lines);
        assert_eq!(error.element, place, "{error}");
        assert!(error.message.contains(part), "{lines}: {error}");
        assert!(!error.next.is_empty());
    }
    for (missing, element) in [
        ("client", "client"),
        ("remote vpn.example.com", "remote"),
        ("ca ca.crt", "ca"),
        ("auth-user-pass", "auth-user-pass"),
    ] {
        let text = with("nobind").replace(&format!("{missing}\n"), "");
        let error = read(text.as_bytes(), &options()).unwrap_err();
        assert_eq!((error.code(), &*error.element), ("missing", element));
    }
}

#[test]
fn notes_tell_what_was_made_of_a_line() {
    for (lines, code) in [
        ("verb 3", FindingCode::DirectiveIgnored),
        ("setenv X y", FindingCode::DirectiveIgnored),
        ("tls-version-min 1.0", FindingCode::DirectiveIgnored),
        ("tls-cipher DEFAULT:!aNULL", FindingCode::DirectiveIgnored),
        ("cipher BF-CBC", FindingCode::CipherUnknown),
        (
            "data-ciphers AES-256-GCM:BF-CBC",
            FindingCode::CipherUnknown,
        ),
        ("comp-lzo", FindingCode::CompressionOff),
        ("compress lz4", FindingCode::CompressionOff),
        ("dhcp-option WINS 10.0.0.1", FindingCode::DirectiveIgnored),
        (
            "dns server 0 address 10.0.0.1:5353",
            FindingCode::DnsServerUseless,
        ),
        ("route 10.1.2.3 255.255.0.0", FindingCode::HostBits),
    ] {
        let found = reading(&with(lines));
        let name = lines.split(' ').next().unwrap();
        let noted = found
            .findings
            .iter()
            .any(|finding| finding.code == code && finding.element == format!("{name} (line 6)"));
        assert!(noted, "{lines}: {:?}", found.findings);
    }
}

#[test]
fn values_arrive() {
    assert_eq!(profile("comp-lzo no").protocol.framing, Framing::CompLzo);
    assert_eq!(profile("compress").protocol.framing, Framing::Stub);
    assert_eq!(profile("mssfix 0").protocol.mss, MssFix::Off);
    assert_eq!(profile("tun-mtu 1500").mtu, None);
    let ciphers = profile("data-ciphers AES-128-GCM:?FUTURE:DEFAULT")
        .protocol
        .data_ciphers;
    assert_eq!(ciphers[..2], [DataCipher::Aes128Gcm, DataCipher::Aes256Gcm]);
    let protocol = profile("cipher AES-128-CBC\nauth RSA-SHA512").protocol;
    assert_eq!(protocol.fallback_cipher, Some(DataCipher::Aes128Cbc));
    assert!(protocol.data_ciphers.contains(&DataCipher::Aes128Cbc));
    assert_eq!(protocol.digest, Digest::Sha512);
    let subject = profile("verify-x509-name 'C=DE, O=Example, CN=vpn'")
        .server_check
        .requirements
        .name;
    assert_eq!(
        subject,
        NameCheck::Subject("C=DE, O=Example, CN=vpn".into())
    );
    let only = profile("redirect-gateway def1 !ipv4 ipv6")
        .protocol
        .redirect_gateway
        .unwrap();
    assert!(!only.ipv4 && only.ipv6);
    let many = profile("remote b.example.com 443 tcp\nproto udp6\nport 1195");
    assert_eq!(
        addresses(&many),
        ["vpn.example.com:1195 Udp", "b.example.com:443 Tcp"]
    );
    assert_eq!(many.servers[0].family, Some(AddressFamily::V6));
    let socks = profile("socks-proxy 192.0.2.9").proxy.unwrap();
    assert_eq!((socks.kind, socks.port), (ProxyKind::Socks5, 1080));
}

#[test]
fn byte_order_marks_and_line_ends_do_not_matter() {
    let text = with("verb 3");
    let plain = reading(&text).profile;
    let marked = format!("\u{feff}{}", text.replace('\n', "\r\n"));
    assert_eq!(reading(&marked).profile, plain);
}

#[test]
fn a_folder_brings_its_files_and_nothing_from_elsewhere() {
    let files = |text: &str| {
        vec![
            ("vpn/office.ovpn".to_owned(), text.as_bytes().to_vec()),
            (
                "vpn/ca.crt".to_owned(),
                sample!("ca.crt").as_bytes().to_vec(),
            ),
            ("ca.crt".to_owned(), b"another".to_vec()),
            ("vpn/README.txt".to_owned(), b"hello".to_vec()),
        ]
    };
    let package = open_files(files(&with("")), &ReadOptions::default()).unwrap();
    let (path, reading) = package.profiles().next().unwrap();
    assert_eq!(
        (path, &*reading.profile.name),
        ("vpn/office.ovpn", "office")
    );
    assert_eq!(package.notes, [""; 0]);
    let outside = with("").replace("ca ca.crt", "ca ../ca.crt");
    let package = open_files(files(&outside), &ReadOptions::default()).unwrap();
    assert_eq!(package.first_error().unwrap().code(), "missing");
}

#[test]
fn azures_second_file_of_the_same_connection_is_not_offered_twice() {
    let azure = "398f62fd-241a-490f-ab29-a104a00fcbb3";
    let xml = format!(
        "<AzVpnProfile><clientauth><type>cert</type></clientauth><name>office</name>\
         <serverlist><ServerEntry><fqdn>azuregateway-{azure}-4602e2df4de5.vpn.azure.com</fqdn>\
         </ServerEntry></serverlist><servervalidation><serversecret>{}</serversecret>\
         </servervalidation></AzVpnProfile>",
        "0f".repeat(256)
    );
    let ovpn = sample!("azure-vpnconfig.ovpn");
    let files = |xml: &str| {
        vec![
            (
                "AzureVPN/azurevpnconfig.xml".to_owned(),
                xml.as_bytes().to_vec(),
            ),
            (
                "OpenVPN/vpnconfig.ovpn".to_owned(),
                ovpn.as_bytes().to_vec(),
            ),
        ]
    };
    let package = open_files(files(&xml), &ReadOptions::default()).unwrap();
    assert_eq!(package.profiles().count(), 1);
    assert!(
        package.notes[0].contains("describes the same connection"),
        "{:?}",
        package.notes
    );
    let password = xml.replace("<type>cert", "<type>usernamepass");
    let package = open_files(files(&password), &ReadOptions::default()).unwrap();
    assert_eq!(package.profiles().count(), 2);
}

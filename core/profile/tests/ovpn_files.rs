//! Configurations of OpenVPN as they are met in the field, alone and in packages.

#[path = "ovpn/shared.rs"]
mod shared;

use shared::{addresses, reading, with};
use spoke_profile::{
    AddressFamily, ControlWrapping, DataCipher, Digest, Finding, FindingCode, Framing,
    KeyDirection, MssFix, NameCheck, ProxyKind, ReadOptions, RedirectGateway, SecretBytes, SignIn,
    TlsVersion, Transport, needed_files, open_files, read,
};
use zeroize::Zeroizing;

fn file(path: &str, content: &str) -> (String, SecretBytes) {
    let bytes = Zeroizing::new(content.as_bytes().to_vec());
    (path.to_owned(), SecretBytes::new(bytes))
}

fn codes(findings: &[Finding]) -> Vec<FindingCode> {
    let mut codes: Vec<_> = findings.iter().map(|finding| finding.code).collect();
    codes.retain(|code| *code != FindingCode::DirectiveIgnored);
    codes
}

#[test]
fn the_stock_sample_reads_with_the_files_that_it_names() {
    let text = include_str!("ovpn/stock.ovpn");
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
    let found = reading(include_str!("ovpn/access-server.ovpn"));
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
}

#[test]
fn a_pfsense_profile_reads() {
    let profile = reading(include_str!("ovpn/pfsense.ovpn")).profile;
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
    let profile = reading(include_str!("ovpn/aws.ovpn")).profile;
    assert!(profile.protocol.random_host_name);
    assert_eq!(profile.port_of(&profile.servers[0]), 443);
    assert_eq!(profile.protocol.timers.reneg_sec, Some(0));
    assert_eq!(profile.server_check.wrapping, ControlWrapping::None);
}

#[test]
fn azures_own_file_reads_and_asks_for_the_certificate() {
    let found = reading(include_str!("ovpn/azure-vpnconfig.ovpn"));
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
    let found = reading(include_str!("ovpn/everything.ovpn"));
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

/// A client's intermediate certificate may lie beside the certificate, among the extra
/// ones, or in `<ca>`; of two of one name the one with the right key is shown.
#[test]
fn the_certificates_above_the_clients_are_shown() {
    let leaf = include_str!("ovpn/under-middle.crt");
    let middles = include_str!("ovpn/middles.crt");
    let key = include_str!("ovpn/client.key");
    let pair = |more: &str| format!("<cert>\n{leaf}{more}</cert>\n<key>\n{key}</key>\n");
    for lines in [
        pair(middles),
        pair("") + &format!("<extra-certs>\n{middles}</extra-certs>"),
        pair("") + &format!("<ca>\n{middles}</ca>"),
    ] {
        let found = reading(&with(&lines));
        let chain = found.profile.client_certificate.unwrap().chain;
        let names: Vec<_> = chain
            .iter()
            .map(|der| spoke_profile::CertificateFacts::read(der).unwrap())
            .map(|facts| facts.common_name)
            .collect();
        assert_eq!(names, ["ben", "Example Clients"]);
        assert!(middles_second(&chain[1]), "the one with the right key");
    }
    // The user's side finds them there when it opens what comes with a password.
    let packed = "<pkcs12>\nMAA=\n</pkcs12>\n";
    let extra = format!("<extra-certs>\n{middles}</extra-certs>\n");
    for lines in [packed.to_owned() + &extra, extra.clone() + packed] {
        let files = reading(&with(&lines)).secrets.client_files;
        let extras = files
            .iter()
            .filter(|(place, _)| place.starts_with("extra-certs "));
        assert_eq!((files.len(), extras.count()), (4, 3));
    }
    assert_eq!(reading(&with(&extra)).secrets.client_files, []);
}

/// The root that OpenVPN finds in a PKCS#12 is known when the user opens it.
#[test]
fn a_pkcs12_may_have_the_gateways_authority() {
    let text = with("<pkcs12>\nMAA=\n</pkcs12>").replace("ca ca.crt\n", "");
    assert!(reading(&text).profile.server_check.awaits_root());
    let named = with("<pkcs12>\nMAA=\n</pkcs12>");
    assert!(!reading(&named).profile.server_check.awaits_root());
    let pair = text.replace(
        "<pkcs12>\nMAA=\n</pkcs12>",
        "cert client.crt\nkey client.key",
    );
    let error = read(pair.as_bytes(), &shared::options()).unwrap_err();
    assert_eq!((error.code(), &*error.element), ("missing", "ca"));
}

fn middles_second(der: &[u8]) -> bool {
    let text = include_str!("ovpn/middles.crt");
    let second = text.split_inclusive("-----END CERTIFICATE-----").nth(1);
    let second = second.map(|text| spoke_profile::read_certificate(text.trim().as_bytes()));
    second.is_some_and(|second| second.as_deref() == Ok(der))
}

#[test]
fn a_folder_brings_its_files_and_nothing_from_elsewhere() {
    let files = |text: &str| {
        vec![
            file("vpn/office.ovpn", text),
            file("vpn/ca.crt", include_str!("ovpn/ca.crt")),
            file("ca.crt", "another"),
            file("vpn/README.txt", "hello"),
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
    let ovpn = include_str!("ovpn/azure-vpnconfig.ovpn");
    let files = |xml: &str| {
        vec![
            file("AzureVPN/azurevpnconfig.xml", xml),
            file("OpenVPN/vpnconfig.ovpn", ovpn),
        ]
    };
    let package = open_files(files(&xml), &ReadOptions::default()).unwrap();
    assert_eq!(package.profiles().count(), 1);
    assert!(
        package.set_aside[0].contains("describes the same connection"),
        "{:?}",
        package.set_aside
    );
    let password = xml.replace("<type>cert", "<type>usernamepass");
    let package = open_files(files(&password), &ReadOptions::default()).unwrap();
    assert_eq!(package.profiles().count(), 2);
}

/// A stranger's configuration could name a token beside it as the account.
#[test]
fn an_account_file_holds_an_account_and_nothing_else() {
    let read_with = |directive: &str, content: &str| {
        let files = ["ca.crt", "account.txt"].map(|name| {
            let content = match name {
                "ca.crt" => include_str!("ovpn/ca.crt"),
                _ => content,
            };
            file(name, content)
        });
        let options = ReadOptions {
            files: files.into(),
            ..ReadOptions::default()
        };
        read(with(directive).as_bytes(), &options)
    };
    for directive in [
        "auth-user-pass account.txt",
        "http-proxy proxy.example 8080 account.txt",
        "http-proxy proxy.example 8080\nhttp-proxy-user-pass account.txt",
        "socks-proxy proxy.example 1080 account.txt",
    ] {
        read_with(directive, "ana\nsecret\n").unwrap();
        for token in [
            "https://ana:ghp_0123@git.example\n",
            "machine git.example login ana password ghp_0123\n",
            "-----BEGIN PRIVATE KEY-----\nMC4CAQAw\n-----END PRIVATE KEY-----\n",
        ] {
            let error = read_with(directive, token).unwrap_err();
            assert_eq!(error.code(), "invalid", "{directive}");
            assert!(error.message.contains("account.txt"), "{error}");
            assert!(!format!("{error:?}").contains("ghp_0123"), "{error:?}");
        }
    }
}

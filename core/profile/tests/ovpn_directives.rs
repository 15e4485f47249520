//! The table of directives: each is treated as it says.

#![expect(clippy::panic, reason = "a test ends where it cannot go on")]

#[path = "ovpn/shared.rs"]
mod shared;

use shared::{options, reading, with};
use spoke_profile::{DIRECTIVES, Finding, FindingCode, Profile, Secrets, Treatment, read};

/// A file in which each applied directive makes a difference: the lines that it needs, and
/// its own.
const APPLIED: &[(&str, &str, &str)] = &[
    ("remote", "", "remote b.example.com"),
    ("port", "", "port 1195"),
    ("rport", "", "rport 1195"),
    ("proto", "", "proto tcp"),
    (
        "proto-force",
        "remote b.example.com 443 tcp",
        "proto-force tcp",
    ),
    ("remote-random", "", "remote-random"),
    ("remote-random-hostname", "", "remote-random-hostname"),
    (
        "connection",
        "",
        "<connection>\nremote b.example.com\n</connection>",
    ),
    ("connect-timeout", "", "connect-timeout 9"),
    ("server-poll-timeout", "", "server-poll-timeout 9"),
    ("http-proxy", "", "http-proxy 192.0.2.8 8080"),
    (
        "http-proxy-option",
        "http-proxy 192.0.2.8 8080",
        "http-proxy-option AGENT x",
    ),
    (
        "http-proxy-user-pass",
        "http-proxy 192.0.2.8 8080",
        "<http-proxy-user-pass>\nana\nsecret\n</http-proxy-user-pass>",
    ),
    ("socks-proxy", "", "socks-proxy 192.0.2.9"),
    (
        "ca",
        "",
        concat!("<ca>\n", include_str!("ovpn/middles.crt"), "</ca>"),
    ),
    ("verify-x509-name", "", "verify-x509-name vpn name"),
    ("remote-cert-tls", "", "remote-cert-tls server"),
    ("remote-cert-ku", "", "remote-cert-ku a0"),
    ("remote-cert-eku", "", "remote-cert-eku clientAuth"),
    (
        "peer-fingerprint",
        "",
        "peer-fingerprint 67:AA:81:33:1F:D8:46:27:6A:A5:7D:49:AC:C4:1C:51:84:D5:F1:EA:AA:D9:87:13:6F:F5:D7:19:96:A4:39:EA",
    ),
    (
        "verify-hash",
        "",
        "verify-hash 67:AA:81:33:1F:D8:46:27:6A:A5:7D:49:AC:C4:1C:51:84:D5:F1:EA:AA:D9:87:13:6F:F5:D7:19:96:A4:39:EA SHA256",
    ),
    (
        "crl-verify",
        "",
        concat!(
            "<crl-verify>\n",
            include_str!("ovpn/crl.pem"),
            "</crl-verify>"
        ),
    ),
    ("cert", "", "cert client.crt"),
    ("key", "cert client.crt", "key client.key"),
    ("pkcs12", "", "<pkcs12>\nMAA=\n</pkcs12>"),
    (
        "extra-certs",
        concat!("<cert>\n", include_str!("ovpn/under-middle.crt"), "</cert>"),
        concat!(
            "<extra-certs>\n",
            include_str!("ovpn/middles.crt"),
            "</extra-certs>"
        ),
    ),
    (
        "auth-user-pass",
        "",
        "<auth-user-pass>\nana\nsecret\n</auth-user-pass>",
    ),
    ("static-challenge", "", "static-challenge Code 1"),
    ("tls-auth", "", "tls-auth ta.key"),
    ("tls-crypt", "", "tls-crypt ta.key"),
    ("key-direction", "tls-auth ta.key", "key-direction 1"),
    ("auth", "", "auth SHA512"),
    ("cipher", "", "cipher AES-128-CBC"),
    ("data-ciphers", "", "data-ciphers AES-128-GCM"),
    ("ncp-ciphers", "", "ncp-ciphers AES-128-GCM"),
    (
        "data-ciphers-fallback",
        "",
        "data-ciphers-fallback AES-128-CBC",
    ),
    ("tls-version-min", "", "tls-version-min 1.3"),
    ("tls-version-max", "", "tls-version-max 1.2"),
    (
        "tls-cipher",
        "",
        "tls-cipher TLS-ECDHE-RSA-WITH-AES-256-GCM-SHA384",
    ),
    (
        "tls-ciphersuites",
        "",
        "tls-ciphersuites TLS_AES_256_GCM_SHA384",
    ),
    ("setenv", "", "setenv UV_A b"),
    ("reneg-sec", "", "reneg-sec 0"),
    ("reneg-bytes", "", "reneg-bytes 5000"),
    ("hand-window", "", "hand-window 30"),
    ("tran-window", "", "tran-window 900"),
    ("keepalive", "", "keepalive 5 30"),
    ("ping", "", "ping 5"),
    ("ping-restart", "", "ping-restart 30"),
    ("ping-exit", "", "ping-exit 90"),
    ("inactive", "", "inactive 600 10"),
    ("session-timeout", "", "session-timeout 900"),
    ("explicit-exit-notify", "", "explicit-exit-notify"),
    ("tun-mtu", "", "tun-mtu 1400"),
    ("mssfix", "", "mssfix 1200"),
    ("comp-lzo", "", "comp-lzo no"),
    ("compress", "", "compress"),
    ("route", "", "route 10.1.0.0 255.255.0.0"),
    ("route-ipv6", "", "route-ipv6 fd00::/64"),
    ("route-nopull", "", "route-nopull"),
    ("route-noexec", "", "route-noexec"),
    ("pull-filter", "", "pull-filter ignore route"),
    ("redirect-gateway", "", "redirect-gateway def1"),
    ("redirect-private", "", "redirect-private block-local"),
    ("block-ipv6", "", "block-ipv6"),
    ("dhcp-option", "", "dhcp-option DNS 10.1.0.4"),
    ("dns", "", "dns server 0 address 10.1.0.4"),
];

/// Applied directives that leave the profile as it is, and why.
const WITHOUT_A_TRACE: &[(&str, &str, &str)] = &[
    ("client", "client", "a file without it is refused"),
    ("pull", "pull", "a part of client"),
    ("tls-client", "tls-client", "a part of client"),
    ("dev", "dev tun", "another kind is refused"),
    ("dev-type", "dev-type tun", "another kind is refused"),
    ("nobind", "nobind", "it is always so"),
    ("float", "float", "it is always so"),
    (
        "ns-cert-type",
        "ns-cert-type server",
        "the purpose is always checked",
    ),
    (
        "ignore-unknown-option",
        "ignore-unknown-option x",
        "it is about other lines",
    ),
];

/// Made from a file, for its key is too long to stand here.
const OF_A_FILE: &str = "tls-crypt-v2";

fn of(lines: &str) -> (Profile, Secrets) {
    let found = reading(&with(lines));
    (found.profile, found.secrets)
}

fn assert_applied(name: &str) {
    if let Some((_, before, line)) = APPLIED.iter().find(|(known, ..)| *known == name) {
        let without = of(before);
        assert!(of(&format!("{before}\n{line}")) != without, "{line}");
    } else if let Some((_, line, why)) = WITHOUT_A_TRACE.iter().find(|(known, ..)| *known == name) {
        assert!(of(line) == of(""), "{line}: {why}");
    } else if name == OF_A_FILE {
        let text = include_str!("ovpn/access-server.ovpn");
        let (before, rest) = text.split_once("<tls-crypt-v2>").unwrap_or_default();
        let (_, after) = rest.split_once("</tls-crypt-v2>").unwrap_or_default();
        let without = reading(&format!("{before}{after}")).profile;
        assert_ne!(reading(text).profile, without);
    } else {
        panic!("{name} is said to be applied, and no file shows it");
    }
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
                Treatment::Applied => assert_applied(name),
            }
        }
    }
    assert!(seen.len() > 200, "{}", seen.len());
}

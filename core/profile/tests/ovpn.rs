//! Configurations of OpenVPN, directive by directive.

#![expect(clippy::panic, reason = "a test ends where it cannot go on")]

#[path = "ovpn/shared.rs"]
mod shared;

use shared::{addresses, options, reading, with};
use spoke_profile::{
    AddressFamily, ControlWrapping, DataCipher, Digest, Finding, FindingCode, Framing, MssFix,
    NameCheck, Profile, ProxyKind, ReadError, read,
};

fn profile(lines: &str) -> Profile {
    reading(&with(lines)).profile
}

fn refusal(lines: &str) -> ReadError {
    match read(with(lines).as_bytes(), &options()) {
        Ok(reading) => panic!("accepted: {lines}: {:?}", reading.profile),
        Err(error) => error,
    }
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
        (
            "redirect-private everything",
            "redirect-private (line 6)",
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
        ("auth-token abcd", FindingCode::DirectiveIgnored),
        ("dhcp-option DOMAIN-ROUTE .", FindingCode::DirectiveIgnored),
        (
            "dns server 0 resolve-domains .",
            FindingCode::DirectiveIgnored,
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
    for both in [
        "redirect-private block-local\nredirect-gateway",
        "redirect-gateway\nredirect-private block-local",
    ] {
        let redirect = profile(both).protocol.redirect_gateway.unwrap();
        assert!(redirect.ipv4 && redirect.block_local, "{both}");
    }
    let private = profile("redirect-private block-local");
    assert!(!private.protocol.redirect_gateway.unwrap().ipv4);
    assert_eq!(private.normalised().unwrap().0, private);
    let many = profile("remote b.example.com 443 tcp\nproto udp6\nport 1195");
    assert_eq!(
        addresses(&many),
        ["vpn.example.com:1195 Udp", "b.example.com:443 Tcp"]
    );
    assert_eq!(many.servers[0].family, Some(AddressFamily::V6));
    let socks = profile("socks-proxy 192.0.2.9").proxy.unwrap();
    assert_eq!((socks.kind, socks.port), (ProxyKind::Socks5, 1080));
}

const TWO_KEYS: [&str; 2] = ["0f", "a5"];

fn key_block(name: &str, byte: &str) -> String {
    let key = byte.repeat(256);
    format!(
        "<{name}>\n-----BEGIN OpenVPN Static key V1-----\n{key}\n\
         -----END OpenVPN Static key V1-----\n</{name}>\n"
    )
}

/// A file of these connections, with further lines before them.
fn connections(blocks: &[&str], lines: &str) -> String {
    let blocks: Vec<_> = blocks
        .iter()
        .map(|block| format!("<connection>\n{block}\n</connection>\n"))
        .collect();
    with(&format!("{lines}\n{}", blocks.concat())).replace("remote vpn.example.com\n", "")
}

/// The places of the findings of this code.
fn places(findings: &[Finding], code: FindingCode) -> Vec<&str> {
    let of_code = findings.iter().filter(|finding| finding.code == code);
    of_code.map(|finding| finding.element.as_str()).collect()
}

/// OpenVPN's own example: without a proxy by UDP, by TCP, and by TCP through a proxy.
#[test]
fn a_connections_proxy_is_no_other_connections() {
    let found = reading(&connections(
        &[
            "remote a.example.com 1194 udp",
            "remote b.example.com 443 tcp",
            "remote c.example.com 443 tcp\nhttp-proxy 192.0.2.8 8080",
        ],
        "",
    ));
    assert_eq!(found.profile.proxy, None);
    assert_eq!(
        addresses(&found.profile),
        ["a.example.com:1194 Udp", "b.example.com:443 Tcp"]
    );
    let left_out = places(&found.findings, FindingCode::ConnectionLeftOut);
    assert_eq!(left_out, ["remote (line 13)"], "{:?}", found.findings);
    let text = format!("{:?}", found.findings);
    assert!(text.contains("c.example.com") && text.contains("http://192.0.2.8:8080"));

    // Where each has a proxy, the first one's is taken.
    let found = reading(&connections(
        &[
            "remote a.example.com 443 tcp\nhttp-proxy 192.0.2.8 8080",
            "remote b.example.com 443 tcp\nsocks-proxy 192.0.2.9",
            "remote c.example.com 443 tcp\nhttp-proxy 192.0.2.8 8080",
        ],
        "",
    ));
    assert_eq!(found.profile.proxy.unwrap().host, "192.0.2.8");
    let hosts = found.profile.servers.iter().map(|server| &*server.host);
    assert!(hosts.eq(["a.example.com", "c.example.com"]));

    // The file's own proxy is everybody's who has none.
    let found = reading(&connections(
        &[
            "remote a.example.com 443 tcp",
            "remote b.example.com 80 tcp",
        ],
        "http-proxy 192.0.2.8 8080",
    ));
    assert_eq!(found.profile.servers.len(), 2);
    assert!(found.profile.proxy.is_some());
}

#[test]
fn a_connections_key_is_no_other_connections() {
    let [one, other] = TWO_KEYS.map(|byte| key_block("tls-auth", byte));
    let crypt = key_block("tls-crypt", "0f");
    for (second, kept) in [
        (format!("remote b.example.com\n{one}key-direction 1"), 2),
        (format!("remote b.example.com\n{one}key-direction 0"), 1),
        (format!("remote b.example.com\n{other}key-direction 1"), 1),
        (format!("remote b.example.com\n{crypt}"), 1),
        ("remote b.example.com".to_owned(), 1),
    ] {
        let first = format!("remote a.example.com\n{one}key-direction 1");
        let found = reading(&connections(&[&first, &second], ""));
        assert_eq!(found.profile.servers.len(), kept, "{second}");
        let left_out = places(&found.findings, FindingCode::ConnectionLeftOut);
        assert_eq!(left_out.len(), 2 - kept, "{second}");
        let wrapping = found.profile.server_check.wrapping;
        assert!(
            matches!(
                wrapping,
                spoke_profile::ControlWrapping::TlsAuth {
                    direction: spoke_profile::KeyDirection::Inverse,
                    ..
                }
            ),
            "{wrapping:?}"
        );
    }
    // The direction beside the file's key is not that of a connection's own.
    let found = reading(&connections(
        &[&format!("remote a.example.com\n{other}")],
        &format!("{one}key-direction 1"),
    ));
    let wrapping = found.profile.server_check.wrapping;
    let text = format!("{wrapping:?}");
    assert!(text.contains("Both"), "{text}");
}

/// Older files say "the block below" with a word, and the direction behind it.
#[test]
fn a_direction_beside_the_word_inline_counts() {
    let block = key_block("tls-auth", "0f");
    for lines in [
        format!("tls-auth [inline] 1\n{block}"),
        format!("{block}tls-auth [inline] 1"),
        format!("ca [inline]\n{block}key-direction 1"),
    ] {
        let wrapping = profile(&lines).server_check.wrapping;
        assert!(format!("{wrapping:?}").contains("Inverse"), "{wrapping:?}");
    }
    assert!(refusal("tls-auth [inline] 2").message.contains("direction"));
}

#[test]
fn what_tunes_one_connection_tunes_no_other() {
    let found = reading(&connections(
        &[
            "remote a.example.com 1194 udp\nmssfix 1200\ntun-mtu 1400\nexplicit-exit-notify 2\n\
             connect-timeout 9",
            "remote b.example.com 443 tcp\nconnect-timeout 9",
        ],
        "",
    ));
    let profile = &found.profile;
    assert_eq!(profile.servers.len(), 2);
    assert_eq!((profile.protocol.mss, profile.mtu), (MssFix::Auto, None));
    // There is nothing to notify over TCP.
    assert_eq!(profile.protocol.timers.explicit_exit_notify, Some(2));
    assert_eq!(profile.protocol.timers.connect_timeout, Some(9));
    let ignored = places(&found.findings, FindingCode::DirectiveIgnored);
    assert_eq!(ignored, ["mssfix", "tun-mtu"], "{:?}", found.findings);

    let block = "remote a.example.com\nmssfix 1200";
    let same = reading(&connections(
        &[block, "remote b.example.com"],
        "mssfix 1200",
    ));
    assert_eq!(same.profile.protocol.mss, MssFix::Payload(1200));
}

/// What OpenVPN 2.6.14 makes of such files, by its own account of the connections (`verb 5`).
#[test]
fn a_line_holds_for_no_connection_before_it() {
    let block = |remote: &str| format!("<connection>\nremote {remote}\n</connection>\n");
    let file = |lines: &str| with(lines).replace("remote vpn.example.com\n", "");
    let tls_auth = key_block("tls-auth", "0f");
    let found = reading(&file(&format!(
        "mssfix 1300\nport 1111\n{}proto tcp\nport 3333\nmssfix 1200\nconnect-timeout 7\n\
         http-proxy 192.0.2.8 8080\ntun-mtu 1400\nkey-direction 1\n{tls_auth}",
        block("a.example.com") + &block("b.example.com 2222 tcp"),
    )));
    let profile = &found.profile;
    assert_eq!(
        addresses(profile),
        ["a.example.com:1111 Udp", "b.example.com:2222 Tcp"]
    );
    assert_eq!((&profile.proxy, profile.mtu), (&None, None));
    assert_eq!(profile.protocol.mss, MssFix::Payload(1300));
    assert_eq!(profile.protocol.timers.connect_timeout, None);
    let wrapping = &profile.server_check.wrapping;
    assert!(matches!(wrapping, ControlWrapping::TlsAuth { .. }));
    let late = places(&found.findings, FindingCode::DirectiveIgnored);
    assert_eq!(late.len(), 6, "{:?}", found.findings);

    // It holds for those behind it, and what none says is as usual.
    let found = reading(&file(&format!(
        "{}port 2222\nproto tcp\n{}",
        block("a.example.com"),
        block("b.example.com"),
    )));
    assert_eq!(
        addresses(&found.profile),
        ["a.example.com:1194 Udp", "b.example.com:2222 Tcp"]
    );
}

#[test]
fn what_is_said_to_a_proxy_may_stand_before_it() {
    let account = "<http-proxy-user-pass>\nana\nsecret\n</http-proxy-user-pass>\n";
    let found = reading(&with(&format!(
        "{account}http-proxy-option AGENT x\nhttp-proxy 192.0.2.8 8080"
    )));
    let proxy = found.profile.proxy.unwrap();
    assert_eq!(proxy.username.as_deref(), Some("ana"));
    assert_eq!(proxy.headers.len(), 1);
    assert!(found.secrets.proxy_password.is_some());
    let found = reading(&with(account));
    assert_eq!(found.profile.proxy, None);
    assert_eq!(found.secrets.proxy_password, None);
    let noted = places(&found.findings, FindingCode::DirectiveIgnored);
    assert_eq!(noted, ["http-proxy"]);
}

/// Who leaves routes to a script does not want them set.
#[test]
fn routes_that_are_not_to_be_set_are_not() {
    let lines = "route 10.1.0.0 255.255.0.0\nroute-noexec\nredirect-gateway def1\n\
                 dhcp-option DNS 10.1.0.4\npull-filter accept \"route 10.\"";
    let found = reading(&with(lines));
    let profile = &found.profile;
    assert!(profile.include.is_empty() && profile.protocol.redirect_gateway.is_none());
    assert_eq!(profile.dns.servers.len(), 1);
    let filters = &profile.protocol.pull_filters;
    let decides = |pushed: &str| filters.iter().find(|rule| pushed.starts_with(&rule.text));
    for pushed in [
        "route 10.2.0.0",
        "route-ipv6 fd00::/8",
        "redirect-gateway def1",
    ] {
        let rule = decides(pushed).unwrap();
        assert_eq!(rule.action, spoke_profile::FilterAction::Ignore, "{pushed}");
    }
    assert_eq!(decides("route-gateway 10.8.0.1"), None);
    assert_eq!(decides("dhcp-option DNS 10.8.0.1"), None);
    let noted = places(&found.findings, FindingCode::DirectiveIgnored);
    assert_eq!(noted, ["route-noexec (line 7)"]);
    assert!(refusal("ifconfig-noexec").message.contains("addresses"));
}

/// The space is what tells `route` from `route-ipv6`.
#[test]
fn a_filter_keeps_the_spaces_of_its_text() {
    for (line, text, shown) in [
        (
            "pull-filter ignore \"route \"",
            "route ",
            "ignore \"route \"",
        ),
        ("pull-filter ignore 'route '", "route ", "ignore \"route \""),
        ("pull-filter ignore route", "route", "ignore route"),
        ("pull-filter ignore '\"a\"'", "\"a\"", "ignore \"\"a\"\""),
        (
            "pull-filter reject \"dhcp-option DNS\"",
            "dhcp-option DNS",
            "reject dhcp-option DNS",
        ),
    ] {
        let mut found = profile(line);
        assert_eq!(found.protocol.pull_filters[0].text, text);
        assert_eq!(found.protocol.value("pull-filter").unwrap(), shown);
        let set = spoke_profile::Assignment::set("pull-filter", shown);
        found.protocol.pull_filters.clear();
        found.set(&set, &options()).unwrap();
        assert_eq!(found.protocol.pull_filters[0].text, text);
        assert_eq!(found.normalised().unwrap().0, found);
    }
    assert!(
        refusal("pull-filter ignore ' '")
            .message
            .contains("beginning")
    );
}

#[test]
fn one_way_can_be_forced() {
    let lines = "remote b.example.com 443 tcp\nproto-force ";
    let hosts = |forced: &str| addresses(&profile(&format!("{lines}{forced}")));
    assert_eq!(hosts("tcp"), ["b.example.com:443 Tcp"]);
    assert_eq!(hosts("udp"), ["vpn.example.com:1194 Udp"]);
    let error = refusal("proto-force tcp");
    assert_eq!(error.element, "proto-force", "{error}");
}

/// As OpenVPN does: what holds for all would otherwise be lost, or hold for the others.
#[test]
fn what_holds_for_the_file_is_refused_in_a_connection() {
    for line in [
        "auth SHA256",
        "remote-cert-tls server",
        "http-proxy-user-pass x",
    ] {
        let text = connections(&[&format!("remote a.example.com\n{line}")], "");
        let error = read(text.as_bytes(), &options()).unwrap_err();
        assert!(error.message.contains("whole file"), "{line}: {error}");
    }
}

#[test]
fn byte_order_marks_and_line_ends_do_not_matter() {
    let text = with("verb 3");
    let plain = reading(&text).profile;
    let marked = format!("\u{feff}{}", text.replace('\n', "\r\n"));
    assert_eq!(reading(&marked).profile, plain);
}

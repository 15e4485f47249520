//! What is repaired or warned of, from documents written here.

mod common;

use common::{HOST, TENANT, client_config, document, include, reading, secret, with};
use spoke_profile::{
    Assignment, Finding, FindingCode, ReadOptions, ServerSecret, SignIn, Transport, read,
};
use std::collections::BTreeSet;

/// Documents that are read, and the one finding that each of them has.
#[expect(clippy::too_many_lines, reason = "one flat table")]
fn repaired() -> Vec<(FindingCode, String)> {
    use FindingCode as Code;
    let manual = "<audience>41b23e61-6c1e-4545-b367-cd054e0ed4b4</audience>";
    let hash = "DF:3C:24:F9:BF:D6:66:76:1B:26:80:73:FE:06:D1:CC:8D:4F:82:A4";
    let unknown_hash = "<hash>0000000000000000000000000000000000000001</hash>";
    let cert_auth = |block: &str| {
        with(
            "clientauth",
            &format!("<clientauth><type>cert</type>{block}</clientauth>"),
        )
    };
    let wrapped = format!(
        "<VPNProfile><AlwaysOn>true</AlwaysOn><PluginProfile><CustomConfiguration>{}</CustomConfiguration></PluginProfile></VPNProfile>",
        document()
    );
    vec![
        (
            Code::EncodingMismatch,
            format!(
                "<?xml version=\"1.0\" encoding=\"utf-16\"?>\n{}",
                document()
            ),
        ),
        (
            Code::UnknownElement,
            with("version", "<futurething><x>1</x></futurething>"),
        ),
        (Code::NewerVersion, with("version", "<version>7</version>")),
        (Code::Wrapper, wrapped),
        (
            Code::DuplicateElement,
            with("version", "<name>office</name>"),
        ),
        (Code::NameMissing, with("name", "")),
        (Code::NameTrimmed, with("name", "<name> office\n</name>")),
        (
            Code::HostTrimmed,
            with("fqdn", &format!("<fqdn>\n  {HOST}\n</fqdn>")),
        ),
        (
            Code::HostTrimmed,
            with("fqdn", &format!("<fqdn>{HOST}.</fqdn>")),
        ),
        (
            Code::HostWasUrl,
            with("fqdn", &format!("<fqdn>https://{HOST}/path?x</fqdn>")),
        ),
        (
            Code::HostEncoded,
            with("fqdn", "<fqdn>vpn.büro.example</fqdn>"),
        ),
        (
            Code::ServerEmpty,
            with(
                "serverlist",
                &format!(
                    "<serverlist><ServerEntry><fqdn/></ServerEntry><ServerEntry><fqdn>{HOST}</fqdn></ServerEntry></serverlist>"
                ),
            ),
        ),
        (
            Code::ServerPort,
            with("fqdn", &format!("<fqdn>{HOST}:8443</fqdn>")),
        ),
        (
            Code::TransportUdp,
            with(
                "transportprotocol",
                "<transportprotocol>UDP</transportprotocol>",
            ),
        ),
        (
            Code::SecretReformatted,
            with(
                "serversecret",
                &format!(
                    "<serversecret>\n{}\n{}\n</serversecret>",
                    &secret()[..64],
                    &secret()[64..]
                ),
            ),
        ),
        (
            Code::ThumbprintReformatted,
            with("hash", &format!("<hash>{hash}</hash>")),
        ),
        (Code::NoPinnedRoot, with("hash", "")),
        (
            Code::RootNotPinned,
            document().replace("<type>cert</type>", "<usepinnedroot>false</usepinnedroot>"),
        ),
        (Code::RootUnknown, with("hash", unknown_hash)),
        (
            Code::RootIgnored,
            with(
                "hash",
                "<certificatedata>AAAA</certificatedata><hash>DF3C24F9BFD666761B268073FE06D1CC8D4F82A4</hash>",
            ),
        ),
        (Code::AuthInferred, with("type", "")),
        (
            Code::AuthSynonym,
            with("clientauth", "<clientauth><type>radius</type></clientauth>"),
        ),
        (
            Code::PasswordIgnored,
            with(
                "clientauth",
                "<clientauth><type>usernamepass</type><usernamepass><username>ana</username><password>x</password></usernamepass></clientauth>",
            ),
        ),
        (
            Code::CertificateIgnored,
            cert_auth("<cert><certificatedata>AAAA</certificatedata></cert>"),
        ),
        (
            Code::TenantCompleted,
            with("tenant", &format!("<tenant>{TENANT}</tenant>")),
        ),
        (
            Code::TenantShortened,
            with(
                "tenant",
                &format!(
                    "<tenant>https://login.microsoftonline.com/{TENANT}/oauth2/token</tenant>"
                ),
            ),
        ),
        (
            Code::TenantShared,
            with(
                "tenant",
                "<tenant>https://login.microsoftonline.com/common</tenant>",
            ),
        ),
        (
            Code::IssuerSlash,
            with(
                "issuer",
                &format!("<issuer>https://sts.windows.net/{TENANT}</issuer>"),
            ),
        ),
        (
            Code::IssuerMissing,
            with("issuer", "<issuer i:nil=\"true\"/>"),
        ),
        (
            Code::IssuerOtherTenant,
            with(
                "issuer",
                "<issuer>https://sts.windows.net/00000000-1111-2222-3333-444444444444/</issuer>",
            ),
        ),
        (
            Code::AudienceTrimmed,
            with(
                "audience",
                "<audience>c632b3df-fb67-4d84-bdcf-b95ad541b5c8/.default</audience>",
            ),
        ),
        (Code::AudienceRetiring, with("audience", manual)),
        (
            Code::SuffixNormalised,
            client_config(
                "<dnsservers><dnsserver>10.0.0.4</dnsserver></dnsservers><dnssuffixes><dnssuffix>*.corp.example.</dnssuffix></dnssuffixes>",
            ),
        ),
        (
            Code::SuffixTypo,
            client_config(
                "<dnsservers><dnsserver>10.0.0.4</dnsserver></dnsservers><dnssuffixes><dnsssuffix>.corp.example</dnsssuffix></dnssuffixes>",
            ),
        ),
        (
            Code::DnsServerUseless,
            client_config("<dnsservers><dnsserver>168.63.129.16</dnsserver></dnsservers>"),
        ),
        (
            Code::SuffixWithoutServer,
            client_config("<dnssuffixes><dnssuffix>corp.example</dnssuffix></dnssuffixes>"),
        ),
        (
            Code::MaskStyle,
            include("<destination>10.0.0.0</destination><mask>255.0.0.0</mask>"),
        ),
        (
            Code::MaskStyle,
            include("<destination>10.0.0.0/8</destination>"),
        ),
        (
            Code::HostBits,
            include("<destination>10.1.2.3</destination><mask>8</mask>"),
        ),
        (
            Code::RouteBoth,
            client_config(
                "<includeroutes><route><destination>10.0.0.0</destination><mask>8</mask></route></includeroutes><excluderoutes><route><destination>10.0.0.0</destination><mask>8</mask></route></excluderoutes>",
            ),
        ),
        (
            Code::RoutesMany,
            client_config(&format!(
                "<includeroutes>{}</includeroutes>",
                (0..1001)
                    .map(|n| format!(
                        "<route><destination>10.{}.{}.0</destination><mask>24</mask></route>",
                        n / 256,
                        n % 256
                    ))
                    .collect::<String>()
            )),
        ),
        (
            Code::FullTunnel,
            include("<destination>::</destination><mask>0</mask>"),
        ),
        (
            Code::SecondaryNone,
            with(
                "version",
                "<secondaryProfileName>None</secondaryProfileName>",
            ),
        ),
    ]
}

#[test]
fn each_repair_is_made_and_told_once() {
    for (code, document) in repaired() {
        let findings = reading(&document).findings;
        let codes: Vec<_> = findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, [code], "{findings:#?}");
        let Finding { message, fix, .. } = &findings[0];
        assert!(message.ends_with('.') && !fix.is_empty(), "{findings:?}");
    }
}

/// No code without a document that has it, so that none is forgotten here.
#[test]
fn every_finding_is_seen() {
    let mut seen: BTreeSet<_> = repaired().into_iter().map(|(code, _)| code).collect();
    let manual = document()
        .replace(
            "c632b3df-fb67-4d84-bdcf-b95ad541b5c8",
            "41b23e61-6c1e-4545-b367-cd054e0ed4b4",
        )
        .replace(
            "<audience>",
            "<appid>c632b3df-fb67-4d84-bdcf-b95ad541b5c8</appid><audience>",
        );
    seen.extend(reading(&manual).findings.iter().map(|finding| finding.code));
    let without_secret = with("serversecret", "");
    let foreign = document().replace("login.microsoftonline.com", "login.example.test");
    let options = ReadOptions {
        trusted_authorities: vec!["LOGIN.example.test".to_owned()],
        server_secret: Some(ServerSecret::from_text(&secret()).unwrap()),
        ..ReadOptions::default()
    };
    for document in [without_secret, foreign] {
        let found = read(document.as_bytes(), &options).unwrap().findings;
        seen.extend(found.iter().map(|finding| finding.code));
    }
    let mut named = reading(&document()).profile;
    named
        .set(&Assignment::set("server-name", "vpn.example"), &options)
        .unwrap();
    seen.extend(named.validate().unwrap().iter().map(|finding| finding.code));
    seen.extend(findings_of_an_ovpn_file());
    let missing: Vec<_> = FindingCode::ALL
        .iter()
        .filter(|code| !seen.contains(code))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

fn findings_of_an_ovpn_file() -> Vec<FindingCode> {
    let more = "cipher BF-CBC\ncomp-lzo\n<connection>\nremote a.example.com\n</connection>\n\
                <connection>\nremote b.example.com\nsocks-proxy 192.0.2.9\n</connection>\n<auth-user-pass>\nana\nsecret\n</auth-user-pass>\n";
    let text = include_str!("ovpn/azure-vpnconfig.ovpn").replace("verify-x509-name", "setenv ");
    let found = read((text + more).as_bytes(), &ReadOptions::default());
    let findings = found.map(|reading| reading.findings).unwrap_or_default();
    findings.iter().map(|finding| finding.code).collect()
}

#[test]
fn repairs_give_the_values_that_they_announce() {
    let changed = |document: &str| reading(document).profile;
    assert_eq!(
        changed(&with("fqdn", &format!("<fqdn>{HOST}:8443</fqdn>"))).port,
        8443
    );
    assert_eq!(
        changed(&with("fqdn", "<fqdn>[FD00::1]:8443</fqdn>")).servers[0].host,
        "fd00::1"
    );
    assert_eq!(changed(&with("fqdn", "<fqdn>fd00::1</fqdn>")).port, 443);
    assert_eq!(
        changed(&with("fqdn", "<fqdn>vpn.büro.example</fqdn>")).servers[0].host,
        "vpn.xn--bro-hoa.example"
    );
    assert_eq!(
        changed(&with("name", "")).name,
        HOST.split('.').next().unwrap()
    );
    assert_eq!(
        changed(&with(
            "transportprotocol",
            "<transportprotocol>udp</transportprotocol>"
        ))
        .transport,
        Transport::Udp
    );
    assert_eq!(
        changed(&include(
            "<destination>10.1.2.3</destination><mask>255.255.0.0</mask>"
        ))
        .include[0]
            .to_string(),
        "10.1.0.0/16"
    );
    let SignIn::Entra(entra) =
        changed(&with("tenant", "<tenant>Contoso.onmicrosoft.com</tenant>")).sign_in
    else {
        panic!("not Entra");
    };
    assert_eq!(
        entra.authority,
        "https://login.microsoftonline.com/contoso.onmicrosoft.com"
    );
}

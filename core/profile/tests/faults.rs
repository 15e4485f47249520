//! What is refused, and what is said about it, from documents written here.

mod common;

use common::{client_config, document, include, refusal, with};

/// Every fault, the element it is told of, and a word that the sentence must have.
#[test]
#[expect(clippy::too_many_lines, reason = "one flat table")]
fn faults_name_their_element() {
    let deep = format!(
        "<AzVpnProfile>{}{}</AzVpnProfile>",
        "<a>".repeat(40),
        "</a>".repeat(40)
    );
    let many = format!("<AzVpnProfile>{}</AzVpnProfile>", "<a/>".repeat(20_000));
    let long = format!(
        "<AzVpnProfile><name>{}</name></AzVpnProfile>",
        "x".repeat(70_000)
    );
    let tag = format!("<AzVpnProfile a='{}'/>", "x".repeat(20_000));
    for (document, code, element, word) in [
        (String::new(), "empty", "", "empty"),
        ("x".repeat(1 << 21), "too-large", "", "1048576"),
        (deep, "too-large", "", "16 levels"),
        (many, "too-large", "", "10000 elements"),
        (long, "too-large", "", "`name`"),
        (tag, "too-large", "", "tag"),
        ("hello".to_owned(), "not-a-profile", "", "neither XML"),
        (
            "client\nremote x 443\n".to_owned(),
            "missing",
            "ca",
            "right one",
        ),
        ("{\"a\":1}".to_owned(), "not-a-profile", "schema", "JSON"),
        ("{".to_owned(), "not-well-formed", "", "JSON"),
        (
            "{\"schema\":\"spoke.profile-export/9\"}".to_owned(),
            "unsupported",
            "schema",
            "/9",
        ),
        (
            "<html><body/></html>".to_owned(),
            "not-a-profile",
            "",
            "web page",
        ),
        (
            "<VpnProfile><VpnServer>x</VpnServer></VpnProfile>".to_owned(),
            "not-a-profile",
            "",
            "VpnSettings.xml",
        ),
        (
            "<VPNProfile><PluginProfile/></VPNProfile>".to_owned(),
            "not-a-profile",
            "PluginProfile/CustomConfiguration",
            "MDM",
        ),
        (
            format!("<!DOCTYPE x>{}", document()),
            "doctype",
            "",
            "DOCTYPE",
        ),
        (
            with("name", "<name>&lol;</name>"),
            "not-well-formed",
            "",
            "&lol;",
        ),
        (
            with("name", "<name>&#27;[31m</name>"),
            "not-well-formed",
            "",
            "&#27;",
        ),
        (
            with("name", "<name>a\u{202e}b</name>"),
            "invalid",
            "name",
            "U+202E",
        ),
        (
            with("name", "<name>a\u{9b}31mb</name>"),
            "invalid",
            "name",
            "U+009B",
        ),
        (
            with("name", &format!("<name>{}</name>", "x".repeat(101))),
            "invalid",
            "name",
            "101",
        ),
        (
            with("version", "<name>other</name>"),
            "duplicate",
            "name",
            "more than once",
        ),
        (with("clientauth", ""), "missing", "clientauth", "sign in"),
        (
            with("fqdn", "<fqdn>a:b</fqdn>"),
            "invalid",
            "serverlist/ServerEntry/fqdn",
            "port",
        ),
        (
            with("fqdn", "<fqdn>gw:0</fqdn>"),
            "invalid",
            "serverlist/ServerEntry/fqdn",
            "port",
        ),
        (
            with("fqdn", "<fqdn>10.0.0.300</fqdn>"),
            "invalid",
            "serverlist/ServerEntry/fqdn",
            "address",
        ),
        (
            with("fqdn", "<fqdn>-gw.example</fqdn>"),
            "invalid",
            "serverlist/ServerEntry/fqdn",
            "hyphen",
        ),
        (
            with("fqdn", "<fqdn>user@gw.example</fqdn>"),
            "invalid",
            "serverlist/ServerEntry/fqdn",
            "`@`",
        ),
        (
            with(
                "serverlist",
                "<serverlist><ServerEntry><fqdn>a:1</fqdn></ServerEntry><ServerEntry><fqdn>b:2</fqdn></ServerEntry></serverlist>",
            ),
            "unsupported",
            "serverlist",
            "ports",
        ),
        (
            with("hash", "<hash>abc</hash>"),
            "invalid",
            "servervalidation/cert/hash",
            "3 characters",
        ),
        (
            with("hash", &format!("<hash>{}</hash>", "ab".repeat(32))),
            "invalid",
            "servervalidation/cert/hash",
            "SHA-256",
        ),
        (
            with("tenant", "<tenant>nothing</tenant>"),
            "invalid",
            "clientauth/aad/tenant",
            "tenant",
        ),
        (
            with(
                "tenant",
                "<tenant>https://login.microsoftonline.com/</tenant>",
            ),
            "missing",
            "clientauth/aad/tenant",
            "no tenant",
        ),
        (
            with(
                "tenant",
                "<tenant>https://x@login.microsoftonline.com/common</tenant>",
            ),
            "invalid",
            "clientauth/aad/tenant",
            "more than",
        ),
        (
            with(
                "tenant",
                "<tenant>https://login.microsoftonline.com:444/common</tenant>",
            ),
            "foreign-authority",
            "clientauth/aad/tenant",
            ":444",
        ),
        (
            with(
                "tenant",
                "<tenant>https://login.microsoftonline.com.evil.example/common</tenant>",
            ),
            "foreign-authority",
            "clientauth/aad/tenant",
            "evil",
        ),
        (
            with("issuer", "<issuer>sts</issuer>"),
            "invalid",
            "clientauth/aad/issuer",
            "issuer",
        ),
        (
            with("audience", "<audience>a b</audience>"),
            "invalid",
            "clientauth/aad/audience",
            "application id",
        ),
        (
            with(
                "audience",
                "<appid>x</appid><audience>c632b3df-fb67-4d84-bdcf-b95ad541b5c8</audience>",
            ),
            "invalid",
            "clientauth/aad/appid",
            "application id",
        ),
        (
            with(
                "audience",
                "<audience>x</audience><cachesigninuser>maybe</cachesigninuser>",
            ),
            "invalid",
            "clientauth/aad/cachesigninuser",
            "maybe",
        ),
        (
            include("<mask>8</mask>"),
            "missing",
            "clientconfig/includeroutes/route/destination",
            "destination",
        ),
        (
            include("<destination>10.0.0.0</destination>"),
            "missing",
            "clientconfig/includeroutes/route/destination",
            "mask",
        ),
        (
            include("<destination>10.0.0.0/8</destination><mask>9</mask>"),
            "duplicate",
            "clientconfig/includeroutes/route/destination",
            "/9",
        ),
        (
            client_config("<dnsservers><dnsserver>0.0.0.0</dnsserver></dnsservers>"),
            "invalid",
            "clientconfig/dnsservers/dnsserver",
            "0.0.0.0",
        ),
        (
            client_config(
                "<dnssuffixes><dnssuffix>a</dnssuffix><dnssuffix>-</dnssuffix></dnssuffixes>",
            ),
            "invalid",
            "clientconfig/dnssuffixes/dnssuffix[2]",
            "suffix",
        ),
    ] {
        let error = refusal(&document);
        let text = error.to_string();
        assert_eq!(
            (error.code(), error.element.as_str()),
            (code, element),
            "{text}"
        );
        assert!(text.contains(word), "{text} has no {word}");
        assert!(
            error.message.ends_with('.') && !error.next.is_empty(),
            "{text}"
        );
        assert!(text.chars().all(|letter| !letter.is_control()), "{text:?}");
    }
}

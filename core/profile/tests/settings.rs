//! Profiles made and changed by hand.

#![expect(clippy::panic, reason = "a test ends where it cannot go on")]

mod common;

use common::{HOST, TENANT, secret};
use spoke_profile::{Assignment, FindingCode, KEYS, Profile, ReadOptions, ServerSecret, SignIn};

fn draft() -> Profile {
    let secret = ServerSecret::from_text(&secret());
    Profile::draft("office", secret.unwrap_or_else(|error| panic!("{error}")))
}

/// Makes all changes, or gives the first error as text.
fn change(profile: &mut Profile, assignments: &[&str]) -> Result<Vec<FindingCode>, String> {
    let mut codes = Vec::new();
    for text in assignments {
        let assignment: Assignment = text.parse().map_err(|error| format!("{error}"))?;
        let findings = profile
            .set(&assignment, &ReadOptions::default())
            .map_err(|error| error.to_string())?;
        codes.extend(findings.iter().map(|finding| finding.code));
    }
    Ok(codes)
}

#[test]
fn the_fields_of_the_form_make_a_valid_profile() {
    let mut profile = draft();
    let faults: Vec<_> = profile.validate().unwrap_err();
    let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
    assert_eq!(fields, ["server", "sign-in.tenant", "sign-in.audience"]);
    let codes = change(
        &mut profile,
        &[
            &format!("server={HOST}"),
            &format!("tenant={TENANT}"),
            "audience=c632b3df-fb67-4d84-bdcf-b95ad541b5c8",
            &format!("issuer=https://sts.windows.net/{TENANT}"),
            "root=DF3C24F9BFD666761B268073FE06D1CC8D4F82A4",
        ],
    );
    assert_eq!(
        codes.unwrap(),
        [FindingCode::TenantCompleted, FindingCode::IssuerSlash]
    );
    assert_eq!(profile.validate().unwrap(), []);
}

#[test]
fn every_key_takes_its_own_example() {
    for key in &KEYS {
        let mut profile = draft();
        let kind = match key.name {
            "username" => "usernamepass",
            name if name.starts_with("client-certificate") => "cert",
            _ => "aad",
        };
        let example = key
            .example
            .replace("TENANT-ID", TENANT)
            .replace("GUID", TENANT)
            .replace('…', "x");
        let set = [
            format!("sign-in={kind}"),
            "server=gw.example".to_owned(),
            format!("{}={example}", key.name),
        ];
        let set: Vec<_> = set.iter().map(String::as_str).collect();
        if let Err(error) = change(&mut profile, &set) {
            panic!("{error}");
        }
        assert!(
            key.help.chars().count() > 10 && !key.help.ends_with('.'),
            "{}",
            key.name
        );
    }
}

#[test]
fn lists_grow_shrink_and_are_replaced() {
    let mut profile = draft();
    let set = [
        "server=B.example, c.example",
        "server+=d.example",
        "server-=b.example",
        "dns.suffixes=.a.example,b.example",
        "dns.suffixes+=a.example",
        "routes.include=10.1.2.3/8,fd00::/8,192.0.2.1",
        "routes.include-=fd00::/8",
    ];
    let codes = change(&mut profile, &set).unwrap();
    assert_eq!(codes, [FindingCode::HostBits]);
    let hosts: Vec<_> = profile
        .servers
        .iter()
        .map(|server| server.host.as_str())
        .collect();
    assert_eq!(hosts, ["c.example", "d.example"]);
    assert_eq!(profile.dns.suffixes, ["a.example", "b.example"]);
    let routes: Vec<_> = profile.include.iter().map(ToString::to_string).collect();
    assert_eq!(routes, ["10.0.0.0/8", "192.0.2.1/32"]);
}

#[test]
fn what_does_not_fit_is_refused_and_changes_nothing() {
    for (text, wanted) in [
        ("mtu", "mtu: There is no `=` between key and value."),
        ("colour=red", "colour: There is no such key."),
        ("mtu+=1400", "mtu: The key holds one value, not a list."),
        ("mtu=100", "mtu: `100` is no MTU."),
        ("port=0", "port: `0` is no port."),
        ("username=ana", "username: The profile signs in with `aad`"),
        ("server=", "server: No server would be left."),
        ("server=a.example,b c", "server: `b c` is no host name"),
        (
            "redirect-uri=http://evil.example/",
            "redirect-uri: The redirect URI",
        ),
        (
            "redirect-uri=https://localhost",
            "redirect-uri: The redirect URI",
        ),
        (
            "scope=https://graph.microsoft.com/.default",
            "scope: The audience",
        ),
        (
            "scope=openid profile",
            "scope: `openid profile` is no scope",
        ),
        ("tenant=https://login.evil.example/x", "sign-in.tenant: "),
        ("pin-root=maybe", "pin-root: `maybe` is neither"),
        (
            "display-name=north",
            "display-name: There is no server yet.",
        ),
    ] {
        let mut profile = draft();
        let error = change(&mut profile, &[text]).unwrap_err();
        assert!(error.starts_with(wanted), "{text}: {error}");
        assert_eq!(profile, draft(), "{text}");
    }
}

#[test]
fn the_kind_of_sign_in_can_be_changed_and_stays_when_it_is_the_same() {
    let mut profile = draft();
    change(
        &mut profile,
        &[
            "client-id=c632b3df-fb67-4d84-bdcf-b95ad541b5c8",
            "sign-in=entra",
        ],
    )
    .unwrap();
    assert!(matches!(&profile.sign_in, SignIn::Entra(entra) if entra.application_id.is_some()));
    change(&mut profile, &["sign-in=radius", "username= ana "]).unwrap();
    assert_eq!(
        profile.sign_in,
        SignIn::Password {
            username: Some("ana".to_owned()),
            static_challenge: None,
        }
    );
}

/// The headers came with a configuration, and an address has no place for them.
#[test]
fn a_proxy_that_is_given_a_name_keeps_its_headers() {
    let mut profile = draft();
    let set = |profile: &mut Profile, value: &str| {
        let proxy = Assignment::set("proxy", value);
        if let Err(error) = profile.set(&proxy, &ReadOptions::default()) {
            panic!("{error}");
        }
    };
    set(&mut profile, "http://proxy.example:3128");
    let headers = vec![("X-Way".to_owned(), "vpn".to_owned())];
    if let Some(proxy) = &mut profile.proxy {
        proxy.headers.clone_from(&headers);
    }
    set(&mut profile, "http://ana@proxy.example:3128");
    let proxy = profile.proxy.clone().unwrap();
    assert_eq!(
        (proxy.username.as_deref(), proxy.headers),
        (Some("ana"), headers)
    );
    set(&mut profile, "http://ana@another.example:3128");
    assert!(profile.proxy.unwrap().headers.is_empty());
}

//! Profiles that an earlier Spoke stored or exported.

mod common;

use serde_json::{Value, json};
use spoke_profile::{ControlWrapping, Profile, Protocol, ReadOptions, SignIn, read};

/// As it was written before there was anything but Azure.
fn stored(sign_in: Value) -> Value {
    json!({
        "name": "office",
        "servers": [{"host": common::HOST, "display_name": null}],
        "port": 443,
        "transport": "tcp",
        "server_check": {
            "secret": common::secret(),
            "root_sha1": "df3c24f9bfd666761b268073fe06d1cc8d4f82a4",
            "use_pinned_root": null,
            "root_certificates": [],
            "server_name": null,
        },
        "sign_in": sign_in,
        "dns": {"servers": ["10.1.0.4"], "suffixes": ["corp.example.com"]},
        "include": ["10.1.0.0/16"],
        "exclude": [],
        "secondary_profile": null,
        "always_on": true,
        "mtu": 1400,
    })
}

#[test]
fn a_profile_stored_before_is_what_it_was() {
    let entra = json!({
        "type": "entra", "tenant": common::TENANT,
        "authority": format!("https://login.microsoftonline.com/{}", common::TENANT),
        "authority_trusted": false, "issuer": null,
        "audience": "c632b3df-fb67-4d84-bdcf-b95ad541b5c8", "application_id": null,
        "cache_sign_in": true, "device_sso": false, "disable_sso": false,
        "group_token": false, "redirect_uri": null, "scope": null,
    });
    let profile: Profile = serde_json::from_value(stored(entra)).unwrap();
    let secret = profile.server_check.wrapping.secret().unwrap();
    assert_eq!(hex::encode(secret.expose()), common::secret());
    assert_eq!(profile.protocol, Protocol::default());
    assert_eq!(profile.mtu, Some(1400));
    assert!(matches!(profile.sign_in, SignIn::Entra(_)));
    assert_eq!(profile.normalised().unwrap().0, profile);
}

#[test]
fn the_certificate_that_stood_in_the_sign_in_stands_beside_it() {
    let sha1 = "00112233445566778899aabbccddeeff00112233";
    let sign_in = json!({"type": "certificate", "sha1": sha1, "issuer": "CN=Example Root"});
    let profile: Profile = serde_json::from_value(stored(sign_in)).unwrap();
    assert_eq!(profile.sign_in, SignIn::Certificate);
    let certificate = profile.client_certificate.unwrap();
    assert_eq!(certificate.sha1, sha1.parse().ok());
    assert_eq!(certificate.issuer.as_deref(), Some("CN=Example Root"));
    let sign_in = json!({"type": "certificate", "sha1": null, "issuer": null});
    let profile: Profile = serde_json::from_value(stored(sign_in)).unwrap();
    assert_eq!(profile.client_certificate, None);
}

#[test]
fn an_export_from_before_is_read() {
    let mut profile = stored(json!({"type": "password", "username": "ana"}));
    let export = |profile: &Value| {
        json!({"schema": "spoke.profile-export/1", "profile": profile}).to_string()
    };
    let options = ReadOptions::default();
    let reading = read(export(&profile).as_bytes(), &options).unwrap();
    let wrapping = reading.profile.server_check.wrapping;
    assert!(matches!(wrapping, ControlWrapping::TlsAuth { .. }));

    profile["server_check"]["secret"] = Value::Null;
    let error = read(export(&profile).as_bytes(), &options).unwrap_err();
    assert_eq!(error.code(), "missing");
    let options = ReadOptions {
        server_secret: wrapping.secret().cloned(),
        ..options
    };
    let reading = read(export(&profile).as_bytes(), &options).unwrap();
    assert_eq!(reading.profile.server_check.wrapping, wrapping);
}

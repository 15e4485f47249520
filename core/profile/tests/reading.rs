//! What is trusted, kept secret and understood, from documents written here.

mod common;

use common::{TENANT, document, reading, refusal, secret, with};
use spoke_profile::{
    Assignment, Fault, Profile, ReadOptions, SignIn, export_spoke, open_package, read,
};

#[test]
fn a_bare_tenant_is_completed_with_the_cloud_of_its_audience() {
    let china = document()
        .replace(
            "c632b3df-fb67-4d84-bdcf-b95ad541b5c8",
            "49f817b6-84ae-4cc0-928c-73f27289b3aa",
        )
        .replace("https://login.microsoftonline.com/", "")
        .replace(&format!("<tenant>{TENANT}/"), &format!("<tenant>{TENANT}"));
    let SignIn::Entra(entra) = reading(&china).profile.sign_in else {
        panic!("not Entra");
    };
    assert_eq!(
        entra.authority,
        format!("https://login.chinacloudapi.cn/{TENANT}")
    );
}

#[test]
fn the_mdm_wrapper_may_hold_the_profile_as_text() {
    let escaped = document().replace('&', "&amp;").replace('<', "&lt;");
    for inside in [escaped, format!("<![CDATA[{}]]>", document())] {
        let wrapped = format!(
            "<VPNProfile><AlwaysOn>1</AlwaysOn><PluginProfile><CustomConfiguration>{inside}</CustomConfiguration></PluginProfile></VPNProfile>"
        );
        let profile = reading(&wrapped).profile;
        assert!(profile.always_on);
        assert_eq!(profile.name, "office");
    }
}

#[test]
fn a_foreign_sign_in_host_is_refused_until_the_user_trusts_it() {
    let foreign = document().replace("login.microsoftonline.com", "login.example.test:8443");
    let error = refusal(&foreign);
    assert_eq!(error.untrusted_authority(), Some("login.example.test:8443"));
    for trusted in ["login.example.test:8443", "Login.Example.Test"] {
        let options = ReadOptions {
            trusted_authorities: vec![trusted.to_owned()],
            ..ReadOptions::default()
        };
        let SignIn::Entra(entra) = read(foreign.as_bytes(), &options).unwrap().profile.sign_in
        else {
            panic!("not Entra");
        };
        assert!(entra.authority_trusted);
        assert_eq!(entra.authority_host(), "login.example.test:8443");
    }
    let insecure = document().replace(
        "https://login.microsoftonline.com",
        "http://login.example.test",
    );
    let options = ReadOptions {
        trusted_authorities: vec!["login.example.test".to_owned()],
        ..ReadOptions::default()
    };
    let error = read(insecure.as_bytes(), &options).unwrap_err();
    assert_eq!(error.kind, Fault::InsecureAuthority);
}

/// Spoke's own export says that its author trusted the host; the reader did not.
#[test]
fn trust_does_not_travel_in_an_export() {
    let mut profile: Profile = reading(&document()).profile;
    let options = ReadOptions {
        trusted_authorities: vec!["login.example.test".to_owned()],
        ..ReadOptions::default()
    };
    let tenant = Assignment::set(
        "sign-in.tenant",
        &format!("https://login.example.test/{TENANT}"),
    );
    profile.set(&tenant, &options).unwrap();
    let export = export_spoke(&profile, spoke_profile::ExportOptions { with_secret: true });
    let error = refusal(&export);
    assert_eq!(error.untrusted_authority(), Some("login.example.test"));
    assert_eq!(read(export.as_bytes(), &options).unwrap().profile, profile);
}

#[test]
fn the_secret_is_in_no_message_and_no_debug_output() {
    let digits = secret();
    for changed in [
        digits[1..].to_owned(),
        format!("{digits}zz"),
        digits.replacen('a', "g", 1),
    ] {
        let text = with(
            "serversecret",
            &format!("<serversecret>{changed}</serversecret>"),
        );
        let error = refusal(&text);
        assert!(
            !format!("{error} {error:?}").contains("89abcdef"),
            "{error}"
        );
    }
    let reading = reading(&document());
    assert!(!format!("{reading:?}").contains("89abcdef"));
    let view = spoke_profile::ProfileView::from(&reading.profile);
    assert!(!serde_json::to_string(&view).unwrap().contains("89abcdef"));
}

#[test]
fn a_plain_file_is_a_package_of_one() {
    let package = open_package(document().as_bytes(), &ReadOptions::default()).unwrap();
    assert_eq!(package.profiles().count(), 1);
    assert!(package.first_error().is_none());
}

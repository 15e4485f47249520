//! Every sign-in flow against a certified OpenID provider, by the whole user's
//! side: environment, browser, listener, HTTPS, token file.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking and say why they were skipped"
)]

mod child;
mod provider;
mod proxy;

use provider::{AUDIENCE, Provider, TENANT};
use serde_json::{Value, json};
use std::process::Command;

/// The provider, or `None` after a word why there is none.
fn provider() -> Option<Provider> {
    spoke_needs::found(Provider::start())
}

fn claims(token: &str) -> Value {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let payload = token.split('.').nth(1).expect("a JWT");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[test]
fn authorization_code_with_pkce_then_cache_then_refresh() {
    let Some(provider) = provider() else { return };
    // No client is named: Microsoft's is tried first, which this provider does
    // not know, then the audience itself.
    let run = provider.run(&["ask", "ask", "renew", "refused"], None, &[]);
    let first = run.granted(0);
    assert_eq!(first["username"], "AzureAD");
    assert_eq!(first["account"], "ana@contoso.example");
    assert_eq!(first["silent"], false);
    let token = first["token"].as_str().unwrap();
    assert!(token.len() > 8_000, "{} characters", token.len());
    let claims = claims(token);
    assert_eq!(claims["aud"], AUDIENCE);
    assert_eq!(claims["iss"], format!("https://sts.windows.net/{TENANT}/"));
    let life = first["expires"].as_u64().unwrap() - claims["iat"].as_u64().unwrap();
    assert!((3590..=3610).contains(&life), "{life}");
    assert!(run.seen.contains("You are signed in."), "{}", run.seen);
    assert!(
        run.seen.lines().next().unwrap().ends_with("/done"),
        "{}",
        run.seen
    );
    assert!(
        run.notices
            .iter()
            .all(|notice| !notice.contains("gateway expects"))
    );

    assert_eq!(run.granted(1)["token"], first["token"]);
    for again in [run.granted(2), run.granted(3)] {
        assert_eq!(again["silent"], true);
        assert_eq!(again["account"], "ana@contoso.example");
        assert_ne!(again["token"], first["token"]);
    }
    assert_eq!(run.waits, 1, "the user was asked once");
}

#[test]
fn an_answer_with_another_state_does_not_end_the_sign_in() {
    let Some(provider) = provider() else { return };
    let run = provider.run(&["ask"], Some("public-client"), &[("STRAY", "1")]);
    assert_eq!(run.granted(0)["silent"], false);
    assert!(run.seen.contains("You are signed in."));
}

#[test]
fn a_declined_sign_in_is_refused_with_its_number() {
    let Some(provider) = provider() else { return };
    let run = provider.run(&["ask"], Some("public-client"), &[("ANSWER", "no")]);
    let problem = run.problem(0);
    assert_eq!(problem["code"], "sign_in_refused");
    assert!(problem["summary"].as_str().unwrap().contains("AADSTS65004"));
    assert!(run.seen.contains("You are not signed in."), "{}", run.seen);
}

#[test]
fn a_device_code_typed_elsewhere() {
    let Some(provider) = provider() else { return };
    let run = provider.run(&["device", "renew"], Some("public-client"), &[]);
    assert_eq!(run.granted(0)["account"], "ana@contoso.example");
    assert_eq!(
        claims(run.granted(0)["token"].as_str().unwrap())["aud"],
        AUDIENCE
    );
    assert_eq!(run.granted(1)["silent"], true);
}

#[test]
fn a_declined_device_code() {
    let Some(provider) = provider() else { return };
    let run = provider.run(&["device"], Some("public-client"), &[("ANSWER", "no")]);
    assert_eq!(run.problem(0)["code"], "sign_in_refused");
}

#[test]
fn a_redirect_known_with_the_fixed_port_only() {
    let Some(provider) = provider() else { return };
    let run = provider.run(&["ask"], Some("fixed-port"), &[]);
    assert_eq!(run.granted(0)["silent"], false);
    let page = run.seen.lines().next().unwrap();
    assert_eq!(page, "http://localhost:2023/done");
}

#[test]
fn an_expired_refresh_token_needs_the_user() {
    let Some(provider) = provider() else { return };
    let run = provider.run(
        &["ask", "sleep", "renew silently", "renew"],
        Some("short-refresh"),
        &[],
    );
    assert_eq!(run.granted(0)["silent"], false);
    let problem = run.problem(2);
    assert_eq!(problem["code"], "sign_in_needed");
    assert!(problem["hint"].as_str().unwrap().contains("spoke login"));
    assert_eq!(run.granted(3)["silent"], false);
    assert_eq!(run.waits, 2);
}

#[test]
fn nobody_is_asked_where_that_is_not_wanted_and_nobody_waits_for_ever() {
    let Some(provider) = provider() else { return };
    let quiet = [("BROWSER", "/bin/true")];
    let run = provider.run(
        &["renew silently", "impatient"],
        Some("public-client"),
        &quiet,
    );
    assert_eq!(run.problem(0)["code"], "sign_in_needed");
    assert_eq!(run.problem(1)["code"], "timed_out");
}

#[test]
fn tokens_that_must_not_be_kept_are_in_no_file() {
    let Some(provider) = provider() else { return };
    let run = provider.run_with(
        &["ask", "ask"],
        &json!({"application_id": "public-client", "cache_sign_in": false}),
        &[],
    );
    assert_eq!(run.granted(1)["token"], run.granted(0)["token"]);
    assert!(!run.folder.path().join("config/tokens.json").exists());
}

/// Starts the rest of its arguments on a bus of their own, with an open keyring.
const WITH_KEYRING: &str = r#"
printf password | gnome-keyring-daemon --unlock --components=secrets > /dev/null
exec "$0" "$@"
"#;

fn with_keyring() -> Result<Command, String> {
    for program in ["dbus-run-session", "gnome-keyring-daemon"] {
        let found = Command::new(program).arg("--version").output();
        if !found.is_ok_and(|output| output.status.success()) {
            return Err(format!("{program} is not installed"));
        }
    }
    let mut command = Command::new("dbus-run-session");
    command.args(["--", "sh", "-c", WITH_KEYRING]);
    command.arg(std::env::current_exe().unwrap());
    Ok(command)
}

#[test]
fn a_keyring_keeps_sign_ins_until_logout() {
    let Some(command) = spoke_needs::found(with_keyring()) else {
        return;
    };
    let Some(provider) = provider() else { return };
    let home = tempfile::tempdir().unwrap();
    let home_path = home.path().to_str().unwrap();
    let entra = json!({"application_id": "public-client"});
    let steps = [
        "ask",
        "anew ask",
        "anew renew",
        "accounts",
        "logout",
        "anew renew silently",
    ];
    let environment = [
        ("SPOKE_TOKEN_STORE", "keyring"),
        ("XDG_DATA_HOME", home_path),
        ("XDG_RUNTIME_DIR", home_path),
    ];
    let run = provider.run_under(command, &steps, &entra, &environment);
    assert_eq!(run.granted(1)["token"], run.granted(0)["token"]);
    assert_eq!(run.granted(2)["silent"], true);
    assert_eq!(run.result(3), &json!(["ana@contoso.example"]));
    assert_eq!(run.result(4), 1);
    assert_eq!(run.problem(5)["code"], "sign_in_needed");
    assert!(!run.folder.path().join("config/tokens.json").exists());
    assert!(run.notices.is_empty(), "{:?}", run.notices);
}

#[test]
fn a_proxy_of_the_environment_is_used() {
    let Some(provider) = provider() else { return };
    let proxy = proxy::Tunnel::start();
    let variables = [("HTTPS_PROXY", proxy.url.as_str())];
    let run = provider.run(&["ask", "renew"], Some("public-client"), &variables);
    assert_eq!(run.granted(1)["silent"], true);
    assert!(proxy.count() >= 1, "nothing went through the proxy");
}

#[test]
fn an_unknown_certificate_authority_is_not_trusted() {
    let Some(provider) = provider() else { return };
    let stranger = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let file = provider.folder().join("stranger.pem");
    std::fs::write(&file, stranger.cert.pem()).unwrap();
    let roots = [("SSL_CERT_FILE", file.to_str().unwrap())];
    let run = provider.run(&["device", "ask"], Some("public-client"), &roots);
    assert_eq!(run.waits, 0, "nobody signs in for nothing");
    assert_eq!(run.problem(1)["summary"], run.problem(0)["summary"]);
    let problem = run.problem(0);
    assert!(
        problem["hint"].as_str().unwrap().contains("SSL_CERT_FILE"),
        "{problem}"
    );
}

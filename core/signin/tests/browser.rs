//! The browser flow against answers made by hand.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod common;

use common::{NOW, TENANT, form, jwt, query, refusal, response, settings};
use proptest::prelude::*;
use serde_json::json;
use spoke_signin::{
    BrowserFlow, BrowserStep, FlowSeed, HttpResponse, SettingsError, SignInError, SignInSettings,
};
use zeroize::Zeroizing;

fn flow(settings: SignInSettings) -> BrowserFlow {
    BrowserFlow::new(settings, 50123, FlowSeed::new([9; 32])).unwrap()
}

fn redirect(flow: &BrowserFlow, rest: &str) -> String {
    format!("state={}&{rest}", query(&flow.page().url)["state"])
}

#[test]
fn the_page_asks_for_what_rfc_7636_and_the_gateway_need() {
    let flow = flow(settings());
    let page = flow.page();
    assert_eq!(page.port, 50123);
    assert!(page.url.starts_with(&format!(
        "https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/authorize?"
    )));
    let query = query(&page.url);
    assert_eq!(query["client_id"], "client-a");
    assert_eq!(query["response_type"], "code");
    assert_eq!(query["redirect_uri"], "http://localhost:50123");
    assert_eq!(
        query["scope"],
        "audience/.default offline_access openid profile"
    );
    assert_eq!(query["code_challenge_method"], "S256");
    assert_eq!(query["prompt"], "select_account");
    assert!(!query.contains_key("claims"));
    assert!(!query.contains_key("login_hint"));
}

#[test]
fn a_known_user_is_not_asked_to_choose_and_groups_are_asked_for() {
    let flow = flow(SignInSettings {
        login_hint: Some("ana@contoso.com".to_owned()),
        group_claims: true,
        ..settings()
    });
    let query = query(&flow.page().url);
    assert_eq!(query["login_hint"], "ana@contoso.com");
    assert!(!query.contains_key("prompt"));
    assert_eq!(
        query["claims"],
        r#"{"access_token":{"groups":{"essential":true}}}"#
    );
}

#[test]
fn a_code_becomes_tokens() {
    let mut flow = flow(settings());
    let nonce = query(&flow.page().url)["nonce"].clone();
    let challenge = query(&flow.page().url)["code_challenge"].clone();
    let Some(BrowserStep::Send(request)) = flow.handle_redirect(&redirect(&flow, "code=c%2B1"))
    else {
        panic!("a token request was expected");
    };
    let fields = form(&request);
    assert_eq!(fields["code"], "c+1");
    assert_eq!(fields["grant_type"], "authorization_code");
    assert_eq!(fields["redirect_uri"], "http://localhost:50123");
    assert_ne!(fields["code_verifier"], challenge);
    let id = jwt(&json!({
        "aud": "client-a", "nonce": nonce, "tid": TENANT, "preferred_username": "ana@contoso.com"
    }));
    let answer = response(
        200,
        &json!({"access_token": "at", "refresh_token": "rt", "expires_in": "3599", "id_token": id}),
    );
    let BrowserStep::Done(tokens) = flow.handle_response(NOW, &answer) else {
        panic!("tokens were expected");
    };
    assert!(tokens.access.matches("at"));
    assert!(tokens.refresh.unwrap().matches("rt"));
    assert_eq!(tokens.expires.unix(), NOW.unix() + 3599);
    assert_eq!(
        tokens.account.unwrap().username.as_deref(),
        Some("ana@contoso.com")
    );
    assert_eq!(tokens.client_id, "client-a");
}

#[test]
fn an_id_token_for_somebody_else_is_refused() {
    let cases = [
        (json!({"aud": "other", "tid": TENANT}), "aud"),
        (
            json!({"aud": "client-a", "nonce": "other", "tid": TENANT}),
            "nonce",
        ),
        (json!({"aud": "client-a", "tid": TENANT}), "nonce"),
        (
            json!({"aud": ["client-a"], "tid": "11111111-2222-3333-4444-555566667777"}),
            "tid",
        ),
    ];
    for (mut claims, wrong) in cases {
        let mut flow = flow(settings());
        if wrong != "nonce" {
            claims["nonce"] = json!(query(&flow.page().url)["nonce"]);
        }
        let _ = flow.handle_redirect(&redirect(&flow, "code=c"));
        let answer = response(
            200,
            &json!({"access_token": "at", "id_token": jwt(&claims)}),
        );
        match flow.handle_response(NOW, &answer) {
            BrowserStep::Failed(SignInError::IdToken { claim, .. }) => assert_eq!(claim, wrong),
            _ => panic!("{wrong} should have been refused"),
        }
    }
}

#[test]
fn another_sign_ins_answer_changes_nothing() {
    let mut flow = flow(settings());
    for stray in [
        "",
        "code=c",
        "code=c&state=",
        "state=x&error=access_denied",
        "state=x&code=c",
    ] {
        assert!(flow.handle_redirect(stray).is_none(), "{stray}");
    }
    assert!(flow.handle_redirect(&redirect(&flow, "code=c")).is_some());
}

#[test]
fn a_client_that_may_not_is_followed_by_the_next() {
    for code in ["AADSTS650057: Invalid resource", "AADSTS700016: not found"] {
        let mut flow = flow(settings());
        let before = query(&flow.page().url);
        let answer = redirect(
            &flow,
            &format!("error=invalid_resource&error_description={code}"),
        );
        let Some(BrowserStep::Open(page)) = flow.handle_redirect(&answer) else {
            panic!("another page was expected");
        };
        let after = query(&page.url);
        assert_eq!(after["client_id"], "client-b");
        assert_ne!(after["state"], before["state"]);
        assert_ne!(after["nonce"], before["nonce"]);
        assert_ne!(after["code_challenge"], before["code_challenge"]);
        assert!(
            flow.handle_redirect(&answer).is_none(),
            "the old state is void"
        );
        let again = redirect(
            &flow,
            "error=invalid_resource&error_description=AADSTS650057",
        );
        assert!(matches!(
            flow.handle_redirect(&again),
            Some(BrowserStep::Failed(SignInError::Refused(refusal))) if refusal.code == Some(650_057)
        ));
    }
}

#[test]
fn an_unknown_redirect_leads_to_the_fixed_port_and_then_to_a_device_code() {
    let mut flow = flow(settings());
    let mismatch = |flow: &mut BrowserFlow| {
        flow.handle_redirect(&redirect(
            flow,
            "error=invalid_request&error_description=AADSTS50011",
        ))
        .unwrap()
    };
    let BrowserStep::Open(page) = mismatch(&mut flow) else {
        panic!("the other port was expected");
    };
    assert_eq!(page.port, 2023);
    assert_eq!(query(&page.url)["redirect_uri"], "http://localhost:2023");
    assert!(matches!(mismatch(&mut flow), BrowserStep::UseDeviceCode(_)));
}

#[test]
fn the_preflight_finds_the_client_and_redirect_that_the_server_knows() {
    let page = |text: &str| HttpResponse {
        status: 400,
        location: None,
        body: Zeroizing::new(format!("<html>{text}: bla</html>").into_bytes()),
    };
    let nobody = HttpResponse {
        status: 302,
        location: Some(
            "http://localhost:2023/?error=login_required&error_description=AADSTS50058:+x&state=s"
                .to_owned(),
        ),
        body: Zeroizing::default(),
    };
    let mut flow = flow(settings());
    assert_eq!(query(&flow.preflight().url)["prompt"], "none");
    let next = flow.handle_preflight(&page("AADSTS700016")).unwrap();
    assert_eq!(query(&next.url)["client_id"], "client-b");
    let next = flow.handle_preflight(&page("AADSTS50011")).unwrap();
    assert_eq!(query(&next.url)["redirect_uri"], "http://localhost:2023");
    assert!(flow.handle_preflight(&nobody).is_none());
    assert_eq!(flow.page().port, 2023);
    assert_eq!(query(&flow.page().url)["client_id"], "client-b");
}

#[test]
fn when_no_client_is_known_the_first_ones_page_is_shown() {
    let mut flow = flow(settings());
    let unknown = HttpResponse {
        status: 200,
        location: None,
        body: Zeroizing::new(b"AADSTS700016".to_vec()),
    };
    assert!(flow.handle_preflight(&unknown).is_some());
    assert!(flow.handle_preflight(&unknown).is_none());
    assert_eq!(query(&flow.page().url)["client_id"], "client-a");
}

#[test]
fn a_declined_sign_in_fails_with_its_words() {
    let mut flow = flow(settings());
    let answer = redirect(
        &flow,
        "error=access_denied&error_description=AADSTS65004%3A+declined%0D%0ATrace+ID%3A+t",
    );
    let Some(BrowserStep::Failed(SignInError::Refused(refusal))) = flow.handle_redirect(&answer)
    else {
        panic!("a refusal was expected");
    };
    assert_eq!(
        refusal.meaning(),
        "Consent to the VPN application was declined."
    );
    assert_eq!(refusal.trace_id.as_deref(), Some("t"));
}

#[test]
fn a_proxys_page_is_not_taken_for_an_answer() {
    let mut flow = flow(settings());
    let _ = flow.handle_redirect(&redirect(&flow, "code=c"));
    let page = HttpResponse {
        status: 200,
        location: None,
        body: Zeroizing::new(b"<html>Please log in to Hotel WiFi".to_vec()),
    };
    assert!(matches!(
        flow.handle_response(NOW, &page),
        BrowserStep::Failed(SignInError::NotOAuth { status: 200 })
    ));
    assert!(matches!(
        flow.handle_response(NOW, &refusal("invalid_grant", "AADSTS70008")),
        BrowserStep::Failed(SignInError::Refused(_))
    ));
}

#[test]
fn settings_that_would_leak_are_refused() {
    let with = |change: fn(&mut SignInSettings)| {
        let mut settings = settings();
        change(&mut settings);
        BrowserFlow::new(settings, 1, FlowSeed::new([0; 32]))
            .map(drop)
            .unwrap_err()
    };
    assert!(matches!(
        with(|s| s.authority = "http://login.example/t".into()),
        SettingsError::AuthorityNotHttps(_)
    ));
    assert!(matches!(
        with(|s| s.authority = "https://u:p@login.example/t".into()),
        SettingsError::AuthorityUnreadable(_)
    ));
    assert!(matches!(
        with(|s| s.client_ids.clear()),
        SettingsError::NoClient
    ));
    for uri in [
        "https://evil.example/",
        "http://evil.example:80/",
        "http://localhost:0/",
        "http://localhost:/",
        "http:localhost",
        "x",
    ] {
        let settings = SignInSettings {
            redirect_uri: Some(uri.to_owned()),
            ..settings()
        };
        assert!(
            matches!(settings.check(), Err(SettingsError::RedirectNotLocal(_))),
            "{uri}"
        );
    }
}

#[test]
fn the_users_redirect_is_the_only_one() {
    let mut flow = flow(SignInSettings {
        redirect_uri: Some("http://localhost:8400/auth".to_owned()),
        ..settings()
    });
    assert_eq!(flow.page().port, 8400);
    let answer = redirect(&flow, "error=x&error_description=AADSTS50011");
    assert!(matches!(
        flow.handle_redirect(&answer),
        Some(BrowserStep::UseDeviceCode(_))
    ));
}

/// Entra ignores the port of a loopback redirect, so that the registered one names none.
#[test]
fn a_redirect_without_a_port_takes_the_one_that_is_listened_on() {
    for (own, sent, port) in [
        ("http://localhost", "http://localhost:50123", None),
        ("http://localhost/", "http://localhost:50123/", None),
        ("http://127.0.0.1/auth", "http://127.0.0.1:50123/auth", None),
        ("http://[::1]", "http://[::1]:50123", None),
        ("http://[::1]:8400/a:b", "http://[::1]:8400/a:b", Some(8400)),
        ("http://localhost:80/", "http://localhost:80/", Some(80)),
    ] {
        let settings = SignInSettings {
            redirect_uri: Some(own.to_owned()),
            ..settings()
        };
        assert_eq!(settings.redirect_port(), Ok(port), "{own}");
        let page = flow(settings).page();
        assert_eq!(query(&page.url)["redirect_uri"], sent);
        assert_eq!(page.port, port.unwrap_or(50123), "{own}");
    }
}

proptest! {
    #[test]
    fn any_query_without_the_state_is_ignored(query in "[a-z0-9=&%+]{0,60}") {
        prop_assert!(flow(settings()).handle_redirect(&query).is_none());
    }

    #[test]
    fn any_response_is_taken_without_a_panic(status in 0u16..700, body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut flow = flow(settings());
        let response = HttpResponse { status, location: None, body: Zeroizing::new(body) };
        let done = matches!(flow.handle_response(NOW, &response), BrowserStep::Done(_));
        prop_assert!(!done);
        let _ = flow.handle_preflight(&response);
    }

    #[test]
    fn flows_share_no_secret(one in any::<[u8; 32]>(), other in any::<[u8; 32]>()) {
        prop_assume!(one != other);
        let page = |seed| query(&BrowserFlow::new(settings(), 1, FlowSeed::new(seed)).unwrap().page().url);
        let (one, other) = (page(one), page(other));
        for field in ["state", "nonce", "code_challenge"] {
            prop_assert_ne!(&one[field], &other[field]);
        }
    }
}

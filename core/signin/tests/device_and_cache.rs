//! Device code, refresh, cache and pre-check against answers made by hand.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod common;

use common::{NOW, TENANT, form, jwt, refusal, response, settings};
use proptest::prelude::*;
use serde_json::json;
use spoke_moment::{Moment, WallTime};
use spoke_signin::{
    CacheEntry, Choice, DeviceFlow, DeviceStep, Need, RefreshFlow, RefreshStep, Secret,
    SignInError, SignInSettings, TokenCache, precheck,
};
use std::time::Duration;

const START: Moment = Moment::ORIGIN;

fn after(seconds: u64) -> Moment {
    START + Duration::from_secs(seconds)
}

fn asked() -> DeviceFlow {
    let mut flow = DeviceFlow::new(settings()).unwrap();
    let answer = response(
        200,
        &json!({
            "device_code": "dc", "user_code": "ABC-DEF", "expires_in": 900, "interval": 5,
            "verification_uri": "https://microsoft.com/devicelogin", "message": "…"
        }),
    );
    match flow.handle_response(START, NOW, &answer) {
        DeviceStep::Ask(question) => assert_eq!(question.code, "ABC-DEF"),
        _ => panic!("a question was expected"),
    }
    flow
}

#[test]
fn polling_follows_rfc_8628() {
    let mut flow = asked();
    assert_eq!(flow.deadline().unwrap().at, after(5));
    assert!(matches!(flow.handle_timeout(after(4)), DeviceStep::Wait));
    let DeviceStep::Send(request) = flow.handle_timeout(after(5)) else {
        panic!("a poll was expected");
    };
    let fields = form(&request);
    assert_eq!(fields["device_code"], "dc");
    assert_eq!(
        fields["grant_type"],
        "urn:ietf:params:oauth:grant-type:device_code"
    );
    let pending = refusal("authorization_pending", "AADSTS70016: pending");
    assert!(matches!(
        flow.handle_response(after(6), NOW, &pending),
        DeviceStep::Wait
    ));
    assert_eq!(flow.deadline().unwrap().at, after(11));
    let _ = flow.handle_timeout(after(11));
    let slow = refusal("slow_down", "");
    assert!(matches!(
        flow.handle_response(after(11), NOW, &slow),
        DeviceStep::Wait
    ));
    assert_eq!(flow.deadline().unwrap().at, after(21));
    let _ = flow.handle_timeout(after(21));
    let tokens = response(200, &json!({"access_token": "at", "expires_in": 100}));
    assert!(matches!(
        flow.handle_response(after(21), NOW, &tokens),
        DeviceStep::Done(_)
    ));
}

#[test]
fn a_lost_poll_slows_down_and_keeps_the_code() {
    let mut flow = asked();
    let _ = flow.handle_timeout(after(5));
    assert!(matches!(flow.handle_silence(after(5)), DeviceStep::Wait));
    assert_eq!(flow.deadline().unwrap().at, after(15));
}

#[test]
fn the_code_ends() {
    let mut flow = asked();
    assert!(matches!(
        flow.handle_timeout(after(900)),
        DeviceStep::Failed(SignInError::CodeExpired)
    ));
    for error in ["expired_token", "code_expired"] {
        assert!(matches!(
            asked().handle_response(after(5), NOW, &refusal(error, "")),
            DeviceStep::Failed(SignInError::CodeExpired)
        ));
    }
    for error in ["access_denied", "authorization_declined"] {
        assert!(matches!(
            asked().handle_response(after(5), NOW, &refusal(error, "")),
            DeviceStep::Failed(SignInError::Refused(refusal)) if refusal.meaning() == "The sign-in was declined."
        ));
    }
}

#[test]
fn the_next_client_asks_for_a_code_of_its_own() {
    let mut flow = DeviceFlow::new(settings()).unwrap();
    assert_eq!(form(&flow.start())["client_id"], "client-a");
    let unknown = refusal("unauthorized_client", "AADSTS700016: not found");
    let DeviceStep::Send(request) = flow.handle_response(START, NOW, &unknown) else {
        panic!("another request was expected");
    };
    assert_eq!(form(&request)["client_id"], "client-b");
    assert!(matches!(
        flow.handle_response(START, NOW, &unknown),
        DeviceStep::Failed(SignInError::Refused(_))
    ));
}

#[test]
fn a_refresh_says_when_a_person_is_needed() {
    let begin = || RefreshFlow::new(settings(), "client-b", &Secret::new("rt".into())).unwrap();
    let (mut flow, request) = begin();
    assert_eq!(form(&request)["client_id"], "client-b");
    assert_eq!(form(&request)["refresh_token"], "rt");
    let answer = response(200, &json!({"access_token": "at2", "expires_in": 60}));
    let RefreshStep::Done(tokens) = flow.handle_response(NOW, &answer) else {
        panic!("tokens were expected");
    };
    assert!(tokens.access.matches("at2"));
    let table = [
        ("invalid_grant", "AADSTS700082: expired", true),
        ("invalid_grant", "AADSTS50076: mfa", true),
        ("invalid_grant", "AADSTS70043: frequency", true),
        ("invalid_grant", "", true),
        ("interaction_required", "AADSTS53003: blocked", false),
        ("invalid_grant", "AADSTS65001: consent", false),
        ("temporarily_unavailable", "", false),
    ];
    for (error, text, person) in table {
        let (mut flow, _) = begin();
        let RefreshStep::Failed(failure) = flow.handle_response(NOW, &refusal(error, text)) else {
            panic!("{text} should fail");
        };
        assert_eq!(failure.needs_person(), person, "{error} {text}");
    }
}

#[test]
fn a_server_that_granted_less_is_asked_for_what_it_granted() {
    let (mut flow, request) =
        RefreshFlow::new(settings(), "client-b", &Secret::new("rt".into())).unwrap();
    assert_eq!(form(&request)["scope"], settings().scope);
    let less = refusal("invalid_scope", "refresh token missing requested scope");
    let RefreshStep::Send(again) = flow.handle_response(NOW, &less) else {
        panic!("another request was expected");
    };
    assert!(!form(&again).contains_key("scope"));
    assert_eq!(form(&again)["refresh_token"], "rt");
    assert!(matches!(
        flow.handle_response(NOW, &less),
        RefreshStep::Failed(SignInError::Refused(_))
    ));
}

fn entry(client_id: &str, expires: u64, refresh: Option<&str>) -> CacheEntry {
    CacheEntry {
        key: settings().key(client_id),
        account: None,
        access: Secret::new("at".into()),
        expires: WallTime::from_unix(expires),
        refresh: refresh.map(|text| Secret::new(text.into())),
    }
}

fn need(valid_until: u64) -> Need {
    Need {
        valid_until: WallTime::from_unix(valid_until),
        cached_was_refused: false,
    }
}

#[test]
fn the_cache_prefers_what_asks_least() {
    let now = NOW.unix();
    let good = || entry("client-b", now + 3000, Some("rt"));
    let cache = TokenCache::new(vec![good()]);
    assert!(matches!(
        cache.choose(&settings(), need(now + 2000), NOW),
        Choice::Cached(_)
    ));
    assert!(matches!(
        cache.choose(&settings(), need(now + 3001), NOW),
        Choice::Refresh(..)
    ));
    let refused = Need {
        cached_was_refused: true,
        ..need(0)
    };
    assert!(matches!(
        cache.choose(&settings(), refused, NOW),
        Choice::Refresh(..)
    ));
    let cache = TokenCache::new(vec![entry("client-a", now + 30, None)]);
    assert!(matches!(
        cache.choose(&settings(), need(0), NOW),
        Choice::Interactive { .. }
    ));
    let mut other = settings();
    other.authority.push('x');
    let cache = TokenCache::new(vec![good()]);
    assert!(matches!(
        cache.choose(&other, need(0), NOW),
        Choice::Interactive { .. }
    ));
}

#[test]
fn a_chosen_account_has_a_place_beside_whoever_else_signed_in() {
    let user = |name: &str| {
        let account = json!({
            "username": name, "name": null, "object_id": null, "tenant_id": null,
        });
        serde_json::from_value(account).ok()
    };
    let of = |account: &str| SignInSettings {
        account: Some(account.to_owned()),
        ..settings()
    };
    let later = NOW.unix() + 5000;
    let mut anybody = entry("client-a", later, Some("rt"));
    anybody.account = user("ana@contoso.com");
    let mut cache = TokenCache::new(vec![anybody]);
    let good = need(0);
    assert!(matches!(
        cache.choose(&of("Ana@Contoso.com"), good, NOW),
        Choice::Cached(_)
    ));
    assert!(matches!(
        cache.choose(&of("bo@contoso.com"), good, NOW),
        Choice::Interactive { .. }
    ));
    let mut bo = entry("client-a", later, None);
    bo.key = of("Bo@contoso.com").key("client-a");
    bo.account = user("bo@contoso.com");
    cache.put(bo);
    assert_eq!(cache.entries().len(), 2);
    let chosen = |settings| match cache.choose(&settings, good, NOW) {
        Choice::Cached(entry) => entry.account.as_ref().and_then(|who| who.username.clone()),
        _ => None,
    };
    assert_eq!(
        chosen(of("bo@contoso.com")).as_deref(),
        Some("bo@contoso.com")
    );
    assert_eq!(chosen(settings()).as_deref(), Some("ana@contoso.com"));
    let names: Vec<_> = cache.entries().iter().map(|one| one.key.text()).collect();
    assert!(
        names[0] != names[1] && names[1].ends_with("|bo@contoso.com"),
        "{names:?}"
    );
    assert!(of("bo@contoso.com").accepts("BO@contoso.com"));
    assert!(!of("bo@contoso.com").accepts("ana@contoso.com"));
    assert!(settings().accepts("ana@contoso.com"));
}

#[test]
fn a_refresh_keeps_what_it_does_not_repeat() {
    let mut cache = TokenCache::new(vec![entry("client-b", 5, Some("old"))]);
    let (mut flow, _) =
        RefreshFlow::new(settings(), "client-b", &Secret::new("old".into())).unwrap();
    let answer = response(200, &json!({"access_token": "new", "expires_in": 60}));
    let RefreshStep::Done(tokens) = flow.handle_response(NOW, &answer) else {
        panic!("tokens were expected");
    };
    let merged = cache.succeed(&settings(), tokens);
    assert!(merged.access.matches("new"));
    assert!(merged.refresh.unwrap().matches("old"));
}

#[test]
fn the_precheck_names_cause_and_claim() {
    let good = json!({
        "aud": "api://audience", "iss": format!("https://sts.windows.net/{TENANT}/"),
        "tid": TENANT.to_uppercase(), "exp": NOW.unix() + 10, "nbf": NOW.unix() - 10
    });
    assert_eq!(precheck(&jwt(&good), &settings(), NOW), []);
    let table = [
        (
            "aud",
            json!("00000003-0000-0000-c000-000000000000"),
            "scope",
        ),
        (
            "iss",
            json!(format!("https://sts.windows.net/{TENANT}")),
            "slash",
        ),
        (
            "iss",
            json!("https://sts.windows.net/other/"),
            "another tenant",
        ),
        (
            "tid",
            json!("11111111-2222-3333-4444-555566667777"),
            "another organisation",
        ),
        ("exp", json!(NOW.unix()), "expired"),
        ("nbf", json!(NOW.unix() + 301), "clock is behind"),
    ];
    for (claim, value, cause) in table {
        let mut claims = good.clone();
        claims[claim] = value;
        let warnings = precheck(&jwt(&claims), &settings(), NOW);
        assert_eq!(warnings.len(), 1, "{claim}");
        assert_eq!(warnings[0].claim, claim);
        assert!(warnings[0].text.contains(cause), "{}", warnings[0].text);
    }
    let mut version_two = good;
    version_two["ver"] = json!("2.0");
    version_two["iss"] = json!(format!("https://login.microsoftonline.com/{TENANT}/v2.0"));
    let warnings = precheck(&jwt(&version_two), &settings(), NOW);
    assert!(warnings[0].text.contains("requestedAccessTokenVersion"));
    assert_eq!(precheck("opaque", &settings(), NOW), []);
}

proptest! {
    #[test]
    fn entries_survive_storage(access in ".{0,50}", refresh in proptest::option::of(".{0,50}"), expires in any::<u64>()) {
        let mut before = entry("client-a", expires, refresh.as_deref());
        before.access = Secret::new(access.clone());
        let read = CacheEntry::from_storage(&before.to_storage()).unwrap();
        prop_assert!(read.access.matches(&access));
        prop_assert_eq!(read.refresh.map(|secret| secret.expose().to_owned()), refresh);
        prop_assert_eq!(read.expires.unix(), expires);
        prop_assert_eq!(read.key, before.key);
    }

    #[test]
    fn what_is_chosen_can_be_used(expires in 0u64..9000, until in 0u64..9000, refreshable: bool, refused: bool) {
        let base = NOW.unix();
        let cache = TokenCache::new(vec![entry("client-a", base + expires, refreshable.then_some("rt"))]);
        let need = Need { valid_until: WallTime::from_unix(base + until), cached_was_refused: refused };
        match cache.choose(&settings(), need, NOW) {
            Choice::Cached(entry) => {
                prop_assert!(!refused);
                prop_assert!(entry.expires.unix() >= base + until.max(60));
            }
            Choice::Refresh(..) => prop_assert!(refreshable),
            Choice::Interactive { .. } => prop_assert!(!refreshable),
        }
    }

    #[test]
    fn any_text_is_judged_without_a_panic(text in ".{0,80}") {
        let _ = precheck(&text, &settings(), NOW);
        let _ = CacheEntry::from_storage(&text);
        let dotted = format!("a.{}.b", text);
        let _ = precheck(&dotted, &settings(), NOW);
    }

    #[test]
    fn a_poll_is_never_sent_before_its_time(answers in proptest::collection::vec(0u8..3, 1..20)) {
        let mut flow = asked();
        let mut last = START;
        for answer in answers {
            let at = flow.deadline().unwrap().at;
            prop_assert!(at.since(last) >= Duration::from_secs(5) || at == after(900));
            last = at;
            match flow.handle_timeout(at) {
                DeviceStep::Send(_) => {}
                DeviceStep::Failed(SignInError::CodeExpired) => return Ok(()),
                _ => prop_assert!(false, "a poll or the end was expected"),
            }
            match answer {
                0 => drop(flow.handle_response(at, NOW, &refusal("authorization_pending", ""))),
                1 => drop(flow.handle_response(at, NOW, &refusal("slow_down", ""))),
                _ => drop(flow.handle_silence(at)),
            }
        }
    }
}

//! What a gateway says beside yes and no: further steps, other settings, and refusals of many kinds.

mod common;

use common::{Habits, Pair, Pki, client_config, server_config};
use spoke_engine::{Cipher, ClientConfig, Closed, Error, Refusal, Remedy, ServerConfig};
use spoke_wire::{
    Advance, AuthFailure, AuthToken, ChallengeAnswer, DynamicChallenge, FilterRule, PushFilter,
    PushReply, PushText, PushUpdate, Route, SignInStep, TextChallenge, UpdateError, WebStep,
};
use std::time::Duration;

fn pair_with(habits: Habits, change: impl Fn(&mut ClientConfig, &mut ServerConfig)) -> Pair {
    let pki = Pki::new();
    let (mut client, mut server) = (client_config(&pki), server_config(&pki));
    change(&mut client, &mut server);
    Pair::new(client, server, habits)
}

fn pair(habits: Habits) -> Pair {
    pair_with(habits, |_, _| {})
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// What a client that is refused so makes of it.
#[expect(clippy::panic, reason = "a test fails by panicking")]
fn refused(failure: AuthFailure, change: impl Fn(&mut ClientConfig, &mut ServerConfig)) -> Refusal {
    let habits = Habits {
        refusal: Some(failure),
        ..Habits::default()
    };
    let mut pair = pair_with(habits, change);
    pair.run(seconds(20), |pair| pair.client.closed.is_some());
    match pair.client.closed {
        Some(Closed::Failed(Error::PeerRefused(refusal))) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

fn web() -> SignInStep {
    SignInStep::Web(WebStep {
        url: "https://login.example/x".to_owned(),
        hidden: false,
        external: true,
        proxy: None,
    })
}

#[test]
fn a_page_is_passed_on_and_both_ends_wait_for_it() {
    let mut pair = pair(Habits {
        defer: Some((seconds(300), Some(web()))),
        ..Habits::default()
    });
    pair.run(seconds(250), |pair| {
        pair.client.closed.is_some() || pair.server.closed.is_some()
    });
    assert_eq!((&pair.client.closed, &pair.server.closed), (&None, &None));
    assert_eq!(pair.client.steps, [web()]);
    assert!(
        pair.client.pending[0] > seconds(295),
        "{:?}",
        pair.client.pending
    );
    let now = pair.now;
    pair.server
        .session
        .accept_credentials(now, 0, PushReply::default());
    pair.connect();
}

#[test]
fn a_sign_in_that_is_not_finished_ends_when_the_gateway_said() {
    let mut pair = pair(Habits {
        defer: Some((seconds(100), None)),
        ..Habits::default()
    });
    pair.run(seconds(99), |pair| pair.client.closed.is_some());
    assert_eq!(pair.client.closed, None);
    pair.run(seconds(3), |pair| pair.client.closed.is_some());
    assert!(pair.client.closed.is_some());
}

#[test]
fn no_gateway_keeps_a_client_waiting_longer_than_half_a_keys_life() {
    let defer = Some((seconds(10_000), None));
    let mut pair = pair(Habits {
        defer,
        ..Habits::default()
    });
    pair.run(seconds(1795), |pair| pair.client.closed.is_some());
    assert_eq!(pair.client.closed, None);
    pair.run(seconds(10), |pair| pair.client.closed.is_some());
    assert!(pair.client.closed.is_some());
}

#[test]
fn a_question_is_answered_while_the_gateway_waits() {
    let question = SignInStep::Challenge(TextChallenge {
        echo: false,
        response_required: true,
        text: "Which code: now?".to_owned(),
    });
    let mut pair = pair(Habits {
        defer: Some((seconds(60), Some(question.clone()))),
        ..Habits::default()
    });
    pair.run(seconds(5), |pair| !pair.client.steps.is_empty());
    assert_eq!(pair.client.steps, [question]);
    let now = pair.now;
    let answer = ChallengeAnswer::new("123 456");
    pair.client.session.answer_challenge(now, answer);
    pair.run(seconds(5), |pair| !pair.server.answers.is_empty());
    assert_eq!(pair.server.answers, ["123 456"]);
    let now = pair.now;
    pair.server
        .session
        .accept_credentials(now, 0, PushReply::default());
    pair.connect();
}

#[test]
fn an_update_changes_what_it_names_and_the_client_hears_the_whole() {
    let push = PushReply {
        routes: vec![Route::into_tunnel([10, 1, 0, 0].into(), 16)],
        block_ipv6: true,
        ping: Some(7),
        ..PushReply::default()
    };
    let mut pair = pair(Habits {
        push,
        ..Habits::default()
    });
    pair.connect();
    let routes: Vec<String> = (0..60)
        .map(|net| format!("route 10.{net}.0.0 255.255.0.0"))
        .collect();
    let update = format!("{},-block-ipv6,?no-such-thing 1", routes.join(","));
    let update = PushUpdate::parse(&PushText::new(update)).unwrap();
    let now = pair.now;
    assert_eq!(pair.server.session.push_update(now, &update), Ok(true));
    pair.run(seconds(5), |pair| pair.client.pushed.len() > 1);
    let (reply, again) = &pair.client.pushed[1];
    assert!(*again && !reply.block_ipv6);
    assert_eq!((reply.routes.len(), reply.ping), (60, Some(7)));
    assert_eq!(reply.cipher, pair.client.pushed[0].0.cipher);
    pair.exchange();
}

#[test]
fn an_update_that_cannot_be_done_leads_to_a_new_connection() {
    let mut pair = pair(Habits::default());
    pair.connect();
    let update = PushUpdate::parse(&PushText::new("cipher AES-128-GCM")).unwrap();
    let now = pair.now;
    assert_eq!(pair.server.session.push_update(now, &update), Ok(true));
    pair.run(seconds(5), |pair| pair.client.closed.is_some());
    let Some(Closed::Failed(error)) = &pair.client.closed else {
        panic!("still there");
    };
    let fixed = UpdateError::Fixed("cipher".to_owned());
    assert_eq!(*error, Error::PeerRefused(Refusal::Update(fixed)));
    assert_eq!(error.remedy(), Remedy::RetryNow);
}

#[test]
fn a_filter_holds_for_the_first_settings_and_for_updates() {
    let rule = |rule, text: &str| (rule, text.to_owned());
    let filter = PushFilter {
        rules: vec![
            rule(FilterRule::Ignore, "ping"),
            rule(FilterRule::Reject, "block-"),
        ],
        no_routes: false,
    };
    let push = PushReply {
        ping: Some(3),
        routes: vec![Route::into_tunnel([10, 1, 0, 0].into(), 16)],
        ..PushReply::default()
    };
    let habits = Habits {
        push,
        ..Habits::default()
    };
    let mut pair = pair_with(habits, |client, _| client.push_filter = filter.clone());
    pair.connect();
    let reply = &pair.client.pushed[0].0;
    assert_eq!((reply.ping, reply.routes.len()), (None, 1));
    let update = PushUpdate::parse(&PushText::new("block-ipv6")).unwrap();
    let now = pair.now;
    assert_eq!(pair.server.session.push_update(now, &update), Ok(true));
    pair.run(seconds(5), |pair| pair.client.closed.is_some());
    let filtered = Refusal::Filtered("block-ipv6".to_owned());
    let closed = Some(Closed::Failed(Error::PeerRefused(filtered)));
    assert_eq!(pair.client.closed, closed);
}

#[test]
fn a_client_that_knows_no_updates_is_sent_none() {
    let mut pair = pair_with(Habits::default(), |client, _| {
        client.identity.modern = false;
    });
    pair.connect();
    let update = PushUpdate::parse(&PushText::new("-route")).unwrap();
    let now = pair.now;
    assert_eq!(pair.server.session.push_update(now, &update), Ok(false));
}

#[test]
fn a_refused_token_is_told_apart_from_a_refused_password() {
    let token = |text: &str| PushReply {
        auth_token: Some(AuthToken::new(text)),
        auth_token_user: Some("someone else".to_owned()),
        ..PushReply::default()
    };
    let mut pair = pair(Habits {
        push: token("SESS_ID_one"),
        ..Habits::default()
    });
    pair.connect();
    let given = pair.client.tokens.pop().unwrap();
    assert_eq!(
        (given.username.as_str(), given.password.as_str()),
        ("someone else", "SESS_ID_one")
    );
    pair.habits.refusal = Some(AuthFailure::Refused {
        reason: String::new(),
    });
    let now = pair.now;
    pair.client.session.renegotiate(now);
    pair.run(seconds(20), |pair| pair.client.closed.is_some());
    let refusal = Error::PeerRefused(Refusal::SessionExpired(None));
    assert_eq!(pair.client.closed, Some(Closed::Failed(refusal)));
}

#[test]
fn a_temporary_refusal_says_when_and_where_to_come_again() {
    let temporary = AuthFailure::Temporary {
        backoff: Some(42),
        advance: Some(Advance::Remote),
        reason: "full".to_owned(),
    };
    let seen = refused(temporary.clone(), |_, _| {});
    assert_eq!(
        seen,
        Refusal::Temporary {
            reason: Some("full".to_owned()),
            backoff: Some(seconds(42)),
            advance: Some(Advance::Remote)
        }
    );
    // A client that does not know the form is told in the form that it knows.
    let old = refused(temporary, |client, _| client.identity.modern = false);
    assert_eq!(old, Refusal::Credentials(Some("full".to_owned())));
}

#[test]
fn a_challenge_arrives_whole_and_its_state_is_not_printed() {
    let challenge = DynamicChallenge {
        echo: true,
        response_required: true,
        state_id: "secret-state".to_owned(),
        username: "ana".to_owned(),
        text: "PIN: now".to_owned(),
    };
    let seen = refused(AuthFailure::Challenge(challenge.clone()), |_, _| {});
    assert!(!format!("{seen:?} {seen}").contains("secret-state"));
    assert_eq!(seen, Refusal::Challenge(challenge.clone()));
    assert_eq!(*challenge.password("1234"), "CRV1::secret-state::1234");
}

#[test]
fn ends_that_cannot_negotiate_meet_at_the_named_or_the_fallback_cipher() {
    for (options, ours, expected) in [
        (
            "V4,cipher AES-128-GCM",
            Some(Cipher::Aes128Gcm),
            Cipher::Aes128Gcm,
        ),
        (
            "V4,dev-type tun",
            Some(Cipher::ChaCha20Poly1305),
            Cipher::ChaCha20Poly1305,
        ),
    ] {
        let mut pair = pair_with(Habits::default(), |client, server| {
            client.identity.options_override = Some(options.to_owned());
            client.identity.peer_info_override = Some(String::new());
            client.identity.modern = false;
            client.fallback_cipher = ours;
            server.fallback_cipher = Some(expected);
        });
        pair.connect();
        let sealer = pair.client.sealers.values().next().unwrap();
        assert_eq!(sealer.cipher(), expected);
        assert_eq!(pair.client.pushed[0].0.cipher, None);
    }
    let habits = Habits::default();
    let mut none = pair_with(habits, |client, _| {
        client.identity.options_override = Some("V4".to_owned());
        client.identity.peer_info_override = Some(String::new());
    });
    none.run(seconds(20), |pair| pair.client.closed.is_some());
    let Some(Closed::Failed(Error::PeerRefused(Refusal::Credentials(Some(reason))))) =
        &none.client.closed
    else {
        panic!("{:?}", none.client.closed);
    };
    assert!(reason.contains("none by name"), "{reason}");
}

#[test]
fn pushed_times_are_taken_within_bounds() {
    let push = PushReply {
        reneg_sec: Some(1),
        tran_window: Some(1),
        ..PushReply::default()
    };
    let mut pair = pair(Habits {
        push,
        ..Habits::default()
    });
    pair.connect();
    pair.run(seconds(59), |pair| pair.client.sending == Some(1));
    assert_eq!(pair.client.sending, Some(0));
    for _ in 0..3 {
        pair.run(seconds(20), |_| false);
        let now = pair.now;
        pair.client.session.note_received(now);
        pair.server.session.note_received(now);
    }
    assert_eq!(pair.client.sending, Some(1));
    assert_eq!(pair.client.retired, [0; 0]);
}

#[test]
fn sso_is_announced_only_when_somebody_can_be_asked() {
    for (can_be_asked, expected) in [(true, Some("webauth,crtext,openurl")), (false, None)] {
        let mut pair = pair_with(Habits::default(), |client, _| {
            client.identity.can_be_asked = can_be_asked;
            client.identity.variables = vec![("UV_SITE".to_owned(), "one".to_owned())];
        });
        pair.connect();
        let info = pair.peer_info.as_ref().unwrap();
        assert_eq!(info.value("IV_SSO"), expected);
        assert_eq!(info.value("UV_SITE"), Some("one"));
    }
}

//! Ways to sign in beside a token: certificates, questions of the gateway's, pages; and
//! what the gateway is told of this client.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where it cannot go on"
)]

mod world;

use spoke_api::{
    AccessToken, ConnectOptions, Description, Phase, PrivateKey, ProblemCode, Request, Response,
    SignInProgress, TokenGrant, TokenReason,
};
use spoke_engine::{Error, Refusal};
use spoke_profile::{ClientCertificate, Compat, EMBEDDED_ROOTS, Profile, SignIn};
use spoke_supervisor::{Ending, Supervisor, TunnelEvent};
use spoke_wire::{DynamicChallenge, SignInStep, TextChallenge, WebStep};
use std::time::Duration;
use world::{ANA, CLI, World};

/// A profile with a certificate: any will do, nobody looks at its key here.
fn with_certificate(sign_in: SignIn) -> Profile {
    Profile {
        sign_in,
        client_certificate: Some(ClientCertificate {
            chain: vec![EMBEDDED_ROOTS[0].der.to_vec()],
            ..ClientCertificate::default()
        }),
        ..world::profile("hub", &["one"])
    }
}

fn connect(world: &mut World, profile: Profile, key: bool) -> u64 {
    let request = Request::Connect {
        profile: Box::new(profile),
        options: ConnectOptions {
            interactive: true,
            anew: false,
            lockdown: false,
        },
        private_key: key.then(|| PrivateKey::new(vec![0x30, 0].into())),
        proxy_password: None,
        secondary: None,
    };
    world.ask(CLI, ANA, request)
}

fn refuse(world: &mut World, refusal: Refusal) {
    let error = Box::new(Error::PeerRefused(refusal));
    world.tunnel(TunnelEvent::Ended(Ending::Session(error)));
}

fn answer(world: &mut World, text: &str) {
    let (client, wanted) = world.token.take().unwrap();
    assert_eq!(wanted.reason, TokenReason::Challenge);
    let grant = TokenGrant {
        request: wanted.request,
        username: String::new(),
        token: AccessToken::new(text.into()),
        account: None,
        expires: None,
        silent: false,
        once: true,
    };
    world.ask(client, ANA, Request::GrantToken(grant));
}

fn challenge(text: &str) -> Refusal {
    Refusal::Challenge(DynamicChallenge {
        echo: false,
        response_required: true,
        state_id: "state".into(),
        username: "ana".into(),
        text: text.into(),
    })
}

#[test]
fn a_certificate_alone_asks_nobody() {
    let mut world = World::default();
    connect(&mut world, with_certificate(SignIn::Certificate), true);
    world.resolve(Ok(()));
    assert!(world.with_key);
    world.tunnel(TunnelEvent::Connected(([192, 0, 2, 1], 443).into()));
    world.tunnel(TunnelEvent::PeerAnswered);
    world.tunnel(TunnelEvent::TlsEstablished {
        version: "TLS 1.3".into(),
    });
    assert!(world.token.is_none());
    world.tunnel(TunnelEvent::Pushed(Box::new(world::push())));
    world.plan_succeeds();
    assert_eq!(world.phase(), Phase::Connected);
    let shown = world.connection().certificate.clone().unwrap();
    assert!(shown.subject.contains("DigiCert Global Root G2"));
    let auth = &world.connection().stages[3];
    assert!(auth.detail.contains("DigiCert"), "{auth:?}");
    // The key is kept for the next attempt.
    world.end_tunnel();
    world.restore(Ok(()));
    world.pass(Duration::from_secs(2));
    world.resolve(Ok(()));
    assert!(world.with_key);
}

#[test]
fn a_certificate_without_its_key_is_not_begun_with() {
    for (sign_in, key) in [(SignIn::Certificate, false), (SignIn::password(), false)] {
        let mut world = World::default();
        let id = connect(&mut world, with_certificate(sign_in), key);
        let Some(Response::Failed { problem }) = world.answer(id) else {
            panic!("begun");
        };
        assert_eq!(problem.code, ProblemCode::SignInNeeded);
        assert!(problem.hint.contains("spoke profile certificate hub"));
    }
}

#[test]
fn a_refused_certificate_is_told_and_not_tried_again() {
    let mut world = World::default();
    connect(&mut world, with_certificate(SignIn::password()), true);
    world.reach_sign_in();
    world.grant(None);
    refuse(&mut world, Refusal::Certificate("it is revoked"));
    assert_eq!(world.phase(), Phase::Failed);
    let problem = world.problem().unwrap();
    assert!(problem.summary.contains("revoked"));
    assert!(problem.hint.contains("spoke profile certificate hub"));
}

#[test]
fn a_question_is_answered_with_the_next_attempt() {
    let mut world = World::default();
    world.connect(&["one"]);
    world.reach_sign_in();
    world.grant(None);
    refuse(&mut world, challenge("Your code"));
    let wanted = world.token.as_ref().unwrap().1.clone();
    assert_eq!(wanted.challenge.as_ref().unwrap().text, "Your code");
    assert!(wanted.interactive && wanted.challenge.unwrap().answer);
    // The next attempt goes as far as it can while the user types.
    world.reach_sign_in();
    let before = world.supplied;
    answer(&mut world, "123 456");
    assert_eq!(world.supplied, before + 1);
    let (name, password) = (&world.username, &world.password);
    assert_eq!(
        (name.as_str(), password.as_str()),
        ("ana", "CRV1::state::123 456")
    );
    world.tunnel(TunnelEvent::Pushed(Box::new(world::push())));
    world.plan_succeeds();
    assert_eq!(world.phase(), Phase::Connected);
}

#[test]
fn an_answer_that_comes_before_the_session_wants_it_is_kept_for_it() {
    let mut world = World::default();
    world.connect(&["one"]);
    world.reach_sign_in();
    world.grant(None);
    refuse(&mut world, challenge("Your code"));
    answer(&mut world, "1");
    world.reach_sign_in();
    assert_eq!(world.password, "CRV1::state::1");
    world.tunnel(TunnelEvent::Pushed(Box::new(world::push())));
    world.plan_succeeds();
    assert_eq!(world.phase(), Phase::Connected);
}

#[test]
fn a_wrong_answer_leads_back_to_the_password_and_an_endless_gateway_to_an_end() {
    let mut world = World::default();
    world.connect(&["one"]);
    world.reach_sign_in();
    world.grant(None);
    refuse(&mut world, challenge("Your code"));
    world.reach_sign_in();
    answer(&mut world, "wrong");
    refuse(&mut world, Refusal::Credentials(None));
    assert_eq!(world.token.as_ref().unwrap().1.reason, TokenReason::Refused);

    let mut world = World::default();
    world.connect(&["one"]);
    world.reach_sign_in();
    world.grant(None);
    for _ in 0..20 {
        refuse(&mut world, challenge("Again"));
        if world.phase() == Phase::Failed {
            break;
        }
        world.reach_sign_in();
        answer(&mut world, "1");
    }
    assert_eq!(world.phase(), Phase::Failed);
}

#[test]
fn a_question_within_a_session_goes_with_it() {
    let step = || {
        TunnelEvent::SignInStep(SignInStep::Challenge(TextChallenge {
            echo: true,
            response_required: true,
            text: "Your code".into(),
        }))
    };
    let mut world = World::default();
    world.connect(&["one"]);
    world.reach_sign_in();
    world.grant(None);
    world.tunnel(TunnelEvent::SignInPending {
        timeout: Duration::from_secs(60),
    });
    world.tunnel(step());
    answer(&mut world, "7");
    assert_eq!(world.challenge_answers, ["7"]);
    world.tunnel(step());
    assert!(world.token.is_some());
    world.end_tunnel();
    let still = world.token.as_ref().map(|(_, wanted)| wanted.reason);
    assert_ne!(
        still,
        Some(TokenReason::Challenge),
        "the question has no session any more"
    );
}

#[test]
fn a_page_is_shown_until_the_gateway_goes_on() {
    let mut world = World::default();
    world.connect(&["one"]);
    world.reach_sign_in();
    world.grant(None);
    let url = "https://gateway.example/sign-in".to_owned();
    world.tunnel(TunnelEvent::SignInStep(SignInStep::Web(WebStep {
        url: url.clone(),
        hidden: false,
        external: false,
        proxy: None,
    })));
    assert_eq!(world.pages, [url.as_str()]);
    assert_eq!(world.phase(), Phase::SigningIn);
    let waits = Some(SignInProgress::Page { url });
    assert_eq!(world.connection().sign_in, waits);
    world.tunnel(TunnelEvent::Pushed(Box::new(world::push())));
    world.plan_succeeds();
    assert_eq!(world.phase(), Phase::Connected);
    assert_eq!(world.connection().sign_in, None);
}

#[test]
fn what_a_gateway_wants_to_be_told_is_remembered() {
    let mut world = World::default();
    world.connect(&["one"]);
    world.reach_sign_in();
    world.grant(None);
    assert_eq!(world.connection().description, Some(Description::Ordinary));
    world.end_tunnel();
    world.reach_connected(None);
    let described = world.connection().description;
    assert_eq!(described, Some(Description::StockAfterRefusal));
    assert_eq!(world.habits.list(), [(ANA.uid, "one".to_owned())]);

    // The daemon was restarted; now the gateway wants ordinary words again.
    let mut later = World::default();
    later.supervisor = Supervisor::new(world.habits.clone());
    later.connect(&["one"]);
    later.reach_sign_in();
    later.grant(None);
    assert!(later.compat);
    let described = later.connection().description;
    assert_eq!(described, Some(Description::StockRemembered));
    later.end_tunnel();
    later.reach_connected(None);
    assert!(!later.compat);
    assert_eq!(later.habits.list(), []);
}

#[test]
fn a_setting_says_once_and_for_all_what_the_gateway_is_told() {
    for (setting, stock) in [(Compat::On, true), (Compat::Off, false)] {
        let mut world = World::default();
        let mut profile = world::profile("hub", &["one"]);
        profile.protocol.compat = setting;
        connect(&mut world, profile, false);
        world.reach_sign_in();
        world.grant(None);
        assert_eq!(world.compat, stock);
        world.end_tunnel();
        assert_eq!(world.token.as_ref().unwrap().1.reason, TokenReason::Refused);
    }
}

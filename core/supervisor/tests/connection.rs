//! Tables of what a connection does in each situation.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may fail like tests"
)]

mod world;

use spoke_api::{
    AccessToken, Phase, Problem, ProblemCode, Remedy, Request, Response, SignInProgress, Stage,
    TokenGrant, TokenReason,
};
use spoke_engine::{Error, Refusal};
use spoke_supervisor::{ClientId, Ending, Input, PlanEvent, TunnelEvent};
use std::time::Duration;
use world::{ANA, BOB, CLI, EPOCH, World};

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

#[test]
fn the_main_path() {
    let mut world = World::default();
    let connect = world.connect(&["one"]);
    assert_eq!(world.answer(connect), Some(&Response::Done));
    let (client, wanted) = world.token.as_ref().unwrap();
    assert_eq!((*client, wanted.reason), (CLI, TokenReason::Connect));
    assert!(wanted.interactive);
    assert_eq!(world.phase(), Phase::Connecting);
    world.reach_connected(Some(3600));
    assert_eq!(world.done_stages(), Stage::ALL);
    let connection = world.supervisor.state().connection.clone().unwrap();
    assert_eq!(connection.account.as_deref(), Some("ana@contoso.com"));
    assert_eq!(connection.sign_in_expires, Some(EPOCH + 3600));
    assert_eq!(connection.sign_in_renews, Some(EPOCH + 2700));
    assert_eq!(connection.stages[3].detail, "ana@contoso.com (silent)");
    assert_eq!(
        connection.stages[5].detail,
        "spoke0, 172.16.201.7, MTU 1500"
    );

    let disconnect = world.disconnect();
    assert_eq!(world.phase(), Phase::Disconnecting);
    assert!(world.closing && world.undoing);
    world.end_tunnel();
    assert_eq!(world.answer(disconnect), None);
    world.restore(Ok(()));
    assert_eq!(world.answer(disconnect), Some(&Response::Done));
    assert_eq!(world.phase(), Phase::Disconnected);
    assert_eq!(world.supervisor.deadline(), None);
}

#[test]
fn a_second_connect_is_idempotent_or_a_conflict() {
    let mut world = World::default();
    world.connect(&["one"]);
    let again = world.connect(&["one"]);
    assert_eq!(world.answer(again), Some(&Response::Done));
    for (client, peer, name) in [(CLI, ANA, "other"), (ClientId(2), BOB, "hub")] {
        let id = world.connect_as(client, peer, name, &["one"]);
        let Some(Response::Failed { problem }) = world.answer(id) else {
            panic!("{:?}", world.answer(id));
        };
        assert_eq!(problem.code, ProblemCode::Conflict);
    }
    assert_eq!(world.resolved_hosts, ["one"]);
}

/// Anything that looks like a profile can be sent by whoever may speak to the daemon.
#[test]
fn a_profile_that_no_file_could_have_is_refused() {
    for (name, hosts) in [
        ("hub", &[][..]),
        ("hub", &["gateway one"]),
        ("\u{1b}[2J", &["one"]),
    ] {
        let mut world = World::default();
        let id = world.connect_as(CLI, ANA, name, hosts);
        let Some(Response::Failed { problem }) = world.answer(id) else {
            panic!("{:?}", world.answer(id));
        };
        assert_eq!(problem.code, ProblemCode::ProfileInvalid);
        assert!(!problem.to_string().contains('\u{1b}'), "{problem}");
        assert_eq!(world.phase(), Phase::Disconnected);
    }
}

#[test]
fn another_user_may_not_disconnect_and_sees_nothing() {
    let mut world = World::default();
    world.connect(&["one"]);
    let id = world.ask(ClientId(2), BOB, Request::Disconnect { profile: None });
    let Some(Response::Failed { problem }) = world.answer(id) else {
        panic!();
    };
    assert_eq!(problem.code, ProblemCode::NotPermitted);
    let id = world.ask(ClientId(2), BOB, Request::Status);
    let Some(Response::State { state }) = world.answer(id) else {
        panic!();
    };
    let seen = state.connection.as_ref().unwrap();
    assert_eq!((seen.profile.as_str(), seen.phase), ("", Phase::Connecting));
}

#[test]
fn a_token_is_taken_only_from_the_client_that_was_asked() {
    let mut world = World::default();
    world.connect(&["one"]);
    let request = world.token.as_ref().unwrap().1.request;
    let grant = |request| {
        Request::GrantToken(TokenGrant {
            request,
            username: "AzureAD".into(),
            token: AccessToken::new("forged".into()),
            account: None,
            expires: None,
            silent: true,
            once: false,
        })
    };
    for (client, peer, request, code) in [
        (ClientId(9), BOB, request, ProblemCode::NotPermitted),
        (ClientId(9), ANA, request, ProblemCode::NotPermitted),
        (CLI, ANA, request + 7, ProblemCode::Usage),
    ] {
        let id = world.ask(client, peer, grant(request));
        let Some(Response::Failed { problem }) = world.answer(id) else {
            panic!("taken");
        };
        assert_eq!(problem.code, code);
    }
    world.reach_sign_in();
    assert_eq!(world.supplied, 0);
}

#[test]
fn the_first_connect_tries_each_server_once() {
    let mut world = World::default();
    world.connect(&["one", "two"]);
    world.resolve(Err("no such host"));
    world.resolve(Ok(()));
    world.tunnel(TunnelEvent::Ended(Ending::Unreachable(Vec::new())));
    assert_eq!(world.resolved_hosts, ["one", "two"]);
    assert_eq!(world.phase(), Phase::Failed);
    let problem = world.problem().unwrap();
    assert_eq!(problem.code, ProblemCode::GatewayNotFound);
    assert!(problem.details.iter().any(|line| line.contains("two")));
    assert!(world.token.is_none(), "the question is withdrawn");
    assert_eq!(world.supervisor.deadline(), None);
}

#[test]
fn each_step_has_its_time_and_its_problem() {
    type Case = (fn(&mut World), u64, ProblemCode);
    let reach: [Case; 4] = [
        (|_| {}, 10, ProblemCode::GatewayNotFound),
        (
            |world| world.resolve(Ok(())),
            10,
            ProblemCode::GatewayUnreachable,
        ),
        (
            |world| {
                world.resolve(Ok(()));
                world.tunnel(TunnelEvent::Connected(([192, 0, 2, 1], 443).into()));
            },
            10,
            ProblemCode::GatewaySilent,
        ),
        (
            |world| {
                world.resolve(Ok(()));
                world.tunnel(TunnelEvent::Connected(([192, 0, 2, 1], 443).into()));
                world.tunnel(TunnelEvent::PeerAnswered);
            },
            20,
            ProblemCode::TlsFailed,
        ),
    ];
    for (reach, limit, code) in reach {
        let mut world = World::default();
        world.connect(&["one"]);
        reach(&mut world);
        world.pass(seconds(limit - 1));
        assert_eq!(world.phase(), Phase::Connecting, "{code:?}");
        world.pass(seconds(2));
        world.end_tunnel();
        assert_eq!(world.phase(), Phase::Failed);
        assert_eq!(world.problem().unwrap().code, code);
    }
}

#[test]
fn closing_before_tls_points_to_secret_and_clock() {
    let mut world = World::default();
    world.connect(&["one"]);
    world.resolve(Ok(()));
    world.tunnel(TunnelEvent::Connected(([192, 0, 2, 1], 443).into()));
    world.end_tunnel();
    let problem = world.problem().unwrap();
    assert_eq!(problem.code, ProblemCode::GatewayClosed);
    let cause = problem.cause.unwrap();
    assert!(cause.contains("secret") && cause.contains("clock"));
}

#[test]
fn a_refused_token_is_replaced_once() {
    let mut world = World::default();
    world.connect(&["one"]);
    for reason in [TokenReason::Connect, TokenReason::Refused] {
        assert_eq!(world.token.as_ref().unwrap().1.reason, reason);
        world.reach_sign_in();
        world.grant(Some(3600));
        let refusal = Refusal::Credentials(Some("wrong audience".into()));
        world.tunnel(TunnelEvent::Ended(Ending::Session(Box::new(
            Error::PeerRefused(refusal),
        ))));
    }
    assert_eq!(world.phase(), Phase::Failed);
    let problem = world.problem().unwrap();
    assert_eq!(problem.code, ProblemCode::CredentialsRefused);
    assert!(problem.summary.contains("wrong audience"));
}

#[test]
fn a_gateway_that_closes_without_a_word_is_tried_once_in_the_stock_clients_words() {
    let mut world = World::default();
    world.connect(&["one"]);
    for compat in [false, true] {
        world.reach_sign_in();
        world.grant(Some(3600));
        assert_eq!(world.compat, compat);
        world.end_tunnel();
    }
    // Then it is taken for a refusal of the token.
    assert_eq!(world.token.as_ref().unwrap().1.reason, TokenReason::Refused);
}

#[test]
fn a_token_that_was_there_first_has_been_sent_when_the_gateway_closes() {
    let mut world = World::default();
    world.connect(&["one"]);
    world.grant(Some(3600));
    for compat in [false, true] {
        world.reach_sign_in();
        assert_eq!(world.compat, compat);
        world.end_tunnel();
    }
    assert_eq!(world.token.as_ref().unwrap().1.reason, TokenReason::Refused);
}

#[test]
fn a_person_may_take_minutes_and_the_gateway_is_not_kept_waiting() {
    let mut world = World::default();
    world.connect(&["one"]);
    let (client, request) = {
        let (client, wanted) = world.token.as_ref().unwrap();
        (*client, wanted.request)
    };
    let progress = SignInProgress::Browser;
    world.ask(client, ANA, Request::SignInProgress { request, progress });
    assert_eq!(world.phase(), Phase::SigningIn);
    world.reach_sign_in();
    world.pass(seconds(60));
    // The gateway has had enough; the person has not.
    world.end_tunnel();
    assert_eq!(world.phase(), Phase::SigningIn);
    world.pass(seconds(400));
    world.grant(Some(3600));
    assert_eq!(world.phase(), Phase::Connecting);
    world.reach_connected(Some(3600));
    assert_eq!(world.done_stages(), Stage::ALL);
}

#[test]
fn a_token_that_comes_late_begins_a_fresh_handshake() {
    let mut world = World::default();
    world.connect(&["one"]);
    world.reach_sign_in();
    world.pass(seconds(55));
    world.grant(Some(3600));
    assert!(world.closing);
    assert_eq!(world.supplied, 0);
    world.end_tunnel();
    world.reach_connected(None);
    assert_eq!(world.supplied, 1);
}

#[test]
fn a_sign_in_that_nobody_finishes_ends_after_ten_minutes() {
    let mut world = World::default();
    world.connect(&["one"]);
    world.reach_sign_in();
    world.end_tunnel();
    world.pass(seconds(599));
    assert_ne!(world.phase(), Phase::Failed);
    world.pass(seconds(2));
    assert_eq!(world.phase(), Phase::Failed);
    assert_eq!(world.problem().unwrap().code, ProblemCode::TimedOut);
}

#[test]
fn renewal_is_quiet_and_its_failure_only_a_notice() {
    let mut world = World::default();
    world.connect(&["one"]);
    world.reach_connected(Some(3600));
    world.pass(seconds(2699));
    assert!(world.token.is_none());
    world.pass(seconds(2));
    let wanted = world.token.clone().unwrap().1;
    assert_eq!(wanted.reason, TokenReason::Renew);
    assert!(!wanted.interactive);
    assert_eq!(wanted.valid_until_at_least, EPOCH + 3601);
    world.refuse_token(Problem::new(
        ProblemCode::SignInNeeded,
        "sign in",
        "spoke login",
    ));
    assert_eq!(world.phase(), Phase::Connected);
    let notices = world.supervisor.state().connection.clone().unwrap().notices;
    assert!(notices[0].text.contains("spoke login"));
    world.pass(seconds(460));
    world.grant(Some(3600));
    let connection = world.supervisor.state().connection.clone().unwrap();
    assert_eq!(connection.notices, Vec::new());
    // The newest token is at hand for the next key.
    world.tunnel(TunnelEvent::CredentialsWanted {
        renegotiation: true,
    });
    assert_eq!(world.supplied, 2);
}

#[test]
fn a_computer_that_slept_renews_when_it_wakes() {
    let mut world = World::default();
    world.connect(&["one"]);
    world.reach_connected(Some(3600));
    world.asleep += 3000;
    assert!(world.token.is_none());
    world.tunnel(TunnelEvent::FirstData);
    assert_eq!(world.token.as_ref().unwrap().1.reason, TokenReason::Renew);
}

#[test]
fn an_offer_after_the_agent_died_is_asked_at_once() {
    let mut world = World::default();
    world.connect(&["one"]);
    world.reach_connected(Some(3600));
    world.client_gone();
    world.pass(seconds(2701));
    assert!(world.token.is_none());
    assert_eq!(world.phase(), Phase::Connected);
    world.ask(ClientId(5), ANA, Request::OfferTokens);
    assert_eq!(world.token.as_ref().unwrap().0, ClientId(5));
}

#[test]
fn a_lost_connection_comes_back_with_growing_pauses() {
    let mut world = World::default();
    world.connect(&["one", "two"]);
    world.reach_connected(None);
    world.end_tunnel();
    assert_eq!(world.phase(), Phase::Reconnecting);
    world.restore(Ok(()));
    for (pause, server) in [(1, "two"), (2, "one"), (4, "two")] {
        let before = world.resolved_hosts.len();
        let (_, wall) = world.time();
        assert_eq!(world.connection().next_try, Some(wall.unix() + pause));
        world.pass(seconds(pause) - Duration::from_millis(1));
        assert_eq!(world.resolved_hosts.len(), before);
        world.pass(Duration::from_millis(1));
        assert_eq!(world.resolved_hosts.last().unwrap(), server);
        assert_eq!(world.connection().next_try, None);
        world.resolve(Err("no network"));
        assert_eq!(world.phase(), Phase::Blocked);
    }
    world.input(Input::NetworkChanged);
    world.input(Input::NetworkChanged);
    world.pass(Duration::from_millis(500));
    world.reach_connected(None);
    let connection = world.supervisor.state().connection.clone().unwrap();
    assert_eq!(
        connection.stages[3].detail,
        "ana@contoso.com (signed in before)"
    );
    assert_eq!(world.problem(), None);
}

#[test]
fn a_failed_plan_is_undone_and_said() {
    let mut world = World::default();
    world.connect(&["one"]);
    world.reach_sign_in();
    world.grant(None);
    world.tunnel(TunnelEvent::Pushed(Box::new(world::push())));
    world.plan(PlanEvent::Failed("add route 10.20.0.0/16: no".into()));
    world.end_tunnel();
    world.restore(Ok(()));
    assert_eq!(world.phase(), Phase::Failed);
    let problem = world.problem().unwrap();
    assert_eq!(problem.code, ProblemCode::HostSetup);
    assert_eq!(problem.remedy, Remedy::AskUser);
}

#[test]
fn what_cannot_be_taken_back_is_said_and_tried_again() {
    let mut world = World::default();
    world.connect(&["one"]);
    world.reach_connected(None);
    let first = world.disconnect();
    world.end_tunnel();
    world.restore(Err("restore /etc/resolv.conf: read-only file system"));
    assert!(matches!(world.answer(first), Some(Response::Failed { .. })));
    assert_eq!(world.phase(), Phase::Failed);
    let second = world.disconnect();
    world.restore(Ok(()));
    assert_eq!(world.answer(second), Some(&Response::Done));
    assert_eq!(world.phase(), Phase::Disconnected);
}

#[test]
fn shutdown_takes_everything_down_first() {
    let mut world = World::default();
    world.connect(&["one"]);
    world.reach_connected(None);
    world.input(Input::Shutdown);
    assert!(!world.exited);
    world.restore(Ok(()));
    world.end_tunnel();
    assert!(world.exited);
}

#[test]
fn a_newer_program_takes_over_only_when_nothing_is_connected() {
    let mut world = World::default();
    world.connect(&["one"]);
    world.reach_connected(None);
    world.input(Input::MakeRoom);
    world.pass(Duration::from_secs(3600));
    assert_eq!(world.phase(), Phase::Connected);
    assert!(!world.made_room);
    let id = world.disconnect();
    world.restore(Ok(()));
    world.end_tunnel();
    assert_eq!(world.answer(id), Some(&Response::Done));
    // The answer is still to be read, and the user may connect again at once.
    assert!(!world.made_room);
    world.pass(Duration::from_secs(1));
    world.connect(&["one"]);
    world.pass(Duration::from_secs(3));
    assert!(!world.made_room);
    world.disconnect();
    world.pass(Duration::from_secs(3));
    assert!(world.made_room && !world.exited);
}

#[test]
fn a_newer_program_takes_over_soon_from_one_that_is_idle() {
    let mut world = World::default();
    world.input(Input::MakeRoom);
    world.pass(Duration::from_secs(3));
    assert!(world.made_room);
}

//! The life of a connection: lost and found again, paused and resumed, asleep and awake,
//! and what of the host's network stays meanwhile.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may fail like tests"
)]

mod world;

use spoke_api::{
    ConnectOptions, DnsMode, DnsState, Phase, ProblemCode, Request, Response, TokenReason,
};
use spoke_engine::{Error, Refusal};
use spoke_supervisor::{ClientId, Ending, Input, PlanEvent, Supervisor, TunnelEvent};
use std::time::Duration;
use world::{ANA, BOB, CLI, World};

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn dns(mode: DnsMode) -> DnsState {
    DnsState {
        mode,
        servers: vec!["10.20.0.4".parse().unwrap()],
        suffixes: vec!["contoso.internal".into()],
        manager: "systemd-resolved".into(),
    }
}

fn connected(servers: &[&str], mode: DnsMode) -> World {
    let mut world = World::with_dns(dns(mode));
    world.connect(servers);
    world.reach_connected(Some(3600));
    world
}

#[test]
fn connecting_anew_keeps_the_network_and_goes_by_the_new_profile() {
    let mut world = connected(&["one"], DnsMode::Split);
    let id = world.connect_anew(&["two"]);
    assert_eq!(world.answer(id), Some(&Response::Done));
    assert_eq!(world.phase(), Phase::Reconnecting);
    assert!(world.closing && world.host_changed && !world.undoing);
    world.end_tunnel();
    assert_eq!(world.resolved_hosts.last().unwrap(), "two");
    world.reach_connected(Some(3600));
    assert!(!world.undoing);

    // Also out of a pause, and while it is on its way.
    world.ask(CLI, ANA, Request::Pause { seconds: 600 });
    world.end_tunnel();
    world.restore(Ok(()));
    world.connect_anew(&["three"]);
    world.connect_anew(&["four"]);
    assert_eq!(world.resolved_hosts.last().unwrap(), "four");
    world.reach_connected(Some(3600));
    let id = world.connect_anew(&[]);
    assert!(matches!(world.answer(id), Some(Response::Failed { .. })));
    assert_eq!(
        world.phase(),
        Phase::Connected,
        "a profile that is none ends nothing"
    );
}

#[test]
fn connecting_anew_finds_the_gateway_where_it_was_however_often() {
    let mut world = connected(&["one"], DnsMode::Full);
    for _ in 0..5 {
        world.connect_anew(&["one"]);
        world.end_tunnel();
        assert!(world.leading.is_some(), "nobody is asked for its name");
        world.reach_connected(Some(3600));
        assert!(world.host_changed && !world.undoing);
    }
    assert_eq!(world.resolved_hosts.len(), 1);
}

#[test]
fn what_is_meant_for_the_tunnel_never_goes_past_it_while_reconnecting() {
    let mut world = connected(&["one"], DnsMode::Split);
    world.end_tunnel();
    for _ in 0..20 {
        assert_ne!(world.phase(), Phase::Connected);
        assert!(world.host_changed && !world.undoing, "the network stays");
        world.pass(seconds(60));
        world.resolve(Err("no network"));
    }
    while world.resolving.is_none() {
        world.pass(seconds(1));
    }
    // The way to the gateway is led past the tunnel before it is gone.
    world.resolve(Ok(()));
    assert!(world.leading.is_some() && world.tunnel.is_none());
    world.lead(Ok(()));
    assert!(world.tunnel.is_some());
    world.reach_connected(Some(3600));
    assert!(!world.undoing);
    let disconnect = world.disconnect();
    world.end_tunnel();
    world.restore(Ok(()));
    assert_eq!(world.answer(disconnect), Some(&Response::Done));
}

#[test]
fn a_network_that_takes_all_names_comes_free_after_half_a_minute() {
    let mut world = connected(&["one"], DnsMode::Full);
    world.end_tunnel();
    let asked = world.resolved_hosts.len();
    world.pass(seconds(1));
    // Nobody could answer for the gateway's name: it is tried where it was.
    assert_eq!(world.resolved_hosts.len(), asked);
    assert!(world.leading.is_some());
    world.lead(Ok(()));
    world.end_tunnel();
    assert!(!world.undoing);
    for _ in 0..40 {
        world.pass(seconds(1));
        world.lead(Ok(()));
        world.end_tunnel();
        if world.undoing {
            break;
        }
    }
    assert!(world.undoing, "ordinary names are answered again");
    assert_eq!(world.phase(), Phase::Reconnecting);
    world.restore(Ok(()));
    while world.resolving.is_none() {
        world.pass(seconds(1));
    }
    assert!(world.resolved_hosts.len() > asked, "and the gateway's too");
    world.reach_connected(Some(3600));
}

#[test]
fn another_gateway_is_asked_for_once_names_are_free() {
    let mut world = connected(&["one", "two"], DnsMode::Full);
    world.end_tunnel();
    world.pass(seconds(1));
    assert!(world.undoing, "nothing is known of the second gateway");
    world.restore(Ok(()));
    assert_eq!(world.resolved_hosts.last().unwrap(), "two");
    world.reach_connected(Some(3600));
}

#[test]
fn a_tunnel_that_is_lost_while_the_network_is_set_up_for_it_leaves_the_one_before() {
    let mut world = connected(&["one"], DnsMode::Split);
    for done in 0..3 {
        world.end_tunnel();
        world.pass(seconds(1));
        world.reach_sign_in();
        world.tunnel(TunnelEvent::Pushed(Box::new(world::push())));
        let parts = [
            PlanEvent::InterfaceReady {
                interface: "spoke0".into(),
                addresses: vec!["172.16.201.7/24".parse().unwrap()],
                mtu: 1500,
            },
            PlanEvent::RoutesReady {
                routes: vec!["10.20.0.0/16".parse().unwrap()],
                excluded: Vec::new(),
            },
        ];
        for part in parts.into_iter().take(done) {
            world.plan(part);
        }
        world.end_tunnel();
        assert_eq!(world.phase(), Phase::Reconnecting);
        assert!(world.host_changed && !world.undoing, "after {done} parts");
        world.pass(seconds(60));
        assert!(!world.undoing);
        world.reach_connected(Some(3600));
    }
    // New settings of a tunnel that is up.
    world.tunnel(TunnelEvent::Reconfigured(Box::new(world::push())));
    world.end_tunnel();
    assert!(world.host_changed && !world.undoing);
}

#[test]
fn a_way_that_cannot_be_led_past_lets_go_of_the_network() {
    let mut world = connected(&["one"], DnsMode::Split);
    world.end_tunnel();
    world.pass(seconds(1));
    world.resolve(Ok(()));
    world.lead(Err("add route 192.0.2.1/32: no"));
    assert!(world.undoing);
    world.restore(Ok(()));
    world.pass(seconds(5));
    world.reach_connected(Some(3600));
}

#[test]
fn a_plan_that_fails_on_a_held_network_is_made_on_a_clean_one() {
    let mut world = connected(&["one"], DnsMode::Split);
    world.end_tunnel();
    world.pass(seconds(1));
    world.reach_sign_in();
    world.tunnel(TunnelEvent::Pushed(Box::new(world::push())));
    world.plan(PlanEvent::Failed("add address: no".into()));
    assert!(world.undoing);
    world.end_tunnel();
    world.restore(Ok(()));
    assert_eq!(world.phase(), Phase::Reconnecting);
    world.pass(seconds(5));
    world.reach_connected(Some(3600));
}

#[test]
fn a_pause_takes_all_down_and_ends_by_itself() {
    let mut world = connected(&["one"], DnsMode::Split);
    let pause = world.ask(CLI, ANA, Request::Pause { seconds: 900 });
    assert_eq!(world.answer(pause), Some(&Response::Done));
    assert_eq!(world.phase(), Phase::Paused);
    world.end_tunnel();
    world.restore(Ok(()));
    assert!(!world.host_changed);
    let (_, wall) = world.time();
    assert_eq!(world.connection().next_try, Some(wall.unix() + 900));
    world.pass(seconds(899));
    assert_eq!(world.phase(), Phase::Paused);
    world.pass(seconds(1));
    world.reach_connected(Some(3600));
    assert_eq!(world.connection().next_try, None);
}

#[test]
fn a_pause_can_be_changed_and_ended_early() {
    for end in [Request::Resume, Request::RetryNow] {
        let mut world = connected(&["one"], DnsMode::Split);
        world.ask(CLI, ANA, Request::Pause { seconds: 900 });
        world.end_tunnel();
        world.restore(Ok(()));
        world.ask(CLI, ANA, Request::Pause { seconds: 60 });
        let (_, wall) = world.time();
        assert_eq!(world.connection().next_try, Some(wall.unix() + 60));
        world.ask(CLI, ANA, end);
        world.reach_connected(Some(3600));
    }
    // While it is still being taken down, too.
    let mut world = connected(&["one"], DnsMode::Split);
    world.ask(CLI, ANA, Request::Pause { seconds: 900 });
    world.ask(CLI, ANA, Request::Resume);
    world.end_tunnel();
    world.restore(Ok(()));
    world.reach_connected(Some(3600));
}

#[test]
fn only_what_is_there_can_be_paused_and_only_by_its_owner() {
    let mut world = World::default();
    let code = |world: &World, id| match world.answer(id) {
        Some(Response::Failed { problem }) => problem.code,
        other => panic!("{other:?}"),
    };
    let nothing = world.ask(CLI, ANA, Request::Pause { seconds: 1 });
    assert_eq!(code(&world, nothing), ProblemCode::NotConnected);
    world.connect(&["one"]);
    world.reach_connected(None);
    let other = world.ask(CLI, BOB, Request::Pause { seconds: 1 });
    assert_eq!(code(&world, other), ProblemCode::NotPermitted);
    // What is not paused goes on.
    let resumed = world.ask(CLI, ANA, Request::Resume);
    assert_eq!(world.answer(resumed), Some(&Response::Done));
    assert_eq!(world.phase(), Phase::Connected);
}

#[test]
fn a_computer_that_slept_tries_as_soon_as_it_wakes() {
    let mut world = connected(&["one"], DnsMode::Split);
    world.end_tunnel();
    for pause in [1, 2, 4] {
        world.pass(seconds(pause));
        world.resolve(Err("no network"));
    }
    let asked = world.resolved_hosts.len();
    world.pass(seconds(1));
    assert_eq!(world.resolved_hosts.len(), asked);
    world.asleep += 3000;
    world.ask(CLI, ANA, Request::Status);
    assert_eq!(world.resolved_hosts.len(), asked + 1);
}

/// Loses the tunnel, and the gateway wants another token for the next one.
fn token_refused(world: &mut World) {
    world.end_tunnel();
    world.pass(seconds(1));
    world.reach_sign_in();
    let refusal = Error::PeerRefused(Refusal::Credentials(None));
    world.tunnel(TunnelEvent::Ended(Ending::Session(Box::new(refusal))));
    world.reach_sign_in();
}

#[test]
fn a_program_that_gives_no_token_while_reconnecting_is_asked_again() {
    let mut world = connected(&["one"], DnsMode::Split);
    token_refused(&mut world);
    assert!(world.token.is_some());
    world.pass(seconds(60));
    assert_eq!(world.phase(), Phase::Reconnecting);
    let problem = world.problem().unwrap();
    assert_eq!(problem.code, ProblemCode::TimedOut);
    assert!(problem.summary.contains("has not answered"), "{problem}");
    world.end_tunnel();
    world.pass(seconds(2));
    world.reach_connected(None);
}

#[test]
fn a_program_that_gives_no_token_ends_a_first_connect() {
    let mut world = World::default();
    let request = Request::Connect {
        profile: Box::new(world::profile("hub", &["one", "two"])),
        options: ConnectOptions::default(),
        private_key: None,
        proxy_password: None,
        secondary: None,
    };
    world.ask(CLI, ANA, request);
    world.reach_sign_in();
    world.end_tunnel();
    world.pass(seconds(59));
    assert_ne!(world.phase(), Phase::Failed);
    world.pass(seconds(2));
    assert_eq!(world.phase(), Phase::Failed);
    assert!(!world.resolved_hosts.contains(&"two".to_owned()));
}

#[test]
fn a_program_that_gives_no_token_leaves_the_question_to_an_earlier_one() {
    let mut world = connected(&["one"], DnsMode::Split);
    let newer = ClientId(5);
    world.ask(newer, ANA, Request::OfferTokens);
    token_refused(&mut world);
    assert_eq!(world.token.as_ref().unwrap().0, newer);
    world.pass(seconds(60));
    assert_eq!(world.token.as_ref().unwrap().0, CLI);
    world.grant(None);
    // The gateway has not waited so long.
    world.end_tunnel();
    world.reach_connected(None);
}

#[test]
fn a_renewal_that_came_due_while_no_tunnel_was_up_is_made_up_for() {
    let mut world = World::with_dns(dns(DnsMode::Split));
    world.connect(&["one"]);
    world.reach_connected(Some(100));
    world.pass(seconds(45));
    world.end_tunnel();
    for pause in [1, 2] {
        world.pass(seconds(pause));
        world.resolve(Err("no network"));
    }
    // At 50 s, between two attempts.
    world.pass(seconds(4));
    assert!(world.token.is_none());
    world.reach_sign_in();
    world.tunnel(TunnelEvent::Pushed(Box::new(world::push())));
    world.plan_succeeds();
    assert_eq!(world.phase(), Phase::Connected);
    world.pass(seconds(30));
    let wanted = world.token.as_ref().map(|(_, wanted)| wanted.reason);
    assert_eq!(wanted, Some(TokenReason::Renew));
}

#[test]
fn pauses_of_two_computers_differ() {
    let pauses = |seed| {
        let mut world = World::of(Supervisor::default().with_jitter(seed));
        world.connect(&["one"]);
        world.reach_connected(None);
        world.end_tunnel();
        let mut pauses = Vec::new();
        for _ in 0..5 {
            let at = world.supervisor.deadline().unwrap().at.since_origin();
            pauses.push(at - world.now);
            world.pass(at - world.now);
            world.resolve(Err("no network"));
        }
        pauses
    };
    let (one, two) = (pauses(0x5eed), pauses(0xbeef));
    assert_ne!(one, two);
    for (place, pause) in one.iter().chain(&two).enumerate() {
        let plain = seconds(1 << (place % 5));
        assert!(*pause >= plain && *pause < plain * 3 / 2, "{pause:?}");
    }
}

#[test]
fn what_another_program_changes_is_looked_after_and_the_tunnel_goes_on() {
    let mut world = World::default();
    world.connect(&["one"]);
    world.reach_connected(None);
    // Changes come in swarms.
    world.input(Input::NetworkChanged);
    world.input(Input::NetworkChanged);
    assert_eq!(world.looks, 0);
    world.pass(Duration::from_millis(500));
    assert_eq!(world.looks, 1);
    world.keep(true);
    assert_eq!(world.phase(), Phase::Connected);
    // A program that undoes it each time is met less often.
    world.input(Input::NetworkChanged);
    world.pass(Duration::from_millis(600));
    assert_eq!(world.looks, 1);
    world.pass(Duration::from_millis(400));
    assert_eq!(world.looks, 2);
    world.keep(false);
    world.pass(Duration::from_secs(100));
    assert_eq!(world.looks, 2);
}

#[test]
fn a_network_that_is_being_changed_is_looked_after_when_it_stands() {
    let mut world = World::default();
    world.connect(&["one"]);
    world.reach_connected(None);
    world.tunnel(TunnelEvent::Reconfigured(Box::new(world::push())));
    world.input(Input::NetworkChanged);
    world.pass(Duration::from_secs(1));
    assert_eq!(world.looks, 0);
    world.plan_succeeds();
    world.pass(Duration::from_secs(1));
    assert_eq!(world.looks, 1);
    let id = world.disconnect();
    world.end_tunnel();
    world.restore(Ok(()));
    assert_eq!(world.answer(id), Some(&Response::Done));
}

#[test]
fn a_network_that_wants_its_own_sign_in_first_is_named_and_tried_often() {
    let mut world = connected(&["one"], DnsMode::Split);
    world.input(Input::Portal(true));
    assert_eq!(world.problem(), None);
    world.end_tunnel();
    for _ in 0..6 {
        world.pass(seconds(10));
        world.resolve(Err("no answer"));
        assert_eq!(world.phase(), Phase::Blocked);
        let problem = world.problem().unwrap();
        assert_eq!(problem.code, ProblemCode::GatewayNotFound);
        assert!(problem.summary.contains("its own web page"), "{problem:?}");
        assert!(problem.hint.contains("goes on by itself"), "{problem:?}");
        assert_eq!(problem.details.len(), 1, "{problem:?}");
    }
    world.pass(seconds(10));
    world.input(Input::Portal(false));
    world.reach_connected(None);
    assert_eq!(world.problem(), None);
}

#[test]
fn a_portal_that_is_noticed_after_it_let_an_attempt_down_is_named_too() {
    let mut world = World::default();
    world.connect(&["one"]);
    world.resolve(Err("no answer"));
    assert_eq!(world.phase(), Phase::Failed);
    world.input(Input::Portal(true));
    world.input(Input::Portal(true));
    let problem = world.problem().unwrap();
    assert!(
        problem.hint.ends_with("then: spoke connect hub"),
        "{problem:?}"
    );
    assert_eq!(problem.details.len(), 1, "{problem:?}");
}

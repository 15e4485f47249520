//! Tests of gateways: as far as the sign-in, beside everything else.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where it cannot go on"
)]

mod world;

use spoke_api::{Phase, ProbeReport, ProblemCode, Request, Response, Stage, StageStatus};
use spoke_supervisor::{ClientId, Ending, Input, Peer, TunnelEvent};
use std::time::Duration;
use world::{ANA, BOB, CLI, World, profile};

const WINDOW: ClientId = ClientId(9);

fn begin(world: &mut World, client: ClientId, peer: Peer, servers: &[&str]) -> u64 {
    let request = Request::Probe {
        profile: Box::new(profile("draft", servers)),
        private_key: None,
    };
    world.ask(client, peer, request)
}

fn report(world: &World, id: u64) -> ProbeReport {
    match world.answer(id) {
        Some(Response::Probe { report }) => (**report).clone(),
        other => panic!("{other:?}"),
    }
}

fn stages(report: &ProbeReport) -> Vec<(Stage, StageStatus)> {
    let stages = report.stages.iter();
    stages.map(|one| (one.stage, one.status)).collect()
}

fn connected() -> TunnelEvent {
    TunnelEvent::Connected(([192, 0, 2, 1], 443).into())
}

fn established() -> TunnelEvent {
    TunnelEvent::TlsEstablished {
        version: "TLS 1.3".into(),
    }
}

#[test]
fn a_gateway_is_tested_beside_the_connection_of_another_user() {
    let mut world = World::default();
    world.connect(&["one"]);
    world.reach_connected(None);
    let before = world.states.len();
    let id = begin(&mut world, WINDOW, BOB, &["two"]);
    world.resolve(Ok(()));
    world.probe(connected());
    world.probe(TunnelEvent::CredentialsWanted {
        renegotiation: false,
    });
    world.pass(Duration::from_millis(20));
    world.probe(TunnelEvent::PeerAnswered);
    assert!(world.answer(id).is_none());
    world.probe(established());
    let report = report(&world, id);
    let all = [Stage::Resolve, Stage::Transport, Stage::Tls];
    assert_eq!(stages(&report), all.map(|stage| (stage, StageStatus::Done)));
    assert_eq!(report.problem, None);
    let gateway = report.gateway.unwrap();
    assert_eq!(
        (gateway.host.as_str(), gateway.rtt_us),
        ("two", Some(20_000))
    );
    // It is closed before anything of the user's could be sent, and nobody else saw it.
    assert_eq!(world.closing_probes.len(), 1);
    world.probe(TunnelEvent::Ended(Ending::Asked));
    assert_eq!((world.supplied, world.states.len()), (1, before));
    assert_eq!(world.phase(), Phase::Connected);
    assert_eq!(world.supervisor.deadline(), None);
}

#[test]
fn a_test_ends_within_ten_seconds_and_says_how_far_it_came() {
    let mut world = World::default();
    let id = begin(&mut world, WINDOW, ANA, &["one"]);
    world.resolve(Ok(()));
    world.probe(connected());
    world.pass(Duration::from_millis(9_999));
    assert!(world.answer(id).is_none());
    world.pass(Duration::from_millis(1));
    let report = report(&world, id);
    let expected = [
        (Stage::Resolve, StageStatus::Done),
        (Stage::Transport, StageStatus::Failed),
    ];
    assert_eq!(stages(&report), expected);
    let problem = report.problem.unwrap();
    assert_eq!(problem.code, ProblemCode::GatewaySilent);
    assert!(problem.summary.contains("10 s"), "{problem}");
    assert_eq!(world.closing_probes.len(), 1);
}

#[test]
fn the_gateways_of_a_profile_share_the_time() {
    let mut world = World::default();
    let id = begin(&mut world, WINDOW, ANA, &["one", "two", "three"]);
    world.resolve(Err("no such name"));
    world.resolve(Ok(()));
    world.pass(Duration::from_secs(5));
    // The second one had half of the time; its tunnel is left to end by itself.
    assert_eq!(world.closing_probes.len(), 1);
    world.resolve(Ok(()));
    assert_eq!(world.probes.last().unwrap().1, 2);
    world.probe(connected());
    world.probe(TunnelEvent::PeerAnswered);
    world.probe(TunnelEvent::Ended(Ending::TransportLost("reset".into())));
    let report = report(&world, id);
    assert_eq!(report.gateway.unwrap().position, 2);
    let problem = report.problem.unwrap();
    assert_eq!(problem.code, ProblemCode::GatewayClosed);
    let before = problem.details.iter();
    let before = before.filter(|line| line.starts_with("before: "));
    assert_eq!(before.count(), 2, "{:?}", problem.details);
}

#[test]
fn a_user_has_one_test_at_a_time_and_the_newest_counts() {
    let mut world = World::default();
    let first = begin(&mut world, WINDOW, ANA, &["one"]);
    world.resolve(Ok(()));
    let of_bob = begin(&mut world, ClientId(10), BOB, &["two"]);
    world.resolve(Ok(()));
    assert!(world.answer(first).is_none());
    let second = begin(&mut world, WINDOW, ANA, &["three"]);
    match world.answer(first) {
        Some(Response::Failed { problem }) => assert_eq!(problem.code, ProblemCode::Cancelled),
        other => panic!("{other:?}"),
    }
    assert_eq!(world.closing_probes.len(), 1);
    assert!(world.answer(of_bob).is_none() && world.answer(second).is_none());
}

#[test]
fn a_test_goes_with_whoever_asked() {
    let mut world = World::default();
    let id = begin(&mut world, WINDOW, ANA, &["one"]);
    world.resolve(Ok(()));
    world.input(Input::ClientGone(CLI));
    assert!(world.closing_probes.is_empty());
    world.input(Input::ClientGone(WINDOW));
    assert_eq!(world.closing_probes.len(), 1);
    world.probe(established());
    assert!(world.answer(id).is_none());
}

#[test]
fn a_profile_that_is_no_good_is_not_tested() {
    let mut world = World::default();
    let id = begin(&mut world, WINDOW, ANA, &[]);
    match world.answer(id) {
        Some(Response::Failed { problem }) => {
            assert_eq!(problem.code, ProblemCode::ProfileInvalid);
        }
        other => panic!("{other:?}"),
    }
}

//! What the gateway says beside yes and no, and what the supervisor does about it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may fail like tests"
)]

mod world;

use spoke_api::Phase;
use spoke_engine::{Credentials, Error, Refusal};
use spoke_supervisor::{Ending, PlanEvent, TunnelEvent};
use spoke_wire::{Advance, PushReply, UpdateError};
use std::time::Duration;
use world::World;
use zeroize::Zeroizing;

fn ended(refusal: Refusal) -> TunnelEvent {
    TunnelEvent::Ended(Ending::Session(Box::new(Error::PeerRefused(refusal))))
}

fn connected(servers: &[&str]) -> World {
    let mut world = World::default();
    world.connect(servers);
    world.reach_connected(None);
    world
}

fn token() -> TunnelEvent {
    TunnelEvent::TokenGiven(Credentials {
        username: "ana".to_owned(),
        password: Zeroizing::new("SESS_ID".to_owned()),
    })
}

fn temporary(backoff: u64, advance: Option<Advance>) -> TunnelEvent {
    ended(Refusal::Temporary {
        reason: None,
        backoff: Some(Duration::from_secs(backoff)),
        advance,
    })
}

fn restart(keep_credentials: bool, next_server: bool) -> TunnelEvent {
    ended(Refusal::Restart {
        reason: None,
        keep_credentials,
        next_server,
    })
}

/// Loses the connection and lets the first pause pass.
fn reconnecting(world: &mut World, event: TunnelEvent) {
    world.tunnel(event);
    world.restore(Ok(()));
    world.pass(Duration::from_secs(1));
    assert_eq!(world.phase(), Phase::Reconnecting);
}

#[test]
fn a_session_token_is_sent_at_the_reconnect_and_forgotten_when_refused() {
    let mut world = connected(&["one"]);
    world.tunnel(token());
    reconnecting(&mut world, restart(true, false));
    world.reach_sign_in();
    assert_eq!(world.password, "SESS_ID");
    // A plain refusal hits the token, and the user's own credentials are sent without asking anybody.
    world.tunnel(ended(Refusal::Credentials(None)));
    world.reach_sign_in();
    assert_eq!(world.password, "token");
    assert!(world.token.is_none(), "somebody was asked");
    world.tunnel(TunnelEvent::Pushed(Box::new(world::push())));
    world.plan_succeeds();
    assert_eq!(world.phase(), Phase::Connected);
}

#[test]
fn a_session_token_that_expires_while_connected_leads_to_the_users_own_credentials() {
    let mut world = connected(&["one"]);
    world.tunnel(token());
    reconnecting(&mut world, ended(Refusal::SessionExpired(None)));
    world.reach_sign_in();
    assert_eq!(world.password, "token");
}

#[test]
fn another_gateway_is_not_shown_the_session_token() {
    let mut world = connected(&["one", "two"]);
    world.tunnel(token());
    reconnecting(&mut world, restart(true, true));
    assert_eq!(world.resolved_hosts.last().map(String::as_str), Some("two"));
    world.reach_sign_in();
    assert_eq!(world.password, "token");
}

#[test]
fn a_restart_stays_with_its_gateway_unless_it_says_otherwise() {
    let mut world = connected(&["one", "two"]);
    reconnecting(&mut world, restart(true, false));
    assert_eq!(world.resolved_hosts.last().map(String::as_str), Some("one"));
}

#[test]
fn a_restart_without_leave_to_keep_them_forgets_what_a_person_typed() {
    let mut world = connected(&["one"]);
    world.tunnel(token());
    reconnecting(&mut world, restart(false, false));
    assert!(world.token.is_some(), "nobody was asked");
}

#[test]
fn a_temporary_refusal_is_waited_out_where_the_gateway_says() {
    let mut world = World::default();
    world.connect(&["one", "two"]);
    world.reach_sign_in();
    world.grant(None);
    world.tunnel(temporary(42, None));
    world.pass(Duration::from_secs(41));
    assert_eq!(world.resolved_hosts.len(), 1);
    world.pass(Duration::from_secs(1));
    assert_eq!(world.resolved_hosts, ["one", "one"]);
    world.reach_sign_in();
    world.tunnel(temporary(5, Some(Advance::Remote)));
    world.pass(Duration::from_secs(5));
    assert_eq!(world.resolved_hosts, ["one", "one", "two"]);
}

#[test]
fn a_halt_is_for_good() {
    let mut world = connected(&["one"]);
    world.tunnel(ended(Refusal::Halt(Some("bye".to_owned()))));
    world.restore(Ok(()));
    world.pass(Duration::from_secs(600));
    assert_eq!(world.phase(), Phase::Failed);
    assert_eq!(world.resolved_hosts.len(), 1);
}

#[test]
fn a_pending_sign_in_is_given_its_time() {
    let mut world = World::default();
    world.connect(&["one"]);
    world.reach_sign_in();
    world.grant(None);
    let timeout = Duration::from_secs(300);
    world.tunnel(TunnelEvent::SignInPending { timeout });
    world.pass(Duration::from_secs(299));
    assert_ne!(world.phase(), Phase::Failed);
    world.tunnel(TunnelEvent::Pushed(Box::new(world::push())));
    world.plan_succeeds();
    assert_eq!(world.phase(), Phase::Connected);
}

#[test]
fn new_settings_change_a_connection_that_stays_up() {
    let mut world = connected(&["one"]);
    let settings = PushReply {
        unused: vec!["echo x".to_owned()],
        ..world::push()
    };
    world.tunnel(TunnelEvent::Reconfigured(Box::new(settings)));
    world.plan(PlanEvent::RoutesReady {
        routes: vec!["10.30.0.0/16".parse().unwrap()],
        excluded: Vec::new(),
    });
    world.plan(PlanEvent::DnsReady { dns: None });
    assert_eq!(world.phase(), Phase::Connected);
    let connection = world.supervisor.state().connection.clone().unwrap();
    assert_eq!(connection.routes, ["10.30.0.0/16".parse().unwrap()]);
    assert_eq!(connection.unused_options, ["echo x"]);
    assert_eq!(connection.interface.as_deref(), Some("spoke0"));
}

#[test]
fn settings_that_cannot_be_changed_lead_to_a_new_connection() {
    let mut world = connected(&["one", "two"]);
    let fixed = UpdateError::Fixed("cipher".to_owned());
    reconnecting(&mut world, ended(Refusal::Update(fixed)));
    assert_eq!(world.resolved_hosts, ["one", "one"]);

    let mut failed = connected(&["one"]);
    failed.tunnel(TunnelEvent::Reconfigured(Box::new(world::push())));
    failed.plan(PlanEvent::Failed("no route".to_owned()));
    failed.end_tunnel();
    failed.restore(Ok(()));
    assert_eq!(failed.phase(), Phase::Reconnecting);
}

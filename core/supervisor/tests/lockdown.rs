//! From when a gateway has the sign-in until somebody disconnects, nothing but the tunnel is
//! let out, and what it takes to get there.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may fail like tests"
)]

mod world;

use spoke_api::{ConnectOptions, Phase, Problem, ProblemCode, Remedy, Request, Response};
use spoke_engine::{Error, Refusal};
use spoke_supervisor::{Ending, Input, Intent, Supervisor, TunnelEvent};
use std::time::Duration;
use world::{ANA, CLI, World, profile};

fn connect(world: &mut World, anew: bool, lockdown: bool) {
    let request = Request::Connect {
        profile: Box::new(profile("hub", &["one"])),
        options: ConnectOptions {
            interactive: true,
            anew,
            lockdown,
        },
        private_key: None,
        proxy_password: None,
        secondary: None,
    };
    let id = world.ask(CLI, ANA, request);
    assert_eq!(world.answer(id), Some(&Response::Done));
}

fn connected() -> World {
    let mut world = World::default();
    connect(&mut world, false, true);
    world.reach_sign_in();
    assert_eq!(world.locked, None, "a first sign-in needs the web");
    world.reach_connected(None);
    world
}

fn is_locked(world: &World) -> bool {
    let told = world.supervisor.state().connection.as_ref();
    let told = told.is_some_and(|it| it.notices.iter().any(|it| it.text.starts_with("lockdown")));
    assert_eq!(told, world.locked.is_some(), "everybody is told");
    told
}

fn end(world: &mut World) {
    world.disconnect();
    world.end_tunnel();
    assert!(world.locked.is_some(), "until the host is as before");
    world.restore(Ok(()));
    assert_eq!(world.phase(), Phase::Disconnected);
    assert_eq!(world.locked, None);
}

#[test]
fn nobody_is_locked_who_does_not_want_it() {
    let mut world = World::default();
    connect(&mut world, false, false);
    world.reach_connected(None);
    world.end_tunnel();
    world.pass(Duration::from_secs(5));
    assert!(!is_locked(&world));
}

#[test]
fn what_is_needed_next_is_open_and_nothing_else() {
    let mut world = connected();
    let locked = world.locked.clone().unwrap();
    assert_eq!(locked.gateways, ["192.0.2.1".parse().unwrap()].into());
    assert!(!locked.names && locked.sign_in.is_none());
    world.end_tunnel();
    assert!(is_locked(&world), "in the pause");
    world.pass(Duration::from_secs(1));
    assert!(world.locked.as_ref().unwrap().names, "the gateway's name");
    world.resolve(Ok(()));
    assert!(!world.locked.as_ref().unwrap().names, "found");
    world.lead(Ok(()));
    world.reach_connected(None);
    assert!(is_locked(&world));
    end(&mut world);
}

#[test]
fn the_web_is_open_to_who_is_asked_to_sign_in() {
    let mut world = World::default();
    connect(&mut world, false, true);
    world.reach_connected(Some(3600));
    assert_eq!(world.locked.as_ref().unwrap().sign_in, None);
    world.pass(Duration::from_secs(2700));
    assert!(world.token.is_some(), "the renewal");
    assert_eq!(world.locked.as_ref().unwrap().sign_in, Some(ANA.uid));
    world.grant(Some(3600));
    assert_eq!(world.locked.as_ref().unwrap().sign_in, None);
    end(&mut world);
}

#[test]
fn a_failure_for_good_opens_nothing() {
    let mut world = connected();
    let halt = Error::PeerRefused(Refusal::Credentials(None));
    world.tunnel(TunnelEvent::Ended(Ending::Session(Box::new(halt))));
    world.pass(Duration::from_secs(2));
    world.restore(Ok(()));
    world.pass(Duration::from_secs(2));
    let no = Problem::new(ProblemCode::SignInNeeded, "no", "sign in").remedy(Remedy::AskUser);
    world.refuse_token(no);
    world.end_tunnel();
    world.restore(Ok(()));
    assert_eq!(world.phase(), Phase::Failed);
    assert!(is_locked(&world));
    assert!(world.intent.as_ref().unwrap().lockdown, "for a restart");
    connect(&mut world, false, true);
    assert_eq!(
        world.phase(),
        Phase::Connecting,
        "it is a first connect again"
    );
    world.disconnect();
    assert_eq!((world.phase(), world.locked), (Phase::Disconnected, None));
}

#[test]
fn a_first_connect_that_fails_leaves_nothing() {
    let mut world = World::default();
    connect(&mut world, false, true);
    world.reach_sign_in();
    world.grant(None);
    assert!(world.locked.is_some(), "before anything is set up");
    world.tunnel(TunnelEvent::Ended(Ending::Unreachable(Vec::new())));
    assert_eq!((world.phase(), world.locked), (Phase::Failed, None));
}

#[test]
fn a_new_process_goes_on_with_it_until_the_disconnect() {
    let intent = Intent {
        uid: ANA.uid,
        profile: "hub".into(),
        lockdown: true,
    };
    let after_restart = || {
        let supervisor = Supervisor::default().with_intent(Some(intent.clone()));
        let mut world = World::of(supervisor);
        world.intent = Some(intent.clone());
        world.input(Input::NetworkChanged);
        assert!(world.locked.is_some());
        world
    };
    let mut world = after_restart();
    world.disconnect();
    assert_eq!((world.locked, world.intent), (None, None));
    let mut world = after_restart();
    connect(&mut world, false, true);
    assert!(world.locked.as_ref().unwrap().names);
    world.reach_connected(None);
    end(&mut world);
    let mut world = after_restart();
    world.input(Input::Shutdown);
    assert!(
        world.exited && world.locked.is_some(),
        "no end of the process opens it"
    );
}

#[test]
fn a_new_connect_turns_it_off_and_on() {
    let mut world = connected();
    for lockdown in [false, true] {
        connect(&mut world, true, lockdown);
        world.end_tunnel();
        assert_eq!(is_locked(&world), lockdown);
        world.reach_connected(None);
        assert_eq!(is_locked(&world), lockdown);
    }
}

#[test]
fn who_cannot_be_locked_is_not_connected() {
    let mut world = connected();
    world.input(Input::NotLocked("no such thing".into()));
    world.end_tunnel();
    world.restore(Ok(()));
    assert_eq!(world.phase(), Phase::Failed);
    let problem = world.problem().unwrap();
    assert_eq!(problem.code, ProblemCode::HostSetup);
    assert!(problem.hint.contains("lockdown=false"), "{problem}");
}

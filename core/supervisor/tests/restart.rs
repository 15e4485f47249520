//! What outlives the process, and what a new one does with it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may fail like tests"
)]

mod world;

use spoke_api::{Phase, Problem, ProblemCode, Request, Response};
use spoke_engine::{Error, Refusal};
use spoke_supervisor::{Ending, Input, Intent, Supervisor, TunnelEvent};
use std::time::Duration;
use world::{ANA, BOB, CLI, World};

#[test]
fn the_wish_to_be_connected_outlives_the_process_and_ends_with_a_disconnect() {
    let profile_of = |world: &World, id| match world.answer(id) {
        Some(Response::Intent { profile }) => profile.clone(),
        other => panic!("{other:?}"),
    };
    let mut world = World::default();
    world.connect(&["one"]);
    assert_eq!(world.intent, None, "it has not been connected yet");
    world.reach_connected(None);
    assert_eq!(
        world.intent.as_ref().map(|intent| intent.uid),
        Some(ANA.uid)
    );
    world.input(Input::Shutdown);
    world.end_tunnel();
    world.restore(Ok(()));
    assert!(world.exited && world.intent.is_some());

    let kept = world.intent.clone();
    let mut world = World::of(Supervisor::default().with_intent(kept.clone()));
    world.intent = kept;
    let own = world.ask(CLI, ANA, Request::Intent);
    assert_eq!(profile_of(&world, own).as_deref(), Some("hub"));
    let other = world.ask(CLI, BOB, Request::Intent);
    assert_eq!(profile_of(&world, other), None);
    world.ask(CLI, BOB, Request::Disconnect { profile: None });
    assert!(
        world.intent.is_some(),
        "another user's wish changes nothing"
    );
    world.disconnect();
    world.restore(Ok(()));
    assert_eq!(world.intent, None);

    // What has failed for good is not wanted any more either.
    world.connect(&["one"]);
    world.reach_connected(None);
    assert!(world.intent.is_some());
    let refusal = Error::PeerRefused(Refusal::Credentials(None));
    world.tunnel(TunnelEvent::Ended(Ending::Session(Box::new(refusal))));
    let problem = Problem::new(ProblemCode::SignInNeeded, "sign in", "spoke login");
    world.refuse_token(problem);
    world.restore(Ok(()));
    assert_eq!(world.phase(), Phase::Failed);
    assert_eq!(world.intent, None);
}

#[test]
fn what_was_up_when_the_process_ended_is_tried_until_it_is_up_again() {
    let intent = Intent {
        uid: ANA.uid,
        profile: "hub".into(),
        lockdown: false,
    };
    for routes in [vec![], vec!["10.20.0.0/16".parse().unwrap()]] {
        let held = !routes.is_empty();
        let supervisor = Supervisor::default().with_intent(Some(intent.clone()));
        let mut world = World::of(supervisor.with_routes_left(routes));
        world.host_changed = held;
        world.intent = Some(intent.clone());
        world.connect(&["one"]);
        assert_eq!(world.phase(), Phase::Reconnecting);
        for _ in 0..5 {
            world.grant(None);
            world.resolve(Ok(()));
            world.lead(Ok(()));
            world.end_tunnel();
            assert_eq!(world.phase(), Phase::Reconnecting);
            assert_eq!((world.host_changed, world.undoing), (held, false));
            while world.resolving.is_none() {
                world.pass(Duration::from_secs(1));
            }
        }
        world.reach_connected(None);
        world.end_tunnel();
        assert!(world.host_changed && !world.undoing);
    }
    // Ordinary traffic that is held comes free, if need be with the end of the attempt.
    let supervisor = Supervisor::default().with_intent(Some(intent.clone()));
    let mut world = World::of(supervisor.with_routes_left(vec!["0.0.0.0/1".parse().unwrap()]));
    world.host_changed = true;
    world.intent = Some(intent.clone());
    world.connect(&["one"]);
    world.grant(None);
    world.resolve(Ok(()));
    world.pass(Duration::from_secs(35));
    world.lead(Ok(()));
    world.end_tunnel();
    assert!(world.undoing);
    // Nobody has wished for another user's.
    let supervisor = Supervisor::default().with_intent(Some(Intent {
        uid: BOB.uid,
        ..intent
    }));
    let mut world = World::of(supervisor);
    world.connect(&["one"]);
    world.grant(None);
    world.resolve(Ok(()));
    world.end_tunnel();
    assert_eq!(world.phase(), Phase::Failed);
}

/// A new process, which finds the wish for a connection and its routes.
fn after_a_kill() -> World {
    let mut world = World::default();
    world.connect(&["one"]);
    world.reach_connected(None);
    world.kill();
    assert!(world.intent.is_some() && world.host_changed && !world.undoing);
    world
}

#[test]
fn a_disconnect_of_what_a_former_run_has_left_is_done_when_that_is_taken_back() {
    let mut world = after_a_kill();
    let asked = world.disconnect();
    assert!(world.undoing && world.intent.is_none());
    assert!(world.answer(asked).is_none(), "too early");
    let once_more = world.disconnect();
    assert!(world.answer(once_more).is_none(), "too early");
    world.connect(&["one"]);
    assert!(world.resolving.is_none(), "not yet");
    world.restore(Err("the routes cannot be changed"));
    let Some(Response::Failed { problem }) = world.answer(asked) else {
        panic!("{:?}", world.answer(asked));
    };
    assert_eq!(problem.code, ProblemCode::HostSetup);
    assert!(matches!(
        world.answer(once_more),
        Some(Response::Failed { .. })
    ));

    // It is there still, for whoever comes next.
    let asked = world.disconnect();
    assert!(world.undoing && world.answer(asked).is_none());
    world.restore(Ok(()));
    assert_eq!(world.answer(asked), Some(&Response::Done));
    let asked = world.disconnect();
    assert_eq!(world.answer(asked), Some(&Response::Done));
    world.connect(&["one"]);
    world.reach_connected(None);
}

#[test]
fn a_process_that_is_told_to_end_leaves_nothing_of_a_former_run() {
    let mut world = after_a_kill();
    world.input(Input::Shutdown);
    assert!(world.undoing && !world.exited);
    world.restore(Ok(()));
    assert!(world.exited && world.intent.is_some());
}

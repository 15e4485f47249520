//! What a user may wish of a connection while it goes on, and who is asked for its tokens.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where it cannot go on"
)]

mod world;

use spoke_api::{Phase, Problem, ProblemCode, Request, Response, TokenReason};
use spoke_supervisor::{ClientId, Ending, Input, TunnelEvent};
use std::time::Duration;
use world::{ANA, CLI, World};

const WINDOW: ClientId = ClientId(9);

fn up(life: Option<u64>) -> World {
    let mut world = World::default();
    world.connect(&["one"]);
    world.reach_connected(life);
    world
}

fn renew(world: &mut World, interactive: bool) -> u64 {
    world.ask(WINDOW, ANA, Request::RenewSignIn { interactive })
}

fn code(world: &World, id: u64) -> Option<ProblemCode> {
    match world.answer(id)? {
        Response::Done => None,
        Response::Failed { problem } => Some(problem.code),
        other => panic!("{other:?}"),
    }
}

fn cannot() -> Problem {
    Problem::new(ProblemCode::SignInNeeded, "only the user could", "ask")
}

#[test]
fn a_renewal_is_asked_of_whoever_wishes_it() {
    let mut world = up(Some(3600));
    let id = renew(&mut world, true);
    assert_eq!(code(&world, id), None);
    let (client, wanted) = world.token.as_ref().unwrap();
    assert_eq!((*client, wanted.reason), (WINDOW, TokenReason::Renew));
    assert!(wanted.interactive);
    assert_eq!(world.connection().sign_in_renews, None);
    // A second wish is the same one.
    let again = renew(&mut world, true);
    assert_eq!(code(&world, again), None);
    world.grant(Some(7200));
    let connection = world.connection();
    assert_eq!(connection.phase, Phase::Connected);
    assert_eq!(connection.sign_in_expires, Some(world::EPOCH + 7200));
    assert!(connection.sign_in_renews.is_some());
}

#[test]
fn a_renewal_that_the_user_cancels_leaves_everything_as_it_was() {
    let mut world = up(Some(3600));
    renew(&mut world, true);
    world.refuse_token(Problem::new(ProblemCode::Cancelled, "no", "none"));
    let connection = world.connection();
    assert_eq!(connection.phase, Phase::Connected);
    assert!(connection.notices.is_empty(), "{:?}", connection.notices);
    assert!(connection.sign_in_renews.is_some());
    world.pass(Duration::from_secs(2700));
    assert!(world.token.is_some(), "it renews by itself all the same");
}

#[test]
fn only_what_is_connected_and_expires_can_be_renewed() {
    let mut world = World::default();
    let nothing = renew(&mut world, true);
    assert_eq!(code(&world, nothing), Some(ProblemCode::NotConnected));
    world.connect(&["one"]);
    let early = renew(&mut world, true);
    assert_eq!(code(&world, early), Some(ProblemCode::NotConnected));
    let mut world = up(None);
    let lasting = renew(&mut world, true);
    assert_eq!(code(&world, lasting), Some(ProblemCode::Usage));
}

#[test]
fn a_pause_can_be_cut_short() {
    let mut world = up(Some(3600));
    let lost = || TunnelEvent::Ended(Ending::TransportLost("reset".into()));
    world.tunnel(lost());
    let early = world.ask(CLI, ANA, Request::RetryNow);
    assert_eq!(code(&world, early), None);
    // The pause that was to come is none any more.
    world.restore(Ok(()));
    assert!(world.resolving.is_some());
    world.resolve(Err("no such name"));
    assert!(world.resolving.is_none() && world.phase() != Phase::Failed);
    let id = world.ask(CLI, ANA, Request::RetryNow);
    assert_eq!(code(&world, id), None);
    assert!(world.resolving.is_some(), "an attempt at once");
}

#[test]
fn what_has_been_given_up_is_not_hurried() {
    let mut world = World::default();
    let nothing = world.ask(CLI, ANA, Request::RetryNow);
    assert_eq!(code(&world, nothing), Some(ProblemCode::NotConnected));
    world.connect(&["one"]);
    world.refuse_token(cannot());
    world.end_tunnel();
    assert_eq!(world.phase(), Phase::Failed);
    let failed = world.ask(CLI, ANA, Request::RetryNow);
    assert_eq!(code(&world, failed), Some(ProblemCode::NotConnected));
}

#[test]
fn a_renewal_that_one_program_cannot_do_is_asked_of_the_one_before_it() {
    let mut world = up(Some(3600));
    world.ask(WINDOW, ANA, Request::OfferTokens);
    world.pass(Duration::from_secs(2700));
    assert_eq!(world.token.as_ref().unwrap().0, WINDOW);
    world.refuse_token(cannot());
    let (client, wanted) = world.token.as_ref().unwrap();
    assert_eq!((*client, wanted.interactive), (CLI, false));
    assert!(world.connection().notices.is_empty());
    world.refuse_token(cannot());
    assert!(world.token.is_none());
    assert_eq!(world.connection().notices.len(), 1);
    // Nobody was there before the only one.
    let mut world = up(Some(3600));
    world.pass(Duration::from_secs(2700));
    world.refuse_token(cannot());
    assert!(world.token.is_none());
    world.input(Input::ClientGone(CLI));
}

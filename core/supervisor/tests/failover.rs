//! Gateways in their order: those of the profile, then those of the secondary one, held
//! against a model of a few lines.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may fail like tests"
)]

mod world;

use proptest::prelude::*;
use spoke_api::{Phase, Problem, ProblemCode, Remedy};
use spoke_engine::{Error, Refusal};
use spoke_profile::{Profile, SignIn};
use spoke_supervisor::{Ending, TunnelEvent};
use std::time::Duration;
use world::{CLI, World, entra, profile};

/// What a connection should do: round and round over the gateways, once over all of them
/// at first.
#[derive(Default)]
struct Model {
    gateways: Vec<String>,
    next: usize,
    tried: Vec<String>,
    was_up: bool,
}

impl Model {
    /// Tries until a gateway is there. Answers whether it came to that.
    fn reach(&mut self, there: &[bool], most: usize) -> bool {
        let most = if self.was_up {
            most
        } else {
            self.gateways.len()
        };
        for _ in 0..most {
            let at = self.next;
            self.tried.push(self.gateways[at].clone());
            if there[at] {
                self.was_up = true;
                return true;
            }
            self.lost();
        }
        false
    }

    fn lost(&mut self) {
        self.next = (self.next + 1) % self.gateways.len();
    }
}

/// Waits for the next attempt; says whether there is one.
fn next_attempt(world: &mut World) -> bool {
    let mut seconds = 0..180;
    while world.resolving.is_none() && seconds.next().is_some() {
        world.pass(Duration::from_secs(1));
    }
    world.resolving.is_some()
}

/// Takes the attempts of the connection to their ends, as `there` says, until it is up,
/// has failed, or `most` have been made.
fn play(world: &mut World, gateways: &[String], there: &[bool], most: usize) {
    for _ in 0..most {
        if !next_attempt(world) {
            break;
        }
        let host = world.resolved_hosts.last().unwrap();
        let at = gateways.iter().position(|one| one == host).unwrap();
        if there[at] {
            world.reach_connected(None);
            return;
        }
        world.grant(None);
        world.resolve(Ok(()));
        world.lead(Ok(()));
        world.tunnel(TunnelEvent::Ended(Ending::Unreachable(Vec::new())));
    }
}

fn names(prefix: &str, count: usize) -> Vec<String> {
    (0..count)
        .map(|number| format!("{prefix}{number}"))
        .collect()
}

fn of(name: &str, hosts: &[String], sign_in: SignIn) -> Profile {
    let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
    Profile {
        sign_in,
        ..profile(name, &hosts)
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn gateways_are_tried_in_their_order(
        own in 1_usize..4,
        further in 0_usize..4,
        turns in proptest::collection::vec(proptest::collection::vec(any::<bool>(), 6), 1..6),
    ) {
        let (first, second) = (names("one", own), names("two", further));
        let mut model = Model {
            gateways: first.iter().chain(&second).cloned().collect(),
            ..Model::default()
        };
        let gateways = model.gateways.clone();
        let mut world = World::default();
        let secondary = (further > 0).then(|| of("west", &second, entra("b")));
        world.connect_or(of("hub", &first, entra("a")), secondary);
        for there in &turns {
            let most = 2 * gateways.len();
            let is_up = model.reach(there, most);
            play(&mut world, &gateways, there, most);
            prop_assert_eq!(&world.resolved_hosts, &model.tried);
            if !is_up {
                let phase = world.phase();
                prop_assert_eq!(phase == Phase::Failed, !model.was_up, "{:?}", phase);
                break;
            }
            let at = model.next;
            let (name, place) = match at.checked_sub(own) {
                None => ("hub", at),
                Some(place) => ("west", place),
            };
            prop_assert_eq!(world.opened.last(), Some(&(name.to_owned(), place)));
            prop_assert_eq!(&world.connection().profile, "hub");
            prop_assert_eq!(world.connection().gateway.unwrap().position, at);
            let says = world.connection().notices.iter().any(|notice| notice.text.contains("west"));
            prop_assert_eq!(says, name == "west");
            world.end_tunnel();
            model.lost();
        }
        world.disconnect();
        world.end_tunnel();
        world.restore(Ok(()));
        prop_assert_eq!(world.phase(), Phase::Disconnected);
    }
}

fn connected_to_the_second(own: SignIn, other: SignIn) -> World {
    let mut world = World::default();
    let secondary = of("west", &names("two", 1), other);
    world.connect_or(of("hub", &names("one", 1), own), Some(secondary));
    world.reach_sign_in();
    world.grant(None);
    world.tunnel(TunnelEvent::Ended(Ending::Unreachable(Vec::new())));
    assert_eq!(world.resolved_hosts, ["one0", "two0"]);
    world
}

#[test]
fn a_token_serves_both_profiles_when_they_sign_in_alike() {
    let mut world = connected_to_the_second(entra("a"), entra("a"));
    assert!(world.token.is_none(), "nobody is asked again");
    world.reach_connected(None);
    assert_eq!(world.password, "token");
}

#[test]
fn each_profile_has_its_own_sign_in() {
    for (own, other) in [
        (entra("a"), entra("b")),
        (SignIn::password(), SignIn::password()),
    ] {
        let world = connected_to_the_second(own, other);
        let (client, wanted) = world.token.unwrap();
        assert_eq!((client, wanted.profile.as_str()), (CLI, "west"));
    }
}

/// The gateway refuses whatever it is given.
fn refused(world: &mut World) {
    for _ in 0..2 {
        world.reach_sign_in();
        world.grant(None);
        let no = Error::PeerRefused(Refusal::Credentials(None));
        world.tunnel(TunnelEvent::Ended(Ending::Session(Box::new(no))));
    }
}

#[test]
fn a_secondary_that_refuses_costs_no_connection() {
    let no = |remedy| Problem::new(ProblemCode::SignInNeeded, "no", "sign in").remedy(remedy);
    let mut world = connected_to_the_second(entra("a"), entra("b"));
    world.refuse_token(no(Remedy::AskUser));
    world.end_tunnel();
    let problem = world.problem().unwrap();
    assert_eq!(
        world.phase(),
        Phase::Failed,
        "the first connect has tried all"
    );
    assert!(problem.summary.contains("one0"), "{problem}");

    let mut world = connected_to_the_second(entra("a"), entra("b"));
    world.reach_connected(None);
    world.end_tunnel();
    for expected in ["one0", "two0", "one0", "two0"] {
        assert!(next_attempt(&mut world));
        assert_eq!(world.resolved_hosts.last().unwrap(), expected);
        if expected == "one0" {
            world.resolve(Err("no"));
        } else {
            refused(&mut world);
        }
    }
    assert_eq!(world.phase(), Phase::Reconnecting);
    assert!(next_attempt(&mut world));
    world.reach_connected(None);
    assert_eq!(world.opened.last().unwrap().0, "hub");
}

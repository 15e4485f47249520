//! A day of the daemon's decisions in virtual time: losses, networks that change, pauses, tokens
//! that are renewed, with a lockdown and a secondary profile. Nothing piles up.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may fail like tests"
)]

mod world;

use peak_alloc::PeakAlloc;
use spoke_api::{Phase, Request};
use spoke_supervisor::Input;
use std::time::Duration;
use world::{ANA, CLI, World, entra, profile};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const HOUR: Duration = Duration::from_secs(3600);
/// How much more may be held at the end than after two hours, in bytes: what a word in a
/// notice differs by. One object of any kind for each hour would be more.
const SLACK: usize = 512;

/// Plays until the connection is up, as a gateway that is there does.
fn come_back(world: &mut World) {
    for _ in 0..600 {
        if world.phase() == Phase::Connected {
            return;
        }
        if world.closing {
            world.end_tunnel();
        }
        world.restore(Ok(()));
        if world.resolving.is_some() {
            world.reach_connected(Some(3600));
        } else {
            world.pass(Duration::from_secs(1));
        }
    }
    panic!("it does not come back: {:?}", world.connection());
}

/// What a test's books hold is no matter of the supervisor's.
fn forget(world: &mut World) {
    world.answers = Vec::new();
    world.states = vec![world.supervisor.state().clone()];
    world.resolved_hosts = Vec::new();
    world.opened = Vec::new();
    world.pages = Vec::new();
}

fn an_hour(world: &mut World) {
    for event in 0..6 {
        match event {
            0 | 3 => world.end_tunnel(),
            1 => {
                world.ask(CLI, ANA, Request::Pause { seconds: 60 });
            }
            2 => {
                world.input(Input::NetworkChanged);
                world.pass(Duration::from_secs(2));
                world.keep(true);
            }
            4 => world.input(Input::Portal(true)),
            _ => {
                world.ask(CLI, ANA, Request::RenewSignIn { interactive: false });
            }
        }
        come_back(world);
        for second in 0..60 {
            world.pass(Duration::from_secs(10));
            world.grant(Some(3600));
            world.input(Input::Traffic {
                received: second * 1000,
                sent: second * 10,
            });
        }
        assert_eq!(world.phase(), Phase::Connected);
    }
    forget(world);
}

#[test]
fn a_day_leaves_nothing_behind() {
    let mut world = World::default();
    let hub = spoke_profile::Profile {
        sign_in: entra("a"),
        ..profile("hub", &["one", "two"])
    };
    world.connect_or(hub, Some(profile("west", &["three"])));
    come_back(&mut world);
    let mut held = Vec::new();
    let begun = world.now;
    while world.now < begun + 24 * HOUR {
        an_hour(&mut world);
        held.push(MEMORY.current_usage());
    }
    let (early, late) = (held[1], *held.last().unwrap());
    assert!(late <= early + SLACK, "{held:?}");
}

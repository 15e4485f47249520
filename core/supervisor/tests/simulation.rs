//! Random daemons: whatever happens, there is one tunnel at most, every plan is
//! undone, and Disconnect ends it. [`World`] checks the rest on the way.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may fail like tests"
)]

mod world;

use proptest::prelude::*;
use spoke_api::{DnsMode, DnsState, Phase, Problem, ProblemCode, Remedy, Request, Response};
use spoke_engine::{Error, Refusal};
use spoke_supervisor::{ClientId, Ending, Input, PlanEvent, TunnelEvent};
use std::time::Duration;
use world::{ANA, BOB, CLI, ROOT, World};

fn refusal(remedy: Remedy) -> Problem {
    Problem::new(ProblemCode::SignInNeeded, "no", "sign in").remedy(remedy)
}

fn full_dns() -> DnsState {
    DnsState {
        mode: DnsMode::Full,
        servers: Vec::new(),
        suffixes: Vec::new(),
        manager: String::new(),
    }
}

/// One thing that can happen, by number; what makes no sense at the time is nothing.
fn happen(world: &mut World, what: u8, amount: u64) {
    match what {
        0 | 1 => drop(world.connect(&["one", "two"])),
        2 => drop(world.connect_as(ClientId(2), BOB, "hub", &["one"])),
        3 => drop(world.disconnect()),
        4..=6 => world.resolve(Ok(())),
        7 => world.resolve(Err("no")),
        8..=10 => world.tunnel(TunnelEvent::Connected(([192, 0, 2, 1], 443).into())),
        11..=13 => world.tunnel(TunnelEvent::PeerAnswered),
        14..=16 => world.tunnel(TunnelEvent::TlsEstablished {
            version: "TLS 1.3".into(),
        }),
        17..=19 => world.tunnel(TunnelEvent::CredentialsWanted {
            renegotiation: false,
        }),
        20..=22 => drop(world.grant(Some(amount * 10))),
        23 => drop(world.grant(None)),
        24 => world.refuse_token(refusal(Remedy::AskUser)),
        25 => world.refuse_token(refusal(Remedy::Backoff)),
        26..=29 => world.tunnel(TunnelEvent::Pushed(Box::new(world::push()))),
        30..=34 => world.plan_succeeds(),
        35 => world.plan(PlanEvent::Failed("no".into())),
        36 => world.tunnel(TunnelEvent::FirstData),
        37 => world.end_tunnel(),
        38 => world.tunnel(TunnelEvent::Ended(Ending::Session(Box::new(
            Error::PeerRefused(Refusal::Credentials(None)),
        )))),
        39..=41 => world.restore(Ok(())),
        42 => world.restore(Err("no")),
        43..=46 => world.pass(Duration::from_millis(amount * 100)),
        47 => world.client_gone(),
        48 => drop(world.ask(CLI, ANA, Request::OfferTokens)),
        49 => world.input(Input::NetworkChanged),
        50 if world.closing => world.end_tunnel(),
        52..=54 => world.lead(Ok(())),
        55 => world.lead(Err("no")),
        56 => drop(world.ask(CLI, ANA, Request::Pause { seconds: amount })),
        57 => drop(world.ask(CLI, ANA, Request::Resume)),
        58 => world.dns = Some(full_dns()),
        59 => world.keep(amount.is_multiple_of(2)),
        60 => drop(world.connect_anew(&["three"])),
        61 => drop(world.connect_locked(&["one"])),
        62 => world.kill(),
        63 => world.restart(),
        64 => world.sleep(Duration::from_secs(amount * 60)),
        65..=69 => world.go_well(Some(amount * 10)),
        _ => {
            world.input(Input::Traffic {
                received: amount,
                sent: amount,
            });
        }
    }
}

/// Lives that each law is held against, unless `PROPTEST_CASES` says another number, as `cargo xtask sim` has it.
const LIVES: u32 = 4_096;

proptest! {
    #![proptest_config(ProptestConfig {
        cases: LIVES,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_happens_disconnect_ends_it(
        steps in proptest::collection::vec((0_u8..72, 0_u64..700), 0..120),
    ) {
        let mut world = World::default();
        for (what, amount) in steps {
            happen(&mut world, what, amount);
            prop_assert!(world.supervisor.state().phase() != Phase::Connected || world.tunnel.is_some());
            // A connection without one ends it.
            let none = world.supervisor.state().connection.is_none();
            let locked = none && world.intent.as_ref().is_some_and(|intent| intent.lockdown);
            prop_assert!(!locked || world.locked.is_some(), "open");
        }
        let id = world.ask(CLI, ROOT, Request::Disconnect { profile: None });
        for _ in 0..3 {
            world.end_tunnel();
            world.restore(Ok(()));
        }
        prop_assert_eq!(world.answer(id), Some(&Response::Done));
        prop_assert_eq!(world.phase(), Phase::Disconnected);
        prop_assert!(world.tunnel.is_none() && !world.host_changed && world.token.is_none());
        prop_assert_eq!(world.supervisor.deadline(), None);
    }

    #[test]
    fn a_connection_left_alone_never_hangs(
        steps in proptest::collection::vec((0_u8..72, 0_u64..700), 0..60),
    ) {
        let mut world = World::default();
        for (what, amount) in steps {
            happen(&mut world, what, amount);
        }
        // The daemon keeps its promises: what is asked for ends.
        for _ in 0..40 {
            if world.closing {
                world.end_tunnel();
            }
            world.restore(Ok(()));
            world.pass(Duration::from_secs(700));
        }
        let phase = world.phase();
        prop_assert!(
            matches!(
                phase,
                Phase::Disconnected | Phase::Failed | Phase::Connected | Phase::Reconnecting | Phase::Blocked
            ),
            "{phase:?}"
        );
    }
}

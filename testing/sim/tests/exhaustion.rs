//! Keys and connections that come to a bound, in virtual time.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests may fail like tests"
)]

use spoke_engine::{Closed, Error, Expiry, Remedy, TransportKind};
use spoke_sim::{Pair, Scenario, SimIdentity};
use spoke_wire::{Inactive, PushReply};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(60);

fn up(transport: TransportKind, push: impl FnOnce(&mut PushReply)) -> Pair {
    let identity = SimIdentity::new().expect("certificates");
    let mut scenario = Scenario::plain(&identity, transport);
    push(&mut scenario.push);
    let mut pair = Pair::new(&scenario).expect("a pair");
    let up = pair.run_until(SOON, "both are up", |pair| {
        pair.client.is_up() && pair.server.is_up()
    });
    assert_eq!(up, Ok(()));
    pair
}

fn expiry(pair: &Pair) -> Expiry {
    match &pair.client.known().closed {
        Some(Closed::Failed(error @ Error::Expired(expiry))) => {
            assert_eq!(error.remedy(), Remedy::GiveUp);
            *expiry
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_unused_connection_ends_for_good_and_a_used_one_does_not() {
    for transport in [TransportKind::Tcp, TransportKind::Udp] {
        let mut pair = up(transport, |push| {
            push.inactive = Some(Inactive {
                seconds: 100,
                bytes: 50,
            });
        });
        for _ in 0..10 {
            pair.send_up(&[0x45; 30]).expect("sealed");
            pair.send_down(&[0x45; 30]).expect("sealed");
            pair.run_for(Duration::from_secs(70)).expect("time passes");
            assert_eq!(pair.client.known().closed, None);
        }
        // Keepalives go on and do not count.
        pair.run_for(Duration::from_secs(100)).expect("time passes");
        let within = Duration::from_secs(100);
        assert_eq!(expiry(&pair), Expiry::Inactive { within, bytes: 50 });
        assert!(pair.client.known().pings > 3);
        assert!(pair.server.known().closed.is_some(), "it was told");
    }
}

#[test]
fn a_connection_lasts_as_long_as_the_gateway_allows() {
    let mut pair = up(TransportKind::Udp, |push| push.session_timeout = Some(600));
    pair.run_for(Duration::from_secs(590)).expect("time passes");
    assert_eq!(pair.client.known().closed, None);
    pair.run_for(Duration::from_secs(12)).expect("time passes");
    let longest = Duration::from_secs(600);
    assert_eq!(expiry(&pair), Expiry::SessionTimeout(longest));
}

#[test]
fn ping_exit_ends_a_silent_connection_for_good() {
    let mut pair = up(TransportKind::Udp, |push| {
        push.ping_exit = Some(30);
        push.ping_restart = Some(20);
    });
    let now = pair.now();
    pair.server.session().halt(now, "the test");
    // The words of the server are lost with it.
    pair.server = up(TransportKind::Udp, |_| {}).server;
    pair.client.session().note_received(now);
    pair.run_for(Duration::from_secs(40)).expect("time passes");
    let silence = Duration::from_secs(30);
    assert_eq!(expiry(&pair), Expiry::PingExit(silence));
}

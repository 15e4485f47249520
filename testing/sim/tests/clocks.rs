//! Clocks that jump: the calendar is set, or the machine sleeps.
#![expect(clippy::expect_used, reason = "helpers of tests may fail like tests")]

use spoke_engine::{Closed, Error, Silence, TransportKind};
use spoke_moment::{Moment, WallTime};
use spoke_sim::{Pair, Scenario, SimIdentity};
use std::time::Duration;

const YEAR: u64 = 365 * 24 * 3600;
const TRANSPORTS: [TransportKind; 2] = [TransportKind::Udp, TransportKind::Tcp];
const LONGEST: Duration = Duration::from_secs(60);

/// Seconds since 1970, so many years from the time of the simulation.
fn wall(years: i64) -> WallTime {
    let shift = years * i64::try_from(YEAR).expect("small");
    WallTime::from_unix(SimIdentity::WALL.unix().saturating_add_signed(shift))
}

fn pair(identity: &SimIdentity, transport: TransportKind) -> Pair {
    Pair::new(&Scenario::plain(identity, transport)).expect("a pair")
}

fn stand(pair: &mut Pair) {
    pair.run_until(LONGEST, "both ends are up", |pair| {
        pair.client.is_up() && pair.server.is_up()
    })
    .expect("a connection");
}

fn exchange(pair: &mut Pair) {
    let before = [&pair.client, &pair.server].map(|end| end.known().received.len());
    assert_eq!(pair.send_up(&[0x45; 60]), Ok(true));
    assert_eq!(pair.send_down(&[0x45; 60]), Ok(true));
    pair.run_for(Duration::from_secs(1)).expect("it runs");
    let after = [&pair.client, &pair.server].map(|end| end.known().received.len());
    assert_eq!(after, before.map(|count| count + 1));
}

fn renew(pair: &mut Pair, key_id: u8) {
    let now = pair.now();
    pair.client.session().renegotiate(now);
    pair.run_until(LONGEST, "both have the new key", |pair| {
        [&pair.client, &pair.server]
            .iter()
            .all(|end| end.known().installed.last() == Some(&key_id))
    })
    .expect("a renegotiation");
    exchange(pair);
}

#[test]
fn a_calendar_that_is_set_mid_handshake_changes_nothing() {
    let identity = SimIdentity::new().expect("certificates");
    for transport in TRANSPORTS {
        // The certificates hold from 2020 to 2040, the simulation takes place in 2026.
        for years in [-5, -1, 1, 12] {
            for steps in 0..12 {
                let mut pair = pair(&identity, transport);
                pair.run_for(Duration::from_millis(10 * steps))
                    .expect("it runs");
                pair.set_wall(wall(years));
                stand(&mut pair);
                exchange(&mut pair);
                renew(&mut pair, 1);
            }
        }
    }
}

#[test]
fn a_calendar_outside_the_certificate_is_named_and_costs_only_new_keys() {
    let identity = SimIdentity::new().expect("certificates");
    for transport in TRANSPORTS {
        for years in [-40, -20, 30, 200] {
            let mut pair = pair(&identity, transport);
            pair.set_wall(wall(years));
            pair.run_until(LONGEST, "the client refuses", |pair| {
                pair.client.known().closed.is_some()
            })
            .expect("an end");
            let closed = &pair.client.known().closed;
            assert!(
                matches!(closed, Some(Closed::Failed(Error::Untrusted(_)))),
                "{years}: {closed:?}"
            );
            assert!(pair.client.known().installed.is_empty());

            let mut pair = self::pair(&identity, transport);
            stand(&mut pair);
            pair.set_wall(wall(years));
            exchange(&mut pair);
            let now = pair.now();
            pair.client.session().renegotiate(now);
            pair.run_for(Duration::from_secs(5)).expect("it runs");
            assert_eq!(pair.client.known().installed, [0], "{years}");
            exchange(&mut pair);
            // Once the clock is right, keys can be renewed as before; the key-id that failed may be used up.
            pair.set_wall(wall(0));
            pair.run_for(Duration::from_secs(61)).expect("it runs");
            let now = pair.now();
            pair.client.session().renegotiate(now);
            pair.run_until(LONGEST, "both have a new key", |pair| {
                [&pair.client, &pair.server]
                    .iter()
                    .all(|end| end.known().installed.len() >= 2)
            })
            .unwrap_or_else(|stall| {
                panic!(
                    "{transport:?} {years}: {stall} {:?} {:?}",
                    pair.client.known().notices,
                    pair.server.known().notices
                )
            });
            exchange(&mut pair);
        }
    }
}

#[test]
fn a_machine_that_slept_finds_out_at_once() {
    let identity = SimIdentity::new().expect("certificates");
    for transport in TRANSPORTS {
        for hours in [1, 9, 24 * 30] {
            let sleep = Duration::from_secs(hours * 3600);
            let mut pair = pair(&identity, transport);
            stand(&mut pair);
            // What is on its way arrives after the sleep, and is a sign of life.
            pair.run_for(Duration::from_secs(1)).expect("it runs");
            pair.sleep(sleep);
            let woke = pair.now();
            pair.run_until(Duration::from_secs(1), "both know", |pair| {
                pair.client.known().closed.is_some() && pair.server.known().closed.is_some()
            })
            .expect("they notice");
            assert!(pair.now().since(woke) < Duration::from_secs(1));
            let closed = &pair.client.known().closed;
            assert!(
                matches!(
                    closed,
                    Some(Closed::Failed(Error::Silence(Silence::KeepaliveLost(_))))
                ),
                "{closed:?}"
            );
        }
    }
}

#[test]
fn a_machine_that_slept_mid_handshake_gives_up_in_time_and_does_not_spin() {
    let identity = SimIdentity::new().expect("certificates");
    for transport in TRANSPORTS {
        for millis in (0..80).step_by(10) {
            let mut pair = pair(&identity, transport);
            pair.run_for(Duration::from_millis(millis))
                .expect("it runs");
            pair.sleep(Duration::from_secs(5 * 3600));
            let woke = pair.now();
            pair.run_until(LONGEST * 3, "the client is up or has given up", |pair| {
                pair.client.is_up() || pair.client.known().closed.is_some()
            })
            .expect("a decision");
            // A packet that waited may open one more window.
            assert!(
                pair.now().since(woke) <= LONGEST,
                "after {millis} ms over {transport:?}: {:?}",
                pair.client.known().closed
            );
        }
    }
}

#[test]
fn a_short_sleep_costs_nothing() {
    let identity = SimIdentity::new().expect("certificates");
    for transport in TRANSPORTS {
        for seconds in [1, 10, 30] {
            let mut pair = pair(&identity, transport);
            pair.run_for(Duration::from_millis(35)).expect("it runs");
            pair.sleep(Duration::from_secs(seconds));
            stand(&mut pair);
            exchange(&mut pair);
            pair.sleep(Duration::from_secs(seconds));
            exchange(&mut pair);
            let now = pair.now();
            pair.server.session().renegotiate(now);
            pair.run_for(Duration::from_millis(15)).expect("it runs");
            pair.sleep(Duration::from_secs(seconds));
            pair.run_for(Duration::from_secs(20)).expect("it runs");
            exchange(&mut pair);
            assert_eq!(pair.client.known().installed, [0, 1]);
        }
    }
}

#[test]
fn a_moment_that_goes_back_is_none() {
    let identity = SimIdentity::new().expect("certificates");
    let mut pair = pair(&identity, TransportKind::Udp);
    stand(&mut pair);
    let before = [pair.client.deadline(), pair.server.deadline()];
    let (early, wall) = (Moment::ORIGIN, pair.wall());
    for end in [&mut pair.client, &mut pair.server] {
        end.handle_timeout(early, wall);
        end.handle_packet(early, wall, vec![0x20; 60]);
        assert_eq!(end.poll(early), Ok(Vec::new()));
    }
    assert_eq!([pair.client.deadline(), pair.server.deadline()], before);
    exchange(&mut pair);
}

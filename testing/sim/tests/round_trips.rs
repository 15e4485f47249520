//! How many round trips a connection takes, to the microsecond: nobody waits for a timer, and nobody says later what can
//! be said now. `docs/round-trips.md` has the same numbers, with the reasons.
//!
//! To write its table anew: `SPOKE_WRITE_DOCS=1 cargo test -p spoke-sim --test round_trips`.
#![expect(clippy::expect_used, reason = "helpers of tests may fail like tests")]

use spoke_engine::{TlsVersions, TransportKind};
use spoke_sim::{Conditions, Pair, Scenario, SimIdentity};
use std::path::Path;
use std::time::Duration;

/// What is counted, in round trips from the first packet on.
#[derive(Debug, PartialEq, Eq)]
struct Trips {
    /// Until the client has its configuration and can send.
    configured: u32,
    /// Until the first answer to user traffic.
    answered: u32,
    /// From the wish for a renegotiation until both ends have the new key.
    renewed: u32,
}

/// The trip of TCP's own handshake, which the simulated stream does not have.
const SYN: u32 = 1;

fn scenario<'a>(
    identity: &'a SimIdentity,
    transport: TransportKind,
    versions: TlsVersions,
    trip: Duration,
) -> Scenario<'a> {
    let link = Conditions {
        delay: trip / 2,
        ..Conditions::default()
    };
    Scenario {
        up: link,
        down: link,
        versions,
        ..Scenario::plain(identity, transport)
    }
}

/// The virtual time as a whole number of trips.
fn trips(pair: &Pair, trip: Duration) -> u32 {
    let passed = pair.now().since_origin();
    let count = u32::try_from(passed.as_micros() / trip.as_micros()).expect("few");
    assert_eq!(passed, trip * count, "somebody waited for a timer");
    count
}

fn count(scenario: &Scenario<'_>, trip: Duration) -> Trips {
    let mut pair = Pair::new(scenario).expect("a pair");
    let syn = match scenario.transport {
        TransportKind::Tcp => SYN,
        TransportKind::Udp => 0,
    };
    let longest = Duration::from_secs(60);
    pair.run_until(longest, "the client is configured", |pair| {
        pair.client.is_up()
    })
    .expect("a connection");
    let configured = syn + trips(&pair, trip);

    assert_eq!(pair.send_up(&[0x45; 84]), Ok(true));
    pair.run_until(longest, "the gateway hears", |pair| {
        !pair.server.known().received.is_empty()
    })
    .expect("traffic");
    assert_eq!(pair.send_down(&[0x45; 84]), Ok(true));
    pair.run_until(longest, "the answer is there", |pair| {
        !pair.client.known().received.is_empty()
    })
    .expect("traffic");
    let answered = syn + trips(&pair, trip);

    let now = pair.now();
    pair.client.session().renegotiate(now);
    pair.run_until(longest, "both have the new key", |pair| {
        [&pair.client, &pair.server]
            .iter()
            .all(|end| end.known().installed == [0, 1])
    })
    .expect("a renegotiation");
    let renewed = syn + trips(&pair, trip) - answered;
    Trips {
        configured,
        answered,
        renewed,
    }
}

#[test]
fn a_connection_takes_as_many_round_trips_as_the_protocol_forces() {
    let identity = SimIdentity::new().expect("certificates");
    let mut table = String::from(
        "| transport | TLS | until the configuration is there | until the first answer through the tunnel | renegotiation |\n|---|---|---|---|---|\n",
    );
    for (transport, versions, names, expected) in [
        (
            TransportKind::Udp,
            TlsVersions::Only13,
            "UDP | 1.3",
            [4, 5, 3],
        ),
        (
            TransportKind::Udp,
            TlsVersions::Only12,
            "UDP | 1.2",
            [5, 6, 4],
        ),
        (
            TransportKind::Tcp,
            TlsVersions::Only13,
            "TCP | 1.3",
            [5, 6, 3],
        ),
        (
            TransportKind::Tcp,
            TlsVersions::Only12,
            "TCP | 1.2",
            [6, 7, 4],
        ),
    ] {
        let [configured, answered, renewed] = expected;
        let expected = Trips {
            configured,
            answered,
            renewed,
        };
        for trip in [2, 100, 980].map(Duration::from_millis) {
            let seen = count(&scenario(&identity, transport, versions, trip), trip);
            assert_eq!(seen, expected, "{names} at {trip:?}");
        }
        table.push_str(&format!(
            "| {names} | {configured} | {answered} | {renewed} |\n"
        ));
    }
    hold(&table);
}

#[test]
fn no_wrapping_and_no_length_of_a_token_costs_a_trip() {
    let identity = SimIdentity::new().expect("certificates");
    let trip = Duration::from_millis(100);
    for seed in 0..40 {
        for (transport, least) in [(TransportKind::Udp, 4), (TransportKind::Tcp, 5)] {
            let plain = scenario(&identity, transport, TlsVersions::Only13, trip);
            let drawn = Scenario {
                versions: TlsVersions::Only13,
                up: plain.up,
                down: plain.down,
                ..Scenario::draw(&identity, seed, transport)
            };
            let seen = count(&drawn, trip);
            assert_eq!(
                (seen.configured, seen.answered),
                (least, least + 1),
                "seed {seed} over {transport:?}"
            );
        }
    }
}

/// Compares the table in the document with what was counted, or writes it.
fn hold(table: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/round-trips.md");
    let text = std::fs::read_to_string(&path).expect("docs/round-trips.md");
    let start = text.find("| transport | TLS |").expect("the table");
    let end = text[start..]
        .find("\n\n")
        .map_or(text.len(), |end| start + end + 1);
    if std::env::var_os("SPOKE_WRITE_DOCS").is_some() {
        let new = [&text[..start], table, &text[end..]].concat();
        std::fs::write(&path, new).expect("docs/round-trips.md can be written");
        return;
    }
    assert_eq!(&text[start..end], table);
}

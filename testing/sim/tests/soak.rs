//! A day of one connection in virtual time: traffic, sign-ins and keys that are renewed, a link
//! that goes away now and then. What it holds in memory must not grow.
#![expect(clippy::expect_used, reason = "helpers of tests may fail like tests")]

use peak_alloc::PeakAlloc;
use spoke_engine::{Credentials, Timing, TransportKind};
use spoke_sim::{Conditions, Pair, Scenario, SimIdentity};
use spoke_wire::PushReply;
use std::time::Duration;
use zeroize::Zeroizing;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const HOUR: u64 = 3600;
/// Longest pause between two payloads.
const PAUSE: u64 = 10;
/// How much more may be held at the end than after two hours, in bytes: hash maps and buffers
/// that have grown once. One byte for each payload of a day would be more.
const SLACK: usize = 4 << 10;

/// How keys are renewed, and how many days are played of each: in the ordinary run, and in
/// the full one (`SPOKE_SIM=full`).
const PLAYS: [(u64, TransportKind, u64, u64); 3] = [
    (60, TransportKind::Udp, 1, 20),
    (60, TransportKind::Tcp, 1, 20),
    (10, TransportKind::Udp, 0, 20),
];

fn a_pair(identity: &SimIdentity, renewal: u64, transport: TransportKind) -> Pair {
    let mut scenario = Scenario::plain(identity, transport);
    scenario.client_timing = Timing {
        renegotiate_after: Some(Duration::from_secs(renewal * 60)),
        ..Timing::default()
    };
    let mut pair = Pair::new(&scenario).expect("a pair");
    pair.client.answer_with(|now| Credentials {
        username: "someone".to_owned(),
        password: Zeroizing::new(format!(
            "token of hour {}",
            now.since_origin().as_secs() / HOUR
        )),
    });
    pair.server.judge_by(|_, _| Ok(PushReply::default()));
    pair
}

/// Plays an hour; over UDP the link is away for twenty seconds of it.
fn an_hour(pair: &mut Pair, random: &mut fastrand::Rng, breaks: bool) {
    let end = pair.now() + Duration::from_secs(HOUR);
    let away = pair.now() + Duration::from_secs(random.u64(100..HOUR - 100));
    let mut went = !breaks;
    while pair.now() < end {
        if !went && pair.now() >= away {
            went = true;
            let away = Conditions {
                loss: 1.0,
                ..Conditions::default()
            };
            pair.set_conditions(away, away);
            pair.run_for(Duration::from_secs(20)).expect("time passes");
            pair.set_conditions(Conditions::default(), Conditions::default());
        }
        let payload = vec![0x45; random.usize(20..1300)];
        pair.send_up(&payload).expect("sealed");
        pair.send_down(&payload).expect("sealed");
        let pause = random.u64(1..=PAUSE);
        pair.run_for(Duration::from_secs(pause))
            .expect("time passes");
        for end in [&pair.client, &pair.server] {
            assert_eq!(end.known().closed, None, "at {:?}", pair.now());
        }
        pair.client.forget();
        pair.server.forget();
    }
}

#[test]
fn a_day_leaves_nothing_behind() {
    let full = std::env::var_os("SPOKE_SIM").is_some_and(|size| size == "full");
    let identity = SimIdentity::new().expect("certificates");
    let before = MEMORY.current_usage();
    let kept = vec![0x45_u8; 2 * SLACK];
    let seen = MEMORY.current_usage() > before + SLACK;
    assert!(seen, "{} bytes more would be seen", kept.len());
    drop(kept);
    for (renewal, transport, ordinary, whole) in PLAYS {
        for seed in 0..if full { whole } else { ordinary } {
            let mut random = fastrand::Rng::with_seed(seed);
            let mut pair = a_pair(&identity, renewal, transport);
            pair.run_until(Duration::from_secs(60), "both ends are up", |pair| {
                pair.client.is_up() && pair.server.is_up()
            })
            .expect("a connection");
            let mut held = Vec::new();
            for _ in 0..24 {
                an_hour(&mut pair, &mut random, transport == TransportKind::Udp);
                held.push(MEMORY.current_usage());
            }
            assert_eq!(pair.now().since_origin().as_secs() / HOUR, 24);
            let (early, late) = (held[1], held[23]);
            println!("{transport:?}, seed {seed}: {early} bytes after 2 hours, {late} after 24");
            assert!(
                late <= early + SLACK,
                "{transport:?}, seed {seed}: {held:?}"
            );
        }
    }
}

//! Long credentials, long configurations, lossy links, and packets from strangers.

mod common;

use common::{Habits, Pair, Pki, Seeded, client_config, server_config};
use proptest::prelude::*;
use spoke_engine::trust::UntrustedReason;
use spoke_engine::{
    Closed, Credentials, Entropy, Error, Refusal, Remedy, SignInFault, Silence, TlsVersions,
    TransportKind, tls_client_config,
};
use spoke_wire::{ForeignPayload, PushReply, Route};
use std::net::Ipv4Addr;
use std::time::Duration;
use zeroize::Zeroizing;

fn udp(habits: Habits) -> Pair {
    let pki = Pki::new();
    let (mut client, mut server) = (client_config(&pki), server_config(&pki));
    (client.transport, server.transport) = (TransportKind::Udp, TransportKind::Udp);
    Pair::new(client, server, habits)
}

fn tcp(habits: Habits) -> Pair {
    let pki = Pki::new();
    Pair::new(client_config(&pki), server_config(&pki), habits)
}

#[test]
fn long_passwords_arrive_whole_and_packets_stay_small() {
    for length in [127, 1_700, 4_000, 60_000, 65_534] {
        let password: String = ('a'..='z').cycle().take(length).collect();
        let habits = Habits {
            password: Some(password.clone()),
            ..Habits::default()
        };
        let mut pair = tcp(habits);
        pair.connect();
        assert_eq!(pair.seen[0].1, password);
        assert!(pair.client.longest <= 1250 - 28, "{}", pair.client.longest);
    }
}

#[test]
fn a_password_that_the_protocol_cannot_carry_is_refused_here() {
    for password in ["x".repeat(65_535), "with\0nul".to_owned()] {
        let mut pair = tcp(Habits {
            password: Some(password),
            ..Habits::default()
        });
        pair.run(Duration::from_secs(5), |pair| pair.client.closed.is_some());
        let Some(Closed::Failed(error @ Error::SignIn(SignInFault::Unsendable(_)))) =
            &pair.client.closed
        else {
            panic!("{:?}", pair.client.closed);
        };
        assert_eq!(error.remedy(), Remedy::AskUser);
    }
}

#[test]
fn a_configuration_of_64_kib_arrives_in_parts_as_one() {
    let routes = (0u32..2_500)
        .map(|n| Route::into_tunnel(Ipv4Addr::from(0x0a00_0000 + (n << 8)), 24))
        .collect();
    let push = PushReply {
        routes,
        ..PushReply::default()
    };
    let length: usize = push
        .to_options()
        .iter()
        .map(|option| option.len() + 1)
        .sum();
    assert!(length > 64 * 1024, "{length}");
    for habits in [
        Habits::default(),
        Habits {
            loss: 10,
            ..Habits::default()
        },
    ] {
        let mut pair = udp(Habits {
            push: push.clone(),
            ..habits
        });
        pair.connect();
        assert_eq!(pair.client.pushed.len(), 1);
        assert_eq!(pair.client.pushed[0].0.routes, push.routes);
    }
}

#[test]
fn a_wrong_name_is_refused_with_what_was_seen() {
    let pki = Pki::new();
    let mut client = client_config(&pki);
    client.tls = tls_client_config(pki.trust("other.test"), None, TlsVersions::Any).unwrap();
    let mut pair = Pair::new(client, server_config(&pki), Habits::default());
    pair.run(Duration::from_secs(5), |pair| {
        pair.client.closed.is_some() && pair.server.closed.is_some()
    });
    let Some(Closed::Failed(Error::Untrusted(untrusted))) = &pair.client.closed else {
        panic!("{:?}", pair.client.closed);
    };
    assert_eq!(untrusted.reason, UntrustedReason::WrongName);
    assert!(untrusted.to_string().contains("gateway.test"));
    assert!(
        matches!(
            pair.server.closed,
            Some(Closed::Failed(Error::PeerRefused(Refusal::Certificate(_))))
        ),
        "the alert is sent: {:?}",
        pair.server.closed
    );
    assert!(pair.seen.is_empty(), "no password was shown to it");
}

#[test]
fn no_common_cipher_ends_the_server_session_with_both_lists() {
    let pki = Pki::new();
    let (mut client, mut server) = (client_config(&pki), server_config(&pki));
    client.ciphers.truncate(1);
    server.ciphers.remove(0);
    let mut pair = Pair::new(client, server, Habits::default());
    pair.run(Duration::from_secs(5), |pair| {
        pair.client.closed.is_some() && pair.server.closed.is_some()
    });
    let Some(Closed::Failed(Error::PeerRefused(Refusal::Credentials(Some(reason))))) =
        &pair.client.closed
    else {
        panic!("{:?}", pair.client.closed);
    };
    assert!(
        reason.contains("AES-256-GCM") && reason.contains("AES-128-GCM"),
        "{reason}"
    );
    assert!(matches!(
        pair.server.closed,
        Some(Closed::Failed(Error::PeerRefused(
            Refusal::NoCommonCipher { .. }
        )))
    ));
}

#[test]
fn a_client_that_fragments_hears_why_it_is_not_let_in() {
    let pki = Pki::new();
    let (mut client, mut server) = (client_config(&pki), server_config(&pki));
    let options = "V4,dev-type tun,link-mtu 1559,tun-mtu 1500,proto UDPv4,mtu-dynamic,key-method 2,tls-client";
    client.identity.options_override = Some(options.to_owned());
    (client.transport, server.transport) = (TransportKind::Udp, TransportKind::Udp);
    let mut pair = Pair::new(client, server, Habits::default());
    pair.run(Duration::from_secs(5), |pair| {
        pair.client.closed.is_some() && pair.server.closed.is_some()
    });
    let foreign = Refusal::Payload(ForeignPayload::Fragments);
    let heard = Refusal::Credentials(Some(foreign.to_string()));
    for (end, refusal) in [(&pair.client, heard), (&pair.server, foreign)] {
        let expected = Closed::Failed(Error::PeerRefused(refusal));
        assert_eq!(end.closed, Some(expected));
    }
}

#[test]
fn on_tcp_a_forged_packet_is_fatal_and_on_udp_it_is_nothing() {
    let mut pair = tcp(Habits::default());
    pair.connect();
    let mut junk = vec![0; 100];
    Seeded(9).fill(&mut junk);
    junk[0] = 0x20;
    let now = pair.now;
    pair.client.session.handle_packet(now, common::WALL, &junk);
    pair.run(Duration::from_secs(1), |pair| pair.client.closed.is_some());
    assert!(matches!(
        pair.client.closed,
        Some(Closed::Failed(Error::PeerBrokeRules(_)))
    ));

    let mut pair = udp(Habits::default());
    pair.connect();
    let now = pair.now;
    pair.client.session.handle_packet(now, common::WALL, &junk);
    pair.run(Duration::from_secs(1), |pair| pair.client.closed.is_some());
    assert_eq!(pair.client.closed, None);
}

#[test]
fn a_session_that_has_ended_takes_every_call() {
    let mut pair = tcp(Habits::default());
    pair.connect();
    let now = pair.now;
    let session = &mut pair.client.session;
    session.close(now, "one");
    session.close(now, "two");
    while session.poll().is_some() {}
    session.renegotiate(now);
    session.handle_timeout(now, common::WALL);
    let (username, password) = (String::new(), Zeroizing::default());
    session.supply_credentials(now, Credentials { username, password });
    session.handle_packet(now, common::WALL, &[0x20; 60]);
    session.close(now, "three");
    assert!(session.poll().is_none());
    assert_eq!(session.deadline(), None);
}

#[test]
fn a_gateway_that_falls_silent_is_named_with_the_stage() {
    let mut told = Vec::new();
    for server_packets in 0.. {
        let mut pair = udp(Habits {
            server_packets,
            ..Habits::default()
        });
        pair.run(Duration::from_secs(200), |pair| {
            pair.client.closed.is_some() || !pair.client.pushed.is_empty()
        });
        match &pair.client.closed {
            None => break,
            Some(Closed::Failed(Error::Silence(silence))) => told.push(*silence),
            other => panic!("{other:?}"),
        }
        assert!(pair.now.since_origin() <= Duration::from_secs(130));
    }
    told.dedup();
    let window = Duration::from_secs(60);
    let stages = [
        Silence::NoAnswer(window),
        Silence::NoTls(window),
        Silence::NoKeys(window),
        Silence::NoPush(window),
    ];
    assert_eq!(told, stages);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_lossy_link_with_packets_out_of_order_only_costs_time(seed in 1u64.., loss in 0u64..30, jitter in 0u64..300) {
        let password = "t".repeat(3_000);
        let mut pair = udp(Habits {
            loss,
            jitter: Duration::from_millis(jitter),
            password: Some(password),
            ..Habits::default()
        });
        pair.chance = Seeded(seed);
        pair.connect();
        let now = pair.now;
        pair.client.session.renegotiate(now);
        // The last acknowledgement, without which the client keeps to its old key, may be lost again and again.
        pair.run(Duration::from_secs(600), |pair| pair.client.sending == Some(1) && pair.server.sending == Some(1));
        prop_assert_eq!(pair.client.sending, Some(1));
        pair.exchange();
    }

    #[test]
    fn bytes_of_strangers_never_panic_and_never_open_anything(packets in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 0..20), unwrapped: bool) {
        let pki = Pki::new();
        let (mut client, mut server) = (client_config(&pki), server_config(&pki));
        (client.transport, server.transport) = (TransportKind::Udp, TransportKind::Udp);
        if unwrapped {
            client.wrapping = spoke_engine::Wrapping::None;
            server.wrapping = spoke_engine::Wrapping::None;
        }
        let mut pair = Pair::new(client, server, Habits::default());
        let now = pair.now;
        for packet in &packets {
            pair.client.session.handle_packet(now, common::WALL, packet);
            pair.server.session.handle_packet(now, common::WALL, packet);
        }
        if !unwrapped {
            pair.connect();
        }
    }
}

//! What happens to a connection once it stands, and how it ends.

mod common;

use common::{Habits, Pair, Pki, client_config, server_config};
use spoke_engine::{Closed, Error, Expiry, Refusal, Remedy, Silence, Timing, TransportKind};
use spoke_moment::Moment;
use spoke_wire::{AuthFailure, AuthToken, Inactive, PushReply, Route};
use std::time::Duration;

fn pair(transport: TransportKind, habits: Habits) -> Pair {
    let pki = Pki::new();
    let (mut client, mut server) = (client_config(&pki), server_config(&pki));
    client.transport = transport;
    server.transport = transport;
    Pair::new(client, server, habits)
}

#[expect(clippy::panic, reason = "a test fails by panicking")]
fn refusal(pair: &Pair) -> Refusal {
    match &pair.client.closed {
        Some(Closed::Failed(Error::PeerRefused(refusal))) => refusal.clone(),
        other => panic!("not refused: {other:?}"),
    }
}

/// Runs until both ends send with `key_id`.
fn renewed(pair: &mut Pair, key_id: u8) {
    pair.run(Duration::from_secs(30), |pair| {
        pair.client.sending == Some(key_id) && pair.server.sending == Some(key_id)
    });
    assert_eq!(
        pair.client.sending,
        Some(key_id),
        "{:?}",
        pair.client.notices
    );
    assert_eq!(
        pair.server.sending,
        Some(key_id),
        "{:?}",
        pair.server.notices
    );
    pair.exchange();
}

#[test]
fn key_ids_go_round_past_seven_without_zero_and_at_most_two_keys_live() {
    let mut pair = pair(TransportKind::Udp, Habits::default());
    pair.connect();
    for (turn, key_id) in [1, 2, 3, 4, 5, 6, 7, 1, 2].into_iter().enumerate() {
        let now = pair.now;
        match turn % 2 {
            0 => pair.client.session.renegotiate(now),
            _ => pair.server.session.renegotiate(now),
        }
        renewed(&mut pair, key_id);
        assert!(pair.client.sealers.len() <= 2 && pair.server.sealers.len() <= 2);
    }
    assert_eq!(pair.seen.len(), 10);
    assert!(
        pair.seen[1..]
            .iter()
            .all(|(_, _, renegotiation)| *renegotiation)
    );
    assert!(
        pair.client.pushed.len() == 1,
        "a renegotiation pushes nothing"
    );
}

#[test]
fn crossing_soft_resets_make_one_new_key() {
    for transport in [TransportKind::Tcp, TransportKind::Udp] {
        let mut pair = pair(transport, Habits::default());
        pair.connect();
        let now = pair.now;
        pair.client.session.renegotiate(now);
        pair.server.session.renegotiate(now);
        renewed(&mut pair, 1);
        assert_eq!(pair.client.sealers.len(), 2);
    }
}

#[test]
fn the_old_key_is_retired_when_its_time_is_over() {
    let mut pair = pair(TransportKind::Tcp, Habits::default());
    pair.connect();
    let now = pair.now;
    pair.client.session.renegotiate(now);
    renewed(&mut pair, 1);
    assert_eq!(pair.client.retired, [0; 0]);
    for _ in 0..80 {
        pair.run(Duration::from_secs(50), |_| false);
        let now = pair.now;
        for end in [&mut pair.client, &mut pair.server] {
            end.session.note_received(now);
        }
    }
    assert_eq!(
        (&pair.client.retired[..], &pair.server.retired[..]),
        (&[0][..], &[0][..])
    );
}

#[test]
fn a_renegotiation_without_credentials_costs_nothing_but_itself() {
    let mut pair = pair(TransportKind::Tcp, Habits::default());
    pair.connect();
    pair.habits.password = None;
    let now = pair.now;
    pair.client.session.renegotiate(now);
    for _ in 0..3 {
        pair.run(Duration::from_secs(30), |_| false);
        let now = pair.now;
        pair.client.session.note_received(now);
        pair.server.session.note_received(now);
    }
    assert_eq!(pair.client.sending, Some(0));
    assert_eq!(pair.client.closed, None);
    assert!(!pair.client.notices.is_empty());
    pair.exchange();
    pair.habits.password = Some("fresh".to_owned());
    pair.client.wanted = 0;
    let now = pair.now;
    pair.client.session.renegotiate(now);
    renewed(&mut pair, 2);
    assert_eq!(pair.seen.last().map(|seen| seen.1.as_str()), Some("fresh"));
}

#[test]
fn a_token_stands_in_for_the_password_and_is_renewed() {
    let token = |text: &str| PushReply {
        auth_token: Some(AuthToken::new(text)),
        ..PushReply::default()
    };
    let habits = Habits {
        push: token("SESS_ID_one"),
        push_again: PushReply {
            routes: vec![Route::into_tunnel([10, 1, 0, 0].into(), 16)],
            block_ipv6: true,
            ..token("SESS_ID_two")
        },
        ..Habits::default()
    };
    let mut pair = pair(TransportKind::Tcp, habits);
    pair.connect();
    pair.habits.password = None;
    for (key_id, expected) in [(1, "SESS_ID_one"), (2, "SESS_ID_two")] {
        let now = pair.now;
        pair.server.session.renegotiate(now);
        renewed(&mut pair, key_id);
        let (user, password, _) = pair.seen.last().unwrap();
        assert_eq!((user.as_str(), password.as_str()), ("AzureAD", expected));
    }
    let tokens: Vec<&str> = pair
        .client
        .tokens
        .iter()
        .map(|t| t.password.as_str())
        .collect();
    assert_eq!(tokens, ["SESS_ID_one", "SESS_ID_two", "SESS_ID_two"]);
    assert!(pair.client.tokens.iter().all(|t| t.username == "AzureAD"));
    assert_eq!(pair.client.pushed.len(), 1, "only the token is taken");
    let unasked = "ignored another configuration; only a token in it is taken".to_owned();
    assert!(pair.client.notices.contains(&unasked));
}

#[test]
fn a_refusal_reaches_the_client_with_its_reason() {
    for transport in [TransportKind::Tcp, TransportKind::Udp] {
        let refusal_sent = AuthFailure::Refused {
            reason: "the token is for someone else".to_owned(),
        };
        let habits = Habits {
            refusal: Some(refusal_sent),
            ..Habits::default()
        };
        let mut pair = pair(transport, habits);
        pair.run(Duration::from_secs(20), |pair| {
            pair.client.closed.is_some() && pair.server.closed.is_some()
        });
        let seen = refusal(&pair);
        assert_eq!(
            seen,
            Refusal::Credentials(Some("the token is for someone else".to_owned()))
        );
        assert_eq!(seen.remedy(), Remedy::NewToken);
        assert_eq!(pair.server.closed, Some(Closed::Rejected));
    }
}

#[test]
fn an_expired_session_token_asks_for_new_credentials() {
    let expired = AuthFailure::SessionExpired {
        reason: String::new(),
    };
    let mut pair = pair(
        TransportKind::Tcp,
        Habits {
            refusal: Some(expired),
            ..Habits::default()
        },
    );
    pair.run(Duration::from_secs(20), |pair| pair.client.closed.is_some());
    assert_eq!(refusal(&pair), Refusal::SessionExpired(None));
}

#[test]
fn restart_halt_and_exit_reach_the_other_end() {
    for transport in [TransportKind::Tcp, TransportKind::Udp] {
        let over = |pair: &Pair| pair.client.closed.is_some() && pair.server.closed.is_some();
        let mut restarted = pair(transport, Habits::default());
        restarted.connect();
        let now = restarted.now;
        restarted.server.session.close(now, "maintenance");
        restarted.run(Duration::from_secs(5), over);
        assert_eq!(
            refusal(&restarted),
            Refusal::Restart {
                reason: Some("maintenance".to_owned()),
                keep_credentials: true,
                next_server: false,
            }
        );

        let mut halted = pair(transport, Habits::default());
        halted.connect();
        let now = halted.now;
        halted.server.session.halt(now, "go away");
        halted.run(Duration::from_secs(5), over);
        assert_eq!(refusal(&halted).remedy(), Remedy::GiveUp);

        let mut left = pair(transport, Habits::default());
        left.connect();
        let now = left.now;
        left.client.session.close(now, "asked to");
        left.run(Duration::from_secs(5), over);
        assert_eq!(
            left.client.closed,
            Some(Closed::Asked {
                why: "asked to".to_owned()
            })
        );
        assert_eq!(
            left.server.closed,
            Some(Closed::Failed(Error::PeerRefused(Refusal::Exit)))
        );
    }
}

#[test]
fn a_client_says_goodbye_as_often_as_it_is_told() {
    let seconds = |pair: &Pair| pair.now.since(Moment::ORIGIN).as_secs();
    for (modern, own, pushed, exits, heard) in [
        (false, Some(3), None, 3, false),
        (false, Some(3), Some(2), 2, false),
        (false, Some(0), None, 0, false),
        (false, None, Some(u32::MAX), 10, false),
        (true, Some(3), None, 0, true),
        (true, Some(0), None, 0, false),
    ] {
        let pki = Pki::new();
        let (mut client, mut server) = (client_config(&pki), server_config(&pki));
        client.identity.modern = modern;
        client.timing.explicit_exit_notify = own;
        (client.transport, server.transport) = (TransportKind::Udp, TransportKind::Udp);
        let mut habits = Habits::default();
        habits.push.explicit_exit_notify = pushed;
        let mut pair = Pair::new(client, server, habits);
        pair.connect();
        let (now, before) = (pair.now, seconds(&pair));
        pair.client.session.close(now, "asked to");
        pair.run(Duration::from_secs(5), |pair| pair.client.closed.is_some());
        assert!(pair.client.closed.is_some() && seconds(&pair) - before < 2);
        assert_eq!(pair.client.exits, exits, "{modern} {own:?} {pushed:?}");
        assert_eq!(pair.server.closed.is_some(), heard, "{modern} {own:?}");
    }
}

#[test]
fn a_client_without_the_exit_message_leaves_through_the_data_channel() {
    let pki = Pki::new();
    let (mut client, mut server) = (client_config(&pki), server_config(&pki));
    client.identity.modern = false;
    (client.transport, server.transport) = (TransportKind::Udp, TransportKind::Udp);
    let mut pair = Pair::new(client, server, Habits::default());
    pair.connect();
    let now = pair.now;
    pair.client.session.close(now, "asked to");
    pair.run(Duration::from_secs(2), |pair| pair.client.closed.is_some());
    assert!(pair.client.exits == 1 && pair.client.closed.is_some());
    pair.server.session.handle_exit(now);
    pair.run(Duration::from_secs(2), |pair| pair.server.closed.is_some());
    assert_eq!(
        pair.server.closed,
        Some(Closed::Failed(Error::PeerRefused(Refusal::Exit)))
    );
}

#[test]
fn silence_ends_a_connection_after_the_pushed_time_and_pings_go_out_before() {
    let push = PushReply {
        ping: Some(5),
        ping_restart: Some(20),
        ..PushReply::default()
    };
    let mut pair = pair(
        TransportKind::Tcp,
        Habits {
            push,
            ..Habits::default()
        },
    );
    pair.connect();
    pair.habits.loss = 100;
    let start = pair.now;
    pair.run(Duration::from_secs(100), |pair| {
        pair.client.closed.is_some()
    });
    let lost = Silence::KeepaliveLost(Duration::from_secs(20));
    assert_eq!(
        pair.client.closed,
        Some(Closed::Failed(Error::Silence(lost)))
    );
    assert_eq!(pair.client.pings, 3);
    assert!(pair.now.since(start) <= Duration::from_secs(21));
}

#[test]
fn a_gateway_that_does_not_answer_is_given_up_after_the_hand_window() {
    let mut pair = pair(
        TransportKind::Udp,
        Habits {
            loss: 100,
            ..Habits::default()
        },
    );
    pair.run(Duration::from_secs(70), |pair| pair.client.closed.is_some());
    let no_answer = Error::Silence(Silence::NoAnswer(Duration::from_secs(60)));
    assert_eq!(no_answer.remedy(), Remedy::Backoff);
    assert_eq!(pair.client.closed, Some(Closed::Failed(no_answer)));
    assert_eq!(pair.now, Moment::from_origin(Duration::from_secs(60)));
    // At 0, 1, 3, 7 and then every 8 seconds until 55.
    assert_eq!(pair.client.packets_sent, 10);
}

#[test]
fn credentials_may_come_late_or_never() {
    let mut late = pair(
        TransportKind::Tcp,
        Habits {
            password: None,
            ..Habits::default()
        },
    );
    late.run(Duration::from_secs(30), |_| false);
    assert_eq!((late.client.tls.len(), late.client.wanted), (1, 1));
    late.habits.password = Some("at last".to_owned());
    late.connect();

    let mut never = pair(
        TransportKind::Tcp,
        Habits {
            password: None,
            ..Habits::default()
        },
    );
    never.run(Duration::from_secs(90), |pair| pair.client.closed.is_some());
    let Some(Closed::Failed(error)) = &never.client.closed else {
        panic!("still there");
    };
    assert_eq!(error.remedy(), Remedy::NewToken);
}

/// A pair whose client has timers of its own.
fn timed(change: impl FnOnce(&mut Timing), push: PushReply) -> Pair {
    let pki = Pki::new();
    let mut client = client_config(&pki);
    change(&mut client.timing);
    let habits = Habits {
        push,
        ..Habits::default()
    };
    let mut pair = Pair::new(client, server_config(&pki), habits);
    pair.connect();
    pair
}

/// Why the client's connection ends within some minutes, if it does; `heard` says whether
/// keepalives arrive.
fn expiry(mut pair: Pair, heard: bool) -> Option<Expiry> {
    for _ in 0..20 {
        pair.run(Duration::from_secs(20), |pair| pair.client.closed.is_some());
        let now = pair.now;
        pair.server.session.note_received(now);
        if heard {
            pair.client.session.note_received(now);
        }
    }
    match pair.client.closed {
        Some(Closed::Failed(Error::Expired(expiry))) => Some(expiry),
        _ => None,
    }
}

#[test]
fn timers_of_the_clients_own_hold_unless_the_server_pushes_others() {
    let five_minutes = Duration::from_secs(300);
    let nothing = PushReply::default;
    let lasts = |timing: &mut Timing| timing.session_timeout = Some(300);
    let ended = expiry(timed(lasts, nothing()), true);
    assert_eq!(ended, Some(Expiry::SessionTimeout(five_minutes)));
    let longer = PushReply {
        session_timeout: Some(3600),
        ..nothing()
    };
    assert_eq!(expiry(timed(lasts, longer), true), None);

    let inactive = Inactive {
        seconds: 300,
        bytes: 1000,
    };
    let idles = |timing: &mut Timing| timing.inactive = Some(inactive);
    let ended = expiry(timed(idles, nothing()), true);
    let within = five_minutes;
    assert_eq!(
        ended,
        Some(Expiry::Inactive {
            within,
            bytes: 1000
        })
    );
    let off = PushReply {
        inactive: Some(Inactive {
            seconds: 0,
            bytes: 0,
        }),
        ..nothing()
    };
    assert_eq!(expiry(timed(idles, off), true), None);

    let exits = |timing: &mut Timing| timing.ping_exit = Some(five_minutes);
    let silent = timed(exits, nothing());
    assert_eq!(expiry(silent, false), Some(Expiry::PingExit(five_minutes)));
    let restarts = PushReply {
        ping_restart: Some(60),
        ..nothing()
    };
    assert_eq!(expiry(timed(exits, restarts), false), None);
}

#[test]
fn enough_bytes_renew_the_keys_once() {
    let mut pair = timed(
        |timing| timing.renegotiate_bytes = Some(1000),
        PushReply::default(),
    );
    let now = pair.now;
    pair.client.session.note_traffic(now, 999);
    pair.run(Duration::from_secs(5), |_| false);
    assert_eq!(pair.client.sending, Some(0));
    let now = pair.now;
    for _ in 0..10 {
        pair.client.session.note_traffic(now, 1000);
    }
    renewed(&mut pair, 1);
    pair.run(Duration::from_secs(30), |_| false);
    assert_eq!(pair.client.sending, Some(1));
}

//! Two sessions whose data keys begin close to their end: new keys come in time, under traffic.

use crate::common_tests::{Habits, Pair, Pki, client_config, server_config};
use crate::{Closed, Error, Expiry, SealError, TransportKind};
use spoke_wire::ProtocolBits;
use std::time::Duration;

fn pair(transport: TransportKind, epochs: bool) -> Pair {
    let pki = Pki::new();
    let (mut client, mut server) = (client_config(&pki), server_config(&pki));
    (client.transport, server.transport) = (transport, transport);
    if !epochs {
        server.withheld = ProtocolBits::DATA_EPOCH;
    }
    let mut pair = Pair::new(client, server, Habits::default());
    pair.connect();
    pair
}

/// Sends packets until there is another key to send with; gives their number.
fn send_until_renewed(pair: &mut Pair) -> u32 {
    for sent in 1.. {
        assert!(sent < 1000, "no new key in time");
        let key_id = pair.client.sending.expect("a key to send with");
        if key_id != 0 {
            return sent;
        }
        let sealer = pair.client.sealers.get_mut(&key_id).expect("its sealer");
        let mut packet = sealer.seal_copy(b"under traffic").expect("sealed");
        let worn = sealer.near_exhaustion();
        let opener = pair.server.openers.get_mut(&key_id).expect("its opener");
        opener.open(&mut packet).expect("opened");
        if worn {
            pair.client.session.replace_key(pair.now, key_id);
        }
        pair.run(Duration::from_millis(50), |_| false);
    }
    0
}

#[test]
fn a_key_is_replaced_before_its_packet_numbers_end() {
    for transport in [TransportKind::Tcp, TransportKind::Udp] {
        let mut pair = pair(transport, false);
        let sealer = pair.client.sealers.get_mut(&0).expect("the first key");
        sealer.pretend(0xff00_0000 - 10, 0);
        assert!(send_until_renewed(&mut pair) > 10);
        pair.exchange();
        assert_eq!(pair.client.sending, Some(1));
    }
}

#[test]
fn a_key_is_replaced_before_the_limit_of_its_cipher() {
    let mut pair = pair(TransportKind::Tcp, false);
    let sealer = pair.client.sealers.get_mut(&0).expect("the first key");
    sealer.pretend(1, ((1 << 36) - 1) / 8 * 7 - 20);
    assert!(send_until_renewed(&mut pair) >= 10);
    pair.exchange();
}

#[test]
fn a_key_is_replaced_before_its_epochs_end() {
    let mut pair = pair(TransportKind::Udp, true);
    let (client, server) = (&mut pair.client, &mut pair.server);
    let sealer = client.sealers.get_mut(&0).expect("the first key");
    let opener = server.openers.get_mut(&0).expect("the first key");
    for _ in 1..0xf000 - 5 {
        sealer.epochs().expect("epochs").force();
        let mut packet = sealer.seal_copy(b"on").expect("sealed");
        opener.open(&mut packet).expect("opened");
    }
    assert!(!sealer.near_exhaustion());
    for _ in 0..5 {
        sealer.epochs().expect("epochs").force();
    }
    assert!(sealer.near_exhaustion());
    send_until_renewed(&mut pair);
    pair.exchange();
}

#[test]
fn no_new_key_is_begged_for_all_the_time() {
    let mut pair = pair(TransportKind::Udp, false);
    pair.client.session.replace_key(pair.now, 7);
    pair.run(Duration::from_secs(1), |_| false);
    assert_eq!(pair.client.wanted, 0, "another key is none of its business");
    pair.habits.password = None;
    for _ in 0..240 {
        // As data packets that come in would.
        pair.client.session.note_received(pair.now);
        pair.server.session.note_received(pair.now);
        pair.client.session.replace_key(pair.now, 0);
        pair.run(Duration::from_secs(1), |_| false);
    }
    assert!(
        (3..=6).contains(&pair.client.wanted),
        "{}",
        pair.client.wanted
    );
}

#[test]
fn a_used_up_key_ends_the_session_and_seals_nothing() {
    let mut pair = pair(TransportKind::Tcp, false);
    let sealer = pair.client.sealers.get_mut(&0).expect("the first key");
    sealer.pretend(u32::MAX.into(), 0);
    assert_eq!(sealer.seal_copy(b"more"), Err(SealError::Exhausted));
    pair.client.session.handle_exhaustion(pair.now);
    pair.run(Duration::from_secs(1), |_| false);
    let closed = pair.client.closed.as_ref().expect("it is over");
    assert!(format!("{closed:?}").contains("KeyUsedUp"), "{closed:?}");
}

#[test]
fn a_peer_that_gives_no_new_key_ends_the_session_with_the_old_one() {
    for transport in [TransportKind::Tcp, TransportKind::Udp] {
        let mut pair = pair(transport, false);
        // It acknowledges nothing and begins no TLS any more, and its data goes on.
        pair.habits.server_packets = 0;
        let sealer = pair.client.sealers.get_mut(&0).expect("the first key");
        let left = 200;
        sealer.pretend(u64::from(u32::MAX) - left, 0);
        let started = pair.now;
        let mut sent = 0;
        loop {
            let sealer = pair.client.sealers.get_mut(&0).expect("its sealer");
            assert!(sealer.near_exhaustion());
            let mut packet = match sealer.seal_copy(b"under traffic") {
                Ok(packet) => packet,
                Err(why) => {
                    assert_eq!(why, SealError::Exhausted);
                    break;
                }
            };
            sent += 1;
            let opener = pair.server.openers.get_mut(&0).expect("its opener");
            opener.open(&mut packet).expect("opened");
            // As a data path does with every packet, of either way.
            pair.client.session.note_received(pair.now);
            pair.client.session.replace_key(pair.now, 0);
            pair.run(Duration::from_secs(1), |_| false);
            assert_eq!(pair.client.closed, None, "after {sent} packets");
        }
        assert_eq!(sent, left);
        assert_eq!(pair.client.sending, Some(0));
        let failed = |notice: &&String| notice.contains("the renegotiation failed");
        let failed = pair.client.notices.iter().filter(failed).count();
        // One attempt in each hand window, and no more.
        let windows = pair.now.since(started).as_secs() / 60;
        assert_eq!(failed as u64, windows, "{:?}", pair.client.notices);
        pair.client.session.handle_exhaustion(pair.now);
        pair.run(Duration::from_secs(10), |_| false);
        let over = Closed::Failed(Error::Expired(Expiry::KeyUsedUp));
        assert_eq!(pair.client.closed, Some(over));
    }
}

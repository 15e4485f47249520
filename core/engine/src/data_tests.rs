//! Laws of sealing and opening.

use crate::{
    Cipher, DataChannel, Digest, KeyBlock, KeyError, OpenError, Opener, SealError, Sealer, Side,
};
use proptest::prelude::*;
use spoke_wire::{Compression, DataHeader};
use std::collections::BTreeSet;

fn block() -> KeyBlock {
    let mut bytes = [0; 256];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::try_from(index).unwrap_or(0) ^ 0x5a;
    }
    KeyBlock::from_exporter(&bytes)
}

fn ends(channel: &DataChannel) -> (Sealer, Opener) {
    let (sealer, _) = block().data_channel(channel, Side::Client).expect("keys");
    let (_, opener) = block().data_channel(channel, Side::Server).expect("keys");
    (sealer, opener)
}

fn classic(cipher: Cipher) -> DataChannel {
    DataChannel::new(cipher, DataHeader::V1 { key_id: 0 })
}

fn epochs(cipher: Cipher) -> DataChannel {
    let header = DataHeader::V2 {
        key_id: 0,
        peer_id: 5,
    };
    DataChannel {
        epoch: true,
        ..DataChannel::new(cipher, header)
    }
}

/// Every combination that can be agreed on.
fn channel() -> impl Strategy<Value = DataChannel> {
    let digest = prop::sample::select(&Digest::ALL);
    let compression = prop::sample::select(vec![
        None,
        Some(Compression::LzoStub),
        Some(Compression::Stub),
        Some(Compression::StubV2),
    ]);
    let cipher = prop::sample::select(&Cipher::ALL);
    (cipher, digest, header(), any::<bool>(), compression).prop_map(
        |(cipher, auth, header, epoch, compression)| DataChannel {
            cipher,
            auth,
            header,
            epoch: epoch && cipher.is_aead() && matches!(header, DataHeader::V2 { .. }),
            compression,
        },
    )
}

fn header() -> impl Strategy<Value = DataHeader> {
    prop_oneof![
        (0u8..8).prop_map(|key_id| DataHeader::V1 { key_id }),
        (0u8..8, 0..=DataHeader::NO_PEER_ID)
            .prop_map(|(key_id, peer_id)| DataHeader::V2 { key_id, peer_id }),
    ]
}

proptest! {
    #[test]
    fn what_is_sealed_opens_once(channel in channel(), payload in proptest::collection::vec(any::<u8>(), 1..2000)) {
        let (mut sealer, mut opener) = ends(&channel);
        let packet = sealer.seal_copy(&payload).expect("sealed");
        prop_assert!(packet.len() <= sealer.headroom() + payload.len() + sealer.tailroom());
        prop_assert!(sealer.headroom() <= Sealer::MOST_HEADROOM);
        prop_assert_eq!(DataHeader::parse(&packet).map(|(read, _)| read), Ok(channel.header));
        prop_assert_eq!(opener.open(&mut packet.clone()).map(|opened| opened.to_vec()), Ok(payload));
        prop_assert!(matches!(opener.open(&mut packet.clone()), Err(OpenError::Replay(_))));
    }

    #[test]
    fn no_changed_packet_opens_and_the_genuine_one_still_does(channel in channel(), payload in proptest::collection::vec(any::<u8>(), 1..60), bit: prop::sample::Index) {
        let (mut sealer, mut opener) = ends(&channel);
        let packet = sealer.seal_copy(&payload).expect("sealed");
        // With CBC the peer id is not covered by the HMAC.
        let covered = if channel.cipher.is_aead() { 0 } else { 32 };
        let bit = covered + bit.index(packet.len() * 8 - covered);
        let mut changed = packet.clone();
        if let Some(byte) = changed.get_mut(bit / 8) {
            *byte ^= 1 << (bit % 8);
        }
        prop_assert!(opener.open(&mut changed).is_err());
        prop_assert!(opener.open(&mut packet.clone()).is_ok());
    }

    #[test]
    fn no_bytes_open_or_panic(channel in channel(), mut bytes in proptest::collection::vec(any::<u8>(), 0..180), whole: bool) {
        let (_, mut opener) = ends(&channel);
        let (header, len) = channel.header.encode();
        for (place, byte) in bytes.iter_mut().zip(header).take(if whole { len } else { 0 }) {
            *place = byte;
        }
        prop_assert!(opener.open(&mut bytes).is_err());
    }

    #[test]
    fn the_longest_payload_fills_its_space_and_one_more_does_not_fit(channel in channel(), space in 200usize..1600) {
        let (mut sealer, _) = ends(&channel);
        let longest = sealer.longest_payload(space);
        // As IP packets begin.
        let packet = |len| [&[0x45][..], &vec![7; len - 1]].concat();
        prop_assert!(sealer.seal_copy(&packet(longest)).expect("sealed").len() <= space);
        prop_assert!(sealer.seal_copy(&packet(longest + 1)).expect("sealed").len() > space);
    }
}

#[test]
fn a_sealer_does_not_open_its_own_packets() {
    for channel in [
        classic(Cipher::Aes256Gcm),
        classic(Cipher::Aes256Cbc),
        epochs(Cipher::Aes256Gcm),
    ] {
        let keys = block().data_channel(&channel, Side::Client);
        let (mut sealer, mut own) = keys.expect("keys");
        let mut packet = sealer.seal_copy(b"out").expect("sealed");
        assert_eq!(own.open(&mut packet), Err(OpenError::Forged));
    }
}

#[test]
fn numbers_end_before_they_repeat() {
    for cipher in Cipher::ALL {
        let (mut sealer, mut opener) = ends(&classic(cipher));
        assert!(!sealer.near_exhaustion());
        sealer.pretend(0xff00_0000, 0);
        assert!(sealer.near_exhaustion());
        sealer.pretend(u64::from(u32::MAX) - 1, 0);
        let mut last = sealer.seal_copy(b"last").expect("sealed");
        assert_eq!(sealer.seal_copy(b"one more"), Err(SealError::Exhausted));
        assert_eq!(sealer.seal_copy(b"one more"), Err(SealError::Exhausted));
        assert!(opener.open(&mut last).is_ok());
    }
}

#[test]
fn a_key_is_not_used_past_the_limit_of_its_cipher() {
    const LIMIT: u64 = (1 << 36) - 1;
    let (mut sealer, _) = ends(&classic(Cipher::Aes256Gcm));
    sealer.pretend(1, LIMIT / 8 * 7 - 2);
    assert!(!sealer.near_exhaustion());
    assert!(sealer.seal_copy(b"still").is_ok());
    assert!(sealer.near_exhaustion());
    sealer.pretend(2, LIMIT);
    assert_eq!(sealer.seal_copy(b"over"), Err(SealError::Exhausted));
    let (mut chacha, _) = ends(&classic(Cipher::ChaCha20Poly1305));
    chacha.pretend(1, 1 << 60);
    assert!(!chacha.near_exhaustion());
    assert!(chacha.seal_copy(b"fine").is_ok());
}

#[test]
fn forgeries_call_for_a_new_key_and_in_the_end_close_the_old_one() {
    let (mut sealer, mut opener) = ends(&classic(Cipher::Aes256Gcm));
    let genuine = sealer.seal_copy(b"genuine").expect("sealed");
    let mut forged = genuine.clone();
    forged[6] ^= 1;
    opener.pretend_forgeries((1 << 35) - 1);
    assert!(!opener.near_exhaustion());
    assert_eq!(opener.open(&mut forged.clone()), Err(OpenError::Forged));
    assert!(opener.near_exhaustion());
    opener.pretend_forgeries((1 << 36) - 1);
    assert_eq!(opener.open(&mut forged), Err(OpenError::Forged));
    assert_eq!(opener.open(&mut genuine.clone()), Err(OpenError::Exhausted));
}

#[test]
fn vectors_of_cbc_do_not_repeat() {
    let (mut sealer, _) = ends(&classic(Cipher::Aes256Cbc));
    let packets: Vec<Vec<u8>> = (0..500)
        .map(|_| sealer.seal_copy(b"the same").expect("sealed"))
        .collect();
    let vectors: BTreeSet<&[u8]> = packets.iter().map(|packet| &packet[21..37]).collect();
    assert_eq!(vectors.len(), packets.len());
}

#[test]
fn a_sealer_moves_on_at_the_limit_and_its_peer_follows() {
    let (mut client, mut from_client) = ends(&epochs(Cipher::Aes128Gcm));
    let keys = block().data_channel(&epochs(Cipher::Aes128Gcm), Side::Server);
    let (mut server, mut from_client_too) = keys.expect("keys");
    let mut late = client.seal_copy(b"late").expect("sealed");
    client.pretend(9, (1 << 36) / 8 * 7);
    let mut second = client.seal_copy(b"second epoch").expect("sealed");
    assert_eq!(client.epochs().expect("epochs").epoch(), 2);
    assert!(from_client.open(&mut second.clone()).is_ok());
    assert!(
        from_client.open(&mut late.clone()).is_ok(),
        "one before is kept"
    );

    assert_eq!(server.epochs().expect("epochs").epoch(), 1);
    assert!(from_client_too.open(&mut second).is_ok());
    let packet = server.seal_copy(b"after you").expect("sealed");
    assert_eq!(packet[4..6], [0, 2]);
    assert_eq!(server.epochs().expect("epochs").epoch(), 2);
    assert!(from_client_too.open(&mut late).is_ok());
}

#[test]
fn epochs_may_be_skipped_but_not_too_many_and_none_comes_back() {
    let (mut sealer, mut opener) = ends(&epochs(Cipher::ChaCha20Poly1305));
    let mut packets = Vec::new();
    for _ in 1..=20 {
        packets.push(sealer.seal_copy(b"packet").expect("sealed"));
        sealer.epochs().expect("epochs").force();
    }
    let mut open = |epoch: usize| opener.open(&mut packets[epoch - 1].clone()).map(drop);
    let other = |epoch| Err(OpenError::OtherEpoch { epoch });
    assert_eq!(open(18), other(18));
    assert_eq!(open(17), Ok(()));
    assert_eq!(open(1), Ok(()), "the one before the jump");
    assert_eq!(open(5), other(5));
    assert_eq!(open(20), Ok(()));
    assert_eq!(open(1), other(1));
    assert!(matches!(open(17), Err(OpenError::Replay(_))));
}

#[test]
fn a_forged_packet_moves_no_epoch() {
    let (mut sealer, mut opener) = ends(&epochs(Cipher::Aes256Gcm));
    let first = sealer.seal_copy(b"first").expect("sealed");
    let mut forged = first.clone();
    forged[5] = 9;
    assert_eq!(opener.open(&mut forged), Err(OpenError::Forged));
    assert!(opener.open(&mut first.clone()).is_ok());
    assert_eq!(sealer.epochs().expect("epochs").epoch(), 1);
}

#[test]
fn the_last_epochs_call_for_new_secrets_and_then_end() {
    let (mut sealer, mut opener) = ends(&epochs(Cipher::Aes128Gcm));
    let mut last = Vec::new();
    for epoch in 1..=u16::MAX {
        assert_eq!(sealer.near_exhaustion(), epoch >= 0xf000);
        assert_eq!(opener.near_exhaustion(), epoch > 0xf000);
        last = sealer.seal_copy(b"packet").expect("sealed");
        assert!(opener.open(&mut last.clone()).is_ok(), "{epoch}");
        if epoch < u16::MAX {
            sealer.epochs().expect("epochs").force();
        }
    }
    sealer.pretend((1 << 48) - 1, 0);
    assert_eq!(sealer.seal_copy(b"more"), Err(SealError::Exhausted));
    assert!(matches!(opener.open(&mut last), Err(OpenError::Replay(_))));
}

#[test]
fn compressed_packets_are_told_apart() {
    let framed = DataChannel {
        compression: Some(Compression::LzoStub),
        ..classic(Cipher::Aes256Gcm)
    };
    let (mut raw, _) = ends(&classic(Cipher::Aes256Gcm));
    let (_, mut opener) = ends(&framed);
    let mut packet = raw.seal_copy(&[0x66, 1, 2, 3]).expect("sealed");
    assert_eq!(opener.open(&mut packet), Err(OpenError::Compressed));
    assert!(!opener.near_exhaustion());
}

#[test]
fn nothing_is_not_sealed() {
    let header = DataHeader::V2 {
        key_id: 0,
        peer_id: 0,
    };
    let (mut sealer, _) = ends(&DataChannel::new(Cipher::Aes256Gcm, header));
    assert_eq!((sealer.headroom(), sealer.tailroom()), (24, 0));
    assert_eq!(sealer.seal(&mut [0; 24], 0), Err(SealError::Empty));
    let (needed, seen) = (34, 30);
    assert_eq!(
        sealer.seal(&mut [0; 30], 10),
        Err(SealError::NoRoom { needed, seen })
    );
}

#[test]
fn epochs_need_an_aead_cipher_and_a_peer_id() {
    for channel in [
        epochs(Cipher::Aes256Cbc),
        DataChannel {
            epoch: true,
            ..classic(Cipher::Aes256Gcm)
        },
    ] {
        let refused = block().data_channel(&channel, Side::Client);
        assert_eq!(refused.err(), Some(KeyError::NoEpochs));
    }
}

#[test]
fn zero_keys_are_refused() {
    let zero = KeyBlock::from_exporter(&[0; 256]);
    for channel in [classic(Cipher::Aes128Cbc), epochs(Cipher::Aes256Gcm)] {
        let refused = zero.data_channel(&channel, Side::Client);
        assert_eq!(refused.err(), Some(KeyError::Zero));
    }
}

#[test]
fn nothing_prints_a_key() {
    let (sealer, opener) = ends(&classic(Cipher::Aes256Gcm));
    let printed = format!("{sealer:?} {opener:?} {:?}", block());
    assert!(
        printed.contains("hidden") && printed.len() < 400,
        "{printed}"
    );
}

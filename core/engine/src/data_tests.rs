//! Laws of sealing and opening.

use crate::{Cipher, KeyBlock, KeyError, OpenError, Opener, SealError, Sealer, Side};
use proptest::prelude::*;
use spoke_wire::DataHeader;

fn block() -> KeyBlock {
    let mut bytes = [0; 256];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::try_from(index).unwrap_or(0) ^ 0x5a;
    }
    KeyBlock::from_exporter(&bytes)
}

fn ends(cipher: Cipher, header: DataHeader) -> (Sealer, Opener) {
    let (sealer, _) = block()
        .data_channel(cipher, Side::Client, header)
        .expect("keys");
    let (_, opener) = block()
        .data_channel(cipher, Side::Server, header)
        .expect("keys");
    (sealer, opener)
}

fn seal(sealer: &mut Sealer, payload: &[u8]) -> Result<Vec<u8>, SealError> {
    let mut buffer = vec![0; sealer.headroom()];
    buffer.extend_from_slice(payload);
    sealer.seal(&mut buffer).map(|()| buffer)
}

fn header() -> impl Strategy<Value = DataHeader> {
    prop_oneof![
        (0u8..8).prop_map(|key_id| DataHeader::V1 { key_id }),
        (0u8..8, 0..=DataHeader::NO_PEER_ID)
            .prop_map(|(key_id, peer_id)| DataHeader::V2 { key_id, peer_id }),
    ]
}

fn cipher() -> impl Strategy<Value = Cipher> {
    prop_oneof![
        Just(Cipher::Aes256Gcm),
        Just(Cipher::Aes128Gcm),
        Just(Cipher::ChaCha20Poly1305)
    ]
}

proptest! {
    #[test]
    fn what_is_sealed_opens_once(cipher in cipher(), header in header(), payload in proptest::collection::vec(any::<u8>(), 1..2000)) {
        let (mut sealer, mut opener) = ends(cipher, header);
        let packet = seal(&mut sealer, &payload).expect("sealed");
        prop_assert_eq!(DataHeader::parse(&packet).map(|(read, _)| read), Ok(header));
        prop_assert_eq!(opener.open(&mut packet.clone()).map(|opened| opened.to_vec()), Ok(payload));
        prop_assert!(matches!(opener.open(&mut packet.clone()), Err(OpenError::Replay(_))));
    }

    #[test]
    fn no_changed_packet_opens_and_the_genuine_one_still_does(cipher in cipher(), v2: bool, payload in proptest::collection::vec(any::<u8>(), 1..60), bit: prop::sample::Index) {
        let header = if v2 { DataHeader::V2 { key_id: 3, peer_id: 77 } } else { DataHeader::V1 { key_id: 3 } };
        let (mut sealer, mut opener) = ends(cipher, header);
        let packet = seal(&mut sealer, &payload).expect("sealed");
        let bit = bit.index(packet.len() * 8);
        let mut changed = packet.clone();
        if let Some(byte) = changed.get_mut(bit / 8) {
            *byte ^= 1 << (bit % 8);
        }
        prop_assert!(opener.open(&mut changed).is_err());
        prop_assert!(opener.open(&mut packet.clone()).is_ok());
    }

    #[test]
    fn no_bytes_open_or_panic(cipher in cipher(), mut bytes in proptest::collection::vec(any::<u8>(), 0..80), first in prop_oneof![Just(0x30u8), Just(0x48u8), any::<u8>()]) {
        let (_, mut opener) = ends(cipher, DataHeader::V1 { key_id: 0 });
        if let Some(byte) = bytes.first_mut() {
            *byte = first;
        }
        prop_assert!(opener.open(&mut bytes).is_err());
    }
}

#[test]
fn a_sealer_does_not_open_its_own_packets() {
    let header = DataHeader::V1 { key_id: 0 };
    let (mut sealer, mut own) = block()
        .data_channel(Cipher::Aes256Gcm, Side::Client, header)
        .expect("keys");
    let mut packet = seal(&mut sealer, b"out").expect("sealed");
    assert_eq!(own.open(&mut packet), Err(OpenError::Forged));
}

#[test]
fn numbers_end_before_they_repeat() {
    let (mut sealer, mut opener) = ends(Cipher::Aes256Gcm, DataHeader::V1 { key_id: 0 });
    assert!(!sealer.near_exhaustion());
    sealer.pretend_last_id(0xff00_0000);
    assert!(sealer.near_exhaustion());
    sealer.pretend_last_id(u32::MAX - 1);
    let mut last = seal(&mut sealer, b"last").expect("sealed");
    assert_eq!(seal(&mut sealer, b"one more"), Err(SealError::Exhausted));
    assert_eq!(seal(&mut sealer, b"one more"), Err(SealError::Exhausted));
    assert!(opener.open(&mut last).is_ok());
}

#[test]
fn a_key_is_not_used_past_the_limit_of_its_cipher() {
    let (mut sealer, _) = ends(Cipher::Aes256Gcm, DataHeader::V1 { key_id: 0 });
    sealer.pretend_used((1 << 35) / 8 * 7);
    assert!(sealer.near_exhaustion());
    assert!(seal(&mut sealer, b"still").is_ok());
    sealer.pretend_used(1 << 35);
    assert_eq!(seal(&mut sealer, b"over"), Err(SealError::Exhausted));
    let (mut chacha, _) = ends(Cipher::ChaCha20Poly1305, DataHeader::V1 { key_id: 0 });
    chacha.pretend_used(1 << 60);
    assert!(!chacha.near_exhaustion());
    assert!(seal(&mut chacha, b"fine").is_ok());
}

#[test]
fn nothing_is_not_sealed() {
    let (mut sealer, _) = ends(
        Cipher::Aes256Gcm,
        DataHeader::V2 {
            key_id: 0,
            peer_id: 0,
        },
    );
    assert_eq!(sealer.headroom(), 24);
    assert!(matches!(
        sealer.seal(&mut [0; 24]),
        Err(SealError::Empty { .. })
    ));
    assert!(matches!(sealer.seal(&mut []), Err(SealError::Empty { .. })));
}

#[test]
fn zero_keys_are_refused() {
    let zero = KeyBlock::from_exporter(&[0; 256]);
    let refused = zero.data_channel(
        Cipher::Aes256Gcm,
        Side::Client,
        DataHeader::V1 { key_id: 0 },
    );
    assert_eq!(refused.err(), Some(KeyError::Zero));
}

#[test]
fn nothing_prints_a_key() {
    let (sealer, opener) = ends(Cipher::Aes256Gcm, DataHeader::V1 { key_id: 0 });
    let printed = format!("{sealer:?} {opener:?} {:?}", block());
    assert!(
        printed.contains("hidden") && printed.len() < 300,
        "{printed}"
    );
}

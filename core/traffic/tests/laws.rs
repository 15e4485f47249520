//! What cutting and joining must keep to, whatever the packets.

mod common;

use common::{ACK, CWR, Draft, FIN, PSH, SYN, cut, is_right, join};
use proptest::collection::vec;
use proptest::prelude::*;
use spoke_traffic::{Coalescer, Joins, Split, VirtioHeader};

const ALL: Joins = Joins {
    tcp: true,
    udp: true,
};

prop_compose! {
    fn drafts(longest: usize)(
        ipv6: bool,
        tcp: bool,
        flow in 1_u8..4,
        id: u16,
        sequence: u32,
        acknowledgement: u32,
        flags in prop_oneof![Just(ACK), Just(ACK | PSH), Just(ACK | FIN | PSH), Just(ACK | CWR)],
        options in prop_oneof![Just(Vec::new()), Just(vec![1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8])],
        extensions in prop_oneof![4 => Just(0_u8), 1 => 1_u8..3],
        payload in vec(any::<u8>(), 0..longest),
    ) -> Draft {
        Draft { ipv6, tcp, flow, id, sequence, acknowledgement, flags, options, extensions, payload }
    }
}

/// What names a flow, of a packet whose lengths agree and that is no fragment.
fn flow(packet: &[u8]) -> Option<Vec<u8>> {
    let length = |at: usize| usize::from(u16::from_be_bytes([packet[at], packet[at + 1]]));
    let (addresses, at, protocol) = match packet.first()? {
        0x45 if packet.len() >= 28 && length(2) == packet.len() && length(6) & 0x3fff == 0 => {
            (12..20, 20, packet[9])
        }
        0x60..=0x6f if packet.len() >= 48 && length(4) + 40 == packet.len() => {
            (8..40, 40, packet[6])
        }
        _ => return None,
    };
    let header = match protocol {
        6 if packet.len() >= at + 20 => usize::from(packet[at + 12] >> 4) * 4,
        17 if length(at + 4) == packet.len() - at => 8,
        _ => return None,
    };
    let least = if protocol == 6 { 20 } else { 8 };
    if header < least || packet.len() < at + header {
        return None;
    }
    let ports = &packet[at..at + 4];
    Some([&[protocol], &packet[addresses], ports].concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn pieces_are_right_and_hold_every_byte_in_order(draft in drafts(30_000), segment in 1_u16..3000) {
        let segment = segment.max((draft.payload.len() / 200) as u16);
        let (header, whole) = draft.super_packet(segment.max(1));
        let headers = draft.headers();
        let pieces = cut(&header, &whole);
        let mut bytes = Vec::<u8>::new();
        let count = pieces.len();
        for (number, piece) in pieces.iter().enumerate() {
            prop_assert!(is_right(piece), "piece {number}");
            if !draft.ipv6 {
                let id = u16::from_be_bytes([piece[4], piece[5]]);
                prop_assert_eq!(id, draft.id.wrapping_add(number as u16));
            }
            if draft.tcp {
                let tcp = &piece[draft.ip()..];
                let sequence = u32::from_be_bytes(tcp[4..8].try_into().unwrap());
                prop_assert_eq!(sequence, draft.sequence.wrapping_add(bytes.len() as u32));
                prop_assert_eq!(&tcp[20..20 + draft.options.len()], &draft.options[..]);
                let mut expected = draft.flags;
                if number > 0 {
                    expected &= !CWR;
                }
                if number + 1 < count {
                    expected &= !(FIN | PSH);
                }
                prop_assert_eq!(tcp[13], expected);
            }
            prop_assert!(number + 1 == count || piece.len() == headers + usize::from(segment));
            bytes.extend(&piece[headers..]);
        }
        prop_assert_eq!(bytes, draft.payload);
    }

    #[test]
    fn what_is_cut_and_joined_is_what_it_was(draft in drafts(40_000), segment in 700_u16..3000) {
        let draft = Draft { extensions: 0, flags: draft.flags & !(FIN | CWR), ..draft };
        let (header, whole) = draft.super_packet(segment);
        let pieces = cut(&header, &whole);
        let joined = join(&mut Coalescer::new(ALL), &pieces);
        let expected = match pieces.len() {
            1 => vec![(VirtioHeader::default(), draft.packet())],
            _ => vec![(header, whole)],
        };
        prop_assert!(joined == expected);
    }

    /// Flows at once, changed bytes, repetitions and losses among them: each flow has
    /// the same packets in the same order, byte for byte.
    #[test]
    fn joining_changes_nothing_that_a_receiver_could_tell(
        supers in vec((drafts(9000), 300_u16..2000), 1..6),
        order in vec(any::<u8>(), 60),
        harm in vec((any::<u16>(), any::<u16>(), any::<u8>()), 0..8),
        drops in vec(any::<u16>(), 0..3),
    ) {
        let mut queues: Vec<Vec<Vec<u8>>> = Vec::new();
        for (draft, segment) in supers {
            let (header, whole) = draft.super_packet(segment);
            let mut pieces = cut(&header, &whole);
            pieces.reverse();
            queues.push(pieces);
        }
        let mut packets = Vec::new();
        for choice in order.iter().cycle() {
            queues.retain(|queue| !queue.is_empty());
            let count = queues.len();
            if count == 0 {
                break;
            }
            packets.extend(queues[usize::from(*choice) % count].pop());
        }
        for (number, at, bits) in harm {
            let count = packets.len();
            let packet = &mut packets[usize::from(number) % count];
            // Most often where something is said: in the headers.
            let within = if bits & 1 == 0 { packet.len().min(60) } else { packet.len() };
            packet[usize::from(at) % within] ^= bits;
        }
        for number in drops {
            let at = usize::from(number) % packets.len();
            let copy = packets[at].clone();
            packets.push(copy);
            packets.remove(at);
        }
        let mut coalescer = Coalescer::new(ALL).without_thinning();
        let mut out = Vec::new();
        for (header, packet) in join(&mut coalescer, &packets) {
            out.extend(cut(&header, &packet));
        }
        let mut flows: Vec<_> = packets.iter().map(|packet| flow(packet)).collect();
        flows.sort();
        flows.dedup();
        for name in flows {
            let of = |all: &[Vec<u8>]| -> Vec<Vec<u8>> {
                all.iter().filter(|packet| flow(packet) == name).cloned().collect()
            };
            prop_assert!(of(&packets) == of(&out), "{name:?}");
        }
        prop_assert_eq!(packets.len(), out.len());
    }

    #[test]
    fn no_bytes_make_it_panic(
        header: [u8; VirtioHeader::LEN],
        batch in vec(vec(any::<u8>(), 0..120), 0..12),
        version in prop_oneof![Just(0x45_u8), Just(0x60), any::<u8>()],
        protocol in prop_oneof![Just(6_u8), Just(17), any::<u8>()],
    ) {
        let mut batch = batch;
        for packet in &mut batch {
            if packet.len() > 28 {
                packet[0] = version;
                packet[if version == 0x60 { 6 } else { 9 }] = protocol;
                let length = packet.len() as u16;
                packet[2..4].copy_from_slice(&length.to_be_bytes());
            }
        }
        let header = VirtioHeader::from_bytes(header);
        prop_assert_eq!(VirtioHeader::from_bytes(header.to_bytes()), header);
        for packet in &batch {
            let mut packet = packet.clone();
            if let Ok(mut split) = Split::new(&header, &mut packet) {
                let mut place = vec![0; 200];
                while split.write_next(&mut place).is_some() {}
            }
        }
        join(&mut Coalescer::new(ALL), &batch);
    }
}

/// A pure acknowledgement.
fn acknowledgement(flow: u8, of: u32) -> Vec<u8> {
    let draft = Draft::tcp(flow, 5, &[]);
    Draft {
        acknowledgement: of,
        ..draft
    }
    .packet()
}

#[test]
fn of_acknowledgements_the_newest_is_enough() {
    let [one, two, three] = [10, 20, 30].map(|of| acknowledgement(1, of));
    let other = acknowledgement(2, 15);
    let packets = [one, other.clone(), two, three.clone()];
    let whole = VirtioHeader::default();
    let expected = [(whole, three), (whole, other)];
    assert_eq!(join(&mut Coalescer::new(ALL), &packets), expected);
}

#[test]
fn acknowledgements_that_say_something_else_stay() {
    let whole = |packets: &[Vec<u8>]| -> Vec<(VirtioHeader, Vec<u8>)> {
        let packets = packets.iter().cloned();
        packets.map(|one| (VirtioHeader::default(), one)).collect()
    };
    let mut coalescer = Coalescer::new(ALL);
    // Twice the same: a loss. Older: it was overtaken.
    let twice = [10, 10, 5, 5].map(|of| acknowledgement(1, of));
    assert_eq!(join(&mut coalescer, &twice), whole(&twice));
    let mut harmed = [10, 20].map(|of| acknowledgement(1, of));
    harmed[1][30] ^= 1;
    assert_eq!(join(&mut coalescer, &harmed), whole(&harmed));
    // One with a selective acknowledgement, one with ECN's echo, one that ends.
    let draft = |flags, options: &[u8]| {
        let draft = Draft::tcp(1, 5, &[]);
        Draft {
            flags,
            options: options.to_vec(),
            acknowledgement: 50,
            ..draft
        }
        .packet()
    };
    let selective = [1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 9];
    for special in [
        draft(ACK, &selective),
        draft(ACK | 0x40, &[]),
        draft(ACK | FIN, &[]),
        draft(SYN | ACK, &[2, 4, 5, 0xb4]),
    ] {
        let around = [acknowledgement(1, 10), special, acknowledgement(1, 60)];
        assert_eq!(join(&mut coalescer, &around), whole(&around));
    }
}

#[test]
fn a_device_without_offload_gets_packets() {
    let packets: Vec<_> = (0..3)
        .map(|number| Draft::tcp(1, number * 100, &[7; 100]).packet())
        .collect();
    let written = join(&mut Coalescer::new(Joins::default()), &packets);
    assert_eq!(written.len(), 3);
    assert!(
        written
            .iter()
            .all(|(header, _)| *header == VirtioHeader::default())
    );
}

#[test]
fn a_super_packet_holds_no_more_than_the_kernel_takes() {
    // The identification stands still, as it may where nothing may be cut.
    let packets: Vec<_> = (0..200)
        .map(|number| Draft::tcp(1, number * 1400, &[7; 1400]).packet())
        .collect();
    let written = join(&mut Coalescer::new(ALL), &packets);
    assert!(written.iter().all(|(_, packet)| packet.len() <= 65_535));
    assert_eq!(written.len(), 200_usize.div_ceil(46));
    let small: Vec<_> = (0..200)
        .map(|number| Draft::tcp(1, number * 10, &[7; 10]).packet())
        .collect();
    let written = join(&mut Coalescer::new(ALL), &small);
    assert_eq!(written.len(), 200_usize.div_ceil(64));
}

#[test]
fn checksums_are_completed_where_only_that_is_asked() {
    for tcp in [true, false] {
        for ipv6 in [true, false] {
            let draft = Draft {
                tcp,
                ipv6,
                ..Draft::tcp(1, 3, b"some words")
            };
            let (header, whole) = draft.super_packet(0);
            let header = VirtioHeader {
                kind: VirtioHeader::WHOLE,
                ..header
            };
            assert_eq!(cut(&header, &whole), [draft.packet()]);
        }
    }
}

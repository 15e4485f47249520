//! Flows and what they are told.

mod common;

use common::{Draft, is_right};
use spoke_traffic::{Split, flow_of, mark_congestion};
use std::collections::BTreeSet;

#[test]
fn flows_are_told_apart_and_packets_of_one_are_not() {
    let mut seen = BTreeSet::new();
    for ipv6 in [false, true] {
        for tcp in [false, true] {
            for flow in 0..50 {
                let of = |payload: &[u8], id| {
                    let draft = Draft::tcp(flow, 7, payload);
                    flow_of(
                        &Draft {
                            ipv6,
                            tcp,
                            id,
                            ..draft
                        }
                        .packet(),
                    )
                };
                assert_eq!(of(b"one", 1), of(b"another", 2));
                seen.insert(of(b"one", 1) % 64);
            }
        }
    }
    assert!(seen.len() > 50, "{}", seen.len());
    assert_eq!(flow_of(&[]), flow_of(&[0x70; 60]));
    assert_eq!(flow_of(&[0x45; 10]), 0);
}

#[test]
fn only_flows_that_understand_it_are_marked() {
    for ipv6 in [false, true] {
        let mut packet = Draft {
            ipv6,
            ..Draft::tcp(1, 7, b"words")
        }
        .packet();
        packet[1] = 0;
        let before = packet.clone();
        assert!(!mark_congestion(&mut packet));
        assert_eq!(packet, before);
        let shift = if ipv6 { 4 } else { 0 };
        packet[1] |= 2 << shift;
        assert!(mark_congestion(&mut packet));
        assert_eq!(packet[1] >> shift & 3, 3);
        assert!(is_right(&packet), "ipv6 {ipv6}");
    }
    assert!(!mark_congestion(&mut []));
    mark_congestion(&mut [0x4f, 3]);
}

#[test]
fn a_piece_can_be_left_out() {
    let (header, whole) = Draft::tcp(1, 1000, &[9; 250]).super_packet(100);
    let mut packet = whole;
    let mut split = Split::new(&header, &mut packet).unwrap();
    split.skip();
    let mut place = [0; 200];
    let mut sequences = Vec::new();
    while split.write_next(&mut place).is_some() {
        sequences.push(u32::from_be_bytes(place[24..28].try_into().unwrap()));
    }
    assert_eq!(sequences, [1100, 1200]);
    let mut whole = Draft::tcp(1, 1, b"one").packet();
    let mut split = Split::new(&spoke_traffic::VirtioHeader::default(), &mut whole).unwrap();
    split.skip();
    assert_eq!(split.next_len(), None);
}

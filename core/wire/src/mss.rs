//! Clamping of the TCP maximum segment size in inner SYN packets (OpenVPN's
//! `mssfix`), so that a full segment fits into one outer packet.

/// IP protocol number of TCP (RFC 9293).
const TCP: u8 = 6;
/// The SYN bit of the TCP flags (RFC 9293, section 3.1).
const SYN: u8 = 0x02;
/// TCP option kinds (RFC 9293, section 3.1): end of list, padding, maximum segment size.
const END: u8 = 0;
const PADDING: u8 = 1;
const MAXIMUM_SEGMENT_SIZE: u8 = 2;

/// Lowers the maximum segment size that a SYN announces so that its segments make
/// IP packets of at most `packet` bytes, and mends the checksum. Anything but a
/// well-formed TCP SYN over IPv4 or IPv6 is left as it is.
///
/// Answers whether the packet was changed.
pub fn clamp_mss(ip: &mut [u8], packet: u16) -> bool {
    let Some((header, tcp)) = tcp_of(ip) else {
        return false;
    };
    let fixed = u16::try_from(header + 20).unwrap_or(u16::MAX);
    let most = packet.saturating_sub(fixed);
    clamp_segment(tcp, most).is_some()
}

/// Length of the IP header without extensions, and the TCP segment behind it.
fn tcp_of(ip: &mut [u8]) -> Option<(usize, &mut [u8])> {
    match ip.first()? >> 4 {
        4 => {
            let header = usize::from(ip[0] & 0x0f) * 4;
            // A later fragment carries no TCP header.
            let fragment = u16::from_be_bytes([*ip.get(6)?, *ip.get(7)?]) & 0x1fff;
            if header < 20 || *ip.get(9)? != TCP || fragment != 0 {
                return None;
            }
            Some((20, ip.get_mut(header..)?))
        }
        6 => {
            if *ip.get(6)? != TCP {
                return None;
            }
            Some((40, ip.get_mut(40..)?))
        }
        _ => None,
    }
}

fn clamp_segment(tcp: &mut [u8], most: u16) -> Option<()> {
    let length = usize::from(*tcp.get(12)? >> 4) * 4;
    if tcp.get(13)? & SYN == 0 || length < 20 || tcp.len() < length {
        return None;
    }
    let at = find_mss(&tcp[20..length])? + 20;
    let announced = u16::from_be_bytes([tcp[at], tcp[at + 1]]);
    if announced <= most {
        return None;
    }
    let checksum = u16::from_be_bytes([tcp[16], tcp[17]]);
    // An option may begin at an odd offset; its bytes then weigh the other way round
    // in the sum of 16-bit words.
    let weigh = |value: u16| {
        if at % 2 == 0 {
            value
        } else {
            value.swap_bytes()
        }
    };
    let mended = update_checksum(checksum, weigh(announced), weigh(most));
    tcp[at..at + 2].copy_from_slice(&most.to_be_bytes());
    tcp[16..18].copy_from_slice(&mended.to_be_bytes());
    Some(())
}

/// Offset of the two value bytes of the maximum-segment-size option.
fn find_mss(options: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match *options.get(at)? {
            END => return None,
            PADDING => at += 1,
            kind => {
                let length = usize::from(*options.get(at + 1)?);
                if length < 2 || options.len() < at + length {
                    return None;
                }
                if kind == MAXIMUM_SEGMENT_SIZE {
                    return (length == 4).then_some(at + 2);
                }
                at += length;
            }
        }
    }
}

/// Incremental update of an Internet checksum (RFC 1624, equation 3).
fn update_checksum(checksum: u16, old: u16, new: u16) -> u16 {
    let mut sum = u32::from(!checksum) + u32::from(!old) + u32::from(new);
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    #[expect(clippy::cast_possible_truncation, reason = "folded to 16 bits above")]
    let folded = sum as u16;
    !folded
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A SYN with the option at any alignment, checksum filled in.
    fn syn(version: u8, padding: usize, mss: u16) -> Vec<u8> {
        let mut options = vec![PADDING; padding];
        options.extend([MAXIMUM_SEGMENT_SIZE, 4]);
        options.extend(mss.to_be_bytes());
        while !options.len().is_multiple_of(4) {
            options.push(END);
        }
        let mut tcp = vec![0x12, 0x34, 0, 80, 1, 2, 3, 4, 0, 0, 0, 0];
        tcp.push((((20 + options.len()) / 4) as u8) << 4);
        tcp.extend([SYN, 0xff, 0xff, 0, 0, 0, 0]);
        tcp.extend(&options);
        let mut packet = if version == 4 {
            let mut ip = vec![
                0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, TCP, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
            ];
            let total = (ip.len() + tcp.len()) as u16;
            ip[2..4].copy_from_slice(&total.to_be_bytes());
            ip
        } else {
            let mut ip = vec![0x60, 0, 0, 0, 0, 0, TCP, 64];
            ip[4..6].copy_from_slice(&(tcp.len() as u16).to_be_bytes());
            ip.extend([0xfd; 32]);
            ip
        };
        let at = packet.len();
        packet.extend(&tcp);
        let sum = !sum_of(&packet, at);
        packet[at + 16..at + 18].copy_from_slice(&sum.to_be_bytes());
        packet
    }

    /// The ones'-complement sum over pseudo-header and segment: all ones when the
    /// checksum is right.
    fn sum_of(packet: &[u8], at: usize) -> u16 {
        let addresses = if at == 20 {
            &packet[12..20]
        } else {
            &packet[8..40]
        };
        let tcp = &packet[at..];
        let mut words: Vec<u8> = addresses.to_vec();
        words.extend([0, TCP]);
        words.extend((tcp.len() as u16).to_be_bytes());
        words.extend(tcp);
        let mut sum: u32 = words
            .chunks(2)
            .map(|pair| u32::from(u16::from_be_bytes([pair[0], *pair.get(1).unwrap_or(&0)])))
            .sum();
        while sum > 0xffff {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        sum as u16
    }

    proptest! {
        #[test]
        fn a_clamped_syn_has_the_right_size_and_checksum(six in any::<bool>(), padding in 0usize..5, mss in 600u16..9000, packet in 800u16..1600) {
            let (version, at, fixed) = if six { (6, 40, 60) } else { (4, 20, 40) };
            let mut bytes = syn(version, padding, mss);
            prop_assert_eq!(sum_of(&bytes, at), 0xffff);
            let changed = clamp_mss(&mut bytes, packet);
            prop_assert_eq!(changed, mss > packet - fixed);
            let value = at + 20 + padding + 2;
            let now = u16::from_be_bytes([bytes[value], bytes[value + 1]]);
            prop_assert_eq!(now, mss.min(packet - fixed));
            prop_assert_eq!(sum_of(&bytes, at), 0xffff);
        }

        #[test]
        fn any_bytes_are_taken_without_a_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..120), version in 0u8..16) {
            if let Some(first) = bytes.first_mut() {
                *first = (version << 4) | (*first & 0x0f);
            }
            clamp_mss(&mut bytes, 1400);
        }
    }

    #[test]
    fn what_is_no_syn_stays_as_it_is() {
        let mut bytes = syn(4, 0, 1460);
        bytes[20 + 13] = 0x10;
        let before = bytes.clone();
        assert!(!clamp_mss(&mut bytes, 1000));
        assert_eq!(bytes, before);
        let mut fragment = syn(4, 0, 1460);
        fragment[7] = 1;
        assert!(!clamp_mss(&mut fragment, 1000));
    }
}

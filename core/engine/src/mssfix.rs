use crate::config::TransportKind;
use crate::sealer::Sealer;

/// How segment sizes inside the tunnel are bounded (`mssfix`), so that nothing outside has to be fragmented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MssFix {
    /// Not at all.
    Off,
    /// The packet outside, with its IP and UDP or TCP headers, has at most so many bytes (`mssfix N mtu`).
    Outside(u16),
    /// What goes into UDP or TCP has at most so many bytes (`mssfix N`).
    Encapsulated(u16),
    /// The packet inside has at most so many bytes (`mssfix N fixed`).
    Inside(u16),
}

/// What is around a data packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outside {
    /// UDP or TCP; the latter with its length field before each packet.
    pub transport: TransportKind,
    /// IPv6 or IPv4.
    pub ipv6: bool,
    /// Bytes that a relay on the way wants before each packet (SOCKS5, RFC 1928, section 7).
    pub relay: usize,
}

/// The longest IP packet outside that a client sends, or has sent to it, as far as that is
/// in its hands.
///
/// Behind many access lines and firewalls packets of 1400 to 1500 bytes vanish, and so does the
/// message that says so: the tunnel connects and then carries nothing (RFC 2923). Shorter ones
/// cost half a percent of the payload.
pub const CAUTIOUS_PATH: u16 = 1400;

impl MssFix {
    /// What a client does when it is not told: over UDP packets outside stay within
    /// [`CAUTIOUS_PATH`]. OpenVPN 2.6 says 1492, and so does this over TCP, where packets
    /// outside do not depend on those inside.
    #[must_use]
    pub const fn of_client(tun_mtu: u16, transport: TransportKind) -> Self {
        match (tun_mtu, transport) {
            (1500, TransportKind::Udp) => Self::Outside(CAUTIOUS_PATH),
            _ => Self::of_mtu(tun_mtu),
        }
    }

    /// What OpenVPN 2.6 does when it is not told: 1492 bytes outside, but with an MTU of its own the MTU inside.
    #[must_use]
    pub const fn of_mtu(tun_mtu: u16) -> Self {
        match tun_mtu {
            1500 => Self::Outside(1492),
            other => Self::Inside(other),
        }
    }

    /// The longest packet inside that keeps to it, for `spoke_wire::clamp_mss`.
    #[must_use]
    pub fn longest_inside(self, sealer: &Sealer, outside: Outside) -> Option<u16> {
        let prefix = match outside.transport {
            TransportKind::Udp => 0,
            TransportKind::Tcp => 2,
        };
        let space = match self {
            Self::Off => return None,
            Self::Inside(longest) => return Some(longest),
            Self::Outside(longest) => usize::from(longest).saturating_sub(outside.headers()),
            Self::Encapsulated(longest) => usize::from(longest),
        };
        let longest = sealer.longest_payload(space.saturating_sub(prefix + outside.relay));
        Some(u16::try_from(longest).unwrap_or(u16::MAX))
    }
}

impl Outside {
    /// Bytes of the IP header and the one of UDP or TCP (RFC 791, 8200, 768, 9293), without options.
    const fn headers(self) -> usize {
        let ip = if self.ipv6 { 40 } else { 20 };
        match self.transport {
            TransportKind::Udp => ip + 8,
            TransportKind::Tcp => ip + 20,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Cipher, DataChannel, Digest, KeyBlock, Side};
    use spoke_wire::{Compression, DataHeader};

    const V2: DataHeader = DataHeader::V2 {
        key_id: 0,
        peer_id: 0,
    };

    fn segment(fix: MssFix, channel: &DataChannel, transport: TransportKind, ipv6: bool) -> u16 {
        let block = KeyBlock::from_exporter(&[7; 256]);
        let (sealer, _) = block.data_channel(channel, Side::Client).expect("keys");
        let outside = Outside {
            transport,
            ipv6,
            relay: 0,
        };
        let longest = fix.longest_inside(&sealer, outside).expect("a bound");
        // Behind an IPv4 header and one of TCP.
        longest - 40
    }

    #[test]
    fn segments_are_those_that_openvpn_2_6_was_measured_to_allow() {
        let fix = MssFix::of_mtu(1500);
        let gcm = DataChannel::new(Cipher::Aes256Gcm, V2);
        let cbc = DataChannel {
            auth: Digest::Sha256,
            ..DataChannel::new(Cipher::Aes256Cbc, V2)
        };
        assert_eq!(segment(fix, &gcm, TransportKind::Udp, false), 1400);
        assert_eq!(segment(fix, &gcm, TransportKind::Tcp, false), 1386);
        assert_eq!(segment(fix, &cbc, TransportKind::Udp, false), 1363);
    }

    #[test]
    fn a_client_is_cautious_where_segments_decide_over_packets() {
        let gcm = DataChannel::new(Cipher::Aes256Gcm, V2);
        for (transport, expected) in [(TransportKind::Udp, 1308), (TransportKind::Tcp, 1386)] {
            let fix = MssFix::of_client(1500, transport);
            assert_eq!(segment(fix, &gcm, transport, false), expected);
        }
        assert_eq!(
            MssFix::of_client(1420, TransportKind::Udp),
            MssFix::Inside(1420)
        );
    }

    #[test]
    fn everything_around_a_packet_counts() {
        let fix = MssFix::of_mtu(1500);
        let gcm = DataChannel::new(Cipher::Aes256Gcm, V2);
        let v1 = DataChannel::new(Cipher::Aes256Gcm, DataHeader::V1 { key_id: 0 });
        let epoch = DataChannel { epoch: true, ..gcm };
        let framed = DataChannel {
            compression: Some(Compression::LzoStub),
            ..gcm
        };
        assert_eq!(segment(fix, &gcm, TransportKind::Udp, true), 1380);
        assert_eq!(segment(fix, &gcm, TransportKind::Tcp, true), 1366);
        assert_eq!(segment(fix, &v1, TransportKind::Udp, false), 1403);
        assert_eq!(segment(fix, &epoch, TransportKind::Udp, false), 1396);
        assert_eq!(segment(fix, &framed, TransportKind::Udp, false), 1399);
    }

    #[test]
    fn a_bound_of_ones_own_is_kept_to() {
        let gcm = DataChannel::new(Cipher::Aes256Gcm, V2);
        let of = |fix| segment(fix, &gcm, TransportKind::Udp, false);
        assert_eq!(of(MssFix::of_mtu(1400)), 1360);
        assert_eq!(of(MssFix::Encapsulated(1464)), 1400);
        assert_eq!(of(MssFix::Outside(1300)), 1208);
        let block = KeyBlock::from_exporter(&[7; 256]);
        let (sealer, _) = block.data_channel(&gcm, Side::Client).expect("keys");
        let outside = Outside {
            transport: TransportKind::Udp,
            ipv6: false,
            relay: 0,
        };
        assert_eq!(MssFix::Off.longest_inside(&sealer, outside), None);
    }

    #[test]
    fn what_a_relay_wants_goes_into_udp() {
        let block = KeyBlock::from_exporter(&[7; 256]);
        let gcm = DataChannel::new(Cipher::Aes256Gcm, V2);
        let (sealer, _) = block.data_channel(&gcm, Side::Client).expect("keys");
        let of = |fix: MssFix, relay| {
            let outside = Outside {
                transport: TransportKind::Udp,
                ipv6: false,
                relay,
            };
            fix.longest_inside(&sealer, outside).expect("a bound")
        };
        for fix in [MssFix::Outside(1400), MssFix::Encapsulated(1400)] {
            assert_eq!(of(fix, 10), of(fix, 0) - 10, "{fix:?}");
        }
        assert_eq!(of(MssFix::Inside(1300), 10), 1300);
    }
}

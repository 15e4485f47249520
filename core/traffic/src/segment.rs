use crate::checksum::Sum;
use crate::layout::{
    ACK, IPV4_ADDRESSES, IPV4_FRAGMENT, IPV4_HEADER, IPV4_ID, IPV4_LENGTH, IPV4_PROTOCOL,
    IPV6_ADDRESSES, IPV6_HEADER, IPV6_LENGTH, IPV6_NEXT, PSH, TCP, TCP_ACKNOWLEDGEMENT, TCP_FLAGS,
    TCP_HEADER, TCP_LENGTH, TCP_SEQUENCE, UDP, UDP_CHECKSUM, UDP_HEADER, UDP_LENGTH, double,
    length, word,
};

/// "More fragments" and the offset of a fragment; "do not fragment" (RFC 791).
const IS_FRAGMENT: u16 = 0x3fff;
const DO_NOT_FRAGMENT: u16 = 0x4000;
/// The one option that a plain acknowledgement may have: two of padding, then a timestamp
/// (RFC 7323, appendix A).
const TIMESTAMP: [u8; 4] = [1, 1, 8, 10];

/// What is known of a whole TCP segment or UDP datagram, and of nothing else: it is no
/// fragment, its headers have no extensions before TCP or UDP, and its lengths agree.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    pub(crate) ipv6: bool,
    pub(crate) tcp: bool,
    /// Bytes of the IP header.
    pub(crate) ip: usize,
    /// Bytes of all headers.
    pub(crate) headers: usize,
    /// Bytes behind them.
    pub(crate) payload: usize,
    /// IPv4's identification.
    pub(crate) id: u16,
    /// Of TCP.
    pub(crate) sequence: u32,
    pub(crate) acknowledgement: u32,
    pub(crate) flags: u8,
    /// Tells most flows apart at one look.
    pub(crate) flow: u32,
}

impl Segment {
    /// Reads the headers of a packet.
    pub(crate) fn of(packet: &[u8]) -> Option<Self> {
        let (ip, protocol, id) = match packet.first()? {
            // With options each packet is its own: joined or cut, they would be repeated.
            0x45 => {
                let whole = usize::from(word(packet, IPV4_LENGTH)?) == packet.len();
                let fragment = word(packet, IPV4_FRAGMENT)? & IS_FRAGMENT != 0;
                if !whole || fragment {
                    return None;
                }
                let id = word(packet, IPV4_ID)?;
                (IPV4_HEADER, *packet.get(IPV4_PROTOCOL)?, id)
            }
            0x60..=0x6f => {
                let behind = usize::from(word(packet, IPV6_LENGTH)?);
                if behind + IPV6_HEADER != packet.len() {
                    return None;
                }
                (IPV6_HEADER, *packet.get(IPV6_NEXT)?, 0)
            }
            _ => return None,
        };
        let transport = packet.get(ip..)?;
        let header = match protocol {
            TCP => usize::from(transport.get(TCP_LENGTH)? >> 4) * 4,
            UDP => UDP_HEADER,
            _ => return None,
        };
        let tcp = protocol == TCP;
        let payload = transport.len().checked_sub(header)?;
        let enough = match tcp {
            true => header >= TCP_HEADER,
            false => word(transport, UDP_LENGTH)? == length(transport.len()),
        };
        if !enough {
            return None;
        }
        let ports = double(transport, 0)?;
        let near = double(packet, ip - 8)?;
        let far = double(packet, ip - 4)?;
        let mixed = ports ^ near.rotate_left(7) ^ far.rotate_left(19) ^ u32::from(protocol);
        Some(Self {
            ipv6: ip == IPV6_HEADER,
            tcp,
            ip,
            headers: ip + header,
            payload,
            id,
            sequence: double(transport, TCP_SEQUENCE)?,
            acknowledgement: if tcp {
                double(transport, TCP_ACKNOWLEDGEMENT)?
            } else {
                0
            },
            flags: if tcp { *transport.get(TCP_FLAGS)? } else { 0 },
            flow: mixed.wrapping_mul(0x9e37_79b1),
        })
    }

    /// Whether it carries data that others may be joined to.
    pub(crate) const fn is_data(&self) -> bool {
        self.payload > 0 && (!self.tcp || (self.flags & ACK != 0 && self.flags & !(ACK | PSH) == 0))
    }

    /// Whether it says no more than that data has arrived. With other options than a
    /// timestamp it may say more, as with other flags.
    pub(crate) fn is_acknowledgement(&self, packet: &[u8]) -> bool {
        let options = packet
            .get(self.ip + TCP_HEADER..self.headers)
            .unwrap_or_default();
        let plain = match options.len() {
            0 => true,
            12 => options.starts_with(&TIMESTAMP),
            _ => false,
        };
        self.tcp && self.payload == 0 && self.flags == ACK && plain
    }

    /// Whether the IP and transport checksums are right. UDP without one has none.
    pub(crate) fn is_intact(&self, packet: &[u8]) -> bool {
        let Some((ip, transport)) = packet.split_at_checked(self.ip) else {
            return false;
        };
        if !self.tcp && word(transport, UDP_CHECKSUM) == Some(0) {
            return false;
        }
        (self.ipv6 || Sum::default().bytes(ip).is_right())
            && self
                .pseudo_header(ip, transport.len())
                .bytes(transport)
                .is_right()
    }

    /// The sum of the pseudo-header of so many bytes behind this IP header.
    pub(crate) fn pseudo_header(&self, ip: &[u8], behind: usize) -> Sum {
        let from = match self.ipv6 {
            true => IPV6_ADDRESSES,
            false => IPV4_ADDRESSES,
        };
        let protocol = if self.tcp { TCP } else { UDP };
        Sum::default()
            .bytes(ip.get(from..self.ip).unwrap_or_default())
            .word(protocol.into())
            .word(length(behind))
    }

    /// Whether two packets are of one flow.
    pub(crate) fn is_flow_of(&self, mine: &[u8], other: &Self, theirs: &[u8]) -> bool {
        let from = match self.ipv6 {
            true => IPV6_ADDRESSES,
            false => IPV4_ADDRESSES,
        };
        // Addresses, and the ports behind them.
        let name = from..self.ip + 4;
        self.flow == other.flow
            && self.ipv6 == other.ipv6
            && self.tcp == other.tcp
            && mine.get(name.clone()) == theirs.get(name)
    }

    /// Whether two packets of one flow have the same in their headers wherever a
    /// super-packet has it once: how the network is to treat them, and of TCP all but
    /// sequence, checksum and PSH.
    pub(crate) fn is_like(&self, mine: &[u8], other: &Self, theirs: &[u8]) -> bool {
        let same = |from: usize, to: usize| mine.get(from..to) == theirs.get(from..to);
        let network = match self.ipv6 {
            // Version, traffic class, flow label; next header, hop limit.
            true => same(0, IPV6_LENGTH) && same(IPV6_NEXT, IPV6_ADDRESSES),
            // Type of service; flags, time to live, protocol.
            false => same(1, IPV4_LENGTH) && same(IPV4_FRAGMENT, IPV4_PROTOCOL + 1),
        };
        let transport = !self.tcp
            || (same(self.ip + TCP_ACKNOWLEDGEMENT, self.ip + TCP_FLAGS)
                // The window, and then the urgent pointer with the options.
                && same(self.ip + 14, self.ip + 16)
                && same(self.ip + 18, self.headers));
        self.headers == other.headers && network && transport
    }

    /// Whether IPv4's identification goes on from `before`, as a cut super-packet's
    /// does, or means nothing (RFC 6864).
    pub(crate) fn goes_on(&self, before: u16, packet: &[u8]) -> bool {
        let flags = word(packet, IPV4_FRAGMENT).unwrap_or_default();
        self.ipv6
            || self.id == before.wrapping_add(1)
            || (flags & DO_NOT_FRAGMENT != 0 && self.id == before)
    }
}

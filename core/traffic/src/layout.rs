//! Where things stand in the headers of IP, TCP and UDP.

/// IP protocol numbers (RFC 9293, RFC 768).
pub(crate) const TCP: u8 = 6;
pub(crate) const UDP: u8 = 17;

/// Flags of TCP (RFC 9293, section 3.1).
pub(crate) const FIN: u8 = 0x01;
pub(crate) const PSH: u8 = 0x08;
pub(crate) const ACK: u8 = 0x10;
pub(crate) const CWR: u8 = 0x80;

/// The smallest headers, and the only ones of UDP and IPv6.
pub(crate) const IPV4_HEADER: usize = 20;
pub(crate) const IPV6_HEADER: usize = 40;
pub(crate) const TCP_HEADER: usize = 20;
pub(crate) const UDP_HEADER: usize = 8;

/// The length of the largest IP packet: what an IPv4 header can say.
pub(crate) const LONGEST: usize = 65_535;

/// Offsets from the start of an IP header.
pub(crate) const IPV4_LENGTH: usize = 2;
pub(crate) const IPV4_ID: usize = 4;
pub(crate) const IPV4_FRAGMENT: usize = 6;
pub(crate) const IPV4_PROTOCOL: usize = 9;
pub(crate) const IPV4_CHECKSUM: usize = 10;
pub(crate) const IPV4_ADDRESSES: usize = 12;
pub(crate) const IPV6_LENGTH: usize = 4;
pub(crate) const IPV6_NEXT: usize = 6;
pub(crate) const IPV6_ADDRESSES: usize = 8;

/// Offsets from the start of a TCP or UDP header.
pub(crate) const TCP_SEQUENCE: usize = 4;
pub(crate) const TCP_ACKNOWLEDGEMENT: usize = 8;
pub(crate) const TCP_LENGTH: usize = 12;
pub(crate) const TCP_FLAGS: usize = 13;
pub(crate) const TCP_CHECKSUM: usize = 16;
pub(crate) const UDP_LENGTH: usize = 4;
pub(crate) const UDP_CHECKSUM: usize = 6;

/// The 16-bit number at an offset.
pub(crate) fn word(bytes: &[u8], at: usize) -> Option<u16> {
    let field = bytes.get(at..)?.first_chunk()?;
    Some(u16::from_be_bytes(*field))
}

/// The 32-bit number at an offset.
pub(crate) fn double(bytes: &[u8], at: usize) -> Option<u32> {
    let field = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_be_bytes(*field))
}

/// Writes bytes at an offset; where there is no room for them nothing is written.
pub(crate) fn put<const N: usize>(bytes: &mut [u8], at: usize, value: [u8; N]) {
    if let Some(place) = bytes.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
        *place = value;
    }
}

/// A length as a header says it. Longer packets do not come here.
pub(crate) fn length(bytes: usize) -> u16 {
    u16::try_from(bytes).unwrap_or(u16::MAX)
}

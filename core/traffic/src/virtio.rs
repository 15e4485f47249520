/// What stands before each packet on a tun device with `IFF_VNET_HDR`: what the
/// sender left undone (`struct virtio_net_hdr` of virtio 1.2, section 5.1.6; on tun in
/// the machine's byte order).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VirtioHeader {
    /// [`VirtioHeader::NEEDS_CHECKSUM`] and others.
    pub flags: u8,
    /// One of [`VirtioHeader::WHOLE`], [`VirtioHeader::TCP_V4`], [`VirtioHeader::TCP_V6`]
    /// and [`VirtioHeader::UDP`], with [`VirtioHeader::ECN`] or without.
    pub kind: u8,
    /// Bytes of all headers of a packet that is to be cut.
    pub header_len: u16,
    /// Payload bytes of each packet that it is to be cut into.
    pub segment: u16,
    /// Where the checksum begins to count.
    pub checksum_start: u16,
    /// Where the checksum is written, from there.
    pub checksum_offset: u16,
}

impl VirtioHeader {
    /// Its length in bytes.
    pub const LEN: usize = 10;
    /// The checksum field holds only the sum of the pseudo-header.
    pub const NEEDS_CHECKSUM: u8 = 1;
    /// A packet as it is.
    pub const WHOLE: u8 = 0;
    /// A super-packet of TCP over IPv4.
    pub const TCP_V4: u8 = 1;
    /// A super-packet of TCP over IPv6.
    pub const TCP_V6: u8 = 4;
    /// A super-packet of UDP datagrams of one size.
    pub const UDP: u8 = 5;
    /// The first segment of TCP carries CWR (RFC 3168).
    pub const ECN: u8 = 0x80;

    /// Reads it.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        let [flags, kind, h0, h1, s0, s1, c0, c1, o0, o1] = bytes;
        Self {
            flags,
            kind,
            header_len: u16::from_ne_bytes([h0, h1]),
            segment: u16::from_ne_bytes([s0, s1]),
            checksum_start: u16::from_ne_bytes([c0, c1]),
            checksum_offset: u16::from_ne_bytes([o0, o1]),
        }
    }

    /// Writes it.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; Self::LEN] {
        let [h0, h1] = self.header_len.to_ne_bytes();
        let [s0, s1] = self.segment.to_ne_bytes();
        let [c0, c1] = self.checksum_start.to_ne_bytes();
        let [o0, o1] = self.checksum_offset.to_ne_bytes();
        [self.flags, self.kind, h0, h1, s0, s1, c0, c1, o0, o1]
    }
}

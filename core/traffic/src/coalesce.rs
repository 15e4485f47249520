use crate::checksum::Sum;
use crate::layout::{
    IPV4_CHECKSUM, IPV4_LENGTH, IPV6_HEADER, IPV6_LENGTH, LONGEST, PSH, TCP_CHECKSUM, TCP_FLAGS,
    UDP_CHECKSUM, UDP_LENGTH, length, put,
};
use crate::segment::Segment;
use crate::virtio::VirtioHeader;
use std::ops::Range;

/// How far back a packet is looked for that another can be joined to: a burst of more
/// flows than this at once is written packet by packet.
const WINDOW: usize = 16;
/// Pieces of one super-packet; so many segments the kernel takes of UDP
/// (`UDP_MAX_SEGMENTS` of Linux before 6.9).
const MOST_PIECES: usize = 64;

/// What the device takes as super-packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Joins {
    /// TCP over IPv4 and IPv6.
    pub tcp: bool,
    /// UDP.
    pub udp: bool,
}

/// Joins the packets of one batch that belong together, as the kernel does with what a
/// network card receives (GRO), and leaves out acknowledgements that newer ones say too.
///
/// The packets lie in one buffer and stay there: a super-packet is the first packet
/// with its headers changed, and where the payload of the others lies. What is not
/// certainly the next segment of its flow, intact and alike, is passed on as it is, in
/// its place among the packets of its flow.
#[derive(Debug)]
pub struct Coalescer {
    joins: Joins,
    thins: bool,
    /// The packets so far; those behind `used` keep their memory for later ones.
    items: Vec<Item>,
    used: usize,
}

/// A packet, and what is joined to it.
#[derive(Debug, Default)]
struct Item {
    first: Range<usize>,
    segment: Option<Segment>,
    state: State,
    /// Its checksums have been looked at and are right.
    intact: bool,
    /// PSH was set on something joined to it.
    push: bool,
    /// All its bytes.
    total: usize,
    next_sequence: u32,
    last_id: u16,
    pieces: Vec<Range<usize>>,
}

/// What may still come to an item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Nothing.
    #[default]
    Closed,
    /// The next segments of its flow.
    Data,
    /// A newer acknowledgement in its place.
    Acknowledgement,
}

/// A packet for the tun device: what stands before it, its headers with the payload
/// behind them, and where the rest of the payload lies in the buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined<'a> {
    /// What the device is told of it.
    pub header: VirtioHeader,
    /// The first packet.
    pub first: Range<usize>,
    /// What follows it.
    pub pieces: &'a [Range<usize>],
}

impl Coalescer {
    /// For a device that takes these, or for one that takes nothing but packets.
    #[must_use]
    pub const fn new(joins: Joins) -> Self {
        Self {
            joins,
            thins: true,
            items: Vec::new(),
            used: 0,
        }
    }

    /// Lets every acknowledgement through.
    #[must_use]
    pub const fn without_thinning(mut self) -> Self {
        self.thins = false;
        self
    }

    /// How many packets there are to write.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.used
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// Forgets all packets.
    pub const fn clear(&mut self) {
        self.used = 0;
    }

    /// Takes in the packet at `at` of `buffer`, the same buffer for all packets since
    /// the last [`Coalescer::clear`].
    pub fn push(&mut self, buffer: &[u8], at: Range<usize>) {
        let Some(packet) = buffer.get(at.clone()) else {
            return;
        };
        let segment = Segment::of(packet);
        if let Some(segment) = &segment
            && let Some(item) = self.latest_of(buffer, packet, segment)
        {
            if item.join(buffer, packet, segment, &at) {
                return;
            }
            // Whatever comes next of this flow comes behind this packet.
            item.state = State::Closed;
        }
        let state = match &segment {
            Some(segment) if segment.is_data() && self.takes(segment) => State::Data,
            Some(segment) if self.thins && segment.is_acknowledgement(packet) => {
                State::Acknowledgement
            }
            _ => State::Closed,
        };
        self.add(at, segment, state);
    }

    /// The packet of this number, ready to be written; its headers in `buffer` become
    /// those of the super-packet.
    pub fn joined(&self, number: usize, buffer: &mut [u8]) -> Option<Joined<'_>> {
        let item = self.items.get(..self.used)?.get(number)?;
        let header = match item.segment {
            Some(segment) if !item.pieces.is_empty() => {
                let first = buffer.get_mut(item.first.clone())?;
                item.head(&segment, first)
            }
            _ => VirtioHeader::default(),
        };
        Some(Joined {
            header,
            first: item.first.clone(),
            pieces: &item.pieces,
        })
    }

    const fn takes(&self, segment: &Segment) -> bool {
        match segment.tcp {
            true => self.joins.tcp,
            false => self.joins.udp,
        }
    }

    fn latest_of(&mut self, buffer: &[u8], packet: &[u8], segment: &Segment) -> Option<&mut Item> {
        let items = self.items.get_mut(..self.used)?;
        items.iter_mut().rev().take(WINDOW).find(|item| {
            let first = buffer.get(item.first.clone()).unwrap_or_default();
            item.segment
                .is_some_and(|theirs| segment.is_flow_of(packet, &theirs, first))
        })
    }

    fn add(&mut self, at: Range<usize>, segment: Option<Segment>, state: State) {
        if self.used == self.items.len() {
            self.items.push(Item::default());
        }
        let Some(item) = self.items.get_mut(self.used) else {
            return;
        };
        self.used += 1;
        item.total = at.len();
        item.first = at;
        item.segment = segment;
        item.state = state;
        item.intact = false;
        item.push = false;
        item.pieces.clear();
        if let Some(segment) = segment {
            let payload = length(segment.payload);
            item.next_sequence = segment.sequence.wrapping_add(payload.into());
            item.last_id = segment.id;
            if segment.flags & PSH != 0 {
                item.state = State::Closed;
            }
        }
    }
}

impl Item {
    /// Takes in a packet of its flow, if it is the one to come.
    fn join(&mut self, buffer: &[u8], packet: &[u8], segment: &Segment, at: &Range<usize>) -> bool {
        match self.state {
            State::Closed => false,
            State::Data => self.append(buffer, packet, segment, at),
            State::Acknowledgement => self.renew(buffer, packet, segment, at),
        }
    }

    fn append(
        &mut self,
        buffer: &[u8],
        packet: &[u8],
        segment: &Segment,
        at: &Range<usize>,
    ) -> bool {
        let Some((first, mine)) = self.first_of(buffer) else {
            return false;
        };
        let fits = segment.is_data()
            && segment.payload <= mine.payload
            && self.total + segment.payload <= LONGEST
            && self.pieces.len() + 1 < MOST_PIECES
            && (!segment.tcp || segment.sequence == self.next_sequence)
            && segment.goes_on(self.last_id, packet)
            && segment.is_like(packet, &mine, first);
        if !fits || !(self.intact || mine.is_intact(first)) || !segment.is_intact(packet) {
            return false;
        }
        self.intact = true;
        self.total += segment.payload;
        self.next_sequence = self
            .next_sequence
            .wrapping_add(length(segment.payload).into());
        self.last_id = segment.id;
        self.push = segment.flags & PSH != 0;
        self.pieces.push(at.start + segment.headers..at.end);
        if segment.payload < mine.payload || self.push {
            self.state = State::Closed;
        }
        true
    }

    /// Puts a newer acknowledgement in the place of this one. One that says the same
    /// again says that something is missing, and stays.
    fn renew(
        &mut self,
        buffer: &[u8],
        packet: &[u8],
        segment: &Segment,
        at: &Range<usize>,
    ) -> bool {
        let Some((_, mine)) = self.first_of(buffer) else {
            return false;
        };
        let ahead = segment.acknowledgement.wrapping_sub(mine.acknowledgement);
        let newer = ahead > 0 && ahead < 1 << 31;
        if !newer || !segment.is_acknowledgement(packet) || !segment.is_intact(packet) {
            return false;
        }
        self.first = at.clone();
        self.total = at.len();
        self.segment = Some(*segment);
        true
    }

    fn first_of<'buffer>(&self, buffer: &'buffer [u8]) -> Option<(&'buffer [u8], Segment)> {
        Some((buffer.get(self.first.clone())?, self.segment?))
    }

    /// Makes the headers of the first packet those of the super-packet.
    fn head(&self, segment: &Segment, first: &mut [u8]) -> VirtioHeader {
        let behind = self.total - segment.ip;
        let Some((ip, transport)) = first.split_at_mut_checked(segment.ip) else {
            return VirtioHeader::default();
        };
        if segment.ipv6 {
            let behind = length(self.total - IPV6_HEADER);
            put(ip, IPV6_LENGTH, behind.to_be_bytes());
        } else {
            put(ip, IPV4_LENGTH, length(self.total).to_be_bytes());
            put(ip, IPV4_CHECKSUM, [0, 0]);
            put(ip, IPV4_CHECKSUM, Sum::default().bytes(ip).checksum());
        }
        let pseudo = segment.pseudo_header(ip, behind).partial();
        let checksum_offset = if segment.tcp {
            if self.push {
                put(transport, TCP_FLAGS, [segment.flags | PSH]);
            }
            put(transport, TCP_CHECKSUM, pseudo);
            TCP_CHECKSUM
        } else {
            put(transport, UDP_LENGTH, length(behind).to_be_bytes());
            put(transport, UDP_CHECKSUM, pseudo);
            UDP_CHECKSUM
        };
        VirtioHeader {
            flags: VirtioHeader::NEEDS_CHECKSUM,
            kind: match (segment.tcp, segment.ipv6) {
                (false, _) => VirtioHeader::UDP,
                (true, false) => VirtioHeader::TCP_V4,
                (true, true) => VirtioHeader::TCP_V6,
            },
            header_len: length(segment.headers),
            segment: length(segment.payload),
            checksum_start: length(segment.ip),
            checksum_offset: length(checksum_offset),
        }
    }
}

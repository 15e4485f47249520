use crate::failure::Failure;
use spoke_engine::{Cipher, DataChannel, KeyBlock, Opener, Sealer, Side};
use spoke_traffic::{Coalescer, Joins, Split, SplitError, VirtioHeader};
use spoke_wire::{DataHeader, StreamFramer, frame_prefix};

/// A piece of work on packets.
pub struct Piece {
    /// Its name in the table.
    pub name: &'static str,
    /// Packets that it is done for at once.
    pub packets: u32,
    work: Box<dyn FnMut() -> Result<(), Failure>>,
}

/// Packets of a full read.
const BATCH: u32 = 45;
/// Bytes of a full packet's payload.
const FULL: usize = 1400;

impl Piece {
    fn new(
        name: &'static str,
        packets: u32,
        work: impl FnMut() -> Result<(), Failure> + 'static,
    ) -> Self {
        Self {
            name,
            packets,
            work: Box::new(work),
        }
    }

    /// Does it once.
    ///
    /// # Errors
    /// When it does not do what it should.
    pub fn work(&mut self) -> Result<(), Failure> {
        (self.work)()
    }
}

/// All pieces.
///
/// # Errors
/// When the cryptography library refuses a key.
pub fn pieces() -> Result<Vec<Piece>, Failure> {
    Ok(vec![
        split()?,
        seal("seal, 64 bytes", 64)?,
        seal("seal, 1400 bytes", FULL)?,
        seal_and_open("seal and open, 64 bytes", 64)?,
        seal_and_open("seal and open, 1400 bytes", FULL)?,
        frames(),
        join()?,
    ])
}

/// AES-256-GCM with a peer-id, the usual case.
fn ends() -> Result<(Sealer, Opener), Failure> {
    let header = DataHeader::V2 {
        key_id: 0,
        peer_id: 7,
    };
    let channel = DataChannel::new(Cipher::Aes256Gcm, header);
    let mut bytes = [0; 256];
    for (number, byte) in (0..=u8::MAX).zip(&mut bytes) {
        *byte = number;
    }
    let keys = KeyBlock::from_exporter(&bytes);
    let (sealer, _) = keys.data_channel(&channel, Side::Client)?;
    let (_, opener) = keys.data_channel(&channel, Side::Server)?;
    Ok((sealer, opener))
}

fn seal(name: &'static str, length: usize) -> Result<Piece, Failure> {
    let (mut sealer, _) = ends()?;
    let mut buffer = vec![0x5a; sealer.headroom() + length + sealer.tailroom()];
    Ok(Piece::new(name, 1, move || {
        sealer.seal(&mut buffer, length)?;
        Ok(())
    }))
}

/// No packet can be opened twice, so each is sealed anew.
fn seal_and_open(name: &'static str, length: usize) -> Result<Piece, Failure> {
    let (mut sealer, mut opener) = ends()?;
    let mut buffer = vec![0x5a; sealer.headroom() + length + sealer.tailroom()];
    Ok(Piece::new(name, 1, move || {
        let packet = sealer.seal(&mut buffer, length)?;
        opener.open(buffer.get_mut(..packet).unwrap_or_default())?;
        Ok(())
    }))
}

fn frames() -> Piece {
    let mut stream = Vec::new();
    for _ in 0..BATCH {
        stream.extend(frame_prefix(FULL).unwrap_or_default());
        stream.resize(stream.len() + FULL, 0x5a);
    }
    let mut framer = StreamFramer::new(spoke_wire::MAX_FRAME);
    Piece::new(
        "cut from a stream, 1400 bytes, the copy included",
        BATCH,
        move || {
            let taken = framer.push(&stream);
            let mut count = 0;
            while framer.next_frame()?.is_some() {
                count += 1;
            }
            match taken == stream.len() && count == BATCH {
                true => Ok(()),
                false => Err(Failure::Piece(format!("{count} frames of {BATCH}"))),
            }
        },
    )
}

/// Bytes of the headers of IPv4 and of TCP with a timestamp.
const HEADERS: usize = 20 + 32;
/// Bytes of TCP's payload in a full packet.
const SEGMENT: usize = FULL - HEADERS;

/// A super-packet of TCP over IPv4 as a tun device gives it out, 45 packets long.
fn super_packet() -> (VirtioHeader, Vec<u8>) {
    let payload = SEGMENT * usize::try_from(BATCH).unwrap_or_default();
    let mut packet = vec![0x5a; HEADERS + payload];
    let length = u16::try_from(packet.len())
        .unwrap_or(u16::MAX)
        .to_be_bytes();
    let ip = [
        0x45, 0, length[0], length[1], 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 1, 0, 2, 10, 1, 0, 1,
    ];
    let ports_and_numbers = [0xc0, 0, 0x14, 0x51, 0, 0, 0, 1, 0, 0, 0, 1];
    // Eight words long, ACK and PSH; no checksum yet; two no-operations and a timestamp.
    let rest = [
        0x80, 0x18, 1, 0, 0, 0, 0, 0, 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 1,
    ];
    let headers = ip.iter().chain(&ports_and_numbers).chain(&rest);
    for (to, from) in packet.iter_mut().zip(headers) {
        *to = *from;
    }
    // What the kernel leaves in the checksum's place: the sum of the pseudo-header of
    // addresses, protocol and length (RFC 9293, 3.1).
    let pseudo = [0x0a01, 0x0002, 0x0a01, 0x0001, 6, packet.len() - 20];
    let sum = pseudo.iter().sum::<usize>();
    let sum = u16::try_from((sum & 0xffff) + (sum >> 16)).unwrap_or_default();
    for (to, from) in packet.iter_mut().skip(20 + 16).zip(sum.to_be_bytes()) {
        *to = from;
    }
    let header = VirtioHeader {
        flags: VirtioHeader::NEEDS_CHECKSUM,
        kind: VirtioHeader::TCP_V4,
        header_len: 52,
        segment: u16::try_from(SEGMENT).unwrap_or_default(),
        checksum_start: 20,
        checksum_offset: 16,
    };
    (header, packet)
}

fn split() -> Result<Piece, Failure> {
    let (header, mut packet) = super_packet();
    let mut places = vec![0; FULL * usize::try_from(BATCH).unwrap_or_default()];
    cut(&header, &mut packet, &mut places)?;
    Ok(Piece::new(
        "split a super-packet, 1400 bytes",
        BATCH,
        move || cut(&header, &mut packet, &mut places),
    ))
}

fn cut(header: &VirtioHeader, packet: &mut [u8], places: &mut [u8]) -> Result<(), Failure> {
    let failed = |error: SplitError| Failure::Piece(error.to_string());
    let mut split = Split::new(header, packet).map_err(failed)?;
    let mut pieces = 0;
    for place in places.chunks_mut(FULL) {
        pieces += u32::from(split.write_next(place) == Some(FULL));
    }
    match split.next_len() {
        None if pieces == BATCH => Ok(()),
        _ => Err(Failure::Piece(format!("{pieces} pieces of {BATCH}"))),
    }
}

fn join() -> Result<Piece, Failure> {
    let (header, mut packet) = super_packet();
    let mut buffer = vec![0; FULL * usize::try_from(BATCH).unwrap_or_default()];
    cut(&header, &mut packet, &mut buffer)?;
    let first = buffer.get(..HEADERS).unwrap_or_default().to_vec();
    let mut coalescer = Coalescer::new(Joins {
        tcp: true,
        udp: true,
    });
    Ok(Piece::new(
        "join to a super-packet, 1400 bytes",
        BATCH,
        move || {
            // The last time has made it the head of a super-packet.
            for (to, from) in buffer.iter_mut().zip(&first) {
                *to = *from;
            }
            coalescer.clear();
            for at in (0..buffer.len()).step_by(FULL) {
                coalescer.push(&buffer, at..at + FULL);
            }
            let joined = coalescer.joined(0, &mut buffer);
            let pieces = joined.map_or(0, |joined| joined.pieces.len());
            match coalescer.len() {
                1 if pieces > 1 => Ok(()),
                packets => Err(Failure::Piece(format!("{packets} packets instead of one"))),
            }
        },
    ))
}

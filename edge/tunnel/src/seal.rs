use crate::outbox::Outbox;
use crate::tun_io::TunIo;
use spoke_engine::{SealError, Sealer};
use spoke_traffic::{Split, SplitError, mark_congestion};
use spoke_wire::clamp_mss;

/// Why what was read from the device was not sent, or not all of it.
#[derive(Debug, thiserror::Error)]
pub enum NotSealed {
    /// The device gave less than what stands before each packet.
    #[error("the tunnel device gave {0} bytes, which is no packet")]
    Cut(usize),
    /// It cannot be cut into packets.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// The key does not seal it.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// Seals what was read from `tun`, piece by piece, where it will be sent from. If its sender
/// is `too_fast` it is told so. The segment size that a SYN announces is bounded so that
/// packets inside have at most `longest` bytes. Answers the bytes of the packets inside.
///
/// # Errors
/// When it is no packet, or the key does not seal it; what is left of it is lost.
pub fn seal_read(
    sealer: &mut Sealer,
    outbox: &mut Outbox,
    tun: &TunIo,
    read: &mut [u8],
    too_fast: bool,
    longest: u16,
) -> Result<u64, NotSealed> {
    let count = read.len();
    let (header, packet) = tun.unframe(read).ok_or(NotSealed::Cut(count))?;
    let lose = too_fast && !mark_congestion(packet);
    let mut split = Split::new(&header, packet)?;
    if lose {
        split.skip();
    }
    let mut sealed = 0;
    while let Some(length) = split.next_len() {
        seal_piece(sealer, outbox, &mut split, length, longest)?;
        sealed += length as u64;
    }
    Ok(sealed)
}

/// Seals the next piece of `split`, of this length.
fn seal_piece(
    sealer: &mut Sealer,
    outbox: &mut Outbox,
    split: &mut Split<'_>,
    length: usize,
    longest: u16,
) -> Result<(), SealError> {
    let (head, tail) = (sealer.headroom(), sealer.tailroom());
    let needed = head + length + tail;
    let place = outbox.lend(needed);
    let place = place.ok_or(SealError::NoRoom { needed, seen: 0 })?;
    if let Some(payload) = place.get_mut(head..head + length) {
        split.write_next(payload);
        // Those of a super-packet begin no connection.
        if split.is_whole() {
            clamp_mss(payload, longest);
        }
    }
    let length = sealer.seal(place, length)?;
    outbox.commit(length);
    Ok(())
}

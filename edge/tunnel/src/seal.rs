use crate::outbox::Outbox;
use spoke_engine::{SealError, Sealer};
use spoke_traffic::Split;
use spoke_wire::clamp_mss;

/// Seals the next piece of `split` where it will be sent from. The segment size that a SYN
/// announces is bounded so that packets inside have at most `longest` bytes.
///
/// # Errors
/// When there is no next piece, or the key does not seal it.
pub fn seal_piece(
    sealer: &mut Sealer,
    outbox: &mut Outbox,
    split: &mut Split<'_>,
    longest: u16,
) -> Result<(), SealError> {
    let (head, tail) = (sealer.headroom(), sealer.tailroom());
    let length = split.next_len().ok_or(SealError::Empty)?;
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

//! Takes apart what the kernel tells: a row of messages, each with a row of addresses.

use super::layout::{ADDRESS_HEADER, INTERFACE_HEADER, ROUTE_HEADER, VERSION, address, kind};

/// One message, as far as its beginning says what it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message<'a> {
    pub(super) kind: u8,
    /// The number of its link.
    pub(super) link: u16,
    /// Flags of the route or of the link.
    pub(super) flags: u32,
    pub(super) bytes: &'a [u8],
    addresses: u32,
    header: usize,
}

/// All messages, up to the first that is cut off.
pub(super) fn messages(mut bytes: &[u8]) -> impl Iterator<Item = Message<'_>> {
    std::iter::from_fn(move || {
        loop {
            let length = usize::from(u16::from_le_bytes(bytes_at(bytes, 0)?));
            // A message has at least its length, version and type.
            let message = bytes.get(..length.max(4))?;
            bytes = bytes.get(message.len()..)?;
            if let Some(message) = message_of(message) {
                return Some(message);
            }
        }
    })
}

fn message_of(bytes: &[u8]) -> Option<Message<'_>> {
    let kind = *bytes.get(3)?;
    if *bytes.get(2)? != VERSION {
        return None;
    }
    let number = |at: usize| Some(u32::from_le_bytes(bytes_at(bytes, at)?));
    let link = |at: usize| Some(u16::from_le_bytes(bytes_at(bytes, at)?));
    // Those about routes have the link first, the others after addresses and flags.
    let (link, flags, addresses, header) = match kind {
        kind::ADD | kind::DELETE | kind::CHANGE | kind::GET => {
            (link(4)?, number(8)?, number(12)?, ROUTE_HEADER)
        }
        kind::INTERFACE => (link(12)?, number(8)?, number(4)?, INTERFACE_HEADER),
        kind::NEW_ADDRESS | kind::DELETED_ADDRESS => {
            (link(12)?, number(8)?, number(4)?, ADDRESS_HEADER)
        }
        _ => return None,
    };
    Some(Message {
        kind,
        link,
        flags,
        bytes,
        addresses,
        header,
    })
}

impl<'a> Message<'a> {
    /// The address that `which` says, with the two bytes of length and family before it.
    pub(super) fn address(&self, which: u32) -> Option<&'a [u8]> {
        let mut rest = self.bytes.get(self.header..)?;
        for place in 0..address::MOST {
            let bit = 1 << place;
            if self.addresses & bit == 0 {
                continue;
            }
            let length = usize::from(*rest.first()?);
            if bit == which {
                // What the kernel has cut off at the very end is zero.
                return Some(rest.get(..length).unwrap_or(rest));
            }
            rest = rest.get(length.max(1).next_multiple_of(4)..)?;
        }
        None
    }
}

/// So many bytes from there.
pub(super) fn bytes_at<const SIZE: usize>(bytes: &[u8], at: usize) -> Option<[u8; SIZE]> {
    bytes.get(at..)?.first_chunk().copied()
}

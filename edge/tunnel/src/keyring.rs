use crate::outbox::Outbox;
use spoke_engine::{MssFix, OpenError, Opener, Outside, SealError, Sealer};
use spoke_traffic::Split;
use spoke_wire::{FirstByte, MAX_KEY_ID, clamp_mss};

const SLOTS: usize = MAX_KEY_ID as usize + 1;

/// The data keys alive, by key-id.
#[derive(Debug, Default)]
pub(crate) struct Keyring {
    slots: [Option<Pair>; SLOTS],
    sending: Option<usize>,
}

#[derive(Debug)]
struct Pair {
    sealer: Sealer,
    opener: Opener,
}

/// What a packet needs around its payload, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    pub(crate) head: usize,
    pub(crate) tail: usize,
}

/// Why a packet could not be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotOpened {
    /// No key of that number is alive.
    #[error("a data packet of key {0}, which is not alive")]
    NoKey(u8),
    /// The key did not open it.
    #[error(transparent)]
    Open(#[from] OpenError),
}

impl Keyring {
    pub(crate) fn install(&mut self, key_id: u8, sealer: Sealer, opener: Opener) {
        if let Some(slot) = self.slots.get_mut(usize::from(key_id)) {
            *slot = Some(Pair { sealer, opener });
        }
    }

    pub(crate) fn send_with(&mut self, key_id: u8) {
        self.sending = Some(usize::from(key_id));
    }

    pub(crate) fn retire(&mut self, key_id: u8) {
        let at = usize::from(key_id);
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = None;
        }
        if self.sending == Some(at) {
            self.sending = None;
        }
    }

    /// Bytes before and behind the payload, when there is a key to send with.
    pub(crate) fn room(&self) -> Option<Room> {
        let pair = self.slots.get(self.sending?)?.as_ref()?;
        Some(Room {
            head: pair.sealer.headroom(),
            tail: pair.sealer.tailroom(),
        })
    }

    /// Seals the `len` bytes of payload behind the headroom of `buffer` in place; gives the packet's length.
    pub(crate) fn seal(&mut self, buffer: &mut [u8], len: usize) -> Result<usize, SealError> {
        match self.sender() {
            Some(pair) => pair.sealer.seal(buffer, len),
            None => Err(SealError::Exhausted),
        }
    }

    /// Seals the next piece of `split` into `outbox`. A SYN's segment size is bounded so
    /// that packets inside have at most `longest` bytes.
    pub(crate) fn seal_piece(
        &mut self,
        outbox: &mut Outbox,
        split: &mut Split<'_>,
        longest: u16,
    ) -> Result<(), SealError> {
        let pair = self.sender().ok_or(SealError::Exhausted)?;
        let (head, tail) = (pair.sealer.headroom(), pair.sealer.tailroom());
        let length = split.next_len().ok_or(SealError::Empty)?;
        let needed = head + length + tail;
        let seen = 0;
        let place = outbox.lend(needed);
        let place = place.ok_or(SealError::NoRoom { needed, seen })?;
        if let Some(payload) = place.get_mut(head..head + length) {
            split.write_next(payload);
            // Those of a super-packet begin no connection.
            if split.is_whole() {
                clamp_mss(payload, longest);
            }
        }
        let length = pair.sealer.seal(place, length)?;
        outbox.commit(length);
        Ok(())
    }

    /// Opens a data packet in place.
    pub(crate) fn open<'packet>(
        &mut self,
        first: FirstByte,
        packet: &'packet mut [u8],
    ) -> Result<&'packet mut [u8], NotOpened> {
        let slot = self.slots.get_mut(usize::from(first.key_id));
        match slot.and_then(Option::as_mut) {
            Some(pair) => Ok(pair.opener.open(packet)?),
            None => Err(NotOpened::NoKey(first.key_id)),
        }
    }

    /// The key in use, when it should be replaced.
    pub(crate) fn worn(&self) -> Option<u8> {
        let pair = self.slots.get(self.sending?)?.as_ref()?;
        let worn = pair.sealer.near_exhaustion() || pair.opener.near_exhaustion();
        worn.then_some(pair.sealer.key_id())
    }

    /// The longest packet inside that segments may make, when there is a key to send with.
    pub(crate) fn longest_inside(&self, fix: MssFix, outside: Outside) -> Option<u16> {
        let pair = self.slots.get(self.sending?)?.as_ref()?;
        fix.longest_inside(&pair.sealer, outside)
    }

    fn sender(&mut self) -> Option<&mut Pair> {
        self.slots.get_mut(self.sending?)?.as_mut()
    }
}

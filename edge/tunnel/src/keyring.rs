use spoke_engine::{MssFix, OpenError, Opener, Outside, SealError, Sealer};
use spoke_wire::{FirstByte, MAX_KEY_ID};

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

    /// What is sent with.
    pub(crate) fn sealer(&mut self) -> Option<&mut Sealer> {
        Some(&mut self.sender()?.sealer)
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

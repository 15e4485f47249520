/// How much one key has been used in one direction, against the limit of its cipher.
///
/// Each direction has a key of its own, so each is held to the whole limit.
#[derive(Debug)]
pub(crate) struct Usage {
    limit: Option<u64>,
    used: u64,
}

impl Usage {
    /// Against a limit of packets and 16-byte blocks together.
    pub(crate) const fn new(limit: Option<u64>) -> Self {
        Self { limit, used: 0 }
    }

    /// Counts one packet and its blocks.
    pub(crate) const fn count(&mut self, payload_len: usize) {
        self.used = self.used.saturating_add(cost(payload_len));
    }

    /// Whether one more packet stays within the limit.
    pub(crate) const fn has_room(&self, payload_len: usize) -> bool {
        match self.limit {
            Some(limit) => self.used.saturating_add(cost(payload_len)) <= limit,
            None => true,
        }
    }

    /// Seven eighths of the way, where OpenVPN 2.7 starts a renegotiation.
    pub(crate) const fn is_nearly_spent(&self) -> bool {
        match self.limit {
            Some(limit) => self.used >= limit / 8 * 7,
            None => false,
        }
    }

    #[cfg(test)]
    pub(crate) fn pretend(&mut self, used: u64) {
        self.used = used;
    }
}

const fn cost(payload_len: usize) -> u64 {
    1 + (payload_len as u64).div_ceil(16)
}

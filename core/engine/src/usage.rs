use crate::cipher::Cipher;

/// How much one key has been used in one direction, against the limits of its cipher.
#[derive(Debug)]
pub(crate) struct Usage {
    limit: Option<u64>,
    used: u64,
}

impl Usage {
    pub(crate) const fn new(cipher: Cipher) -> Self {
        Self {
            limit: cipher.usage_limit(),
            used: 0,
        }
    }

    /// Counts one packet and its blocks.
    pub(crate) const fn count(&mut self, payload_len: usize) {
        self.used = self
            .used
            .saturating_add(1 + (payload_len as u64).div_ceil(16));
    }

    /// Both directions together stay below the limit when each keeps to half of it.
    pub(crate) const fn is_spent(&self) -> bool {
        match self.limit {
            Some(limit) => self.used >= limit / 2,
            None => false,
        }
    }

    /// Seven eighths of the way, where OpenVPN 2.7 starts a renegotiation.
    pub(crate) const fn is_nearly_spent(&self) -> bool {
        match self.limit {
            Some(limit) => self.used >= limit / 2 / 8 * 7,
            None => false,
        }
    }

    #[cfg(test)]
    pub(crate) fn pretend(&mut self, used: u64) {
        self.used = used;
    }
}

use std::time::Duration;

/// Makes pauses longer by up to a half, each by another part, so that the clients of a
/// gateway that comes back do not all come in one moment. Without a seed it adds nothing.
#[derive(Debug, Default)]
pub(crate) struct Jitter(u64);

impl Jitter {
    /// Jitter from a number that is another one on every computer.
    pub(crate) const fn from_seed(seed: u64) -> Self {
        Self(seed)
    }

    /// A pause, made longer.
    pub(crate) fn stretch(&mut self, pause: Duration) -> Duration {
        // xorshift64 (Marsaglia 2003); zero stays zero.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let thousandths = u32::try_from(self.0 % 500).unwrap_or_default();
        pause + pause * thousandths / 1000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_by_half_at_most_and_differ() {
        let second = Duration::from_secs(1);
        let mut jitter = Jitter::from_seed(0x5eed);
        let pauses: Vec<_> = (0..100).map(|_| jitter.stretch(second)).collect();
        assert!(
            pauses
                .iter()
                .all(|one| *one >= second && *one < second * 3 / 2)
        );
        let mut distinct = pauses.clone();
        distinct.sort();
        distinct.dedup();
        assert!(distinct.len() > 50, "{distinct:?}");
        assert_eq!(Jitter::default().stretch(second), second);
    }
}

use fastrand::Rng;
use spoke_engine::Entropy;

/// Randomness that is the same for the same seed. For simulations only.
#[derive(Clone, Debug)]
pub struct SeededEntropy(Rng);

impl SeededEntropy {
    /// The stream of bytes that belongs to `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Rng::with_seed(seed))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&mut self, out: &mut [u8]) {
        self.0.fill(out);
    }
}

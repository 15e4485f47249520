use spoke_engine::Entropy;

/// The kernel's random number generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    /// # Panics
    /// When the kernel has no generator: nothing can be kept secret then.
    #[expect(
        clippy::expect_used,
        reason = "without randomness every key would be known; there is no way to go on"
    )]
    fn fill(&mut self, out: &mut [u8]) {
        getrandom::fill(out).expect("the kernel gives random bytes");
    }
}

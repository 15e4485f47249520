/// Where a session takes its randomness from: session ids, key exchange secrets.
///
/// The caller hands in the system's generator, or a seeded one in a test.
pub trait Entropy: Send {
    /// Fills `out` with random bytes.
    fn fill(&mut self, out: &mut [u8]);
}

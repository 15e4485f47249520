/// A sum of 16-bit words in ones' complement, the Internet checksum before it is
/// inverted (RFC 1071).
///
/// It is kept in the machine's byte order, which changes nothing but the order of the
/// result's two bytes (RFC 1071, section 2 B), so that words are added as they lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum(u64);

/// Bytes added in one step: four independent chains of additions keep a core busy.
const STEP: usize = 32;

impl Sum {
    /// Adds bytes. Only what is added last may have an odd length.
    #[must_use]
    pub(crate) fn bytes(self, bytes: &[u8]) -> Self {
        let mut lanes = [0_u128; STEP / 8];
        let mut steps = bytes.chunks_exact(STEP);
        for step in &mut steps {
            for (lane, word) in lanes.iter_mut().zip(step.as_chunks().0) {
                *lane += u128::from(u64::from_ne_bytes(*word));
            }
        }
        let (words, rest) = steps.remainder().as_chunks();
        for (lane, word) in lanes.iter_mut().zip(words) {
            *lane += u128::from(u64::from_ne_bytes(*word));
        }
        let mut last = [0; 8];
        for (to, from) in last.iter_mut().zip(rest) {
            *to = *from;
        }
        let total = lanes.iter().sum::<u128>() + u128::from(u64::from_ne_bytes(last));
        self.plus(fold(total))
    }

    /// Adds one word.
    #[must_use]
    pub(crate) const fn word(self, word: u16) -> Self {
        self.plus(word.to_be())
    }

    /// Takes one word back out.
    #[must_use]
    pub(crate) const fn without(self, word: u16) -> Self {
        self.plus(!word.to_be())
    }

    /// The sum as it is written where somebody else adds the rest and inverts.
    #[must_use]
    pub(crate) const fn partial(self) -> [u8; 2] {
        fold(self.0 as u128).to_ne_bytes()
    }

    /// The checksum.
    #[must_use]
    pub(crate) const fn checksum(self) -> [u8; 2] {
        (!fold(self.0 as u128)).to_ne_bytes()
    }

    /// Whether what was added holds its own right checksum.
    #[must_use]
    pub(crate) const fn is_right(self) -> bool {
        fold(self.0 as u128) == 0xffff
    }

    const fn plus(self, word: u16) -> Self {
        Self(self.0 + word as u64)
    }
}

/// Adds what overflows at the upper end at the lower, until 16 bits are left.
#[expect(
    clippy::cast_possible_truncation,
    reason = "each step keeps the sum of the halves, which fits in what it is cast to"
)]
const fn fold(total: u128) -> u16 {
    let total = (total & 0xffff_ffff_ffff_ffff) + (total >> 64);
    let total = (total & 0xffff_ffff) + ((total >> 32) & 0xffff_ffff) + (total >> 64);
    let mut total = total as u64;
    while total > 0xffff {
        total = (total & 0xffff) + (total >> 16);
    }
    total as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Word by word, as RFC 1071 defines it.
    fn slow(bytes: &[u8]) -> u16 {
        let mut sum = 0_u32;
        for pair in bytes.chunks(2) {
            sum += u32::from(u16::from_be_bytes([pair[0], *pair.get(1).unwrap_or(&0)]));
            if sum > 0xffff {
                sum = sum - 0x1_0000 + 1;
            }
        }
        u16::try_from(sum).unwrap()
    }

    /// Zero has two names.
    fn same(a: u16, b: u16) -> bool {
        a == b || (a.is_multiple_of(0xffff) && b.is_multiple_of(0xffff))
    }

    proptest! {
        #[test]
        fn it_is_what_the_definition_says(even in proptest::collection::vec(any::<u8>(), 0..40), rest in proptest::collection::vec(any::<u8>(), 0..3000), word: u16) {
            let even = &even[..even.len() & !1];
            let all = [even, &word.to_be_bytes(), &rest].concat();
            let sum = Sum::default().bytes(even).word(word).bytes(&rest);
            prop_assert!(same(u16::from_be_bytes(sum.partial()), slow(&all)));
            prop_assert!(same(!u16::from_be_bytes(sum.checksum()), slow(&all)));
            let without = sum.without(word);
            let left = [even, &rest].concat();
            prop_assert!(same(u16::from_be_bytes(without.partial()), slow(&left)));
        }
    }

    #[test]
    fn the_largest_sums_fold() {
        let ones = [0xff; 65_536];
        assert!(Sum::default().bytes(&ones).is_right());
        assert_eq!(Sum::default().checksum(), [0xff, 0xff]);
        assert_eq!(fold(u128::MAX), 0xffff);
    }
}

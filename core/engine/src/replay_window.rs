use thiserror::Error;

const WORDS: usize = 32;

/// Remembers which packet numbers were seen, as far back as 2048 from the highest.
///
/// OpenVPN 2.6 itself looks back 64; OpenVPN 3 looks back 2048. A wide window costs nothing and lets fast links reorder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayWindow {
    highest: u64,
    seen: [u64; WORDS],
}

impl ReplayWindow {
    /// How many numbers back from the highest are still told apart, the highest included.
    pub const WIDTH: u64 = 64 * WORDS as u64;

    /// Whether a packet with this number may be looked at.
    ///
    /// # Errors
    /// When the number is zero, was seen, or lies behind the window.
    #[inline]
    pub fn check(&self, number: u64) -> Result<(), ReplayError> {
        if number == 0 {
            return Err(ReplayError::Zero);
        }
        if number > self.highest {
            return Ok(());
        }
        if self.highest - number >= Self::WIDTH {
            return Err(ReplayError::TooOld {
                number,
                highest: self.highest,
            });
        }
        let (word, bit) = place(number);
        match self.seen.get(word) {
            Some(word) if word & bit == 0 => Ok(()),
            _ => Err(ReplayError::Seen { number }),
        }
    }

    /// Remembers the number of a packet that proved genuine, after [`ReplayWindow::check`].
    #[inline]
    pub fn mark(&mut self, number: u64) {
        if number > self.highest {
            self.advance(number);
        }
        let (word, bit) = place(number);
        if let Some(word) = self.seen.get_mut(word) {
            *word |= bit;
        }
    }

    fn advance(&mut self, number: u64) {
        if number - self.highest >= Self::WIDTH {
            self.seen = [0; WORDS];
        } else {
            // The places of the numbers between were last used one width ago.
            for between in self.highest + 1..=number {
                let (word, bit) = place(between);
                if let Some(word) = self.seen.get_mut(word) {
                    *word &= !bit;
                }
            }
        }
        self.highest = number;
    }
}

impl Default for ReplayWindow {
    fn default() -> Self {
        Self {
            highest: 0,
            seen: [0; WORDS],
        }
    }
}

const fn place(number: u64) -> (usize, u64) {
    ((number / 64) as usize % WORDS, 1 << (number % 64))
}

/// Why a packet number is not acceptable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ReplayError {
    /// Numbers begin at 1.
    #[error("a data packet with the number 0")]
    Zero,
    /// It was there before.
    #[error("data packet {number} came a second time")]
    Seen {
        /// Its number.
        number: u64,
    },
    /// It cannot be told whether it was there before.
    #[error("data packet {number} is too old, the newest is {highest}")]
    TooOld {
        /// Its number.
        number: u64,
        /// The highest so far.
        highest: u64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// Remembers everything; slow and plainly right.
    #[derive(Default)]
    struct Naive {
        seen: BTreeSet<u64>,
    }

    impl Naive {
        fn takes(&mut self, number: u64) -> bool {
            let highest = self.seen.last().copied().unwrap_or(0);
            let fresh = number != 0
                && !self.seen.contains(&number)
                && number + ReplayWindow::WIDTH > highest;
            if fresh {
                self.seen.insert(number);
            }
            fresh
        }
    }

    fn numbers() -> impl Strategy<Value = Vec<u64>> {
        let step = prop_oneof![
            6 => -3i64..6,
            3 => -70i64..70,
            2 => -2060i64..2060,
            1 => -5000i64..5000,
        ];
        (
            prop_oneof![
                Just(1i64),
                Just(i64::from(u32::MAX) - 4000),
                Just((1 << 48) - 4000),
                0..100_000i64
            ],
            proptest::collection::vec(step, 1..400),
        )
            .prop_map(|(start, steps)| {
                let mut at = start;
                steps
                    .into_iter()
                    .map(|step| {
                        at = (at + step).clamp(0, (1 << 48) - 1);
                        u64::try_from(at).unwrap_or(0)
                    })
                    .collect()
            })
    }

    proptest! {
        #[test]
        fn the_bitmap_agrees_with_a_memory_of_everything(numbers in numbers()) {
            let mut window = ReplayWindow::default();
            let mut naive = Naive::default();
            for number in numbers {
                let taken = window.check(number).is_ok();
                prop_assert_eq!(taken, naive.takes(number), "number {}", number);
                if taken {
                    window.mark(number);
                }
            }
        }
    }

    #[test]
    fn a_check_alone_remembers_nothing() {
        let mut window = ReplayWindow::default();
        assert_eq!(window.check(7), Ok(()));
        assert_eq!(window.check(7), Ok(()));
        window.mark(7);
        assert_eq!(window.check(7), Err(ReplayError::Seen { number: 7 }));
        assert_eq!(window.check(0), Err(ReplayError::Zero));
        window.mark(7 + ReplayWindow::WIDTH);
        assert_eq!(
            window.check(7),
            Err(ReplayError::TooOld {
                number: 7,
                highest: 7 + ReplayWindow::WIDTH
            })
        );
        assert_eq!(window.check(8), Ok(()));
    }
}

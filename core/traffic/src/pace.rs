use spoke_moment::Moment;
use std::time::Duration;

/// How long the socket is watched before its rate is taken for the way's.
const WATCH: Duration = Duration::from_millis(20);
/// So much time's worth is given to the socket at once.
const AHEAD: Duration = Duration::from_micros(1500);
/// The smallest and the largest amount, in bytes.
const LEAST: usize = 16 * 1024;
const MOST: usize = 128 * 1024;

/// Decides how much is given to a socket at once: on a fast way a lot, which is cheap; on
/// a slow one little, since nothing overtakes what the socket has.
#[derive(Clone, Debug)]
pub struct Pace {
    since: Moment,
    bytes: usize,
    /// The socket was full at some time since.
    was_full: bool,
    burst: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            since: Moment::ORIGIN,
            bytes: 0,
            was_full: false,
            burst: MOST,
        }
    }
}

impl Pace {
    /// The socket took so many bytes, and was full then or not.
    pub fn sent(&mut self, now: Moment, bytes: usize, full: bool) {
        self.bytes += bytes;
        self.was_full |= full;
        let watched = now.since(self.since);
        if watched < WATCH {
            return;
        }
        // A socket that was never full says nothing of the way behind it.
        if self.was_full && watched < WATCH * 10 {
            let share = AHEAD.as_secs_f64() / watched.as_secs_f64();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "an amount of bytes, bounded below"
            )]
            let burst = (self.bytes as f64 * share) as usize;
            self.burst = burst.clamp(LEAST, MOST);
        }
        self.since = now;
        self.bytes = 0;
        self.was_full = full;
    }

    /// Bytes to be given to the socket at once.
    #[must_use]
    pub const fn burst(&self) -> usize {
        self.burst
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A way that takes so many bytes a second, for a second.
    fn burst_at(rate: u64, full: bool) -> usize {
        let mut pace = Pace::default();
        for milli in 0..1000 {
            let now = Moment::from_origin(Duration::from_millis(milli));
            pace.sent(now, (rate / 1000) as usize, full);
        }
        pace.burst()
    }

    #[test]
    fn a_slow_way_gets_little_at_once_and_a_fast_one_much() {
        assert_eq!(burst_at(1_000_000, true), LEAST);
        assert!((17_000..20_000).contains(&burst_at(12_500_000, true)));
        assert_eq!(burst_at(1_000_000_000, true), MOST);
    }

    #[test]
    fn who_sends_little_is_not_taken_for_a_slow_way() {
        assert_eq!(burst_at(10_000, false), MOST);
    }
}

use crate::wrap::UnwrapError;
use spoke_moment::WallTime;

/// How far behind the newest a control packet may come (OpenVPN's default window).
const WINDOW: u32 = 64;

/// Which (time, packet-id) pairs of authenticated control packets were seen.
///
/// A later time starts anew, an earlier one is refused; equal times share a sliding window.
#[derive(Debug, Default)]
pub(crate) struct TimedWindow {
    time: u32,
    highest: u32,
    /// Bit n: the id `highest - n` was seen.
    seen: u64,
}

impl TimedWindow {
    /// Takes a pair that is new; it counts as seen from now on.
    pub(crate) fn accept(&mut self, time: u32, packet_id: u32) -> Result<(), UnwrapError> {
        match self.is_new(time, packet_id) {
            true => Ok(()),
            false => Err(UnwrapError::Replayed { packet_id, time }),
        }
    }

    fn is_new(&mut self, time: u32, packet_id: u32) -> bool {
        if packet_id == 0 || time < self.time {
            return false;
        }
        if time > self.time {
            (self.time, self.highest, self.seen) = (time, packet_id, 1);
            return true;
        }
        if packet_id > self.highest {
            let ahead = packet_id - self.highest;
            self.seen = self.seen.checked_shl(ahead).unwrap_or(0) | 1;
            self.highest = packet_id;
            return true;
        }
        let behind = self.highest - packet_id;
        if behind >= WINDOW || self.seen & (1 << behind) != 0 {
            return false;
        }
        self.seen |= 1 << behind;
        true
    }
}

/// The (time, packet-id) pairs of the packets that one end sends.
#[derive(Debug)]
pub(crate) struct SendCounter {
    next: u32,
    time: Option<u32>,
}

impl SendCounter {
    /// Counts from `first`; the time is that of the first packet.
    pub(crate) const fn from(first: u32) -> Self {
        Self {
            next: first,
            time: None,
        }
    }

    /// Packet-id and time of the next packet.
    pub(crate) fn next(&mut self, wall: WallTime) -> (u32, u32) {
        // The field is 32 bits wide; it wraps in 2106 and both ends only compare it.
        #[expect(clippy::cast_possible_truncation, reason = "the wire has 32 bits")]
        let time = *self.time.get_or_insert(wall.unix() as u32);
        let packet_id = self.next;
        match self.next.checked_add(1) {
            Some(next) => self.next = next,
            None => {
                self.next = 1;
                self.time = Some(time.wrapping_add(1));
            }
        }
        (packet_id, time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn time_decides_first() {
        let mut window = TimedWindow::default();
        assert!(window.is_new(100, 7));
        assert!(!window.is_new(99, 8));
        assert!(window.is_new(101, 1));
        assert!(!window.is_new(100, 9));
        assert!(!window.is_new(101, 0));
    }

    #[test]
    fn a_counter_that_is_used_up_begins_again_at_a_later_time() {
        let mut counter = SendCounter::from(u32::MAX);
        let wall = WallTime::from_unix(100);
        assert_eq!(counter.next(wall), (u32::MAX, 100));
        assert_eq!(counter.next(wall), (1, 101));
        assert_eq!(
            counter.next(wall.plus(std::time::Duration::from_secs(9))),
            (2, 101)
        );
    }

    proptest! {
        #[test]
        fn nothing_is_taken_twice_and_nothing_fresh_is_refused(ids in proptest::collection::vec(1u32..300, 0..200)) {
            let mut window = TimedWindow::default();
            let mut taken = BTreeSet::new();
            for id in ids {
                let highest = taken.last().copied().unwrap_or(0);
                let fresh = !taken.contains(&id) && id + WINDOW > highest;
                prop_assert_eq!(window.is_new(5, id), fresh);
                if fresh {
                    taken.insert(id);
                }
            }
        }
    }
}

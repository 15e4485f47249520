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
    /// Whether the pair is new; it counts as seen from now on.
    pub(crate) fn accept(&mut self, time: u32, packet_id: u32) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn time_decides_first() {
        let mut window = TimedWindow::default();
        assert!(window.accept(100, 7));
        assert!(!window.accept(99, 8));
        assert!(window.accept(101, 1));
        assert!(!window.accept(100, 9));
        assert!(!window.accept(101, 0));
    }

    proptest! {
        #[test]
        fn nothing_is_taken_twice_and_nothing_fresh_is_refused(ids in proptest::collection::vec(1u32..300, 0..200)) {
            let mut window = TimedWindow::default();
            let mut taken = BTreeSet::new();
            for id in ids {
                let highest = taken.last().copied().unwrap_or(0);
                let fresh = !taken.contains(&id) && id + WINDOW > highest;
                prop_assert_eq!(window.accept(5, id), fresh);
                if fresh {
                    taken.insert(id);
                }
            }
        }
    }
}

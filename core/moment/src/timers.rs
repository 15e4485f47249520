use crate::Moment;
use std::collections::BTreeMap;

/// One table for all timers of a state machine, at most one per key.
///
/// Ties are served in key order, so that a run is the same every time.
#[derive(Clone, Debug)]
pub struct Timers<K> {
    set: BTreeMap<K, Moment>,
}

impl<K> Default for Timers<K> {
    fn default() -> Self {
        Self {
            set: BTreeMap::new(),
        }
    }
}

impl<K: Ord + Copy> Timers<K> {
    /// Starts or moves the timer of `key`.
    pub fn set(&mut self, key: K, at: Moment) {
        self.set.insert(key, at);
    }

    /// Stops the timer of `key`, if it runs.
    pub fn stop(&mut self, key: K) {
        self.set.remove(&key);
    }

    /// Stops every timer.
    pub fn clear(&mut self) {
        self.set.clear();
    }

    /// When the timer of `key` ends, if it runs.
    #[must_use]
    pub fn get(&self, key: K) -> Option<Moment> {
        self.set.get(&key).copied()
    }

    /// The timer that ends first.
    #[must_use]
    pub fn next(&self) -> Option<(K, Moment)> {
        self.set
            .iter()
            .map(|(key, at)| (*key, *at))
            .min_by_key(|(key, at)| (*at, *key))
    }

    /// Takes out one timer that has ended by `now`, earliest first.
    pub fn expired(&mut self, now: Moment) -> Option<K> {
        let (key, at) = self.next()?;
        if at > now {
            return None;
        }
        self.set.remove(&key);
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    fn at(millis: u64) -> Moment {
        Moment::from_origin(Duration::from_millis(millis))
    }

    #[test]
    fn a_set_timer_moves_and_a_stopped_one_is_gone() {
        let mut timers = Timers::default();
        timers.set('a', at(5));
        timers.set('b', at(3));
        timers.set('a', at(1));
        assert_eq!(timers.next(), Some(('a', at(1))));
        timers.stop('a');
        assert_eq!(timers.next(), Some(('b', at(3))));
    }

    proptest! {
        #[test]
        fn timers_come_out_in_order_and_never_early(set in proptest::collection::vec((0u8..20, 0u64..100), 0..40), now in 0u64..120) {
            let mut timers = Timers::default();
            for (key, when) in &set {
                timers.set(*key, at(*when));
            }
            let mut last = Moment::ORIGIN;
            while let Some((_, due)) = timers.next() {
                if timers.expired(at(now)).is_none() {
                    prop_assert!(due > at(now));
                    break;
                }
                prop_assert!(due <= at(now) && due >= last);
                last = due;
            }
        }
    }
}

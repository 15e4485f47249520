use spoke_moment::Moment;
use std::collections::VecDeque;
use std::time::Duration;

/// Flows told apart; two that share a place share its turn.
const PLACES: usize = 64;
/// Bytes that a flow may send in its turn.
const QUANTUM: isize = 8 * 1024;
/// Bytes held at most, and from where on no more are wanted.
const LIMIT: usize = 1024 * 1024;
const ENOUGH: usize = LIMIT / 2;
/// How long packets may wait before their sender is told to slow down, and how long that
/// has to last first. CoDel (RFC 8289) has 5 ms for single packets; here one may be 64 KiB.
const TARGET: Duration = Duration::from_millis(10);
const INTERVAL: Duration = Duration::from_millis(100);

/// Packets that wait for a socket, in fair order: flows take turns, and one that sends
/// little goes before those that send all they can (after fq_codel, RFC 8290).
///
/// What has waited long comes out with the word to slow its sender down. `T` is the
/// packet; the queue itself knows only its length and its flow.
#[derive(Clone, Debug)]
pub struct FairQueue<T> {
    places: Vec<Place<T>>,
    /// Places that had nothing before, and those that had.
    new: VecDeque<usize>,
    old: VecDeque<usize>,
    bytes: usize,
}

#[derive(Clone, Debug)]
struct Place<T> {
    waiting: VecDeque<Waiting<T>>,
    bytes: usize,
    deficit: isize,
    listed: bool,
    /// When it will have been slow for an interval.
    slow_at: Option<Moment>,
    /// How often in a row its sender was told.
    told: u32,
}

#[derive(Clone, Debug)]
struct Waiting<T> {
    since: Moment,
    length: usize,
    packet: T,
}

/// A packet whose turn it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next<T> {
    /// The packet.
    pub packet: T,
    /// Its sender is too fast: mark it (RFC 3168), or lose a segment of it.
    pub too_fast: bool,
}

impl<T> Default for FairQueue<T> {
    fn default() -> Self {
        Self {
            places: (0..PLACES).map(|_| Place::default()).collect(),
            new: VecDeque::new(),
            old: VecDeque::new(),
            bytes: 0,
        }
    }
}

impl<T> Default for Place<T> {
    fn default() -> Self {
        Self {
            waiting: VecDeque::new(),
            bytes: 0,
            deficit: 0,
            listed: false,
            slow_at: None,
            told: 0,
        }
    }
}

impl<T> FairQueue<T> {
    /// Bytes that wait.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether nothing waits.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// Whether the way out is fast and only behind for a moment, so that it is better to
    /// leave packets where they are than to lose any.
    #[must_use]
    pub fn is_full(&self, now: Moment) -> bool {
        self.bytes >= ENOUGH
            && self
                .longest()
                .and_then(|at| self.places.get(at)?.waiting.front())
                .is_none_or(|first| now.since(first.since) < TARGET)
    }

    /// Takes in a packet of `length` bytes, more than none. Gives back one that is lost
    /// instead of it when there is no room: the oldest of whoever has the most.
    pub fn push(&mut self, now: Moment, flow: u32, length: usize, packet: T) -> Option<T> {
        let at = flow as usize % PLACES;
        if let Some(place) = self.places.get_mut(at) {
            place.waiting.push_back(Waiting {
                since: now,
                length,
                packet,
            });
            place.bytes += length;
            self.bytes += length;
            if !place.listed {
                place.listed = true;
                place.deficit = QUANTUM;
                self.new.push_back(at);
            }
        }
        if self.bytes <= LIMIT {
            return None;
        }
        let longest = self.longest()?;
        self.take(longest).map(|lost| lost.packet)
    }

    /// The packet whose turn it is.
    pub fn pop(&mut self, now: Moment) -> Option<Next<T>> {
        loop {
            let is_new = !self.new.is_empty();
            let list = if is_new { &self.new } else { &self.old };
            let at = *list.front()?;
            let place = self.places.get_mut(at)?;
            if place.deficit <= 0 || place.waiting.is_empty() {
                let done = place.waiting.is_empty();
                place.deficit += QUANTUM;
                match is_new {
                    true => self.new.pop_front(),
                    false => self.old.pop_front(),
                };
                // One that was new and is empty waits its turn once, so that it cannot be
                // new again and again.
                match done && !is_new {
                    true => place.listed = false,
                    false => self.old.push_back(at),
                }
                continue;
            }
            let taken = self.take(at)?;
            let place = self.places.get_mut(at)?;
            place.deficit -= isize::try_from(taken.length).unwrap_or(isize::MAX);
            let too_fast = place.judge(now, now.since(taken.since));
            return Some(Next {
                packet: taken.packet,
                too_fast,
            });
        }
    }

    fn take(&mut self, at: usize) -> Option<Waiting<T>> {
        let place = self.places.get_mut(at)?;
        let taken = place.waiting.pop_front()?;
        place.bytes -= taken.length;
        self.bytes -= taken.length;
        Some(taken)
    }

    fn longest(&self) -> Option<usize> {
        let places = self.places.iter().enumerate();
        places
            .max_by_key(|(_, place)| place.bytes)
            .map(|(at, _)| at)
    }
}

impl<T> Place<T> {
    /// Whether a packet that has waited so long is one to slow its sender by: the first
    /// after an interval of nothing but long waits, then more and more often (RFC 8289,
    /// section 5.3).
    fn judge(&mut self, now: Moment, waited: Duration) -> bool {
        if waited < TARGET || self.waiting.is_empty() {
            self.slow_at = None;
            self.told = 0;
            return false;
        }
        let at = *self.slow_at.get_or_insert(now + INTERVAL);
        if now < at {
            return false;
        }
        self.told += 1;
        self.slow_at = Some(now + INTERVAL.div_f64(f64::from(self.told).sqrt()));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(micros: u64) -> Moment {
        Moment::from_origin(Duration::from_micros(micros))
    }

    #[test]
    fn who_sends_little_goes_first() {
        let mut queue = FairQueue::default();
        for number in 0..10 {
            queue.push(at(0), 1, 60_000, ("bulk", number));
        }
        queue.pop(at(1));
        queue.push(at(2), 2, 84, ("ping", 0));
        assert_eq!(queue.pop(at(3)).unwrap().packet, ("ping", 0));
        assert_eq!(queue.pop(at(4)).unwrap().packet, ("bulk", 1));
        queue.push(at(5), 2, 84, ("ping", 1));
        queue.push(at(5), 3, 60_000, ("other", 0));
        assert_eq!(queue.pop(at(6)).unwrap().packet, ("ping", 1));
    }

    #[test]
    fn flows_share_alike_whatever_the_size_of_their_packets() {
        let mut queue = FairQueue::default();
        let sizes = [60_000, 1500, 9000];
        let mut sent = [0_usize; 3];
        for round in 0..3000 {
            for (flow, size) in sizes.into_iter().enumerate() {
                while queue.places[flow].bytes < 120_000 {
                    queue.push(at(round), flow as u32, size, flow);
                }
            }
            let flow = queue.pop(at(round)).unwrap().packet;
            sent[flow] += sizes[flow];
        }
        let most = *sent.iter().max().unwrap() as f64;
        let least = *sent.iter().min().unwrap() as f64;
        assert!(least / most > 0.9, "{sent:?}");
    }

    #[test]
    fn senders_are_slowed_only_where_packets_wait_long() {
        // 10 ms apart: each waits three turns.
        let mut told = Vec::new();
        let mut queue = FairQueue::default();
        for turn in 0..100_u64 {
            queue.push(at(turn * 10_000), 1, 1000, turn);
            if turn >= 3 {
                let next = queue.pop(at(turn * 10_000)).unwrap();
                told.extend(next.too_fast.then_some(turn));
            }
        }
        assert!((12..15).contains(&told[0]), "{told:?}");
        assert!((10..30).contains(&told.len()), "{told:?}");
        let mut queue = FairQueue::default();
        for turn in 0..10_000_u64 {
            queue.push(at(turn * 100), 1, 1000, turn);
            if turn >= 30 {
                assert!(!queue.pop(at(turn * 100)).unwrap().too_fast);
            }
        }
    }

    #[test]
    fn the_one_with_the_most_makes_room() {
        let mut queue = FairQueue::default();
        queue.push(at(0), 2, 1000, "small");
        let mut lost = 0;
        for _ in 0..40 {
            lost += usize::from(queue.push(at(1), 1, 50_000, "large") == Some("large"));
        }
        assert_eq!(lost, 40 - 20);
        assert!(queue.bytes() <= LIMIT);
        assert_eq!(queue.pop(at(2)).unwrap().packet, "small");
        let mut queue = FairQueue::default();
        while !queue.is_full(at(0)) {
            queue.push(at(0), 1, 50_000, ());
        }
        assert!(
            !queue.is_full(at(20_000)),
            "a slow way is read for all the same"
        );
    }

    proptest! {
        #[test]
        fn nothing_is_lost_doubled_or_put_out_of_order(steps in proptest::collection::vec((any::<bool>(), 0_u32..100, 1_usize..5000), 0..400)) {
            let mut queue = FairQueue::default();
            let mut expected: Vec<VecDeque<(u32, usize)>> = vec![VecDeque::new(); PLACES];
            let (mut count, mut bytes) = (0_usize, 0);
            for (number, (push, flow, length)) in steps.into_iter().enumerate() {
                let now = at(number as u64);
                if push {
                    prop_assert_eq!(queue.push(now, flow, length, (flow, length)), None);
                    expected[flow as usize % PLACES].push_back((flow, length));
                    (count, bytes) = (count + 1, bytes + length);
                } else {
                    let next = queue.pop(now);
                    prop_assert_eq!(next.is_some(), count > 0);
                    if let Some(next) = next {
                        let of = &mut expected[next.packet.0 as usize % PLACES];
                        prop_assert_eq!(of.pop_front(), Some(next.packet));
                        (count, bytes) = (count - 1, bytes - next.packet.1);
                    }
                }
                prop_assert_eq!(queue.bytes(), bytes);
                prop_assert_eq!(queue.is_empty(), count == 0);
            }
        }
    }
}

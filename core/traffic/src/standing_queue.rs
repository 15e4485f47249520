use spoke_moment::Moment;
use std::time::Duration;

/// Time between two looks.
const LOOK: Duration = Duration::from_millis(100);
/// A queue of this length is felt: twice what a router that manages its queue lets stand
/// (RFC 8289, section 4.3).
const FELT: Duration = Duration::from_millis(10);
/// So many looks in a row make it a standing one, not a burst's.
const ENOUGH: u8 = 3;

/// Notices when a stream that always has more to send keeps a queue on its way, by the time that a round trip takes
/// beyond the shortest that was seen. Everybody who shares that way waits in it, this stream's own pings too.
#[derive(Clone, Debug, Default)]
pub struct StandingQueue {
    looked: Option<Moment>,
    shortest: Option<Duration>,
    late: u8,
    /// The socket was full at some time since the last look.
    was_full: bool,
}

impl StandingQueue {
    /// The socket was given something, and was full then or not.
    pub const fn sent(&mut self, full: bool) {
        self.was_full |= full;
    }

    /// Whether it is time to look at the round trip.
    #[must_use]
    pub fn is_due(&self, now: Moment) -> bool {
        let enough = self.late >= ENOUGH;
        !enough && self.looked.is_none_or(|at| now.since(at) >= LOOK)
    }

    /// A round trip takes so long: answers, once, that a queue stands.
    pub fn look(&mut self, now: Moment, round_trip: Duration) -> bool {
        self.looked = Some(now);
        let shortest = self.shortest.map_or(round_trip, |it| it.min(round_trip));
        self.shortest = Some(shortest);
        if round_trip - shortest < FELT {
            self.late = 0;
        } else if self.was_full {
            // A socket that is never full fills no queue, whoever else does.
            self.late += 1;
        }
        self.was_full = false;
        self.late >= ENOUGH
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In which look a queue was noticed, at round trips of so many milliseconds.
    fn noticed(full: bool, round_trips: impl IntoIterator<Item = u64>) -> Option<usize> {
        let mut queue = StandingQueue::default();
        round_trips
            .into_iter()
            .enumerate()
            .position(|(look, milli)| {
                let now = Moment::from_origin(LOOK * u32::try_from(look).unwrap());
                queue.sent(full);
                queue.sent(false);
                assert!(queue.is_due(now));
                queue.look(now, Duration::from_millis(milli))
            })
    }

    #[test]
    fn one_that_stands_is_noticed_and_a_burst_is_not() {
        assert_eq!(noticed(true, [30, 60, 60, 60, 60, 60, 60]), Some(3));
        assert_eq!(noticed(true, [30, 60, 60, 30].repeat(9)), None);
        assert_eq!(noticed(true, [300; 100]), None);
        assert_eq!(noticed(true, [30, 39].repeat(50)), None);
    }

    #[test]
    fn it_is_another_s_where_the_socket_is_not_full() {
        assert_eq!(noticed(false, [30, 60].repeat(50)), None);
    }

    #[test]
    fn there_are_ten_looks_a_second_until_it_is_noticed() {
        let mut queue = StandingQueue::default();
        let looks = (0..2000_u64).filter(|milli| {
            let now = Moment::from_origin(Duration::from_millis(*milli));
            let due = queue.is_due(now);
            if due {
                queue.look(now, Duration::from_millis(30));
            }
            due
        });
        assert_eq!(looks.count(), 20);
        for look in 20..23 {
            let now = Moment::from_origin(LOOK * look);
            queue.sent(true);
            assert!(queue.is_due(now));
            assert_eq!(queue.look(now, LOOK), look == 22);
        }
        assert!(!queue.is_due(Moment::from_origin(Duration::from_secs(60))));
    }
}

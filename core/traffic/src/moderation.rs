use spoke_moment::Moment;
use std::time::Duration;

/// How long reads are watched before anything is concluded from them.
const WATCH: Duration = Duration::from_millis(2);
/// Reads a second from which on waiting is worth it: below, the machine has time enough.
const FREQUENT: u32 = 2500;
/// Bytes of an average read from which on the peer itself sends in large pieces.
const LARGE: usize = 16 * 1024;
/// Bytes of a read after a pause that show that there is no need for pauses.
const PLENTY: usize = 192 * 1024;
/// Packets that one read should give.
const WANTED: usize = 64;
/// The shortest and the longest pause.
const SHORTEST: Duration = Duration::from_micros(300);
const LONGEST: Duration = Duration::from_millis(1);
/// How long pauses are not tried again after they gave nothing, at first and at most.
const FIRST_REST: Duration = Duration::from_millis(50);
const LAST_REST: Duration = Duration::from_secs(2);

/// Decides when to leave a socket alone for a moment, so that the next read gives many
/// packets instead of one.
///
/// A slow peer sends packet by packet, and waking up for each costs more than all that is
/// done with it. Pauses are made only while reads are small and frequent, and only as
/// long as they gather something: who waits for each answer before it asks again is not
/// held up.
#[derive(Clone, Debug)]
pub struct Moderation {
    since: Moment,
    reads: u32,
    packets: usize,
    bytes: usize,
    pause: Option<Duration>,
    until: Option<Moment>,
    /// Not before then; and how long the next rest is.
    rests_until: Moment,
    rest: Duration,
}

impl Default for Moderation {
    fn default() -> Self {
        Self {
            since: Moment::ORIGIN,
            reads: 0,
            packets: 0,
            bytes: 0,
            pause: None,
            until: None,
            rests_until: Moment::ORIGIN,
            rest: FIRST_REST,
        }
    }
}

impl Moderation {
    /// The socket has been read until it was empty, and gave so many packets and bytes.
    pub fn drained(&mut self, now: Moment, packets: usize, bytes: usize) {
        self.reads += 1;
        self.packets += packets;
        self.bytes += bytes;
        let watched = now.since(self.since);
        if watched >= WATCH {
            self.conclude(now, watched);
            self.since = now;
            (self.reads, self.packets, self.bytes) = (0, 0, 0);
        }
        self.until = self.pause.map(|pause| now + pause);
    }

    /// Until when the socket is to be left alone.
    #[must_use]
    pub fn until(&self, now: Moment) -> Option<Moment> {
        self.until.filter(|until| *until > now)
    }

    fn conclude(&mut self, now: Moment, watched: Duration) {
        let reads = usize::try_from(self.reads).unwrap_or(1).max(1);
        let (packets, bytes) = (self.packets / reads, self.bytes / reads);
        match self.pause {
            None => {
                let frequent = Duration::from_secs(1) * self.reads > watched * FREQUENT;
                if frequent && bytes < LARGE && now >= self.rests_until {
                    self.pause = Some(SHORTEST);
                }
            }
            Some(_) if packets < 2 || bytes > PLENTY => {
                self.pause = None;
                self.rests_until = now + self.rest;
                self.rest = (self.rest * 2).min(LAST_REST);
            }
            Some(pause) => {
                self.rest = FIRST_REST;
                let longer = match packets < WANTED {
                    true => pause * 5 / 4,
                    false => pause * 4 / 5,
                };
                self.pause = Some(longer.clamp(SHORTEST, LONGEST));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A peer that sends packets of `bytes` so often, for so long; answers how often the
    /// socket was read, and the longest that a packet waited.
    fn receive(every: Duration, bytes: usize, total: Duration) -> (usize, Duration) {
        let mut moderation = Moderation::default();
        let (mut reads, mut longest) = (0, Duration::ZERO);
        let (mut sent, mut taken) = (0_u32, 0_u32);
        let mut now = Moment::ORIGIN;
        while now.since_origin() < total {
            // The next packet wakes us up, but not during a pause.
            let arrives = Moment::ORIGIN + every * (taken + 1);
            now = arrives.max(moderation.until(now).unwrap_or(now));
            while Moment::ORIGIN + every * (sent + 1) <= now {
                sent += 1;
            }
            longest = longest.max(now.since(arrives));
            let count = (sent - taken) as usize;
            taken = sent;
            reads += 1;
            moderation.drained(now, count, count * bytes);
        }
        (reads, longest)
    }

    #[test]
    fn a_stream_of_small_packets_is_gathered() {
        let (reads, longest) = receive(Duration::from_micros(12), 1400, Duration::from_millis(500));
        assert!(reads < 1500, "{reads}");
        assert!(longest <= LONGEST + Duration::from_micros(20));
    }

    #[test]
    fn what_is_rare_or_large_is_not_held_up() {
        let rare = Duration::from_millis(1);
        assert_eq!(receive(rare, 100, Duration::from_secs(1)).1, Duration::ZERO);
        let often = Duration::from_micros(50);
        let large = receive(often, 64 * 1024, Duration::from_secs(1));
        assert_eq!(large.1, Duration::ZERO);
    }

    #[test]
    fn questions_and_answers_are_hardly_held_up() {
        let mut moderation = Moderation::default();
        let mut now = Moment::ORIGIN;
        let mut answers = 0;
        while now.since_origin() < Duration::from_secs(10) {
            // Each answer comes 100 microseconds after the one before was taken.
            now += Duration::from_micros(100);
            now = now.max(moderation.until(now).unwrap_or(now));
            moderation.drained(now, 1, 100);
            answers += 1;
        }
        assert!(answers > 99_000, "{answers}");
    }
}

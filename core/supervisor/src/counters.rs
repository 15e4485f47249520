use spoke_api::Traffic;
use spoke_moment::Moment;
use std::time::Duration;

/// Over less than this a rate says nothing.
const LEAST: Duration = Duration::from_millis(100);

/// What a tunnel has carried, and how fast of late.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// When the last rates were taken, and the totals at that time.
    since: Option<(Moment, u64, u64)>,
    shown: Traffic,
}

impl Counters {
    /// Takes the totals as they are now.
    pub(crate) fn sample(&mut self, now: Moment, received: u64, sent: u64) -> Traffic {
        self.shown.received = received;
        self.shown.sent = sent;
        let Some((before, received_before, sent_before)) = self.since else {
            self.since = Some((now, received, sent));
            return self.shown;
        };
        let elapsed = now.since(before);
        if elapsed >= LEAST {
            self.shown.receive_rate = rate(received.saturating_sub(received_before), elapsed);
            self.shown.send_rate = rate(sent.saturating_sub(sent_before), elapsed);
            self.since = Some((now, received, sent));
        }
        self.shown
    }
}

/// Bytes per second.
fn rate(bytes: u64, elapsed: Duration) -> u64 {
    let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    bytes.saturating_mul(1000) / millis.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Moment {
        Moment::from_origin(Duration::from_millis(millis))
    }

    #[test]
    fn totals_are_of_now_and_rates_of_long_enough() {
        let mut counters = Counters::default();
        counters.sample(at(0), 0, 0);
        let soon = counters.sample(at(10), 700, 70);
        assert_eq!((soon.received, soon.sent), (700, 70));
        assert_eq!((soon.receive_rate, soon.send_rate), (0, 0));
        let later = counters.sample(at(1000), 2000, 100);
        assert_eq!((later.receive_rate, later.send_rate), (2000, 100));
        let again = counters.sample(at(1050), 2500, 100);
        assert_eq!((again.received, again.receive_rate), (2500, 2000));
        let last = counters.sample(at(1500), 2500, 100);
        assert_eq!((last.receive_rate, last.send_rate), (1000, 0));
    }
}

use spoke_moment::{Deadline, Moment};
use std::time::Duration;

/// Keeps a quiet connection open and notices a dead one.
#[derive(Debug)]
pub(crate) struct Keepalive {
    ping: Option<Duration>,
    restart: Option<Duration>,
    /// A silent peer ends the connection for good.
    exit: bool,
    sent: Moment,
    received: Moment,
}

/// What silence calls for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Ping,
    /// Nothing came for this long.
    Lost(Duration),
    /// Nothing came for this long, and the connection is not to be made anew.
    Exit(Duration),
}

impl Keepalive {
    pub(crate) const fn new(
        ping: Option<Duration>,
        restart: Option<Duration>,
        now: Moment,
    ) -> Self {
        Self {
            ping,
            restart,
            exit: false,
            sent: now,
            received: now,
        }
    }

    /// Silence is to end the connection for good, not to have it made anew.
    pub(crate) const fn with_exit(mut self, exit: bool) -> Self {
        self.exit = exit;
        self
    }

    pub(crate) fn note_sent(&mut self, now: Moment) {
        self.sent = self.sent.max(now);
    }

    pub(crate) fn note_received(&mut self, now: Moment) {
        self.received = self.received.max(now);
    }

    pub(crate) fn handle_timeout(&mut self, now: Moment) -> Option<Call> {
        if let Some(restart) = self.restart
            && now >= self.received + restart
        {
            return Some(match self.exit {
                true => Call::Exit(restart),
                false => Call::Lost(restart),
            });
        }
        if let Some(ping) = self.ping
            && now >= self.sent + ping
        {
            self.sent = now;
            return Some(Call::Ping);
        }
        None
    }

    pub(crate) fn deadline(&self) -> Option<Deadline> {
        let at = |since: Moment, why| move |after| Deadline::new(since + after, why);
        Deadline::earliest(
            self.ping.map(at(self.sent, "send a keepalive")),
            self.restart
                .map(at(self.received, "give up on a silent peer")),
        )
    }
}

/// A pushed number of seconds: zero is off, absent leaves the configured value.
pub(crate) fn pushed(seconds: Option<u32>, configured: Option<Duration>) -> Option<Duration> {
    match seconds {
        None => configured,
        Some(seconds) => bounded(seconds),
    }
}

/// So many seconds, at most a day (as OpenVPN 2.7 bounds them); zero is off.
pub(crate) fn bounded(seconds: u32) -> Option<Duration> {
    const DAY: u32 = 86_400;
    (seconds > 0).then(|| Duration::from_secs(seconds.min(DAY).into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment::from_origin(Duration::from_secs(seconds))
    }

    #[test]
    fn a_ping_is_due_after_silence_of_our_own_and_traffic_puts_it_off() {
        let mut keepalive = Keepalive::new(Some(Duration::from_secs(10)), None, at(0));
        keepalive.note_sent(at(4));
        assert_eq!(keepalive.deadline().map(|d| d.at), Some(at(14)));
        assert_eq!(keepalive.handle_timeout(at(13)), None);
        assert_eq!(keepalive.handle_timeout(at(14)), Some(Call::Ping));
        assert_eq!(keepalive.deadline().map(|d| d.at), Some(at(24)));
    }

    #[test]
    fn silence_of_the_peer_ends_the_connection() {
        let minute = Duration::from_secs(60);
        let mut keepalive = Keepalive::new(None, Some(minute), at(0));
        keepalive.note_received(at(30));
        assert_eq!(keepalive.handle_timeout(at(89)), None);
        assert_eq!(keepalive.handle_timeout(at(90)), Some(Call::Lost(minute)));
    }
}

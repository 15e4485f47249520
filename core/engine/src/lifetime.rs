use crate::config::Timing;
use crate::error::Expiry;
use crate::keepalive::bounded;
use spoke_moment::{Deadline, Moment};
use spoke_wire::PushReply;
use std::time::Duration;

/// Ends a connection that nobody uses, or that has lasted long enough, where the peer wants that.
#[derive(Debug, Default)]
pub(crate) struct Lifetime {
    idle: Option<Idle>,
    last: Option<(Moment, Duration)>,
}

/// `inactive`: fewer than so many bytes of user traffic, both ways together, in so long.
#[derive(Debug)]
struct Idle {
    within: Duration,
    least: u64,
    since: Moment,
    moved: u64,
}

impl Lifetime {
    /// What was pushed, else what was configured.
    pub(crate) fn new(reply: &PushReply, timing: &Timing, now: Moment) -> Self {
        let idle = reply.inactive.or(timing.inactive).and_then(|inactive| {
            Some(Idle {
                within: bounded(inactive.seconds)?,
                least: inactive.bytes,
                since: now,
                moved: 0,
            })
        });
        let longest = reply.session_timeout.or(timing.session_timeout);
        let longest = longest.and_then(bounded);
        Self {
            idle,
            last: longest.map(|longest| (now + longest, longest)),
        }
    }

    /// User traffic went through; keepalives do not count.
    pub(crate) fn note_traffic(&mut self, now: Moment, bytes: u64) {
        if let Some(idle) = &mut self.idle {
            idle.moved = idle.moved.saturating_add(bytes);
            if idle.moved >= idle.least.max(1) {
                idle.moved = 0;
                idle.since = idle.since.max(now);
            }
        }
    }

    pub(crate) fn handle_timeout(&self, now: Moment) -> Option<Expiry> {
        if let Some((at, longest)) = self.last
            && now >= at
        {
            return Some(Expiry::SessionTimeout(longest));
        }
        let idle = self.idle.as_ref()?;
        (now >= idle.since + idle.within).then_some(Expiry::Inactive {
            within: idle.within,
            bytes: idle.least,
        })
    }

    pub(crate) fn deadline(&self) -> Option<Deadline> {
        let idle = self.idle.as_ref();
        let idle =
            idle.map(|idle| Deadline::new(idle.since + idle.within, "end an unused session"));
        let last = self.last;
        let last = last.map(|(at, _)| Deadline::new(at, "end a session that lasted long enough"));
        Deadline::earliest(idle, last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use spoke_wire::Inactive;

    fn at(seconds: u64) -> Moment {
        Moment::from_origin(Duration::from_secs(seconds))
    }

    fn inactive(seconds: u32, bytes: u64) -> Lifetime {
        let reply = PushReply {
            inactive: Some(Inactive { seconds, bytes }),
            ..PushReply::default()
        };
        Lifetime::new(&reply, &Timing::default(), at(0))
    }

    #[test]
    fn too_little_traffic_ends_it_and_enough_puts_that_off() {
        let mut lifetime = inactive(60, 1000);
        lifetime.note_traffic(at(30), 999);
        assert_eq!(lifetime.deadline().map(|d| d.at), Some(at(60)));
        lifetime.note_traffic(at(50), 1);
        assert_eq!(lifetime.deadline().map(|d| d.at), Some(at(110)));
        lifetime.note_traffic(at(100), 999);
        assert_eq!(lifetime.handle_timeout(at(109)), None);
        assert_eq!(
            lifetime.handle_timeout(at(110)),
            Some(Expiry::Inactive {
                within: Duration::from_secs(60),
                bytes: 1000
            })
        );
    }

    #[test]
    fn without_a_number_of_bytes_any_traffic_will_do() {
        let mut lifetime = inactive(60, 0);
        lifetime.note_traffic(at(59), 0);
        assert_eq!(lifetime.deadline().map(|d| d.at), Some(at(60)));
        lifetime.note_traffic(at(59), 1);
        assert_eq!(lifetime.deadline().map(|d| d.at), Some(at(119)));
    }

    #[test]
    fn zero_is_off_and_a_day_is_the_longest() {
        assert!(inactive(0, 0).deadline().is_none());
        let reply = PushReply {
            session_timeout: Some(u32::MAX),
            ..PushReply::default()
        };
        let lifetime = Lifetime::new(&reply, &Timing::default(), at(5));
        assert_eq!(lifetime.handle_timeout(at(86_404)), None);
        let day = Expiry::SessionTimeout(Duration::from_secs(86_400));
        assert_eq!(lifetime.handle_timeout(at(86_405)), Some(day));
    }
}

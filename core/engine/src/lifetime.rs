use crate::config::Timing;
use crate::error::Expiry;
use spoke_moment::{Deadline, Moment};
use spoke_wire::PushReply;
use std::time::Duration;

/// Ends a connection that nobody uses, or that has lasted long enough, where the peer wants that.
#[derive(Debug, Default)]
pub(crate) struct Lifetime {
    began: Option<Moment>,
    idle: Option<Idle>,
    longest: Option<Duration>,
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
    /// What is pushed, else what was configured, begins or takes the place of what held so far; what has gone by already
    /// counts.
    pub(crate) fn renew(&mut self, reply: &PushReply, timing: &Timing, now: Moment) {
        self.began.get_or_insert(now);
        let before = self.idle.take();
        self.idle = reply.inactive.or(timing.inactive).and_then(|inactive| {
            let (since, moved) = before
                .as_ref()
                .map_or((now, 0), |idle| (idle.since, idle.moved));
            Some(Idle {
                within: unless_off(inactive.seconds)?,
                least: inactive.bytes,
                since,
                moved,
            })
        });
        let longest = reply.session_timeout.or(timing.session_timeout);
        self.longest = longest.and_then(unless_off);
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
        if let Some((at, longest)) = self.last()
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

    /// When the session has lasted long enough, and how long that is.
    fn last(&self) -> Option<(Moment, Duration)> {
        let longest = self.longest?;
        Some((self.began? + longest, longest))
    }

    pub(crate) fn deadline(&self) -> Option<Deadline> {
        let idle = self.idle.as_ref();
        let idle =
            idle.map(|idle| Deadline::new(idle.since + idle.within, "end an unused session"));
        let last = self.last();
        let last = last.map(|(at, _)| Deadline::new(at, "end a session that lasted long enough"));
        Deadline::earliest(idle, last)
    }
}

/// Zero is off.
fn unless_off(seconds: u32) -> Option<Duration> {
    (seconds > 0).then(|| Duration::from_secs(seconds.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use spoke_wire::Inactive;

    fn at(seconds: u64) -> Moment {
        Moment::from_origin(Duration::from_secs(seconds))
    }

    fn begun(reply: &PushReply, now: Moment) -> Lifetime {
        let mut lifetime = Lifetime::default();
        lifetime.renew(reply, &Timing::default(), now);
        lifetime
    }

    fn inactive(seconds: u32, bytes: u64) -> Lifetime {
        let reply = PushReply {
            inactive: Some(Inactive { seconds, bytes }),
            ..PushReply::default()
        };
        begun(&reply, at(0))
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
    fn zero_is_off_and_a_week_is_a_week() {
        assert!(inactive(0, 0).deadline().is_none());
        let reply = PushReply {
            session_timeout: Some(604_800),
            ..PushReply::default()
        };
        let lifetime = begun(&reply, at(5));
        assert_eq!(lifetime.handle_timeout(at(604_804)), None);
        let week = Expiry::SessionTimeout(Duration::from_secs(604_800));
        assert_eq!(lifetime.handle_timeout(at(604_805)), Some(week));
    }

    #[test]
    fn an_update_does_not_give_a_session_more_time() {
        let reply = PushReply {
            session_timeout: Some(600),
            inactive: Some(Inactive {
                seconds: 60,
                bytes: 1000,
            }),
            ..PushReply::default()
        };
        let mut lifetime = begun(&reply, at(0));
        lifetime.note_traffic(at(20), 1000);
        lifetime.renew(&reply, &Timing::default(), at(50));
        assert_eq!(lifetime.deadline().map(|d| d.at), Some(at(80)));
        lifetime.note_traffic(at(79), 1000);
        let shorter = PushReply {
            session_timeout: Some(100),
            ..PushReply::default()
        };
        lifetime.renew(&shorter, &Timing::default(), at(90));
        assert_eq!(lifetime.deadline().map(|d| d.at), Some(at(100)));
    }
}

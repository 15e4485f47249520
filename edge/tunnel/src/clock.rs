use spoke_moment::{Moment, WallTime};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Where the moments of a process come from: one origin for all its state machines.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: Instant,
}

impl Clock {
    /// A clock whose origin is now.
    #[must_use]
    pub fn start() -> Self {
        Self {
            origin: Instant::now(),
        }
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Moment {
        Moment::from_origin(self.origin.elapsed())
    }

    /// The calendar's time; the epoch itself when the clock stands before it.
    #[must_use]
    pub fn wall(&self) -> WallTime {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or(Duration::ZERO);
        WallTime::from_unix(since.as_secs())
    }

    /// How long from now until `at`; zero when it has passed.
    #[must_use]
    pub fn until(&self, at: Moment) -> Duration {
        at.since(self.now())
    }

    /// The `Instant` at which `at` is reached.
    #[must_use]
    pub fn instant_of(&self, at: Moment) -> Option<Instant> {
        self.origin.checked_add(at.since_origin())
    }
}

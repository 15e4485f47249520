#[path = "clock/elsewhere.rs"]
#[cfg(not(target_os = "linux"))]
mod system;
#[path = "clock/linux.rs"]
#[cfg(target_os = "linux")]
mod system;

use nix::time::clock_gettime;
use spoke_moment::{Moment, WallTime};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use system::CONTINUOUS;

/// Where the moments of a process come from: one origin for all its state machines. It
/// goes on while the machine sleeps, so that a peer that was not heard of meanwhile is
/// known to be gone as soon as it wakes.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: Duration,
}

impl Clock {
    /// A clock whose origin is now.
    #[must_use]
    pub fn start() -> Self {
        Self {
            origin: continuous(),
        }
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Moment {
        Moment::from_origin(continuous().saturating_sub(self.origin))
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

    /// The `Instant` at which `at` is reached, unless the machine sleeps before: an
    /// `Instant` does not count that.
    #[must_use]
    pub fn instant_of(&self, at: Moment) -> Option<Instant> {
        Instant::now().checked_add(self.until(at))
    }
}

/// Time since the machine was started, its sleep included.
fn continuous() -> Duration {
    // Every kernel that Spoke runs on has this clock.
    clock_gettime(CONTINUOUS).map_or(Duration::ZERO, Duration::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_instants_go_at_the_same_pace() {
        let clock = Clock::start();
        let later = clock.now() + Duration::from_secs(60);
        let instant = clock.instant_of(later).unwrap();
        let left = instant.duration_since(Instant::now());
        assert!(left > Duration::from_secs(59) && left <= Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(20));
        assert!(clock.now().since_origin() >= Duration::from_millis(20));
        assert!(clock.until(later) < Duration::from_millis(59_990));
        assert_eq!(clock.until(clock.now()), Duration::ZERO);
    }
}

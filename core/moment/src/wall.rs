use std::time::Duration;

/// Calendar time as handed in by the caller: whole seconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallTime(u64);

impl WallTime {
    /// The time that lies `seconds` after the Unix epoch.
    #[must_use]
    pub const fn from_unix(seconds: u64) -> Self {
        Self(seconds)
    }

    /// Seconds since the Unix epoch.
    #[must_use]
    pub const fn unix(self) -> u64 {
        self.0
    }

    /// This time moved forward by whole seconds of `later`.
    #[must_use]
    pub const fn plus(self, later: Duration) -> Self {
        Self(self.0.saturating_add(later.as_secs()))
    }

    /// The time left until `self`, seen from `now`; zero when it has passed.
    #[must_use]
    pub const fn until_from(self, now: Self) -> Duration {
        Duration::from_secs(self.0.saturating_sub(now.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_zero_once_passed() {
        let expiry = WallTime::from_unix(100);
        assert_eq!(expiry.until_from(WallTime::from_unix(70)).as_secs(), 30);
        assert_eq!(expiry.until_from(WallTime::from_unix(130)).as_secs(), 0);
    }
}

use std::fmt;
use std::time::Duration;

const DAY: u64 = 24 * 60 * 60;

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

impl fmt::Display for WallTime {
    /// `2026-11-23 17:42 UTC`, in the proleptic Gregorian calendar.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date(self.0 / DAY);
        let minute = self.0 % DAY / 60;
        let (hour, minute) = (minute / 60, minute % 60);
        write!(f, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02} UTC")
    }
}

/// Year, month and day of the month of the day that lies `days` after 1970-01-01.
fn date(days: u64) -> (u64, u64, u64) {
    // Years are counted from March, so that the leap day is a year's last; 719,468
    // days lie between 0000-03-01 and the epoch.
    let days = days.saturating_add(719_468);
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day)
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

    #[test]
    fn times_are_shown_as_people_write_them() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00 UTC"),
            (951_782_400, "2000-02-29 00:00 UTC"),
            (951_868_799, "2000-02-29 23:59 UTC"),
            (1_795_455_720, "2026-11-23 17:42 UTC"),
            (4_107_542_400, "2100-03-01 00:00 UTC"),
        ] {
            assert_eq!(WallTime::from_unix(seconds).to_string(), text);
        }
        // The end of time has no meaning, but is no reason to stop.
        assert!(!WallTime::from_unix(u64::MAX).to_string().is_empty());
    }
}

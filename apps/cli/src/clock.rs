//! The clock on the wall, in the user's zone.

use jiff::{Timestamp, tz::TimeZone};
use std::time::{SystemTime, UNIX_EPOCH};

/// Now, in milliseconds of Unix time.
#[must_use]
pub(crate) fn now_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(0))
}

/// Now, in seconds of Unix time.
#[must_use]
pub(crate) fn now() -> u64 {
    now_ms() / 1000
}

/// A time as people read it: `17:42` today, else with the date.
#[must_use]
pub(crate) fn local(unix: u64) -> String {
    local_in(unix, now(), &TimeZone::system())
}

/// A day as people read it.
#[must_use]
pub(crate) fn date(unix: u64) -> String {
    stamp(unix).map_or_else(
        || "?".to_owned(),
        |stamp| {
            let zoned = stamp.to_zoned(TimeZone::system());
            zoned.strftime("%Y-%m-%d").to_string()
        },
    )
}

/// A time with seconds, for logs.
#[must_use]
pub(crate) fn local_seconds(unix_ms: u64) -> String {
    let zone = TimeZone::system();
    stamp(unix_ms / 1000).map_or_else(
        || "?".to_owned(),
        |stamp| {
            stamp
                .to_zoned(zone)
                .strftime("%Y-%m-%d %H:%M:%S")
                .to_string()
        },
    )
}

fn local_in(unix: u64, now: u64, zone: &TimeZone) -> String {
    let (Some(then), Some(now)) = (stamp(unix), stamp(now)) else {
        return "?".to_owned();
    };
    let then = then.to_zoned(zone.clone());
    let format = if then.date() == now.to_zoned(zone.clone()).date() {
        "%H:%M"
    } else {
        "%Y-%m-%d %H:%M"
    };
    then.strftime(format).to_string()
}

fn stamp(unix: u64) -> Option<Timestamp> {
    Timestamp::from_second(i64::try_from(unix).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::offset;

    #[test]
    fn another_day_shows_its_date() {
        let zone = TimeZone::fixed(offset(2));
        let noon = 1_800_000_000; // 2027-01-15 08:00:00 UTC
        assert_eq!(local_in(noon, noon + 60, &zone), "10:00");
        assert_eq!(local_in(noon, noon + 86_400, &zone), "2027-01-15 10:00");
        assert_eq!(local_in(u64::MAX, noon, &zone), "?");
    }
}

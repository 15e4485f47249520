use spoke_moment::{Moment, WallTime};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

/// Calendar time now.
pub(crate) fn wall() -> WallTime {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    WallTime::from_unix(since.as_secs())
}

/// Moments counted from its start.
pub(crate) struct Clock(Instant);

impl Clock {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn now(&self) -> Moment {
        Moment::from_origin(self.0.elapsed())
    }

    pub(crate) async fn sleep_until(&self, moment: Moment) {
        tokio::time::sleep_until(self.0 + moment.since_origin()).await;
    }
}

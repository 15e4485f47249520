use crate::Moment;

/// When a state machine wants to be called next, and why: the reason goes into
/// logs, so that a wake-up can always be explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// The moment to call `handle_timeout` at, or soon after.
    pub at: Moment,
    /// What the machine waits for, in a few words ("retransmit message 3").
    pub why: &'static str,
}

impl Deadline {
    /// A deadline with its reason.
    #[must_use]
    pub const fn new(at: Moment, why: &'static str) -> Self {
        Self { at, why }
    }

    /// The earlier of two optional deadlines.
    #[must_use]
    pub fn earliest(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (one, other) {
            (Some(a), Some(b)) => Some(if b.at < a.at { b } else { a }),
            (a, b) => a.or(b),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_earlier_one_wins_and_none_loses() {
        let soon = Deadline::new(Moment::ORIGIN, "soon");
        let late = Deadline::new(Moment::ORIGIN + Duration::from_secs(1), "late");
        assert_eq!(Deadline::earliest(Some(late), Some(soon)), Some(soon));
        assert_eq!(Deadline::earliest(None, Some(late)), Some(late));
        assert_eq!(Deadline::earliest(None, None), None);
    }
}

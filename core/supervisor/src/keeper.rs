use spoke_moment::Moment;
use std::time::Duration;

/// How long the network is given to settle after a change.
pub(crate) const SETTLING: Duration = Duration::from_millis(500);
/// The first pause where another program undoes what is set again.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest: two programs that disagree shall not keep a computer busy.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// When to look whether the host's network is still as it was set.
#[derive(Debug, Default)]
pub(crate) struct Keeper {
    looked: Option<Moment>,
    pause: Duration,
}

impl Keeper {
    /// When to look, now that something has changed.
    pub(crate) fn due(&self, now: Moment) -> Moment {
        let soon = now + SETTLING;
        self.looked
            .map_or(soon, |looked| soon.max(looked + self.pause))
    }

    /// A look begins.
    pub(crate) const fn look(&mut self, now: Moment) {
        self.looked = Some(now);
    }

    /// A look has come to its end: something had to be set again, or nothing.
    pub(crate) fn found(&mut self, changed: bool) {
        self.pause = match changed {
            true => (self.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE),
            false => Duration::ZERO,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_undoes_it_every_time_is_met_ever_less_often() {
        let mut keeper = Keeper::default();
        let mut now = Moment::ORIGIN;
        let mut waits = Vec::new();
        for _ in 0..9 {
            let due = keeper.due(now);
            waits.push(due.since(now).as_millis());
            now = due;
            keeper.look(now);
            keeper.found(true);
        }
        let expected = [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000];
        assert_eq!(waits, expected);
        keeper.found(false);
        assert_eq!(keeper.due(now), now + SETTLING);
    }

    #[test]
    fn what_happens_once_in_a_while_is_mended_soon() {
        let mut keeper = Keeper::default();
        keeper.look(Moment::ORIGIN);
        keeper.found(true);
        keeper.found(true);
        let later = Moment::ORIGIN + Duration::from_mins(10);
        assert_eq!(keeper.due(later), later + SETTLING);
    }
}

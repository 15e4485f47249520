use crate::action::Action;
use crate::habits::Habits;
use crate::jitter::Jitter;
use crate::peer::Attempt;
use crate::providers::Providers;
use spoke_moment::{Moment, WallTime};
use std::collections::VecDeque;
use std::time::Duration;

/// What a part needs while it handles one input: the time, and where actions go.
pub(crate) struct Turn<'a> {
    pub(crate) now: Moment,
    pub(crate) wall: WallTime,
    pub(crate) actions: &'a mut VecDeque<Action>,
    pub(crate) providers: &'a Providers,
    pub(crate) numbers: &'a mut Numbers,
    pub(crate) habits: &'a mut Habits,
    pub(crate) jitter: &'a mut Jitter,
}

impl Turn<'_> {
    /// Puts an action behind the others.
    pub(crate) fn act(&mut self, action: Action) {
        self.actions.push_back(action);
    }

    /// A pause between attempts, a little longer than the last client's.
    pub(crate) fn stretch(&mut self, pause: Duration) -> Duration {
        self.jitter.stretch(pause)
    }
}

/// Numbers that are never given twice.
#[derive(Debug, Default)]
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(1);
        self.0
    }

    pub(crate) fn attempt(&mut self) -> Attempt {
        Attempt(self.next())
    }
}

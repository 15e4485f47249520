use crate::conduit::Conduit;
use crate::entropy::Entropy;
use crate::keys::Side;
use crate::output::Output;
use crate::role::Context;
use crate::wrap::Wrapping;
use spoke_moment::{Moment, WallTime};
use std::collections::VecDeque;

/// What all parts of a session share.
pub(crate) struct Common {
    /// As handed in last.
    pub(crate) now: Moment,
    /// As handed in last.
    pub(crate) wall: WallTime,
    pub(crate) conduit: Conduit,
    /// Outputs that wait to be polled.
    pub(crate) events: VecDeque<Output>,
    entropy: Box<dyn Entropy>,
}

impl Common {
    pub(crate) fn new(
        wrapping: &Wrapping,
        side: Side,
        mut entropy: Box<dyn Entropy>,
        now: Moment,
        wall: WallTime,
    ) -> Self {
        Self {
            now,
            wall,
            conduit: Conduit::new(wrapping, side, &mut *entropy),
            events: VecDeque::new(),
            entropy,
        }
    }

    /// What a step of a negotiation may use.
    pub(crate) fn context(&mut self) -> Context<'_> {
        Context {
            now: self.now,
            wall: self.wall,
            entropy: &mut *self.entropy,
            events: &mut self.events,
            conduit: &mut self.conduit,
        }
    }
}

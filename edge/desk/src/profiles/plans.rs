use spoke_profile::Reading;
use spoke_view::{ImportPlan, PlannedProfile};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Plans that are held at once; the oldest makes room for another.
const MOST_PLANS: usize = 4;

/// Profiles that were read and wait for the user's choice, with the secrets that came
/// with them. What is let go is zeroed.
#[derive(Default)]
pub(crate) struct Plans(Mutex<Held>);

#[derive(Default)]
struct Held {
    last: u32,
    plans: VecDeque<(u32, Vec<Kept>)>,
}

/// One profile of a plan.
#[derive(Clone)]
pub(crate) struct Kept {
    /// What was read; under the name that the plan shows.
    pub(crate) reading: Reading,
    /// What the window was told of it.
    pub(crate) planned: PlannedProfile,
}

impl Plans {
    /// Holds the profiles of a plan, which gets its number.
    pub(crate) fn hold(&self, mut plan: ImportPlan, kept: Vec<Kept>) -> ImportPlan {
        let mut held = self.lock();
        held.last = held.last.wrapping_add(1);
        plan.id = held.last;
        while held.plans.len() >= MOST_PLANS {
            held.plans.pop_front();
        }
        held.plans.push_back((plan.id, kept));
        plan
    }

    /// The profiles of this plan, while it is held.
    pub(crate) fn find(&self, id: u32) -> Option<Vec<Kept>> {
        let held = self.lock();
        let found = held.plans.iter().find(|(known, _)| *known == id);
        found.map(|(_, kept)| kept.clone())
    }

    /// Lets a plan go.
    pub(crate) fn drop(&self, id: u32) {
        self.lock().plans.retain(|(known, _)| *known != id);
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

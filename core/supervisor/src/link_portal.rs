//! A network that lets nothing through before a sign-in on a web page of its own.

use crate::link::{Link, Stand};
use crate::problems;
use crate::turn::Turn;
use spoke_api::{Problem, Remedy, Stage};
use std::time::Duration;

/// The longest pause between attempts meanwhile: nobody tells that the sign-in was done.
const PORTAL_PAUSE: Duration = Duration::from_secs(10);

impl Link {
    /// Whether there is such a network was found out: perhaps only after the attempt that it
    /// let down.
    pub(crate) fn portal_noticed(&mut self, turn: &Turn<'_>, portal: bool) {
        self.behind_portal = portal;
        if let (Stand::Pausing | Stand::Resting, true) = (&self.stand, portal)
            && let Some(problem) = self.face.problem.take()
        {
            let stage = self.stages.failed().unwrap_or(Stage::Auth);
            let settled = problem.remedy == Remedy::AskUser;
            let told = self.seen_through_portal(stage, problem);
            self.face.problem = Some(match settled {
                true => told.remedy(Remedy::AskUser),
                false => told,
            });
        }
        if let (Stand::Pausing, Some(next)) = (&self.stand, self.face.next_try) {
            let left = Duration::from_secs(next.saturating_sub(turn.wall.unix()));
            if self.shortened(left) < left {
                self.plan_try(turn, PORTAL_PAUSE);
            }
        }
    }

    /// The problem as it is to be told behind a portal, which answers or drops everything
    /// until TLS proves that it is not the gateway.
    pub(crate) fn seen_through_portal(&self, stage: Stage, problem: Problem) -> Problem {
        let on_the_way = matches!(stage, Stage::Resolve | Stage::Transport | Stage::Tls);
        match self.behind_portal && on_the_way {
            true => problems::behind_portal(&self.profile.name, self.tries.was_up(), problem),
            false => problem,
        }
    }

    /// The pause before the next attempt.
    pub(crate) fn shortened(&self, pause: Duration) -> Duration {
        match self.behind_portal {
            true => pause.min(PORTAL_PAUSE),
            false => pause,
        }
    }
}

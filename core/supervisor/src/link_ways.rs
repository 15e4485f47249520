//! A link's going from one profile's gateways to those of the other.

use crate::habits::Describing;
use crate::link::{Link, shown_certificate};
use crate::notices;
use crate::timer::Timer;
use crate::turn::Turn;
use crate::ways::share_tokens;
use spoke_api::{Problem, ProblemCode, Remedy};
use spoke_profile::Server;
use std::sync::Arc;

impl Link {
    /// Name of the profile that the connection is known by.
    pub(crate) fn name(&self) -> &str {
        &self.ways.primary().profile.name
    }

    /// The gateway of this attempt.
    pub(crate) fn server(&self) -> Option<&Server> {
        let (way, place) = self.ways.at(self.tries.server())?;
        way.profile.servers.get(place)
    }

    /// Takes up the profile whose gateway is next; what is good for the other one's
    /// gateways alone is put aside.
    pub(crate) fn take_way(&mut self, turn: &mut Turn<'_>) {
        let position = self.tries.server();
        let Some((way, _)) = self.ways.at(position) else {
            return;
        };
        let next = Arc::clone(&way.profile);
        if !Arc::ptr_eq(&next, &self.profile) {
            let former = std::mem::replace(&mut self.profile, next);
            self.describing = Describing::new(self.profile.protocol.compat);
            self.face.certificate = shown_certificate(&self.profile);
            self.tries.other_profile();
            if !share_tokens(&former, &self.profile) {
                self.desk.withdraw(turn);
                std::mem::swap(&mut self.desk, &mut self.other_desk);
                self.timers.stop(Timer::SignIn);
                self.timers.stop(Timer::Renew);
                self.renewal_notice = None;
                self.face.sign_in = None;
                self.face.account = None;
                self.face.sign_in_expires = self.desk.expires();
                self.face.sign_in_renews = None;
            }
        }
        if self.ways.is_secondary(position) {
            let name = &self.profile.name;
            self.notice(notices::secondary_gateway(name));
        }
    }

    /// Closes a question for a token that the next gateway has no use for.
    pub(crate) fn leave_question(&mut self, turn: &mut Turn<'_>) {
        let next = self.ways.at(self.tries.server()).map(|(way, _)| way);
        let other = next.filter(|way| !Arc::ptr_eq(&way.profile, &self.profile));
        if other.is_some_and(|way| !share_tokens(&way.profile, &self.profile)) {
            self.desk.withdraw(turn);
            self.timers.stop(Timer::SignIn);
            self.face.sign_in = None;
        }
    }

    /// What is wrong with the secondary profile alone is no reason to give up a connection
    /// whose own gateways may come back; the user's word is.
    pub(crate) fn of_the_secondary(&self, problem: Problem) -> Problem {
        let for_good = match problem.remedy {
            Remedy::AskUser | Remedy::GiveUp => problem.code != ProblemCode::Cancelled,
            Remedy::NewToken => self.tries.refused(),
            Remedy::RetryNow | Remedy::Backoff | Remedy::WaitForNetwork => false,
        };
        match for_good && self.ways.is_secondary(self.tries.server()) {
            true => problem.remedy(Remedy::Backoff),
            false => problem,
        }
    }
}

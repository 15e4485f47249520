//! A link's lockdown: what alone may leave this computer.

use crate::link::{Link, Then};
use crate::problems;
use crate::timer::Step;
use crate::turn::Turn;
use spoke_api::{SignInProgress, TokenReason};
use spoke_plan::Lockdown;

impl Link {
    /// What alone may leave now; none lets everything leave.
    ///
    /// A first connect is locked from when the gateway has the sign-in, so that there is no
    /// moment between; what was up, or is meant to be since before a restart
    /// (`since_before`), is locked until it ends by its owner's wish.
    pub(crate) fn locked(&self, since_before: bool) -> Option<Lockdown> {
        let settling = matches!(self.step(), Some(Step::Auth | Step::HostSetup | Step::Up));
        let holds = self.tries.was_up() || since_before || settling;
        (self.lockdown && holds).then(|| Lockdown {
            interface: None,
            gateways: self.hold.places(),
            names: self.step() == Some(Step::Resolving),
            sign_in: self.is_signing_in().then_some(self.owner.uid),
        })
    }

    /// Whether its owner's programs may be on the web for a token of this connection's.
    fn is_signing_in(&self) -> bool {
        let asked = self.desk.asked();
        let page = matches!(self.face.sign_in, Some(SignInProgress::Page { .. }));
        page || asked.is_some_and(|asked| asked.reason != TokenReason::Challenge)
    }

    /// Who wants a lockdown does not want to be connected without.
    pub(crate) fn not_locked(&mut self, turn: &mut Turn<'_>, what: &str) {
        if self.lockdown && !self.is_leaving() {
            self.clear(turn, Then::Fail(problems::not_locked(what)));
        }
    }
}

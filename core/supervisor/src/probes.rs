use crate::action::Action;
use crate::input::TunnelEvent;
use crate::peer::{Attempt, ClientId, Peer, Ticket};
use crate::probe::{Probe, Probing};
use crate::problems;
use crate::turn::Numbers;
use spoke_api::{PrivateKey, Problem};
use spoke_moment::{Deadline, Moment};
use spoke_profile::Profile;
use std::collections::{BTreeSet, VecDeque};
use std::net::SocketAddr;

/// Tests under way or winding down at a time, of all users.
const MOST: usize = 8;

/// The tests of gateways that are under way: one at a time for each user.
#[derive(Default)]
pub(crate) struct Probes {
    running: Vec<Probe>,
    winding_down: BTreeSet<Attempt>,
}

/// The time, and where actions and numbers come from.
pub(crate) struct Means<'a> {
    pub(crate) now: Moment,
    pub(crate) actions: &'a mut VecDeque<Action>,
    pub(crate) numbers: &'a mut Numbers,
}

impl Probes {
    /// Begins a test. It takes the place of one of the same user's that is under way.
    pub(crate) fn begin(
        &mut self,
        means: Means<'_>,
        ticket: Ticket,
        peer: Peer,
        profile: Profile,
        private_key: Option<PrivateKey>,
    ) -> Result<(), Problem> {
        if let Err(faults) = profile.validate() {
            return Err(problems::invalid_profile(&profile.name, &faults));
        }
        let (running, mut turn) = self.parts(means);
        for old in running.iter_mut().filter(|old| old.peer.uid == peer.uid) {
            old.refuse(&mut turn, problems::another_test());
        }
        running.retain(|probe| !probe.is_over());
        if running.len() + turn.winding_down.len() >= MOST {
            return Err(problems::too_many_tests());
        }
        let probe = Probe::begin(&mut turn, ticket, peer, profile, private_key);
        running.push(probe);
        self.settle();
        Ok(())
    }

    /// Whether that attempt is one of a test.
    pub(crate) fn have(&self, attempt: Attempt) -> bool {
        self.running.iter().any(|probe| probe.attempt == attempt)
            || self.winding_down.contains(&attempt)
    }

    pub(crate) fn resolved(
        &mut self,
        means: Means<'_>,
        attempt: Attempt,
        found: Result<Vec<SocketAddr>, String>,
    ) {
        self.with(means, attempt, |probe, turn| probe.resolved(turn, found));
    }

    pub(crate) fn tunnel_event(&mut self, means: Means<'_>, attempt: Attempt, event: TunnelEvent) {
        if matches!(event, TunnelEvent::Ended(_)) && self.winding_down.remove(&attempt) {
            return;
        }
        self.with(means, attempt, |probe, turn| {
            probe.tunnel_event(turn, event);
        });
    }

    /// Ends what a client asked for that has gone.
    pub(crate) fn client_gone(&mut self, means: Means<'_>, client: ClientId) {
        self.each(means, |probe, turn| {
            if probe.ticket.client == client {
                probe.stop(turn);
            }
        });
    }

    /// Ends all of them.
    pub(crate) fn end(&mut self, means: Means<'_>) {
        self.each(means, |probe, turn| {
            probe.refuse(turn, problems::leaving());
        });
    }

    pub(crate) fn handle_timeout(&mut self, means: Means<'_>) {
        self.each(means, Probe::handle_timeout);
    }

    pub(crate) fn deadline(&self) -> Option<Deadline> {
        let at = self.running.iter().map(Probe::deadline).min()?;
        Some(Deadline::new(at, "give up on a gateway that is tested"))
    }

    fn each(&mut self, means: Means<'_>, mut act: impl FnMut(&mut Probe, &mut Probing<'_>)) {
        let (running, mut turn) = self.parts(means);
        for probe in running {
            act(probe, &mut turn);
        }
        self.settle();
    }

    fn with(
        &mut self,
        means: Means<'_>,
        attempt: Attempt,
        act: impl FnOnce(&mut Probe, &mut Probing<'_>),
    ) {
        let (running, mut turn) = self.parts(means);
        if let Some(probe) = running.iter_mut().find(|probe| probe.attempt == attempt) {
            act(probe, &mut turn);
        }
        self.settle();
    }

    fn parts<'a>(&'a mut self, means: Means<'a>) -> (&'a mut Vec<Probe>, Probing<'a>) {
        let turn = Probing {
            now: means.now,
            actions: means.actions,
            numbers: means.numbers,
            winding_down: &mut self.winding_down,
        };
        (&mut self.running, turn)
    }

    fn settle(&mut self) {
        self.running.retain(|probe| !probe.is_over());
    }
}

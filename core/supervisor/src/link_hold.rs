//! A link's pauses, and what becomes of the host's network while no tunnel is up.

use crate::action::Action;
use crate::habits::Describing;
use crate::link::{HostHold, Link, Stand, Then, Wish, shown_certificate};
use crate::problems;
use crate::timer::{Step, Timer};
use crate::turn::Turn;
use spoke_api::{Problem, Remedy, Stage, TokenReason};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

impl Link {
    /// Takes the connection down for a time, by its owner's wish.
    pub(crate) fn pause(&mut self, turn: &mut Turn<'_>, time: Duration) -> Result<(), Problem> {
        match &mut self.stand {
            Stand::Clearing(Then::Stop | Then::Fail(_)) | Stand::Resting | Stand::Gone => {
                return Err(problems::given_up(self.name()));
            }
            Stand::Clearing(Then::Pause(before)) => *before = time,
            Stand::Paused => self.plan_resumption(turn, time),
            Stand::Trying(_) | Stand::Pausing | Stand::Clearing(Then::Again(_) | Then::Park) => {
                self.desk.withdraw(turn);
                self.timers.stop(Timer::SignIn);
                self.face.sign_in = None;
                self.face.problem = None;
                self.clear(turn, Then::Pause(time));
            }
        }
        Ok(())
    }

    /// Ends a pause before its time. Without one there is nothing to do.
    pub(crate) fn resume(&mut self, turn: &mut Turn<'_>) -> Result<(), Problem> {
        match &mut self.stand {
            Stand::Clearing(Then::Stop | Then::Fail(_)) | Stand::Resting | Stand::Gone => {
                return Err(problems::given_up(self.name()));
            }
            Stand::Clearing(then @ Then::Pause(_)) => *then = Then::Again(Duration::ZERO),
            Stand::Paused => self.start_attempt(turn, TokenReason::Connect),
            Stand::Trying(_) | Stand::Pausing | Stand::Clearing(Then::Again(_) | Then::Park) => {}
        }
        Ok(())
    }

    /// Connects anew with what may be another profile of the same name. The network of the
    /// former tunnel stays until there is the next.
    pub(crate) fn begin_anew(&mut self, turn: &mut Turn<'_>, wish: Wish) {
        self.desk.withdraw(turn);
        self.desk.forget();
        self.other_desk.forget();
        self.timers.clear();
        self.face.sign_in = None;
        self.face.problem = None;
        self.tries.restart(wish.ways.gateways());
        if self.ways.places() != wish.ways.places() {
            self.hold.forget_gateways();
        }
        self.interactive = wish.interactive;
        self.lockdown = wish.lockdown;
        self.ways = wish.ways;
        self.profile = Arc::clone(&self.ways.primary().profile);
        self.face.certificate = shown_certificate(&self.profile);
        self.describing = Describing::new(self.profile.protocol.compat);
        self.clear(turn, Then::Again(Duration::ZERO));
    }

    /// The pause ends after `time`.
    pub(crate) fn plan_resumption(&mut self, turn: &Turn<'_>, time: Duration) {
        self.timers.set(Timer::Resume, turn.now + time);
        self.face.next_try = Some(turn.wall.plus(time).unix());
    }

    /// Whether the host's network stays as it is while the link goes on with `then`.
    pub(crate) fn keeps_host(&mut self, turn: &Turn<'_>, then: &Then) -> bool {
        matches!(then, Then::Again(_))
            && self.host == HostHold::Held
            && self.tries.was_up()
            && self.begin_to_hold(turn)
    }

    /// Without a tunnel from now on, unless it was before: whether the network may stay.
    pub(crate) fn begin_to_hold(&mut self, turn: &Turn<'_>) -> bool {
        let may = self.hold.begin(turn.now);
        if may && let Some(until) = self.hold.until() {
            self.timers.set(Timer::LetGo, until);
        }
        may
    }

    /// The host's network was held for long enough. An attempt under way may still come
    /// to its end.
    pub(crate) fn let_go(&mut self, turn: &mut Turn<'_>) {
        self.hold.give_up();
        if self.host == HostHold::Held && matches!(self.stand, Stand::Pausing) {
            let planned = self.timers.get(Timer::Backoff);
            let left = planned.map_or(Duration::ZERO, |at| at.since(turn.now));
            self.clear(turn, Then::Again(left));
        }
    }

    /// Has the host's network looked after, once no other change of it is under way.
    pub(crate) fn keep(&mut self, turn: &mut Turn<'_>) {
        if self.step() != Some(Step::Up) {
            return;
        }
        if !self.hold.is_whole() {
            self.timers.set(Timer::Keep, self.keeper.due(turn.now));
            return;
        }
        self.keeper.look(turn.now);
        turn.act(Action::KeepPlan {
            attempt: self.attempt,
        });
    }

    /// Lets go of the host's network and tries the same gateway again without.
    pub(crate) fn let_go_and_try(&mut self, turn: &mut Turn<'_>) {
        self.hold.give_up();
        self.clear(turn, Then::Again(Duration::ZERO));
    }

    /// The gateway was found: when the host's network is held, the way there has to be
    /// led past the tunnel first, which may cover it.
    pub(crate) fn found(&mut self, turn: &mut Turn<'_>, addresses: Vec<SocketAddr>) {
        if self.host != HostHold::Held {
            self.open_tunnel(turn, addresses);
            return;
        }
        let gateways = addresses.iter().map(SocketAddr::ip).collect();
        self.leading = addresses;
        self.stages.begin(turn.now, Stage::Transport);
        self.enter(turn, Step::Leading);
        turn.act(Action::LeadPast {
            attempt: self.attempt,
            gateways,
        });
    }

    /// The way to the gateway leads past the held network.
    pub(crate) fn led(&mut self, turn: &mut Turn<'_>) {
        let addresses = std::mem::take(&mut self.leading);
        self.open_tunnel(turn, addresses);
    }

    /// A plan on a held network has failed: a clean host may well do.
    pub(crate) fn held_plan_failed(&mut self, turn: &mut Turn<'_>, stage: Stage, what: &str) {
        self.hold.give_up();
        let problem = problems::host_setup(what).remedy(Remedy::Backoff);
        self.fail(turn, stage, problem);
    }
}

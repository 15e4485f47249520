use crate::output::Output;
use crate::phase::Phase;
use crate::role::Role;
use crate::session::Session;
use crate::timer::Timer;
use spoke_moment::Moment;
use spoke_wire::{
    ChallengeAnswer, ControlMessage, ProtocolBits, SignInStep, TextChallenge, readable,
};
use std::time::Duration;

/// `reneg-sec` where nothing else is set (OpenVPN 2.6).
const RENEGOTIATE_AFTER: Duration = Duration::from_secs(3600);

/// Sign-ins that take more than a name and a password.
impl Session {
    /// Client: answers a question that came as [`Output::SignInStep`].
    pub fn answer_challenge(&mut self, now: Moment, answer: ChallengeAnswer) {
        if !self.goes_on(now, self.common.wall) || !matches!(self.role, Role::Client(_)) {
            return;
        }
        if let Phase::AwaitPush(_) | Phase::Active(_) = self.newest.phase {
            let words = ControlMessage::ChallengeResponse(answer);
            let said = self.newest.link.say(&words);
            let done = said.and_then(|()| self.newest.link.flush());
            self.check(done);
        }
    }

    /// Server: answers [`Output::CheckCredentials`] of `key_id` for the time being: the client is told to wait, and what
    /// the user has to do meanwhile. [`Session::accept_credentials`] or [`Session::reject_credentials`] is to follow
    /// within `timeout`. In a renegotiation nothing is said, and no more time taken than the hand window: the client
    /// would have to be sent the key exchange before, and would send with a key that is not there yet.
    pub fn defer_credentials(
        &mut self,
        now: Moment,
        key_id: u8,
        timeout: Duration,
        step: Option<&SignInStep>,
    ) {
        if !self.goes_on(now, self.common.wall) || self.newest.place.key_id != key_id {
            return;
        }
        let (Role::Server(server), Phase::AwaitPush(state)) = (&self.role, &mut self.newest.phase)
        else {
            return;
        };
        let seconds = u32::try_from(timeout.as_secs()).unwrap_or(u32::MAX);
        let timed = server.abilities().has(ProtocolBits::AUTH_PENDING);
        let pending = ControlMessage::AuthPending {
            timeout: timed.then_some(seconds),
        };
        if !self.newest.place.first {
            return;
        }
        self.timers
            .set(Timer::HandWindow, self.common.now + timeout);
        let link = &mut self.newest.link;
        let mut said = state.release(link).and_then(|()| link.say(&pending));
        if let Some(step) = step {
            let step = ControlMessage::InfoPre(step.encode());
            said = said.and_then(|()| link.say(&step));
        }
        let done = said.and_then(|()| link.flush());
        self.check(done);
    }

    /// The gateway waits for more than it has: so does this end, within bounds (OpenVPN 2.6).
    pub(crate) fn wait_longer(&mut self, timeout: Option<u32>) {
        let Phase::AwaitPush(state) = &self.newest.phase else {
            return;
        };
        let window = self.timing.hand_window;
        let renegotiation = self.timing.renegotiate_after.unwrap_or(RENEGOTIATE_AFTER);
        let longest = window.max(renegotiation / 2);
        let asked = timeout.map_or(window, |seconds| Duration::from_secs(seconds.into()));
        let until = state.since + asked.clamp(window, longest);
        self.timers.set(Timer::HandWindow, until);
        let timeout = until.since(self.common.now);
        self.tell(Output::SignInPending { timeout });
    }

    pub(crate) fn take_step(&mut self, info: &str) {
        match SignInStep::parse(info) {
            Ok(SignInStep::Challenge(challenge)) => {
                let text = readable(&challenge.text);
                let challenge = TextChallenge { text, ..challenge };
                self.tell(Output::SignInStep(SignInStep::Challenge(challenge)));
            }
            Ok(step) => self.tell(Output::SignInStep(step)),
            Err(error) => self.ignored(format!("a step of the sign-in: {error}")),
        }
    }
}

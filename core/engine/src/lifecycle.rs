use crate::error::{Error, Expiry, SignInFault, Silence};
use crate::keepalive::{Call, Keepalive, bounded, pushed};
use crate::output::{Notice, Output};
use crate::phase::Phase;
use crate::role::Role;
use crate::session::{Ending, Session};
use crate::slot::{Slot, next_key_id};
use crate::timer::Timer;
use spoke_wire::{ControlMessage, PushReply};
use std::time::Duration;

/// The client asks for its configuration at once, then this often. (A gateway that had to ask a third party
/// answers only when asked again: measured against OpenVPN 2.6.14.)
const PUSH_REQUEST_INTERVAL: Duration = Duration::from_millis(1500);

/// The peer may know of a new key later than we do: its last message acknowledged, a server waits this long before
/// sending with it, so that a lost acknowledgement loses no data. A client waits for the hand window from the
/// negotiation's beginning, as OpenVPN's does: a server may have answered before it has decided (reference, section 9).
const SWITCH_DELAY: Duration = Duration::from_secs(5);
/// But no longer than this part of the time since the negotiation before: with the next one, the peer forgets
/// the old key (measured against OpenVPN 2.6.14).
const SWITCH_PART: u32 = 4;
/// And no sooner than this is it looked again whether all is acknowledged, or the timer would be due at once for ever.
const SWITCH_AGAIN: Duration = Duration::from_millis(50);

/// The life of keys: renegotiation, switching, retirement, and the timers of it.
impl Session {
    /// Whether a soft reset for `key_id` is one that the peer may send now.
    pub(crate) fn is_next(&self, key_id: u8) -> bool {
        let free = self.newest.place.key_id != key_id;
        let next = next_key_id(self.tried) == key_id;
        let next_good = next_key_id(self.newest.place.key_id) == key_id;
        self.newest.is_active() && free && (next || next_good)
    }

    /// Begins a renegotiation of our own wish.
    pub(crate) fn begin_renegotiation(&mut self) -> Result<(), Error> {
        self.attempted = Some(self.common.now);
        let live = self.newest.place.key_id;
        let mut next = next_key_id(self.tried);
        if next == live {
            next = next_key_id(next);
        }
        self.make_room(next);
        self.newest.speak()
    }

    /// Makes a new slot the newest one; of the two before it, only the younger stays.
    pub(crate) fn make_room(&mut self, key_id: u8) {
        let slot = Slot::renegotiation(
            &self.role,
            key_id,
            self.common.conduit.piece(key_id),
            self.common.now,
        );
        if self.sending != Some(self.newest.place.key_id) {
            self.switch();
        }
        let previous = std::mem::replace(&mut self.newest, slot);
        if let Some(oldest) = self.older.replace(previous) {
            let key_id = oldest.place.key_id;
            self.common.events.push_back(Output::KeyRetired { key_id });
        }
        self.tried = key_id;
        self.timers.stop(Timer::Retire);
        self.timers.stop(Timer::Switch);
        self.timers.stop(Timer::Renegotiate);
        self.timers
            .set(Timer::HandWindow, self.common.now + self.timing.hand_window);
        self.ask_credentials();
    }

    /// Lets the failure of a renegotiation cost only the renegotiation.
    pub(crate) fn survive(&mut self, key_id: u8, handled: Result<(), Error>) -> Result<(), Error> {
        let Err(error) = handled else {
            return Ok(());
        };
        if self.newest.place.key_id != key_id || self.newest.is_active() || self.older.is_none() {
            return Err(error);
        }
        self.abandon(&error.to_string());
        Ok(())
    }

    /// Gives up the negotiation under way; the key before it goes on.
    fn abandon(&mut self, why: &str) {
        let Some(older) = self.older.take() else {
            return;
        };
        if matches!(self.newest.phase, Phase::AwaitReset(_)) {
            // The peer has not heard of this key-id, and would not take the one after it.
            self.tried = older.place.key_id;
        }
        self.newest = older;
        if let Role::Client(client) = &mut self.role {
            client.stop_asking();
        }
        self.timers.stop(Timer::HandWindow);
        if self.timing.renegotiate_after.is_some() {
            let again = self.common.now + self.timing.hand_window;
            self.timers.set(Timer::Renegotiate, again);
        }
        let notice = Notice::RenegotiationFailed(why.to_owned());
        self.common.events.push_back(Output::Notice(notice));
        let said = self.say_waiting();
        self.check(said);
    }

    /// Acts on what the last step has brought about.
    pub(crate) fn progress(&mut self) -> Result<(), Error> {
        if let Phase::AwaitPush(_) = self.newest.phase
            && let Role::Client(_) = self.role
            && self.timers.get(Timer::PushRequest).is_none()
        {
            let (request, window) = (PUSH_REQUEST_INTERVAL, self.timing.hand_window);
            self.timers
                .set(Timer::PushRequest, self.common.now + request);
            self.timers.set(Timer::HandWindow, self.common.now + window);
        }
        if self.newest.is_active() && !self.newest.announced {
            self.newest.announced = true;
            self.became_active();
        }
        if let Role::Server(server) = &mut self.role
            && self.newest.place.first
            && self.newest.is_active()
        {
            server.push(&mut self.newest.link)?;
        }
        self.say_waiting()
    }

    fn became_active(&mut self) {
        self.timers.stop(Timer::HandWindow);
        self.timers.stop(Timer::PushRequest);
        if let Some(after) = self.timing.renegotiate_after {
            let at = self.newest.began + after.max(self.timing.hand_window);
            self.timers.set(Timer::Renegotiate, at);
        }
        if self.newest.place.first {
            self.switch();
            if self.keepalive.is_none() {
                self.start_keepalive(&PushReply::default());
            }
        } else {
            let switch = self.common.now + self.switch_delay();
            self.timers.set(Timer::Switch, switch);
            let retire = self.newest.began + self.timing.transition_window;
            self.timers.set(Timer::Retire, retire);
        }
    }

    fn switch_delay(&self) -> Duration {
        let began = self.newest.began;
        let before = self.older.as_ref().map_or(began, |older| older.began);
        let longest = began.since(before) / SWITCH_PART;
        match self.role {
            Role::Server(_) => SWITCH_DELAY.min(longest),
            Role::Client(_) => {
                let until = began + self.timing.hand_window.min(longest);
                until.since(self.common.now)
            }
        }
    }

    pub(crate) fn start_keepalive(&mut self, reply: &PushReply) {
        let ping = pushed(reply.ping, self.timing.ping);
        let pushed_exit = reply.ping_exit.filter(|&seconds| seconds > 0);
        let (silence, exit) = match (pushed_exit, reply.ping_restart, self.timing.ping_exit) {
            (Some(seconds), ..) => (bounded(seconds), true),
            (None, None, Some(own)) => (Some(own), true),
            (None, restart, _) => (pushed(restart, self.timing.ping_restart), false),
        };
        let keepalive = Keepalive::new(ping, silence, self.common.now);
        self.keepalive = Some(keepalive.with_exit(exit));
        self.lifetime.renew(reply, &self.timing, self.common.now);
    }

    /// Sends with the newest key from now on.
    pub(crate) fn switch(&mut self) {
        let key_id = self.newest.place.key_id;
        self.timers.stop(Timer::Switch);
        self.sending = Some(key_id);
        self.common.events.push_back(Output::SendWith { key_id });
    }

    pub(crate) fn take_timer(&mut self, timer: Timer) -> Result<(), Error> {
        match timer {
            Timer::HandWindow => self.negotiation_is_late(),
            Timer::PushRequest => self.request_push(),
            Timer::Switch => {
                if self.newest.link.all_acknowledged() {
                    self.switch();
                } else {
                    let delay = self.switch_delay().max(SWITCH_AGAIN);
                    self.timers.set(Timer::Switch, self.common.now + delay);
                }
                Ok(())
            }
            Timer::Retire => {
                if self.sending != Some(self.newest.place.key_id) {
                    self.switch();
                }
                if let Some(older) = self.older.take() {
                    let key_id = older.place.key_id;
                    self.common.events.push_back(Output::KeyRetired { key_id });
                }
                Ok(())
            }
            Timer::Renegotiate => match self.newest.is_active() {
                true => self.begin_renegotiation(),
                false => Ok(()),
            },
            Timer::Linger => {
                self.decide();
                Ok(())
            }
        }
    }

    fn request_push(&mut self) -> Result<(), Error> {
        if let Phase::AwaitPush(_) = self.newest.phase {
            self.timers
                .set(Timer::PushRequest, self.common.now + PUSH_REQUEST_INTERVAL);
            self.newest.link.say(&ControlMessage::PushRequest)?;
            self.newest.link.flush()?;
        }
        Ok(())
    }

    fn negotiation_is_late(&mut self) -> Result<(), Error> {
        let window = self.timing.hand_window;
        let lacks_credentials = match &self.role {
            Role::Client(client) => client.lacks_credentials(),
            Role::Server(_) => false,
        };
        let error = match self.newest.phase {
            Phase::AwaitReset(_) => Silence::NoAnswer(window).into(),
            Phase::AwaitTls(_) => Silence::NoTls(window).into(),
            Phase::AwaitKeys(_) if lacks_credentials => SignInFault::NoneGiven.into(),
            Phase::AwaitKeys(_) => Silence::NoKeys(window).into(),
            Phase::AwaitPush(_) => Silence::NoPush(window).into(),
            Phase::Active(_) | Phase::Over => return Ok(()),
        };
        let key_id = self.newest.place.key_id;
        self.survive(key_id, Err(error))
    }

    pub(crate) fn keep_alive(&mut self) {
        let Some(keepalive) = &mut self.keepalive else {
            return;
        };
        match keepalive.handle_timeout(self.common.now) {
            Some(Call::Ping) => self.common.events.push_back(Output::SendPing),
            Some(Call::Lost(silence)) => self.fail(Silence::KeepaliveLost(silence).into()),
            Some(Call::Exit(silence)) => self.fail(Expiry::PingExit(silence).into()),
            None => {}
        }
        if let Some(expiry) = self.lifetime.handle_timeout(self.common.now) {
            self.expire(expiry);
        }
    }

    /// Ends a lingering session once its words are acknowledged.
    pub(crate) fn settle(&mut self) {
        let Ending::Lingering(key_id, _) = self.ending else {
            return;
        };
        if self
            .slot(key_id)
            .is_none_or(|slot| slot.link.all_acknowledged())
        {
            self.decide();
        }
    }

    fn decide(&mut self) {
        self.ending = match std::mem::replace(&mut self.ending, Ending::Over) {
            Ending::Lingering(_, closed) => Ending::Decided(closed),
            other => other,
        };
    }
}

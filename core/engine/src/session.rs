use crate::client::ClientSide;
use crate::common::Common;
use crate::config::{ClientConfig, ServerConfig, Timing, TransportKind};
use crate::entropy::Entropy;
use crate::error::{Error, Expiry, Refusal};
use crate::keepalive::Keepalive;
use crate::keys::Side;
use crate::lifetime::Lifetime;
use crate::output::{Closed, Credentials, Output};
use crate::phase::{Phase, Place};
use crate::role::Role;
use crate::server::ServerSide;
use crate::slot::Slot;
use crate::timer::Timer;
use spoke_moment::{Deadline, Moment, Timers, WallTime};
use spoke_wire::{AuthFailure, ControlMessage, FirstByte, Opcode, PlainLayout, PushReply};
use std::time::Duration;

/// How long a server waits for its refusal to be acknowledged (OpenVPN 2.6).
const REFUSAL_LINGER: Duration = Duration::from_secs(5);
/// How long a leaving end waits for its goodbye to be acknowledged.
const GOODBYE_LINGER: Duration = Duration::from_secs(1);

/// One OpenVPN session in either role.
///
/// * **In:** `handle_packet`, `handle_timeout` at or after [`Session::deadline`], and the caller's answers and wishes.
/// * **Out:** [`Session::poll`] until it gives `None`, after every call in.
/// * Nothing happens after [`Output::Closed`]; every call is harmless then.
///
/// Data packets do not pass through: they go to the sealers and openers that the session hands out.
pub struct Session {
    pub(crate) common: Common,
    pub(crate) transport: TransportKind,
    pub(crate) timing: Timing,
    pub(crate) role: Role,
    /// The key being negotiated or, when none is, the newest one.
    pub(crate) newest: Slot,
    /// The one before it, as long as it lives on.
    pub(crate) older: Option<Slot>,
    /// The key that the caller was told to send with.
    pub(crate) sending: Option<u8>,
    /// The key-id tried last, successfully or not.
    pub(crate) tried: u8,
    pub(crate) timers: Timers<Timer>,
    pub(crate) keepalive: Option<Keepalive>,
    pub(crate) lifetime: Lifetime,
    /// Bytes of user traffic since keys were last renewed because of them.
    pub(crate) moved: u64,
    /// When this end last began a renegotiation.
    pub(crate) attempted: Option<Moment>,
    /// Words that wait for the end of a negotiation: OpenVPN's clients hear the newest key alone.
    pub(crate) waiting: Vec<ControlMessage>,
    pub(crate) ending: Ending,
}

/// Whether and how the session comes to its end.
pub(crate) enum Ending {
    Open,
    /// Parting words are on their way under this key-id.
    Lingering(u8, Closed),
    /// Packets that wait are still given out, then this.
    Decided(Closed),
    Over,
}

impl Session {
    /// A client; its first packet waits to be polled.
    #[must_use]
    pub fn client(
        config: ClientConfig,
        entropy: Box<dyn Entropy>,
        now: Moment,
        wall: WallTime,
    ) -> Self {
        let (transport, timing) = (config.transport, config.timing);
        let common = Common::new(&config.wrapping, Side::Client, entropy, now, wall);
        let role = Role::Client(Box::new(ClientSide::new(config)));
        let mut session = Self::new(role, transport, timing, common);
        let spoken = session.newest.speak();
        session.check(spoken);
        session.ask_credentials();
        session
    }

    /// A server for one client; it stays silent until the client has spoken.
    #[must_use]
    pub fn server(
        config: ServerConfig,
        entropy: Box<dyn Entropy>,
        now: Moment,
        wall: WallTime,
    ) -> Self {
        let (transport, timing) = (config.transport, config.timing);
        let common = Common::new(&config.wrapping, Side::Server, entropy, now, wall);
        let role = Role::Server(Box::new(ServerSide::new(config)));
        Self::new(role, transport, timing, common)
    }

    pub(crate) fn new(
        role: Role,
        transport: TransportKind,
        timing: Timing,
        common: Common,
    ) -> Self {
        let now = common.now;
        let newest = Slot::first(&role, common.conduit.piece(0), now);
        let mut timers = Timers::default();
        timers.set(Timer::HandWindow, now + timing.hand_window);
        Self {
            common,
            transport,
            timing,
            role,
            newest,
            older: None,
            sending: None,
            tried: 0,
            timers,
            keepalive: None,
            lifetime: Lifetime::default(),
            moved: 0,
            attempted: None,
            waiting: Vec::new(),
            ending: Ending::Open,
        }
    }

    /// Takes one received control packet, without TCP's length. Data packets belong to an opener and are ignored here.
    pub fn handle_packet(&mut self, now: Moment, wall: WallTime, packet: &[u8]) {
        if !self.goes_on(now, wall) {
            return;
        }
        let done = self.take_packet(packet);
        match (&self.ending, &done) {
            // Parting words may have to be sent again, whatever else the peer says to an end that has decided.
            (Ending::Lingering(..), Err(error)) if !error.is_exit() => {}
            _ => self.check(done),
        }
        self.settle();
    }

    /// Whether a control packet comes from the session that this one speaks with, as far as its head says. (One that
    /// does not may be from a client that has begun anew at the same address.)
    #[must_use]
    pub fn speaks_with(&self, packet: &[u8]) -> bool {
        let remote = self.common.conduit.remote();
        PlainLayout::split(packet).is_ok_and(|plain| remote == Some(plain.sender))
    }

    /// Does what is due at `now`.
    pub fn handle_timeout(&mut self, now: Moment, wall: WallTime) {
        if !self.goes_on(now, wall) {
            return;
        }
        while let Some(timer) = self.timers.expired(now) {
            let done = self.take_timer(timer);
            self.check(done);
        }
        self.keep_alive();
        self.settle();
    }

    /// When [`Session::handle_timeout`] is to be called next, and why.
    #[must_use]
    pub fn deadline(&self) -> Option<Deadline> {
        if matches!(self.ending, Ending::Decided(_) | Ending::Over) {
            return None;
        }
        let timer = self.timers.next();
        let timer = timer.map(|(timer, at)| Deadline::new(at, timer.why()));
        let keepalive = self.keepalive.as_ref().and_then(Keepalive::deadline);
        let older = self.older.as_ref().and_then(|slot| slot.link.deadline());
        let lifetime = self.lifetime.deadline();
        [keepalive, lifetime, self.newest.link.deadline(), older]
            .into_iter()
            .fold(timer, Deadline::earliest)
    }

    /// The next output, until there is none.
    pub fn poll(&mut self) -> Option<Output> {
        if matches!(self.ending, Ending::Over) {
            return None;
        }
        if let Some(event) = self.common.events.pop_front() {
            return Some(event);
        }
        if let Some(packet) = self.poll_packet() {
            if let Some(keepalive) = &mut self.keepalive {
                keepalive.note_sent(self.common.now);
            }
            return Some(Output::Packet(packet));
        }
        match std::mem::replace(&mut self.ending, Ending::Over) {
            Ending::Decided(closed) => Some(Output::Closed(closed)),
            other => {
                self.ending = other;
                None
            }
        }
    }

    /// Client: answers [`Output::CredentialsWanted`]. May be called at any time before the first connection stands.
    pub fn supply_credentials(&mut self, now: Moment, credentials: Credentials) {
        if !self.goes_on(now, self.common.wall) {
            return;
        }
        if let Role::Client(client) = &mut self.role {
            client.supply(credentials);
        }
        let done = self.advance();
        self.check(done);
        self.settle();
    }

    /// Server: answers [`Output::CheckCredentials`] of `key_id`: the client is let in, and gets `push` (in a
    /// renegotiation only if it is not empty, which is for new tokens). The session itself adds cipher, peer-id and
    /// protocol flags.
    pub fn accept_credentials(&mut self, now: Moment, key_id: u8, push: PushReply) {
        if !self.goes_on(now, self.common.wall) {
            return;
        }
        match self.accept(key_id, push) {
            Err(Error::PeerRefused(refusal)) => {
                let reason = refusal.to_string();
                let words = ControlMessage::AuthFailed(AuthFailure::Refused { reason });
                self.part_over(
                    key_id,
                    &words,
                    Closed::Failed(refusal.into()),
                    REFUSAL_LINGER,
                );
            }
            done => self.check(done),
        }
        self.settle();
    }

    /// Server: answers [`Output::CheckCredentials`] of `key_id`: the client is told `reason`, and the session ends.
    pub fn reject_credentials(&mut self, now: Moment, key_id: u8, reason: AuthFailure) {
        if !self.goes_on(now, self.common.wall) || self.newest.place.key_id != key_id {
            return;
        }
        let words = ControlMessage::AuthFailed(self.role.in_its_words(reason));
        self.part_over(key_id, &words, Closed::Rejected, REFUSAL_LINGER);
    }

    /// Starts a renegotiation, if a connection stands and none is under way.
    pub fn renegotiate(&mut self, now: Moment) {
        if self.goes_on(now, self.common.wall) && self.newest.is_active() {
            let done = self.begin_renegotiation();
            self.check(done);
            self.settle();
        }
    }

    /// Ends the session: the peer is told in the way agreed on, then comes [`Output::Closed`]. A server asks its
    /// client to connect again.
    pub fn close(&mut self, now: Moment, why: impl Into<String>) {
        let why = why.into();
        let words = match self.role {
            Role::Client(_) => ControlMessage::Exit,
            Role::Server(_) => ControlMessage::Restart {
                keep_credentials: true,
                next_server: false,
                reason: why.clone(),
            },
        };
        self.leave(now, why, &words);
    }

    /// Server: as [`Session::close`], but the client is to stay away.
    pub fn halt(&mut self, now: Moment, why: impl Into<String>) {
        let why = why.into();
        let reason = why.clone();
        self.leave(now, why, &ControlMessage::Halt { reason });
    }

    /// A genuine data packet was received: the peer lives.
    pub fn note_received(&mut self, now: Moment) {
        if let Some(keepalive) = &mut self.keepalive {
            keepalive.note_received(now);
        }
    }

    /// So many bytes of user traffic went through, either way: the connection is in use.
    pub fn note_traffic(&mut self, now: Moment, bytes: u64) {
        self.lifetime.note_traffic(now, bytes);
        self.moved = self.moved.saturating_add(bytes);
        if self
            .timing
            .renegotiate_bytes
            .is_some_and(|limit| self.moved >= limit)
        {
            self.moved = 0;
            self.replace_key(now, self.newest.place.key_id);
        }
    }

    /// The sealer or opener of `key_id` is near exhaustion: the key is replaced. May be said again and again; one
    /// attempt is made in each negotiation window, and none for a key that is being replaced already.
    pub fn replace_key(&mut self, now: Moment, key_id: u8) {
        let window = self.timing.hand_window;
        let tried = self.attempted.is_some_and(|at| now < at + window);
        if key_id == self.newest.place.key_id && !tried {
            self.renegotiate(now);
        }
    }

    /// The sealer of the key in use is exhausted: where there is no newer key, nothing can be sent any more.
    pub fn handle_exhaustion(&mut self, now: Moment) {
        if !self.goes_on(now, self.common.wall) {
            return;
        }
        if self.newest.is_active() && self.sending != Some(self.newest.place.key_id) {
            self.switch();
        } else {
            self.fail(Expiry::KeyUsedUp.into());
        }
    }

    /// A data packet was sent: no keepalive is needed for a while.
    pub fn note_sent(&mut self, now: Moment) {
        if let Some(keepalive) = &mut self.keepalive {
            keepalive.note_sent(now);
        }
    }

    /// A genuine data packet came under `key_id`: the peer has that key, so it can be sent with at once.
    /// Calling this is optional and counts as [`Session::note_received`].
    pub fn note_received_with(&mut self, now: Moment, key_id: u8) {
        self.note_received(now);
        let newest = self.newest.place.key_id;
        if key_id == newest && self.sending != Some(newest) && self.newest.is_active() {
            self.switch();
        }
    }

    /// The peer said in the data channel that it leaves (`spoke_wire::Payload::Exit`).
    pub fn handle_exit(&mut self, now: Moment) {
        if self.goes_on(now, self.common.wall) {
            self.fail(Refusal::Exit.into());
        }
    }

    /// A genuine data packet was compressed ([`OpenError::Compressed`](crate::OpenError::Compressed)): nothing here
    /// decompresses, and the peer's traffic would be lost packet by packet.
    pub fn handle_compressed(&mut self, now: Moment) {
        if self.goes_on(now, self.common.wall) {
            self.fail(Refusal::Compressed.into());
        }
    }

    /// Notes the time, and says whether there is anything left to do.
    pub(crate) fn goes_on(&mut self, now: Moment, wall: WallTime) -> bool {
        self.common.now = self.common.now.max(now);
        self.common.wall = wall;
        !matches!(self.ending, Ending::Decided(_) | Ending::Over)
    }

    fn take_packet(&mut self, packet: &[u8]) -> Result<(), Error> {
        if FirstByte::of(packet).is_ok_and(|first| first.opcode.is_data()) {
            return Ok(());
        }
        let (wall, reset) = (self.common.wall, self.role.peer_reset());
        let arrived = match self.common.conduit.handle(wall, packet, reset) {
            Ok(arrived) => arrived,
            // Anybody can send datagrams; only what is genuine counts.
            Err(_) if self.transport == TransportKind::Udp => return Ok(()),
            Err(breach) => return Err(breach.into()),
        };
        if let Some(keepalive) = &mut self.keepalive {
            keepalive.note_received(self.common.now);
        }
        let key_id = arrived.first.key_id;
        if arrived.first.opcode == Opcode::SoftResetV1 && self.is_next(key_id) {
            self.make_room(key_id);
        }
        let mut context = self.common.context();
        let handled = if self.newest.place.key_id == key_id {
            self.newest.handle(arrived, &mut self.role, &mut context)
        } else if let Some(older) = self.older.as_mut().filter(|s| s.place.key_id == key_id) {
            older.handle(arrived, &mut self.role, &mut context)
        } else {
            // A key that is gone, or was given up: late packets mean nothing.
            return Ok(());
        };
        self.hear(key_id)?;
        self.survive(key_id, handled)?;
        self.progress()
    }

    /// Goes as far as possible without a new packet.
    fn advance(&mut self) -> Result<(), Error> {
        let mut context = self.common.context();
        let handled = self.newest.advance(&mut self.role, &mut context);
        let key_id = self.newest.place.key_id;
        self.hear(key_id)?;
        self.survive(key_id, handled)?;
        self.progress()
    }

    fn accept(&mut self, key_id: u8, push: PushReply) -> Result<(), Error> {
        let Role::Server(server) = &mut self.role else {
            return Ok(());
        };
        if self.newest.place.key_id != key_id {
            return Ok(());
        }
        let state = match std::mem::take(&mut self.newest.phase) {
            Phase::AwaitPush(state) => state,
            other => {
                self.newest.phase = other;
                return Ok(());
            }
        };
        let mut context = self.common.context();
        let (place, link): (Place, _) = (self.newest.place, &mut self.newest.link);
        self.newest.phase = server.accept(place, state, push, link, &mut context)?;
        self.newest.link.flush()?;
        self.progress()
    }

    pub(crate) fn ask_credentials(&mut self) {
        let mut context = self.common.context();
        if let Role::Client(client) = &mut self.role {
            client.ask(!self.newest.place.first, &mut context);
        }
    }

    fn poll_packet(&mut self) -> Option<Vec<u8>> {
        let (key_id, outgoing) = match self.newest.link.poll(self.common.now) {
            Some(outgoing) => (self.newest.place.key_id, outgoing),
            None => {
                let older = self.older.as_mut()?;
                (older.place.key_id, older.link.poll(self.common.now)?)
            }
        };
        let wall = self.common.wall;
        match self.common.conduit.wrap(wall, key_id, &outgoing) {
            Ok(packet) => Some(packet),
            Err(failure) => {
                self.fail(Error::Local(failure.to_string()));
                None
            }
        }
    }

    fn leave(&mut self, now: Moment, why: String, words: &ControlMessage) {
        if !self.goes_on(now, self.common.wall) {
            return;
        }
        let closed = Closed::Asked { why };
        let agreed = self.role.agreed().copied();
        let in_band = agreed.is_some_and(|agreed| agreed.exit_message);
        match (&self.role, agreed) {
            (_, None) => self.ending = Ending::Decided(closed),
            (Role::Client(_), Some(agreed)) if self.is_udp() => {
                // During a renegotiation a server of OpenVPN hears words under the new key alone, and data under both.
                if !in_band || !self.newest.is_active() {
                    for _ in 0..agreed.exit_notices {
                        self.common.events.push_back(Output::SendExit);
                    }
                }
                if in_band && agreed.exit_notices > 0 {
                    self.part(words, closed, GOODBYE_LINGER);
                } else {
                    self.ending = Ending::Decided(closed);
                }
            }
            (Role::Client(_), _) if !in_band => self.ending = Ending::Decided(closed),
            _ => self.part(words, closed, GOODBYE_LINGER),
        }
    }

    fn is_udp(&self) -> bool {
        self.transport == TransportKind::Udp
    }

    /// Ends the session because its time is over; the peer is told.
    pub(crate) fn expire(&mut self, expiry: Expiry) {
        self.lifetime = Lifetime::default();
        if matches!(self.ending, Ending::Open) {
            self.leave(self.common.now, expiry.to_string(), &ControlMessage::Exit);
            self.ending = match std::mem::replace(&mut self.ending, Ending::Over) {
                Ending::Lingering(key_id, _) => {
                    Ending::Lingering(key_id, Closed::Failed(expiry.into()))
                }
                _ => Ending::Decided(Closed::Failed(expiry.into())),
            };
        }
    }

    /// Says `words` under the newest key that the peer hears, and ends.
    pub(crate) fn part(&mut self, words: &ControlMessage, closed: Closed, longest: Duration) {
        let key_id = match (&self.older, &self.newest.phase) {
            (_, Phase::Active(_) | Phase::AwaitPush(_)) | (None, _) => self.newest.place.key_id,
            (Some(older), _) => older.place.key_id,
        };
        self.part_over(key_id, words, closed, longest);
    }

    /// Says `words` under `key_id` and ends once they are acknowledged, or after `longest`. A key exchange message that
    /// was held back goes before them: no client listens to words before it.
    fn part_over(&mut self, key_id: u8, words: &ControlMessage, closed: Closed, longest: Duration) {
        let said = match self.slot(key_id) {
            Some(slot) => slot.part(words),
            None => Ok(()),
        };
        self.ending = match said {
            Ok(()) if self.is_udp() => {
                self.timers.clear();
                self.timers.set(Timer::Linger, self.common.now + longest);
                Ending::Lingering(key_id, closed)
            }
            _ => Ending::Decided(closed),
        };
    }

    pub(crate) fn check(&mut self, done: Result<(), Error>) {
        if let Err(error) = done {
            self.fail(error);
        }
    }

    /// Ends the session for `error`; what waits to be sent (an alert, an acknowledgement) still goes out.
    pub(crate) fn fail(&mut self, error: Error) {
        // A broken link has nothing more to send than what it has.
        let _ = self.newest.link.flush();
        match std::mem::replace(&mut self.ending, Ending::Over) {
            Ending::Open => self.ending = Ending::Decided(Closed::Failed(error)),
            Ending::Lingering(_, closed) => self.ending = Ending::Decided(closed),
            decided => self.ending = decided,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_may_move_to_another_thread() {
        fn is_send<T: Send>() {}
        is_send::<Session>();
        is_send::<Output>();
    }
}

use crate::common::Common;
use crate::config::ServerConfig;
use crate::entropy::Entropy;
use crate::keys::Side;
use crate::role::Role;
use crate::server::ServerSide;
use crate::session::Session;
use crate::wrap::{UnwrapError, Unwrapped, Wrap, WrapFailure, Wrapping};
use aws_lc_rs::hmac;
use spoke_moment::{Moment, WallTime};
use spoke_wire::{
    Control, ControlError, EarlyNegotiation, FirstByte, Message, Opcode, SESSION_ID_LENGTH,
    SessionId, WrapError,
};
use std::time::Duration;
use subtle::{Choice, ConstantTimeEq};
use thiserror::Error;
use zeroize::Zeroizing;

/// A cookie names a slot of time of this length (OpenVPN 2.6: half of `hand-window`).
const SLOT: Duration = Duration::from_secs(30);
/// Cookies of the current slot and of so many before it are good.
const EARLIER_SLOTS: u64 = 2;
/// A client may acknowledge the reset and nothing else that has not been sent yet, and sends its second message.
const LATEST_MESSAGE: u32 = 1;

/// A server's first two packets over UDP, without memory: whoever sends a hard reset is answered with a session id
/// that is a keyed hash of the moment, its address and its own session id; only who gives it back gets a session.
///
/// One value serves all clients of a socket. Packets of addresses that have a session do not come here.
///
/// ```no_run
/// # use spoke_engine::{Answer, Entropy, Session, ServerConfig, StatelessConfig, StatelessHandshake};
/// # use spoke_moment::{Moment, WallTime};
/// # fn packets() -> Vec<(Vec<u8>, Vec<u8>)> { Vec::new() }
/// # fn send(_: &[u8], _: Vec<u8>) {}
/// # fn example(config: ServerConfig, mut entropy: Box<dyn Entropy>, now: Moment, wall: WallTime) {
/// let stateless = StatelessConfig::new(config.wrapping.clone());
/// let mut handshake = StatelessHandshake::new(stateless, &mut *entropy);
/// for (address, packet) in packets() {
///     match handshake.handle_packet(now, wall, &address, &packet) {
///         Answer::Reply(reply) => send(&address, reply),
///         Answer::Admit(admission) => {
///             let session = Session::admitted(config, admission, entropy, now, wall);
///             // Poll the session as any other; once it is up, call `handshake.note_established()`.
/// #           drop(session);
/// #           break;
///         }
///         Answer::Drop(_) => {}
///     }
/// }
/// # }
/// ```
pub struct StatelessHandshake {
    config: StatelessConfig,
    secret: hmac::Key,
    answers: Bucket,
}

/// What a [`StatelessHandshake`] is told at its start.
#[derive(Clone)]
pub struct StatelessConfig {
    /// As in the [`crate::ServerConfig`] of the sessions.
    pub wrapping: Wrapping,
    /// How many resets are answered (`connect-freq-initial`).
    pub answers: AnswerLimit,
    /// tls-crypt-v2: whether clients that cannot send their key twice get a session at once. They have proven that
    /// their key is one of ours, but not that their address is theirs (OpenVPN: `allow-noncookie`, its default).
    pub without_cookie: bool,
}

/// How many resets are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerLimit {
    /// So many at once.
    pub count: u32,
    /// As many again after this time.
    pub per: Duration,
}

/// What to do about a packet from an address without a session.
#[derive(Debug)]
pub enum Answer<'a> {
    /// Send these bytes back to where the packet came from.
    Reply(Vec<u8>),
    /// Make a session by [`crate::Session::admitted`].
    Admit(Admission<'a>),
    /// Nothing.
    Drop(DropReason),
}

/// Leave to make a session for the sender of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admission<'a> {
    /// The packet that asks for it.
    pub(crate) packet: &'a [u8],
    /// Both ends, unless the session is to begin with the client's reset.
    pub(crate) ends: Option<Ends>,
}

/// Which sessions speak to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ends {
    pub(crate) local: SessionId,
    pub(crate) remote: SessionId,
}

/// Why a packet of an unknown address is dropped.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DropReason {
    /// Of a kind that begins no connection, or of a later key.
    #[error("a packet of this kind begins no connection")]
    OutOfPlace,
    /// It did not come out of its wrapping.
    #[error(transparent)]
    Unwrap(#[from] UnwrapError),
    /// It cannot be read.
    #[error(transparent)]
    Control(#[from] ControlError),
    /// It does not give back a session id that this end has given to this address of late.
    #[error("the packet names no session id that was given to its address")]
    Cookie,
    /// Too many resets were answered lately.
    #[error("too many connections begin at once")]
    TooMany,
    /// The answer cannot be wrapped.
    #[error(transparent)]
    Wrap(#[from] WrapFailure),
}

impl StatelessConfig {
    /// With OpenVPN's defaults.
    #[must_use]
    pub fn new(wrapping: Wrapping) -> Self {
        Self {
            wrapping,
            answers: AnswerLimit::default(),
            without_cookie: true,
        }
    }
}

impl Default for AnswerLimit {
    /// OpenVPN 2.6's default.
    fn default() -> Self {
        Self {
            count: 100,
            per: Duration::from_secs(10),
        }
    }
}

impl StatelessHandshake {
    /// Takes its secret from `entropy`.
    #[must_use]
    pub fn new(config: StatelessConfig, entropy: &mut dyn Entropy) -> Self {
        let mut secret = Zeroizing::new([0; 32]);
        entropy.fill(&mut secret[..]);
        let answers = Bucket::new(config.answers);
        Self {
            config,
            secret: hmac::Key::new(hmac::HMAC_SHA256, &secret[..]),
            answers,
        }
    }

    /// What to do about `packet` from an address that has no session. `address` is any form of address and port that
    /// tells clients apart.
    pub fn handle_packet<'a>(
        &mut self,
        now: Moment,
        wall: WallTime,
        address: &[u8],
        packet: &'a [u8],
    ) -> Answer<'a> {
        match self.answer(now, wall, address, packet) {
            Ok(answer) => answer,
            Err(reason) => Answer::Drop(reason),
        }
    }

    /// A session that was admitted has come up: its reset counts no longer towards the limit.
    pub fn note_established(&mut self) {
        self.answers.give_back();
    }

    fn answer<'a>(
        &mut self,
        now: Moment,
        wall: WallTime,
        address: &[u8],
        packet: &'a [u8],
    ) -> Result<Answer<'a>, DropReason> {
        let first =
            FirstByte::of(packet).map_err(|error| UnwrapError::from(WrapError::from(error)))?;
        let v2 = self.config.wrapping.is_tls_crypt_v2();
        let begins = match first.opcode {
            Opcode::HardResetClientV2 => !v2,
            Opcode::HardResetClientV3 | Opcode::ControlWkcV1 => v2,
            Opcode::ControlV1 | Opcode::AckV1 => !v2,
            _ => false,
        };
        if !begins || first.key_id != 0 {
            return Err(DropReason::OutOfPlace);
        }
        // A context of its own for each packet: nothing of it is kept.
        let mut wrap = Wrap::new(&self.config.wrapping, Side::Server);
        let unwrapped = wrap.unwrap(wall, packet)?;
        let control = Control::decode(first.opcode, &unwrapped.rest)?;
        let slot = now.since_origin().as_secs() / SLOT.as_secs();
        if !first.opcode.is_hard_reset() {
            let ends = self.ends(slot, address, &unwrapped, &control)?;
            let ends = Some(ends);
            return Ok(Answer::Admit(Admission { packet, ends }));
        }
        if control.message.is_none_or(|message| message.id != 0) || !control.acks.is_empty() {
            return Err(DropReason::OutOfPlace);
        }
        let cookieless = v2 && !unwrapped.can_resend_key();
        if cookieless && !self.config.without_cookie {
            return Err(DropReason::Cookie);
        }
        if !self.answers.take(now) {
            return Err(DropReason::TooMany);
        }
        if cookieless {
            return Ok(Answer::Admit(Admission { packet, ends: None }));
        }
        let ends = Ends {
            local: self.cookie(slot, address, unwrapped.sender),
            remote: unwrapped.sender,
        };
        Ok(Answer::Reply(reset(&mut wrap, wall, ends, v2)?))
    }

    /// Both ends of a session that `control` asks for, if it gives back the session id that it was given.
    fn ends(
        &self,
        slot: u64,
        address: &[u8],
        unwrapped: &Unwrapped<'_>,
        control: &Control<'_>,
    ) -> Result<Ends, DropReason> {
        let late = |id: &u32| *id > LATEST_MESSAGE;
        if control.acks.iter().any(late) || control.message.is_some_and(|m| late(&m.id)) {
            return Err(DropReason::OutOfPlace);
        }
        let (given, remote) = (
            control.receiver.ok_or(DropReason::Cookie)?,
            unwrapped.sender,
        );
        let oldest = slot.saturating_sub(EARLIER_SLOTS);
        let good = (oldest..=slot).fold(Choice::from(0), |good, slot| {
            let cookie = self.cookie(slot, address, remote);
            good | cookie.bytes().ct_eq(given.bytes())
        });
        match bool::from(good) {
            true => Ok(Ends {
                local: given,
                remote,
            }),
            false => Err(DropReason::Cookie),
        }
    }

    /// The session id that this end has towards the client `remote` at `address` in a slot of time.
    fn cookie(&self, slot: u64, address: &[u8], remote: SessionId) -> SessionId {
        let mut context = hmac::Context::with_key(&self.secret);
        context.update(&slot.to_be_bytes());
        context.update(remote.bytes());
        context.update(address);
        let hash = context.sign();
        let mut bytes = [0; SESSION_ID_LENGTH];
        for (to, from) in bytes.iter_mut().zip(hash.as_ref()) {
            *to = *from;
        }
        SessionId::from_random(bytes)
    }
}

/// The server's reset, which acknowledges the client's.
fn reset(wrap: &mut Wrap, wall: WallTime, ends: Ends, v2: bool) -> Result<Vec<u8>, WrapFailure> {
    let said = EarlyNegotiation {
        resend_client_key: v2,
    };
    let payload = said.encode();
    let control = Control {
        acks: vec![0],
        receiver: Some(ends.remote),
        message: Some(Message {
            id: 0,
            payload: &payload,
        }),
    };
    let mut rest = Vec::new();
    control.encode(&mut rest);
    let first = FirstByte {
        opcode: Opcode::HardResetServerV2,
        key_id: 0,
    };
    wrap.wrap(wall, first, ends.local, &rest)
}

impl Session {
    /// A server for the client that a [`StatelessHandshake`] has admitted; it has taken the client's packet already.
    #[must_use]
    pub fn admitted(
        config: ServerConfig,
        admission: Admission<'_>,
        entropy: Box<dyn Entropy>,
        now: Moment,
        wall: WallTime,
    ) -> Self {
        let mut session = match admission.ends {
            Some(ends) => Self::resumed(config, ends, entropy, now, wall),
            None => Self::server(config, entropy, now, wall),
        };
        session.handle_packet(now, wall, admission.packet);
        session
    }

    /// A server whose reset was answered and acknowledged before it was there.
    fn resumed(
        config: ServerConfig,
        ends: Ends,
        entropy: Box<dyn Entropy>,
        now: Moment,
        wall: WallTime,
    ) -> Self {
        let (transport, timing) = (config.transport, config.timing);
        let mut common = Common::new(&config.wrapping, Side::Server, entropy, now, wall);
        let wrap = Wrap::counting_from(&config.wrapping, Side::Server, 2);
        common.conduit.resume(wrap, ends.local, ends.remote);
        let role = Role::Server(Box::new(ServerSide::new(config)));
        let mut session = Self::new(role, transport, timing, common);
        let resumed = session.newest.resume(&session.role);
        session.check(resumed);
        session
    }
}

/// Tokens that come back with time, up to a number.
struct Bucket {
    limit: AnswerLimit,
    /// Time that was earned and not spent; each token costs `limit.per / limit.count`.
    saved: Duration,
    at: Option<Moment>,
}

impl Bucket {
    fn new(limit: AnswerLimit) -> Self {
        Self {
            limit,
            saved: limit.per,
            at: None,
        }
    }

    fn take(&mut self, now: Moment) -> bool {
        let earned = self.at.map_or(Duration::ZERO, |at| now.since(at));
        self.at = Some(self.at.map_or(now, |at| at.max(now)));
        self.save(earned);
        let Some(price) = self.price() else {
            return false;
        };
        let left = self.saved.checked_sub(price);
        self.saved = left.unwrap_or(self.saved);
        left.is_some()
    }

    fn give_back(&mut self) {
        self.save(self.price().unwrap_or_default());
    }

    fn save(&mut self, earned: Duration) {
        self.saved = self.saved.saturating_add(earned).min(self.limit.per);
    }

    fn price(&self) -> Option<Duration> {
        self.limit.per.checked_div(self.limit.count)
    }
}

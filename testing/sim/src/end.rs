use spoke_engine::{
    Check, Closed, Credentials, OpenError, Opener, Output, SealError, Sealer, Session,
};
use spoke_moment::{Moment, WallTime};
use spoke_wire::{AuthFailure, DataHeader, PING, Payload, PushReply, SignInStep};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// One end of a simulated connection: a session, its keys, and the little that a pump does around them.
pub struct End {
    session: Session,
    sealers: BTreeMap<u8, Sealer>,
    openers: BTreeMap<u8, Opener>,
    sending: Option<u8>,
    password: String,
    push: PushReply,
    answer: Option<Answer>,
    verdict: Option<Verdict>,
    known: Known,
}

/// Gives a client the credentials of the moment.
pub type Answer = Box<dyn FnMut(Moment) -> Credentials>;

/// Judges a client's credentials for a server, and gives what is pushed to it.
pub type Verdict = Box<dyn FnMut(Moment, &Check) -> Result<PushReply, AuthFailure>>;

/// What an end has seen, for a test to look at.
#[derive(Debug, Default)]
pub struct Known {
    /// The configuration, on a client.
    pub pushed: Option<PushReply>,
    /// Every configuration that took the place of the first, in order.
    pub changed: Vec<PushReply>,
    /// Every key that was installed, in order.
    pub installed: Vec<u8>,
    /// Every key that was to be sent with, in order.
    pub sent_with: Vec<u8>,
    /// Payloads that came in, pings aside.
    pub received: Vec<Vec<u8>>,
    /// Data packets that could not be opened, pings included.
    pub unopened: Vec<OpenError>,
    /// Data packets under a key that was not, or no longer, there.
    pub keyless: usize,
    /// Keepalives that came in.
    pub pings: usize,
    /// How often credentials were asked for.
    pub asked: usize,
    /// How many tokens the gateway gave out.
    pub tokens: usize,
    /// Further steps of the sign-in, for the user.
    pub steps: Vec<SignInStep>,
    /// Notices, in order.
    pub notices: Vec<String>,
    /// Whether TLS came up.
    pub tls: Option<String>,
    /// Every control packet that it sent.
    pub spoken: Vec<Vec<u8>>,
    /// On a server: the client's options string and peer info.
    pub introduced: Option<(String, String)>,
    /// How it ended.
    pub closed: Option<Closed>,
}

impl End {
    /// An end around `session`. A client answers with `password`, a server accepts that one only and pushes `push`.
    #[must_use]
    pub fn new(session: Session, password: String, push: PushReply) -> Self {
        Self {
            session,
            sealers: BTreeMap::new(),
            openers: BTreeMap::new(),
            sending: None,
            password,
            push,
            answer: None,
            verdict: None,
            known: Known::default(),
        }
    }

    /// From now on a client answers with what `answer` gives.
    pub fn answer_with(&mut self, answer: impl FnMut(Moment) -> Credentials + 'static) {
        self.answer = Some(Box::new(answer));
    }

    /// From now on a server judges by `verdict`.
    pub fn judge_by(
        &mut self,
        verdict: impl FnMut(Moment, &Check) -> Result<PushReply, AuthFailure> + 'static,
    ) {
        self.verdict = Some(Box::new(verdict));
    }

    /// Takes the payloads that have come in since it was asked last.
    pub fn take_received(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.known.received)
    }

    /// What it has seen.
    #[must_use]
    pub const fn known(&self) -> &Known {
        &self.known
    }

    /// Forgets the packets and payloads that it has seen, for runs that would fill the memory with them.
    pub fn forget(&mut self) {
        self.known.spoken = Vec::new();
        self.known.received = Vec::new();
        self.known.unopened = Vec::new();
    }

    /// The session itself.
    pub fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    /// Whether user traffic can be sent.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.sending.is_some() && self.known.closed.is_none()
    }

    /// The key that is sent with.
    #[must_use]
    pub const fn sending(&self) -> Option<u8> {
        self.sending
    }

    /// When the session wants to be called, and why.
    #[must_use]
    pub fn deadline(&self) -> Option<spoke_moment::Deadline> {
        self.session.deadline()
    }

    /// Takes one packet from the link, of either channel.
    pub fn handle_packet(&mut self, now: Moment, wall: WallTime, mut packet: Vec<u8>) {
        let Some(first) = packet.first().copied() else {
            return;
        };
        if !DataHeader::is_data(first) {
            self.session.handle_packet(now, wall, &packet);
            return;
        }
        let key_id = first & 7;
        let Some(opener) = self.openers.get_mut(&key_id) else {
            self.known.keyless += 1;
            return;
        };
        match opener.open(&mut packet) {
            Ok(payload) => {
                let traffic = user_bytes(payload);
                match Payload::of(payload) {
                    Payload::Ping => self.known.pings += 1,
                    Payload::Exit => self.session.handle_exit(now),
                    _ => self.known.received.push(payload.to_vec()),
                }
                self.session.note_received_with(now, key_id);
                self.session.note_traffic(now, traffic);
                if opener.near_exhaustion() {
                    self.session.replace_key(now, key_id);
                }
            }
            Err(error) => {
                if matches!(error, OpenError::Compressed) {
                    self.session.handle_compressed(now);
                }
                self.known.unopened.push(error);
            }
        }
    }

    /// Lets the session do what is due.
    pub fn handle_timeout(&mut self, now: Moment, wall: WallTime) {
        self.session.handle_timeout(now, wall);
    }

    /// Seals one payload of user traffic, if there is a key.
    ///
    /// # Errors
    /// As [`Sealer::seal`].
    pub fn seal(&mut self, now: Moment, payload: &[u8]) -> Result<Option<Vec<u8>>, SealError> {
        let Some(sealer) = self
            .sending
            .and_then(|key_id| self.sealers.get_mut(&key_id))
        else {
            return Ok(None);
        };
        let packet = sealer.seal_copy(payload)?;
        let worn = sealer.near_exhaustion().then(|| sealer.key_id());
        self.session.note_sent(now);
        self.session.note_traffic(now, user_bytes(payload));
        if let Some(key_id) = worn {
            self.session.replace_key(now, key_id);
        }
        Ok(Some(packet))
    }

    /// Acts on all outputs; gives the packets to send, in order.
    ///
    /// # Errors
    /// As [`Sealer::seal`].
    pub fn poll(&mut self, now: Moment) -> Result<Vec<Vec<u8>>, SealError> {
        let mut packets = Vec::new();
        while let Some(output) = self.session.poll() {
            match output {
                Output::Packet(packet) => {
                    self.known.spoken.push(packet.clone());
                    packets.push(packet);
                }
                Output::TlsEstablished { version, .. } => self.known.tls = Some(version),
                Output::CredentialsWanted { .. } => {
                    self.known.asked += 1;
                    let credentials = self.credentials(now);
                    self.session.supply_credentials(now, credentials);
                }
                Output::CheckCredentials(check) => self.judge(now, &check),
                Output::Pushed { reply, again: true } => self.known.changed.push(*reply),
                Output::Pushed { reply, .. } => self.known.pushed = Some(*reply),
                Output::KeyInstalled {
                    key_id,
                    sealer,
                    opener,
                } => {
                    self.sealers.insert(key_id, sealer);
                    self.openers.insert(key_id, opener);
                    self.known.installed.push(key_id);
                }
                Output::SendWith { key_id } => {
                    self.sending = Some(key_id);
                    self.known.sent_with.push(key_id);
                }
                Output::KeyRetired { key_id } => {
                    self.sealers.remove(&key_id);
                    self.openers.remove(&key_id);
                }
                Output::SendPing => packets.extend(self.seal(now, &PING)?),
                Output::SendExit => packets.extend(self.seal(now, &spoke_wire::OCC_EXIT)?),
                Output::TokenGiven(_) => self.known.tokens += 1,
                Output::SignInStep(step) => self.known.steps.push(step),
                Output::Notice(notice) => self.known.notices.push(notice.to_string()),
                Output::Closed(closed) => self.known.closed = Some(closed),
                Output::PeerAnswered
                | Output::SignInPending { .. }
                | Output::ChallengeAnswered(_) => {}
            }
        }
        Ok(packets)
    }

    fn credentials(&mut self, now: Moment) -> Credentials {
        match &mut self.answer {
            Some(answer) => answer(now),
            None => Credentials {
                username: "someone".to_owned(),
                password: Zeroizing::new(self.password.clone()),
            },
        }
    }

    fn judge(&mut self, now: Moment, check: &Check) {
        self.known.introduced = Some((check.options.clone(), check.peer_info.to_string()));
        if let Some(verdict) = &mut self.verdict {
            match verdict(now, check) {
                Ok(push) => self.session.accept_credentials(now, check.key_id, push),
                Err(reason) => self.session.reject_credentials(now, check.key_id, reason),
            }
            return;
        }
        if *check.password == self.password {
            let push = match check.renegotiation {
                true => PushReply::default(),
                false => self.push.clone(),
            };
            self.session.accept_credentials(now, check.key_id, push);
        } else {
            let reason = spoke_wire::AuthFailure::Refused {
                reason: "wrong password".to_owned(),
            };
            self.session.reject_credentials(now, check.key_id, reason);
        }
    }
}

/// What counts as user traffic.
fn user_bytes(payload: &[u8]) -> u64 {
    match Payload::of(payload) {
        Payload::Ip => payload.len() as u64,
        _ => 0,
    }
}

//! A session of ours with its socket and keys, as one end of a cell.

use crate::failure::{Failure, require};
use crate::icmp::{self, Echo};
use crate::socket::Socket;
use spoke_engine::{Closed, Credentials, Entropy, Opener, Output, Sealer, Session};
use spoke_moment::{Moment, WallTime};
use spoke_wire::{AuthFailure, OCC_EXIT, PING, Payload, PushReply, PushUpdate};
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::time::{Instant, SystemTime};
use zeroize::Zeroizing;

/// One end.
pub(crate) struct Ours {
    session: Session,
    /// Its socket.
    pub(crate) socket: Socket,
    start: Instant,
    keys: BTreeMap<u8, (Sealer, Opener)>,
    /// What the client says, and the server wants to hear; none for no password.
    pub(crate) login: Option<(String, String)>,
    /// What the server asks instead of letting the client in.
    pub(crate) question: Option<AuthFailure>,
    /// What the server tells its client.
    pub(crate) push: PushReply,
    /// What has come to pass.
    pub(crate) seen: Seen,
    /// The largest packet to send through the tunnel, in bytes.
    pub(crate) largest: usize,
    echoes: Option<Echoes>,
}

/// What one end has seen.
#[derive(Default)]
pub(crate) struct Seen {
    /// The version of TLS.
    pub(crate) tls: Option<String>,
    /// The configuration, at the client.
    pub(crate) pushed: Option<PushReply>,
    /// Key exchanges that the server let pass, renegotiations included.
    pub(crate) admitted: u32,
    /// Certificates of the client, at the server.
    pub(crate) certificates: usize,
    /// The key that is sent with.
    pub(crate) sending: Option<u8>,
    /// The cipher of the first key.
    pub(crate) cipher: Option<&'static str>,
    /// Keys under which data came.
    pub(crate) received_with: BTreeSet<u8>,
    /// Opcodes of data packets that came.
    pub(crate) opcodes: BTreeSet<u8>,
    /// Control packets in order: `<` received or `>` sent, opcode, key.
    pub(crate) control: String,
    /// Things worth a log line.
    pub(crate) notices: Vec<String>,
    /// How the session ended.
    pub(crate) closed: Option<Closed>,
    /// The peer closed the connection below.
    pub(crate) cut: bool,
}

/// Requests that this end sends.
struct Echoes {
    from: Ipv4Addr,
    to: Ipv4Addr,
    sent: u16,
    waiting: BTreeSet<u16>,
}

/// The system's random numbers.
pub(crate) struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&mut self, out: &mut [u8]) {
        // Without random numbers there is no way on; zeros make the peer refuse the session.
        let _ = getrandom::fill(out);
    }
}

impl Ours {
    /// An end that has said nothing yet.
    pub(crate) fn new(
        make: impl FnOnce(Box<dyn Entropy>, Moment, WallTime) -> Session,
        socket: Socket,
    ) -> Self {
        Self {
            session: make(Box::new(SystemEntropy), Moment::ORIGIN, wall()),
            socket,
            start: Instant::now(),
            keys: BTreeMap::new(),
            login: None,
            question: None,
            push: PushReply::default(),
            seen: Seen::default(),
            largest: 1500,
            echoes: None,
        }
    }

    fn now(&self) -> Moment {
        Moment::from_origin(self.start.elapsed())
    }

    /// Does everything that can be done now.
    ///
    /// # Errors
    /// When the peer sent what it must not send.
    pub(crate) fn step(&mut self) -> Result<(), Failure> {
        self.drain()?;
        if !self.seen.cut {
            let (packets, cut) = self.socket.receive()?;
            self.seen.cut = cut;
            for packet in packets {
                self.handle(packet)?;
            }
        }
        let now = self.now();
        if self
            .session
            .deadline()
            .is_some_and(|deadline| deadline.at <= now)
        {
            self.session.handle_timeout(now, wall());
        }
        self.drain()
    }

    fn handle(&mut self, mut packet: Vec<u8>) -> Result<(), Failure> {
        let now = self.now();
        let first = packet.first().copied().unwrap_or_default();
        let (opcode, key_id) = (first >> 3, first & 7);
        if opcode != 6 && opcode != 9 {
            self.seen.control += &format!(" <{opcode}.{key_id}");
            self.session.handle_packet(now, wall(), &packet);
            return self.drain();
        }
        // An old key may be gone when its last packets come.
        let Some((_, opener)) = self.keys.get_mut(&key_id) else {
            return require(
                self.seen.sending.is_some_and(|sending| sending > key_id),
                || format!("a data packet of key {key_id}, which is not there yet"),
            );
        };
        let payload = opener.open(&mut packet).map_err(Failure::during("open"))?;
        let mut payload = payload.to_vec();
        self.seen.received_with.insert(key_id);
        self.seen.opcodes.insert(opcode);
        self.session.note_received_with(now, key_id);
        match Payload::of(&payload) {
            Payload::Ip => self.hear(&mut payload)?,
            Payload::Exit => self.session.handle_exit(now),
            _ => {}
        }
        self.drain()
    }

    /// Takes an IP packet.
    fn hear(&mut self, packet: &mut [u8]) -> Result<(), Failure> {
        match Echo::of(packet, self.largest) {
            Echo::Request => {
                icmp::answer(packet);
                self.seal(packet)
            }
            Echo::Reply(number) => {
                let echoes = self.echoes.as_mut();
                let waited = echoes.is_some_and(|echoes| echoes.waiting.remove(&number));
                require(waited, || {
                    format!("an answer to request {number}, which was answered already")
                })
            }
            Echo::Damaged => Err(Failure::new("an answer came damaged")),
            Echo::Other => Ok(()),
        }
    }

    fn drain(&mut self) -> Result<(), Failure> {
        while let Some(output) = self.session.poll() {
            self.act(output)?;
        }
        Ok(())
    }

    fn act(&mut self, output: Output) -> Result<(), Failure> {
        let now = self.now();
        match output {
            Output::Packet(packet) => {
                let first = packet.first().copied().unwrap_or_default();
                self.seen.control += &format!(" >{}.{}", first >> 3, first & 7);
                self.socket.send(&packet)?;
            }
            Output::TlsEstablished { version, .. } => self.seen.tls = Some(version),
            Output::CredentialsWanted { .. } => {
                let (username, password) = self.login.clone().unwrap_or_default();
                let password = Zeroizing::new(password);
                self.session
                    .supply_credentials(now, Credentials { username, password });
            }
            Output::CheckCredentials(check) => {
                self.seen.certificates = check.certificates.len();
                let login = (check.username, String::clone(&check.password));
                let token = self.push.auth_token.as_ref();
                let by_token =
                    check.renegotiation && token.is_some_and(|token| token.reveal() == login.1);
                let expected = self.login.clone().unwrap_or_default();
                let good =
                    by_token || (login == expected && !(check.renegotiation && token.is_some()));
                if let Some(question) = self.question.clone().filter(|_| good) {
                    self.session.reject_credentials(now, check.key_id, question);
                } else if good {
                    let push = match check.renegotiation {
                        true => PushReply::default(),
                        false => self.push.clone(),
                    };
                    self.seen.admitted += 1;
                    self.session.accept_credentials(now, check.key_id, push);
                } else {
                    let reason = "not these".to_owned();
                    let failure = AuthFailure::Refused { reason };
                    self.session.reject_credentials(now, check.key_id, failure);
                }
            }
            Output::Pushed { reply, .. } => self.seen.pushed = Some(*reply),
            Output::KeyInstalled {
                key_id,
                sealer,
                opener,
            } => {
                self.seen.cipher.get_or_insert(sealer.cipher().name());
                self.keys.insert(key_id, (sealer, opener));
            }
            Output::SendWith { key_id } => self.seen.sending = Some(key_id),
            Output::KeyRetired { key_id } => drop(self.keys.remove(&key_id)),
            Output::SendPing => self.seal(&PING)?,
            Output::SendExit => self.seal(&OCC_EXIT)?,
            Output::Closed(closed) => {
                self.seen.closed = Some(closed);
                self.socket.close();
            }
            other => self.seen.notices.push(format!("{other:?}")),
        }
        Ok(())
    }

    /// Sends one payload with the current key.
    fn seal(&mut self, payload: &[u8]) -> Result<(), Failure> {
        let Some((sealer, _)) = self
            .seen
            .sending
            .and_then(|key_id| self.keys.get_mut(&key_id))
        else {
            return Err(Failure::new("nothing to send with"));
        };
        let packet = sealer.seal_copy(payload);
        let packet = packet.map_err(Failure::during("seal"))?;
        self.socket.send(&packet)?;
        let now = self.now();
        self.session.note_sent(now);
        Ok(())
    }

    /// Sends one more echo request.
    ///
    /// # Errors
    /// When there is no key yet.
    pub(crate) fn echo(&mut self, from: Ipv4Addr, to: Ipv4Addr) -> Result<(), Failure> {
        let echoes = self.echoes.get_or_insert_with(|| Echoes {
            from,
            to,
            sent: 0,
            waiting: BTreeSet::new(),
        });
        let number = echoes.sent;
        echoes.sent += 1;
        echoes.waiting.insert(number);
        let request = icmp::request(echoes.from, echoes.to, number, self.largest);
        self.seal(&request)
    }

    /// Requests without an answer so far.
    #[must_use]
    pub(crate) fn unanswered(&self) -> usize {
        self.echoes
            .as_ref()
            .map_or(0, |echoes| echoes.waiting.len())
    }

    /// Requests sent so far.
    #[must_use]
    pub(crate) fn echoes(&self) -> u16 {
        self.echoes.as_ref().map_or(0, |echoes| echoes.sent)
    }

    /// Changes single settings of the client's. Says whether the client knows how.
    ///
    /// # Errors
    /// When the update cannot be sent.
    pub(crate) fn update(&mut self, update: &PushUpdate) -> Result<bool, Failure> {
        let now = self.now();
        let sent = self.session.push_update(now, update);
        sent.map_err(Failure::during("send an update"))
    }

    /// Begins a renegotiation.
    pub(crate) fn renegotiate(&mut self) {
        let now = self.now();
        self.session.renegotiate(now);
    }

    /// Leaves.
    pub(crate) fn leave(&mut self) {
        let now = self.now();
        self.session.close(now, "done");
    }
}

fn wall() -> WallTime {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    WallTime::from_unix(since.as_secs())
}

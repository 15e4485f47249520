//! One client, from its first sign of life to its end, whatever carries its packets.

mod sign_in;

use crate::config::Push;
use crate::departures::{Departures, Fault, News};
use crate::faults::{Misdeed, Stage};
use crate::log;
use crate::outbox::Outbox;
use crate::reload;
use crate::server::Gateway;
use crate::strangers::Stranger;
use crate::switchboard::{Place, source};
use crate::verdict::{Accepted, Refusal};
use spoke_engine::{Check, Closed, OpenError, Opener, Output, Session};
use spoke_moment::{Moment, WallTime};
use spoke_traffic::Coalescer;
use spoke_tunnel::Path;
use spoke_wire::{DataHeader, DynamicChallenge, OCC_EXIT, Opcode, PING, Payload, clamp_mss};
use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::watch;
use zeroize::Zeroizing;

/// A verdict being reached, for one key's negotiation.
type Judging = Pin<Box<dyn Future<Output = (Check, Result<Accepted, Refusal>)> + Send>>;

/// What happened on the inner side.
pub(crate) enum Event {
    /// Something about what leaves for the client.
    Departures,
    /// Its credentials have been judged.
    Verdict(Box<(Check, Result<Accepted, Refusal>)>),
    /// The session's deadline has come.
    Timeout,
    /// Clients are to be told something else from now on.
    Settings,
}

/// What became of a packet from the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It was a data packet under one of the client's keys. The range is that of the IP
    /// packet in it that may go on, if there is one.
    GenuineData(Option<Range<usize>>),
    /// It was anything else.
    Other,
}

/// Why a client's task is over.
pub(crate) enum End {
    Io(io::Error),
    Text(String),
}

/// All of one client.
pub(crate) struct Client {
    gateway: Arc<Gateway>,
    pub(crate) peer: SocketAddr,
    origin: Instant,
    session: Session,
    keys: BTreeMap<u8, Opener>,
    place: Option<Place<Departures>>,
    judging: Option<Judging>,
    /// What was judged when the user was asked a question, and the question.
    posed: Option<(Check, DynamicChallenge)>,
    account: Option<String>,
    /// The answer to a question that its first sign-in was accepted for: it is good no more, where a password or a
    /// token would be and is not kept.
    answered: Option<Zeroizing<String>>,
    departures: Departures,
    /// The longest packet inside that TCP segments may make.
    longest: u16,
    /// Packets from the client that the device is to be given.
    arrived: Coalescer,
    /// Stage reached, as far as the faults count stages.
    accepted: bool,
    /// Tells of other settings for clients.
    settings: watch::Receiver<Push>,
    /// Its place among those who are not signed in, until it is.
    stranger: Option<Stranger>,
    silent: bool,
    end: Option<End>,
}

impl Client {
    /// A client at `peer`, reached by `outbox`, with a `session` whose time begins at
    /// [`Moment::ORIGIN`]. `stranger` is given back when it has
    /// signed in, or ends.
    pub(crate) fn new(
        gateway: Arc<Gateway>,
        peer: SocketAddr,
        outbox: Outbox,
        session: Session,
        stranger: Stranger,
    ) -> Self {
        let origin = Instant::now();
        let settings = gateway.push.subscribe();
        let arrived = Coalescer::new(gateway.device.joins());
        let departures = Departures::new(outbox, peer.ip(), origin, gateway.mtu);
        Self {
            longest: departures.longest_inside(),
            departures,
            arrived,
            settings,
            gateway,
            peer,
            origin,
            session,
            keys: BTreeMap::new(),
            place: None,
            judging: None,
            posed: None,
            account: None,
            answered: None,
            accepted: false,
            stranger: Some(stranger),
            silent: false,
            end: None,
        }
    }

    pub(crate) fn begin(&self) {
        self.event("accepted", &[]);
    }

    /// Does what the session wants; answers whether the client is still to be served.
    pub(crate) fn goes_on(&mut self) -> bool {
        self.carry_out();
        self.send();
        !self.has_ended()
    }

    pub(crate) const fn has_ended(&self) -> bool {
        self.end.is_some()
    }

    /// Ends it, for the first reason given.
    pub(crate) fn end(&mut self, why: End) {
        self.end.get_or_insert(why);
    }

    /// The last words.
    pub(crate) fn finish(mut self) {
        self.carry_out();
        // The last try, as the connection is about to be closed.
        self.departures.send(self.gateway.device.tun());
        let why = match self.end.take() {
            Some(End::Io(error)) => error.to_string(),
            Some(End::Text(text)) => text,
            None => "done".to_owned(),
        };
        self.event("closed", &[("why", &why)]);
    }

    /// Waits for what comes from inside. May be given up at any time.
    pub(crate) async fn next_event(&mut self) -> Event {
        let pause = self.session.deadline().map(|deadline| {
            let until = self.origin + deadline.at.since_origin();
            tokio::time::sleep_until(until.into())
        });
        tokio::select! {
            () = self.departures.called() => Event::Departures,
            judged = verdict(&mut self.judging) => Event::Verdict(Box::new(judged)),
            () = sleep(pause) => Event::Timeout,
            Ok(()) = self.settings.changed(), if self.accepted => Event::Settings,
        }
    }

    pub(crate) fn handle_event(&mut self, event: Event) {
        match event {
            Event::Departures => self.take_news(),
            Event::Verdict(judged) => {
                self.judging = None;
                let (check, verdict) = *judged;
                self.decide(check, verdict);
            }
            Event::Timeout => {
                self.take_news();
                let now = self.now();
                self.session.handle_timeout(now, wall());
            }
            Event::Settings => self.tell_settings(),
        }
    }

    fn tell_settings(&mut self) {
        let Some(place) = &self.place else { return };
        let reply = self.gateway.push_reply(place.addresses);
        let now = self.now();
        match self.session.push_update(now, &reload::update(&reply)) {
            Ok(told) => self.event("settings", &[("told", &told)]),
            Err(error) => self.event("settings", &[("error", &error)]),
        }
    }

    pub(crate) fn outbox_is_empty(&self) -> bool {
        self.departures.is_empty()
    }

    /// Whether its credentials have been accepted.
    pub(crate) const fn is_signed_in(&self) -> bool {
        self.accepted
    }

    /// Whether a packet came along another path than the client is sent to.
    pub(crate) fn moved(&self, path: &Path) -> bool {
        self.departures.differs(path)
    }

    /// It is reached along another path from now on.
    pub(crate) fn float(&mut self, path: Path) {
        if path.peer != self.peer {
            self.event("floated", &[("to", &path.peer)]);
            self.peer = path.peer;
        }
        self.departures.redirect(path);
        self.longest = self.departures.longest_inside();
    }

    /// Sends what waits, as far as it can be sent now.
    pub(crate) fn send(&mut self) {
        self.departures.send(self.gateway.device.tun());
        self.take_news();
    }

    /// Hears of what was sent, by whomever.
    fn take_news(&mut self) {
        let News { sent, worn, fault } = self.departures.news();
        if let Some(sent) = sent {
            self.session.note_sent(sent);
        }
        if let Some(key_id) = worn {
            let now = self.now();
            self.session.replace_key(now, key_id);
        }
        match fault {
            Some(Fault::Io(error)) => self.end(End::Io(error)),
            Some(Fault::Seal(error)) => self.end(End::Text(error.to_string())),
            None => {}
        }
    }

    /// Gives the device what came in of `buffer`.
    pub(crate) fn hand_in(&mut self, buffer: &mut [u8]) {
        if !self.arrived.is_empty() {
            self.gateway.device.write(buffer, &mut self.arrived);
        }
    }

    /// Takes in the packet at `place` of `buffer`, where it stays until it is handed in.
    pub(crate) fn take_from(&mut self, buffer: &mut [u8], place: Range<usize>) -> Taken {
        let start = place.start;
        let taken = self.take_packet(buffer.get_mut(place).unwrap_or_default());
        if let Taken::GenuineData(Some(inner)) = &taken {
            let inner = start + inner.start..start + inner.end;
            self.arrived.push(buffer, inner);
        }
        taken
    }

    /// Takes in one packet.
    fn take_packet(&mut self, packet: &mut [u8]) -> Taken {
        if self.silent {
            return Taken::Other;
        }
        let first = packet.first().copied().unwrap_or_default();
        let now = self.now();
        if !DataHeader::is_data(first) {
            match Opcode::from_number(first >> 3) {
                Some(opcode) if opcode.is_hard_reset() => self.reach(Stage::Reset),
                Some(Opcode::ControlV1) if !self.accepted => self.reach(Stage::Tls),
                _ => {}
            }
            if self.accepted {
                self.reach(Stage::Push);
            }
            if self.end.is_some() || self.silent {
                return Taken::Other;
            }
            self.session.handle_packet(now, wall(), packet);
            self.carry_out();
            return Taken::Other;
        }
        let key_id = first & 0x07;
        let Some(opener) = self.keys.get_mut(&key_id) else {
            return Taken::Other;
        };
        if opener.near_exhaustion() {
            self.session.replace_key(now, key_id);
        }
        let begins = packet.as_ptr().addr();
        let payload = match opener.open(packet) {
            Ok(payload) => payload,
            Err(error) => {
                if matches!(error, OpenError::Compressed) {
                    self.session.handle_compressed(now);
                }
                self.event("bad_packet", &[]);
                return Taken::Other;
            }
        };
        self.session.note_received_with(now, key_id);
        let mut inner = None;
        match Payload::of(payload) {
            Payload::Ip => {
                clamp_mss(payload, self.longest);
                // The payload is a part of the packet.
                let from_start = payload.as_ptr().addr() - begins;
                let own = self.place.as_ref().map(|place| place.addresses);
                // Whoever holds an address may speak for it, and for no other.
                if let (Some(own), Some(from)) = (own, source(payload))
                    && own.all().any(|address| address == from)
                {
                    inner = Some(from_start..from_start + payload.len());
                }
            }
            Payload::Exit => {
                self.end = Some(End::Text("the client has left".to_owned()));
            }
            Payload::Ping | Payload::Occ(_) | Payload::Empty => {}
        }
        Taken::GenuineData(inner)
    }

    /// Does what the session wants.
    fn carry_out(&mut self) {
        while let Some(output) = self.session.poll() {
            match output {
                Output::Packet(packet) if !self.silent => self.departures.push(&packet),
                Output::Packet(_) | Output::PeerAnswered => {}
                Output::TlsEstablished { version, suite } => {
                    self.event("tls", &[("version", &version), ("suite", &suite)]);
                    self.reach(Stage::KeyExchange);
                }
                Output::CheckCredentials(check) => self.check(check),
                Output::KeyInstalled {
                    key_id,
                    sealer,
                    opener,
                } => {
                    self.event(
                        "key",
                        &[("id", &key_id), ("cipher", &sealer.cipher().name())],
                    );
                    self.keys.insert(key_id, opener);
                    self.departures.install(key_id, sealer);
                }
                Output::SendWith { key_id } => {
                    self.departures.send_with(key_id);
                    self.longest = self.departures.longest_inside();
                }
                Output::KeyRetired { key_id } => {
                    self.keys.remove(&key_id);
                    self.departures.retire(key_id);
                }
                Output::SendPing => self.departures.say(&PING),
                Output::SendExit => self.departures.say(&OCC_EXIT),
                Output::Notice(notice) => self.event("notice", &[("text", &notice.to_string())]),
                Output::Closed(closed) => {
                    self.end.get_or_insert(End::Text(closed_words(&closed)));
                }
                // Only clients are asked for credentials and given a configuration, and nobody is asked a question here.
                Output::CredentialsWanted { .. }
                | Output::Pushed { .. }
                | Output::TokenGiven(_)
                | Output::SignInPending { .. }
                | Output::SignInStep(_) => {}
                Output::ChallengeAnswered(answer) => {
                    if let Some((mut check, challenge)) = self.posed.take() {
                        check.password = challenge.password(answer.reveal());
                        self.judge(check);
                    }
                }
            }
        }
    }

    pub(crate) fn reach(&mut self, stage: Stage) {
        match self.gateway.faults.at(stage) {
            None => {}
            Some(Misdeed::Close) => {
                let text = format!("as configured, at {stage:?}");
                self.end.get_or_insert(End::Text(text));
                self.silent = true;
            }
            Some(Misdeed::FallSilent) => self.silent = true,
        }
    }

    fn now(&self) -> Moment {
        Moment::from_origin(self.origin.elapsed())
    }

    fn event(&self, name: &str, facts: &[(&str, &dyn std::fmt::Display)]) {
        let mut all: Vec<(&str, &dyn std::fmt::Display)> = vec![("client", &self.peer)];
        all.extend_from_slice(facts);
        log::event(name, &all);
    }
}

fn closed_words(closed: &Closed) -> String {
    match closed {
        Closed::Asked { why } => why.clone(),
        Closed::Rejected => "credentials rejected".to_owned(),
        Closed::Failed(error) => error.to_string(),
    }
}

pub(crate) fn wall() -> WallTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    WallTime::from_unix(since.map_or(0, |since| since.as_secs()))
}

async fn sleep(pause: Option<tokio::time::Sleep>) {
    match pause {
        Some(pause) => pause.await,
        None => std::future::pending().await,
    }
}

async fn verdict(judging: &mut Option<Judging>) -> (Check, Result<Accepted, Refusal>) {
    match judging {
        Some(judging) => judging.await,
        None => std::future::pending().await,
    }
}

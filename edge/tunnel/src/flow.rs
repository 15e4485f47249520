use crate::clock::Clock;
use crate::command::{Command, Mailbox};
use crate::counters::Counters;
use crate::datagrams::MOST_CANDIDATES;
use crate::event::{Ending, Event};
use crate::intake::Intake;
use crate::keyring::Keyring;
use crate::outbox::Outbox;
use crate::roam::Roaming;
use crate::transport::{Moved, Transport};
use crate::tun_io::TunIo;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use spoke_engine::{Closed, MssFix, Output, SealError, Session};
use spoke_moment::Moment;
use spoke_wire::{FirstByte, OCC_EXIT, PING, Payload, clamp_mss};
use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Duration;

/// The tun device is not read while so many bytes wait for the socket.
const HIGH_WATER: usize = 128 * 1024;
/// Reads of one descriptor before the others have their turn.
const TURNS: usize = 8;
/// The same where each read gives one packet.
const DATAGRAMS: usize = 64;
/// How long the last packets of a session may take to leave.
const FAREWELL: Duration = Duration::from_secs(1);

/// Who hears of events.
pub(crate) type Tell = Box<dyn FnMut(Event) + Send>;

/// The state of one pump's thread.
pub(crate) struct Flow {
    pub(crate) transport: Transport,
    session: Session,
    clock: Clock,
    mailbox: Arc<Mailbox>,
    counters: Arc<Counters>,
    pub(crate) tell: Tell,
    pub(crate) roaming: Roaming,
    intake: Intake,
    outbox: Outbox,
    keys: Keyring,
    tun: Option<TunIo>,
    /// An opened packet that the tun side did not take yet.
    stash: Vec<u8>,
    /// The socket took less than it was given.
    blocked: bool,
    first_data: bool,
    pub(crate) closed: Option<Ending>,
}

/// Which descriptors have something for us.
#[derive(Clone, Copy, Debug, Default)]
struct Ready {
    socket: bool,
    tun_read: bool,
}

impl Flow {
    pub(crate) fn new(
        transport: Transport,
        session: Session,
        clock: Clock,
        mailbox: Arc<Mailbox>,
        counters: Arc<Counters>,
        tell: Tell,
    ) -> Self {
        let intake = transport.intake();
        let outbox = Outbox::new(transport.is_datagrams());
        Self {
            transport,
            session,
            clock,
            mailbox,
            counters,
            tell,
            roaming: Roaming::default(),
            intake,
            outbox,
            keys: Keyring::default(),
            tun: None,
            stash: Vec::new(),
            blocked: false,
            first_data: false,
            closed: None,
        }
    }

    /// Closes the descriptors and gives the listener back.
    pub(crate) fn into_tell(self) -> Tell {
        self.tell
    }

    /// Moves packets until the end.
    pub(crate) fn run(&mut self) -> Ending {
        let mut farewell: Option<Moment> = None;
        loop {
            self.session_outputs();
            if let Err(ending) = self.flush() {
                // It takes nothing any more, but what the peer said before may be here.
                let _ = self.receive();
                self.session_outputs();
                return self.closed.take().unwrap_or(ending);
            }
            let now = self.clock.now();
            if self.closed.is_some() {
                let until = *farewell.get_or_insert(now + FAREWELL);
                if self.outbox.is_empty() || now >= until {
                    return self.closed.take().unwrap_or(Ending::Asked);
                }
            }
            let ready = match self.wait(farewell) {
                Ok(ready) => ready,
                Err(error) => return Ending::Local(format!("wait for packets: {error}")),
            };
            if let Err(ending) = self.turn(ready) {
                // What the peer said before it closed says more than that it closed.
                self.session_outputs();
                return self.closed.take().unwrap_or(ending);
            }
        }
    }

    fn turn(&mut self, ready: Ready) -> Result<(), Ending> {
        while let Some(command) = self.mailbox.take() {
            self.command(command);
        }
        let now = self.clock.now();
        if self
            .session
            .deadline()
            .is_some_and(|deadline| deadline.at <= now)
        {
            self.session.handle_timeout(now, self.clock.wall());
            self.session_outputs();
        }
        if let Some(datagrams) = self.transport.datagrams() {
            datagrams.start_due();
        }
        if !self.stash.is_empty() {
            self.unstash()?;
        }
        // Frames may be left over from before the tun side was full.
        if self.stash.is_empty() {
            self.frames()?;
        }
        if ready.socket {
            self.receive()?;
        }
        self.report_trouble();
        if ready.tun_read {
            self.send_packets()?;
        }
        Ok(())
    }

    fn wait(&self, farewell: Option<Moment>) -> io::Result<Ready> {
        let mut socket = PollFlags::empty();
        if self.stash.is_empty() && self.closed.is_none() {
            socket |= PollFlags::POLLIN;
        }
        if !self.outbox.is_empty() {
            socket |= PollFlags::POLLOUT;
        }
        let mut inner = PollFlags::empty();
        if self.may_read_tun() {
            inner |= PollFlags::POLLIN;
        }
        if !self.stash.is_empty() {
            inner |= PollFlags::POLLOUT;
        }
        // The place of whatever there is nothing to wait for on: a poll tells of
        // hang-ups even when nothing is asked.
        let bell = || PollFd::new(self.mailbox.as_fd(), PollFlags::POLLIN);
        let mut fds: [PollFd<'_>; 2 + MOST_CANDIDATES] = std::array::from_fn(|_| bell());
        if let Some(tun) = self.tun.as_ref().filter(|_| !inner.is_empty()) {
            fds[1] = PollFd::new(tun.as_fd(), inner);
        }
        let mut used = 2;
        if !socket.is_empty() {
            for (place, descriptor) in fds.iter_mut().skip(2).zip(self.transport.sockets()) {
                *place = PollFd::new(descriptor, socket);
                used += 1;
            }
        }
        let deadline = self.session.deadline().map(|deadline| deadline.at);
        let pause = self.transport.pause().map(|pause| self.clock.now() + pause);
        let at = [deadline, pause, farewell].into_iter().flatten().min();
        let waited = fds.get_mut(..used).unwrap_or_default();
        match poll(waited, timeout(self.clock, at)) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
        let told = |at: usize| {
            fds.get(at)
                .and_then(PollFd::revents)
                .unwrap_or(PollFlags::empty())
        };
        if told(0).contains(PollFlags::POLLIN) {
            self.mailbox.silence();
        }
        let readable = PollFlags::POLLIN | PollFlags::POLLHUP | PollFlags::POLLERR;
        Ok(Ready {
            socket: self.stash.is_empty() && (2..used).any(|at| told(at).intersects(readable)),
            tun_read: self.may_read_tun() && told(1).intersects(readable),
        })
    }

    /// Whether there is a packet to be had from inside and a way for it.
    fn may_read_tun(&self) -> bool {
        self.tun.is_some()
            && self.closed.is_none()
            && self.keys.room().is_some()
            && !self.blocked
            && self.outbox.len() < HIGH_WATER
    }

    fn command(&mut self, command: Command) {
        let now = self.clock.now();
        match command {
            Command::Supply(credentials) => self.session.supply_credentials(now, credentials),
            Command::Answer(answer) => self.session.answer_challenge(now, answer),
            Command::Accept(key_id, push) => {
                self.session.accept_credentials(now, key_id, *push);
            }
            Command::Reject(key_id, reason) => {
                self.session.reject_credentials(now, key_id, reason);
            }
            Command::Attach(tun) => self.tun = Some(tun),
            Command::Renegotiate => self.session.renegotiate(now),
            Command::Roam => self.roam(),
            Command::Close(why) => self.session.close(now, why),
        }
        self.session_outputs();
    }

    fn session_outputs(&mut self) {
        while let Some(output) = self.session.poll() {
            match output {
                Output::Packet(packet) => self.outbox.push(&packet),
                Output::PeerAnswered => {
                    self.settle();
                    (self.tell)(Event::PeerAnswered);
                }
                Output::TlsEstablished { version, .. } => {
                    (self.tell)(Event::TlsEstablished { version });
                }
                Output::CredentialsWanted { renegotiation } => {
                    (self.tell)(Event::CredentialsWanted { renegotiation });
                }
                Output::CheckCredentials(check) => (self.tell)(Event::CheckCredentials(check)),
                Output::Pushed { reply, again } => {
                    if !again {
                        self.roaming.configure(&reply);
                    }
                    (self.tell)(Event::Pushed { reply, again });
                }
                Output::TokenGiven(token) => (self.tell)(Event::TokenGiven(token)),
                Output::SignInPending { timeout } => {
                    (self.tell)(Event::SignInPending { timeout });
                }
                Output::SignInStep(step) => (self.tell)(Event::SignInStep(step)),
                // Only a server that defers its verdict is answered, and none here does.
                Output::ChallengeAnswered(_) => {}
                Output::KeyInstalled {
                    key_id,
                    sealer,
                    opener,
                } => {
                    self.keys.install(key_id, sealer, opener);
                }
                Output::SendWith { key_id } => self.keys.send_with(key_id),
                Output::KeyRetired { key_id } => self.keys.retire(key_id),
                Output::SendPing => self.seal_own(&PING),
                Output::SendExit => self.seal_own(&OCC_EXIT),
                Output::Notice(text) => (self.tell)(Event::Notice(text)),
                Output::Closed(closed) => {
                    self.closed = Some(match closed {
                        Closed::Asked { .. } => Ending::Asked,
                        Closed::Rejected => Ending::Rejected,
                        Closed::Failed(error) => Ending::Session(error),
                    });
                }
            }
        }
    }

    /// Seals and queues a payload of the protocol's own.
    pub(crate) fn seal_own(&mut self, payload: &[u8]) {
        let Some(room) = self.keys.room() else {
            return;
        };
        if let Some(place) = self.outbox.lend(room.head + payload.len() + room.tail) {
            for (to, from) in place.iter_mut().skip(room.head).zip(payload) {
                *to = *from;
            }
            if let Ok(length) = self.keys.seal(place, payload.len()) {
                self.outbox.commit(length);
                self.session.note_sent(self.clock.now());
            }
        }
    }

    /// Writes what waits, as far as the socket takes it.
    fn flush(&mut self) -> Result<(), Ending> {
        self.blocked = false;
        while !self.outbox.is_empty() {
            match self.transport.send(self.outbox.waiting()) {
                Ok(Moved::Bytes(count)) => self.outbox.written(count),
                Ok(Moved::Later | Moved::End) => {
                    self.blocked = true;
                    break;
                }
                Err(fault) => return Err(fault.into()),
            }
        }
        Ok(())
    }

    /// Takes in what the socket has.
    fn receive(&mut self) -> Result<(), Ending> {
        let turns = match self.transport.is_datagrams() {
            true => DATAGRAMS,
            false => TURNS,
        };
        for _ in 0..turns {
            let space = self.intake.space();
            let room = space.len();
            match self.transport.receive(space) {
                Ok(Moved::Bytes(count)) => {
                    self.intake.filled(count);
                    self.frames()?;
                    // Less than there was room for: that was all of the stream.
                    let all = count < room && !self.transport.is_datagrams();
                    if all || !self.stash.is_empty() {
                        break;
                    }
                }
                Ok(Moved::Later) => break,
                Ok(Moved::End) => {
                    return Err(Ending::Transport("it was closed by the peer".to_owned()));
                }
                Err(fault) => return Err(fault.into()),
            }
        }
        Ok(())
    }

    /// Handles the whole packets at hand.
    fn frames(&mut self) -> Result<(), Ending> {
        let now = self.clock.now();
        let mut received = 0_u64;
        let mut genuine = false;
        let mut control = false;
        let longest = self.longest_inside();
        let result = loop {
            let packet = match self.intake.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => break Ok(()),
                Err(error) => break Err(Ending::Transport(error.to_string())),
            };
            let Ok(first) = FirstByte::of(packet) else {
                continue;
            };
            if !first.opcode.is_data() {
                control = true;
                self.session.handle_packet(now, self.clock.wall(), packet);
                self.session_outputs();
                continue;
            }
            let payload = match self.keys.open(first, packet) {
                Ok(payload) => payload,
                Err(error) => {
                    tracing::debug!("dropped: {error}");
                    continue;
                }
            };
            genuine = true;
            match Payload::of(payload) {
                Payload::Ip => {
                    received += payload.len() as u64;
                    if let Some(tun) = &self.tun {
                        clamp_mss(payload, longest);
                        match tun.write(payload) {
                            Ok(Moved::Bytes(_) | Moved::End) => {}
                            Ok(Moved::Later) => {
                                self.stash.extend_from_slice(payload);
                                break Ok(());
                            }
                            Err(error) => break Err(inner_failed("write", &error)),
                        }
                    }
                }
                Payload::Exit => {
                    self.session.handle_exit(now);
                    self.session_outputs();
                }
                Payload::Ping | Payload::Occ(_) | Payload::Empty => {}
            }
        };
        if genuine {
            if let Some(datagrams) = self.transport.datagrams() {
                datagrams.well();
            }
            self.session.note_received(now);
            self.session.note_traffic(now, received);
            self.counters.add_received(received);
            self.replace_worn_key(now);
            if !self.first_data {
                self.first_data = true;
                (self.tell)(Event::FirstData);
            }
        }
        if control {
            self.transport.acknowledge_quickly();
        }
        result
    }

    /// Offers the packet that the tun side did not take once more.
    fn unstash(&mut self) -> Result<(), Ending> {
        let Some(tun) = &self.tun else {
            self.stash.clear();
            return Ok(());
        };
        match tun.write(&self.stash) {
            Ok(Moved::Later) => Ok(()),
            Ok(Moved::Bytes(_) | Moved::End) => {
                self.stash.clear();
                Ok(())
            }
            Err(error) => Err(inner_failed("write", &error)),
        }
    }

    /// The longest packet inside that TCP segments may make, so that none outside has to be fragmented.
    fn longest_inside(&self) -> u16 {
        let fix = self.tun.as_ref().map_or(MssFix::Off, TunIo::mss_fix);
        let longest = self.keys.longest_inside(fix, self.transport.outside());
        longest.unwrap_or(u16::MAX)
    }

    fn replace_worn_key(&mut self, now: Moment) {
        if let Some(key_id) = self.keys.worn() {
            self.session.replace_key(now, key_id);
        }
    }

    /// Takes packets from inside and seals them where they will be written from.
    fn send_packets(&mut self) -> Result<(), Ending> {
        let Some(tun) = &self.tun else { return Ok(()) };
        let Some(room) = self.keys.room() else {
            return Ok(());
        };
        let longest = self.longest_inside();
        let mtu = usize::from(tun.mtu());
        let most = room.head + mtu + room.tail;
        let mut sent = 0_u64;
        while self.outbox.len() < HIGH_WATER {
            let Some(place) = self.outbox.lend(most) else {
                break;
            };
            let Some(payload) = place.get_mut(room.head..room.head + mtu) else {
                break;
            };
            let count = match tun.read(payload) {
                Ok(Moved::Bytes(count)) => count,
                Ok(Moved::Later) => break,
                Ok(Moved::End) => return Err(Ending::Local("the inner side was closed".into())),
                Err(error) => return Err(inner_failed("read", &error)),
            };
            if let Some(ip) = payload.get_mut(..count) {
                clamp_mss(ip, longest);
            }
            match self.keys.seal(place, count) {
                Ok(length) => self.outbox.commit(length),
                Err(SealError::Exhausted) => {
                    self.session.handle_exhaustion(self.clock.now());
                    break;
                }
                Err(error) => {
                    tracing::debug!("dropped: {error}");
                    continue;
                }
            }
            sent += count as u64;
        }
        if sent > 0 {
            let now = self.clock.now();
            self.session.note_sent(now);
            self.session.note_traffic(now, sent);
            self.counters.add_sent(sent);
            self.replace_worn_key(now);
        }
        Ok(())
    }
}

fn inner_failed(operation: &str, error: &io::Error) -> Ending {
    Ending::Local(format!("{operation} the tunnel device: {error}"))
}

/// What is left until `at`, rounded up so that a deadline has passed when poll ends.
fn timeout(clock: Clock, at: Option<Moment>) -> PollTimeout {
    let Some(at) = at else {
        return PollTimeout::NONE;
    };
    let millis = clock.until(at).as_nanos().div_ceil(1_000_000);
    let millis = u16::try_from(millis).unwrap_or(u16::MAX);
    PollTimeout::from(millis)
}

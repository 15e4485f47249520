use crate::clock::Clock;
use crate::command::{Command, Mailbox};
use crate::counters::Counters;
use crate::datagrams::MOST_CANDIDATES;
use crate::event::{Ending, Event};
use crate::hints;
use crate::inbound::Inbound;
use crate::keyring::Keyring;
use crate::outbound::Outbound;
use crate::roam::Roaming;
use crate::transport::Transport;
use crate::tun_io::TunIo;
use nix::poll::{PollFd, PollFlags};
use spoke_engine::{Closed, MssFix, Output, Session};
use spoke_moment::Moment;
use spoke_wire::{OCC_EXIT, PING};
use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Duration;

/// How long the last packets of a session may take to leave.
const FAREWELL: Duration = Duration::from_secs(1);

/// Who hears of events.
pub(crate) type Tell = Box<dyn FnMut(Event) + Send>;

/// The state of one pump's thread.
pub(crate) struct Flow {
    pub(crate) transport: Transport,
    pub(crate) session: Session,
    pub(crate) clock: Clock,
    mailbox: Arc<Mailbox>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) tell: Tell,
    pub(crate) roaming: Roaming,
    pub(crate) inbound: Inbound,
    pub(crate) outbound: Outbound,
    pub(crate) keys: Keyring,
    pub(crate) tun: Option<TunIo>,
    ready: Ready,
    first_data: bool,
    pub(crate) closed: Option<Ending>,
}

/// Which descriptors may have something for us: until a read says that they have not,
/// nobody has to be asked.
#[derive(Clone, Copy, Debug, Default)]
struct Ready {
    socket: bool,
    tun: bool,
}

/// What a turn at one descriptor came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// There may be more.
    Some,
    /// There is no more now.
    All,
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
        let inbound = Inbound::new(transport.intake());
        let outbound = Outbound::new(transport.is_datagrams());
        Self {
            transport,
            session,
            clock,
            mailbox,
            counters,
            tell,
            roaming: Roaming::default(),
            inbound,
            outbound,
            keys: Keyring::default(),
            tun: None,
            ready: Ready::default(),
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
        hints::sharpen_timers();
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
                if self.outbound.is_empty() || now >= until {
                    return self.closed.take().unwrap_or(Ending::Asked);
                }
            }
            let heard = self.ready.socket && self.may_read_socket(now);
            let given = self.ready.tun && !self.gathers_answers(now) && self.may_read_tun(now);
            if !heard
                && !given
                && let Err(error) = self.wait(now, farewell)
            {
                return Ending::Local(format!("wait for packets: {error}"));
            }
            if let Err(ending) = self.turn() {
                // What the peer said before it closed says more than that it closed.
                self.session_outputs();
                return self.closed.take().unwrap_or(ending);
            }
        }
    }

    fn turn(&mut self) -> Result<(), Ending> {
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
        self.deliver()?;
        // Before what comes in begins the next pause: each time there is one look inside.
        let gathers = self.gathers_answers(now);
        if self.ready.socket && self.may_read_socket(now) {
            self.ready.socket = self.receive()? == Taken::Some;
            // What was delivered may be answered already.
            self.ready.tun = true;
        }
        self.report_trouble();
        if self.ready.tun && !gathers && self.may_read_tun(now) {
            self.ready.tun = self.send_packets()? == Taken::Some;
        }
        Ok(())
    }

    fn wait(&mut self, now: Moment, farewell: Option<Moment>) -> io::Result<()> {
        self.transport.acknowledge_now();
        let mut socket = PollFlags::empty();
        if self.may_read_socket(now) && !self.ready.socket {
            socket |= PollFlags::POLLIN;
        }
        if !self.outbound.is_empty() {
            socket |= PollFlags::POLLOUT;
        }
        let mut inner = PollFlags::empty();
        if !self.gathers_answers(now) && self.may_read_tun(now) {
            inner |= PollFlags::POLLIN;
        }
        if self.inbound.is_stalled() {
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
        let sockets = self.transport.sockets().map(|one| (one, socket));
        let control = self.transport.control();
        let control = control.map(|control| (control, socket & PollFlags::POLLIN));
        let asked = sockets.chain(control).filter(|(_, what)| !what.is_empty());
        for (place, (descriptor, what)) in fds.iter_mut().skip(2).zip(asked) {
            *place = PollFd::new(descriptor, what);
            used += 1;
        }
        let deadline = self.session.deadline().map(|deadline| deadline.at);
        let pause = self.transport.pause().map(|pause| now + pause);
        let gathered = self.inbound.moderation.until(now);
        let at = [deadline, pause, farewell, gathered]
            .into_iter()
            .flatten()
            .min();
        let waited = fds.get_mut(..used).unwrap_or_default();
        hints::wait(waited, at.map(|at| at.since(now)))?;
        let told = |at: usize| {
            fds.get(at)
                .and_then(PollFd::revents)
                .unwrap_or(PollFlags::empty())
        };
        let readable = PollFlags::POLLIN | PollFlags::POLLHUP | PollFlags::POLLERR;
        let rung = told(0).contains(PollFlags::POLLIN);
        let heard = (2..used).any(|at| told(at).intersects(readable));
        let given = told(1).intersects(readable);
        if rung {
            self.mailbox.silence();
        }
        self.ready.socket |= heard;
        self.ready.tun |= given;
        Ok(())
    }

    /// Whether what the socket has can be taken in now.
    fn may_read_socket(&self, now: Moment) -> bool {
        !self.inbound.is_stalled()
            && self.closed.is_none()
            && self.inbound.moderation.until(now).is_none()
    }

    /// Whether there is a packet to be had from inside and a way for it.
    fn may_read_tun(&self, now: Moment) -> bool {
        self.tun.is_some()
            && self.closed.is_none()
            && self.keys.room().is_some()
            && self.outbound.has_room(now)
    }

    /// Whether what comes from inside are but answers to what comes in with pauses: they gather
    /// meanwhile as well.
    fn gathers_answers(&self, now: Moment) -> bool {
        self.outbound.is_brief() && self.inbound.moderation.until(now).is_some()
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
            Command::Attach(tun) => {
                self.inbound.join_for(&tun);
                self.outbound.forget_waiting();
                self.tun = Some(tun);
                self.ready.tun = true;
            }
            Command::Renegotiate => self.session.renegotiate(now),
            Command::Roam => self.roam(),
            Command::Close(why) => self.session.close(now, why),
        }
        self.session_outputs();
    }

    pub(crate) fn session_outputs(&mut self) {
        while let Some(output) = self.session.poll() {
            match output {
                Output::Packet(packet) => self.outbound.push(&packet),
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
                    self.roaming.configure(&reply, again);
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
                Output::Notice(notice) => (self.tell)(Event::Notice(notice)),
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

    /// Notes that genuine data packets, of which the session knows, brought so many bytes for the inside.
    pub(crate) fn note_received(&mut self, now: Moment, bytes: u64) {
        if let Some(datagrams) = self.transport.datagrams() {
            datagrams.well();
        }
        self.session.note_traffic(now, bytes);
        self.counters.add_received(bytes);
        self.replace_worn_key(now);
        if !self.first_data {
            self.first_data = true;
            (self.tell)(Event::FirstData);
        }
    }

    /// The longest packet inside that TCP segments may make, so that none outside has to be fragmented.
    pub(crate) fn longest_inside(&self) -> u16 {
        let fix = self.tun.as_ref().map_or(MssFix::Off, TunIo::mss_fix);
        let longest = self.keys.longest_inside(fix, self.transport.outside());
        longest.unwrap_or(u16::MAX)
    }

    pub(crate) fn replace_worn_key(&mut self, now: Moment) {
        if let Some(key_id) = self.keys.worn() {
            self.session.replace_key(now, key_id);
        }
    }
}

pub(crate) fn inner_failed(operation: &str, error: &io::Error) -> Ending {
    Ending::Local(format!("{operation} the tunnel device: {error}"))
}

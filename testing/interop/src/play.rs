//! Plays one cell: connection, checks, traffic, renegotiation, leaving.

use crate::axes::{DataFormat, Derivation, Leaving, Renegotiation, SignIn, Transport};
use crate::cell::Cell;
use crate::failure::{Failure, require};
use crate::ours::{Ours, Seen};
use crate::peer::Peer;
use crate::pki::USER;
use crate::seat::Seat;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use spoke_engine::{Closed, Error, Refusal};
use std::time::{Duration, Instant};

/// The longest that any step may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// Packets of each round of traffic.
const ROUND: u16 = 40;
/// Requests that may be under way at once.
const UNDER_WAY: usize = 8;

/// A cell with both its ends.
pub(crate) struct Play<'a> {
    /// How the connection is made.
    pub(crate) cell: &'a Cell,
    /// Where.
    pub(crate) seat: Seat,
    /// One end.
    pub(crate) client: End<'a>,
    /// The other.
    pub(crate) server: End<'a>,
}

/// One end of a cell.
pub(crate) enum End<'a> {
    /// A session of ours.
    Ours(Box<Ours>),
    /// A program.
    Peer(Box<dyn Peer + 'a>),
}

impl<'a> Play<'a> {
    /// With both ends started.
    pub(crate) const fn new(cell: &'a Cell, seat: Seat, client: End<'a>, server: End<'a>) -> Self {
        Self {
            cell,
            seat,
            client,
            server,
        }
    }

    /// Plays it to the end.
    ///
    /// # Errors
    /// At the first thing that is not as the cell says.
    pub(crate) fn all(&mut self) -> Result<(), Failure> {
        self.until("a connection", |play| play.is_up())?;
        self.check()?;
        self.traffic()?;
        if self.cell.renegotiation != Renegotiation::None {
            self.renegotiate()?;
            self.traffic()?;
        }
        self.check_quiet()?;
        self.leave()
    }

    /// Goes on until `holds`.
    ///
    /// # Errors
    /// When that does not come.
    pub(crate) fn until(
        &mut self,
        what: &str,
        holds: impl Fn(&mut Self) -> bool,
    ) -> Result<(), Failure> {
        let end = Instant::now() + PATIENCE;
        loop {
            self.step()?;
            if holds(self) {
                return Ok(());
            }
            require(Instant::now() < end, || format!("{what} does not come"))?;
            let over = self
                .ours()
                .any(|ours| ours.seen.closed.is_some() || ours.seen.cut);
            require(!over, || format!("the connection ended before {what} came"))?;
        }
    }

    /// Waits a moment for packets, then lets our ends do what they can.
    ///
    /// # Errors
    /// When one of the ends cannot go on.
    pub(crate) fn step(&mut self) -> Result<(), Failure> {
        let mut fds: Vec<PollFd<'_>> = self
            .ours()
            .filter(|ours| !ours.seen.cut)
            .map(|ours| PollFd::new(ours.socket.fd(), PollFlags::POLLIN))
            .collect();
        let _ = poll(&mut fds, PollTimeout::from(10u8));
        for end in [&mut self.client, &mut self.server] {
            match end {
                End::Ours(ours) => ours.step()?,
                End::Peer(peer) => peer.check_runs()?,
            }
        }
        Ok(())
    }

    /// The ends that are ours.
    pub(crate) fn ours(&self) -> impl Iterator<Item = &Ours> {
        [&self.client, &self.server]
            .into_iter()
            .filter_map(|end| match end {
                End::Ours(ours) => Some(&**ours),
                End::Peer(_) => None,
            })
    }

    /// The port of our end, by which a peer of many connections tells this one.
    fn port(&self) -> u16 {
        self.ours().next().map_or(0, |ours| ours.socket.port())
    }

    fn peer(&self) -> Option<&dyn Peer> {
        [&self.client, &self.server]
            .into_iter()
            .find_map(|end| match end {
                End::Ours(_) => None,
                End::Peer(peer) => Some(&**peer as &dyn Peer),
            })
    }

    /// The end of ours that sends echo requests; the other end answers.
    fn asker(&mut self) -> Result<&mut Ours, Failure> {
        match (&mut self.client, &mut self.server) {
            (End::Ours(ours), _) | (_, End::Ours(ours)) => Ok(ours),
            _ => Err(Failure::new("a pairing without an end of ours")),
        }
    }

    /// Whether the connection stands.
    pub(crate) fn is_up(&self) -> bool {
        let client = match &self.client {
            End::Ours(ours) => ours.seen.pushed.is_some(),
            End::Peer(peer) => peer.is_connected(),
        };
        client && self.ours().all(|ours| ours.seen.sending.is_some())
    }

    /// Whether what was negotiated is what the cell says, at both ends.
    fn check(&self) -> Result<(), Failure> {
        for ours in self.ours() {
            self.check_ours(&ours.seen)?;
        }
        let port = self.port();
        self.peer()
            .map_or(Ok(()), |peer| peer.check(self.cell, port))
    }

    fn check_ours(&self, seen: &Seen) -> Result<(), Failure> {
        let cell = self.cell;
        let tls = format!("TLSv{}", cell.tls.name());
        require(seen.tls.as_deref() == Some(&*tls), || {
            format!("we have {:?}", seen.tls)
        })?;
        require(seen.cipher == Some(cell.cipher.name()), || {
            format!("we have {:?}", seen.cipher)
        })?;
        let Some(pushed) = &seen.pushed else {
            let certificate = seen.certificates > 0;
            return require(certificate == cell.sign_in.has_certificate(), || {
                format!("our server saw {} certificates", seen.certificates)
            });
        };
        let flags = pushed.protocol_flags;
        let expected = [
            (
                flags.tls_ekm,
                cell.derivation == Derivation::Exporter,
                "exporter keys",
            ),
            (
                pushed.peer_id.is_some(),
                cell.format != DataFormat::V1,
                "a peer-id",
            ),
            (flags.aead_epoch, cell.format == DataFormat::Epoch, "epochs"),
            (
                pushed.auth_token.is_some(),
                cell.sign_in == SignIn::Token,
                "a token",
            ),
        ];
        if cell.renegotiation != Renegotiation::None {
            let (is, should) = (flags.dyn_tls_crypt, cell.renegotiation.is_dynamic());
            require(is == should, || format!("dynamic tls-crypt pushed: {is}"))?;
        }
        for (is, should, what) in expected {
            require(is == should, || format!("{what} pushed: {is}"))?;
        }
        Ok(())
    }

    /// Packets of all sizes through the tunnel and back, none of them lost.
    ///
    /// # Errors
    /// When one is lost or comes otherwise than the cell says.
    pub(crate) fn traffic(&mut self) -> Result<(), Failure> {
        let until = self.asker()?.echoes() + ROUND;
        while self.asker()?.echoes() < until {
            self.until("room for a packet", |play| play.unanswered() < UNDER_WAY)?;
            self.echo()?;
        }
        self.until("the last answer", |play| play.unanswered() == 0)?;
        let opcode = match self.cell.format {
            DataFormat::V1 => 6,
            DataFormat::V2 | DataFormat::Epoch => 9,
        };
        for ours in self.ours() {
            let opcodes: Vec<u8> = ours.seen.opcodes.iter().copied().collect();
            require(opcodes == [opcode], || {
                format!("data packets with opcodes {opcodes:?}")
            })?;
        }
        Ok(())
    }

    fn echo(&mut self) -> Result<(), Failure> {
        let server = match &self.server {
            End::Peer(peer) => peer.address(),
            End::Ours(_) => None,
        };
        let server = server.unwrap_or(self.seat.server());
        let (from, to) = match &self.client {
            End::Ours(ours) => {
                let pushed = ours.seen.pushed.as_ref();
                let own = pushed.and_then(|pushed| pushed.ifconfig);
                (own.map_or(self.seat.client(), |own| own.local), server)
            }
            _ => (server, self.seat.client()),
        };
        self.asker()?.echo(from, to)
    }

    fn unanswered(&self) -> usize {
        self.ours().map(Ours::unanswered).sum()
    }

    /// A new key, with packets under way all the time, until both ends send with it.
    fn renegotiate(&mut self) -> Result<(), Failure> {
        let by_client = self.cell.renegotiation.is_by_client();
        if let (SignIn::Token, End::Ours(ours)) = (self.cell.sign_in, &mut self.client) {
            // Only the token is good from here on.
            ours.login = Some((USER.to_owned(), "not this any more".to_owned()));
        }
        let beginner = if by_client {
            &mut self.client
        } else {
            &mut self.server
        };
        if let End::Ours(ours) = beginner {
            ours.renegotiate();
        }
        let end = Instant::now() + PATIENCE;
        let mut next = Instant::now();
        while !self.has_new_key() {
            require(Instant::now() < end, || {
                "the new key does not come into use".to_owned()
            })?;
            if Instant::now() >= next && self.unanswered() < UNDER_WAY {
                self.echo()?;
                next = Instant::now() + Duration::from_millis(30);
            }
            self.until("a packet", |_| true)?;
        }
        self.until("the answers", |play| play.unanswered() == 0)
    }

    fn has_new_key(&self) -> bool {
        self.ours().all(|ours| {
            let seen = &ours.seen;
            seen.sending.is_some_and(|key_id| key_id > 0)
                && seen.received_with.last().is_some_and(|key_id| *key_id > 0)
        })
    }

    /// Whether neither end found anything wrong on the way.
    ///
    /// # Errors
    /// When one did.
    pub(crate) fn check_quiet(&self) -> Result<(), Failure> {
        for ours in self.ours() {
            let notices = &ours.seen.notices;
            let failed = notices.iter().find(|notice| notice.contains("failed"));
            require(failed.is_none(), || format!("our end says {notices:?}"))?;
        }
        let port = self.port();
        self.peer()
            .map_or(Ok(()), |peer| peer.check_quiet(self.cell, port))
    }

    /// One end leaves, and the other sees it.
    ///
    /// # Errors
    /// When it does not see it.
    pub(crate) fn leave(&mut self) -> Result<(), Failure> {
        let cell = self.cell;
        let leaver = match cell.leaving {
            Leaving::Client => &mut self.client,
            Leaving::Server => &mut self.server,
        };
        match leaver {
            End::Ours(ours) => ours.leave(),
            End::Peer(peer) => peer.leave()?,
        }
        let end = Instant::now() + PATIENCE;
        while !self.was_seen_leaving() {
            require(Instant::now() < end, || {
                "nobody sees the other leave".to_owned()
            })?;
            let mut fds: Vec<PollFd<'_>> = Vec::new();
            let _ = poll(&mut fds, PollTimeout::from(5u8));
            for end in [&mut self.client, &mut self.server] {
                if let End::Ours(ours) = end {
                    ours.step()?;
                }
            }
        }
        Ok(())
    }

    fn was_seen_leaving(&self) -> bool {
        let stayer = match self.cell.leaving {
            Leaving::Client => &self.server,
            Leaving::Server => &self.client,
        };
        match stayer {
            End::Peer(peer) => peer.saw_leaving(self.port()),
            End::Ours(ours) => match &ours.seen.closed {
                Some(Closed::Failed(Error::PeerRefused(refusal))) => {
                    matches!(refusal, Refusal::Exit | Refusal::Restart { .. })
                }
                Some(_) => false,
                // OpenVPN says good-bye over UDP only.
                None => ours.seen.cut && self.cell.transport == Transport::Tcp,
            },
        }
    }

    /// A failure with what both ends knew.
    #[must_use]
    pub(crate) fn explain(&self, failure: &Failure) -> Failure {
        Failure::new(format!("{failure}\n{}", self.knowledge()))
    }

    fn knowledge(&self) -> String {
        let mut text = String::new();
        for ours in self.ours() {
            let seen = &ours.seen;
            text += &format!(
                "  ours: sending with {:?}, received with {:?}, {} unanswered of {}, closed {:?}, cut {}, notices {:?}\n  control packets{}\n  pushed {:?}\n",
                seen.sending,
                seen.received_with,
                ours.unanswered(),
                ours.echoes(),
                seen.closed,
                seen.cut,
                seen.notices,
                seen.control,
                seen.pushed,
            );
        }
        if let Some(peer) = self.peer() {
            let log = peer.log();
            let lines: Vec<&str> = log.lines().collect();
            let last = lines.len().saturating_sub(45);
            text += &lines[last..].join("\n");
        }
        text
    }
}

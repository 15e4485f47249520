//! What all cells of a run share, and how each gets its two ends from it.

use crate::axes::{Family, SignIn, Transport};
use crate::cell::Cell;
use crate::failure::Failure;
use crate::openvpn3::OpenVpn3;
use crate::ours::Ours;
use crate::party::{Pairing, Party, Release};
use crate::peers::Peers;
use crate::pki::USER;
use crate::place::{Place, password};
use crate::play::{End, Play};
use crate::seat::Seat;
use crate::socket::Socket;
use crate::softether::{self, SoftEther};
use crate::{config, openvpn};
use spoke_engine::Session;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::OnceLock;

/// Files, and programs that serve more than one cell.
pub struct Stage {
    place: Place,
    peers: Peers,
    /// Started by the first cell that wants it.
    softether: OnceLock<Result<SoftEther, Failure>>,
    /// Likewise.
    openvpn3: OnceLock<Result<OpenVpn3, Failure>>,
}

impl Stage {
    /// With these files and programs.
    #[must_use]
    pub const fn new(place: Place, peers: Peers) -> Self {
        Self {
            place,
            peers,
            softether: OnceLock::new(),
            openvpn3: OnceLock::new(),
        }
    }

    /// Plays one cell.
    ///
    /// # Errors
    /// At the first thing that is not as the cell says, with what both ends knew.
    pub(crate) fn play(&self, pairing: &Pairing, cell: &Cell, seat: Seat) -> Result<(), Failure> {
        self.with(pairing, cell, seat, None, Play::all)
    }

    /// Plays a change of settings of a running connection.
    ///
    /// # Errors
    /// As [`Stage::play`].
    pub(crate) fn play_update(
        &self,
        pairing: &Pairing,
        cell: &Cell,
        seat: Seat,
    ) -> Result<(), Failure> {
        let socket = self.place.folder().join(format!("management-{}", seat.0));
        self.with(pairing, cell, seat, Some(&socket), |play| {
            play.update(&socket)
        })
    }

    fn with<'a>(
        &'a self,
        pairing: &Pairing,
        cell: &'a Cell,
        seat: Seat,
        management: Option<&Path>,
        act: impl FnOnce(&mut Play<'a>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let server = self.server(pairing, cell, seat, management)?;
        let client = self.client(pairing, cell, seat)?;
        let mut play = Play::new(cell, seat, client, server);
        if cell.sign_in == SignIn::DynamicChallenge {
            play.begin_with_password();
            let asked = play.until_asked();
            let next = asked.map_err(|failure| play.explain(&failure))?;
            play = self.connect_again(pairing, play, next)?;
        }
        act(&mut play).map_err(|failure| play.explain(&failure))
    }

    /// The play with new ends in place of ours, once those are through; our client then says `login`.
    fn connect_again<'a>(
        &'a self,
        pairing: &Pairing,
        play: Play<'a>,
        login: Option<(String, String)>,
    ) -> Result<Play<'a>, Failure> {
        let Play {
            cell,
            seat,
            mut client,
            mut server,
        } = play;
        if let End::Ours(gone) = server {
            // Its address is free only then.
            drop(gone);
            server = self.server(pairing, cell, seat, None)?;
        }
        if let End::Ours(_) = client {
            client = self.client(pairing, cell, seat)?;
        }
        if let End::Ours(client) = &mut client {
            client.login = login;
        }
        Ok(Play::new(cell, seat, client, server))
    }

    fn server(
        &self,
        pairing: &Pairing,
        cell: &Cell,
        seat: Seat,
        management: Option<&Path>,
    ) -> Result<End<'_>, Failure> {
        match pairing.server {
            Party::OpenVpn(release) => {
                openvpn::server(&self.peers, release, &self.place, cell, seat, management)
                    .map(|peer| End::Peer(Box::new(peer)))
            }
            Party::SoftEther => {
                let start =
                    || SoftEther::start(self.peers.folder(), self.place.folder(), &self.place.pki);
                let started = self.softether.get_or_init(start);
                let started = started.as_ref().map_err(Clone::clone)?;
                Ok(End::Peer(Box::new(started)))
            }
            Party::OpenVpn3 => Err(Failure::new("OpenVPN 3 is played as a client only")),
            Party::Spoke => {
                let config = config::server(&self.place, cell)?;
                let socket = Socket::listen(cell.transport, seat.address(cell.family))?;
                let mut ours = Ours::new(
                    |entropy, now, wall| Session::server(config, entropy, now, wall),
                    socket,
                );
                ours.push = config::push(cell, seat);
                ours.login = login(pairing, cell);
                Ok(End::Ours(Box::new(ours)))
            }
        }
    }

    fn client(&self, pairing: &Pairing, cell: &Cell, seat: Seat) -> Result<End<'_>, Failure> {
        match pairing.client {
            Party::OpenVpn(release) => {
                openvpn::client(&self.peers, release, &self.place, cell, seat)
                    .map(|peer| End::Peer(Box::new(peer)))
            }
            Party::OpenVpn3 => {
                let start = || OpenVpn3::start(self.peers.folder(), self.place.folder());
                let started = self.openvpn3.get_or_init(start);
                let started = started.as_ref().map_err(Clone::clone)?;
                let connection = started.connect(&self.place, cell, seat)?;
                Ok(End::Peer(Box::new(connection)))
            }
            Party::SoftEther => Err(Failure::new("SoftEther is played as a server only")),
            Party::Spoke => {
                let config = config::client(&self.place, cell)?;
                let socket = Socket::connect(cell.transport, address(pairing, cell, seat))?;
                let mut ours = Ours::new(
                    |entropy, now, wall| Session::client(config, entropy, now, wall),
                    socket,
                );
                ours.login = login(pairing, cell);
                if pairing.release() == Some(Release::V2_5) {
                    // Its server counts three bytes too few for CBC with a peer-id, and sends nothing that is longer.
                    ours.largest = 1472;
                }
                Ok(End::Ours(Box::new(ours)))
            }
        }
    }
}

/// Where the server of a cell listens.
fn address(pairing: &Pairing, cell: &Cell, seat: Seat) -> SocketAddr {
    let own = seat.address(cell.family);
    match (pairing.server, cell.transport, cell.family) {
        (Party::SoftEther, Transport::Udp, Family::V4) => {
            SocketAddr::new(IpAddr::V4(softether::ADDRESS), softether::PORT)
        }
        (Party::SoftEther, ..) => SocketAddr::new(own.ip(), softether::PORT),
        _ => own,
    }
}

/// User name and password of a cell.
fn login(pairing: &Pairing, cell: &Cell) -> Option<(String, String)> {
    let with_openvpn = pairing.release().is_some();
    let password = || password(cell.sign_in, with_openvpn);
    cell.sign_in
        .has_password()
        .then(|| (USER.to_owned(), password()))
}

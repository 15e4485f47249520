//! Settings changed while a connection stands (PUSH_UPDATE), with the release of OpenVPN that knows it.

use crate::cell::{BASE, Cell};
use crate::failure::{Failure, require};
use crate::matrix::Plan;
use crate::party::{Pairing, Release};
use crate::play::{End, Play};
use crate::seat::Seat;
use crate::stage::Stage;
use spoke_wire::{PushUpdate, UpdateItem};
use std::io::{BufRead, BufReader, Write};
use std::net::Ipv4Addr;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// A network that the connection does not begin with.
const NETWORK: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 0);
const MASK: Ipv4Addr = Ipv4Addr::new(255, 255, 0, 0);
/// How long the management interface may take over an answer.
const ANSWER: Duration = Duration::from_secs(30);
/// Beside all cells of the table.
const SEAT: Seat = Seat(9000);

/// Plays it with the pairings of `plans` that know it. Gives what failed.
#[must_use]
pub fn play(stage: &Stage, plans: &[Plan]) -> Vec<(&'static Pairing, Failure)> {
    let able = plans
        .iter()
        .map(|plan| plan.pairing)
        .filter(|pairing| pairing.release() == Some(Release::V2_7));
    (0..)
        .zip(able)
        .filter_map(|(place, pairing)| {
            let seat = Seat(SEAT.0 + place);
            let played = stage.play_update(pairing, &Cell::at(&BASE), seat);
            played.err().map(|failure| (pairing, failure))
        })
        .collect()
}

impl Play<'_> {
    /// A network comes and goes while packets flow. `management` is where a server that is OpenVPN is told.
    ///
    /// # Errors
    /// At the first thing that is not as it should be.
    pub(crate) fn update(&mut self, management: &Path) -> Result<(), Failure> {
        self.until("a connection", |play| play.is_up())?;
        self.traffic()?;
        let route = format!("route {NETWORK} {MASK}");
        self.say(management, &route, false)?;
        self.until("the new network", |play| play.has_network())?;
        self.traffic()?;
        self.say(management, "route", true)?;
        self.until("the end of that network", |play| !play.has_network())?;
        self.traffic()?;
        self.check_quiet()?;
        self.leave()
    }

    fn say(&mut self, management: &Path, option: &str, remove: bool) -> Result<(), Failure> {
        let item = UpdateItem {
            optional: false,
            remove,
            option: option.to_owned(),
        };
        let update = PushUpdate { items: vec![item] };
        match &mut self.server {
            End::Ours(ours) => {
                let sent = ours.update(&update)?;
                require(sent, || {
                    "the client does not say that it knows it".to_owned()
                })
            }
            End::Peer(_) => tell(management, &update.to_options().join(",")),
        }
    }

    /// Whether the client has the network.
    fn has_network(&self) -> bool {
        match &self.client {
            End::Ours(ours) => ours.seen.pushed.as_ref().is_some_and(|pushed| {
                let mut routes = pushed.routes.iter();
                pushed.ifconfig.is_some() && routes.any(|route| route.network == NETWORK)
            }),
            // Its device and routes are this namespace's.
            End::Peer(_) => routes().contains(&format!("{NETWORK}/16")),
        }
    }
}

fn routes() -> String {
    let shown = std::process::Command::new("ip")
        .args(["-4", "route", "show"])
        .output();
    shown.map_or_else(
        |_| String::new(),
        |shown| String::from_utf8_lossy(&shown.stdout).into_owned(),
    )
}

/// Has the server at `management` send an update to all its clients.
fn tell(management: &Path, options: &str) -> Result<(), Failure> {
    let mut stream = UnixStream::connect(management)
        .map_err(Failure::during("reach the management interface"))?;
    let patience = stream.set_read_timeout(Some(ANSWER));
    patience.map_err(Failure::during("reach the management interface"))?;
    let words = format!("push-update-broad \"{options}\"\n");
    let said = stream.write_all(words.as_bytes());
    said.map_err(Failure::during("ask for an update"))?;
    for line in BufReader::new(stream).lines() {
        let line = line.map_err(Failure::during("hear of the update"))?;
        if line.starts_with("SUCCESS:") {
            return Ok(());
        }
        require(!line.starts_with("ERROR:"), || {
            format!("the server will not send the update: {line}")
        })?;
    }
    Err(Failure::new("the management interface says nothing"))
}

//! Ears on the outer link: every packet that crosses the lab's internet is looked at.

use crate::probes::{self, Probe};
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, recv, setsockopt, socket,
    sockopt::RcvBufForce,
};
use spoke_lab::{Lab, LabError};
use std::collections::HashMap;
use std::os::fd::AsRawFd as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Packets may come faster than this process is given time.
const ROOM: usize = 16 << 20;
/// Bytes of a packet that are looked at.
const LOOK: usize = 512;
/// `IPPROTO_UDP` (RFC 768).
const UDP: u8 = 17;

/// What was heard.
#[derive(Clone, Default)]
pub(crate) struct Capture(Arc<Mutex<Heard>>);

/// By kind.
#[derive(Default)]
struct Heard {
    packets: u64,
    /// Probes by number: a router shows each on two of its links.
    probes: HashMap<u64, Probe>,
    /// How often each name was asked for.
    names: HashMap<String, u64>,
}

impl Capture {
    /// Listens on all links of the internet, until the lab ends.
    ///
    /// # Errors
    /// When the kernel gives no such socket.
    pub(crate) fn start(lab: &Lab) -> Result<Self, LabError> {
        let capture = Self::default();
        let heard = Arc::clone(&capture.0);
        let opened = lab.network.internet.run(move || -> nix::Result<()> {
            let ears = socket(
                AddressFamily::Packet,
                SockType::Datagram,
                SockFlag::SOCK_CLOEXEC,
                SockProtocol::EthAll,
            )?;
            setsockopt(&ears, RcvBufForce, &ROOM)?;
            thread::spawn(move || {
                let mut packet = [0; LOOK];
                while let Ok(length) = recv(ears.as_raw_fd(), &mut packet, MsgFlags::empty()) {
                    let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
                    heard.packets += 1;
                    let packet = packet.get(..length.min(LOOK)).unwrap_or_default();
                    heard.listen(packet);
                }
            });
            Ok(())
        })?;
        opened.map_err(|error| LabError::io("listen on the internet")(error.into()))?;
        Ok(capture)
    }

    /// Packets of any kind.
    pub(crate) fn packets(&self) -> u64 {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .packets
    }

    /// The probes that were heard, each once.
    pub(crate) fn probes(&self) -> Vec<Probe> {
        let heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heard.probes.values().copied().collect()
    }

    /// How many different names under `suffix` were asked for.
    pub(crate) fn names_under(&self, suffix: &str) -> Vec<String> {
        let heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let names = heard.names.keys();
        names
            .filter(|name| name.ends_with(suffix))
            .cloned()
            .collect()
    }
}

impl Heard {
    /// An IPv4 packet; anything else is not what is listened for.
    fn listen(&mut self, packet: &[u8]) {
        let Some(datagram) = datagram(packet) else {
            return;
        };
        // What comes back is on its way to the computer, and not from there.
        if datagram.port == probes::PORT
            && let Some(probe) = Probe::read(datagram.payload)
        {
            self.probes.insert(probe.number, probe);
        } else if datagram.port == 53
            && let Some(name) = question(datagram.payload)
        {
            *self.names.entry(name).or_default() += 1;
        }
    }
}

/// A UDP datagram.
struct Datagram<'a> {
    /// Where it goes.
    port: u16,
    payload: &'a [u8],
}

fn datagram(packet: &[u8]) -> Option<Datagram<'_>> {
    let first = *packet.first()?;
    let header = usize::from(first & 0xf) * 4;
    if first >> 4 != 4 || *packet.get(9)? != UDP {
        return None;
    }
    let udp = packet.get(header..)?;
    Some(Datagram {
        port: u16::from_be_bytes([*udp.get(2)?, *udp.get(3)?]),
        payload: udp.get(8..)?,
    })
}

/// The name that a DNS message asks for (RFC 1035).
fn question(message: &[u8]) -> Option<String> {
    let mut rest = message.get(12..)?;
    let mut name = String::new();
    loop {
        let (length, after) = rest.split_first()?;
        if *length == 0 {
            return Some(name);
        }
        let (label, after) = after.split_at_checked(usize::from(*length))?;
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(&String::from_utf8_lossy(label).to_ascii_lowercase());
        rest = after;
    }
}

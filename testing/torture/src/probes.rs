//! Small datagrams for the virtual network or for the internet, all the time, that say when
//! they were sent and in which situation; a server in the virtual network sends them back.

use spoke_lab::{Lab, LabError, places};
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Between two probes.
const BETWEEN: Duration = Duration::from_millis(2);
/// Where they go.
pub(crate) const PORT: u16 = 4007;
/// What each begins with.
const MARK: [u8; 8] = *b"spoke-tt";
/// The first number of those for the internet.
pub(crate) const FIRST_OUTSIDE: u64 = 1 << 62;
/// Bytes of one.
const LENGTH: usize = 24;

/// One datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Probe {
    /// Its number, from 0 or from [`FIRST_OUTSIDE`] on.
    pub(crate) number: u64,
    /// The situation in which it was sent.
    pub(crate) scene: u32,
    /// Whether the tunnel was meant to be up.
    pub(crate) meant: bool,
}

/// What has become of the probes.
#[derive(Default)]
struct Shared {
    scene: AtomicU32,
    meant: AtomicBool,
    /// The number of the next one.
    next: AtomicU64,
    sent_meant: AtomicU64,
    returned: AtomicU64,
    /// The newest probe that has come back.
    newest: Mutex<Option<u64>>,
}

/// Probes under way, until the lab ends.
#[derive(Clone)]
pub(crate) struct Probes(Arc<Shared>);

impl Probes {
    /// Begins to send to a server in the virtual network, which sends them back.
    ///
    /// # Errors
    /// When there is no socket for it.
    pub(crate) fn start(lab: &Lab) -> Result<Self, LabError> {
        let echo = lab
            .network
            .vnet
            .run(|| UdpSocket::bind((places::INTRANET, PORT)))?;
        let echo = echo.map_err(LabError::io("open a socket for probes"))?;
        thread::spawn(move || send_back(&echo));
        Self::start_to(lab, places::INTRANET, 0)
    }

    /// Begins to send to the internet, where nobody answers.
    ///
    /// # Errors
    /// When there is no socket for it.
    pub(crate) fn start_outside(lab: &Lab) -> Result<Self, LabError> {
        Self::start_to(lab, places::SIGN_IN, FIRST_OUTSIDE)
    }

    fn start_to(lab: &Lab, to: Ipv4Addr, first: u64) -> Result<Self, LabError> {
        let trouble = || LabError::io("open a socket for probes");
        let socket = lab.network.client.run(|| UdpSocket::bind("0.0.0.0:0"))?;
        let socket = socket.map_err(trouble())?;
        socket.set_nonblocking(true).map_err(trouble())?;
        let shared = Arc::new(Shared {
            next: AtomicU64::new(first),
            ..Shared::default()
        });
        let mine = Arc::clone(&shared);
        thread::spawn(move || send(&socket, SocketAddrV4::new(to, PORT), &mine));
        Ok(Self(shared))
    }

    /// What they are called in a report.
    pub(crate) fn words(&self) -> &'static str {
        match self.next() < FIRST_OUTSIDE {
            true => "probes",
            false => "probes for the internet",
        }
    }

    /// The situation from now on, and whether the tunnel is meant to be up in it.
    pub(crate) fn scene(&self, scene: u32, meant: bool) {
        self.0.scene.store(scene, Ordering::SeqCst);
        self.0.meant.store(meant, Ordering::SeqCst);
    }

    /// The number of the next one.
    pub(crate) fn next(&self) -> u64 {
        self.0.next.load(Ordering::SeqCst)
    }

    /// How many of them while the tunnel was meant to be up.
    pub(crate) fn sent_meant(&self) -> u64 {
        self.0.sent_meant.load(Ordering::SeqCst)
    }

    /// How many have come back.
    pub(crate) fn returned(&self) -> u64 {
        self.0.returned.load(Ordering::SeqCst)
    }

    /// How long it takes from now on until a probe that is still to be sent has come back;
    /// none when it takes longer than `limit`.
    pub(crate) fn time_to_traffic(&self, limit: Duration) -> Option<Duration> {
        let next = self.next();
        let begun = Instant::now();
        while begun.elapsed() < limit {
            let newest = *self.0.newest.lock().unwrap_or_else(PoisonError::into_inner);
            if newest.is_some_and(|newest| newest > next) {
                return Some(begun.elapsed());
            }
            thread::sleep(Duration::from_millis(1));
        }
        None
    }
}

impl Probe {
    fn write(self) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        let number = self.number.to_be_bytes();
        let scene = self.scene.to_be_bytes();
        let meant = [u8::from(self.meant), 0, 0, 0];
        let all = MARK.iter().chain(&number).chain(&scene).chain(&meant);
        for (to, from) in bytes.iter_mut().zip(all) {
            *to = *from;
        }
        bytes
    }

    /// The probe that these bytes are, if they are one.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(&MARK)?;
        Some(Self {
            number: u64::from_be_bytes(*rest.first_chunk()?),
            scene: u32::from_be_bytes(*rest.get(8..)?.first_chunk()?),
            meant: *rest.get(12)? == 1,
        })
    }
}

/// Each probe asks for its way anew, since the socket is connected to nothing.
fn send(socket: &UdpSocket, to: SocketAddrV4, shared: &Shared) {
    let mut answer = [0; 64];
    for number in shared.next.load(Ordering::SeqCst).. {
        let probe = Probe {
            number,
            scene: shared.scene.load(Ordering::SeqCst),
            meant: shared.meant.load(Ordering::SeqCst),
        };
        // Where there is no way, the kernel says so; that is one way of not leaking.
        let _ = socket.send_to(&probe.write(), to);
        shared.next.fetch_add(1, Ordering::SeqCst);
        shared
            .sent_meant
            .fetch_add(u64::from(probe.meant), Ordering::SeqCst);
        thread::sleep(BETWEEN);
        while let Ok((length, _)) = socket.recv_from(&mut answer) {
            let Some(probe) = answer.get(..length).and_then(Probe::read) else {
                continue;
            };
            shared.returned.fetch_add(1, Ordering::SeqCst);
            let mut newest = shared.newest.lock().unwrap_or_else(PoisonError::into_inner);
            *newest = (*newest).max(Some(probe.number));
        }
    }
}

fn send_back(socket: &UdpSocket) {
    let mut bytes = [0; 64];
    while let Ok((length, from)) = socket.recv_from(&mut bytes) {
        // What is lost on its way back is lost.
        let _ = socket.send_to(bytes.get(..length).unwrap_or_default(), from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_is_read_as_it_was_written() {
        let probe = Probe {
            number: 1 << 40,
            scene: 7,
            meant: true,
        };
        assert_eq!(Probe::read(&probe.write()), Some(probe));
        assert_eq!(Probe::read(b"spoke-tt"), None);
        assert_eq!(Probe::read(&[0; LENGTH]), None);
    }
}

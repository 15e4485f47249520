//! A program that looks names up all the time, as the C library does: at the servers of
//! `/etc/resolv.conf`, as it stands at that moment, one after the other.

use spoke_lab::{Lab, LabError, places};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Between two questions: 200 a second.
const BETWEEN: Duration = Duration::from_millis(5);
/// How long a server is waited for before the next one is asked. The C library waits longer,
/// which would let fewer questions out.
const WAIT: Duration = Duration::from_secs(1);

/// Questions under way, until the lab ends.
#[derive(Clone)]
pub(crate) struct Asker(Arc<Shared>);

#[derive(Default)]
struct Shared {
    meant: AtomicBool,
    asked: AtomicU64,
    answered: AtomicU64,
}

/// A question that has not been answered.
struct Open {
    name: String,
    /// The server that was asked last, by its place.
    server: usize,
    at: Instant,
}

impl Asker {
    /// Begins to ask for names of the virtual network, each for another one.
    ///
    /// # Errors
    /// When there is no socket for it.
    pub(crate) fn start(lab: &Lab) -> Result<Self, LabError> {
        let trouble = || LabError::io("open a socket for questions");
        let socket = lab.network.client.run(|| UdpSocket::bind("0.0.0.0:0"))?;
        let socket = socket.map_err(trouble())?;
        socket.set_nonblocking(true).map_err(trouble())?;
        let shared = Arc::<Shared>::default();
        let mine = Arc::clone(&shared);
        let file = lab.network.client.etc_file("resolv.conf");
        thread::spawn(move || ask(&socket, &file, &mine));
        Ok(Self(shared))
    }

    /// Whether names may be asked inside only, from now on.
    pub(crate) fn meant(&self, meant: bool) {
        self.0.meant.store(meant, Ordering::SeqCst);
    }

    /// How many names were asked for.
    pub(crate) fn asked(&self) -> u64 {
        self.0.asked.load(Ordering::SeqCst)
    }

    /// How many were answered.
    pub(crate) fn answered(&self) -> u64 {
        self.0.answered.load(Ordering::SeqCst)
    }
}

/// Suffix of the names that are asked for while the tunnel is meant to be up.
pub(crate) fn meant_suffix() -> String {
    format!("meant.{}", places::PRIVATE_SUFFIX)
}

fn ask(socket: &UdpSocket, file: &Path, shared: &Shared) {
    let mut open: BTreeMap<u16, Open> = BTreeMap::new();
    let mut answer = [0; 512];
    for number in 0_u64.. {
        let id = u16::try_from(number % 0x1_0000).unwrap_or_default();
        let kind = match shared.meant.load(Ordering::SeqCst) {
            true => meant_suffix(),
            false => format!("free.{}", places::PRIVATE_SUFFIX),
        };
        let question = Open {
            name: format!("n{number}.{kind}"),
            server: 0,
            at: Instant::now(),
        };
        shared.asked.fetch_add(1, Ordering::SeqCst);
        send(socket, file, id, &question);
        open.insert(id, question);
        thread::sleep(BETWEEN);
        while let Ok((length, _)) = socket.recv_from(&mut answer) {
            let id = answer.get(..length).and_then(|bytes| bytes.first_chunk());
            let known = id.and_then(|id| open.remove(&u16::from_be_bytes(*id)));
            shared
                .answered
                .fetch_add(u64::from(known.is_some()), Ordering::SeqCst);
        }
        let late = open
            .iter_mut()
            .filter(|(_, question)| question.at.elapsed() > WAIT);
        for (id, question) in late {
            question.server += 1;
            question.at = Instant::now();
            send(socket, file, *id, question);
        }
        open.retain(|_, question| question.server < 3);
    }
}

fn send(socket: &UdpSocket, file: &Path, id: u16, question: &Open) {
    if let Some(server) = servers(file).get(question.server) {
        let to = SocketAddr::from((*server, 53));
        // Where there is no way, the kernel says so.
        let _ = socket.send_to(&message(id, &question.name), to);
    }
}

fn servers(file: &Path) -> Vec<Ipv4Addr> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let lines = text
        .lines()
        .filter_map(|line| line.strip_prefix("nameserver "));
    lines
        .filter_map(|address| address.trim().parse().ok())
        .collect()
}

/// A question for an address (RFC 1035).
fn message(id: u16, name: &str) -> Vec<u8> {
    let mut bytes = id.to_be_bytes().to_vec();
    bytes.extend([1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    for label in name.split('.') {
        bytes.push(u8::try_from(label.len()).unwrap_or_default());
        bytes.extend(label.as_bytes());
    }
    bytes.extend([0, 0, 1, 0, 1]);
    bytes
}

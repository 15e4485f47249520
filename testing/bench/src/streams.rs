//! TCP streams through the tunnel, as many bytes as it takes.

use crate::stage::{INSIDE, SENDING, Stage};
use spoke_lab::LabError;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// Bytes of one call to the kernel.
const PIECE: usize = 256 * 1024;
/// Longest that a connection through the tunnel may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// From the client.
    Up,
    /// To the client.
    Down,
}

/// Streams under way, until dropped.
pub(crate) struct Streams {
    received: Arc<AtomicU64>,
    ends: Vec<TcpStream>,
}

impl Streams {
    /// Opens as many connections and has bytes go this way through all of them.
    ///
    /// # Errors
    /// When there is no way through the tunnel.
    pub(crate) fn start(stage: &Stage, way: Way, count: usize) -> Result<Self, LabError> {
        let mut streams = Self {
            received: Arc::default(),
            ends: Vec::new(),
        };
        for _ in 0..count {
            let (near, far) = connection(stage)?;
            let clone = |stream: &TcpStream| {
                stream
                    .try_clone()
                    .map_err(LabError::io("share a connection"))
            };
            streams.ends.extend([clone(&near)?, clone(&far)?]);
            let (from, to) = match way {
                Way::Up => (near, far),
                Way::Down => (far, near),
            };
            let received = Arc::clone(&streams.received);
            thread::spawn(move || send(from));
            thread::spawn(move || receive(to, &received));
        }
        Ok(streams)
    }

    /// Bytes that have arrived.
    pub(crate) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }
}

impl Drop for Streams {
    fn drop(&mut self) {
        for end in &self.ends {
            // It may be gone with its tunnel.
            let _ = end.shutdown(Shutdown::Both);
        }
    }
}

/// A connection through the tunnel: the client's end and the server's.
///
/// # Errors
/// When there is no way through it.
pub(crate) fn connection(stage: &Stage) -> Result<(TcpStream, TcpStream), LabError> {
    let trouble = || LabError::io("connect through the tunnel");
    let listener = stage
        .server
        .run(|| TcpListener::bind((INSIDE, 0)))?
        .map_err(trouble())?;
    let to = listener.local_addr().map_err(trouble())?;
    let near = stage
        .client
        .run(move || TcpStream::connect_timeout(&to, PATIENCE))?
        .map_err(trouble())?;
    let (far, _) = listener.accept().map_err(trouble())?;
    for end in [&near, &far] {
        let socket = socket2::SockRef::from(end);
        socket
            .set_tcp_congestion(SENDING.as_bytes())
            .map_err(trouble())?;
    }
    Ok((near, far))
}

fn send(mut to: TcpStream) {
    let piece = vec![0x5a; PIECE];
    while to.write_all(&piece).is_ok() {}
}

fn receive(mut from: TcpStream, received: &AtomicU64) {
    let mut piece = vec![0; PIECE];
    while let Ok(count) = from.read(&mut piece) {
        if count == 0 {
            break;
        }
        let count = u64::try_from(count).unwrap_or_default();
        received.fetch_add(count, Ordering::Relaxed);
    }
}

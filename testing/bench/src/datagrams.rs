//! Small datagrams through the tunnel: as many as possible, or so many a second.

use crate::stage::{INSIDE, Stage};
use spoke_lab::LabError;
use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Bytes of each.
const SIZE: usize = 64;
/// How often a paced sender sends.
const BEAT: Duration = Duration::from_millis(1);
/// How often a receiver looks whether it is wanted still.
const LOOK_UP: Duration = Duration::from_millis(50);

/// Datagrams on their way from the client to the server, until dropped.
pub(crate) struct Datagrams {
    received: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
}

impl Datagrams {
    /// Sends as many as possible, or `a_beat` of them each millisecond.
    ///
    /// # Errors
    /// When there is no socket to be had.
    pub(crate) fn start(stage: &Stage, a_beat: Option<u32>) -> Result<Self, LabError> {
        let trouble = || LabError::io("open a socket for datagrams");
        let far = stage
            .server
            .run(|| UdpSocket::bind((INSIDE, 0)))?
            .map_err(trouble())?;
        far.set_read_timeout(Some(LOOK_UP)).map_err(trouble())?;
        let to = far.local_addr().map_err(trouble())?;
        let near = stage
            .client
            .run(move || {
                let socket = UdpSocket::bind("0.0.0.0:0")?;
                socket.connect(to)?;
                Ok(socket)
            })?
            .map_err(trouble())?;
        let datagrams = Self {
            received: Arc::default(),
            over: Arc::default(),
        };
        let over = Arc::clone(&datagrams.over);
        thread::spawn(move || match a_beat {
            None => flood(&near, &over),
            Some(count) => pace(&near, count, &over),
        });
        let received = Arc::clone(&datagrams.received);
        let over = Arc::clone(&datagrams.over);
        thread::spawn(move || count(&far, &received, &over));
        Ok(datagrams)
    }

    /// How many have arrived.
    pub(crate) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }
}

impl Drop for Datagrams {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

fn flood(socket: &UdpSocket, over: &AtomicBool) {
    while !over.load(Ordering::Relaxed) {
        // What finds no room is lost, as on any way.
        let _ = socket.send(&[0; SIZE]);
    }
}

fn pace(socket: &UdpSocket, a_beat: u32, over: &AtomicBool) {
    let mut next = Instant::now();
    while !over.load(Ordering::Relaxed) {
        for _ in 0..a_beat {
            let _ = socket.send(&[0; SIZE]);
        }
        next += BEAT;
        thread::sleep(next.saturating_duration_since(Instant::now()));
    }
}

fn count(socket: &UdpSocket, received: &AtomicU64, over: &AtomicBool) {
    let mut datagram = [0; SIZE];
    while !over.load(Ordering::Relaxed) {
        if socket.recv(&mut datagram).is_ok() {
            received.fetch_add(1, Ordering::Relaxed);
        }
    }
}

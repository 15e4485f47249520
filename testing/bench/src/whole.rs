//! Transfers that are compared byte for byte, by their digests.

use crate::stage::Stage;
use crate::streams::{Way, connection};
use aws_lc_rs::digest::{Context, Digest, SHA256};
use spoke_lab::LabError;
use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// Bytes of one call to the kernel.
const PIECE: usize = 256 * 1024;
/// Longest that the other end may be silent.
const PATIENCE: Duration = Duration::from_secs(30);

/// How much is to be moved: so many bytes, and on until so much time has passed.
#[derive(Clone, Copy, Debug)]
pub struct Amount {
    /// At least so many bytes.
    pub bytes: u64,
    /// For at least so long.
    pub time: Duration,
}

/// Moves bytes that differ from place to place through the tunnel, and returns how
/// many. All of them have arrived as they were sent.
///
/// # Errors
/// When they do not arrive, or arrive otherwise.
pub(crate) fn transfer(stage: &Stage, way: Way, amount: Amount) -> Result<u64, LabError> {
    let (near, far) = connection(stage)?;
    let (from, to) = match way {
        Way::Up => (near, far),
        Way::Down => (far, near),
    };
    let trouble = || LabError::io("move bytes through the tunnel");
    to.set_read_timeout(Some(PATIENCE)).map_err(trouble())?;
    from.set_write_timeout(Some(PATIENCE)).map_err(trouble())?;
    let receiver = thread::spawn(move || receive(to));
    let (sent, length) = send(from, amount).map_err(trouble())?;
    let received = receiver.join();
    let received = received.map_err(|_| LabError::Other("a receiver has failed".to_owned()))?;
    let (received, arrived) = received.map_err(trouble())?;
    if (sent.as_ref(), length) == (received.as_ref(), arrived) {
        return Ok(length);
    }
    Err(LabError::Other(format!(
        "{length} bytes with SHA-256 {} were sent, {arrived} with {} arrived",
        hex::encode(sent),
        hex::encode(received)
    )))
}

fn send(mut to: TcpStream, amount: Amount) -> io::Result<(Digest, u64)> {
    let started = Instant::now();
    let mut contents = Contents(0x9e37_79b9_7f4a_7c15);
    let mut piece = vec![0; PIECE];
    let mut digest = Context::new(&SHA256);
    let mut length = 0;
    while length < amount.bytes || started.elapsed() < amount.time {
        contents.fill(&mut piece);
        digest.update(&piece);
        to.write_all(&piece)?;
        length += u64::try_from(piece.len()).unwrap_or_default();
    }
    to.shutdown(Shutdown::Write)?;
    Ok((digest.finish(), length))
}

fn receive(mut from: TcpStream) -> io::Result<(Digest, u64)> {
    let mut piece = vec![0; PIECE];
    let mut digest = Context::new(&SHA256);
    let mut length = 0;
    loop {
        let count = from.read(&mut piece)?;
        if count == 0 {
            return Ok((digest.finish(), length));
        }
        digest.update(piece.get(..count).unwrap_or_default());
        length += u64::try_from(count).unwrap_or_default();
    }
}

/// Bytes without a pattern that a mistake could hide in (xorshift64, Marsaglia 2003).
struct Contents(u64);

impl Contents {
    fn fill(&mut self, piece: &mut [u8]) {
        for word in piece.chunks_mut(8) {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            for (to, from) in word.iter_mut().zip(self.0.to_le_bytes()) {
                *to = from;
            }
        }
    }
}

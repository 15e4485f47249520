use crate::dial::{DialError, LOOK_UP, dial};
use spoke_proxy::{Handshake, Progress, ProxyError};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// Connections to one proxy for one passage: the first, one to answer its question
/// on, and one in reserve for a question that has gone stale.
const MOST_CONNECTIONS: usize = 4;
/// Bytes of a proxy's answer read at once.
const PIECE: usize = 4096;

/// A way through a proxy.
#[derive(Debug)]
pub struct Passage {
    /// The connection, from now on to the target.
    pub stream: TcpStream,
    /// The proxy's address.
    pub proxy: SocketAddr,
    /// What the target has said already.
    pub early: Vec<u8>,
}

/// There is no way through the proxy.
#[derive(Debug, thiserror::Error)]
pub enum PassageError {
    /// The proxy itself cannot be reached.
    #[error("the proxy cannot be reached: {0}")]
    Dial(#[from] DialError),
    /// The proxy does not pass on.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// The connection to the proxy broke.
    #[error("the connection to the proxy broke: {0}")]
    Io(#[from] io::Error),
    /// The proxy took too long.
    #[error("the proxy did not answer in time")]
    TooSlow,
    /// It was called off.
    #[error("it was called off")]
    CalledOff,
}

impl PassageError {
    /// Whether only other credentials can help.
    #[must_use]
    pub const fn concerns_credentials(&self) -> bool {
        matches!(self, Self::Proxy(error) if error.concerns_credentials())
    }
}

/// Connects to the first of `proxies` that answers, and has it pass on as `handshake`
/// asks. `timeout` is for all of it. Blocks; setting `cancel` ends it within a tenth
/// of a second.
///
/// # Errors
/// When the proxy cannot be reached, refuses, or does not answer in time.
pub fn dial_through(
    proxies: &[SocketAddr],
    handshake: &mut Handshake,
    timeout: Duration,
    cancel: &AtomicBool,
) -> Result<Passage, PassageError> {
    let end = Instant::now() + timeout;
    let mut words = handshake.begin()?;
    let mut addresses = proxies.to_vec();
    for _ in 0..MOST_CONNECTIONS {
        let left = end.saturating_duration_since(Instant::now());
        let (stream, proxy) = dial(&addresses, left, cancel)?;
        // A second connection goes to the same proxy: another one knows nothing.
        addresses = vec![proxy];
        let conversation = Conversation {
            stream,
            end,
            cancel,
        };
        match conversation.hold(handshake, &words)? {
            Outcome::Through(stream, early) => {
                return Ok(Passage {
                    stream,
                    proxy,
                    early,
                });
            }
            Outcome::Again(next) => words = next,
        }
    }
    Err(ProxyError::Closed.into())
}

struct Conversation<'a> {
    stream: TcpStream,
    end: Instant,
    cancel: &'a AtomicBool,
}

enum Outcome {
    Through(TcpStream, Vec<u8>),
    Again(Zeroizing<Vec<u8>>),
}

impl Conversation<'_> {
    fn hold(mut self, handshake: &mut Handshake, words: &[u8]) -> Result<Outcome, PassageError> {
        self.stream.set_nonblocking(false)?;
        self.stream.set_read_timeout(Some(LOOK_UP))?;
        self.stream
            .set_write_timeout(Some(self.left().max(LOOK_UP)))?;
        self.stream.write_all(words)?;
        let mut buffer = [0; PIECE];
        loop {
            let progress = match self.read(&mut buffer)? {
                0 => handshake.handle_end()?,
                count => handshake.handle(buffer.get(..count).unwrap_or_default())?,
            };
            match progress {
                Progress::Send(words) => self.stream.write_all(&words)?,
                Progress::Wait => {}
                Progress::Reconnect(words) => return Ok(Outcome::Again(words)),
                Progress::Done { rest } => return Ok(Outcome::Through(self.stream, rest)),
            }
        }
    }

    fn read(&mut self, into: &mut [u8]) -> Result<usize, PassageError> {
        loop {
            if self.cancel.load(Ordering::Relaxed) {
                return Err(PassageError::CalledOff);
            }
            if self.left().is_zero() {
                return Err(PassageError::TooSlow);
            }
            match self.stream.read(into) {
                Ok(count) => return Ok(count),
                Err(error) if is_pause(&error) => {}
                // Closed with our words unread; what the handshake knows says more.
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(0),
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn left(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }
}

fn is_pause(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
    )
}

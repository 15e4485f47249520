//! Echo requests to the tunnel's other end, timed by the kernel.

use crate::stage::{INSIDE, Stage};
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::socket::sockopt::ReceiveTimestampns;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg, setsockopt};
use nix::sys::time::TimeSpec;
use nix::time::ClockId;
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use spoke_lab::LabError;
use std::io::{self, IoSliceMut};
use std::net::SocketAddrV4;
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Bytes of the header of IPv4 without options, which a raw socket shows.
const IP_HEADER: usize = 20;
/// Bytes of a request: the header of ICMP and as many more as `ping` sends.
const REQUEST: usize = 8 + 56;
/// Type of an ICMP message (RFC 792).
const ECHO: u8 = 8;
const ECHO_REPLY: u8 = 0;
/// How long answers may come after the last request.
const LATEST: Duration = Duration::from_millis(400);

/// One who pings, until asked to finish.
pub(crate) struct Pinger {
    answered: Arc<AtomicBool>,
    over: Arc<AtomicBool>,
    thread: JoinHandle<Pings>,
}

/// What came of it.
#[derive(Default)]
pub(crate) struct Pings {
    sent: Vec<Duration>,
    /// The request's number and when its answer came.
    answers: Vec<(usize, Duration)>,
}

impl Pinger {
    /// Sends a request now and then.
    ///
    /// # Errors
    /// When there is no raw socket to be had.
    pub(crate) fn start(stage: &Stage, every: Duration) -> Result<Self, LabError> {
        let trouble = || LabError::io("open a socket for pings");
        let socket = stage
            .client
            .run(|| Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::ICMPV4)))?
            .map_err(trouble())?;
        socket.set_nonblocking(true).map_err(trouble())?;
        setsockopt(&socket, ReceiveTimestampns, &true).map_err(|errno| trouble()(errno.into()))?;
        let (answered, over) = (Arc::<AtomicBool>::default(), Arc::<AtomicBool>::default());
        let (first, end) = (Arc::clone(&answered), Arc::clone(&over));
        let thread = thread::spawn(move || ping(&socket, every, &first, &end));
        Ok(Self {
            answered,
            over,
            thread,
        })
    }

    /// Whether there was an answer.
    pub(crate) fn is_answered(&self) -> bool {
        self.answered.load(Ordering::Relaxed)
    }

    /// Sends no more, and waits a little for what is under way.
    pub(crate) fn finish(self) -> Pings {
        self.over.store(true, Ordering::Relaxed);
        self.thread.join().unwrap_or_default()
    }
}

impl Pings {
    /// Round trips, the shortest first.
    pub(crate) fn round_trips(&self) -> Vec<Duration> {
        let sent = |number: usize| self.sent.get(number).copied();
        let mut times: Vec<Duration> = self
            .answers
            .iter()
            .filter_map(|(number, at)| at.checked_sub(sent(*number)?))
            .collect();
        times.sort_unstable();
        times
    }

    /// When the first answer came, by the wall clock.
    pub(crate) fn first_answer(&self) -> Option<Duration> {
        self.answers.first().map(|(_, at)| *at)
    }
}

/// The wall clock, by which the kernel tells when a packet came.
pub(crate) fn wall() -> Duration {
    ClockId::CLOCK_REALTIME
        .now()
        .map(Duration::from)
        .unwrap_or_default()
}

fn ping(socket: &Socket, every: Duration, answered: &AtomicBool, over: &AtomicBool) -> Pings {
    static NEXT: AtomicU16 = AtomicU16::new(1);
    let identifier = NEXT.fetch_add(1, Ordering::Relaxed);
    let to = SockAddr::from(SocketAddrV4::new(INSIDE, 0));
    let mut pings = Pings::default();
    let mut next = Instant::now();
    while !over.load(Ordering::Relaxed) {
        let number = pings.sent.len();
        pings.sent.push(wall());
        // Until there is a tunnel there is no way.
        let _ = socket.send_to(&request(identifier, number), &to);
        next += every;
        listen(socket, identifier, &mut pings, next, answered);
    }
    let latest = Instant::now() + LATEST;
    while pings.answers.len() < pings.sent.len() && Instant::now() < latest {
        listen(socket, identifier, &mut pings, latest, answered);
        if pings.answers.last().map(|(number, _)| number + 1) == Some(pings.sent.len()) {
            break;
        }
    }
    pings
}

/// Takes what answers come until `end`, or until the last request is answered.
fn listen(
    socket: &Socket,
    identifier: u16,
    pings: &mut Pings,
    end: Instant,
    answered: &AtomicBool,
) {
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let mut ready = [PollFd::new(socket.as_fd(), PollFlags::POLLIN)];
        if !matches!(ppoll(&mut ready, Some(left.into()), None), Ok(1..)) {
            return;
        }
        while let Ok(Some((number, at))) = answer(socket, identifier) {
            pings.answers.push((number, at));
            answered.store(true, Ordering::Relaxed);
        }
        if left.is_zero() {
            return;
        }
    }
}

fn request(identifier: u16, number: usize) -> [u8; REQUEST] {
    let mut request = [0; REQUEST];
    request[0] = ECHO;
    request[4..6].copy_from_slice(&identifier.to_be_bytes());
    // Numbers are counted in 16 bits.
    let number = u16::try_from(number & 0xffff).unwrap_or_default();
    request[6..8].copy_from_slice(&number.to_be_bytes());
    // All words but three are zero, so these are what there is to sum up (RFC 1071).
    let mut sum = u32::from(ECHO) << 8;
    sum += u32::from(identifier) + u32::from(number);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    let checksum = !u16::try_from(sum).unwrap_or_default();
    request[2..4].copy_from_slice(&checksum.to_be_bytes());
    request
}

/// The next answer to a request of ours: its number and when the kernel had it.
fn answer(socket: &Socket, identifier: u16) -> io::Result<Option<(usize, Duration)>> {
    loop {
        let mut packet = [0; IP_HEADER + REQUEST];
        let mut control = nix::cmsg_space!(TimeSpec);
        let mut pieces = [IoSliceMut::new(&mut packet)];
        let message = recvmsg::<()>(
            socket.as_raw_fd(),
            &mut pieces,
            Some(&mut control),
            MsgFlags::empty(),
        )?;
        let at = message.cmsgs()?.find_map(|control| match control {
            ControlMessageOwned::ScmTimestampns(time) => Some(Duration::from(time)),
            _ => None,
        });
        let length = message.bytes;
        if let Some(number) = packet
            .get(IP_HEADER..length)
            .and_then(|answer| number_of(answer, identifier))
        {
            return Ok(at.map(|at| (number, at)));
        }
    }
}

fn number_of(answer: &[u8], identifier: u16) -> Option<usize> {
    let ours = identifier.to_be_bytes();
    match answer {
        [ECHO_REPLY, _, _, _, high, low, first, second, ..] if [*high, *low] == ours => {
            Some(usize::from(u16::from_be_bytes([*first, *second])))
        }
        _ => None,
    }
}

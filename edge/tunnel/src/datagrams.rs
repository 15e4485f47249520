use crate::burst::{self, Burst};
use crate::hints;
use crate::outbox::Run;
use crate::transport::{Fault, Moved};
use nix::errno::Errno;
use nix::libc;
use nix::sys::socket::{MsgFlags, recv, send, sendmsg};
use socket2::{Domain, Protocol, Socket, Type};
use spoke_proxy::{RelayHeader, Target, relayed};
use std::cmp::Ordering;
use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::time::{Duration, Instant};

/// How long one address is tried alone before the next is tried beside it
/// (RFC 8305, section 5: 250 ms).
const STAGGER: Duration = Duration::from_millis(250);
/// Addresses tried at most; the resolver's first ones are the ones to prefer.
pub(crate) const MOST_CANDIDATES: usize = 8;
/// Errors that a socket may report in a row before it is left alone for a while.
const PATIENCE: usize = 4;

/// UDP to a peer: every address of it until one has answered, then that one alone.
///
/// UDP does not connect, so the first packet itself is what the addresses race on.
/// It goes to each of them, one after the other as in [`dial`](crate::dial), and the
/// one from which the first *genuine* packet comes is the peer: only the session can
/// tell, and says so by [`Datagrams::settle`].
#[derive(Debug)]
pub(crate) struct Datagrams {
    candidates: Vec<Candidate>,
    /// Addresses not tried yet.
    waiting: VecDeque<SocketAddr>,
    next_start: Option<Instant>,
    /// Addresses that cannot be sent to.
    failed: Vec<(SocketAddr, io::Error)>,
    /// What was sent last, for those that start later.
    opening: Vec<u8>,
    /// Whose packet was received last, while that one is a candidate.
    latest: Option<usize>,
    settled: bool,
    /// An error on the way to the peer, not told yet, and the kind told last.
    trouble: Option<io::Error>,
    told: Option<io::ErrorKind>,
}

/// A connected socket: so the kernel tells of ICMP errors, and takes nothing from
/// other addresses.
#[derive(Debug)]
struct Candidate {
    socket: Socket,
    address: SocketAddr,
    relay: Option<Relay>,
    /// The longest datagrams that the kernel has not refused to cut.
    longest_of_run: usize,
    control: Vec<u8>,
}

/// A SOCKS5 proxy in between.
#[derive(Debug)]
struct Relay {
    header: RelayHeader,
    /// The proxy relays as long as this is open (RFC 1928, section 7).
    control: TcpStream,
}

impl Datagrams {
    pub(crate) fn racing(addresses: &[SocketAddr]) -> Self {
        Self {
            candidates: Vec::new(),
            waiting: addresses.iter().copied().take(MOST_CANDIDATES).collect(),
            next_start: None,
            failed: Vec::new(),
            opening: Vec::new(),
            latest: None,
            settled: false,
            trouble: None,
            told: None,
        }
    }

    /// Over a socket that is connected to the peer already.
    pub(crate) fn connected(socket: Socket, address: SocketAddr) -> Self {
        let mut datagrams = Self::racing(&[]);
        datagrams.candidates.push(Candidate::new(socket, address));
        datagrams.settled = true;
        datagrams
    }

    /// Over a proxy's relay.
    pub(crate) fn relayed(
        control: TcpStream,
        relay: SocketAddr,
        target: &Target,
    ) -> io::Result<Self> {
        control.set_nonblocking(true)?;
        let mut datagrams = Self::racing(&[]);
        let mut candidate = Candidate::open(relay)?;
        // Each datagram needs a header of its own, and brings one.
        candidate.longest_of_run = 0;
        burst::receive_singly(&candidate.socket);
        candidate.relay = Some(Relay {
            header: RelayHeader::new(target),
            control,
        });
        datagrams.candidates.push(candidate);
        datagrams.settled = true;
        Ok(datagrams)
    }

    pub(crate) fn sockets(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.candidates.iter().map(|one| one.socket.as_fd())
    }

    /// What tells by its end that a proxy relays no more.
    pub(crate) fn control(&self) -> Option<BorrowedFd<'_>> {
        self.relay().map(|relay| relay.control.as_fd())
    }

    /// Whether the peer, once it is clear which one that is, is reached over IPv6.
    pub(crate) fn is_ipv6(&self) -> bool {
        self.peer().is_some_and(|peer| peer.is_ipv6())
    }

    /// Bytes that a proxy's relay wants before each packet.
    pub(crate) fn relay_header(&self) -> usize {
        self.relay().map_or(0, |relay| relay.header.bytes().len())
    }

    fn relay(&self) -> Option<&Relay> {
        self.candidates.first()?.relay.as_ref()
    }

    /// How long until another address is to be tried.
    pub(crate) fn pause(&self) -> Option<Duration> {
        let at = self.next_start.filter(|_| !self.waiting.is_empty())?;
        Some(at.saturating_duration_since(Instant::now()))
    }

    /// Tries the next address if it is time to.
    pub(crate) fn start_due(&mut self) {
        while !self.settled && self.pause().is_none_or(|pause| pause.is_zero()) {
            let Some(address) = self.waiting.pop_front() else {
                return;
            };
            match Candidate::open(address).and_then(|new| new.begin(&self.opening)) {
                Ok(candidate) => {
                    self.candidates.push(candidate);
                    self.next_start = Some(Instant::now() + STAGGER);
                }
                Err(error) => self.failed.push((address, error)),
            }
        }
    }

    /// The longest datagrams of which more than one may be sent in one call.
    pub(crate) fn longest_of_run(&self) -> usize {
        let peer = self.candidates.first().filter(|_| self.settled);
        peer.map_or(0, |candidate| candidate.longest_of_run)
    }

    /// Sends one packet to the peer, or to everyone who may be it; to the peer more of
    /// them, no longer than [`Datagrams::longest_of_run`]. Answers the bytes of whole
    /// datagrams that need not be offered again.
    pub(crate) fn send(&mut self, run: Run<'_>) -> Result<Moved, Fault> {
        if self.settled {
            return Ok(self.send_settled(run));
        }
        let packet = run.bytes;
        self.opening.clear();
        self.opening.extend_from_slice(packet);
        // Those that start from here on begin with it.
        let mut left = self.candidates.len();
        let mut at = 0;
        while left > 0
            && let Some(candidate) = self.candidates.get(at)
        {
            left -= 1;
            match candidate.send(packet) {
                // A full buffer loses the packet, as a network may.
                Ok(_) => at += 1,
                Err(error) => self.drop_candidate(at, error)?,
            }
        }
        if self.candidates.is_empty() {
            self.go_on()?;
        }
        Ok(Moved::Bytes(packet.len()))
    }

    fn send_settled(&mut self, run: Run<'_>) -> Moved {
        let lost = Moved::Bytes(run.size.min(run.bytes.len()));
        // An error is most often the answer to an earlier packet; then this one has
        // not been tried yet.
        for _ in 0..PATIENCE {
            let Some(candidate) = self.candidates.first_mut() else {
                break;
            };
            match candidate.send_run(run, &mut self.trouble) {
                Ok(moved) => return moved,
                Err(error) => self.trouble = Some(error),
            }
        }
        // Lost, as on any network.
        lost
    }

    /// Takes the next datagrams in.
    pub(crate) fn receive(&mut self, into: &mut [u8]) -> Result<Option<Burst>, Fault> {
        let mut errors = 0;
        let mut at = 0;
        while let Some(candidate) = self.candidates.get_mut(at) {
            match candidate.receive(into) {
                Ok(Some(burst)) => {
                    self.latest = Some(at);
                    return Ok(Some(burst));
                }
                Ok(None) => at += 1,
                Err(error) if self.settled => {
                    self.trouble = Some(error);
                    errors += 1;
                    if errors == PATIENCE {
                        break;
                    }
                }
                Err(error) => self.drop_candidate(at, error)?,
            }
        }
        match self.relay().map(Relay::check) {
            Some(Err(error)) => Err(Fault::Broken(error)),
            _ => Ok(None),
        }
    }

    /// What was received last is genuine: its sender is the peer. Gives the address.
    pub(crate) fn settle(&mut self) -> Option<SocketAddr> {
        let latest = self.latest.filter(|_| !self.settled)?;
        if latest >= self.candidates.len() {
            return None;
        }
        let chosen = self.candidates.swap_remove(latest);
        let address = chosen.address;
        self.candidates = vec![chosen];
        self.waiting.clear();
        self.failed.clear();
        self.opening = Vec::new();
        self.settled = true;
        Some(address)
    }

    /// The peer, once it is clear which one that is.
    pub(crate) fn peer(&self) -> Option<SocketAddr> {
        let candidate = self.candidates.first().filter(|_| self.settled)?;
        Some(candidate.address)
    }

    /// This machine's end, once it is clear who the peer is.
    pub(crate) fn local(&self) -> Option<SocketAddr> {
        let candidate = self.candidates.first().filter(|_| self.settled)?;
        candidate.socket.local_addr().ok()?.as_socket()
    }

    /// Goes on from whatever address this machine now reaches the peer from.
    pub(crate) fn rebind(&mut self) -> io::Result<()> {
        if let Some(candidate) = self.candidates.first_mut().filter(|_| self.settled) {
            if candidate.relay.is_some() {
                let why = "the proxy relays for the old address only";
                return Err(io::Error::new(io::ErrorKind::AddrNotAvailable, why));
            }
            *candidate = Candidate::open(candidate.address)?;
        }
        Ok(())
    }

    /// An error on the way to the peer that has not been told before. It ends
    /// nothing: anybody can forge one, and networks come back.
    pub(crate) fn trouble(&mut self) -> Option<io::Error> {
        let error = self.trouble.take()?;
        if self.told.replace(error.kind()) == Some(error.kind()) {
            return None;
        }
        Some(error)
    }

    /// Packets arrive again: the next error is worth telling.
    pub(crate) const fn well(&mut self) {
        self.told = None;
    }

    fn drop_candidate(&mut self, at: usize, error: io::Error) -> Result<(), Fault> {
        let candidate = self.candidates.remove(at);
        // Those behind it have moved up.
        self.latest = self.latest.and_then(|latest| match latest.cmp(&at) {
            Ordering::Less => Some(latest),
            Ordering::Equal => None,
            Ordering::Greater => Some(latest - 1),
        });
        self.failed.push((candidate.address, error));
        if self.candidates.is_empty() {
            self.go_on()?;
        }
        Ok(())
    }

    /// Tries the next address at once, there being no other left.
    fn go_on(&mut self) -> Result<(), Fault> {
        self.next_start = None;
        self.start_due();
        if self.candidates.is_empty() {
            return Err(Fault::Unreachable(std::mem::take(&mut self.failed)));
        }
        Ok(())
    }
}

impl Candidate {
    fn open(address: SocketAddr) -> io::Result<Self> {
        let socket = Socket::new(
            Domain::for_address(address),
            Type::DGRAM,
            Some(Protocol::UDP),
        )?;
        prepare(&socket)?;
        socket.connect(&address.into())?;
        Ok(Self::new(socket, address))
    }

    fn new(socket: Socket, address: SocketAddr) -> Self {
        burst::receive_bursts(&socket);
        Self {
            socket,
            address,
            relay: None,
            longest_of_run: burst::LONGEST_OF_RUN,
            control: burst::control_space(),
        }
    }

    fn begin(self, opening: &[u8]) -> io::Result<Self> {
        if !opening.is_empty() {
            self.send(opening)?;
        }
        Ok(self)
    }

    fn send(&self, packet: &[u8]) -> io::Result<Moved> {
        let (socket, flags) = (self.socket.as_raw_fd(), hints::QUIETLY);
        let sent = match &self.relay {
            None => send(socket, packet, flags),
            Some(relay) => {
                let pieces = [IoSlice::new(relay.header.bytes()), IoSlice::new(packet)];
                sendmsg::<()>(socket, &pieces, &[], flags, None)
            }
        };
        match sent {
            Ok(count) => Ok(Moved::Bytes(count)),
            Err(Errno::EAGAIN | Errno::EINTR) => Ok(Moved::Later),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Sends datagrams of one size. Where the kernel does not cut them, the first alone.
    /// An error on the way goes to `trouble` if it is not the outcome.
    fn send_run(&mut self, run: Run<'_>, trouble: &mut Option<io::Error>) -> io::Result<Moved> {
        if run.bytes.len() > run.size {
            let refusal = match burst::send_run(&self.socket, run) {
                Err(error) if burst::is_refusal(&error) => error,
                other => return other,
            };
            // The ICMP answer to an earlier datagram can look the same, but comes only once.
            match burst::send_run(&self.socket, run) {
                Err(again) if again.raw_os_error() == refusal.raw_os_error() => {
                    // Too long for the way, or a device that cannot: single ones go.
                    self.longest_of_run = match again.raw_os_error() {
                        Some(libc::EINVAL | libc::EMSGSIZE) => run.size - 1,
                        _ => 0,
                    };
                }
                other => {
                    *trouble = Some(refusal);
                    return other;
                }
            }
        }
        self.send(run.bytes.get(..run.size).unwrap_or_default())
    }

    fn receive(&mut self, into: &mut [u8]) -> io::Result<Option<Burst>> {
        let burst = burst::receive(&self.socket, into, &mut self.control)?;
        Ok(burst.map(|burst| match self.relay {
            None => burst,
            Some(_) => {
                // What is none of the relay's becomes an empty datagram.
                let count = burst.count;
                let header = into.get(..count).and_then(relayed).unwrap_or(count);
                into.copy_within(header..count, 0);
                Burst::one(count - header)
            }
        }))
    }
}

impl Relay {
    /// Fails when the proxy has ended the relay. What it says otherwise means nothing.
    fn check(&self) -> io::Result<()> {
        let ended = |why: String| {
            let text = format!("the SOCKS5 proxy has ended its UDP relay ({why})");
            Err(io::Error::new(io::ErrorKind::ConnectionAborted, text))
        };
        match recv(self.control.as_raw_fd(), &mut [0; 512], MsgFlags::empty()) {
            Ok(0) => ended("it closed the connection that asked for it".to_owned()),
            Ok(_) | Err(Errno::EAGAIN | Errno::EINTR) => Ok(()),
            Err(errno) => ended(io::Error::from(errno).to_string()),
        }
    }
}

/// Makes a datagram socket fit for a tunnel.
pub(crate) fn prepare(socket: &Socket) -> io::Result<()> {
    socket.set_nonblocking(true)?;
    hints::allow_fragments(socket);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::{SOON, in_a_namespace, ip};
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    use std::net::{IpAddr, UdpSocket};

    /// Addresses that listen, and a race on which all of them have been sent to.
    fn race(count: usize) -> (Vec<UdpSocket>, Datagrams) {
        let peers: Vec<UdpSocket> = (0..count)
            .map(|_| UdpSocket::bind("127.0.0.1:0").unwrap())
            .collect();
        let addresses: Vec<SocketAddr> =
            peers.iter().map(|one| one.local_addr().unwrap()).collect();
        let mut datagrams = Datagrams::racing(&addresses);
        for _ in 0..count {
            datagrams.next_start = None;
            datagrams.start_due();
        }
        (peers, datagrams)
    }

    #[test]
    fn a_candidate_that_fails_after_the_answer_changes_nothing_of_whose_it_was() {
        for (answering, count) in [(1, 2), (1, 3), (2, 3), (0, 2)] {
            let (mut peers, mut datagrams) = race(count);
            let packet = Run {
                bytes: b"question",
                size: 8,
            };
            datagrams.send(packet).unwrap();
            let (length, from) = peers[answering].recv_from(&mut [0; 100]).unwrap();
            assert_eq!(length, 8);
            peers[answering].send_to(b"answer", from).unwrap();
            let burst = datagrams.receive(&mut [0; 100]).unwrap();
            assert_eq!(burst, Some(Burst::one(6)));
            let expected = peers[answering].local_addr().unwrap();
            // Nobody listens there any more, which the next packet shows.
            peers.remove(usize::from(answering == 0));
            datagrams.send(packet).unwrap();
            assert_eq!(datagrams.receive(&mut [0; 100]).unwrap(), None);
            assert_eq!(datagrams.candidates.len(), count - 1);
            assert_eq!(datagrams.settle(), Some(expected), "{answering} of {count}");
            assert_eq!(datagrams.peer(), Some(expected));
            assert_eq!(datagrams.settle(), None, "only once");
        }
    }

    /// What says to `sender` that the machine of `receiver` knows no UDP: ICMP of type 3 and code 2 with
    /// the headers of the datagram that it is about (RFC 792).
    fn protocol_unreachable(sender: SocketAddr, receiver: SocketAddr) -> Vec<u8> {
        let mut message = vec![3, 2, 0, 0, 0, 0, 0, 0];
        message.extend([0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0]);
        for end in [sender, receiver] {
            let IpAddr::V4(address) = end.ip() else {
                panic!("not of IPv4: {end}");
            };
            message.extend(address.octets());
        }
        message.extend(
            [sender, receiver]
                .map(|end| end.port().to_be_bytes())
                .concat(),
        );
        message.extend([0, 8, 0, 0]);
        let words = message
            .chunks(2)
            .map(|word| u32::from(word[0]) << 8 | u32::from(word[1]));
        let sum: u32 = words.sum();
        let sum = !((sum & 0xffff) + (sum >> 16)) as u16;
        message[2..4].copy_from_slice(&sum.to_be_bytes());
        message
    }

    #[test]
    fn an_error_on_the_way_does_not_pass_for_a_refusal() {
        in_a_namespace(|| {
            ip("link set lo up");
            let ends = [(); 2].map(|()| UdpSocket::bind("127.0.0.1:0").unwrap());
            let [here, there] = [&ends[0], &ends[1]].map(|end| end.local_addr().unwrap());
            let [near, far] = ends;
            near.connect(there).unwrap();
            far.set_read_timeout(Some(SOON)).unwrap();
            let mut datagrams = Datagrams::connected(near.into(), there);
            let before = datagrams.longest_of_run();

            let raw = Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::ICMPV4)).unwrap();
            let message = protocol_unreachable(here, there);
            raw.send_to(&message, &here.into()).unwrap();
            let socket = datagrams.sockets().next().unwrap();
            let mut told = [PollFd::new(socket, PollFlags::empty())];
            assert_eq!(
                poll(&mut told, PollTimeout::from(5000_u16)),
                Ok(1),
                "no error came"
            );

            let run = Run {
                bytes: b"onetwo3",
                size: 3,
            };
            assert_eq!(datagrams.send(run).unwrap(), Moved::Bytes(7));
            assert_eq!(datagrams.longest_of_run(), before);
            let mut buffer = [0; 100];
            for expected in [&b"one"[..], b"two", b"3"] {
                let length = far.recv(&mut buffer).unwrap();
                assert_eq!(&buffer[..length], expected);
            }
            let trouble = datagrams.trouble().unwrap();
            assert_eq!(trouble.raw_os_error(), Some(libc::ENOPROTOOPT));
        });
    }
}

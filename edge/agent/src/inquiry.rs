//! Finds out what becomes of a name and of packets, as this user's programs would: asks
//! the system's resolver and the tunnel's servers, and connects.

use crate::daemon::DaemonClient;
use crate::problems::strange_answer;
use spoke_api::{DnsState, HostNetwork, Phase, Problem, Request, Response, State};
use spoke_diagnose::{
    AddressFacts, AddressKind, Answer, Asked, DnsReply, Facts, NameFacts, PortReply, Target,
    addresses_to_try, dns_question, full_names, read_dns_reply,
};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use tokio::net::{TcpStream, UdpSocket, lookup_host};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// How long the system's resolver may take: longer than its own first try.
const LOOK_UP: Duration = Duration::from_secs(6);
/// How long one question to a server of the tunnel's may take, and how often it is asked.
const QUESTION: Duration = Duration::from_secs(1);
const QUESTIONS: usize = 2;
/// How long a connection may take: two repetitions of a lost first packet.
const CONNECT: Duration = Duration::from_secs(4);
/// Port of the DNS.
const DNS_PORT: u16 = 53;
/// Servers of the tunnel's that are asked; the C library asks no more either.
const MOST_SERVERS: usize = 3;
/// The largest datagram of the DNS without extensions (RFC 1035 section 4.2.1), and room
/// for servers that do not keep to it.
const DATAGRAM: usize = 4096;

/// Finds out all that explains why a target can, or cannot, be reached. Changes nothing.
///
/// # Errors
/// When the daemon does not say what it knows.
pub async fn inquire(daemon: &DaemonClient, target: Target) -> Result<Facts, Problem> {
    let state = state_of(daemon).await?;
    let network = host_network(daemon).await?;
    let name = match target.name() {
        Some(name) => Some(inquire_name(&state, name).await),
        None => None,
    };
    let addresses = addresses_to_try(&target, name.as_ref());
    let port = target.port_to_try();
    let mut tries = JoinSet::new();
    for (place, address) in addresses.into_iter().enumerate() {
        tries.spawn(async move { (place, try_address(address, port).await) });
    }
    let mut tried = tries.join_all().await;
    tried.sort_by_key(|(place, _)| *place);
    Ok(Facts {
        target,
        state,
        network,
        name,
        addresses: tried.into_iter().map(|(_, facts)| facts).collect(),
    })
}

/// What a name comes to: for programs, and at each of the tunnel's servers when it is up.
/// A name is never asked outside but in the way that programs ask.
pub async fn inquire_name(state: &State, name: &str) -> NameFacts {
    let up = state
        .connection
        .as_ref()
        .filter(|connection| connection.phase == Phase::Connected);
    let dns = up.and_then(|connection| connection.dns.as_ref());
    let (here, inside) = tokio::join!(look_up(name), ask_inside(dns, name));
    NameFacts { here, inside }
}

/// This computer's links, routes and resolver, by the daemon's word.
///
/// # Errors
/// When the daemon does not say.
pub async fn host_network(daemon: &DaemonClient) -> Result<HostNetwork, Problem> {
    match daemon.request(Request::Network).await? {
        Response::Network { network } => Ok(*network),
        _ => Err(strange_answer()),
    }
}

/// The address from which the system would send to `address`; nothing is sent for it.
pub async fn source_towards(address: IpAddr) -> Option<IpAddr> {
    let any: IpAddr = match address {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0)).await.ok()?;
    socket.connect((address, DNS_PORT)).await.ok()?;
    Some(socket.local_addr().ok()?.ip())
}

pub(crate) async fn state_of(daemon: &DaemonClient) -> Result<State, Problem> {
    match daemon.request(Request::Status).await? {
        Response::State { state } => Ok(*state),
        _ => Err(strange_answer()),
    }
}

async fn look_up(name: &str) -> Answer {
    match timeout(LOOK_UP, lookup_host((name, 0))).await {
        Err(_) => Answer::Silent,
        Ok(Err(error)) => Answer::Failed {
            why: error.to_string(),
        },
        Ok(Ok(found)) => {
            let mut addresses: Vec<IpAddr> = Vec::new();
            for address in found.map(|socket| socket.ip()) {
                if !addresses.contains(&address) {
                    addresses.push(address);
                }
            }
            match addresses.is_empty() {
                true => Answer::NoAddress,
                false => Answer::Addresses { addresses },
            }
        }
    }
}

async fn ask_inside(dns: Option<&DnsState>, name: &str) -> Vec<Asked> {
    let Some(dns) = dns else { return Vec::new() };
    let mut questions = JoinSet::new();
    for (place, server) in dns.servers.iter().take(MOST_SERVERS).copied().enumerate() {
        let names = full_names(dns, name);
        questions.spawn(async move {
            let answer = ask_server(server, &names).await;
            (place, Asked { server, answer })
        });
    }
    let mut asked = questions.join_all().await;
    asked.sort_by_key(|(place, _)| *place);
    asked.into_iter().map(|(_, asked)| asked).collect()
}

/// The server's answer to the first of the names that it knows.
async fn ask_server(server: IpAddr, names: &[String]) -> Answer {
    let mut answer = Answer::NoAddress;
    for name in names {
        let (v4, v6) = tokio::join!(
            ask(server, name, AddressKind::V4),
            ask(server, name, AddressKind::V6)
        );
        answer = match (v4, v6) {
            (Ok(v4), Ok(v6)) => joined(v4, v6),
            // A server that answers for one kind of address is not silent.
            (Ok(one), Err(_)) | (Err(_), Ok(one)) => joined(one, Vec::new()),
            (Err(why), Err(_)) => why,
        };
        if matches!(answer, Answer::Addresses { .. } | Answer::Silent) {
            break;
        }
    }
    answer
}

fn joined(mut addresses: Vec<IpAddr>, more: Vec<IpAddr>) -> Answer {
    addresses.extend(more);
    match addresses.is_empty() {
        true => Answer::NoAddress,
        false => Answer::Addresses { addresses },
    }
}

/// Addresses of one kind; the error is the answer where there are none to be had.
async fn ask(server: IpAddr, name: &str, kind: AddressKind) -> Result<Vec<IpAddr>, Answer> {
    let failed = |why: String| Answer::Failed { why };
    for _ in 0..QUESTIONS {
        match timeout(QUESTION, exchange(server, name, kind)).await {
            Err(_) => {}
            Ok(Err(error)) => return Err(failed(error.to_string())),
            // NXDOMAIN: there is no such name (RFC 1035 section 4.1.1).
            Ok(Ok(reply)) if matches!(reply.code, 0 | 3) => return Ok(reply.addresses),
            Ok(Ok(reply)) => {
                return Err(failed(format!("it answers with error {}", reply.code)));
            }
        }
    }
    Err(Answer::Silent)
}

async fn exchange(server: IpAddr, name: &str, kind: AddressKind) -> io::Result<DnsReply> {
    let mut id = [0; 2];
    getrandom::fill(&mut id).map_err(io::Error::other)?;
    let id = u16::from_be_bytes(id);
    let question = dns_question(id, name, kind)
        .ok_or_else(|| io::Error::other("that is no name to ask for"))?;
    let any: SocketAddr = match server {
        IpAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        IpAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(any).await?;
    socket.connect((server, DNS_PORT)).await?;
    socket.send(&question).await?;
    let mut buffer = vec![0; DATAGRAM];
    loop {
        let length = socket.recv(&mut buffer).await?;
        let datagram = buffer.get(..length).unwrap_or_default();
        // Anything else is not meant for this question.
        if let Ok(reply) = read_dns_reply(datagram, id, name, kind) {
            return Ok(reply);
        }
    }
}

async fn try_address(address: IpAddr, port: u16) -> AddressFacts {
    let reply = match timeout(CONNECT, TcpStream::connect((address, port))).await {
        Err(_) => PortReply::Silent,
        Ok(Ok(_)) => PortReply::Open,
        Ok(Err(error)) => match error.kind() {
            io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset => PortReply::Closed,
            io::ErrorKind::TimedOut => PortReply::Silent,
            _ => PortReply::Unreachable {
                why: error.to_string(),
            },
        },
    };
    AddressFacts {
        address,
        source: source_towards(address).await,
        reply,
    }
}

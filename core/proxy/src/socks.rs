use crate::error::ProxyError;
use crate::handshake::{Credentials, Progress};
use crate::target::{Host, Target};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use zeroize::Zeroizing;

const VERSION: u8 = 5;
/// Version of the negotiation of user name and password (RFC 1929).
const AUTH_VERSION: u8 = 1;
const NO_AUTHENTICATION: u8 = 0;
const USERNAME_PASSWORD: u8 = 2;
const NO_ACCEPTABLE_METHOD: u8 = 0xff;
const IPV4: u8 = 1;
const NAME: u8 = 3;
const IPV6: u8 = 4;

/// What a SOCKS5 proxy is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Connect by TCP.
    Connect,
    /// Relay datagrams as long as this connection is open.
    UdpAssociate,
}

/// SOCKS5 (RFC 1928) with no authentication or user name and password (RFC 1929).
#[derive(Debug)]
pub struct Socks5 {
    command: Command,
    target: Target,
    credentials: Option<Credentials>,
    received: Vec<u8>,
    phase: Phase,
    bound: Option<SocketAddr>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    AwaitMethod,
    AwaitVerdict,
    AwaitReply,
    Done,
}

impl Socks5 {
    /// A way to `target`, or, with [`Command::UdpAssociate`], to whoever the datagrams name.
    #[must_use]
    pub const fn new(command: Command, target: Target, credentials: Option<Credentials>) -> Self {
        Self {
            command,
            target,
            credentials,
            received: Vec::new(),
            phase: Phase::AwaitMethod,
            bound: None,
        }
    }

    /// The greeting: which ways to authenticate there are.
    ///
    /// # Errors
    /// When the target or the credentials cannot be put into this protocol.
    pub fn begin(&mut self) -> Result<Zeroizing<Vec<u8>>, ProxyError> {
        if !self.target.is_sendable() {
            return Err(ProxyError::Target(self.target.clone()));
        }
        let fits = |text: &str| (1..=255).contains(&text.len());
        if self
            .credentials
            .as_ref()
            .is_some_and(|given| !fits(&given.username) || !fits(&given.password))
        {
            return Err(ProxyError::CredentialsLength);
        }
        Ok(Zeroizing::new(match self.credentials {
            None => vec![VERSION, 1, NO_AUTHENTICATION],
            Some(_) => vec![VERSION, 2, NO_AUTHENTICATION, USERNAME_PASSWORD],
        }))
    }

    /// Takes in what the proxy says.
    ///
    /// # Errors
    /// When the proxy refuses or does not speak SOCKS5.
    pub fn handle(&mut self, received: &[u8]) -> Result<Progress, ProxyError> {
        self.received.extend_from_slice(received);
        match self.phase {
            Phase::AwaitMethod => self.method(),
            Phase::AwaitVerdict => self.verdict(),
            Phase::AwaitReply => self.reply(),
            Phase::Done => Ok(Progress::Done {
                rest: std::mem::take(&mut self.received),
            }),
        }
    }

    /// The address that the proxy acts from; with [`Command::UdpAssociate`] the one to send datagrams to.
    #[must_use]
    pub const fn bound(&self) -> Option<SocketAddr> {
        self.bound
    }

    fn method(&mut self) -> Result<Progress, ProxyError> {
        if self.received.first().is_some_and(|byte| *byte != VERSION) {
            return Err(NOT_SOCKS);
        }
        let Some([_, method]) = self.take() else {
            return Ok(Progress::Wait);
        };
        match (method, &self.credentials) {
            (NO_AUTHENTICATION, _) => Ok(self.request()),
            (USERNAME_PASSWORD, Some(credentials)) => {
                // Room for all of it, so that no half of it is left behind elsewhere.
                let mut words = Zeroizing::new(Vec::with_capacity(3 + 2 * 255));
                words.push(AUTH_VERSION);
                for text in [credentials.username.as_str(), &credentials.password] {
                    words
                        .push(u8::try_from(text.len()).map_err(|_| ProxyError::CredentialsLength)?);
                    words.extend_from_slice(text.as_bytes());
                }
                self.phase = Phase::AwaitVerdict;
                Ok(Progress::Send(words))
            }
            (NO_ACCEPTABLE_METHOD, None) => Err(ProxyError::CredentialsWanted { realm: None }),
            (NO_ACCEPTABLE_METHOD, Some(_)) => Err(ProxyError::Authentication { offered: vec![] }),
            _ => Err(NOT_SOCKS),
        }
    }

    fn verdict(&mut self) -> Result<Progress, ProxyError> {
        // The version before the verdict is 5 with some proxies, against the RFC.
        match self.take() {
            None => Ok(Progress::Wait),
            Some([_, 0]) => Ok(self.request()),
            Some(_) => Err(ProxyError::CredentialsRefused { realm: None }),
        }
    }

    fn request(&mut self) -> Progress {
        let command = match self.command {
            Command::Connect => 1,
            Command::UdpAssociate => 3,
        };
        let mut words = vec![VERSION, command, 0];
        match self.command {
            Command::Connect => encode(&self.target, &mut words),
            // The port that datagrams will come from is not known behind an address translation.
            Command::UdpAssociate => {
                encode(
                    &SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)).into(),
                    &mut words,
                );
            }
        }
        self.phase = Phase::AwaitReply;
        Progress::Send(Zeroizing::new(words))
    }

    fn reply(&mut self) -> Result<Progress, ProxyError> {
        match *self.received.as_slice() {
            [version, ..] if version != VERSION => return Err(NOT_SOCKS),
            [_, code, ..] if code != 0 => return Err(ProxyError::Reply { code }),
            _ => {}
        }
        let Some(address) = self.received.get(3..) else {
            return Ok(Progress::Wait);
        };
        let Some((bound, used)) = decode(address)? else {
            return Ok(Progress::Wait);
        };
        self.bound = match bound.host {
            Host::Address(address) => Some(SocketAddr::new(address, bound.port)),
            Host::Name(_) => None,
        };
        self.phase = Phase::Done;
        Ok(Progress::Done {
            rest: std::mem::take(&mut self.received).split_off(3 + used),
        })
    }

    /// The next two bytes.
    fn take(&mut self) -> Option<[u8; 2]> {
        let two = *self.received.first_chunk()?;
        self.received.drain(..2);
        Some(two)
    }
}

const NOT_SOCKS: ProxyError = ProxyError::NotAProxy("a SOCKS5 proxy");

/// Writes type, address and port.
pub(crate) fn encode(target: &Target, to: &mut Vec<u8>) {
    match &target.host {
        Host::Address(IpAddr::V4(address)) => {
            to.push(IPV4);
            to.extend(address.octets());
        }
        Host::Address(IpAddr::V6(address)) => {
            to.push(IPV6);
            to.extend(address.octets());
        }
        Host::Name(name) => {
            let name = name.as_bytes();
            let name = name.get(..255).unwrap_or(name);
            to.push(NAME);
            // Cut to what one byte can say just above.
            to.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
            to.extend(name);
        }
    }
    to.extend(target.port.to_be_bytes());
}

/// Reads type, address and port, and says how many bytes they took; `None` when they are not all here.
pub(crate) fn decode(bytes: &[u8]) -> Result<Option<(Target, usize)>, ProxyError> {
    let Some((kind, rest)) = bytes.split_first() else {
        return Ok(None);
    };
    let (length, before) = match (*kind, rest.first()) {
        (IPV4, _) => (4, 1),
        (IPV6, _) => (16, 1),
        (NAME, Some(length)) => (usize::from(*length), 2),
        (NAME, None) => return Ok(None),
        _ => return Err(NOT_SOCKS),
    };
    let used = before + length + 2;
    let Some(whole) = bytes.get(before..used) else {
        return Ok(None);
    };
    let Some((address, port)) = whole.split_last_chunk::<2>() else {
        return Ok(None);
    };
    let v4 = |octets: &[u8; 4]| Host::Address(Ipv4Addr::from(*octets).into());
    let v6 = |octets: &[u8; 16]| Host::Address(Ipv6Addr::from(*octets).into());
    let host = match *kind {
        IPV4 => address.first_chunk().map(v4),
        IPV6 => address.first_chunk().map(v6),
        _ => Some(Host::Name(String::from_utf8_lossy(address).into_owned())),
    };
    let Some(host) = host else {
        return Ok(None);
    };
    let port = u16::from_be_bytes(*port);
    Ok(Some((Target { host, port }, used)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn socks(host: &str, credentials: bool) -> Socks5 {
        let credentials = credentials.then(|| Credentials {
            username: "ana".to_owned(),
            password: "secret".to_owned().into(),
        });
        Socks5::new(Command::Connect, Target::new(host, 443), credentials)
    }

    fn sent(progress: Result<Progress, ProxyError>) -> Vec<u8> {
        match progress {
            Ok(Progress::Send(bytes)) => bytes.to_vec(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_name_is_left_to_the_proxy() {
        let mut socks = socks("gw.example", false);
        assert_eq!(*socks.begin().unwrap(), [5, 1, 0]);
        let request = sent(socks.handle(&[5, 0]));
        assert_eq!(request, *b"\x05\x01\x00\x03\x0agw.example\x01\xbb");
        assert_eq!(socks.handle(&[5, 0, 0, 1, 192, 0, 2]), Ok(Progress::Wait));
        let done = socks.handle(&[1, 0x1f, 0x90, 0xaa, 0xbb]);
        let rest = vec![0xaa, 0xbb];
        assert_eq!(done, Ok(Progress::Done { rest }));
        assert_eq!(socks.bound(), Some("192.0.2.1:8080".parse().unwrap()));
    }

    #[test]
    fn credentials_are_sent_when_the_proxy_chooses_them() {
        let mut socks = socks("2001:db8::1", true);
        assert_eq!(*socks.begin().unwrap(), [5, 2, 0, 2]);
        assert_eq!(sent(socks.handle(&[5, 2])), *b"\x01\x03ana\x06secret");
        let request = sent(socks.handle(&[1, 0]));
        assert_eq!(request[..4], [5, 1, 0, 4]);
        assert_eq!(request.len(), 4 + 16 + 2);
    }

    #[test]
    fn refusals_say_why() {
        let mut refused = socks("h", true);
        refused.handle(&[5, 2]).unwrap();
        let error = refused.handle(&[1, 1]).unwrap_err();
        assert!(error.concerns_credentials());
        let error = socks("h", false).handle(&[5, 0xff]).unwrap_err();
        assert_eq!(error, ProxyError::CredentialsWanted { realm: None });
        assert!(socks("h", false).handle(b"HTTP/1.1").is_err());
        let mut unreachable = socks("h", false);
        unreachable.handle(&[5, 0]).unwrap();
        let error = unreachable.handle(&[5, 4]).unwrap_err();
        assert_eq!(error.to_string(), "the proxy answers 4: host unreachable");
    }

    #[test]
    fn what_does_not_fit_is_not_cut() {
        let credentials = Credentials {
            username: "a".repeat(256),
            password: "b".to_owned().into(),
        };
        let mut socks = Socks5::new(Command::Connect, Target::new("h", 1), Some(credentials));
        assert_eq!(socks.begin(), Err(ProxyError::CredentialsLength));
    }
}

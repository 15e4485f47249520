//! A name server that answers A and AAAA questions from a table and NXDOMAIN for the rest,
//! and remembers what it was asked.

use std::net::{IpAddr, UdpSocket};
use std::sync::{Arc, Mutex, PoisonError};

const HEADER: usize = 12;
const TYPE_A: u16 = 1;
const TYPE_AAAA: u16 = 28;
const NAME_ERROR: u8 = 3;
/// Seconds that an answer may be kept.
const TTL: u32 = 5;

/// Names asked for, in order, lower case.
#[derive(Clone, Default)]
pub struct QueryLog(Arc<Mutex<Vec<String>>>);

impl QueryLog {
    /// What has been asked so far.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn note(&self, name: &str) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(name.to_owned());
    }
}

/// Answers on `socket` until it fails.
pub(crate) fn serve(socket: &UdpSocket, names: &[(&str, IpAddr)], log: &QueryLog) {
    let mut buffer = [0; 1500];
    while let Ok((len, from)) = socket.recv_from(&mut buffer) {
        let Some(reply) = buffer
            .get(..len)
            .and_then(|query| answer(query, names, log))
        else {
            continue;
        };
        // A lost answer is asked for again.
        let _ = socket.send_to(&reply, from);
    }
}

fn answer(query: &[u8], names: &[(&str, IpAddr)], log: &QueryLog) -> Option<Vec<u8>> {
    let (name, question_end) = question_name(query)?;
    let kind = u16::from_be_bytes(*query.get(question_end..)?.first_chunk()?);
    let question = query.get(HEADER..question_end + 4)?;
    log.note(&name);

    let mut known = names.iter().filter(|(known, _)| *known == name).peekable();
    let code = if known.peek().is_some() {
        0
    } else {
        NAME_ERROR
    };
    let address = known.find_map(|(_, address)| match address {
        IpAddr::V4(address) if kind == TYPE_A => Some(address.octets().to_vec()),
        IpAddr::V6(address) if kind == TYPE_AAAA => Some(address.octets().to_vec()),
        _ => None,
    });

    let mut reply = query.get(..2)?.to_vec();
    // QR, AA and RA set; RD echoed.
    reply.extend([0x84 | (query.get(2)? & 1), 0x80 | code]);
    reply.extend([0, 1, 0, u8::from(address.is_some()), 0, 0, 0, 0]);
    reply.extend(question);
    if let Some(address) = address {
        // Name by pointer to the question, its type, class IN.
        reply.extend([0xc0, 0x0c]);
        reply.extend(kind.to_be_bytes());
        reply.extend([0, 1]);
        reply.extend(TTL.to_be_bytes());
        reply.extend([0, u8::try_from(address.len()).ok()?]);
        reply.extend(address);
    }
    Some(reply)
}

fn question_name(query: &[u8]) -> Option<(String, usize)> {
    let mut at = HEADER;
    let mut labels = Vec::new();
    loop {
        let len = usize::from(*query.get(at)?);
        at += 1;
        match len {
            0 => return Some((labels.join("."), at)),
            1..=63 => {
                labels.push(String::from_utf8_lossy(query.get(at..at + len)?).to_ascii_lowercase());
            }
            _ => return None,
        }
        at += len;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, Ipv6Addr};

    fn query(name: &str, kind: u16) -> Vec<u8> {
        let mut bytes = vec![0xab, 0xcd, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        for label in name.split('.') {
            bytes.push(u8::try_from(label.len()).unwrap());
            bytes.extend(label.as_bytes());
        }
        bytes.push(0);
        bytes.extend(kind.to_be_bytes());
        bytes.extend([0, 1]);
        bytes
    }

    const NAMES: [(&str, IpAddr); 3] = [
        ("a.example", IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7))),
        ("both.example", IpAddr::V4(Ipv4Addr::new(192, 0, 2, 8))),
        ("both.example", IpAddr::V6(Ipv6Addr::LOCALHOST)),
    ];

    #[test]
    fn a_known_name_is_answered_whatever_its_case() {
        let log = QueryLog::default();
        let reply = answer(&query("A.eXample", 1), &NAMES, &log).unwrap();
        assert_eq!(reply[3] & 0xf, 0);
        assert_eq!(reply[reply.len() - 4..], [192, 0, 2, 7]);
        assert_eq!(log.names(), ["a.example"]);
    }

    #[test]
    fn other_types_of_a_known_name_are_empty_not_missing() {
        let reply = answer(&query("a.example", 28), &NAMES, &QueryLog::default()).unwrap();
        assert_eq!((reply[3] & 0xf, reply[7]), (0, 0));
    }

    #[test]
    fn a_name_may_have_an_address_of_each_kind() {
        let log = QueryLog::default();
        let four = answer(&query("both.example", 1), &NAMES, &log).unwrap();
        assert_eq!(four[four.len() - 6..], [0, 4, 192, 0, 2, 8]);
        let six = answer(&query("both.example", 28), &NAMES, &log).unwrap();
        assert_eq!(six[six.len() - 18..six.len() - 15], [0, 16, 0]);
        assert_eq!(six.last(), Some(&1));
    }

    #[test]
    fn an_unknown_name_does_not_exist() {
        let reply = answer(&query("b.example", 1), &NAMES, &QueryLog::default()).unwrap();
        assert_eq!((reply[3] & 0xf, reply[7]), (NAME_ERROR, 0));
    }

    #[test]
    fn cut_questions_are_ignored() {
        let whole = query("a.example", 1);
        for len in 0..whole.len() {
            assert!(
                len > whole.len() - 3
                    || answer(&whole[..len], &NAMES, &QueryLog::default()).is_none()
            );
        }
    }
}

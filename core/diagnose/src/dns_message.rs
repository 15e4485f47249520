//! Questions for addresses, and what comes back (RFC 1035 section 4).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Which addresses are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressKind {
    /// `A` (RFC 1035).
    V4,
    /// `AAAA` (RFC 3596).
    V6,
}

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsReply {
    /// The response code; 0 is success, 3 says that there is no such name.
    pub code: u8,
    /// Whether some of it did not fit.
    pub truncated: bool,
    /// Addresses of the name, by way of its aliases.
    pub addresses: Vec<IpAddr>,
}

/// Why bytes are no answer to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DnsReplyError {
    /// They end too early.
    #[error("the answer ends at byte {0}, in the middle of something")]
    Short(usize),
    /// They answer another question.
    #[error("it answers another question")]
    Other,
    /// A name in it leads in circles or is too long.
    #[error("the name at byte {0} has no end")]
    EndlessName(usize),
}

const HEADER: usize = 12;
const CLASS_IN: u16 = 1;
const TYPE_A: u16 = 1;
const TYPE_CNAME: u16 = 5;
const TYPE_AAAA: u16 = 28;
/// Aliases that are followed; resolvers follow about as many.
const MOST_ALIASES: usize = 16;
/// Labels in the longest name there can be.
const MOST_LABELS: usize = 128;
/// Records that are looked at: more do not fit into a datagram.
const MOST_RECORDS: usize = 256;

impl AddressKind {
    const fn number(self) -> u16 {
        match self {
            Self::V4 => TYPE_A,
            Self::V6 => TYPE_AAAA,
        }
    }
}

/// A question for a name's addresses, with recursion wanted; `None` for what is no name.
#[must_use]
pub fn dns_question(id: u16, name: &str, kind: AddressKind) -> Option<Vec<u8>> {
    let mut bytes = id.to_be_bytes().to_vec();
    // RD; one question.
    bytes.extend([1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    for label in name.trim_end_matches('.').split('.') {
        let length = u8::try_from(label.len()).ok();
        bytes.push(length.filter(|length| (1..=63).contains(length))?);
        bytes.extend(label.as_bytes());
    }
    bytes.push(0);
    bytes.extend(kind.number().to_be_bytes());
    bytes.extend(CLASS_IN.to_be_bytes());
    (bytes.len() <= HEADER + 255 + 4).then_some(bytes)
}

/// Reads the answer to a question.
///
/// # Errors
/// When the bytes are no answer, or not to this question: anybody may send some.
pub fn read_dns_reply(
    bytes: &[u8],
    id: u16,
    name: &str,
    kind: AddressKind,
) -> Result<DnsReply, DnsReplyError> {
    let mut reader = Reader { bytes, at: 0 };
    let answered = reader.number()?;
    let flags = reader.number()?;
    let questions = reader.number()?;
    let answers = reader.number()?;
    reader.skip(4)?;
    if answered != id || flags & 0x8000 == 0 || questions != 1 {
        return Err(DnsReplyError::Other);
    }
    let asked = reader.name()?;
    let same = asked == name.trim_end_matches('.').to_ascii_lowercase();
    if !same || reader.number()? != kind.number() || reader.number()? != CLASS_IN {
        return Err(DnsReplyError::Other);
    }
    let truncated = flags & 0x0200 != 0;
    let mut records = Vec::new();
    for _ in 0..usize::from(answers).min(MOST_RECORDS) {
        match reader.record() {
            Ok(record) => records.push(record),
            // A cut answer may end anywhere.
            Err(_) if truncated => break,
            Err(error) => return Err(error),
        }
    }
    Ok(DnsReply {
        code: u8::try_from(flags & 0x000f).unwrap_or_default(),
        truncated,
        addresses: addresses_of(asked, kind, &records),
    })
}

struct Record {
    owner: String,
    data: Data,
}

enum Data {
    Address(IpAddr),
    Alias(String),
    Other,
}

fn addresses_of(mut name: String, kind: AddressKind, records: &[Record]) -> Vec<IpAddr> {
    for _ in 0..MOST_ALIASES {
        let of_name = || records.iter().filter(|record| record.owner == name);
        let found: Vec<IpAddr> = of_name()
            .filter_map(|record| match record.data {
                Data::Address(address) => Some(address),
                _ => None,
            })
            .filter(|address| address.is_ipv4() == (kind == AddressKind::V4))
            .collect();
        if !found.is_empty() {
            return found;
        }
        let alias = of_name().find_map(|record| match &record.data {
            Data::Alias(alias) => Some(alias.clone()),
            _ => None,
        });
        match alias {
            Some(alias) => name = alias,
            None => break,
        }
    }
    Vec::new()
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn short(&self) -> DnsReplyError {
        DnsReplyError::Short(self.bytes.len())
    }

    fn byte(&mut self) -> Result<u8, DnsReplyError> {
        let byte = *self.bytes.get(self.at).ok_or_else(|| self.short())?;
        self.at += 1;
        Ok(byte)
    }

    fn number(&mut self) -> Result<u16, DnsReplyError> {
        Ok(u16::from_be_bytes([self.byte()?, self.byte()?]))
    }

    fn skip(&mut self, count: usize) -> Result<&[u8], DnsReplyError> {
        let end = self.at.saturating_add(count);
        let taken = self.bytes.get(self.at..end).ok_or_else(|| self.short())?;
        self.at = end;
        Ok(taken)
    }

    /// A name in lower case. Its end may stand earlier in the message (RFC 1035 section
    /// 4.1.4).
    fn name(&mut self) -> Result<String, DnsReplyError> {
        let start = self.at;
        let mut name = String::new();
        let mut after = None;
        // Each label and each pointer takes a step, so that circles end.
        for _ in 0..MOST_LABELS {
            let length = self.byte()?;
            match length {
                0 => {
                    self.at = after.unwrap_or(self.at);
                    return Ok(name);
                }
                1..=63 => {
                    let label = self.skip(usize::from(length))?;
                    let label = String::from_utf8_lossy(label).to_ascii_lowercase();
                    if !name.is_empty() {
                        name.push('.');
                    }
                    name.push_str(&label);
                }
                0xc0.. => {
                    let to = usize::from(length & 0x3f) << 8 | usize::from(self.byte()?);
                    after.get_or_insert(self.at);
                    self.at = to;
                }
                _ => break,
            }
        }
        Err(DnsReplyError::EndlessName(start))
    }

    fn record(&mut self) -> Result<Record, DnsReplyError> {
        let owner = self.name()?;
        let kind = self.number()?;
        let class = self.number()?;
        self.skip(4)?;
        let length = usize::from(self.number()?);
        let start = self.at;
        let data = self.skip(length)?;
        let data = match (kind, class) {
            (TYPE_A, CLASS_IN) => match <[u8; 4]>::try_from(data) {
                Ok(octets) => Data::Address(Ipv4Addr::from(octets).into()),
                Err(_) => Data::Other,
            },
            (TYPE_AAAA, CLASS_IN) => match <[u8; 16]>::try_from(data) {
                Ok(octets) => Data::Address(Ipv6Addr::from(octets).into()),
                Err(_) => Data::Other,
            },
            (TYPE_CNAME, CLASS_IN) => {
                self.at = start;
                let alias = self.name()?;
                self.at = start + length;
                Data::Alias(alias)
            }
            _ => Data::Other,
        };
        Ok(Record { owner, data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "db1.contoso.internal";

    /// An answer with an alias, its name by pointer, and an address.
    fn answer(id: u16) -> Vec<u8> {
        let mut bytes = dns_question(id, NAME, AddressKind::V4).unwrap();
        bytes[2] = 0x81;
        bytes[7] = 2;
        bytes.extend([
            0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 5, 0, 5, 2, b'd', b'b', 0xc0, 16,
        ]);
        let alias = u8::try_from(bytes.len() - 5).unwrap();
        bytes.extend([0xc0, alias, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 10, 20, 4, 7]);
        bytes
    }

    #[test]
    fn an_address_is_found_by_way_of_an_alias() {
        let reply = read_dns_reply(&answer(7), 7, NAME, AddressKind::V4).unwrap();
        assert_eq!(reply.addresses, ["10.20.4.7".parse::<IpAddr>().unwrap()]);
        assert_eq!((reply.code, reply.truncated), (0, false));
    }

    #[test]
    fn answers_to_other_questions_are_none() {
        for (id, name, kind) in [
            (8, NAME, AddressKind::V4),
            (7, "db2.contoso.internal", AddressKind::V4),
            (7, NAME, AddressKind::V6),
        ] {
            let read = read_dns_reply(&answer(7), id, name, kind);
            assert_eq!(read, Err(DnsReplyError::Other), "{id} {name}");
        }
        let question = dns_question(7, NAME, AddressKind::V4).unwrap();
        let read = read_dns_reply(&question, 7, NAME, AddressKind::V4);
        assert_eq!(read, Err(DnsReplyError::Other), "a question is no answer");
    }

    #[test]
    fn circles_and_ends_are_noticed() {
        let mut circle = dns_question(7, NAME, AddressKind::V4).unwrap();
        circle[2] = 0x81;
        circle[12] = 0xc0;
        circle[13] = 12;
        let read = read_dns_reply(&circle, 7, NAME, AddressKind::V4);
        assert_eq!(read, Err(DnsReplyError::EndlessName(12)));
        let whole = answer(7);
        for length in 0..whole.len() {
            let read = read_dns_reply(&whole[..length], 7, NAME, AddressKind::V4);
            assert!(read.is_err(), "{length}");
        }
        let mut cut = whole.clone();
        cut[2] |= 0x02;
        let read = read_dns_reply(&cut[..cut.len() - 1], 7, NAME, AddressKind::V4).unwrap();
        assert!(read.truncated && read.addresses.is_empty());
    }

    #[test]
    fn what_is_no_name_is_no_question() {
        for name in ["", "a..b", &"a".repeat(64), &"a.".repeat(200)] {
            assert_eq!(dns_question(1, name, AddressKind::V6), None, "{name}");
        }
    }
}

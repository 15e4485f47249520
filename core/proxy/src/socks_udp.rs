use crate::socks::{decode, encode};
use crate::target::Target;

/// What goes before each datagram to a SOCKS5 relay (RFC 1928, section 7), made once for one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayHeader(Vec<u8>);

impl RelayHeader {
    /// For datagrams to `target`.
    #[must_use]
    pub fn new(target: &Target) -> Self {
        // Two bytes reserved, and no fragment.
        let mut bytes = vec![0, 0, 0];
        encode(target, &mut bytes);
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// How many bytes of a datagram from a relay go before its contents; `None` when it is none of a relay's, or a fragment
/// (which nobody sends and RFC 1928 lets one drop).
#[must_use]
pub fn relayed(datagram: &[u8]) -> Option<usize> {
    let ([0, 0, 0], rest) = datagram.split_first_chunk::<3>()? else {
        return None;
    };
    let (_, used) = decode(rest).ok()??;
    Some(3 + used)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_as_long_as_it_says() {
        for host in ["192.0.2.7", "2001:db8::7", "gateway.example"] {
            let header = RelayHeader::new(&Target::new(host, 1194));
            let datagram = [header.bytes(), b"payload"].concat();
            assert_eq!(relayed(&datagram), Some(header.bytes().len()), "{host}");
            assert_eq!(relayed(&datagram[..header.bytes().len() - 1]), None);
        }
        assert_eq!(relayed(&[0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 9]), None);
        assert_eq!(relayed(&[]), None);
    }
}

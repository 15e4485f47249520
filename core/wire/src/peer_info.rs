use std::fmt;
use std::ops::BitOr;

/// The most lines that are kept of a peer's message.
const MAX_LINES: usize = 128;

/// What a client can do, bit by bit (`IV_PROTO`). Only what is implemented may be set: the server acts on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProtocolBits(pub u32);

impl ProtocolBits {
    /// Understands a pushed peer-id and the four-byte data header.
    pub const DATA_V2: Self = Self(1 << 1);
    /// Takes a push reply without having asked.
    pub const REQUEST_PUSH: Self = Self(1 << 2);
    /// Can derive keys by the TLS exporter.
    pub const TLS_KEY_EXPORT: Self = Self(1 << 3);
    /// Understands `AUTH_PENDING,timeout N`.
    pub const AUTH_PENDING: Self = Self(1 << 4);
    /// Understands the `dns` option in OpenVPN 2.6's grammar.
    pub const DNS_OPTION: Self = Self(1 << 6);
    /// Understands `EXIT` and `protocol-flags`.
    pub const EXIT_MESSAGE: Self = Self(1 << 7);
    /// Understands `AUTH_FAILED,TEMP`.
    pub const AUTH_FAILED_TEMP: Self = Self(1 << 8);
    /// Can switch to dynamic tls-crypt for renegotiations.
    pub const DYNAMIC_TLS_CRYPT: Self = Self(1 << 9);
    /// Can put an epoch into data packets.
    pub const DATA_EPOCH: Self = Self(1 << 10);
    /// Understands the `dns` option in its final grammar.
    pub const DNS_OPTION_V2: Self = Self(1 << 11);
    /// Understands `PUSH_UPDATE`.
    pub const PUSH_UPDATE: Self = Self(1 << 12);

    /// Whether all bits of `other` are set.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These bits, less those of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl BitOr for ProtocolBits {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// `NAME=VALUE` lines by which a client describes itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeerInfo {
    lines: Vec<(String, String)>,
}

impl PeerInfo {
    /// Adds a line. Control characters are left out, since servers turn values into environment variables.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.lines.push((printable(name), printable(value)));
        self
    }

    /// Reads a peer's lines; what is not `NAME=VALUE` is skipped.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let lines = text
            .lines()
            .filter_map(|line| line.split_once('='))
            .take(MAX_LINES)
            .map(|(name, value)| (printable(name), printable(value)))
            .collect();
        Self { lines }
    }

    /// The value of the first line of this name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.lines
            .iter()
            .find_map(|(line, value)| (line == name).then_some(value.as_str()))
    }

    /// `IV_PROTO`, zero when absent or no number.
    #[must_use]
    pub fn protocol(&self) -> ProtocolBits {
        let number = self.value("IV_PROTO").and_then(|text| text.parse().ok());
        ProtocolBits(number.unwrap_or_default())
    }

    /// The data ciphers that the client takes, from `IV_CIPHERS` or the older `IV_NCP=2`.
    #[must_use]
    pub fn ciphers(&self) -> Vec<&str> {
        match (self.value("IV_CIPHERS"), self.value("IV_NCP")) {
            (Some(list), _) => list.split(':').filter(|name| !name.is_empty()).collect(),
            (None, Some("2")) => vec!["AES-256-GCM", "AES-128-GCM"],
            _ => Vec::new(),
        }
    }

    /// All lines, in order.
    pub fn lines(&self) -> impl Iterator<Item = (&str, &str)> {
        self.lines
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl fmt::Display for PeerInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines
            .iter()
            .try_for_each(|(name, value)| writeln!(f, "{name}={value}"))
    }
}

fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_survive_a_round_trip_and_control_characters_do_not() {
        let info = PeerInfo::default()
            .with("IV_VER", "1.0\nIV_EVIL=1")
            .with("IV_PROTO", "990");
        assert_eq!(info.to_string(), "IV_VER=1.0IV_EVIL=1\nIV_PROTO=990\n");
        assert_eq!(PeerInfo::parse(&info.to_string()), info);
        assert!(
            info.protocol()
                .has(ProtocolBits::TLS_KEY_EXPORT | ProtocolBits::DATA_V2)
        );
    }

    #[test]
    fn old_clients_mean_two_ciphers_by_their_ncp_line() {
        let info = PeerInfo::parse("IV_NCP=2\n");
        assert_eq!(info.ciphers(), ["AES-256-GCM", "AES-128-GCM"]);
    }
}

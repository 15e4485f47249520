use std::fmt;

/// What an end claims its options to be: sent in the key exchange, compared by nobody who
/// matters, and the only place where old servers look for a cipher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionsString {
    /// How packets travel.
    pub transport: TransportName,
    /// The tunnel's MTU.
    pub tun_mtu: u16,
    /// tls-auth key direction, when there is one.
    pub key_direction: Option<u8>,
    /// The data cipher's OpenVPN name and its key size in bits.
    pub cipher: (String, u16),
    /// The data channel's digest, `[null-digest]` with an AEAD cipher.
    pub auth: String,
    /// Whether control packets are wrapped by tls-auth.
    pub tls_auth: bool,
    /// Whether this end is the TLS server.
    pub server: bool,
}

/// The transport as the options string spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportName {
    /// UDP, either role.
    Udp,
    /// TCP, by role.
    Tcp,
}

/// What AES-GCM with the four-byte header and TCP's length field add to a packet.
const LINK_OVERHEAD: u16 = 51;

impl fmt::Display for OptionsString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proto = match (self.transport, self.server) {
            (TransportName::Udp, _) => "UDPv4",
            (TransportName::Tcp, false) => "TCPv4_CLIENT",
            (TransportName::Tcp, true) => "TCPv4_SERVER",
        };
        let link_mtu = self.tun_mtu.saturating_add(LINK_OVERHEAD);
        write!(
            f,
            "V4,dev-type tun,link-mtu {link_mtu},tun-mtu {},proto {proto}",
            self.tun_mtu
        )?;
        if let Some(direction) = self.key_direction {
            write!(f, ",keydir {direction}")?;
        }
        let (cipher, bits) = &self.cipher;
        write!(f, ",cipher {cipher},auth {},keysize {bits}", self.auth)?;
        if self.tls_auth {
            f.write_str(",tls-auth")?;
        }
        f.write_str(",key-method 2,")?;
        f.write_str(if self.server {
            "tls-server"
        } else {
            "tls-client"
        })
    }
}

/// The cipher that an options string names.
#[must_use]
pub fn cipher_in_options(options: &str) -> Option<&str> {
    options
        .split(',')
        .find_map(|item| item.trim().strip_prefix("cipher "))
}

/// What an end fills its data packets with other than whole IP packets. Both ends have to do the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForeignPayload {
    /// Fragments with a header of their own (`fragment`).
    Fragments,
    /// Ethernet frames (`dev tap`).
    Ethernet,
}

impl ForeignPayload {
    /// What an end's options string says of it (section 6.4 of the reference). Over TCP there are no fragments (8.6),
    /// whatever it says.
    #[must_use]
    pub fn in_options(options: &str, transport: TransportName) -> Option<Self> {
        options.split(',').find_map(|item| match item.trim() {
            "mtu-dynamic" if transport == TransportName::Udp => Some(Self::Fragments),
            "dev-type tap" => Some(Self::Ethernet),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_string_is_the_one_that_openvpn_sends_with_the_same_options() {
        let options = OptionsString {
            transport: TransportName::Tcp,
            tun_mtu: 1500,
            key_direction: Some(1),
            cipher: ("AES-256-GCM".into(), 256),
            auth: "[null-digest]".into(),
            tls_auth: true,
            server: false,
        };
        assert_eq!(
            options.to_string(),
            "V4,dev-type tun,link-mtu 1551,tun-mtu 1500,proto TCPv4_CLIENT,keydir 1,cipher AES-256-GCM,auth [null-digest],keysize 256,tls-auth,key-method 2,tls-client"
        );
        assert_eq!(cipher_in_options(&options.to_string()), Some("AES-256-GCM"));
        assert_eq!(cipher_in_options("V4,dev-type tun"), None);
        let foreign = ForeignPayload::in_options(&options.to_string(), TransportName::Tcp);
        assert_eq!(foreign, None);
    }

    #[test]
    fn what_is_no_whole_ip_packet_is_told_by_the_options_string() {
        for (options, expected) in [
            (
                "V4,dev-type tun,link-mtu 1559,tun-mtu 1500,proto UDPv4,mtu-dynamic,auth SHA1",
                Some(ForeignPayload::Fragments),
            ),
            (
                "V4,dev-type tap,link-mtu 1583,tun-mtu 1532,proto TCPv4_SERVER",
                Some(ForeignPayload::Ethernet),
            ),
            ("V4,dev-type tun,tun-mtu 1500,mtu-dynamics", None),
            ("V0 UNDEF", None),
            ("", None),
        ] {
            let foreign = ForeignPayload::in_options(options, TransportName::Udp);
            assert_eq!(foreign, expected, "{options}");
        }
        let over_tcp = ForeignPayload::in_options("V4,mtu-dynamic", TransportName::Tcp);
        assert_eq!(over_tcp, None);
    }
}

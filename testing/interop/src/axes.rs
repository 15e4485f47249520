//! What can differ from one connection to another, dimension by dimension.

/// Declares a dimension: its values in order, each with its name in the table.
macro_rules! axis {
    ($(#[$doc:meta])* $axis:ident { $($(#[$value_doc:meta])* $value:ident = $name:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $axis { $($(#[$value_doc])* $value,)+ }

        impl $axis {
            /// All values, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$value,)+];

            /// The value's name in the table.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$value => $name,)+ }
            }
        }
    };
}

axis! {
    /// How packets travel.
    Transport {
        /// A stream.
        Tcp = "tcp",
        /// Datagrams.
        Udp = "udp",
    }
}

axis! {
    /// The addresses outside of the tunnel.
    Family {
        /// IPv4.
        V4 = "IPv4",
        /// IPv6.
        V6 = "IPv6",
    }
}

axis! {
    /// What protects control packets outside of TLS.
    Wrapping {
        /// tls-auth with SHA-256, which Azure gateways use.
        AuthSha256 = "tls-auth SHA256",
        /// Nothing.
        None = "none",
        /// tls-auth with SHA-1, OpenVPN's default.
        AuthSha1 = "tls-auth SHA1",
        /// tls-auth with SHA-512.
        AuthSha512 = "tls-auth SHA512",
        /// tls-crypt.
        Crypt = "tls-crypt",
        /// tls-crypt with a key of the client's own.
        CryptV2 = "tls-crypt-v2",
    }
}

axis! {
    /// The data cipher.
    DataCipher {
        /// What Azure gateways use.
        Aes256Gcm = "AES-256-GCM",
        /// The key length in between.
        Aes192Gcm = "AES-192-GCM",
        /// The shorter key.
        Aes128Gcm = "AES-128-GCM",
        /// For machines without AES instructions.
        ChaCha20Poly1305 = "CHACHA20-POLY1305",
        /// CBC and an HMAC: the digest of tls-auth where there is one, else SHA-256.
        Aes256Cbc = "AES-256-CBC",
        /// CBC and an HMAC: the digest of tls-auth where there is one, else SHA-1.
        Aes128Cbc = "AES-128-CBC",
    }
}

axis! {
    /// The version of TLS.
    TlsVersion {
        /// 1.3.
        Tls13 = "1.3",
        /// 1.2.
        Tls12 = "1.2",
    }
}

axis! {
    /// Where the data keys come from.
    Derivation {
        /// The TLS exporter.
        Exporter = "exporter",
        /// The random numbers of key exchange 2.
        Prf = "PRF",
    }
}

axis! {
    /// How the client shows who it is.
    SignIn {
        /// User name and password.
        Password = "password",
        /// Not at all.
        None = "none",
        /// A certificate.
        Certificate = "certificate",
        /// A certificate, and user name and password.
        Both = "certificate + password",
        /// A password for the first key, the server's token from then on.
        Token = "auth-token",
        /// A password and the answer to a static challenge.
        Challenge = "static challenge",
        /// A password, then over a new connection the answer to what the server asked when it refused the first.
        DynamicChallenge = "dynamic challenge",
        /// A password as long as an Entra access token.
        Entra = "Entra-like token",
    }
}

axis! {
    /// Whether, by whom and under which wrapping a new key is negotiated.
    Renegotiation {
        /// It is not.
        None = "none",
        /// By the client.
        Client = "client",
        /// By the server.
        Server = "server",
        /// By the client, under dynamic tls-crypt.
        ClientDynamic = "client, dynamic tls-crypt",
        /// By the server, under dynamic tls-crypt.
        ServerDynamic = "server, dynamic tls-crypt",
    }
}

axis! {
    /// Framing of packets that could be compressed and are not.
    Framing {
        /// None.
        None = "none",
        /// `comp-lzo no`.
        Lzo = "comp-lzo no",
        /// `compress stub`.
        Stub = "stub",
        /// `compress stub-v2`.
        StubV2 = "stub-v2",
    }
}

axis! {
    /// The format of data packets.
    DataFormat {
        /// With a peer-id.
        V2 = "V2",
        /// Without.
        V1 = "V1",
        /// With a peer-id and epochs.
        Epoch = "epoch",
    }
}

axis! {
    /// Who ends the connection.
    Leaving {
        /// The client.
        Client = "client",
        /// The server.
        Server = "server",
    }
}

impl DataCipher {
    /// Whether it authenticates what it encrypts, without an HMAC beside it.
    #[must_use]
    pub const fn is_aead(self) -> bool {
        !matches!(self, Self::Aes256Cbc | Self::Aes128Cbc)
    }
}

impl Wrapping {
    /// The digest of tls-auth.
    #[must_use]
    pub const fn digest(self) -> Option<&'static str> {
        match self {
            Self::AuthSha1 => Some("SHA1"),
            Self::AuthSha256 => Some("SHA256"),
            Self::AuthSha512 => Some("SHA512"),
            Self::None | Self::Crypt | Self::CryptV2 => None,
        }
    }
}

impl SignIn {
    /// Whether the client sends user name and password.
    #[must_use]
    pub const fn has_password(self) -> bool {
        !matches!(self, Self::None | Self::Certificate)
    }

    /// Whether a person has to answer a question.
    #[must_use]
    pub const fn is_asked(self) -> bool {
        matches!(self, Self::Challenge | Self::DynamicChallenge)
    }

    /// Whether the client shows a certificate.
    #[must_use]
    pub const fn has_certificate(self) -> bool {
        matches!(self, Self::Certificate | Self::Both)
    }
}

impl Renegotiation {
    /// Whether the client begins it.
    #[must_use]
    pub const fn is_by_client(self) -> bool {
        matches!(self, Self::Client | Self::ClientDynamic)
    }

    /// Whether it goes under dynamic tls-crypt.
    #[must_use]
    pub const fn is_dynamic(self) -> bool {
        matches!(self, Self::ClientDynamic | Self::ServerDynamic)
    }
}

//! The one table of what is not played, and why.

use crate::axes::{
    DataFormat, Derivation, Family, Framing, Leaving, Renegotiation, SignIn, TlsVersion, Transport,
    Wrapping,
};
use crate::cell::Cell;
use crate::party::{Pairing, Party, Release};

/// A kind of cell that is left out.
pub struct Reason {
    /// Which cells.
    pub applies: fn(&Pairing, &Cell) -> bool,
    /// What they are, for the document.
    pub what: &'static str,
    /// Why they are left out.
    pub why: &'static str,
}

/// Why this cell is left out, if it is.
#[must_use]
pub fn reason(pairing: &Pairing, cell: &Cell) -> Option<&'static Reason> {
    REASONS
        .iter()
        .find(|reason| (reason.applies)(pairing, cell))
}

/// All reasons.
pub const REASONS: &[Reason] = &[
    // What the protocol does not have.
    Reason {
        applies: |_, cell| cell.format == DataFormat::Epoch && !cell.cipher.is_aead(),
        what: "epoch with CBC",
        why: "the epoch format is one of AEAD ciphers",
    },
    Reason {
        applies: |_, cell| cell.renegotiation.is_dynamic() && cell.derivation == Derivation::Prf,
        what: "dynamic tls-crypt with PRF keys",
        why: "its key comes from the TLS exporter, which an end without exporter keys does not have",
    },
    // What OpenVPN does not have.
    Reason {
        applies: |pairing, cell| {
            cell.format == DataFormat::Epoch
                && (pairing.client == Party::OpenVpn3
                    || pairing
                        .release()
                        .is_some_and(|release| release < Release::V2_7))
        },
        what: "epoch with OpenVPN 2.6 and older",
        why: "the epoch format came with 2.7",
    },
    Reason {
        applies: |pairing, cell| {
            pairing.release() == Some(Release::V2_5)
                && (cell.derivation == Derivation::Exporter || cell.renegotiation.is_dynamic())
        },
        what: "exporter keys and dynamic tls-crypt with OpenVPN 2.5",
        why: "both came with 2.6",
    },
    Reason {
        applies: |pairing, cell| {
            pairing.server == Party::OpenVpn(Release::V2_5)
                && cell.sign_in == SignIn::DynamicChallenge
        },
        what: "dynamic challenge with OpenVPN 2.5's server",
        why: "its scripts cannot say why they refuse; only since 2.6 there is a file for it",
    },
    Reason {
        applies: |pairing, cell| {
            matches!(pairing.client, Party::OpenVpn(_)) && cell.sign_in == SignIn::None
        },
        what: "no sign-in with OpenVPN's client",
        why: "it does not start without a password or a certificate",
    },
    // What the client of OpenVPN 3 does not do here.
    Reason {
        applies: |pairing, cell| {
            pairing.client == Party::OpenVpn3
                && (!cell.cipher.is_aead()
                    || cell.sign_in.is_asked()
                    || cell.sign_in == SignIn::Entra)
        },
        what: "CBC, challenges and long passwords with OpenVPN 3",
        why: "it offers CBC only where its own settings allow what is old, asks on a terminal only, and reads no line of more than 512 bytes",
    },
    Reason {
        applies: |pairing, cell| {
            pairing.client == Party::OpenVpn3
                && matches!(cell.framing, Framing::Lzo | Framing::Stub)
        },
        what: "comp-lzo no and stub with OpenVPN 3",
        why: "it takes stub-v2 only",
    },
    // What SoftEther does not have.
    Reason {
        applies: |pairing, cell| {
            pairing.server == Party::SoftEther
                && (cell.tls == TlsVersion::Tls13
                    || cell.derivation == Derivation::Exporter
                    || cell.format != DataFormat::V1
                    || cell.wrapping != Wrapping::None
                    || cell.framing != Framing::None)
        },
        what: "TLS 1.3, exporter keys, peer-id, wrapping and framing with SoftEther",
        why: "SoftEther has none of them",
    },
    Reason {
        applies: |pairing, cell| {
            pairing.server == Party::SoftEther && cell.sign_in != SignIn::Password
        },
        what: "other sign-ins than by password with SoftEther",
        why: "its users have passwords of ordinary length",
    },
    Reason {
        applies: |pairing, cell| {
            pairing.server == Party::SoftEther
                && (cell.leaving == Leaving::Server || cell.renegotiation == Renegotiation::Server)
        },
        what: "renegotiation and leaving by SoftEther",
        why: "it begins the one every hour, and the other only when it ends altogether",
    },
    Reason {
        applies: |pairing, cell| {
            pairing.server == Party::SoftEther
                && cell.transport == Transport::Udp
                && cell.family == Family::V6
        },
        what: "IPv6 datagrams to SoftEther",
        why: "it takes none on a machine's own addresses",
    },
    // What the design leaves out: no pair of values is one of these.
    Reason {
        applies: |_, _| false,
        what: "three and more values together that no cell of a section has",
        why: "every pair of values is played, and all combinations would be hundreds of thousands of connections",
    },
    Reason {
        applies: |_, _| false,
        what: "pairs of values with OpenVPN 3",
        why: "its services lose some of several sessions at once: one after the other, each value is played against the base case and not every pair",
    },
];

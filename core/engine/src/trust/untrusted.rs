use super::seen::SeenCertificate;
use spoke_moment::WallTime;
use std::fmt;
use thiserror::Error;

/// Why trust cannot even be set up; found before anything is sent.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TrustError {
    /// There is no root at all.
    #[error("there is no root certificate in {place} to check the gateway with")]
    NoRoots {
        /// Where was looked.
        place: String,
    },
    /// The root that the profile pins is not there.
    #[error(
        "the root certificate that the profile asks for (SHA-1 {sha1}) was not found in {place}; import it, or download the profile anew"
    )]
    PinnedRootMissing {
        /// 40 hex digits.
        sha1: String,
        /// Where was looked.
        place: String,
    },
    /// No root can be read.
    #[error("no root certificate in {place} can be read")]
    UnusableRoots {
        /// Where was looked.
        place: String,
    },
    /// A list of revoked certificates cannot be read.
    #[error("a list of revoked certificates in {place} cannot be read: {why}")]
    UnusableRevocations {
        /// Where it was.
        place: String,
        /// What is wrong with it.
        why: String,
    },
    /// No name to compare with.
    #[error("the profile gives no server name to check the gateway's certificate against")]
    NoNames,
}

/// A certificate that was refused: why, what was seen, and what would have been accepted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{reason}. Seen: {seen}. Accepted: {}, under {expected_root}", expected_names.join(", "))]
pub struct Untrusted {
    /// What is wrong.
    pub reason: UntrustedReason,
    /// What the server showed.
    pub seen: Box<SeenCertificate>,
    /// The names that would have been accepted.
    pub expected_names: Vec<String>,
    /// The root that was expected, for people.
    pub expected_root: String,
}

/// What is wrong with a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UntrustedReason {
    /// It does not lead to an accepted root. Either it is somebody else's, or the server left out an intermediate.
    UnknownRoot,
    /// It, or one above it, is no longer valid.
    Expired {
        /// The end of its validity.
        not_after: WallTime,
        /// The time on this computer.
        now: WallTime,
    },
    /// It, or one above it, is not valid yet.
    NotYetValid {
        /// The start of its validity.
        not_before: WallTime,
        /// The time on this computer.
        now: WallTime,
    },
    /// It is not meant for servers; without this check every client of the same authority could pose as the server.
    NotForServers,
    /// It bears another name.
    WrongName,
    /// It is not one of those that are known by their fingerprint.
    WrongFingerprint {
        /// Its SHA-256, 64 hex digits.
        seen: String,
    },
    /// The certificate above it is not the one that is known.
    WrongIssuer {
        /// The SHA-256 of that one, 64 hex digits; none when there is none above it.
        seen: Option<String>,
    },
    /// Its key is not for what it must be for.
    WrongKeyUsage {
        /// What it is for, in OpenVPN's bit order; none when it does not say.
        seen: Option<u16>,
    },
    /// It does not name a purpose that it must name.
    WrongPurpose {
        /// The OID of that purpose.
        wanted: String,
    },
    /// It, or one above it, was revoked.
    Revoked,
    /// The list of revoked certificates is too old to say anything.
    RevocationsExpired,
    /// It, or one above it, is signed in a way that can be forged (MD5, SHA-1, RSA below 2048 bits).
    Weak,
    /// The server could not prove that it has the certificate's key.
    BadProof,
    /// It cannot be read.
    Unreadable(String),
}

impl fmt::Display for UntrustedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownRoot => f.write_str(
                "the gateway's certificate does not lead to the expected root; somebody may be in between, or the gateway sends an incomplete chain",
            ),
            Self::Expired { not_after, now } => write!(
                f,
                "the gateway's certificate is no longer valid (until {not_after}, this computer's clock says {now}); check the clock"
            ),
            Self::NotYetValid { not_before, now } => write!(
                f,
                "the gateway's certificate is not valid yet (from {not_before}, this computer's clock says {now}); check the clock"
            ),
            Self::NotForServers => {
                f.write_str("the gateway's certificate is not meant for servers (no serverAuth usage)")
            }
            Self::WrongName => f.write_str("the gateway's certificate bears another name"),
            Self::WrongFingerprint { seen } => write!(
                f,
                "the gateway's certificate is not one of those that the profile knows: its SHA-256 fingerprint is {seen}"
            ),
            Self::WrongIssuer { seen: Some(seen) } => write!(
                f,
                "the gateway's certificate was issued by another authority than the profile says: that one's SHA-256 digest is {seen}"
            ),
            Self::WrongIssuer { seen: None } => {
                f.write_str("the gateway's certificate was not issued by the authority that the profile says")
            }
            Self::WrongKeyUsage { seen: Some(seen) } => write!(
                f,
                "the gateway's certificate has a key for other uses than the profile asks for (its key usage is {seen:02x})"
            ),
            Self::WrongKeyUsage { seen: None } => {
                f.write_str("the gateway's certificate does not say what its key is for, as the profile asks")
            }
            Self::WrongPurpose { wanted } => write!(
                f,
                "the gateway's certificate does not name the purpose that the profile asks for ({wanted})"
            ),
            Self::Revoked => f.write_str("the gateway's certificate was revoked by its authority"),
            Self::RevocationsExpired => f.write_str(
                "the profile's list of revoked certificates is out of date; ask for a new one",
            ),
            Self::Weak => f.write_str(
                "the gateway's certificate is signed in a way that can be forged (MD5, SHA-1, or RSA below 2048 bits)",
            ),
            Self::BadProof => f.write_str("the gateway did not prove that the certificate is its own"),
            Self::Unreadable(why) => write!(f, "the gateway's certificate cannot be read: {why}"),
        }
    }
}

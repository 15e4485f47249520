//! Client certificates with their private keys, out of the files that people have.

mod pem;
mod pkcs12;

use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use spoke_api::{PrivateKey, Problem, ProblemCode};
use spoke_diagnose::shell;
use spoke_profile::{CertificateFacts, CertificateFault, chain_upward, is_authority};
use zeroize::Zeroizing;

/// Bytes in the largest file that is looked into.
const MOST_BYTES: usize = 1 << 20;

/// A certificate that a client can show, and its private key.
#[derive(Debug)]
pub struct ClientIdentity {
    /// The certificate in DER, then those above it as far as they were found.
    pub chain: Vec<Vec<u8>>,
    /// Its key.
    pub key: PrivateKey,
    /// What the certificate says of itself.
    pub facts: CertificateFacts,
    /// What those say that were in the files beside it, a root among them.
    pub above: Vec<CertificateFacts>,
    /// The certificates of authorities that came in a PKCS#12.
    pub authorities: Vec<Vec<u8>>,
}

/// What a file holds, before it is known what belongs together.
#[derive(Default)]
struct Contents {
    certificates: Vec<Vec<u8>>,
    /// Those of them that came in a PKCS#12.
    packed: Vec<Vec<u8>>,
    keys: Vec<Zeroizing<Vec<u8>>>,
}

/// Why a file cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum FileFault {
    #[error("it is neither PEM nor PKCS#12")]
    Neither,
    #[error("it is larger than 1 MiB")]
    TooLarge,
    #[error("it is encrypted, and no password was given")]
    NoPassword,
    #[error("the password is wrong")]
    WrongPassword,
    #[error("it is damaged: {0}")]
    Damaged(String),
    #[error("it is encrypted with {0}, which cannot be read")]
    Unsupported(String),
}

/// Asks for the password of a file; `None` when nobody can be asked. What comes with
/// the call is whether it was asked before and the answer was wrong.
pub type AskPassword<'a> = dyn FnMut(bool) -> Option<Zeroizing<String>> + 'a;

impl ClientIdentity {
    /// Reads the certificate and its key from one file, or from several that hold
    /// them apart: PEM (keys in PKCS#1, PKCS#8 or SEC1, encrypted or not) or PKCS#12.
    /// `ask` is called at most once for each encrypted file and once more when its
    /// first answer was wrong.
    ///
    /// # Errors
    /// [`ProblemCode::Usage`] with what is wrong with which file, or what is missing.
    pub fn read(files: &[(&str, &[u8])], ask: &mut AskPassword<'_>) -> Result<Self, Problem> {
        let mut contents = Contents::default();
        for (name, bytes) in files {
            contents
                .read(bytes, ask)
                .map_err(|fault| unreadable(name, &fault))?;
        }
        contents.join()
    }

    /// Whether the key belongs to the first certificate of the chain.
    ///
    /// # Errors
    /// When the key is of a kind that cannot be used.
    pub fn fits(chain: &[Vec<u8>], key: &PrivateKey) -> Result<bool, Problem> {
        let Some(leaf) = chain.first() else {
            return Ok(false);
        };
        let key = PrivateKeyDer::try_from(key.expose()).map_err(unusable_key)?;
        let key = any_supported_type(&key).map_err(|error| unusable_key(&error.to_string()))?;
        let certified = CertifiedKey::new(vec![CertificateDer::from(leaf.clone())], key);
        Ok(certified.keys_match().is_ok())
    }
}

impl Contents {
    fn read(&mut self, bytes: &[u8], ask: &mut AskPassword<'_>) -> Result<(), FileFault> {
        if bytes.len() > MOST_BYTES {
            return Err(FileFault::TooLarge);
        }
        if bytes.windows(11).any(|window| window == b"-----BEGIN ") {
            return pem::read(bytes, self, ask);
        }
        if CertificateFacts::read(bytes).is_some() {
            self.certificates.push(bytes.to_vec());
            return Ok(());
        }
        match pkcs12::read(bytes, self, ask) {
            // Whether it is a key can only be guessed from its first bytes, which those
            // of PKCS#12 resemble.
            Err(FileFault::Neither) if PrivateKeyDer::try_from(bytes).is_ok() => {
                self.keys.push(Zeroizing::new(bytes.to_vec()));
                Ok(())
            }
            other => other,
        }
    }

    /// Finds the certificate that fits the key, and what is above it.
    fn join(self) -> Result<ClientIdentity, Problem> {
        let Self {
            mut certificates,
            mut packed,
            mut keys,
        } = self;
        let key = match (keys.pop(), keys.is_empty()) {
            (Some(key), true) => PrivateKey::new(key),
            (None, _) => {
                return Err(missing(
                    "There is no private key in it.",
                    "Give the file that holds the key too: --key FILE",
                ));
            }
            (Some(_), false) => {
                return Err(missing(
                    "There are several private keys in it.",
                    "Give a file with the certificate and its one key.",
                ));
            }
        };
        if certificates.is_empty() {
            return Err(missing(
                "There is no certificate in it.",
                "Give the file that holds the certificate, and with --key FILE the one that holds the key.",
            ));
        }
        let mut found = None;
        for (at, certificate) in certificates.iter().enumerate() {
            if ClientIdentity::fits(std::slice::from_ref(certificate), &key)? {
                found = Some(at);
                break;
            }
        }
        let Some(at) = found else {
            return Err(missing(
                "The private key does not belong to the certificate.",
                "Give the key that the certificate was made for.",
            ));
        };
        let leaf = certificates.swap_remove(at);
        let facts = CertificateFacts::read(&leaf).ok_or_else(|| {
            missing(
                "The certificate cannot be read.",
                "Ask for it again from whoever issued it.",
            )
        })?;
        let above = certificates
            .iter()
            .filter_map(|der| CertificateFacts::read(der));
        packed.retain(|der| *der != leaf && is_authority(der));
        Ok(ClientIdentity {
            authorities: packed,
            above: above.collect(),
            chain: chain_upward(leaf, &certificates),
            key,
            facts,
        })
    }
}

/// What a certificate's fault means to the user of `profile`; `now` is Unix time.
#[must_use]
pub fn certificate_problem(profile: &str, facts: &CertificateFacts, now: u64) -> Option<Problem> {
    let (summary, cause) = match facts.check(now).err()? {
        CertificateFault::Expired => (
            "has expired",
            "it was not renewed, or this computer's clock is wrong",
        ),
        CertificateFault::NotYetValid => ("is not valid yet", "this computer's clock may be wrong"),
        CertificateFault::NotForClients => (
            "is not made for clients",
            "its extended key usage does not name client authentication",
        ),
    };
    let problem = Problem::new(
        ProblemCode::ProfileInvalid,
        format!(
            "The client certificate of “{profile}” ({}) {summary}.",
            facts.common_name
        ),
        format!(
            "Give the new one: spoke profile certificate {} FILE",
            shell(profile)
        ),
    );
    Some(
        problem
            .cause(cause)
            .detail(format!("subject: {}", facts.subject))
            .detail(format!("issuer: {}", facts.issuer)),
    )
}

fn unreadable(name: &str, fault: &FileFault) -> Problem {
    let hint = match fault {
        FileFault::NoPassword => {
            "In a terminal it is asked for: spoke profile certificate PROFILE FILE"
        }
        FileFault::WrongPassword => "Try again with the password that the file was exported with.",
        FileFault::Unsupported(_) => {
            "Write it anew with: openssl pkcs12 -in FILE -out FILE.pem, then give FILE.pem"
        }
        FileFault::Neither | FileFault::TooLarge | FileFault::Damaged(_) => {
            "Give the certificate and its key as .pem, .p12 or .pfx"
        }
    };
    let code = match fault {
        FileFault::NoPassword => ProblemCode::SignInNeeded,
        _ => ProblemCode::Usage,
    };
    Problem::new(code, format!("{name} cannot be used: {fault}."), hint)
}

fn unusable_key(why: &str) -> Problem {
    missing(
        format!("The private key cannot be used: {why}."),
        "Keys of RSA, ECDSA (P-256, P-384, P-521) and Ed25519 can be used.",
    )
}

fn missing(summary: impl Into<String>, hint: &str) -> Problem {
    Problem::new(ProblemCode::Usage, summary, hint)
}

#[cfg(test)]
mod tests;

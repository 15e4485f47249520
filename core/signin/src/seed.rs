use crate::secret::Secret;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The chance that one sign-in needs: 32 bytes from a cryptographic source, used
/// for one flow and never again. Verifier, state and nonce of each attempt are
/// derived from it.
pub struct FlowSeed(Zeroizing<[u8; 32]>);

impl FlowSeed {
    /// Takes 32 random bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// 43 characters of the URL-safe base64 alphabet: what RFC 7636 (4.1) asks of
    /// a code verifier.
    pub(crate) fn derive(&self, purpose: &str, attempt: u8) -> Secret {
        let mut hash = Sha256::new();
        hash.update(*self.0);
        hash.update([attempt]);
        hash.update(purpose);
        Secret::new(URL_SAFE_NO_PAD.encode(hash.finalize()))
    }
}

/// The S256 code challenge of a verifier (RFC 7636, 4.2).
pub(crate) fn challenge(verifier: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_rfc_7636_appendix_b() {
        let verifier = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned());
        assert_eq!(
            challenge(&verifier),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn purposes_and_attempts_get_values_of_their_own() {
        let seed = FlowSeed::new([7; 32]);
        let values = [
            seed.derive("state", 0),
            seed.derive("state", 1),
            seed.derive("nonce", 0),
        ];
        assert!(!values[0].matches(values[1].expose()));
        assert!(!values[0].matches(values[2].expose()));
        assert!(values.iter().all(|value| value.expose().len() == 43));
    }
}

//! The keys and certificates of a file.

use crate::error::Refusal;
use crate::limits;
use crate::secret::{ClientKey, ServerSecret};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

const STATIC_BEGIN: &str = "-----BEGIN OpenVPN Static key V1-----";
const STATIC_END: &str = "-----END OpenVPN Static key V1-----";
const CLIENT_KEY: &str = "OpenVPN tls-crypt-v2 client key";

/// "OpenVPN Static key V1", as OpenVPN 2.6 reads it: text before it and digits after the
/// 512th are passed over.
pub(super) fn static_key(text: &str) -> Result<ServerSecret, Refusal> {
    let mut lines = text.lines();
    if !lines.any(|line| line.starts_with(STATIC_BEGIN)) {
        return Err(bad_key(
            "It has no line `-----BEGIN OpenVPN Static key V1-----`.",
        ));
    }
    let mut bytes = Zeroizing::new([0_u8; ServerSecret::LEN]);
    let mut digits = 0;
    for line in lines {
        if line.starts_with('-') {
            if !line.starts_with(STATIC_END) {
                return Err(bad_key("Its last line is damaged."));
            }
            if digits < 2 * ServerSecret::LEN {
                return Err(bad_key("It has fewer than 512 hexadecimal digits."));
            }
            return Ok(ServerSecret::new(bytes));
        }
        for letter in line.chars().filter(|letter| !letter.is_ascii_whitespace()) {
            let digit = letter
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok());
            let digit = digit
                .ok_or_else(|| bad_key("It holds a character that is no hexadecimal digit."))?;
            if let Some(byte) = bytes.get_mut(digits / 2) {
                *byte = (*byte << 4) | digit;
                digits += 1;
            }
        }
    }
    Err(bad_key("It has no last line."))
}

fn bad_key(why: &str) -> Refusal {
    Refusal::invalid(
        format!("The static key cannot be read. {why}"),
        "Copy the whole key, with its first and last line.",
    )
}

/// A client's key for tls-crypt-v2.
pub(crate) fn client_key(text: &str) -> Result<ClientKey, Refusal> {
    let key = blocks(text, CLIENT_KEY).into_iter().next();
    key.and_then(ClientKey::new).ok_or_else(|| {
        Refusal::invalid(
            "The tls-crypt-v2 key is no client's key in PEM.",
            "Copy the whole key, with its first and last line.",
        )
    })
}

/// All certificates of a text, in their order, each once.
pub(super) fn certificates(text: &str) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for label in ["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"] {
        for der in blocks(text, label) {
            let whole = x509_parser::parse_x509_certificate(&der);
            if matches!(whole, Ok(([], _)))
                && !found.contains(&*der)
                && found.len() < limits::CA_CERTIFICATES
            {
                found.push(der.to_vec());
            }
        }
    }
    found
}

/// All lists of revoked certificates of a text.
pub(super) fn revocation_lists(text: &str) -> Vec<Vec<u8>> {
    let lists = blocks(text, "X509 CRL").into_iter();
    let sound = |der: &Zeroizing<Vec<u8>>| matches!(x509_parser::parse_x509_crl(der), Ok(([], _)));
    lists.filter(sound).map(|der| der.to_vec()).collect()
}

/// What stands between the lines of this label, decoded; what is not base64 is left out.
fn blocks(text: &str, label: &str) -> Vec<Zeroizing<Vec<u8>>> {
    let (begin, end) = (
        format!("-----BEGIN {label}-----"),
        format!("-----END {label}-----"),
    );
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(&begin) {
        let Some((body, next)) = after.split_once(&end) else {
            break;
        };
        let compact: Zeroizing<String> = Zeroizing::new(
            body.chars()
                .filter(|letter| !letter.is_whitespace())
                .collect(),
        );
        if let Ok(der) = STANDARD.decode(compact.as_bytes()) {
            found.push(Zeroizing::new(der));
        }
        rest = next;
    }
    found
}

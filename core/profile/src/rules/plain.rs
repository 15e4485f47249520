use crate::error::{Fault, Refusal};
use crate::finding::{FindingCode, Place};
use crate::limits;
use crate::model::{Thumbprint, Transport};
use crate::secret::ServerSecret;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

/// The value in quotes for a message: short, and harmless to a terminal.
pub(crate) fn quoted(text: &str) -> String {
    const SHOWN: usize = 60;
    let mut shown: String = text
        .chars()
        .take(SHOWN)
        .map(|letter| {
            if is_disguise(letter) || letter.is_control() {
                char::REPLACEMENT_CHARACTER
            } else {
                letter
            }
        })
        .collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

/// A profile's name.
pub(crate) fn name(text: &str, place: &mut Place<'_>) -> Result<String, Refusal> {
    let trimmed = text.trim();
    if trimmed.len() != text.len() {
        place.repaired(
            FindingCode::NameTrimmed,
            "The name had white space around it.",
            "It was removed.",
        );
    }
    if trimmed.is_empty() {
        return Err(Refusal::new(
            Fault::Missing,
            "The name is empty.",
            "Give the connection a name.",
        ));
    }
    let length = trimmed.chars().count();
    if length > limits::NAME_CHARS {
        return Err(Refusal::invalid(
            format!(
                "The name has {length} characters; at most {} are allowed.",
                limits::NAME_CHARS
            ),
            "Choose a shorter name.",
        ));
    }
    if let Some(letter) = trimmed
        .chars()
        .find(|&letter| letter.is_control() || is_disguise(letter))
    {
        return Err(Refusal::invalid(
            format!(
                "The name contains the invisible character U+{:04X}.",
                u32::from(letter)
            ),
            "Write the name in visible characters on one line.",
        ));
    }
    Ok(trimmed.to_owned())
}

/// Free text on one line, such as a display name or a user name; `None` when blank.
pub(crate) fn text_value(text: &str) -> Result<Option<String>, Refusal> {
    let trimmed = text.trim();
    if trimmed.chars().any(char::is_control) {
        return Err(Refusal::invalid(
            format!(
                "The value {} goes over more than one line or holds a control character.",
                quoted(trimmed)
            ),
            "Write it on one line.",
        ));
    }
    Ok((!trimmed.is_empty()).then(|| trimmed.to_owned()))
}

/// Yes or no.
pub(crate) fn flag(text: &str) -> Result<bool, Refusal> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(Refusal::invalid(
            format!("{} is neither `true` nor `false`.", quoted(text.trim())),
            "Write `true` or `false`.",
        )),
    }
}

/// A SHA-1 thumbprint with or without colons and spaces.
pub(crate) fn sha1(text: &str, place: &mut Place<'_>) -> Result<Thumbprint, Refusal> {
    let trimmed = text.trim();
    let digits: String = trimmed
        .chars()
        .filter(|&letter| !(letter.is_whitespace() || matches!(letter, ':' | '-' | '\u{200e}')))
        .collect();
    if digits.len() != trimmed.len() {
        place.repaired(
            FindingCode::ThumbprintReformatted,
            "The thumbprint had separators between its digits.",
            "They were removed.",
        );
    }
    digits.parse().map_err(|_| {
        let what = if digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            "is a SHA-256 fingerprint".to_owned()
        } else {
            format!("has {} characters", digits.chars().count())
        };
        Refusal::invalid(
            format!("A certificate thumbprint is 40 hexadecimal digits (SHA-1); this one {what}."),
            "Copy the SHA-1 thumbprint of the root certificate, such as DF3C24F9BFD666761B268073FE06D1CC8D4F82A4 for DigiCert Global Root G2.",
        )
    })
}

/// The server secret: 512 hexadecimal digits, with white space where it likes.
pub(crate) fn secret(text: &str, place: &mut Place<'_>) -> Result<ServerSecret, Refusal> {
    let trimmed = text.trim();
    let mut digits = Zeroizing::new(String::with_capacity(trimmed.len()));
    digits.extend(trimmed.chars().filter(|letter| !letter.is_whitespace()));
    let wanted = 2 * ServerSecret::LEN;
    let next = "Copy the whole `serversecret` of the profile; download the package again if it is damaged there.";
    if digits.is_empty() {
        return Err(Refusal::new(
            Fault::Missing,
            "The server secret is empty: the gateway answers nobody without it.",
            "Download the package again, or add the secret with `--server-secret-file FILE` when you have it.",
        ));
    }
    if let Some(position) = digits.bytes().position(|byte| !byte.is_ascii_hexdigit()) {
        return Err(Refusal::invalid(
            format!(
                "The server secret may hold hexadecimal digits only; character {} is none.",
                position + 1
            ),
            next,
        ));
    }
    if digits.len() != wanted {
        return Err(Refusal::invalid(
            format!(
                "The server secret has {} hexadecimal digits; it must have {wanted}.",
                digits.len()
            ),
            next,
        ));
    }
    if digits.len() != trimmed.len() {
        place.repaired(
            FindingCode::SecretReformatted,
            "The server secret had white space between its digits.",
            "It was removed.",
        );
    }
    let mut bytes = Zeroizing::new([0; ServerSecret::LEN]);
    hex::decode_to_slice(digits.as_bytes(), &mut *bytes)
        .map_err(|_| Refusal::invalid("The server secret is not hexadecimal.", next))?;
    Ok(ServerSecret::new(bytes))
}

/// `tcp` or `udp`.
pub(crate) fn transport(text: &str, place: &mut Place<'_>) -> Result<Transport, Refusal> {
    match text.trim().to_ascii_lowercase().as_str() {
        "tcp" => Ok(Transport::Tcp),
        "udp" => {
            place.warning(
                FindingCode::TransportUdp,
                "The profile asks for UDP, which no Azure gateway is known to answer.",
                "If connecting times out: spoke profile set NAME transport=tcp",
            );
            Ok(Transport::Udp)
        }
        _ => Err(Refusal::new(
            Fault::Unsupported,
            format!("The transport {} is not known.", quoted(text.trim())),
            "Use `tcp`, which every Azure gateway speaks, or `udp`.",
        )),
    }
}

/// An X.509 certificate as DER, from DER, PEM or bare base64.
pub(crate) fn certificate(bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.len() > limits::CERTIFICATE_BYTES {
        return None;
    }
    let der = match std::str::from_utf8(bytes) {
        Ok(text) => {
            let body = match text.split_once("-----BEGIN CERTIFICATE-----") {
                Some((_, rest)) => rest.split_once("-----END CERTIFICATE-----")?.0,
                None => text,
            };
            let compact: String = body.chars().filter(|c| !c.is_whitespace()).collect();
            STANDARD.decode(compact).ok()?
        }
        Err(_) => bytes.to_vec(),
    };
    match x509_parser::parse_x509_certificate(&der) {
        Ok(([], _)) => Some(der),
        _ => None,
    }
}

/// Characters that make a text look like another: directional controls and
/// zero-width letters.
pub(crate) fn is_disguise(letter: char) -> bool {
    matches!(letter,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

use crate::error::{Fault, Refusal};
use crate::limits;
use zeroize::Zeroizing;

/// The document as text, whatever Unicode encoding it came in.
///
/// Byte order marks win, then the look of the first bytes; an encoding declared in
/// the document is not believed against its bytes, because scripts save .NET's
/// "utf-16" documents as UTF-8.
pub(crate) fn decode(bytes: &[u8]) -> Result<Zeroizing<String>, Refusal> {
    if bytes.len() > limits::DOCUMENT_BYTES {
        return Err(too_large(bytes.len()));
    }
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes)?,
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest)?,
        [first, 0, ..] if *first != 0 => utf16(bytes, u16::from_le_bytes)?,
        [0, second, ..] if *second != 0 => utf16(bytes, u16::from_be_bytes)?,
        _ => utf8(bytes)?,
    };
    if text.trim().is_empty() {
        return Err(Refusal::new(
            Fault::Empty,
            "The file is empty.",
            "Download the profile package again: Azure portal, your gateway, Point-to-site configuration, Download VPN client.",
        ));
    }
    match text.chars().find(|&letter| is_forbidden(letter)) {
        None => Ok(text),
        Some(letter) => Err(Refusal::new(
            Fault::NotText,
            format!(
                "The file contains the control character U+{:04X}, which a profile cannot.",
                u32::from(letter)
            ),
            "Download the profile again, or remove the character in an editor.",
        )),
    }
}

fn too_large(bytes: usize) -> Refusal {
    Refusal::new(
        Fault::TooLarge,
        format!(
            "The file has {bytes} bytes; no profile has more than {}.",
            limits::DOCUMENT_BYTES
        ),
        "Check that this is azurevpnconfig.xml from the portal's package.",
    )
}

fn utf8(bytes: &[u8]) -> Result<Zeroizing<String>, Refusal> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(error) => Err(Refusal::new(
            Fault::NotText,
            format!(
                "The file is not valid UTF-8: the byte at offset {} fits no character.",
                error.valid_up_to()
            ),
            "Download the profile again, or save it as UTF-8 in an editor.",
        )),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Zeroizing<String>, Refusal> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(Refusal::new(
            Fault::NotText,
            format!(
                "The file is UTF-16, but has an odd number of bytes ({}): its end is cut off.",
                bytes.len()
            ),
            "Download or copy the profile again.",
        ));
    }
    let mut text = Zeroizing::new(String::with_capacity(bytes.len() * 3 / 2));
    for letter in char::decode_utf16(pairs.iter().map(|&pair| unit(pair))) {
        match letter {
            Ok(letter) => text.push(letter),
            Err(_) => {
                return Err(Refusal::new(
                    Fault::NotText,
                    "The file is UTF-16, but holds half a character (a lone surrogate).",
                    "Download the profile again, or save it as UTF-8 in an editor.",
                ));
            }
        }
    }
    Ok(text)
}

/// Characters that XML 1.0 excludes, beside the surrogates that a `char` cannot be.
pub(crate) fn is_forbidden(letter: char) -> bool {
    matches!(letter,
        '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

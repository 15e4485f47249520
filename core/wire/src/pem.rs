use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;
use zeroize::Zeroizing;

/// Characters in a line of base64 (RFC 7468, section 2).
const LINE: usize = 64;

/// Why a text is not the key that it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PemError {
    /// The line that begins the key is not there.
    #[error("no line \"-----BEGIN {0}-----\" was found")]
    NoBegin(&'static str),
    /// The line that ends the key is not there, or another marker stands in its place.
    #[error("the key does not end with the line \"-----END {0}-----\"")]
    NoEnd(&'static str),
    /// What stands between the markers is no base64.
    #[error("the key is not written in base64")]
    NotBase64,
    /// More or fewer bytes than a key of this kind has.
    #[error("the key has {length} bytes, it needs {least} to {most}")]
    Length {
        /// What was there.
        length: usize,
        /// The shortest.
        least: usize,
        /// The longest.
        most: usize,
    },
}

/// The bytes between the markers of `label`; text before the first marker is skipped.
pub(crate) fn decode(text: &str, label: &'static str) -> Result<Zeroizing<Vec<u8>>, PemError> {
    let is_marker = |line: &str, what: &str| {
        let inside = line.trim_end().strip_prefix("-----");
        let inside = inside.and_then(|line| line.strip_suffix("-----"));
        inside.and_then(|line| line.strip_prefix(what)) == Some(label)
    };
    let mut lines = text.lines().skip_while(|line| !is_marker(line, "BEGIN "));
    lines.next().ok_or(PemError::NoBegin(label))?;
    let mut digits = Zeroizing::new(Vec::with_capacity(text.len()));
    loop {
        let line = lines.next().ok_or(PemError::NoEnd(label))?;
        if line.starts_with('-') {
            if is_marker(line, "END ") {
                break;
            }
            return Err(PemError::NoEnd(label));
        }
        digits.extend(line.bytes().filter(|byte| !byte.is_ascii_whitespace()));
    }
    let mut bytes = Zeroizing::new(vec![0; base64::decoded_len_estimate(digits.len())]);
    let length = STANDARD
        .decode_slice(&digits, &mut bytes)
        .map_err(|_| PemError::NotBase64)?;
    bytes.truncate(length);
    Ok(bytes)
}

/// The text form of `bytes` between the markers of `label`.
pub(crate) fn encode(bytes: &[u8], label: &str) -> Zeroizing<String> {
    let length = base64::encoded_len(bytes.len(), true).unwrap_or_default();
    let mut digits = Zeroizing::new(vec![0; length]);
    // The space is as long as base64 itself says.
    let written = STANDARD
        .encode_slice(bytes, &mut digits)
        .unwrap_or_default();
    digits.truncate(written);
    let markers = 2 * ("-----BEGIN -----\n".len() + label.len());
    let mut text = Zeroizing::new(String::with_capacity(length + length / LINE + 1 + markers));
    for piece in ["-----BEGIN ", label, "-----\n"] {
        text.push_str(piece);
    }
    for line in digits.chunks(LINE) {
        text.extend(line.iter().copied().map(char::from));
        text.push('\n');
    }
    for piece in ["-----END ", label, "-----\n"] {
        text.push_str(piece);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LABEL: &str = "a key";

    #[test]
    fn markers_and_digits_must_be_right() {
        let text = "noise\n-----BEGIN a key-----\r\nAA\r\n ==\r\n-----END a key-----\r\nnoise";
        assert_eq!(decode(text, LABEL).unwrap().as_slice(), [0]);
        let cases = [
            ("", PemError::NoBegin(LABEL)),
            ("-----BEGIN another-----\nAA==", PemError::NoBegin(LABEL)),
            ("-----BEGIN a key-----\nAA==\n", PemError::NoEnd(LABEL)),
            (
                "-----BEGIN a key-----\nAA==\n-----END another-----\n",
                PemError::NoEnd(LABEL),
            ),
            (
                "-----BEGIN a key-----\nA*==\n-----END a key-----\n",
                PemError::NotBase64,
            ),
        ];
        for (text, error) in cases {
            assert_eq!(decode(text, LABEL), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(bytes: Vec<u8>) {
            let text = encode(&bytes, LABEL);
            let read = decode(&text, LABEL).unwrap();
            prop_assert_eq!(read.as_slice(), bytes);
            prop_assert!(text.lines().all(|line| line.len() <= LINE));
        }
    }
}

use thiserror::Error;
use zeroize::Zeroizing;

const BEGIN: &str = "-----BEGIN OpenVPN Static key V1-----";
const END: &str = "-----END OpenVPN Static key V1-----";

/// Which of the two halves of a static key a side sends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyDirection {
    /// Direction 0, by custom the server.
    Normal,
    /// Direction 1, by custom the client.
    Inverse,
    /// No direction was configured: both sides use the first half both ways.
    Both,
}

/// The 256 bytes that gateway and clients share beforehand: two halves of a 64-byte cipher key and a 64-byte HMAC key.
///
/// Never printed, and zeroed when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct StaticKey(Box<Zeroizing<[[u8; 64]; 4]>>);

impl StaticKey {
    /// Length in bytes.
    pub const LEN: usize = 256;

    /// Takes the 256 bytes as they are.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; Self::LEN]) -> Self {
        let mut key = Self::zero();
        key.0.as_flattened_mut().copy_from_slice(bytes);
        key
    }

    /// Reads the text form ("OpenVPN Static key V1").
    ///
    /// Text before the first marker is skipped, white space between the digits too, and digits after the 512th.
    ///
    /// # Errors
    /// When a marker is missing, a character is no hex digit, or fewer than 256 bytes are there.
    pub fn parse(text: &str) -> Result<Self, StaticKeyError> {
        let mut lines = text.lines();
        if !lines.any(|line| line.starts_with(BEGIN)) {
            return Err(StaticKeyError::NoBegin);
        }
        let mut key = Self::zero();
        let mut digits = 0;
        for (number, line) in lines.enumerate() {
            if line.starts_with('-') {
                if !line.starts_with(END) {
                    return Err(StaticKeyError::NoEnd);
                }
                return key.complete(digits);
            }
            for (column, c) in line.chars().enumerate() {
                if c.is_ascii_whitespace() {
                    continue;
                }
                let digit = c.to_digit(16).ok_or(StaticKeyError::NotHex {
                    line: number + 1,
                    column: column + 1,
                })?;
                key.put(digits, digit);
                digits += 1;
            }
        }
        Err(StaticKeyError::NoEnd)
    }

    /// Reads 512 hex digits without markers, as Azure profiles carry them; white space between them is skipped.
    ///
    /// # Errors
    /// When a character is no hex digit, or there are not exactly 512 digits.
    pub fn parse_hex(text: &str) -> Result<Self, StaticKeyError> {
        let mut key = Self::zero();
        let mut digits = 0;
        for (column, c) in text.chars().enumerate() {
            if c.is_ascii_whitespace() {
                continue;
            }
            let digit = c.to_digit(16).ok_or(StaticKeyError::NotHex {
                line: 1,
                column: column + 1,
            })?;
            key.put(digits, digit);
            digits += 1;
        }
        if digits > Self::LEN * 2 {
            return Err(StaticKeyError::Long { digits });
        }
        key.complete(digits)
    }

    /// The text form, as `openvpn --genkey` writes it: sixteen lines of 32 digits between the markers.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(640));
        text.push_str(BEGIN);
        text.push('\n');
        for line in self.bytes().chunks(16) {
            for byte in line {
                text.push(hex_digit(byte >> 4));
                text.push(hex_digit(byte & 15));
            }
            text.push('\n');
        }
        text.push_str(END);
        text.push('\n');
        text
    }

    /// All 256 bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.0.as_flattened()
    }

    /// The 64-byte slot of the HMAC key that this side sends with; an algorithm uses as much of its start as it needs.
    #[must_use]
    pub fn send_hmac(&self, direction: KeyDirection) -> &[u8; 64] {
        let [_, first, _, second] = &**self.0;
        if direction == KeyDirection::Inverse {
            second
        } else {
            first
        }
    }

    /// The 64-byte slot of the HMAC key that this side checks with.
    #[must_use]
    pub fn receive_hmac(&self, direction: KeyDirection) -> &[u8; 64] {
        let [_, first, _, second] = &**self.0;
        if direction == KeyDirection::Normal {
            second
        } else {
            first
        }
    }

    /// The 64-byte slot of the cipher key that this side sends with (tls-crypt).
    #[must_use]
    pub fn send_cipher(&self, direction: KeyDirection) -> &[u8; 64] {
        let [first, _, second, _] = &**self.0;
        if direction == KeyDirection::Inverse {
            second
        } else {
            first
        }
    }

    /// The 64-byte slot of the cipher key that this side opens with (tls-crypt).
    #[must_use]
    pub fn receive_cipher(&self, direction: KeyDirection) -> &[u8; 64] {
        let [first, _, second, _] = &**self.0;
        if direction == KeyDirection::Normal {
            second
        } else {
            first
        }
    }

    fn zero() -> Self {
        Self(Box::new(Zeroizing::new([[0; 64]; 4])))
    }

    fn put(&mut self, position: usize, digit: u32) {
        if let Some(byte) = self.0.as_flattened_mut().get_mut(position / 2) {
            *byte = *byte << 4 | (digit & 15) as u8;
        }
    }

    fn complete(self, digits: usize) -> Result<Self, StaticKeyError> {
        if digits < Self::LEN * 2 {
            return Err(StaticKeyError::Short { bytes: digits / 2 });
        }
        Ok(self)
    }
}

impl std::fmt::Debug for StaticKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StaticKey(hidden)")
    }
}

fn hex_digit(nibble: u8) -> char {
    char::from_digit(u32::from(nibble & 15), 16).unwrap_or('0')
}

/// Why a text is no static key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum StaticKeyError {
    /// The line that begins a key is not there.
    #[error("no line \"{BEGIN}\" was found")]
    NoBegin,
    /// The line that ends a key is not there, or another marker stands in its place.
    #[error("the key does not end with the line \"{END}\"")]
    NoEnd,
    /// A character is neither a hex digit nor white space.
    #[error("line {line} of the key, column {column}: not a hex digit")]
    NotHex {
        /// Line after the marker, from 1.
        line: usize,
        /// Column in the line, from 1.
        column: usize,
    },
    /// The key ends too early.
    #[error("the key has {bytes} bytes, it needs {}", StaticKey::LEN)]
    Short {
        /// Whole bytes that were there.
        bytes: usize,
    },
    /// More digits than a key has, where exactly one key is expected.
    #[error("the key has {digits} hex digits, it needs {}", StaticKey::LEN * 2)]
    Long {
        /// Digits that were there.
        digits: usize,
    },
}

use crate::cursor::Cursor;
use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// The longest string of a key-method-2 message without its NUL: 16 bits of length count the NUL.
pub const MAX_STRING: usize = 65_534;

/// The strings that a server may leave out are never this long, so that a length of this
/// size is the start of the next text message (which is printable).
const TEXT_STARTS: u8 = 0x20;

/// The message by which both ends exchange key material under TLS ("key method 2").
///
/// The client's has a pre-master secret and carries user name and password.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct KeyExchange {
    /// 48 bytes from the client; absent in the server's message.
    pub pre_master: Option<[u8; 48]>,
    /// Goes into the master secret.
    pub random1: [u8; 32],
    /// Goes into the key expansion.
    pub random2: [u8; 32],
    /// What the sender thinks its options are; advisory but for the cipher.
    pub options: String,
    /// User name; `None` when the string is absent.
    pub username: Option<String>,
    /// Password; `None` when the string is absent.
    pub password: Option<String>,
    /// `NAME=VALUE` lines; `None` when the string is absent.
    pub peer_info: Option<String>,
}

/// Why a key-method-2 message makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyExchangeError {
    /// The message does not start with four zero bytes.
    #[error("the key exchange does not start with four zero bytes")]
    BadStart,
    /// Another key method than 2.
    #[error("the peer uses key method {0}; only method 2 is understood")]
    KeyMethod(u8),
    /// A string is not ended by NUL, or holds one.
    #[error("the {0} of the key exchange is not ended by its one NUL")]
    BadString(&'static str),
    /// A string is too long to be sent.
    #[error(
        "the {name} has {length} bytes, more than the {MAX_STRING} that the protocol can carry"
    )]
    TooLong {
        /// Which string.
        name: &'static str,
        /// Its length.
        length: usize,
    },
}

impl KeyExchange {
    /// The bytes on the wire, in one message.
    ///
    /// # Errors
    /// When a string is longer than [`MAX_STRING`] or holds a NUL.
    pub fn encode(&self) -> Result<Zeroizing<Vec<u8>>, KeyExchangeError> {
        let strings = [
            ("options string", Some(&self.options)),
            ("user name", self.username.as_ref()),
            ("password", self.password.as_ref()),
            ("peer info", self.peer_info.as_ref()),
        ];
        // The exact size up front: a growing vector would leave copies of secrets behind.
        let length: usize = strings
            .iter()
            .map(|(_, text)| 3 + text.map_or(0, |text| text.len()))
            .sum();
        let mut out = Zeroizing::new(Vec::with_capacity(4 + 1 + 48 + 64 + length));
        out.extend_from_slice(&[0, 0, 0, 0, 2]);
        out.extend_from_slice(self.pre_master.as_ref().map_or(&[], |secret| &secret[..]));
        out.extend_from_slice(&self.random1);
        out.extend_from_slice(&self.random2);
        for (name, text) in strings {
            put_string(&mut out, name, text)?;
        }
        Ok(out)
    }

    /// Reads a client's message from the front of `bytes`: the message and how many bytes it took,
    /// or `None` when more bytes are needed.
    ///
    /// # Errors
    /// When the bytes cannot become such a message.
    pub fn decode_client(bytes: &[u8]) -> Result<Option<(Self, usize)>, KeyExchangeError> {
        let mut cursor = Cursor::new(bytes);
        if !start(&mut cursor)? {
            return Ok(None);
        }
        let Some(pre_master) = cursor.array::<48>() else {
            return Ok(None);
        };
        let Some(mut message) = randoms_and_options(&mut cursor)? else {
            return Ok(None);
        };
        message.pre_master = Some(pre_master);
        let Some(username) = string(&mut cursor, "user name")? else {
            return Ok(None);
        };
        let Some(password) = string(&mut cursor, "password")? else {
            return Ok(None);
        };
        let Some(peer_info) = string(&mut cursor, "peer info")? else {
            return Ok(None);
        };
        message.username = username;
        message.password = password;
        message.peer_info = peer_info;
        Ok(Some((message, bytes.len() - cursor.rest().len())))
    }

    /// Reads a server's message from the front of `bytes`, as [`KeyExchange::decode_client`].
    ///
    /// Servers may end after the options string. Empty strings that arrive later read as
    /// empty text messages.
    ///
    /// # Errors
    /// When the bytes cannot become such a message.
    pub fn decode_server(bytes: &[u8]) -> Result<Option<(Self, usize)>, KeyExchangeError> {
        let mut cursor = Cursor::new(bytes);
        if !start(&mut cursor)? {
            return Ok(None);
        }
        let Some(mut message) = randoms_and_options(&mut cursor)? else {
            return Ok(None);
        };
        for name in ["user name", "password", "peer info"] {
            if cursor
                .rest()
                .first()
                .is_none_or(|byte| *byte >= TEXT_STARTS)
            {
                break;
            }
            let Some(text) = string(&mut cursor, name)? else {
                return Ok(None);
            };
            match name {
                "user name" => message.username = text,
                "password" => message.password = text,
                _ => message.peer_info = text,
            }
        }
        Ok(Some((message, bytes.len() - cursor.rest().len())))
    }
}

/// Four zeros and the key method; says whether enough bytes were there.
fn start(cursor: &mut Cursor<'_>) -> Result<bool, KeyExchangeError> {
    let seen = cursor.rest();
    if seen.iter().take(4).any(|byte| *byte != 0) {
        return Err(KeyExchangeError::BadStart);
    }
    match (cursor.bytes(4), cursor.u8()) {
        (Some(_), Some(method)) if method & 0x0f == 2 => Ok(true),
        (Some(_), Some(method)) => Err(KeyExchangeError::KeyMethod(method & 0x0f)),
        _ => Ok(false),
    }
}

fn randoms_and_options(cursor: &mut Cursor<'_>) -> Result<Option<KeyExchange>, KeyExchangeError> {
    let (Some(random1), Some(random2)) = (cursor.array(), cursor.array()) else {
        return Ok(None);
    };
    let Some(options) = string(cursor, "options string")? else {
        return Ok(None);
    };
    Ok(Some(KeyExchange {
        pre_master: None,
        random1,
        random2,
        options: options.unwrap_or_default(),
        username: None,
        password: None,
        peer_info: None,
    }))
}

/// One string: outer `None` for "more is needed", inner `None` for "absent".
/// Bytes that are no UTF-8 are replaced: such a name or password matches nothing.
#[expect(
    clippy::option_option,
    reason = "incomplete and absent are different answers"
)]
fn string(
    cursor: &mut Cursor<'_>,
    name: &'static str,
) -> Result<Option<Option<String>>, KeyExchangeError> {
    let Some(length) = cursor.u16() else {
        return Ok(None);
    };
    let Some(bytes) = cursor.bytes(usize::from(length)) else {
        return Ok(None);
    };
    let Some((last, text)) = bytes.split_last() else {
        return Ok(Some(None));
    };
    if *last != 0 || text.contains(&0) {
        return Err(KeyExchangeError::BadString(name));
    }
    Ok(Some(Some(String::from_utf8_lossy(text).into_owned())))
}

fn put_string(
    out: &mut Vec<u8>,
    name: &'static str,
    text: Option<&String>,
) -> Result<(), KeyExchangeError> {
    let Some(text) = text else {
        out.extend_from_slice(&[0, 0]);
        return Ok(());
    };
    if text.bytes().any(|byte| byte == 0) {
        return Err(KeyExchangeError::BadString(name));
    }
    let length = text.len();
    let counted =
        u16::try_from(length + 1).map_err(|_| KeyExchangeError::TooLong { name, length })?;
    out.extend_from_slice(&counted.to_be_bytes());
    out.extend_from_slice(text.as_bytes());
    out.push(0);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn client(password: &str) -> KeyExchange {
        KeyExchange {
            pre_master: Some([1; 48]),
            random1: [2; 32],
            random2: [3; 32],
            options: "V4".into(),
            username: Some("AzureAD".into()),
            password: Some(password.into()),
            peer_info: Some("IV_VER=1\n".into()),
        }
    }

    #[test]
    fn a_password_of_64_kib_fits_and_one_byte_more_does_not() {
        let longest = "x".repeat(MAX_STRING);
        let bytes = client(&longest).encode().unwrap();
        let (message, used) = KeyExchange::decode_client(&bytes).unwrap().unwrap();
        assert_eq!(used, bytes.len());
        assert_eq!(message.password.as_deref(), Some(&longest[..]));
        let refused = client(&"x".repeat(MAX_STRING + 1)).encode().err();
        let (name, length) = ("password", MAX_STRING + 1);
        assert_eq!(refused, Some(KeyExchangeError::TooLong { name, length }));
    }

    #[test]
    fn every_prefix_of_a_message_asks_for_more() {
        let bytes = client("secret").encode().unwrap();
        for length in 0..bytes.len() {
            assert!(
                KeyExchange::decode_client(&bytes[..length])
                    .unwrap()
                    .is_none()
            );
        }
    }

    #[test]
    fn a_server_may_end_after_its_options_and_text_may_follow() {
        let mut bytes = vec![0, 0, 0, 0, 2];
        bytes.extend_from_slice(&[7; 64]);
        bytes.extend_from_slice(b"\x00\x03V4\x00");
        let end = bytes.len();
        for tail in [&b""[..], b"PUSH_REPLY,x\0"] {
            let whole = [&bytes[..], tail].concat();
            let (message, used) = KeyExchange::decode_server(&whole).unwrap().unwrap();
            assert_eq!((used, message.options.as_str()), (end, "V4"));
        }
        let whole = [&bytes[..], &[0; 6], b"AUTH_FAILED\0"].concat();
        let (_, used) = KeyExchange::decode_server(&whole).unwrap().unwrap();
        assert_eq!(used, end + 6);
    }

    #[test]
    fn key_method_1_is_refused() {
        let refused = KeyExchange::decode_server(&[0, 0, 0, 0, 1]).err();
        assert_eq!(refused, Some(KeyExchangeError::KeyMethod(1)));
    }

    proptest! {
        #[test]
        fn strangers_bytes_never_panic(bytes: Vec<u8>) {
            let whole = [&[0, 0, 0, 0, 2], &bytes[..]].concat();
            let _ = KeyExchange::decode_client(&whole);
            let _ = KeyExchange::decode_server(&whole);
            let _ = KeyExchange::decode_server(&bytes);
        }
    }
}

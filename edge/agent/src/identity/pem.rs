//! PEM files: certificates and keys, the keys perhaps encrypted.

use super::{AskPassword, Contents, FileFault};
use aes::{Aes128, Aes192, Aes256};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use des::TdesEde3;
use md5::{Digest as _, Md5};
use pkcs8::EncryptedPrivateKeyInfoRef;
use zeroize::Zeroizing;

/// One `-----BEGIN …-----` block.
struct Block<'a> {
    label: &'a str,
    /// Lines of the form `Name: value` before the body (RFC 1421).
    headers: Vec<(&'a str, &'a str)>,
    body: Zeroizing<Vec<u8>>,
}

/// Takes certificates and keys out of the file.
pub(super) fn read(
    bytes: &[u8],
    contents: &mut Contents,
    ask: &mut AskPassword<'_>,
) -> Result<(), FileFault> {
    let text = std::str::from_utf8(bytes).map_err(|_| FileFault::Neither)?;
    let mut rest = text;
    while let Some((block, after)) = next_block(rest)? {
        rest = after;
        match block.label {
            "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => {
                contents.certificates.push(block.body.to_vec());
            }
            "ENCRYPTED PRIVATE KEY" => {
                let key = opened(ask, |password| decrypt_pkcs8(&block.body, password))?;
                contents.keys.push(key);
            }
            "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => {
                let key = match block.cipher() {
                    None => block.body,
                    Some(cipher) => opened(ask, |password| {
                        decrypt_traditional(cipher, &block.body, password)
                    })?,
                };
                contents.keys.push(key);
            }
            // Parameters, requests and the like are no harm.
            _ => {}
        }
    }
    Ok(())
}

/// Asks for the password, twice at most.
fn opened(
    ask: &mut AskPassword<'_>,
    open: impl Fn(&str) -> Result<Zeroizing<Vec<u8>>, FileFault>,
) -> Result<Zeroizing<Vec<u8>>, FileFault> {
    let first = ask(false).ok_or(FileFault::NoPassword)?;
    match open(&first) {
        Err(FileFault::WrongPassword) => {
            let second = ask(true).ok_or(FileFault::WrongPassword)?;
            open(&second)
        }
        other => other,
    }
}

fn next_block(text: &str) -> Result<Option<(Block<'_>, &str)>, FileFault> {
    let Some((_, rest)) = text.split_once("-----BEGIN ") else {
        return Ok(None);
    };
    let damaged = |what: &str| FileFault::Damaged(what.to_owned());
    let (label, rest) = rest
        .split_once("-----")
        .ok_or_else(|| damaged("a BEGIN line does not end"))?;
    let (inside, rest) = rest
        .split_once("-----END ")
        .ok_or_else(|| damaged("a block has no END line"))?;
    let (_, rest) = rest.split_once("-----").unwrap_or((rest, ""));
    let mut headers = Vec::new();
    let mut digits = Zeroizing::new(String::with_capacity(inside.len()));
    for line in inside.lines() {
        match line.split_once(':') {
            Some((name, value)) => headers.push((name.trim(), value.trim())),
            None => digits.extend(line.chars().filter(|letter| !letter.is_whitespace())),
        }
    }
    let body = STANDARD
        .decode(digits.as_bytes())
        .map(Zeroizing::new)
        .map_err(|_| damaged("a block is not base64"))?;
    let block = Block {
        label,
        headers,
        body,
    };
    Ok(Some((block, rest)))
}

impl<'a> Block<'a> {
    /// Cipher and initialisation vector of the traditional encryption.
    fn cipher(&self) -> Option<&'a str> {
        let value = |wanted: &str| {
            let mut headers = self.headers.iter();
            headers.find(|(name, _)| *name == wanted).map(|(_, v)| *v)
        };
        let encrypted = value("Proc-Type").is_some_and(|kind| kind.ends_with("ENCRYPTED"));
        if encrypted {
            Some(value("DEK-Info").unwrap_or_default())
        } else {
            None
        }
    }
}

/// PKCS#8 with PBES2 (RFC 8018).
fn decrypt_pkcs8(body: &[u8], password: &str) -> Result<Zeroizing<Vec<u8>>, FileFault> {
    let encrypted = EncryptedPrivateKeyInfoRef::try_from(body)
        .map_err(|error| FileFault::Unsupported(error.to_string()))?;
    match encrypted.decrypt(password) {
        Ok(document) => Ok(Zeroizing::new(document.as_bytes().to_vec())),
        Err(pkcs8::Error::EncryptedPrivateKey(pkcs8::pkcs5::Error::UnsupportedAlgorithm {
            oid,
        })) => Err(FileFault::Unsupported(format!("the algorithm {oid}"))),
        Err(_) => Err(FileFault::WrongPassword),
    }
}

/// What OpenSSL wrote before PKCS#8: the key is made of password and salt with MD5,
/// the salt is the vector's beginning (`EVP_BytesToKey` with one round).
fn decrypt_traditional(
    cipher: &str,
    body: &[u8],
    password: &str,
) -> Result<Zeroizing<Vec<u8>>, FileFault> {
    let (name, vector) = cipher.split_once(',').unwrap_or((cipher, ""));
    let vector = decode_hex(vector.trim())
        .ok_or_else(|| FileFault::Damaged("the encryption's vector is unreadable".to_owned()))?;
    match name.trim() {
        "AES-128-CBC" => decrypt::<Decryptor<Aes128>>(16, &vector, body, password),
        "AES-192-CBC" => decrypt::<Decryptor<Aes192>>(24, &vector, body, password),
        "AES-256-CBC" => decrypt::<Decryptor<Aes256>>(32, &vector, body, password),
        "DES-EDE3-CBC" => decrypt::<Decryptor<TdesEde3>>(24, &vector, body, password),
        other => Err(FileFault::Unsupported(
            other
                .chars()
                .take(40)
                .filter(char::is_ascii_graphic)
                .collect(),
        )),
    }
}

fn decrypt<C: KeyIvInit + BlockModeDecrypt>(
    key_len: usize,
    vector: &[u8],
    body: &[u8],
    password: &str,
) -> Result<Zeroizing<Vec<u8>>, FileFault> {
    let damaged = || FileFault::Damaged("the encryption's vector has a wrong length".to_owned());
    let salt = vector.get(..8).ok_or_else(damaged)?;
    let mut key = Zeroizing::new(Vec::with_capacity(key_len + 16));
    let mut digest = Vec::new();
    while key.len() < key_len {
        let mut hash = Md5::new();
        hash.update(&digest);
        hash.update(password.as_bytes());
        hash.update(salt);
        digest = hash.finalize().to_vec();
        key.extend_from_slice(&digest);
    }
    key.truncate(key_len);
    let cipher = C::new_from_slices(&key, vector).map_err(|_| damaged())?;
    let plain = cipher
        .decrypt_padded_vec::<Pkcs7>(body)
        .map(Zeroizing::new)
        .map_err(|_| FileFault::WrongPassword)?;
    // One wrong password in 256 leaves padding that looks right.
    if plain.first() == Some(&0x30) {
        Ok(plain)
    } else {
        Err(FileFault::WrongPassword)
    }
}

fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .chars()
        .map(|letter| {
            letter
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        })
        .collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty()
        .then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

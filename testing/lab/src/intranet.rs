//! The web server inside the virtual network.

use crate::http::{Answer, Request};
use bytes::Bytes;
use sha2::{Digest as _, Sha256};

/// Words on its page, for tests to look for.
pub const GREETING: &str = "Welcome to the Contoso intranet";
/// Most bytes of one download.
const MOST: usize = 1 << 30;

/// Answers one request: `/` is a page, `/bytes/N` gives N bytes, a POST to
/// `/digest` answers the SHA-256 of what it was sent, `/address` who asked.
#[must_use]
pub(crate) fn answer(request: &Request) -> Answer {
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/") => Answer::html(
            200,
            format!(
                "<!DOCTYPE html>\n<title>Contoso intranet</title>\n<h1>{GREETING}</h1>\n<p>You came from {}.</p>\n",
                request.from.ip()
            ),
        ),
        ("GET", "/address") => Answer::bytes(200, "text/plain", request.from.ip().to_string()),
        ("POST", "/digest") => Answer::bytes(200, "text/plain", digest(&request.body)),
        ("GET", path) => match path.strip_prefix("/bytes/").and_then(|n| n.parse().ok()) {
            Some(len) if len <= MOST => {
                Answer::bytes(200, "application/octet-stream", pattern(len))
            }
            _ => Answer::not_found(),
        },
        _ => Answer::not_found(),
    }
}

/// Bytes that no compression shrinks and no shift maps onto themselves: a
/// xorshift sequence.
#[must_use]
pub fn pattern(len: usize) -> Bytes {
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(len);
    Bytes::from(bytes)
}

/// SHA-256 in hexadecimal digits.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

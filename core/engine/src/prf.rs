use hmac::{Hmac, KeyInit, Mac};
use zeroize::{Zeroize, Zeroizing};

/// Fills `out` with the pseudo random function of TLS 1.0 (RFC 2246, section 5), which OpenVPN's key method 2 uses.
///
/// `seed` is label and seed together.
pub(crate) fn tls1_prf(secret: &[u8], seed: &[u8], out: &mut [u8]) {
    let half = secret.len().div_ceil(2);
    let first = secret.get(..half).unwrap_or_default();
    let second = secret.get(secret.len() - half..).unwrap_or_default();
    out.fill(0);
    xor_expansion(|parts| hmac::<Hmac<md5::Md5>>(first, parts), seed, out);
    xor_expansion(|parts| hmac::<Hmac<sha1::Sha1>>(second, parts), seed, out);
}

fn xor_expansion(hmac: impl Fn(&[&[u8]]) -> Zeroizing<Vec<u8>>, seed: &[u8], out: &mut [u8]) {
    let mut link = hmac(&[seed]);
    let mut rest = out;
    while !rest.is_empty() {
        let block = hmac(&[&link, seed]);
        let (now, later) = rest.split_at_mut(block.len().min(rest.len()));
        for (out, byte) in now.iter_mut().zip(block.iter()) {
            *out ^= byte;
        }
        rest = later;
        link = hmac(&[&link]);
    }
}

fn hmac<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    // HMAC takes keys of every length (RFC 2104), so this is not reached.
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key) else {
        return Zeroizing::new(vec![0; 16]);
    };
    for part in parts {
        mac.update(part);
    }
    let mut output = mac.finalize().into_bytes();
    let bytes = Zeroizing::new(output.to_vec());
    output.as_mut_slice().zeroize();
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn the_function_alone_gives_the_known_outputs() {
        let all: Value = serde_json::from_str(include_str!("../tests/vectors/prf.json"))
            .expect("vectors are JSON");
        let cases = all["prf_only"].as_array().expect("a list");
        assert_eq!(cases.len(), 4);
        for case in cases {
            let bytes = |key: &str| hex::decode(case[key].as_str().expect("text")).expect("hex");
            let expected = bytes("out");
            let mut out = vec![0; expected.len()];
            tls1_prf(&bytes("secret"), &bytes("label_and_seed"), &mut out);
            assert_eq!(out, expected);
        }
    }
}

use crate::challenge::Challenge;
use crate::handshake::Credentials;
use md5::Md5;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// Answers a Digest challenge (RFC 7616).
pub(crate) struct Answer<'a> {
    pub(crate) credentials: &'a Credentials,
    /// `CONNECT`.
    pub(crate) method: &'a str,
    /// What stands in the request line.
    pub(crate) uri: &'a str,
    /// Our own random text.
    pub(crate) client_nonce: &'a str,
    /// How often this nonce has been answered, this time included.
    pub(crate) count: u32,
}

#[derive(Clone, Copy)]
enum Algorithm {
    Md5,
    Sha256,
}

/// How good a challenge is; `None` when it cannot be answered.
pub(crate) fn rank(challenge: &Challenge) -> Option<u8> {
    challenge.parameter("nonce")?;
    // Without `qop` it is the form of RFC 2069.
    if challenge
        .parameter("qop")
        .is_some_and(|offered| !offers_auth(offered))
    {
        return None;
    }
    algorithm(challenge).map(|(algorithm, _)| match algorithm {
        Algorithm::Md5 => 1,
        Algorithm::Sha256 => 2,
    })
}

impl Answer<'_> {
    /// The value of `Proxy-Authorization`, if the challenge can be answered.
    pub(crate) fn to(&self, challenge: &Challenge) -> Option<Zeroizing<String>> {
        let (algorithm, session) = algorithm(challenge)?;
        let realm = challenge.parameter("realm").unwrap_or_default();
        let nonce = challenge.parameter("nonce")?;
        let qop = challenge.parameter("qop").is_some_and(offers_auth);
        let count = format!("{:08x}", self.count);
        let Credentials { username, password } = self.credentials;

        let account = Zeroizing::new(format!("{username}:{realm}:{}", password.as_str()));
        let mut secret = Zeroizing::new(algorithm.hash(&account));
        if session {
            let bound =
                Zeroizing::new(format!("{}:{nonce}:{}", secret.as_str(), self.client_nonce));
            secret = Zeroizing::new(algorithm.hash(&bound));
        }
        let request = algorithm.hash(&format!("{}:{}", self.method, self.uri));
        let middle = match qop {
            true => format!("{nonce}:{count}:{}:auth", self.client_nonce),
            false => nonce.to_owned(),
        };
        let joined = Zeroizing::new(format!("{}:{middle}:{request}", secret.as_str()));
        let response = algorithm.hash(&joined);

        let mut value = format!(
            "Digest username={}, realm={}, nonce={}, uri={}, response=\"{response}\"",
            quoted(username),
            quoted(realm),
            quoted(nonce),
            quoted(self.uri)
        );
        if let Some(name) = challenge.parameter("algorithm") {
            value += &format!(", algorithm={name}");
        }
        if let Some(opaque) = challenge.parameter("opaque") {
            value += &format!(", opaque={}", quoted(opaque));
        }
        if qop {
            value += &format!(
                ", qop=auth, nc={count}, cnonce={}",
                quoted(self.client_nonce)
            );
        }
        Some(Zeroizing::new(value))
    }
}

fn algorithm(challenge: &Challenge) -> Option<(Algorithm, bool)> {
    let name = challenge.parameter("algorithm").unwrap_or("MD5");
    Some(match name.to_ascii_uppercase().as_str() {
        "MD5" => (Algorithm::Md5, false),
        "MD5-SESS" => (Algorithm::Md5, true),
        "SHA-256" => (Algorithm::Sha256, false),
        "SHA-256-SESS" => (Algorithm::Sha256, true),
        _ => return None,
    })
}

fn offers_auth(qop: &str) -> bool {
    qop.split(',')
        .any(|one| one.trim().eq_ignore_ascii_case("auth"))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

impl Algorithm {
    fn hash(self, text: &str) -> String {
        match self {
            Self::Md5 => hex::encode(Md5::digest(text)),
            Self::Sha256 => hex::encode(Sha256::digest(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7616, section 3.9.1.
    #[test]
    fn the_examples_of_the_standard() {
        let credentials = Credentials {
            username: "Mufasa".to_owned(),
            password: "Circle of Life".to_owned().into(),
        };
        let answer = Answer {
            credentials: &credentials,
            method: "GET",
            uri: "/dir/index.html",
            client_nonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
            count: 1,
        };
        for (algorithm, response) in [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            (
                "SHA-256",
                "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
            ),
        ] {
            let challenge = Challenge::read(&format!(
                "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm={algorithm}, \
                 nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", \
                 opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
            ));
            let value = answer.to(&challenge[0]).unwrap();
            assert!(value.contains(response), "{}", value.as_str());
            assert!(value.contains("nc=00000001"));
            assert!(value.contains("opaque="));
        }
    }

    #[test]
    fn what_cannot_be_answered_has_no_rank() {
        let rank_of = |text: &str| rank(&Challenge::read(text)[0]);
        assert_eq!(rank_of("Digest realm=x"), None);
        assert_eq!(rank_of("Digest nonce=x, qop=\"auth-int\""), None);
        assert_eq!(rank_of("Digest nonce=x, algorithm=SHA-512-256"), None);
        assert!(rank_of("Digest nonce=x, algorithm=sha-256") > rank_of("Digest nonce=x"));
    }
}

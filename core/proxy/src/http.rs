use crate::challenge::{Challenge, is_token};
use crate::digest::{self, Answer};
use crate::error::ProxyError;
use crate::handshake::{Credentials, Progress};
use crate::target::Target;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

/// The longest head of an answer that is read, in bytes.
pub const MOST_HEAD: usize = 16 * 1024;
/// The longest error page that is read over rather than reconnected for.
const MOST_BODY: usize = 64 * 1024;
/// Refusals of one nonce as too old before a proxy is taken not to mean it.
const MOST_STALE: u32 = 2;

/// HTTP `CONNECT` (RFC 9110, section 9.3.6), with Basic (RFC 7617) and Digest (RFC 7616) authentication.
///
/// The credentials are sent only when the proxy asks (407), and by Digest if it offers that: with Basic everybody on the
/// way to the proxy can read them.
#[derive(Debug)]
pub struct HttpConnect {
    target: Target,
    credentials: Option<Credentials>,
    /// Send Basic credentials unasked.
    unasked: bool,
    headers: Vec<(String, String)>,
    client_nonce: String,
    received: Vec<u8>,
    /// Bytes of an error page still to come before the next answer.
    skip: usize,
    /// What was answered last, and how often.
    answered: Option<(Challenge, u32)>,
    stale: u32,
    /// The last request went over a connection that had been answered on before.
    again: bool,
    last: Zeroizing<Vec<u8>>,
}

struct Head<'a> {
    status: u16,
    reason: &'a str,
    lines: Vec<(&'a str, &'a str)>,
    version_1_1: bool,
}

impl HttpConnect {
    /// A way to `target`. `client_nonce` is random text, for Digest; at least 16 characters.
    #[must_use]
    pub fn new(
        target: Target,
        credentials: Option<Credentials>,
        client_nonce: impl Into<String>,
    ) -> Self {
        Self {
            target,
            credentials,
            unasked: false,
            headers: Vec::new(),
            client_nonce: client_nonce.into(),
            received: Vec::new(),
            skip: 0,
            answered: None,
            stale: 0,
            again: false,
            last: Zeroizing::default(),
        }
    }

    /// Sends Basic credentials with the first request, for proxies that never ask.
    #[must_use]
    pub const fn unasked(mut self) -> Self {
        self.unasked = true;
        self
    }

    /// Adds lines to every request, as name and value. Those that cannot stand in one are left out.
    #[must_use]
    pub fn with_headers(mut self, headers: Vec<(String, String)>) -> Self {
        self.headers = headers;
        self.headers.retain(|(name, value)| {
            let reserved = [
                "host",
                "proxy-authorization",
                "content-length",
                "transfer-encoding",
            ];
            is_token(name)
                && !reserved.iter().any(|one| name.eq_ignore_ascii_case(one))
                && !value.bytes().any(|byte| byte.is_ascii_control())
        });
        self
    }

    /// The first request.
    ///
    /// # Errors
    /// When the target or the credentials cannot stand in a request.
    pub fn begin(&mut self) -> Result<Zeroizing<Vec<u8>>, ProxyError> {
        if !self.target.is_sendable() {
            return Err(ProxyError::Target(self.target.clone()));
        }
        let control = |text: &str| text.bytes().any(|byte| byte.is_ascii_control());
        if self
            .credentials
            .as_ref()
            .is_some_and(|given| control(&given.username) || control(&given.password))
        {
            return Err(ProxyError::CredentialsText);
        }
        let value = match &self.credentials {
            Some(credentials) if self.unasked => {
                self.answered = Some((basic_challenge(), 1));
                Some(basic(credentials))
            }
            _ => None,
        };
        Ok(self.request(value))
    }

    /// Takes in what the proxy says.
    ///
    /// # Errors
    /// When the proxy refuses or does not speak HTTP.
    pub fn handle(&mut self, received: &[u8]) -> Result<Progress, ProxyError> {
        self.received.extend_from_slice(received);
        loop {
            let skipped = self.skip.min(self.received.len());
            self.received.drain(..skipped);
            self.skip -= skipped;
            if self.skip > 0 {
                return Ok(Progress::Wait);
            }
            if !begins_like_http(&self.received) {
                return Err(ProxyError::NotAProxy("an HTTP proxy"));
            }
            let Some(end) = end_of_head(&self.received) else {
                if self.received.len() > MOST_HEAD {
                    return Err(ProxyError::TooLong { limit: MOST_HEAD });
                }
                return Ok(Progress::Wait);
            };
            if end > MOST_HEAD {
                return Err(ProxyError::TooLong { limit: MOST_HEAD });
            }
            let rest = self.received.split_off(end);
            let bytes = std::mem::replace(&mut self.received, rest);
            let text = String::from_utf8_lossy(&bytes);
            let head = Head::read(&text).ok_or(ProxyError::NotAProxy("an HTTP proxy"))?;
            match head.status {
                100..=199 => {}
                200..=299 => {
                    let rest = std::mem::take(&mut self.received);
                    return Ok(Progress::Done { rest });
                }
                407 => return self.asked(&head),
                // tinyproxy 1.11 says so of a wrong password, where 407 is due (RFC 9110, 15.5.8).
                401 if self.answered.is_some() => {
                    return Err(ProxyError::CredentialsRefused { realm: None });
                }
                status => {
                    return Err(ProxyError::Status {
                        status,
                        reason: printable(head.reason),
                    });
                }
            }
        }
    }

    /// The proxy closed the connection.
    ///
    /// # Errors
    /// Unless it kept the connection open for another request only in words.
    pub fn handle_end(&mut self) -> Result<Progress, ProxyError> {
        if !self.again || !self.received.is_empty() {
            return Err(ProxyError::Closed);
        }
        self.again = false;
        self.skip = 0;
        Ok(Progress::Reconnect(self.last.clone()))
    }

    /// 407: the proxy wants to know who asks.
    fn asked(&mut self, head: &Head<'_>) -> Result<Progress, ProxyError> {
        let challenges: Vec<Challenge> = head
            .all("proxy-authenticate")
            .flat_map(Challenge::read)
            .collect();
        let realm = challenges
            .iter()
            .find_map(|challenge| challenge.parameter("realm"))
            .map(printable);
        let Some(credentials) = &self.credentials else {
            return Err(ProxyError::CredentialsWanted { realm });
        };
        let Some(challenge) = best(&challenges) else {
            let offered = challenges.iter().map(|one| printable(&one.scheme));
            return Err(ProxyError::Authentication {
                offered: offered.collect(),
            });
        };
        let stale = challenge
            .parameter("stale")
            .is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let count = match &self.answered {
            None => 1,
            // What was sent unasked was Basic; the proxy may want Digest.
            Some((before, _)) if before.is("Basic") && challenge.is("Digest") => 1,
            Some((before, count)) if stale && self.stale < MOST_STALE => {
                self.stale += 1;
                match before.parameter("nonce") == challenge.parameter("nonce") {
                    true => count + 1,
                    false => 1,
                }
            }
            Some(_) => return Err(ProxyError::CredentialsRefused { realm }),
        };
        let uri = self.target.to_string();
        let answer = Answer {
            credentials,
            method: "CONNECT",
            uri: &uri,
            client_nonce: &self.client_nonce,
            count,
        };
        let value = match challenge.is("Basic") {
            true => basic(credentials),
            false => answer
                .to(challenge)
                .ok_or(ProxyError::Authentication { offered: vec![] })?,
        };
        self.answered = Some((challenge.clone(), count));
        let request = self.request(Some(value));
        match head.body().filter(|_| head.stays_open()) {
            Some(length) if length <= MOST_BODY => {
                self.skip = length;
                self.again = true;
                // The error page may be here already; nothing may come behind it.
                let here = self.skip.min(self.received.len());
                self.received.drain(..here);
                self.skip -= here;
                Ok(Progress::Send(request))
            }
            _ => {
                self.again = false;
                self.received.clear();
                Ok(Progress::Reconnect(request))
            }
        }
    }

    fn request(&mut self, authorization: Option<Zeroizing<String>>) -> Zeroizing<Vec<u8>> {
        let target = &self.target;
        let mut text = Zeroizing::new(String::with_capacity(1024));
        text.push_str(&format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n"));
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(value) = authorization {
            text.push_str("Proxy-Authorization: ");
            text.push_str(&value);
            text.push_str("\r\n");
        }
        text.push_str("\r\n");
        self.last = Zeroizing::new(text.as_bytes().to_vec());
        self.last.clone()
    }
}

impl<'a> Head<'a> {
    /// Reads a status line and the lines after it (RFC 9112).
    fn read(text: &'a str) -> Option<Self> {
        let mut lines = text.split('\n').map(|line| line.trim_end_matches('\r'));
        let (version, after) = lines.next()?.split_once(' ')?;
        let (status, reason) = after.split_once(' ').unwrap_or((after, ""));
        if status.len() != 3 || !status.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        Some(Self {
            status: status.parse().ok()?,
            reason,
            lines: lines.filter_map(|line| line.split_once(':')).collect(),
            version_1_1: version == "HTTP/1.1",
        })
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &'a str> {
        self.lines
            .iter()
            .filter(move |(known, _)| known.trim().eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }

    /// Length of the body, if the head says it.
    fn body(&self) -> Option<usize> {
        if self.all("transfer-encoding").next().is_some() {
            return None;
        }
        let mut lengths = self.all("content-length");
        let length = lengths.next()?.parse().ok()?;
        lengths.next().is_none().then_some(length)
    }

    fn stays_open(&self) -> bool {
        let says = |word: &str| {
            self.all("connection")
                .chain(self.all("proxy-connection"))
                .flat_map(|value| value.split(','))
                .any(|one| one.trim().eq_ignore_ascii_case(word))
        };
        match self.version_1_1 {
            true => !says("close"),
            false => says("keep-alive"),
        }
    }
}

/// The best challenge that can be answered.
fn best(challenges: &[Challenge]) -> Option<&Challenge> {
    challenges
        .iter()
        .filter_map(|challenge| {
            let rank = match () {
                () if challenge.is("Digest") => digest::rank(challenge)?,
                () if challenge.is("Basic") => 0,
                () => return None,
            };
            Some((rank, challenge))
        })
        .max_by_key(|(rank, _)| *rank)
        .map(|(_, challenge)| challenge)
}

fn basic(credentials: &Credentials) -> Zeroizing<String> {
    let Credentials { username, password } = credentials;
    let joined = Zeroizing::new(format!("{username}:{}", password.as_str()));
    let encoded = Zeroizing::new(STANDARD.encode(joined.as_bytes()));
    Zeroizing::new(format!("Basic {}", encoded.as_str()))
}

fn basic_challenge() -> Challenge {
    Challenge {
        scheme: "Basic".to_owned(),
        parameters: Vec::new(),
    }
}

/// Whether the first bytes are those of an HTTP answer, as far as they are here.
fn begins_like_http(bytes: &[u8]) -> bool {
    bytes.iter().zip(b"HTTP/1.").all(|(got, want)| got == want)
}

/// Bytes up to and with the empty line.
fn end_of_head(bytes: &[u8]) -> Option<usize> {
    let crlf = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let bare = bytes.windows(2).position(|two| two == b"\n\n");
    let crlf = crlf.map(|at| at + 4);
    let bare = bare.map(|at| at + 2);
    [crlf, bare].into_iter().flatten().min()
}

/// A proxy's words, fit to be shown.
fn printable(text: &str) -> String {
    const MOST: usize = 100;
    text.trim()
        .chars()
        .filter(|char| !char.is_control())
        .take(MOST)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connect(credentials: bool) -> HttpConnect {
        let credentials = credentials.then(|| Credentials {
            username: "ana".to_owned(),
            password: "pä:ss".to_owned().into(),
        });
        HttpConnect::new(
            Target::new("gw.example", 443),
            credentials,
            "0123456789abcdef",
        )
    }

    fn text(bytes: &[u8]) -> &str {
        std::str::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_proxy_that_passes_on_keeps_no_byte_of_the_target() {
        let mut http = connect(true);
        assert_eq!(
            text(&http.begin().unwrap()),
            "CONNECT gw.example:443 HTTP/1.1\r\nHost: gw.example:443\r\n\r\n"
        );
        let answer = b"HTTP/1.1 200 Connection established\r\nContent-Length: 5\r\n\r\n\x00\x0e@";
        for byte in &answer[..answer.len() - 4] {
            assert_eq!(http.handle(&[*byte]).unwrap(), Progress::Wait);
        }
        let rest = b"\x00\x0e@".to_vec();
        assert_eq!(
            http.handle(&answer[answer.len() - 4..]).unwrap(),
            Progress::Done { rest }
        );
    }

    #[test]
    fn credentials_go_out_after_a_question_and_once() {
        let mut http = connect(true);
        http.begin().unwrap();
        let question = b"HTTP/1.1 407 Authentication Required\r\n\
            Proxy-Authenticate: Basic realm=\"corp\"\r\nContent-Length: 4\r\n\r\noops";
        let Progress::Send(request) = http.handle(question).unwrap() else {
            panic!("not sent");
        };
        let basic = STANDARD.encode("ana:pä:ss");
        assert!(text(&request).contains(&format!("Proxy-Authorization: Basic {basic}\r\n")));
        assert_eq!(
            http.handle(question),
            Err(ProxyError::CredentialsRefused {
                realm: Some("corp".to_owned())
            })
        );
        let mut odd = connect(true);
        odd.begin().unwrap();
        odd.handle(question).unwrap();
        let refused = ProxyError::CredentialsRefused { realm: None };
        let answer = odd.handle(b"HTTP/1.0 401 Unauthorized\r\n\r\n");
        assert_eq!(answer, Err(refused));
        let mut none = connect(false);
        none.begin().unwrap();
        let error = none.handle(question).unwrap_err();
        assert!(error.concerns_credentials(), "{error}");
    }

    #[test]
    fn digest_is_preferred_and_a_stale_nonce_answered_anew() {
        let mut http = connect(true);
        http.begin().unwrap();
        let question = |nonce: &str, stale: &str| {
            format!(
                "HTTP/1.1 407 x\r\nProxy-Authenticate: Basic realm=\"r\"\r\n\
                 Proxy-Authenticate: Digest realm=\"r\", nonce=\"{nonce}\", qop=\"auth\"{stale}\r\n\
                 Content-Length: 0\r\n\r\n"
            )
        };
        let Progress::Send(first) = http.handle(question("one", "").as_bytes()).unwrap() else {
            panic!("not sent");
        };
        assert!(text(&first).contains("Digest username=\"ana\""));
        assert!(text(&first).contains("uri=\"gw.example:443\""));
        let again = question("two", ", stale=true");
        let Progress::Send(second) = http.handle(again.as_bytes()).unwrap() else {
            panic!("not sent");
        };
        assert!(text(&second).contains("nonce=\"two\""));
        let no = http.handle(question("three", "").as_bytes());
        assert!(matches!(no, Err(ProxyError::CredentialsRefused { .. })));
    }

    #[test]
    fn an_answer_without_a_length_costs_a_new_connection() {
        let mut http = connect(true);
        http.begin().unwrap();
        let question = b"HTTP/1.0 407 x\r\nProxy-Authenticate: Basic realm=\"r\"\r\n\r\n<html>";
        assert!(matches!(
            http.handle(question).unwrap(),
            Progress::Reconnect(_)
        ));
        let done = http.handle(b"HTTP/1.0 200 ok\r\n\r\n").unwrap();
        assert_eq!(done, Progress::Done { rest: vec![] });
    }

    #[test]
    fn a_connection_closed_after_all_is_opened_again() {
        let mut http = connect(true);
        http.begin().unwrap();
        assert_eq!(http.handle_end(), Err(ProxyError::Closed));
        let question = b"HTTP/1.1 407 x\r\nProxy-Authenticate: Basic realm=\"r\"\r\n\
            Content-Length: 0\r\n\r\n";
        let Progress::Send(request) = http.handle(question).unwrap() else {
            panic!("not sent");
        };
        assert_eq!(http.handle_end(), Ok(Progress::Reconnect(request)));
        assert_eq!(http.handle_end(), Err(ProxyError::Closed));
    }

    #[test]
    fn refusals_say_why() {
        let answered = |answer: &[u8]| {
            let mut http = connect(true);
            http.begin().unwrap();
            http.handle(answer).unwrap_err().to_string()
        };
        assert_eq!(
            answered(b"HTTP/1.1 403 Filtered \x1b[31m\r\n\r\n"),
            "the proxy answers 403 Filtered [31m"
        );
        assert!(answered(b"SSH-2.0-OpenSSH\r\n").contains("HTTP proxy"));
        let ntlm = answered(b"HTTP/1.1 407 x\r\nProxy-Authenticate: NTLM\r\n\r\n");
        assert!(ntlm.contains("NTLM"), "{ntlm}");
        let endless = [b"HTTP/1.1 200 ".as_slice(), &[b'x'; MOST_HEAD]].concat();
        assert!(answered(&endless).contains("longer"));
    }

    #[test]
    fn nothing_can_be_smuggled_into_the_request() {
        let mut bad = HttpConnect::new(Target::new("a\r\nX: y", 1), None, "n");
        assert!(matches!(bad.begin(), Err(ProxyError::Target(_))));
        let credentials = Credentials {
            username: "a\r\nX: y".to_owned(),
            password: String::new().into(),
        };
        let mut bad = HttpConnect::new(Target::new("a", 1), Some(credentials), "n");
        assert_eq!(bad.begin(), Err(ProxyError::CredentialsText));
        let line = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut http = HttpConnect::new(Target::new("a", 1), None, "n").with_headers(vec![
            line("User-Agent", "Spoke"),
            line("Host", "other"),
            line("X Y", "z"),
            line("X", "y\r\nZ: z"),
        ]);
        assert_eq!(
            text(&http.begin().unwrap()),
            "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nUser-Agent: Spoke\r\n\r\n"
        );
    }
}

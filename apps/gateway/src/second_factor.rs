//! One-time codes by the clock (RFC 6238: SHA-1, 30 seconds, 6 digits), as
//! authenticator programs show them.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use spoke_wire::DynamicChallenge;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// Seconds that a code is good for, and seconds before and after that are forgiven.
const STEP: u64 = 30;
/// What clients ask their users.
const QUESTION: &str = "One-time code";
/// How long an answer may take, and how many may be awaited.
const PATIENCE: Duration = Duration::from_secs(300);
const MOST_OPEN: usize = 1000;

/// The secret that a user's codes are made of.
pub(crate) struct Totp(Zeroizing<Vec<u8>>);

impl Totp {
    /// Reads base32 (RFC 4648) without padding, as authenticator programs take it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut secret = Zeroizing::new(Vec::new());
        let (mut held, mut bits) = (0_u32, 0_u32);
        for letter in text.trim_end_matches('=').bytes() {
            let value = match letter.to_ascii_uppercase() {
                letter @ b'A'..=b'Z' => letter - b'A',
                digit @ b'2'..=b'7' => digit - b'2' + 26,
                _ => return None,
            };
            held = (held << 5 | u32::from(value)) & 0xfff;
            bits += 5;
            if bits >= 8 {
                bits -= 8;
                secret.extend(u8::try_from(held >> bits & 0xff));
            }
        }
        (secret.len() >= 10).then_some(Self(secret))
    }

    /// The code of a step.
    fn code(&self, step: u64) -> Option<u32> {
        let mut mac = Hmac::<Sha1>::new_from_slice(&self.0).ok()?;
        mac.update(&step.to_be_bytes());
        let hash = mac.finalize().into_bytes();
        let at = usize::from(hash.last()? & 0x0f);
        let bytes: [u8; 4] = hash.get(at..at + 4)?.try_into().ok()?;
        Some((u32::from_be_bytes(bytes) & 0x7fff_ffff) % 1_000_000)
    }

    /// The code of a time (Unix time in seconds).
    #[cfg(test)]
    pub(crate) fn code_at(&self, now: u64) -> Option<u32> {
        self.code(now / STEP)
    }

    /// The step that this code is of, around `now` (Unix time in seconds).
    fn step_of(&self, code: &str, now: u64) -> Option<u64> {
        let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let code: u32 = digits.parse().ok().filter(|_| digits.len() == 6)?;
        let step = now / STEP;
        (step.saturating_sub(1)..=step + 1).find(|step| self.code(*step) == Some(code))
    }
}

impl std::fmt::Debug for Totp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Totp(hidden)")
    }
}

/// Questions that wait for their answers, and codes that were used.
#[derive(Debug, Default)]
pub(crate) struct SecondFactors(Mutex<Books>);

#[derive(Debug, Default)]
struct Books {
    open: BTreeMap<String, (String, Instant)>,
    used: BTreeMap<String, u64>,
}

impl SecondFactors {
    /// Asks a user whose password was right.
    pub(crate) fn ask(&self, username: &str) -> Option<DynamicChallenge> {
        let mut random = [0_u8; 16];
        getrandom::fill(&mut random).ok()?;
        let state_id: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut books = self.books();
        books
            .open
            .retain(|_, (_, since)| since.elapsed() < PATIENCE);
        if books.open.len() >= MOST_OPEN {
            return None;
        }
        let waiting = (username.to_owned(), Instant::now());
        books.open.insert(state_id.clone(), waiting);
        Some(DynamicChallenge {
            echo: true,
            response_required: true,
            state_id,
            username: username.to_owned(),
            text: QUESTION.to_owned(),
        })
    }

    /// Whether this user was asked under this name, and has not answered yet.
    pub(crate) fn close(&self, state_id: &str, username: &str) -> bool {
        let closed = self.books().open.remove(state_id);
        closed.is_some_and(|(user, since)| user == username && since.elapsed() < PATIENCE)
    }

    /// Whether the code is right and was not used before.
    pub(crate) fn accept(&self, totp: &Totp, username: &str, code: &str, now: u64) -> bool {
        let Some(step) = totp.step_of(code, now) else {
            return false;
        };
        let mut books = self.books();
        let fresh = books.used.get(username).is_none_or(|used| *used < step);
        if fresh {
            books.used.insert(username.to_owned(), step);
        }
        fresh
    }

    fn books(&self) -> std::sync::MutexGuard<'_, Books> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a password field holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Given<'a> {
    /// A password alone.
    Password(&'a str),
    /// A password, and a code beside it (`SCRV1`).
    Both(Zeroizing<String>, Zeroizing<String>),
    /// A code, in answer to the question of this name (`CRV1`).
    Answer { state_id: &'a str, code: &'a str },
}

impl<'a> Given<'a> {
    pub(crate) fn read(field: &'a str) -> Self {
        if let Some(rest) = field.strip_prefix("CRV1::")
            && let Some((state_id, code)) = rest.split_once("::")
        {
            return Self::Answer { state_id, code };
        }
        let both = field
            .strip_prefix("SCRV1:")
            .and_then(|rest| rest.split_once(':'))
            .and_then(|(password, code)| Some(Self::Both(decode(password)?, decode(code)?)));
        both.unwrap_or(Self::Password(field))
    }
}

fn decode(text: &str) -> Option<Zeroizing<String>> {
    let bytes = STANDARD.decode(text).ok()?;
    String::from_utf8(bytes).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// "12345678901234567890" in base32, the secret of RFC 6238, appendix B.
    const RFC: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    #[test]
    fn codes_are_those_of_rfc_6238() {
        let totp = Totp::parse(RFC).unwrap();
        for (time, code) in [
            (59, 287_082),
            (1_111_111_109, 81_804),
            (1_234_567_890, 5_924),
            (20_000_000_000, 353_130),
        ] {
            assert_eq!(totp.code(time / STEP), Some(code), "at {time}");
        }
        assert!(Totp::parse("short").is_none() && Totp::parse("0189!").is_none());
    }

    #[test]
    fn a_code_is_good_once_and_around_its_time() {
        let totp = Totp::parse(RFC).unwrap();
        let factors = SecondFactors::default();
        assert!(!factors.accept(&totp, "ana", "287083", 59));
        assert!(factors.accept(&totp, "ana", "287 082", 59 + STEP));
        assert!(!factors.accept(&totp, "ana", "287082", 59));
        assert!(factors.accept(&totp, "bo", "287082", 59 - STEP));
        assert!(!factors.accept(&totp, "eve", "287082", 59 + 2 * STEP));
    }

    #[test]
    fn an_answer_belongs_to_one_question_of_one_user() {
        let factors = SecondFactors::default();
        let challenge = factors.ask("ana").unwrap();
        let field = challenge.password("287082");
        let Given::Answer { state_id, code } = Given::read(&field) else {
            panic!("{field:?}");
        };
        assert_eq!(code, "287082");
        assert!(!factors.close("other", "ana"));
        assert!(factors.close(state_id, "ana") && !factors.close(state_id, "ana"));
        let again = factors.ask("ana").unwrap();
        assert!(!factors.close(&again.state_id, "bo"));
    }

    #[test]
    fn passwords_that_look_like_answers_are_passwords() {
        for plain in ["", "SCRV1:", "SCRV1:%:%", "CRV1::x", "CRV1"] {
            assert_eq!(Given::read(plain), Given::Password(plain));
        }
        let Given::Both(password, code) = Given::read("SCRV1:cGFzcw==:MTIz") else {
            panic!("not both");
        };
        assert_eq!((password.as_str(), code.as_str()), ("pass", "123"));
    }
}

use thiserror::Error;

/// Longest address that is taken, in bytes: what common browsers and web servers take.
const URL_LIMIT: usize = 8192;

/// A further step of a sign-in, as a server asks for it with `INFO_PRE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInStep {
    /// `WEB_AUTH`, or the older `OPEN_URL`: the user signs in on a page.
    Web(WebStep),
    /// `CR_TEXT`: the user answers a question.
    Challenge(TextChallenge),
}

/// A page to sign in on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebStep {
    /// Its address; always `https`.
    pub url: String,
    /// The page may finish without the user, so it need not be shown at first.
    pub hidden: bool,
    /// The page wants the user's own browser.
    pub external: bool,
    /// Host and port of the proxy that the page is to be fetched through. A name and password for it are left out.
    pub proxy: Option<(String, u16)>,
}

/// A question to the user, to be answered while the connection waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextChallenge {
    /// The answer may be shown while it is typed.
    pub echo: bool,
    /// An answer is needed.
    pub response_required: bool,
    /// The question.
    pub text: String,
}

/// Why a step cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SignInStepError {
    /// Another kind than those known here.
    #[error("the gateway asks for a sign-in step of an unknown kind, {0}")]
    UnknownKind(String),
    /// The kind is known, what follows is not of its form.
    #[error("the gateway asks for a sign-in step ({0}) that cannot be read")]
    Malformed(&'static str),
    /// A page that everybody on the way could replace.
    #[error("the gateway asks for a sign-in on a page that is not https")]
    NotHttps,
}

impl SignInStep {
    /// Reads what follows `INFO_PRE,`.
    ///
    /// # Errors
    /// When the kind is not known, or its parts are not there, or the address is not one of `https`.
    pub fn parse(text: &str) -> Result<Self, SignInStepError> {
        let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
        match kind {
            "WEB_AUTH" => {
                let malformed = SignInStepError::Malformed("WEB_AUTH");
                let (flags, url) = rest.split_once(':').ok_or(malformed)?;
                let flags = || flags.split(',').map(str::trim);
                Ok(Self::Web(WebStep {
                    url: https(url)?,
                    hidden: flags().any(|flag| flag == "hidden"),
                    external: flags().any(|flag| flag == "external"),
                    proxy: flags().find_map(proxy),
                }))
            }
            "OPEN_URL" => Ok(Self::Web(WebStep {
                url: https(rest)?,
                hidden: false,
                external: false,
                proxy: None,
            })),
            "CR_TEXT" => {
                let malformed = SignInStepError::Malformed("CR_TEXT");
                let (flags, text) = rest.split_once(':').ok_or(malformed)?;
                let has = |wanted: &str| flags.split(',').any(|flag| flag.trim() == wanted);
                Ok(Self::Challenge(TextChallenge {
                    echo: has("E"),
                    response_required: has("R"),
                    text: text.to_owned(),
                }))
            }
            kind => Err(SignInStepError::UnknownKind(
                kind.chars().take(32).collect(),
            )),
        }
    }

    /// The text that [`SignInStep::parse`] reads.
    #[must_use]
    pub fn encode(&self) -> String {
        match self {
            Self::Web(web) => {
                let mut flags = Vec::new();
                flags.extend(web.hidden.then(|| "hidden".to_owned()));
                flags.extend(web.external.then(|| "external".to_owned()));
                let proxy = web.proxy.as_ref();
                flags.extend(proxy.map(|(host, port)| format!("proxy={host};{port}")));
                format!("WEB_AUTH:{}:{}", flags.join(","), web.url)
            }
            Self::Challenge(challenge) => {
                let mut flags = Vec::new();
                flags.extend(challenge.response_required.then_some("R"));
                flags.extend(challenge.echo.then_some("E"));
                format!("CR_TEXT:{}:{}", flags.join(","), challenge.text)
            }
        }
    }
}

fn proxy(flag: &str) -> Option<(String, u16)> {
    let mut parts = flag.strip_prefix("proxy=")?.split(';');
    let host = parts.next().filter(|host| !host.is_empty())?;
    let port = parts.next()?.parse().ok()?;
    Some((host.to_owned(), port))
}

/// The address goes to programs of the user's session: it must be nothing but an address.
fn https(url: &str) -> Result<String, SignInStepError> {
    const SCHEME: &str = "https://";
    let fits = url.len() <= URL_LIMIT
        && url
            .get(..SCHEME.len())
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case(SCHEME))
        && url
            .as_bytes()
            .get(SCHEME.len())
            .is_some_and(|first| first.is_ascii_alphanumeric() || *first == b'[')
        && url.bytes().all(|byte| byte.is_ascii_graphic());
    match fits {
        true => Ok(url.to_owned()),
        false => Err(SignInStepError::NotHttps),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(text: &str) -> Result<SignInStep, SignInStepError> {
        SignInStep::parse(text)
    }

    #[test]
    fn a_page_comes_with_its_flags_and_without_the_proxys_password() {
        let Ok(SignInStep::Web(web)) =
            step("WEB_AUTH:hidden,proxy=10.0.0.1;8080;dXNlcg==;cGFzcw==:https://a.example/x:y?z=1")
        else {
            panic!("not read");
        };
        assert_eq!(web.url, "https://a.example/x:y?z=1");
        assert!(web.hidden && !web.external);
        assert_eq!(web.proxy, Some(("10.0.0.1".to_owned(), 8080)));
        let again = SignInStep::Web(web);
        assert_eq!(step(&again.encode()), Ok(again));
    }

    #[test]
    fn only_plain_https_addresses_pass() {
        assert!(step("OPEN_URL:https://a.example/").is_ok());
        assert!(step("OPEN_URL:HTTPS://a.example/").is_ok());
        for bad in [
            "http://a.example/",
            "https://",
            "https:///etc/passwd",
            "https://-x",
            "file:///etc/passwd",
            "https://a.example/ --option",
            "javascript:alert(1)",
            "",
        ] {
            assert_eq!(
                step(&format!("OPEN_URL:{bad}")),
                Err(SignInStepError::NotHttps),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_question_may_hold_colons_and_commas() {
        let challenge = SignInStep::Challenge(TextChallenge {
            echo: true,
            response_required: true,
            text: "code, please: now".to_owned(),
        });
        assert_eq!(step("CR_TEXT:E,R:code, please: now"), Ok(challenge));
        assert_eq!(step("CR_TEXT"), Err(SignInStepError::Malformed("CR_TEXT")));
        assert!(matches!(
            step("PHONE:1"),
            Err(SignInStepError::UnknownKind(_))
        ));
    }
}

/// One way to authenticate that a proxy offers (RFC 9110, section 11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Challenge {
    /// `Basic`, `Digest`, `NTLM`, …
    pub(crate) scheme: String,
    /// Names in lower case with their values.
    pub(crate) parameters: Vec<(String, String)>,
}

impl Challenge {
    /// Reads the value of one `Proxy-Authenticate` line, which may hold several challenges. What makes no sense is
    /// skipped.
    pub(crate) fn read(line: &str) -> Vec<Self> {
        let mut challenges: Vec<Self> = Vec::new();
        for item in split(line) {
            let (word, after) = match item.split_once([' ', '\t']) {
                Some((word, after)) if is_token(word) => (word, after.trim()),
                _ => ("", item),
            };
            if is_token(item) {
                challenges.push(Self::named(item));
                continue;
            }
            if !word.is_empty() {
                challenges.push(Self::named(word));
            }
            if let Some(current) = challenges.last_mut()
                && let Some((name, value)) = parameter(after)
            {
                current.parameters.push((name, value));
            }
        }
        challenges
    }

    pub(crate) fn is(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    fn named(scheme: &str) -> Self {
        Self {
            scheme: scheme.to_owned(),
            parameters: Vec::new(),
        }
    }
}

/// Cuts at commas outside of quotes.
fn split(line: &str) -> Vec<&str> {
    let mut items = Vec::new();
    let (mut from, mut quoted, mut escaped) = (0, false, false);
    for (at, char) in line.char_indices() {
        match char {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => {
                items.push(line.get(from..at).unwrap_or_default());
                from = at + 1;
            }
            _ => {}
        }
    }
    items.push(line.get(from..).unwrap_or_default());
    items.retain_mut(|item| {
        *item = item.trim();
        !item.is_empty()
    });
    items
}

fn parameter(text: &str) -> Option<(String, String)> {
    let (name, value) = text.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    if !is_token(name) {
        return None;
    }
    let value = match value.strip_prefix('"') {
        Some(quoted) => unquote(quoted)?,
        None => value.to_owned(),
    };
    Some((name.to_ascii_lowercase(), value))
}

fn unquote(text: &str) -> Option<String> {
    let mut value = String::new();
    let mut chars = text.chars();
    loop {
        match chars.next()? {
            '"' => return Some(value),
            '\\' => value.push(chars.next()?),
            char => value.push(char),
        }
    }
}

/// Whether it is a word of HTTP's grammar (RFC 9110, section 5.6.2).
pub(crate) fn is_token(text: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(good)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_challenges_in_one_line() {
        let read = Challenge::read(
            r#"Negotiate, Basic realm="a, \"b\"", Digest realm="d", nonce=abc, qop="auth,auth-int", stale=FALSE"#,
        );
        let names: Vec<&str> = read.iter().map(|one| one.scheme.as_str()).collect();
        assert_eq!(names, ["Negotiate", "Basic", "Digest"]);
        assert_eq!(read[1].parameter("realm"), Some("a, \"b\""));
        assert_eq!(read[2].parameter("nonce"), Some("abc"));
        assert_eq!(read[2].parameter("qop"), Some("auth,auth-int"));
        assert_eq!(read[2].parameter("stale"), Some("FALSE"));
    }

    #[test]
    fn nonsense_is_skipped() {
        assert!(Challenge::read("").is_empty());
        assert!(Challenge::read(",,=,\"").is_empty());
        let read = Challenge::read("Basic realm=\"unclosed");
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].parameter("realm"), None);
    }
}

/// What stands in the place of something that was taken out.
const HIDDEN: &str = "(hidden)";
/// Letters of base64 or hexadecimal digits in a row that are taken for a secret: longer
/// than digests, ids and host names.
const LONG: usize = 65;

/// Takes out of a text what nobody else shall read: everything that looks like a token,
/// a key or a password, and these names. It is the last net: what goes into a report
/// holds no secrets in the first place.
#[must_use]
pub fn redact(text: &str, names: &[String]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_key = false;
    for line in text.split_inclusive('\n') {
        // A private key in PEM goes over several lines.
        if line.contains("-----BEGIN ") && line.contains("PRIVATE KEY") {
            in_key = true;
        }
        if in_key {
            in_key = !line.contains("-----END ");
            if !in_key {
                out.push_str(HIDDEN);
                out.push('\n');
            }
            continue;
        }
        out.push_str(&without_secrets(line));
    }
    let mut names: Vec<&String> = names.iter().filter(|name| name.len() > 1).collect();
    // The longer one first: one may be a part of another.
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    names
        .into_iter()
        .fold(out, |text, name| without_name(&text, name))
}

/// Words whose value is secret, when one follows.
const SECRET_WORDS: [&str; 12] = [
    "password",
    "passwd",
    "secret",
    "access_token",
    "refresh_token",
    "id_token",
    "token",
    "code",
    "code_verifier",
    "client_secret",
    "authorization",
    "bearer",
];

fn without_secrets(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    let mut hide_next = false;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
        if end == 0 {
            let letter = rest.chars().next().unwrap_or_default();
            out.push(letter);
            rest = rest.get(letter.len_utf8()..).unwrap_or_default();
            // `"secret": "x"`, `code=x`, `Bearer x`: what is between word and value.
            hide_next &= matches!(letter, '"' | '\'' | ':' | '=' | ' ');
            continue;
        }
        let (word, after) = rest.split_at(end);
        rest = after;
        let lower = word.to_ascii_lowercase();
        let is_value_word = matches!(lower.as_str(), "true" | "false" | "null" | "none");
        if is_secret(word) || (hide_next && !is_value_word) {
            out.push_str(HIDDEN);
            // `Authorization: Bearer x`
            hide_next = lower == "bearer" || lower == "basic";
        } else {
            out.push_str(word);
            let names_one = SECRET_WORDS.contains(&lower.as_str());
            let next = rest.trim_start_matches(['"', '\'', ' ']).chars().next();
            // `"code": "…"` is also what problems have.
            let names_value = next == Some('=') || next == Some(':') && lower != "code";
            hide_next = names_one && names_value
                || matches!(lower.as_str(), "bearer" | "basic") && rest.starts_with(' ');
        }
    }
    without_user_info(&out)
}

const fn is_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.' | '+' | '/' | '~')
}

/// A JWT (RFC 7519: its header begins with `{"`), or a long run of digits or base64.
fn is_secret(word: &str) -> bool {
    let jwt = word.starts_with("eyJ") && word.len() > 16;
    let mut runs = word.split(['.', '-', '/']);
    jwt || runs.any(|run| run.len() >= LONG)
}

/// `https://ana:secret@proxy` without what is before the `@`.
fn without_user_info(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("://") {
        out.push_str(before);
        out.push_str("://");
        let end = after
            .find(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | ','))
            .unwrap_or(after.len());
        let (authority, tail) = after.split_at(end);
        match authority.rsplit_once('@') {
            Some((_, host)) => {
                out.push_str(HIDDEN);
                out.push('@');
                out.push_str(host);
            }
            None => out.push_str(authority),
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// Without a name, wherever it stands as a word of its own.
fn without_name(text: &str, name: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(name) {
        let (before, found) = rest.split_at(at);
        let after = found.get(name.len()..).unwrap_or_default();
        let joined = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
        out.push_str(before);
        match joined(before.chars().next_back()) || joined(after.chars().next()) {
            true => out.push_str(name),
            false => out.push_str("(name)"),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canaries_do_not_get_through() {
        let jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbmEifQ.c2lnbmF0dXJl";
        let hex = "0f".repeat(256);
        for (line, canary) in [
            (format!("granted {jwt} to ana"), jwt),
            (format!("secret: {hex}"), hex.as_str()),
            (format!("<serversecret>{hex}</serversecret>"), hex.as_str()),
            ("{\"password\":\"hunter2\"}".into(), "hunter2"),
            ("password=hunter2 next".into(), "hunter2"),
            ("GET /?code=abc-123&state=x".into(), "abc-123"),
            ("Authorization: Bearer hunter2".into(), "hunter2"),
            ("refresh_token = hunter2".into(), "hunter2"),
            ("http://ana:hunter2@proxy:3128/".into(), "hunter2"),
            (
                "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n".into(),
                "hunter2",
            ),
        ] {
            let shown = redact(&line, &[]);
            assert!(!shown.contains(canary), "{shown}");
            assert!(shown.contains(HIDDEN), "{shown}");
        }
    }

    #[test]
    fn what_support_needs_stays() {
        for line in [
            "AADSTS50105: correlation id: 9f3c0000-1111-2222-3333-444455556666",
            "azuregateway-1c2d3e4f-0000-0000-0000-000000000000-0123456789ab.vpn.azure.com:443",
            "df3c24f9bfd666761b268073fe06d1cc8d4f82a4",
            "token question 3 goes to client 2 (Renew)",
            "the server secret of the profile is wrong",
            "\"code\": \"gateway_unreachable\"",
            "https://login.microsoftonline.com/9f3c/v2.0",
            "\"secret\": null",
        ] {
            assert_eq!(redact(line, &[]), line);
        }
    }

    #[test]
    fn names_are_taken_out_as_words() {
        let names = ["ana@contoso.com".to_owned(), "ana".to_owned()];
        assert_eq!(
            redact("ana@contoso.com in /home/ana/x, banana", &names),
            "(name) in /home/(name)/x, banana"
        );
    }
}

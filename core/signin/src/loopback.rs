//! What the browser says to this computer, and what it is told: HTTP/1.1 in the
//! little that a redirect needs.

use crate::secret::Secret;
use std::fmt::Write as _;

/// Longest request head that is read, in bytes. An authorization code has at
/// most a few thousand characters.
pub const MAX_HEAD: usize = 32 * 1024;

/// Where the browser is sent after the code, so that the code leaves the
/// address bar and the history.
const DONE: &str = "/done";
const FAILED: &str = "/failed";

/// A request of the browser.
pub enum LoopbackRequest {
    /// The head is not whole yet.
    Incomplete,
    /// The sign-in server's answer, as the query of the URL.
    Answer(Secret),
    /// The page after a success.
    Done,
    /// The page after a failure.
    Failed,
    /// Something that browsers ask for on their own (an icon).
    Unknown,
    /// No HTTP, or more of it than is read.
    Broken,
}

impl LoopbackRequest {
    /// Reads what has arrived so far. Answers are taken at any path, because a
    /// user's redirect URI may have one.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Self {
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            return if bytes.len() >= MAX_HEAD {
                Self::Broken
            } else {
                Self::Incomplete
            };
        };
        let head = bytes
            .get(..end)
            .and_then(|head| std::str::from_utf8(head).ok());
        let Some(line) = head.and_then(|head| head.lines().next()) else {
            return Self::Broken;
        };
        let mut words = line.split(' ');
        let (method, target) = (words.next(), words.next());
        let versioned = words.next().is_some_and(|word| word.starts_with("HTTP/1."));
        let (Some("GET"), Some(target), true) = (method, target, versioned) else {
            return Self::Broken;
        };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if query.contains("state=") {
            return Self::Answer(Secret::new(query.to_owned()));
        }
        match path {
            DONE => Self::Done,
            FAILED => Self::Failed,
            _ => Self::Unknown,
        }
    }
}

/// What the browser is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoopbackReply<'a> {
    /// Signed in: go to the page that says so.
    ToDone,
    /// Not signed in: go to the page that says so.
    ToFailed,
    /// Go on with this page of the sign-in server.
    To(&'a str),
    /// "You are signed in."
    Done,
    /// It failed, and why.
    Failed(&'a str),
    /// The answer of some other sign-in.
    NotOurs,
    /// Nothing here.
    NotFound,
    /// Not understood.
    BadRequest,
}

impl LoopbackReply<'_> {
    /// The bytes to send, after which the connection is closed.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::ToDone => redirect(DONE),
            Self::ToFailed => redirect(FAILED),
            Self::To(url) => redirect(url),
            Self::Done => page("200 OK", "You are signed in.", "You can close this tab."),
            Self::Failed(why) => page("200 OK", "You are not signed in.", why),
            Self::NotOurs => page(
                "400 Bad Request",
                "This answer belongs to another sign-in.",
                "Go back to the page that Spoke opened last.",
            ),
            Self::NotFound => page("404 Not Found", "There is nothing here.", ""),
            Self::BadRequest => page("400 Bad Request", "That was not understood.", ""),
        }
    }
}

fn redirect(to: &str) -> Vec<u8> {
    let to: String = to.chars().filter(|c| !c.is_control()).collect();
    format!("HTTP/1.1 303 See Other\r\nLocation: {to}\r\n{COMMON}Content-Length: 0\r\n\r\n")
        .into_bytes()
}

const COMMON: &str =
    "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n";

fn page(status: &str, title: &str, text: &str) -> Vec<u8> {
    let (title, text) = (escape(title), escape(text));
    let body = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title} – Spoke</title>\n\
         <style>body{{font:1.1rem/1.6 system-ui,sans-serif;max-width:34rem;margin:18vh auto 0;padding:0 1.5rem}}</style>\n\
         <h1>{title}</h1>\n<p>{text}</p>\n"
    );
    let mut reply = format!("HTTP/1.1 {status}\r\n");
    let _ = write!(
        reply,
        "{COMMON}Content-Type: text/html; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n\
         Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    reply.into_bytes()
}

fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(c),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_a_whole_get_with_a_state_is_an_answer() {
        let read = |text: &str| LoopbackRequest::read(text.as_bytes());
        assert!(matches!(
            read("GET /?code=a&state=b HTTP/1.1\r\nHost: localhost\r\n\r\n"),
            LoopbackRequest::Answer(query) if query.matches("code=a&state=b")
        ));
        assert!(matches!(
            read("GET /?code=a&state=b HTTP/1.1\r\n"),
            LoopbackRequest::Incomplete
        ));
        assert!(matches!(
            read("GET /favicon.ico HTTP/1.1\r\n\r\n"),
            LoopbackRequest::Unknown
        ));
        assert!(matches!(
            read("GET /done HTTP/1.1\r\n\r\n"),
            LoopbackRequest::Done
        ));
        assert!(matches!(
            read("POST /?state=b HTTP/1.1\r\n\r\n"),
            LoopbackRequest::Broken
        ));
        assert!(matches!(
            read("\u{16}\u{3}\u{1}\r\n\r\n"),
            LoopbackRequest::Broken
        ));
        assert!(matches!(
            read(&"a".repeat(MAX_HEAD)),
            LoopbackRequest::Broken
        ));
    }

    #[test]
    fn pages_have_no_script_and_escape_the_servers_words() {
        let reply = LoopbackReply::Failed("<script>alert(1)</script>").bytes();
        let text = String::from_utf8(reply).unwrap();
        assert!(!text.contains("<script"));
        assert!(text.contains("default-src 'none'"));
    }

    #[test]
    fn a_redirect_cannot_add_headers() {
        let reply = LoopbackReply::To("https://a/\r\nSet-Cookie: x").bytes();
        assert!(!String::from_utf8(reply).unwrap().contains("\r\nSet-Cookie"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = LoopbackRequest::read(&bytes);
        }
    }
}

use crate::aadsts::{Aadsts, RefusalKind};
use crate::http::HttpResponse;
use serde::Deserialize;
use std::fmt;

/// Longest text of the server that is kept, in characters.
const LONGEST: usize = 600;

/// The sign-in server's "no".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// OAuth's word for it (`invalid_grant`).
    pub error: String,
    /// The server's own text, first line.
    pub description: String,
    /// The digits after `AADSTS`.
    pub code: Option<u32>,
    /// For Microsoft's support.
    pub correlation_id: Option<String>,
    /// For Microsoft's support.
    pub trace_id: Option<String>,
    /// What it calls for.
    pub kind: RefusalKind,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Document {
    error: Option<String>,
    error_description: Option<String>,
    error_codes: Vec<u32>,
    correlation_id: Option<String>,
    trace_id: Option<String>,
    suberror: Option<String>,
}

impl Refusal {
    /// From the fields of an error response (RFC 6749, 4.1.2.1 and 5.2).
    #[must_use]
    pub fn new(error: &str, description: &str) -> Self {
        let code = aadsts_code(description);
        Self {
            error: short(error),
            description: short(description.lines().next().unwrap_or_default()),
            code,
            correlation_id: after(description, "Correlation ID:"),
            trace_id: after(description, "Trace ID:"),
            kind: kind(error, code),
        }
    }

    pub(crate) fn from_response(response: &HttpResponse) -> Option<Self> {
        let document: Document = response.json()?;
        let error = document.error?;
        let mut refusal = Self::new(&error, &document.error_description.unwrap_or_default());
        if refusal.code.is_none() {
            refusal.code = document.error_codes.first().copied();
            refusal.kind = kind(&error, refusal.code);
        }
        if document.suberror.as_deref() == Some("consent_required") {
            refusal.kind = RefusalKind::Admin;
        }
        refusal.correlation_id = document
            .correlation_id
            .map(|id| short(&id))
            .or(refusal.correlation_id);
        refusal.trace_id = document.trace_id.map(|id| short(&id)).or(refusal.trace_id);
        Some(refusal)
    }

    /// What happened, one sentence.
    #[must_use]
    pub fn meaning(&self) -> String {
        if let Some(entry) = self.code.and_then(Aadsts::find) {
            return entry.meaning.to_owned();
        }
        match self.kind {
            RefusalKind::Declined => "The sign-in was declined.".to_owned(),
            RefusalKind::Transient => "The sign-in service is unavailable for a moment.".to_owned(),
            RefusalKind::Interactive => "The sign-in is no longer valid.".to_owned(),
            _ if self.description.is_empty() => {
                format!("The sign-in server refused ({}).", self.error)
            }
            _ => format!("The sign-in server refused: {}", self.description),
        }
    }

    /// What to do next.
    #[must_use]
    pub fn next(&self) -> &'static str {
        if let Some(entry) = self.code.and_then(Aadsts::find) {
            return entry.next;
        }
        match self.kind {
            RefusalKind::OtherClient | RefusalKind::Profile => {
                "Compare the profile with the gateway's page in the Azure portal: spoke profile check"
            }
            RefusalKind::Transient => "Try again in a minute: spoke login",
            _ => "Sign in again: spoke login",
        }
    }

    /// Lines for a support person: what the server called it, and its ids.
    #[must_use]
    pub fn details(&self) -> Vec<String> {
        let mut lines = vec![format!("error: {}", self.error)];
        if let Some(code) = self.code {
            lines.push(format!("AADSTS{code}"));
        }
        if !self.description.is_empty() {
            lines.push(format!("server: {}", self.description));
        }
        if let Some(id) = &self.correlation_id {
            lines.push(format!("correlation id: {id}"));
        }
        if let Some(id) = &self.trace_id {
            lines.push(format!("trace id: {id}"));
        }
        lines
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(f, "{} (AADSTS{code})", self.meaning().trim_end_matches('.')),
            None => f.write_str(self.meaning().trim_end_matches('.')),
        }
    }
}

/// The number after the first `AADSTS` in a text, be it a description or a page.
pub(crate) fn aadsts_code(text: &str) -> Option<u32> {
    text.match_indices("AADSTS").find_map(|(at, mark)| {
        let digits: String = text
            .get(at + mark.len()..)?
            .chars()
            .take_while(char::is_ascii_digit)
            .take(9)
            .collect();
        digits.parse().ok()
    })
}

fn kind(error: &str, code: Option<u32>) -> RefusalKind {
    if let Some(entry) = code.and_then(Aadsts::find) {
        return entry.kind;
    }
    match error {
        "access_denied" | "authorization_declined" => RefusalKind::Declined,
        "invalid_grant"
        | "interaction_required"
        | "login_required"
        | "consent_required"
        | "expired_token" => RefusalKind::Interactive,
        "invalid_client" | "unauthorized_client" => RefusalKind::OtherClient,
        "temporarily_unavailable" | "server_error" => RefusalKind::Transient,
        "invalid_scope" | "invalid_resource" | "invalid_target" => RefusalKind::Profile,
        _ => RefusalKind::Other,
    }
}

/// The word that follows a label, up to white space.
fn after(text: &str, label: &str) -> Option<String> {
    let (_, rest) = text.split_once(label)?;
    rest.split_whitespace().next().map(short)
}

/// One line without control characters, of bounded length: it goes to terminals.
fn short(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(LONGEST)
        .collect::<String>()
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ids_are_found_in_the_servers_text() {
        let text = "AADSTS65001: The user or administrator has not consented.\r\nTrace ID: t-1\r\nCorrelation ID: c-2\r\nTimestamp: 2026-11-23 12:00:00Z";
        let refusal = Refusal::new("invalid_grant", text);
        assert_eq!(refusal.code, Some(65001));
        assert_eq!(refusal.kind, RefusalKind::Admin);
        assert_eq!(refusal.trace_id.as_deref(), Some("t-1"));
        assert_eq!(refusal.correlation_id.as_deref(), Some("c-2"));
        assert_eq!(
            refusal.description,
            "AADSTS65001: The user or administrator has not consented."
        );
    }

    #[test]
    fn an_unknown_number_leaves_the_judgement_to_the_oauth_error() {
        let refusal = Refusal::new("invalid_grant", "AADSTS999999999999: what is this");
        assert_eq!(refusal.code, Some(999_999_999));
        assert_eq!(refusal.kind, RefusalKind::Interactive);
    }

    proptest! {
        #[test]
        fn any_text_is_taken_and_no_control_character_leaves(error in ".{0,40}", text in "(AADSTS)?.{0,900}") {
            let refusal = Refusal::new(&error, &text);
            for line in refusal.details() {
                prop_assert!(!line.chars().any(char::is_control));
                prop_assert!(line.chars().count() <= LONGEST + 20);
            }
        }
    }
}

use serde::Serialize;

/// Why a file is no usable profile.
///
/// [`Display`](std::fmt::Display) gives the whole sentence: the element, what is
/// wrong with it, and the next step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message} {next}", prefix(element))]
pub struct ReadError {
    /// What kind of fault it is.
    pub kind: Fault,
    /// Path of the element below the root, such as `servervalidation/serversecret`;
    /// empty for the file as a whole.
    pub element: String,
    /// What is wrong, as a sentence.
    pub message: String,
    /// What to do about it, as a sentence.
    pub next: String,
}

impl ReadError {
    /// The stable code of the fault, for scripts and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// The sign-in host that was refused, when trusting it would let the file in
    /// (see [`ReadOptions::trusted_authorities`](crate::ReadOptions)).
    #[must_use]
    pub fn untrusted_authority(&self) -> Option<&str> {
        match &self.kind {
            Fault::ForeignAuthority { host } => Some(host),
            _ => None,
        }
    }
}

/// Why a value cannot stand in a field of a profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message} {next}")]
pub struct FieldError {
    /// What kind of fault it is.
    pub kind: Fault,
    /// The field, by its key in `spoke profile set`.
    pub field: String,
    /// What is wrong, as a sentence.
    pub message: String,
    /// What to do about it, as a sentence.
    pub next: String,
}

/// The kinds of faults, of files and of fields.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing is there.
    Empty,
    /// It is larger, deeper or longer than any profile.
    TooLarge,
    /// The bytes are no text in a known encoding, or hold characters that XML forbids.
    NotText,
    /// The text is not well-formed XML or JSON.
    NotWellFormed,
    /// The document has a DOCTYPE.
    Doctype,
    /// It is a well-formed document of another kind.
    NotAProfile,
    /// The archive cannot be read.
    BadArchive,
    /// A required value is missing.
    Missing,
    /// A value stands twice and differs.
    Duplicate,
    /// A value has the wrong form.
    Invalid,
    /// A value is of the right form, but not supported.
    Unsupported,
    /// The sign-in address is not encrypted.
    InsecureAuthority,
    /// The sign-in host is not one of Microsoft's and not trusted by the user.
    ForeignAuthority {
        /// The host, with its port when that is not 443.
        host: String,
    },
    /// The audience is a service whose tokens must never reach a gateway.
    DangerousAudience,
    /// The client is a program of Microsoft's that gets tokens without a question.
    DangerousClient,
    /// No such key.
    UnknownKey,
}

impl Fault {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLarge => "too-large",
            Self::NotText => "not-text",
            Self::NotWellFormed => "not-well-formed",
            Self::Doctype => "doctype",
            Self::NotAProfile => "not-a-profile",
            Self::BadArchive => "bad-archive",
            Self::Missing => "missing",
            Self::Duplicate => "duplicate",
            Self::Invalid => "invalid",
            Self::Unsupported => "unsupported",
            Self::InsecureAuthority => "insecure-authority",
            Self::ForeignAuthority { .. } => "foreign-authority",
            Self::DangerousAudience => "dangerous-audience",
            Self::DangerousClient => "dangerous-client",
            Self::UnknownKey => "unknown-key",
        }
    }
}

/// A fault that does not yet know the place where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) kind: Fault,
    pub(crate) message: String,
    pub(crate) next: String,
}

impl Refusal {
    pub(crate) fn new(kind: Fault, message: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            next: next.into(),
        }
    }

    /// A value of the wrong form.
    pub(crate) fn invalid(message: impl Into<String>, next: impl Into<String>) -> Self {
        Self::new(Fault::Invalid, message, next)
    }

    pub(crate) fn in_element(self, element: impl Into<String>) -> ReadError {
        ReadError {
            kind: self.kind,
            element: element.into(),
            message: self.message,
            next: self.next,
        }
    }

    pub(crate) fn in_field(self, field: impl Into<String>) -> FieldError {
        FieldError {
            kind: self.kind,
            field: field.into(),
            message: self.message,
            next: self.next,
        }
    }
}

/// A [`ReadError`] as it stands in JSON documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErrorView {
    /// [`ReadError::code`].
    pub code: &'static str,
    /// [`ReadError::element`].
    pub element: String,
    /// [`ReadError::message`].
    pub message: String,
    /// [`ReadError::next`].
    pub next: String,
}

impl From<&ReadError> for ErrorView {
    fn from(error: &ReadError) -> Self {
        Self {
            code: error.code(),
            element: error.element.clone(),
            message: error.message.clone(),
            next: error.next.clone(),
        }
    }
}

fn prefix(element: &str) -> String {
    if element.is_empty() {
        String::new()
    } else {
        format!("{element}: ")
    }
}

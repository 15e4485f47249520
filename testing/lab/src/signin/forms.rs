//! Parameters of queries and form bodies.

use std::collections::BTreeMap;

/// Decoded parameters; the last of a name counts.
pub(super) struct Form(BTreeMap<String, String>);

impl Form {
    pub(super) fn parse(text: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(text).into_owned().collect())
    }

    pub(super) fn field(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}

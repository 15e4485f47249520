use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// First line of every file that Spoke puts in the place of another.
pub(crate) const FIRST_LINE: &str =
    "# Written by Spoke while its tunnel is up; what stood here comes back when it goes down.\n";

/// Bytes of a small text file. In JSON they are a string when they are UTF-8 and a
/// list of numbers otherwise, so that nothing is lost on the way back.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Contents(pub Vec<u8>);

/// What stands at a path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum FileState {
    /// Nothing.
    #[default]
    Missing,
    /// A regular file.
    File {
        /// Its bytes.
        contents: Contents,
        /// Its permission bits.
        mode: u32,
    },
    /// A symbolic link.
    Symlink {
        /// Where it points, as written in the link.
        target: Contents,
        /// The bytes of what it leads to, if that exists. They belong to someone
        /// else and are never restored.
        leads_to: Option<Contents>,
    },
}

impl FileState {
    /// The bytes that a reader of the path sees.
    #[must_use]
    pub fn visible(&self) -> Option<&[u8]> {
        match self {
            Self::Missing => None,
            Self::File { contents, .. } => Some(&contents.0),
            Self::Symlink { leads_to, .. } => leads_to.as_ref().map(|contents| &contents.0[..]),
        }
    }

    /// Whether both are the same thing to someone who must not overwrite a foreign
    /// one: equal bytes, or links that point to the same place.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Missing, Self::Missing) => true,
            (Self::File { contents: a, .. }, Self::File { contents: b, .. })
            | (Self::Symlink { target: a, .. }, Self::Symlink { target: b, .. }) => a == b,
            _ => false,
        }
    }

    /// Whether Spoke wrote it: it begins with Spoke's first line.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        matches!(self, Self::File { contents, .. } if contents.0.starts_with(FIRST_LINE.as_bytes()))
    }

    /// Whether a change that expects `from` may replace this: it is the same, or
    /// both are Spoke's.
    #[must_use]
    pub fn may_be_replaced(&self, from: &Self) -> bool {
        self.same_as(from) || (self.is_ours() && from.is_ours())
    }
}

impl From<&str> for Contents {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

impl fmt::Debug for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&String::from_utf8_lossy(&self.0), f)
    }
}

impl Serialize for Contents {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(&self.0) {
            Ok(text) => to.serialize_str(text),
            Err(_) => self.0.serialize(to),
        }
    }
}

impl<'de> Deserialize<'de> for Contents {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Text(String),
            Bytes(Vec<u8>),
        }
        Ok(match Form::deserialize(from)? {
            Form::Text(text) => Self(text.into_bytes()),
            Form::Bytes(bytes) => Self(bytes),
        })
    }
}

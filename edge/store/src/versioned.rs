use crate::atomic::AtomicFile;
use crate::error::StoreError;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;
use std::path::Path;
use zeroize::Zeroizing;

/// A type that is stored, in one version of its format.
///
/// When the format changes, the old type is kept as it was under another name, the
/// new one counts its version up by one and names the old one as
/// [`Document::Previous`]. Reading an old file goes up step by step, so that each
/// step is written and tested once.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use spoke_store::{Document, NoDocument, from_bytes};
///
/// #[derive(Serialize, Deserialize)]
/// struct IntentV1 { connected: bool }
///
/// impl Document for IntentV1 {
///     const VERSION: u32 = 1;
///     type Previous = NoDocument;
///     fn from_previous(previous: NoDocument) -> Self { match previous {} }
/// }
///
/// #[derive(Serialize, Deserialize)]
/// struct Intent { profile: Option<String> }
///
/// impl Document for Intent {
///     const VERSION: u32 = 2;
///     type Previous = IntentV1;
///     fn from_previous(old: IntentV1) -> Self {
///         Self { profile: old.connected.then(|| "default".to_owned()) }
///     }
/// }
///
/// let old = br#"{"version":1,"data":{"connected":true}}"#;
/// let intent: Intent = from_bytes(old, "intent.json".as_ref()).unwrap();
/// assert_eq!(intent.profile.as_deref(), Some("default"));
/// ```
pub trait Document: Serialize + DeserializeOwned {
    /// The version of this type, counted from 1.
    const VERSION: u32;
    /// The type of the version before; [`NoDocument`] for the first.
    type Previous: Document;
    /// The step from the version before.
    fn from_previous(previous: Self::Previous) -> Self;
}

/// What is before the first version: nothing.
#[derive(Serialize, Deserialize)]
pub enum NoDocument {}

impl Document for NoDocument {
    const VERSION: u32 = 0;
    type Previous = Self;

    fn from_previous(previous: Self) -> Self {
        previous
    }
}

/// A [`Document`] in a file: `{"version":N,"data":…}`.
#[derive(Clone, Debug)]
pub struct Versioned<T> {
    file: AtomicFile,
    document: PhantomData<fn() -> T>,
}

impl<T: Document> Versioned<T> {
    /// The document in this file, whether or not it exists.
    #[must_use]
    pub fn new(file: AtomicFile) -> Self {
        Self {
            file,
            document: PhantomData,
        }
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> &AtomicFile {
        &self.file
    }

    /// Reads the document, brought up to the newest version; `None` when there is no
    /// file. The file itself stays as it is until the next [`Versioned::save`].
    ///
    /// # Errors
    /// As [`AtomicFile::read`] and [`from_bytes`].
    pub fn load(&self) -> Result<Option<T>, StoreError> {
        match self.file.read()? {
            None => Ok(None),
            Some(content) => from_bytes(&content, self.file.path()).map(Some),
        }
    }

    /// Replaces the document; when this returns, it outlives a power failure.
    ///
    /// # Errors
    /// As [`AtomicFile::write`], or when the value cannot be written as JSON.
    pub fn save(&self, value: &T) -> Result<(), StoreError> {
        let content = to_bytes(value)
            .map_err(|error| StoreError::io("write", self.file.path(), error.into()))?;
        self.file.write(&content)
    }

    /// Deletes the file, lastingly; it is no error when there is none.
    ///
    /// # Errors
    /// As [`AtomicFile::remove`].
    pub fn remove(&self) -> Result<(), StoreError> {
        self.file.remove()
    }
}

/// The content of a versioned file.
///
/// # Errors
/// When the value cannot be written as JSON.
pub fn to_bytes<T: Document>(value: &T) -> Result<Zeroizing<Vec<u8>>, serde_json::Error> {
    #[derive(Serialize)]
    struct Envelope<'a, T> {
        version: u32,
        data: &'a T,
    }
    let mut content = Zeroizing::new(serde_json::to_vec_pretty(&Envelope {
        version: T::VERSION,
        data: value,
    })?);
    content.push(b'\n');
    Ok(content)
}

/// Reads the content of a versioned file; `path` is for messages only.
///
/// # Errors
/// [`StoreError::Empty`], [`StoreError::Damaged`], [`StoreError::Newer`] or
/// [`StoreError::TooOld`].
pub fn from_bytes<T: Document>(content: &[u8], path: &Path) -> Result<T, StoreError> {
    #[derive(Deserialize)]
    struct Head {
        version: u32,
        #[serde(rename = "data")]
        _data: IgnoredAny,
    }
    if content.iter().all(u8::is_ascii_whitespace) {
        return Err(StoreError::Empty {
            path: path.to_owned(),
        });
    }
    let Head { version, .. } =
        serde_json::from_slice(content).map_err(|error| damaged(path, &error))?;
    if version > T::VERSION {
        return Err(StoreError::Newer {
            path: path.to_owned(),
            found: version,
            known: T::VERSION,
        });
    }
    data_of(content, version, path)
}

/// The data, read as its own version's type and carried up.
fn data_of<T: Document>(content: &[u8], version: u32, path: &Path) -> Result<T, StoreError> {
    #[derive(Deserialize)]
    struct Envelope<T> {
        data: T,
    }
    if T::VERSION == 0 {
        return Err(StoreError::TooOld {
            path: path.to_owned(),
            found: version,
        });
    }
    if version < T::VERSION {
        return data_of::<T::Previous>(content, version, path).map(T::from_previous);
    }
    serde_json::from_slice(content)
        .map(|envelope: Envelope<T>| envelope.data)
        .map_err(|error| damaged(path, &error))
}

/// Says where, never what: the content may be secret.
fn damaged(path: &Path, error: &serde_json::Error) -> StoreError {
    let why = match error.classify() {
        serde_json::error::Category::Eof => "it is cut off",
        serde_json::error::Category::Syntax => "it is not JSON",
        serde_json::error::Category::Data => "it does not hold what belongs there",
        serde_json::error::Category::Io => "it cannot be read",
    };
    StoreError::Damaged {
        path: path.to_owned(),
        why: format!("{why} (line {}, column {})", error.line(), error.column()),
    }
}

use crate::profiles::write_private;
use nix::fcntl::{Flock, FlockArg};
use serde::{Deserialize, Serialize};
use spoke_api::{Problem, ProblemCode};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Format of the file; a greater number is left alone.
const FORMAT: u32 = 1;

/// Tokens in a file of mode 0600, replaced whole at each change. A lock beside
/// it lets the command line and the background agent take turns.
#[derive(Clone)]
pub(super) struct TokenFile {
    path: PathBuf,
}

#[derive(Default, Serialize, Deserialize)]
struct Content {
    version: u32,
    entries: BTreeMap<String, String>,
}

impl Drop for Content {
    fn drop(&mut self) {
        for text in self.entries.values_mut() {
            zeroize::Zeroize::zeroize(text);
        }
    }
}

impl TokenFile {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn load(&self) -> Result<Vec<Zeroizing<String>>, Problem> {
        let mut content = self.read()?;
        let entries = std::mem::take(&mut content.entries);
        Ok(entries.into_values().map(Zeroizing::new).collect())
    }

    pub(super) fn store(&self, key: &str, text: &str) -> Result<(), Problem> {
        self.change(|entries| {
            if let Some(mut old) = entries.insert(key.to_owned(), text.to_owned()) {
                zeroize::Zeroize::zeroize(&mut old);
            }
        })
    }

    pub(super) fn remove(&self, key: &str) -> Result<(), Problem> {
        if !self.path.exists() {
            return Ok(());
        }
        self.change(|entries| {
            if let Some(mut old) = entries.remove(key) {
                zeroize::Zeroize::zeroize(&mut old);
            }
        })
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<String, String>)) -> Result<(), Problem> {
        let failed = |error: io::Error| self.failed("written", &error);
        let _turn = self.lock().map_err(failed)?;
        let mut content = self.read()?;
        change(&mut content.entries);
        content.version = FORMAT;
        let text = Zeroizing::new(
            serde_json::to_vec(&content).map_err(|error| failed(io::Error::other(error)))?,
        );
        write_private(&self.path, &text).map_err(failed)
    }

    fn read(&self) -> Result<Content, Problem> {
        let text = match fs::read(&self.path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Content::default()),
            Err(error) => return Err(self.failed("read", &error)),
        };
        let content: Content = serde_json::from_slice(&text)
            .map_err(|error| self.failed("read", &io::Error::other(error)))?;
        if content.version > FORMAT {
            let newer = io::Error::other("it was written by a newer Spoke");
            return Err(self.failed("read", &newer));
        }
        Ok(content)
    }

    fn lock(&self) -> io::Result<Flock<fs::File>> {
        let path = self.path.with_extension("lock");
        if let Some(folder) = path.parent() {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)?;
        }
        let file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)?;
        Flock::lock(file, FlockArg::LockExclusive).map_err(|(_, error)| error.into())
    }

    fn failed(&self, verb: &str, error: &io::Error) -> Problem {
        let path = self.path.display();
        Problem::new(
            ProblemCode::Other,
            format!("The token file {path} cannot be {verb}: {error}."),
            format!("Check it, or sign in afresh after deleting it: rm {path}"),
        )
    }
}

use crate::atomic::{Access, AtomicFile, temporary_of};
use crate::error::StoreError;
use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::{Pid, geteuid};
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

/// Group's and others' right to write.
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// A folder that belongs to this process's user and that nobody else can write to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateDir {
    path: PathBuf,
}

impl PrivateDir {
    /// Opens the folder, making it (and what leads to it) with mode 0700 when it is
    /// missing, and clears away what writers that have died left behind.
    ///
    /// # Errors
    /// [`StoreError::Unsafe`] when it belongs to another user or others may write to
    /// it, [`StoreError::Io`] when the system refuses.
    pub fn create(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let path = path.into();
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&path)
            .map_err(|error| StoreError::io("make the folder", &path, error))?;
        Self::checked(path)
    }

    /// Opens the folder when it is there.
    ///
    /// # Errors
    /// As [`PrivateDir::create`].
    pub fn open(path: impl Into<PathBuf>) -> Result<Option<Self>, StoreError> {
        let path = path.into();
        match fs::metadata(&path) {
            Ok(_) => Self::checked(path).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::io("open the folder", &path, error)),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A file in it.
    #[must_use]
    pub fn file(&self, name: &str, access: Access) -> AtomicFile {
        AtomicFile::new(self.path.join(name), access)
    }

    /// The names of the files in it that end so, sorted; temporary ones are left out.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn names(&self, ending: &str) -> Result<Vec<String>, StoreError> {
        let mut names: Vec<String> = self
            .entries()?
            .into_iter()
            .filter(|name| name.ends_with(ending) && !name.starts_with('.'))
            .collect();
        names.sort();
        Ok(names)
    }

    fn checked(path: PathBuf) -> Result<Self, StoreError> {
        let metadata =
            fs::metadata(&path).map_err(|error| StoreError::io("open the folder", &path, error))?;
        let (owner, user) = (metadata.uid(), geteuid().as_raw());
        let problem = if !metadata.is_dir() {
            Some("it is no folder; move it away".to_owned())
        } else if owner != user {
            Some(format!(
                "it belongs to user {owner}, not to {user}; give it back with: chown {user} {}",
                path.display()
            ))
        } else if metadata.mode() & WRITABLE_BY_OTHERS != 0 {
            Some(format!(
                "others may write to it (mode {:04o}); close it with: chmod 0700 {}",
                metadata.mode() & 0o7777,
                path.display()
            ))
        } else {
            None
        };
        if let Some(problem) = problem {
            return Err(StoreError::Unsafe { path, problem });
        }
        let directory = Self { path };
        directory.sweep()?;
        Ok(directory)
    }

    /// Removes temporary files whose writers no longer run.
    fn sweep(&self) -> Result<(), StoreError> {
        for name in self.entries()? {
            let orphaned = temporary_of(&name)
                .is_some_and(|process| kill(Pid::from_raw(process), None) == Err(Errno::ESRCH));
            if orphaned {
                let _ = fs::remove_file(self.path.join(name));
            }
        }
        Ok(())
    }

    fn entries(&self) -> Result<Vec<String>, StoreError> {
        let io = |error| StoreError::io("read the folder", &self.path, error);
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(io)? {
            if let Ok(name) = entry.map_err(io)?.file_name().into_string() {
                names.push(name);
            }
        }
        Ok(names)
    }
}

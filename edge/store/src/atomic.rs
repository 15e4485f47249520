use crate::error::StoreError;
use nix::fcntl::OFlag;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use zeroize::Zeroizing;

/// More than any stored document has: a thousand profiles with certificates.
const LARGEST: u64 = 16 * 1024 * 1024;
/// Between a file's name and the number of the process, in temporary names.
const MARK: &str = ".tmp-";

/// Who may read a file; only its owner ever writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Its owner (mode 0600).
    Private,
    /// Everybody (mode 0644).
    Shared,
}

impl Access {
    fn mode(self) -> u32 {
        match self {
            Self::Private => 0o600,
            Self::Shared => 0o644,
        }
    }
}

/// A file that other processes, and this one after a crash, find either in its old
/// or in its new state, never in between.
///
/// A write goes to a temporary file in the same folder, which is synced, renamed
/// over the old one, and made to last by syncing the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtomicFile {
    path: PathBuf,
    access: Access,
}

impl AtomicFile {
    /// The file at this path, whether or not it exists.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, access: Access) -> Self {
        Self {
            path: path.into(),
            access,
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The content, or `None` when there is no such file.
    ///
    /// # Errors
    /// When something else than a plain file is there, it has more than 16 MiB, or
    /// the system refuses.
    pub fn read(&self) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let io = |error| StoreError::io("read", &self.path, error);
        let opened = OpenOptions::new()
            .read(true)
            .custom_flags((OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits())
            .open(&self.path);
        let file = match opened {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                self.refuse_others()?;
                return Err(io(error));
            }
        };
        let metadata = file.metadata().map_err(io)?;
        if !metadata.is_file() {
            return Err(self.not_a_file(metadata.file_type()));
        }
        let too_large = || StoreError::TooLarge {
            path: self.path.clone(),
            limit: LARGEST,
        };
        if metadata.len() > LARGEST {
            return Err(too_large());
        }
        let expected = usize::try_from(metadata.len()).unwrap_or_default();
        // One more than expected, so that the buffer never moves and leaves a copy.
        let mut content = Zeroizing::new(Vec::with_capacity(expected + 1));
        file.take(LARGEST + 1)
            .read_to_end(&mut content)
            .map_err(io)?;
        if content.len() as u64 > LARGEST {
            return Err(too_large());
        }
        Ok(Some(content))
    }

    /// Replaces the content; when this returns, it outlives a power failure.
    ///
    /// # Errors
    /// When something else than a plain file is there, or the system refuses. The old
    /// content is then still in place, unless only the last sync of the folder failed.
    pub fn write(&self, content: &[u8]) -> Result<(), StoreError> {
        self.refuse_others()?;
        let temporary = self.temporary_path();
        let written = self.write_temporary(&temporary, content).and_then(|()| {
            fs::rename(&temporary, &self.path)
                .map_err(|error| StoreError::io("replace", &self.path, error))
        });
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written?;
        self.sync_folder()
    }

    /// Deletes the file, lastingly; it is no error when there is none.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn remove(&self) -> Result<(), StoreError> {
        match fs::remove_file(&self.path) {
            Ok(()) => self.sync_folder(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(StoreError::io("delete", &self.path, error)),
        }
    }

    fn write_temporary(&self, temporary: &Path, content: &[u8]) -> Result<(), StoreError> {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(self.access.mode())
            .custom_flags(OFlag::O_NOFOLLOW.bits())
            .open(temporary)
            .map_err(|error| StoreError::io("create", temporary, error))?;
        let io = |error| StoreError::io("write", temporary, error);
        // The umask may have taken more than it should.
        file.set_permissions(Permissions::from_mode(self.access.mode()))
            .map_err(io)?;
        file.write_all(content).map_err(io)?;
        file.sync_all().map_err(io)
    }

    fn sync_folder(&self) -> Result<(), StoreError> {
        let folder = folder_of(&self.path);
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|error| StoreError::io("sync", folder, error))
    }

    /// An error when the path is taken by something that is not a plain file.
    fn refuse_others(&self) -> Result<(), StoreError> {
        match fs::symlink_metadata(&self.path) {
            Ok(metadata) if !metadata.is_file() => Err(self.not_a_file(metadata.file_type())),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    fn not_a_file(&self, found: fs::FileType) -> StoreError {
        StoreError::NotAFile {
            path: self.path.clone(),
            found: match found {
                _ if found.is_symlink() => "a symbolic link",
                _ if found.is_dir() => "a folder",
                _ if found.is_socket() => "a socket",
                _ if found.is_fifo() => "a pipe",
                _ => "a device",
            },
        }
    }

    /// `.NAME.tmp-PID-N` in the same folder.
    fn temporary_path(&self) -> PathBuf {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let mut name = OsString::from(".");
        name.push(self.path.file_name().unwrap_or_default());
        name.push(format!("{MARK}{}-{number}", std::process::id()));
        folder_of(&self.path).join(name)
    }
}

/// The process that made a temporary file of this name; `None` for other names.
pub(crate) fn temporary_of(name: &str) -> Option<i32> {
    let (file, rest) = name.strip_prefix('.')?.rsplit_once(MARK)?;
    let (process, number) = rest.split_once('-')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    (!file.is_empty() && is_number)
        .then(|| process.parse().ok())
        .flatten()
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

use crate::error::HostError;
use crate::outcome::Outcome;
use spoke_plan::{Change, Contents, FileState};
use std::ffi::OsStr;
use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

/// Where the C library looks.
const PATH: &str = "/etc/resolv.conf";

/// A neighbour of it, so that it can be moved into its place in one step.
const NEW: &str = "/etc/.resolv.conf.spoke";

/// What stands at `/etc/resolv.conf`.
pub(crate) fn read() -> Result<FileState, HostError> {
    state(Path::new(PATH)).map_err(|source| HostError::File {
        operation: "read DNS settings".to_owned(),
        path: PathBuf::from(PATH),
        source,
    })
}

/// Puts something in its place, if what stands there is what the change expects.
pub(crate) fn set(from: &FileState, to: &FileState, change: &Change) -> Result<Outcome, HostError> {
    let standing = read()?;
    if standing.same_as(to) {
        return Ok(Outcome::AlreadySo);
    }
    if !standing.may_be_replaced(from) {
        return if to.is_ours() {
            Err(HostError::Superseded {
                operation: change.to_string(),
                path: PathBuf::from(PATH),
            })
        } else {
            Ok(Outcome::NotOurs)
        };
    }
    put(to).map_err(|source| HostError::File {
        operation: change.to_string(),
        path: PathBuf::from(PATH),
        source,
    })?;
    Ok(Outcome::Done)
}

fn state(path: &Path) -> io::Result<FileState> {
    let kind = match fs::symlink_metadata(path) {
        Ok(kind) => kind,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(FileState::Missing),
        Err(error) => return Err(error),
    };
    if kind.is_symlink() {
        return Ok(FileState::Symlink {
            target: Contents(fs::read_link(path)?.into_os_string().into_vec()),
            leads_to: fs::read(path).ok().map(Contents),
        });
    }
    Ok(FileState::File {
        contents: Contents(fs::read(path)?),
        mode: kind.permissions().mode() & 0o7777,
    })
}

fn put(to: &FileState) -> io::Result<()> {
    let result = match to {
        FileState::Missing => fs::remove_file(PATH),
        FileState::Symlink { target, .. } => {
            clear(Path::new(NEW))?;
            symlink(OsStr::from_bytes(&target.0), NEW)?;
            fs::rename(NEW, PATH)
        }
        FileState::File { contents, mode } => replace(&contents.0, *mode),
    };
    match (result, to) {
        // It is a mount of its own, as in a container, or its folder is read-only:
        // then only its bytes can be changed.
        (Err(error), FileState::File { contents, .. }) if must_stay(&error) => {
            let _ = clear(Path::new(NEW));
            overwrite(&contents.0)
        }
        (result, _) => result,
    }
}

fn replace(contents: &[u8], mode: u32) -> io::Result<()> {
    clear(Path::new(NEW))?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(NEW)?;
    file.write_all(contents)?;
    file.set_permissions(Permissions::from_mode(mode))?;
    file.sync_all()?;
    fs::rename(NEW, PATH)
}

fn overwrite(contents: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .truncate(true)
        .custom_flags(libc::O_NOFOLLOW)
        .open(PATH)?;
    file.write_all(contents)?;
    file.sync_all()
}

fn must_stay(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::EBUSY | libc::EROFS | libc::EACCES | libc::EXDEV)
    )
}

fn clear(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

use crate::error::StartError;
use nix::fcntl::{Flock, FlockArg};
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

/// The socket that clients connect to.
///
/// Everybody may connect; what they may do is decided by who they are.
pub(crate) fn listen(path: &Path) -> Result<tokio::net::UnixListener, StartError> {
    let listener = bind(path)?;
    listener
        .set_nonblocking(true)
        .and_then(|()| tokio::net::UnixListener::from_std(listener))
        .map_err(StartError::file("listen on", path))
}

fn bind(path: &Path) -> Result<UnixListener, StartError> {
    if let Some(folder) = path.parent()
        && !folder.is_dir()
    {
        // Whatever the umask that the system started this with: clients have to get in.
        fs::create_dir_all(folder)
            .and_then(|()| fs::set_permissions(folder, Permissions::from_mode(0o755)))
            .map_err(StartError::file("create", folder))?;
    }
    match fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => {
            if UnixStream::connect(path).is_ok() {
                return Err(StartError::Running(path.to_owned()));
            }
            fs::remove_file(path).map_err(StartError::file("remove the old socket", path))?;
        }
        Ok(_) => {
            let taken = io::Error::new(io::ErrorKind::AlreadyExists, "it is not a socket");
            return Err(StartError::file("listen on", path)(taken));
        }
        Err(_) => {}
    }
    let listener = UnixListener::bind(path).map_err(StartError::file("listen on", path))?;
    fs::set_permissions(path, Permissions::from_mode(0o666))
        .map_err(StartError::file("open up", path))?;
    Ok(listener)
}

/// Keeps other daemons away from the state folder, which is made when missing.
pub(crate) fn lock(state_dir: &Path) -> Result<Flock<File>, StartError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(state_dir)
        .map_err(StartError::file("create", state_dir))?;
    let path = state_dir.join("lock");
    let file = File::create(&path).map_err(StartError::file("create", &path))?;
    Flock::lock(file, FlockArg::LockExclusiveNonblock)
        .map_err(|_| StartError::Running(state_dir.to_owned()))
}

use crate::error::StoreError;
use nix::fcntl::OFlag;
use std::fs::{Metadata, OpenOptions};
use std::io::Read as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

/// More than anything that an administrator writes by hand.
const LIMIT: u64 = 64 * 1024;

/// Reads a file that only `owner` can have written: it is that user's, nobody else may write
/// to it, and the same goes for its folder. `None` when there is none.
///
/// # Errors
/// When others could have written it, it is no plain file of text, or it cannot be read.
pub fn read_trusted(path: &Path, owner: u32) -> Result<Option<String>, StoreError> {
    let opened = OpenOptions::new()
        .read(true)
        // A pipe in its place must not hold up whoever reads.
        .custom_flags((OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits())
        .open(path);
    let file = match opened {
        Ok(file) => file,
        Err(error)
            if matches!(
                error.kind(),
                std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(StoreError::io("read", path, error)),
    };
    let io = |error| StoreError::io("read", path, error);
    let metadata = file.metadata().map_err(io)?;
    if !metadata.is_file() {
        return Err(StoreError::NotAFile {
            path: path.to_owned(),
            found: "something else",
        });
    }
    refuse_others(path, &metadata, owner)?;
    if let Some(folder) = path.parent() {
        let metadata = std::fs::metadata(folder);
        let metadata = metadata.map_err(|error| StoreError::io("read", folder, error))?;
        refuse_others(folder, &metadata, owner)?;
    }
    let mut text = String::new();
    file.take(LIMIT + 1).read_to_string(&mut text).map_err(io)?;
    if text.len() as u64 > LIMIT {
        return Err(StoreError::TooLarge {
            path: path.to_owned(),
            limit: LIMIT,
        });
    }
    Ok(Some(text))
}

fn refuse_others(path: &Path, metadata: &Metadata, owner: u32) -> Result<(), StoreError> {
    let problem = if metadata.uid() != owner {
        format!(
            "it belongs to user {}, not to user {owner}; sudo chown {owner} {}",
            metadata.uid(),
            path.display()
        )
    } else if metadata.mode() & 0o022 != 0 {
        format!("others may write to it; sudo chmod go-w {}", path.display())
    } else {
        return Ok(());
    };
    Err(StoreError::Unsafe {
        path: path.to_owned(),
        problem,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    #[test]
    fn only_what_nobody_else_can_have_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.toml");
        let own = nix::unistd::Uid::effective().as_raw();
        assert_eq!(read_trusted(&path, own).unwrap(), None);
        fs::write(&path, "text").unwrap();
        let mode = |path: &Path, mode| {
            fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        };
        mode(&path, 0o644);
        assert_eq!(read_trusted(&path, own).unwrap().as_deref(), Some("text"));
        let unsafe_ = |outcome| matches!(outcome, Err(StoreError::Unsafe { .. }));
        assert!(unsafe_(read_trusted(&path, own + 1)));
        mode(&path, 0o664);
        assert!(unsafe_(read_trusted(&path, own)));
        mode(&path, 0o644);
        mode(folder.path(), 0o777);
        assert!(unsafe_(read_trusted(&path, own)));
        mode(folder.path(), 0o755);
        let link = folder.path().join("link");
        symlink(&path, &link).unwrap();
        assert!(read_trusted(&link, own).is_err());
        fs::write(&path, vec![b'a'; 70_000]).unwrap();
        assert!(matches!(
            read_trusted(&path, own),
            Err(StoreError::TooLarge { .. })
        ));
    }
}

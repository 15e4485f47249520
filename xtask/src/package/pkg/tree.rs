//! What a folder holds, as it will be installed.

use super::super::stage::at;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// `S_IFDIR` and `S_IFREG`.
const FOLDER: u32 = 0o040_000;
const FILE: u32 = 0o100_000;

/// A file or folder; root's, of the group `wheel`.
pub(crate) struct Entry {
    /// Where it is here.
    pub(crate) place: PathBuf,
    /// `.` for the folder that all is in, `./usr/local` below it.
    pub(crate) path: String,
    /// Which of the entries is the folder that it is in.
    pub(crate) parent: Option<usize>,
    /// Kind and permissions, as in `struct stat`.
    pub(crate) mode: u32,
    /// In bytes; none for a folder.
    pub(crate) size: u32,
}

impl Entry {
    fn of(place: PathBuf, path: String, parent: Option<usize>) -> Result<Self, String> {
        let found = fs::symlink_metadata(&place).map_err(|error| at(&place, &error))?;
        let (mode, size) = if found.is_dir() {
            (FOLDER | 0o755, 0)
        } else if found.is_file() {
            (FILE | found.permissions().mode() & 0o777, found.len())
        } else {
            return Err(format!("{} is no file and no folder", place.display()));
        };
        let size = u32::try_from(size).map_err(|_| format!("{path} is too large"))?;
        Ok(Self {
            place,
            path,
            parent,
            mode,
            size,
        })
    }

    pub(crate) fn is_folder(&self) -> bool {
        self.mode & FOLDER != 0
    }

    /// The last part of its path.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// All that is in the folder `top`, itself first, then level by level in the order of names.
pub(crate) fn walk(top: &Path) -> Result<Vec<Entry>, String> {
    let mut entries = vec![Entry::of(top.to_owned(), ".".to_owned(), None)?];
    let mut next = 0;
    while let Some(entry) = entries.get(next) {
        if entry.is_folder() {
            let folder = fs::read_dir(&entry.place).map_err(|error| at(&entry.place, &error))?;
            let mut places: Vec<PathBuf> = folder.flatten().map(|one| one.path()).collect();
            places.sort();
            let path = entry.path.clone();
            for place in places {
                let name = place.file_name().unwrap_or_default().to_string_lossy();
                let path = format!("{path}/{name}");
                entries.push(Entry::of(place, path, Some(next))?);
            }
        }
        next += 1;
    }
    Ok(entries)
}

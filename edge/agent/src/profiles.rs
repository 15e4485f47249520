use sha2::{Digest, Sha256};
use spoke_api::{Problem, ProblemCode};
use spoke_profile::Profile;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Version of the file format; a file with a greater one is left alone.
const FORMAT: u32 = 1;

/// The user's profiles: one JSON file each, readable by the user alone.
///
/// The name inside a file is what counts; the file's own name is derived from
/// it once, safe for every file system.
#[derive(Clone, Debug)]
pub struct ProfileStore {
    folder: PathBuf,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Stored {
    version: u32,
    profile: Profile,
}

impl ProfileStore {
    /// The profiles in this folder; it is made when first needed.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// All profiles, by name.
    ///
    /// # Errors
    /// When the folder or one of its files cannot be read.
    pub fn list(&self) -> Result<Vec<Profile>, Problem> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed("read", &self.folder, &error)),
        };
        let mut profiles = Vec::new();
        for entry in entries {
            let path = entry
                .map_err(|error| failed("read", &self.folder, &error))?
                .path();
            if path
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                profiles.push(read(&path)?.profile);
            }
        }
        profiles.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(profiles)
    }

    /// The profile of exactly this name.
    ///
    /// # Errors
    /// [`ProblemCode::ProfileNotFound`], or when it cannot be read.
    pub fn load(&self, name: &str) -> Result<Profile, Problem> {
        match read(&self.file(name)) {
            Ok(stored) if stored.profile.name == name => Ok(stored.profile),
            // Somebody may have put the file there under another name.
            Ok(_) | Err(_) => self
                .list()?
                .into_iter()
                .find(|profile| profile.name == name)
                .ok_or_else(|| not_found(name)),
        }
    }

    /// The profile that the user means: the exact name, else the one that
    /// differs only in case, else the only one that begins so.
    ///
    /// # Errors
    /// [`ProblemCode::ProfileNotFound`] when none or several match.
    pub fn find(&self, meant: &str) -> Result<Profile, Problem> {
        let mut profiles = self.list()?;
        let lower = meant.to_lowercase();
        let tests: [&dyn Fn(&str) -> bool; 3] = [
            &|name| name == meant,
            &|name| name.to_lowercase() == lower,
            &|name| name.to_lowercase().starts_with(&lower),
        ];
        for test in tests {
            let fitting: Vec<usize> = (0..profiles.len())
                .filter(|&at| profiles.get(at).is_some_and(|profile| test(&profile.name)))
                .collect();
            match fitting[..] {
                [] => {}
                [only] => return Ok(profiles.swap_remove(only)),
                _ => {
                    let names = fitting
                        .iter()
                        .filter_map(|&at| profiles.get(at))
                        .map(|profile| profile.name.as_str())
                        .collect::<Vec<_>>()
                        .join(", ");
                    return Err(Problem::new(
                        ProblemCode::ProfileNotFound,
                        format!("“{meant}” could be any of {names}."),
                        "Type more of the name.",
                    ));
                }
            }
        }
        Err(not_found(meant))
    }

    /// Whether there is a profile of exactly this name.
    ///
    /// # Errors
    /// When the profiles cannot be read.
    pub fn contains(&self, name: &str) -> Result<bool, Problem> {
        Ok(self.list()?.iter().any(|profile| profile.name == name))
    }

    /// Writes a profile, in place of one with the same name.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, profile: &Profile) -> Result<(), Problem> {
        let path = self
            .path_of(&profile.name)?
            .unwrap_or_else(|| self.file(&profile.name));
        let stored = Stored {
            version: FORMAT,
            profile: profile.clone(),
        };
        let mut text = serde_json::to_vec_pretty(&stored)
            .map_err(|error| failed("write", &path, &io::Error::other(error)))?;
        text.push(b'\n');
        let written = write_private(&path, &text);
        zeroize::Zeroize::zeroize(&mut text);
        written.map_err(|error| failed("write", &path, &error))
    }

    /// Gives a profile another name.
    ///
    /// # Errors
    /// When there is none, when the new name is taken, or a file cannot be written.
    pub fn rename(&self, from: &str, to: &str) -> Result<(), Problem> {
        if from == to {
            return self.load(from).map(drop);
        }
        self.duplicate(from, to)?;
        self.remove(from)
    }

    /// Stores a copy under another name.
    ///
    /// # Errors
    /// When there is none, when the new name is taken, or the file cannot be written.
    pub fn duplicate(&self, from: &str, to: &str) -> Result<(), Problem> {
        let mut profile = self.load(from)?;
        if to.trim().is_empty() {
            return Err(Problem::new(
                ProblemCode::Usage,
                "A profile's name cannot be empty.",
                "Give it another name.",
            ));
        }
        if self.contains(to)? {
            return Err(Problem::new(
                ProblemCode::Conflict,
                format!("There is already a profile “{to}”."),
                format!("Choose another name, or remove it first: spoke profile remove {to}"),
            ));
        }
        to.clone_into(&mut profile.name);
        self.save(&profile)
    }

    /// Deletes a profile.
    ///
    /// # Errors
    /// When there is none, or its file cannot be deleted.
    pub fn remove(&self, name: &str) -> Result<(), Problem> {
        let path = self.path_of(name)?.ok_or_else(|| not_found(name))?;
        fs::remove_file(&path).map_err(|error| failed("delete", &path, &error))
    }

    fn path_of(&self, name: &str) -> Result<Option<PathBuf>, Problem> {
        let usual = self.file(name);
        if usual.exists() {
            return Ok(Some(usual));
        }
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("read", &self.folder, &error)),
        };
        Ok(entries
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| {
                path.extension()
                    .is_some_and(|extension| extension == "json")
            })
            .find(|path| read(path).is_ok_and(|stored| stored.profile.name == name)))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(file_name(name))
    }
}

/// A readable part for people and a digest that tells names apart, also where
/// the file system ignores case or normalises Unicode.
fn file_name(name: &str) -> String {
    let readable: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .take(40)
        .collect();
    let digest = Sha256::digest(name.as_bytes());
    let tail: String = digest
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{}-{tail}.json", readable.trim_matches('-'))
}

fn read(path: &Path) -> Result<Stored, Problem> {
    let text =
        zeroize::Zeroizing::new(fs::read(path).map_err(|error| failed("read", path, &error))?);
    #[derive(serde::Deserialize)]
    struct Head {
        version: u32,
    }
    let broken = |error: &dyn std::fmt::Display| {
        Problem::new(
            ProblemCode::ProfileInvalid,
            format!(
                "The stored profile {} cannot be read: {error}.",
                path.display()
            ),
            "Move the file away and import the profile again: spoke import FILE",
        )
    };
    let head: Head = serde_json::from_slice(&text).map_err(|error| broken(&error))?;
    if head.version > FORMAT {
        return Err(broken(&format_args!(
            "it was written by a newer Spoke (format {}, this one knows {FORMAT})",
            head.version
        )));
    }
    serde_json::from_slice(&text).map_err(|error| broken(&error))
}

/// Replaces a file in one step; it is never readable by others, nor half written.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or_else(|| Path::new("/"));
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let temporary = folder.join(format!(".new-{:016x}", u64::from_ne_bytes(random)));
    let written = (|| {
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&temporary)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        fs::File::open(folder)?.sync_all()
    })();
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

fn not_found(name: &str) -> Problem {
    Problem::new(
        ProblemCode::ProfileNotFound,
        format!("There is no profile “{name}”."),
        "See which there are: spoke profile list",
    )
}

fn failed(verb: &str, path: &Path, error: &io::Error) -> Problem {
    Problem::new(
        ProblemCode::Other,
        format!("Cannot {verb} {}: {error}.", path.display()),
        format!(
            "Check the folder's owner and free space: ls -ld {}",
            path.display()
        ),
    )
}

use sha2::{Digest, Sha256};
use spoke_api::{Problem, ProblemCode};
use spoke_profile::Profile;
use spoke_store::{Access, Document, NoDocument, PrivateDir, StoreError, Versioned};
use std::path::PathBuf;

/// The user's profiles: one JSON file each, readable by the user alone.
///
/// The name inside a file is what counts; the file's own name is derived from
/// it once, safe for every file system.
#[derive(Clone, Debug)]
pub struct ProfileStore {
    folder: PathBuf,
}

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
struct Stored(Profile);

impl Document for Stored {
    const VERSION: u32 = 1;
    type Previous = NoDocument;

    fn from_previous(previous: NoDocument) -> Self {
        match previous {}
    }
}

/// What a folder of profiles holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The profiles, by name.
    pub profiles: Vec<Profile>,
    /// The files that cannot be read, and why: one damaged file hides no other.
    pub damaged: Vec<Problem>,
}

impl Listing {
    /// A name like this one that no profile has: itself, else with the first free number.
    #[must_use]
    pub fn free_name(&self, name: &str) -> String {
        free_name(name, |name| {
            self.profiles.iter().any(|profile| profile.name == name)
        })
    }
}

/// The name itself when it is free, else the first of `NAME 2`, `NAME 3` that is.
#[must_use]
pub fn free_name(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    if !is_taken(name) {
        return name.to_owned();
    }
    let mut number = 2_u32;
    loop {
        let other = format!("{name} {number}");
        if !is_taken(&other) {
            return other;
        }
        number += 1;
    }
}

impl ProfileStore {
    /// The profiles in this folder; it is made when first needed.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// All profiles, by name, and what keeps others from being read.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn list(&self) -> Result<Listing, Problem> {
        let mut listing = Listing::default();
        for file in self.files()? {
            match file.load() {
                Ok(Some(Stored(profile))) => listing.profiles.push(profile),
                Ok(None) => {}
                Err(error) => listing.damaged.push(unusable(error)),
            }
        }
        listing.profiles.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(listing)
    }

    /// The profile of exactly this name.
    ///
    /// # Errors
    /// [`ProblemCode::ProfileNotFound`], or when it cannot be read.
    pub fn load(&self, name: &str) -> Result<Profile, Problem> {
        let file = self.file_of(name)?.ok_or_else(|| not_found(name))?;
        let stored = file.load().map_err(unusable)?;
        stored.map(|stored| stored.0).ok_or_else(|| not_found(name))
    }

    /// The profile that the user means: the exact name, else the one that
    /// differs only in case, else the only one that begins so.
    ///
    /// # Errors
    /// [`ProblemCode::ProfileNotFound`] when none or several match.
    pub fn find(&self, meant: &str) -> Result<Profile, Problem> {
        if let Some(file) = self.file_of(meant)?
            && let Some(Stored(profile)) = file.load().map_err(unusable)?
        {
            return Ok(profile);
        }
        let Listing {
            mut profiles,
            damaged,
        } = self.list()?;
        let lower = meant.to_lowercase();
        let tests: [&dyn Fn(&str) -> bool; 2] = [&|name| name.to_lowercase() == lower, &|name| {
            name.to_lowercase().starts_with(&lower)
        }];
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
        // It may be in one of the files that cannot be read.
        let problem = not_found(meant);
        Err(damaged
            .into_iter()
            .fold(problem, |problem, file| problem.detail(file.summary)))
    }

    /// Whether there is a profile of exactly this name.
    ///
    /// # Errors
    /// When the profiles cannot be read.
    pub fn contains(&self, name: &str) -> Result<bool, Problem> {
        Ok(self.file_of(name)?.is_some())
    }

    /// Writes a profile, in place of one with the same name.
    ///
    /// # Errors
    /// [`ProblemCode::Usage`] for a name that cannot be shown as it is, or when the
    /// file cannot be written.
    pub fn save(&self, profile: &Profile) -> Result<(), Problem> {
        let name = check_name(&profile.name)?;
        let file = match self.file_of(&profile.name)? {
            Some(file) => file,
            None => {
                let folder = PrivateDir::create(&self.folder).map_err(unusable)?;
                Versioned::new(folder.file(&file_name(&profile.name), Access::Private))
            }
        };
        let stored = Profile {
            name,
            ..profile.clone()
        };
        file.save(&Stored(stored)).map_err(unusable)
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
        profile.name = check_name(to)?;
        if self.contains(&profile.name)? {
            return Err(Problem::new(
                ProblemCode::Conflict,
                format!("There is already a profile “{to}”."),
                format!("Choose another name, or remove it first: spoke profile remove {to}"),
            ));
        }
        self.save(&profile)
    }

    /// Deletes a profile.
    ///
    /// # Errors
    /// When there is none, or its file cannot be deleted.
    pub fn remove(&self, name: &str) -> Result<(), Problem> {
        let file = self.file_of(name)?.ok_or_else(|| not_found(name))?;
        file.remove().map_err(unusable)
    }

    fn files(&self) -> Result<Vec<Versioned<Stored>>, Problem> {
        let Some(folder) = PrivateDir::open(&self.folder).map_err(unusable)? else {
            return Ok(Vec::new());
        };
        let names = folder.names(".json").map_err(unusable)?;
        Ok(names
            .iter()
            .map(|name| Versioned::new(folder.file(name, Access::Private)))
            .collect())
    }

    /// The file that holds the profile of exactly this name: the usual one, else
    /// whichever somebody put there under another name.
    fn file_of(&self, name: &str) -> Result<Option<Versioned<Stored>>, Problem> {
        let holds = |file: &Versioned<Stored>| matches!(file.load(), Ok(Some(Stored(profile))) if profile.name == name);
        let mut files = self.files()?;
        let usual = self.folder.join(file_name(name));
        if let Some(at) = files.iter().position(|file| file.file().path() == usual) {
            let file = files.swap_remove(at);
            // A damaged file is better reported than passed over.
            if holds(&file) || file.load().is_err() {
                return Ok(Some(file));
            }
        }
        Ok(files.into_iter().find(holds))
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

/// The name as it is stored: names come from files of others, and are printed.
fn check_name(name: &str) -> Result<String, Problem> {
    spoke_profile::valid_name(name)
        .map_err(|error| Problem::new(ProblemCode::Usage, error.message, error.next))
}

fn not_found(name: &str) -> Problem {
    Problem::new(
        ProblemCode::ProfileNotFound,
        format!("There is no profile “{name}”."),
        "See which there are: spoke profile list",
    )
}

/// A file that cannot be read or written; the store's words say which and why.
pub(crate) fn unusable(error: StoreError) -> Problem {
    let code = if error.is_damage() {
        ProblemCode::ProfileInvalid
    } else {
        ProblemCode::Other
    };
    Problem::new(
        code,
        format!("{error}."),
        format!("Look at it: ls -la {}", error.path().display()),
    )
}

use super::plans::Kept;
use crate::Desk;
use spoke_agent::source::{self, Source};
use spoke_agent::{ClientIdentity, Listing, faults, free_name};
use spoke_api::Problem;
use spoke_profile::{
    Fault, FindingCode, Package, ReadError, ReadOptions, Reading, Secrets, ServerSecret, SignIn,
};
use spoke_view::{ImportPlan, ImportSource, PlannedProfile, ReadProfile, RefusedFile};
use std::collections::BTreeSet;
use std::path::PathBuf;
use zeroize::Zeroizing;

impl Desk {
    /// Looks at files, packages and folders, all of which give one plan.
    ///
    /// # Errors
    /// When the stored profiles cannot be read.
    pub async fn inspect_files(&self, paths: Vec<PathBuf>) -> Result<ImportPlan, Problem> {
        let names = paths.iter().map(|path| match path.file_name() {
            Some(name) => name.to_string_lossy().into_owned(),
            None => path.display().to_string(),
        });
        let source = ImportSource::Files {
            names: names.collect(),
        };
        self.inspect(source, paths, Vec::new()).await
    }

    /// Looks into the folders of Microsoft's own client.
    ///
    /// # Errors
    /// As [`Desk::inspect_files`], or when one of the folders cannot be read.
    pub async fn inspect_azure_vpn_client(&self) -> Result<ImportPlan, Problem> {
        let known = &self.shared.options.paths.azure_vpn_client;
        let mut folders = Vec::new();
        let mut files = Vec::new();
        for folder in known.iter().filter(|folder| folder.is_dir()) {
            files.extend(source::plain_files(folder)?);
            folders.push(folder.display().to_string());
        }
        let mut notes = Vec::new();
        if folders.is_empty() {
            let places: Vec<_> = known.iter().map(|one| one.display().to_string()).collect();
            notes.push(format!(
                "No profiles of the Azure VPN Client were found. They would be in {}.",
                places.join(" or ")
            ));
        }
        let source = ImportSource::AzureVpnClient { folders };
        self.inspect(source, files, notes).await
    }

    /// Looks at files that were opened from outside the window, and shows what is in them.
    ///
    /// # Errors
    /// As [`Desk::inspect_files`].
    pub async fn open_files(&self, paths: Vec<PathBuf>) -> Result<(), Problem> {
        let plan = self.inspect_files(paths).await?;
        self.shared
            .board
            .set(|picture| &mut picture.opened, Some(plan));
        Ok(())
    }

    async fn inspect(
        &self,
        source: ImportSource,
        paths: Vec<PathBuf>,
        notes: Vec<String>,
    ) -> Result<ImportPlan, Problem> {
        let stored = self.store().list()?;
        let looking = tokio::task::spawn_blocking(move || Look::at(source, &paths, notes, &stored));
        let look = looking.await.map_err(|error| {
            let problem = Problem::new(
                spoke_api::ProblemCode::Other,
                "The files could not be looked at.",
                "Try it with one file at a time.",
            );
            problem.cause(error.to_string())
        })?;
        Ok(self.shared.plans.hold(look.plan, look.kept))
    }
}

/// What was found so far.
struct Look {
    plan: ImportPlan,
    kept: Vec<Kept>,
}

/// One profile that was found, with its place.
struct Seen {
    path: String,
    reading: Reading,
}

impl Look {
    fn at(source: ImportSource, paths: &[PathBuf], notes: Vec<String>, stored: &Listing) -> Self {
        let of_microsoft = matches!(source, ImportSource::AzureVpnClient { .. });
        let mut look = Self {
            plan: ImportPlan {
                id: 0,
                source,
                profiles: Vec::new(),
                refused: Vec::new(),
                notes,
            },
            kept: Vec::new(),
        };
        let mut seen: Vec<Seen> = Vec::new();
        for path in paths {
            let source = match Source::open(path) {
                Ok(source) => source,
                Err(problem) => {
                    let name = path.file_name().unwrap_or(path.as_os_str());
                    let path = name.to_string_lossy().into_owned();
                    look.plan.refused.push(RefusedFile { path, problem });
                    continue;
                }
            };
            let package = match read(&source) {
                Ok(package) => package,
                Err(error) => {
                    look.refuse(source.name().to_owned(), &error);
                    continue;
                }
            };
            let companions = source.companions().map(|file| format!("Read {file} too."));
            look.plan.notes.extend(companions);
            look.plan.notes.extend(package.set_aside);
            look.plan.notes.extend(package.notes);
            for found in package.found {
                let path = match (found.path.as_str(), paths.len()) {
                    ("", _) => source.name().to_owned(),
                    (inside, 1) => inside.to_owned(),
                    (inside, _) => format!("{}/{inside}", source.name()),
                };
                match found.result {
                    // Microsoft's client keeps each profile twice.
                    Ok(reading)
                        if of_microsoft
                            && seen
                                .iter()
                                .any(|one| one.reading.profile == reading.profile) => {}
                    Ok(reading) => seen.push(Seen { path, reading }),
                    // Its folders hold other files too.
                    Err(error) if of_microsoft && error.kind == Fault::NotAProfile => {}
                    Err(error) => look.refuse(path, &error),
                }
            }
        }
        look.keep(seen, stored);
        look
    }

    fn refuse(&mut self, path: String, error: &ReadError) {
        let problem = faults::in_file(&path, error);
        self.plan.refused.push(RefusedFile { path, problem });
    }

    fn keep(&mut self, mut seen: Vec<Seen>, stored: &Listing) {
        let of_name = |name: &str| stored.profiles.iter().find(|one| one.name == name);
        let mut names = BTreeSet::new();
        for one in &mut seen {
            let name = &mut one.reading.profile.name;
            *name = free_name(name, |name| names.contains(name));
            names.insert(name.clone());
        }
        for (index, Seen { path, reading }) in (0_u32..).zip(seen) {
            let profile = &reading.profile;
            let stored = of_name(&profile.name);
            let free_name = match stored {
                Some(_) => free_name(&profile.name, |name| {
                    names.contains(name) || of_name(name).is_some()
                }),
                None => profile.name.clone(),
            };
            names.insert(free_name.clone());
            let read = ReadProfile {
                index,
                path: &path,
                profile,
                findings: &reading.findings,
            };
            let supplied = |code| reading.findings.iter().any(|one| one.code == code);
            let planned = PlannedProfile {
                needs_file_password: is_locked(&reading.secrets),
                needs_secret: supplied(FindingCode::SecretSupplied),
                has_password: has_password(&reading),
                ..PlannedProfile::of(&read, stored, free_name)
            };
            self.plan.profiles.push(planned.clone());
            self.kept.push(Kept { reading, planned });
        }
    }
}

/// Reads all that can be read if the user says so: at sign-in hosts that are to be
/// trusted, and with a server secret that is to be given, when the profile is saved.
fn read(source: &Source) -> Result<Package, ReadError> {
    let mut options = ReadOptions::default();
    loop {
        let outcome = source.package(&options);
        let errors: Vec<&ReadError> = match &outcome {
            Ok(package) => package
                .found
                .iter()
                .filter_map(|found| found.result.as_ref().err())
                .collect(),
            Err(error) => vec![error],
        };
        let known = options.trusted_authorities.len();
        for error in &errors {
            if let Some(host) = error.untrusted_authority()
                && !options.trusted_authorities.iter().any(|one| one == host)
            {
                options.trusted_authorities.push(host.to_owned());
            }
        }
        let lacking = errors.iter().any(|error| error.kind == Fault::Missing);
        if options.trusted_authorities.len() > known {
            continue;
        }
        if lacking && options.server_secret.is_none() {
            let none = Zeroizing::new([0; ServerSecret::LEN]);
            options.server_secret = Some(ServerSecret::new(none));
            continue;
        }
        return outcome;
    }
}

/// Whether the private key is under a password.
fn is_locked(secrets: &Secrets) -> bool {
    if secrets.client_files.is_empty() {
        return false;
    }
    let files: Vec<(&str, &[u8])> = secrets
        .client_files
        .iter()
        .map(|(place, bytes)| (place.as_str(), bytes.expose()))
        .collect();
    let mut asked = false;
    // What is wrong with the files is told when they are needed.
    let _ = ClientIdentity::read(&files, &mut |_| {
        asked = true;
        None
    });
    asked
}

fn has_password(reading: &Reading) -> bool {
    let (profile, secrets) = (&reading.profile, &reading.secrets);
    let of_user = secrets.password.is_some()
        && matches!(&profile.sign_in, SignIn::Password { username, .. } if username.is_some());
    of_user || secrets.proxy_password.is_some()
}

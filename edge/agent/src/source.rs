//! Where profiles come from: a file, a package, a folder, standard input.

use crate::faults;
use spoke_api::{Problem, ProblemCode};
use spoke_diagnose::shell;
use spoke_profile::{
    ClientKey, FieldError, Package, Profile, ReadError, ReadOptions, SecretBytes, ServerSecret,
    Thumbprint,
};
use std::fs;
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};
use zeroize::Zeroizing;

/// What standard input is called.
const INPUT: &str = "standard input";
/// More than any portal package has (they stay under 1 MiB).
const FILE_BYTES: u64 = 16 * 1024 * 1024;
/// More than any profile document has.
const DOCUMENT_BYTES: u64 = 2 * 1024 * 1024;
/// Levels of folders inside an unpacked package.
const FOLDER_DEPTH: usize = 4;
/// More files than an unpacked package has.
const FOLDER_FILES: usize = 1001;

/// The bytes of a source, read once, so that they can be judged again with other options.
#[derive(Debug)]
pub struct Source {
    name: String,
    contents: Contents,
    /// Files that an `.ovpn` file names, by the names that it writes.
    companions: Vec<(String, SecretBytes)>,
}

#[derive(Debug)]
enum Contents {
    File(Zeroizing<Vec<u8>>),
    Folder(Vec<(String, SecretBytes)>),
}

impl Source {
    /// Reads all of it; `-` is standard input.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open(path: &Path) -> Result<Self, Problem> {
        if path == Path::new("-") {
            let bytes =
                read_bounded(io::stdin(), FILE_BYTES).map_err(|error| unreadable(path, &error))?;
            return Ok(Self {
                name: INPUT.to_owned(),
                contents: Contents::File(bytes),
                companions: Vec::new(),
            });
        }
        let mut companions = Vec::new();
        let contents = if path.is_dir() {
            let mut files = Vec::new();
            collect(path, path, FOLDER_DEPTH, &mut files)
                .map_err(|error| unreadable(path, &error))?;
            Contents::Folder(files)
        } else {
            let bytes = read_file(path, FILE_BYTES)?;
            let folder = path.parent().unwrap_or(Path::new("."));
            for wanted in spoke_profile::needed_files(&bytes) {
                if let Some(content) = companion(folder, &wanted)? {
                    companions.push((wanted, content));
                }
            }
            Contents::File(bytes)
        };
        let name = path.file_name().unwrap_or(path.as_os_str());
        Ok(Self {
            name: name.to_string_lossy().into_owned(),
            contents,
            companions,
        })
    }

    /// What to call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The files beside it that were read because it names them.
    pub fn companions(&self) -> impl Iterator<Item = &str> {
        self.companions.iter().map(|(name, _)| name.as_str())
    }

    /// What is in it.
    ///
    /// # Errors
    /// When nothing in it can be a profile.
    pub fn package(&self, options: &ReadOptions) -> Result<Package, ReadError> {
        match &self.contents {
            Contents::File(bytes) => {
                let options = ReadOptions {
                    file_name: Some(self.name.clone()).filter(|name| name != INPUT),
                    files: self.companions.clone(),
                    ..options.clone()
                };
                spoke_profile::open_package(bytes, &options)
            }
            Contents::Folder(files) => spoke_profile::open_files(files.clone(), options),
        }
    }
}

/// A file that a configuration names: from its own folder or below, and from nowhere
/// else, wherever links lead. A stranger's file must not choose which of the user's files
/// is sent to the stranger's gateway. `None` when there is no such file.
///
/// # Errors
/// When it cannot be read, or is a hidden one: programs keep their keys and tokens in
/// those, and a home or download folder has many.
fn companion(folder: &Path, wanted: &str) -> Result<Option<SecretBytes>, Problem> {
    let folder = if folder == Path::new("") {
        Path::new(".")
    } else {
        folder
    };
    let inside = |path: &Path| {
        let mut parts = path.components();
        parts.all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
    };
    if !inside(Path::new(wanted)) {
        return Ok(None);
    }
    if is_hidden(Path::new(wanted)) {
        return Err(hidden(wanted));
    }
    let path = folder.join(wanted);
    let (Ok(home), Ok(real)) = (folder.canonicalize(), path.canonicalize()) else {
        return Ok(None);
    };
    let Some(below) = real.strip_prefix(&home).ok().filter(|_| real.is_file()) else {
        return Ok(None);
    };
    if is_hidden(below) {
        return Err(hidden(wanted));
    }
    read_file(&path, DOCUMENT_BYTES).map(|bytes| Some(SecretBytes::new(bytes)))
}

/// Whether it is a dot-file, or in a folder that is hidden by a dot.
fn is_hidden(path: &Path) -> bool {
    path.components().any(|part| match part {
        Component::Normal(name) => name.as_encoded_bytes().starts_with(b"."),
        _ => false,
    })
}

fn hidden(wanted: &str) -> Problem {
    let wanted: String = wanted
        .chars()
        .filter(|c| !c.is_control())
        .take(80)
        .collect();
    Problem::new(
        ProblemCode::ProfileInvalid,
        format!(
            "The profile names {wanted}, a hidden file; such files hold what other programs keep secret, and none is read."
        ),
        "if it does belong to the profile, give it a name without a dot in front, in the profile too; if the profile is not yours, ask who wrote it",
    )
}

/// The plain files of a folder, by name; none when there is no such folder.
///
/// # Errors
/// When it cannot be read.
pub fn plain_files(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(folder, &error)),
    };
    let mut files = Vec::new();
    for entry in entries.take(FOLDER_FILES) {
        let entry = entry.map_err(|error| unreadable(folder, &error))?;
        if entry.file_type().is_ok_and(|kind| kind.is_file()) {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// Reads a file that is not expected to be longer than `most` bytes.
///
/// # Errors
/// When it cannot be read.
pub fn read_file(path: &Path, most: u64) -> Result<Zeroizing<Vec<u8>>, Problem> {
    read_whole(path, most).map_err(|error| unreadable(path, &error))
}

/// Reads a server secret from a file or, for `-`, from standard input: 512 hexadecimal
/// digits, or OpenVPN's static key file.
///
/// # Errors
/// When it cannot be read or is no server secret.
pub fn read_secret(path: &Path) -> Result<ServerSecret, Problem> {
    secret_of(path, &secret_file(path)?)
}

/// Supplies the secret of a file that was exported without it, from a file or, for `-`,
/// from standard input: what [`read_secret`] reads, or a client's key for tls-crypt-v2.
///
/// # Errors
/// When it cannot be read or is neither.
pub fn supply_secret(path: &Path, options: &mut ReadOptions) -> Result<(), Problem> {
    let bytes = secret_file(path)?;
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    if ClientKey::looks_like(text) {
        let key = ClientKey::from_text(text).map_err(|error| not_a_secret(path, &error))?;
        options.client_key = Some(key);
    } else {
        options.server_secret = Some(secret_of(path, &bytes)?);
    }
    Ok(())
}

fn secret_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, Problem> {
    if path == Path::new("-") {
        return read_bounded(io::stdin(), DOCUMENT_BYTES).map_err(|error| unreadable(path, &error));
    }
    read_file(path, DOCUMENT_BYTES)
}

fn secret_of(path: &Path, bytes: &[u8]) -> Result<ServerSecret, Problem> {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    ServerSecret::from_text(text).map_err(|error| not_a_secret(path, &error))
}

fn not_a_secret(path: &Path, error: &FieldError) -> Problem {
    faults::in_field(&path.display().to_string(), error)
}

/// Puts a root certificate from a file beside those of the profile.
///
/// # Errors
/// When it cannot be read, is no certificate, or not the one that the profile pins.
pub fn add_root(profile: &mut Profile, path: &Path) -> Result<(), Problem> {
    let bytes = read_file(path, DOCUMENT_BYTES)?;
    let der = spoke_profile::read_certificate(&bytes)
        .map_err(|error| faults::in_field(&path.display().to_string(), &error))?;
    let check = &mut profile.server_check;
    let own = Thumbprint::of(&der);
    if let Some(pinned) = check.root_sha1
        && pinned != own
        && check.use_pinned_root != Some(false)
    {
        return Err(Problem::new(
            ProblemCode::ProfileInvalid,
            format!(
                "{} is not the root certificate that the profile pins.",
                path.display()
            ),
            format!(
                "if it is the right one, pin it: spoke profile set {} root={own}",
                shell(&profile.name)
            ),
        )
        .cause(format!(
            "Its SHA-1 thumbprint is {own}, the pinned one {pinned}."
        )));
    }
    if !check.root_certificates.contains(&der) {
        check.root_certificates.push(der);
    }
    Ok(())
}

fn read_whole(path: &Path, most: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    let file = fs::File::open(path)?;
    let length = file.metadata()?.len().min(most);
    read_expected(file, usize::try_from(length).unwrap_or_default(), most)
}

fn read_bounded(from: impl io::Read, most: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    read_expected(from, 0, most)
}

/// Reads into memory for as much as is expected: what outgrows its memory leaves a copy of
/// itself behind, which nobody zeroes.
fn read_expected(
    from: impl io::Read,
    expected: usize,
    most: u64,
) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(expected));
    from.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("it is larger than {most} bytes, so it is no profile package"),
        ));
    }
    Ok(bytes)
}

/// The files that can matter: profiles and certificates, not the installers beside them.
fn collect(
    root: &Path,
    folder: &Path,
    depth: usize,
    files: &mut Vec<(String, SecretBytes)>,
) -> io::Result<()> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()?;
    paths.sort();
    for path in paths {
        if files.len() >= FOLDER_FILES {
            return Ok(());
        }
        if path.strip_prefix(root).is_ok_and(is_hidden) {
            continue;
        }
        let kind = fs::symlink_metadata(&path)?;
        if kind.is_dir() && depth > 0 {
            collect(root, &path, depth - 1, files)?;
        } else if kind.is_file() && may_matter(&path) && kind.len() <= DOCUMENT_BYTES {
            let name = path.strip_prefix(root).unwrap_or(&path);
            let bytes = read_whole(&path, DOCUMENT_BYTES)?;
            files.push((name.to_string_lossy().into_owned(), SecretBytes::new(bytes)));
        }
    }
    Ok(())
}

fn may_matter(path: &Path) -> bool {
    path.extension()
        .and_then(|extension| extension.to_str())
        .is_some_and(|extension| {
            let extension = extension.to_ascii_lowercase();
            [
                "xml",
                "azurevpnconfig",
                "json",
                "spoke",
                "cer",
                "crt",
                "pem",
                "ovpn",
                "conf",
                "ca",
                "cert",
                "key",
                "p12",
                "pfx",
                "crl",
                "txt",
                "pass",
                "auth",
            ]
            .contains(&extension.as_str())
        })
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    let path = path.display();
    let hint = match error.kind() {
        io::ErrorKind::NotFound => "check the path: ls -l".to_owned(),
        io::ErrorKind::PermissionDenied => format!("see who may read it: ls -l {path}"),
        _ => "download the package again, or name another file".to_owned(),
    };
    Problem::new(
        ProblemCode::ProfileInvalid,
        format!("{path} cannot be read: {error}."),
        hint,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        folder
    }

    /// A profile in the home folder could name another program's token as its account.
    #[test]
    fn a_profile_brings_no_hidden_file() {
        let folder = folder(&[
            (".git-credentials", "https://ana:token@git.example"),
            (".aws/credentials", "token"),
            ("below/.netrc", "token"),
            ("account.txt", "ana"),
            ("below/account.txt", "ana"),
        ]);
        symlink(".git-credentials", folder.path().join("link.txt")).unwrap();
        for wanted in [
            ".git-credentials",
            "./.git-credentials",
            ".aws/credentials",
            "below/.netrc",
            "link.txt",
        ] {
            let problem = companion(folder.path(), wanted).unwrap_err();
            assert!(problem.summary.contains(wanted), "{problem:?}");
            assert!(!format!("{problem:?}").contains("token"), "{problem:?}");
        }
        for wanted in ["account.txt", "./account.txt", "below/./account.txt"] {
            assert!(
                companion(folder.path(), wanted).unwrap().is_some(),
                "{wanted}"
            );
        }
        let file = folder.path().join("office.ovpn");
        fs::write(
            &file,
            "client\nremote vpn.example\nauth-user-pass .git-credentials\n",
        )
        .unwrap();
        assert!(Source::open(&file).unwrap_err().summary.contains("hidden"));
    }

    #[test]
    fn an_export_without_its_secret_gets_a_key_of_either_kind() {
        let client_key = "-----BEGIN OpenVPN tls-crypt-v2 client key-----\n";
        let folder = folder(&[
            ("secret", &"0f".repeat(256)),
            (
                "key",
                include_str!("../../../core/profile/tests/ovpn/access-server.ovpn"),
            ),
            ("half", client_key),
        ]);
        let supplied = |name: &str| {
            let mut options = ReadOptions::default();
            supply_secret(&folder.path().join(name), &mut options).map(|()| options)
        };
        assert!(supplied("secret").unwrap().server_secret.is_some());
        assert!(supplied("key").unwrap().client_key.is_some());
        let problem = supplied("half").unwrap_err();
        assert!(problem.cause.unwrap().contains("tls-crypt-v2"));
    }

    #[test]
    fn a_folder_is_read_without_what_is_hidden_in_it() {
        let folder = folder(&[
            ("office.ovpn", ""),
            ("below/account.txt", ""),
            (".account.txt", ""),
            (".ssh/client.key", ""),
        ]);
        let mut files = Vec::new();
        collect(folder.path(), folder.path(), FOLDER_DEPTH, &mut files).unwrap();
        let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["below/account.txt", "office.ovpn"]);
    }
}

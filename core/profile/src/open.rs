use crate::archive;
use crate::error::{Fault, ReadError, Refusal};
use crate::finding::FindingCode;
use crate::limits;
use crate::model::{Profile, Thumbprint};
use crate::package::{Found, Package, ReadOptions, Reading};
use crate::read::{is_zip, looks_like_profile, needed_files, read};
use crate::rules;
use crate::secret::SecretBytes;

/// Opens a profile file or a portal zip; which of them it is, its contents tell.
///
/// Nothing is unpacked to disk, and no archive makes this read more than 8 MiB.
///
/// # Errors
/// A [`ReadError`] when the archive cannot be read or holds no profile. A plain file
/// that is no profile is no error here, but the one [`Found`] of the package.
///
/// ```
/// use spoke_profile::{ReadOptions, open_package};
///
/// let page = b"<!doctype html><html></html>";
/// let package = open_package(page, &ReadOptions::default()).unwrap();
/// let error = package.first_error().unwrap();
/// assert_eq!(error.code(), "not-a-profile");
/// assert!(error.to_string().contains("Sign in to the Azure portal"));
/// ```
pub fn open_package(bytes: &[u8], options: &ReadOptions) -> Result<Package, ReadError> {
    if is_zip(bytes) {
        let files = archive::unpack(bytes).map_err(|refusal| refusal.in_element(""))?;
        return sort_out(files, options);
    }
    Ok(Package {
        found: vec![Found {
            path: String::new(),
            result: read(bytes, options),
        }],
        root_certificates: Vec::new(),
        set_aside: Vec::new(),
        notes: Vec::new(),
    })
}

/// Opens the files of a folder as one package: a zip that the user has unpacked.
/// Paths are relative to the folder.
///
/// # Errors
/// A [`ReadError`] when no file is a profile, or there are too many files.
pub fn open_files(
    files: Vec<(String, SecretBytes)>,
    options: &ReadOptions,
) -> Result<Package, ReadError> {
    if files.len() > limits::PACKAGE_ENTRIES {
        return Err(archive::too_many_entries(files.len()).in_element(""));
    }
    let wanted = files
        .into_iter()
        .map(|(path, bytes)| (archive::tidy_path(&path), bytes))
        .filter(|(path, _)| archive::is_wanted(path))
        .collect();
    sort_out(wanted, options)
}

fn sort_out(
    mut files: Vec<(String, SecretBytes)>,
    options: &ReadOptions,
) -> Result<Package, ReadError> {
    files.sort_by(|a, b| a.0.cmp(&b.0));
    let mut package = Package {
        found: Vec::new(),
        root_certificates: Vec::new(),
        set_aside: Vec::new(),
        notes: Vec::new(),
    };
    for (path, bytes) in &files {
        let bytes = bytes.expose();
        if archive::is_companion(path) || archive::is_ovpn(path) {
            continue;
        }
        if archive::is_certificate(path) {
            match rules::certificate(bytes) {
                Some(der) => package.root_certificates.push(der),
                None => package
                    .notes
                    .push(format!("{path} is no X.509 certificate and was not used.")),
            }
        } else if archive::is_profile_name(path) || looks_like_profile(bytes) {
            package.found.push(Found {
                path: path.clone(),
                result: read(bytes, options),
            });
        } else {
            package
                .notes
                .push(format!("{path} is no Azure VPN profile and was not read."));
        }
    }
    for (path, bytes) in files.iter().filter(is_configuration) {
        let bytes = bytes.expose();
        let found = Found {
            path: path.clone(),
            result: read(bytes, &with_companions(path, bytes, &files, options)),
        };
        take_ovpn(&mut package, found);
    }
    if package.found.is_empty() {
        return Err(no_profile(&files).in_element(""));
    }
    lend_roots(&mut package);
    Ok(package)
}

/// Whether a file is a configuration of OpenVPN; many programs call theirs `.conf`.
fn is_configuration((path, bytes): &&(String, SecretBytes)) -> bool {
    archive::is_ovpn(path)
        && (path.to_ascii_lowercase().ends_with(".ovpn") || looks_like_profile(bytes.expose()))
}

/// The options with what the package has of the files that a configuration of OpenVPN
/// names; they lie beside it, or below.
fn with_companions(
    path: &str,
    bytes: &[u8],
    files: &[(String, SecretBytes)],
    options: &ReadOptions,
) -> ReadOptions {
    let mut options = ReadOptions {
        file_name: Some(path.to_owned()),
        ..options.clone()
    };
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    for wanted in needed_files(bytes) {
        let inside = archive::tidy_path(&wanted);
        let inside = inside.strip_prefix("./").unwrap_or(&inside);
        let whole = match folder {
            "" => inside.to_owned(),
            folder => format!("{folder}/{inside}"),
        };
        if let Some((_, bytes)) = files.iter().find(|(path, _)| *path == whole) {
            options.files.push((wanted, bytes.clone()));
        }
    }
    options
}

/// Takes a configuration of OpenVPN, unless an Azure profile of the package says the same
/// and more: the portal ships both.
fn take_ovpn(package: &mut Package, found: Found) {
    let azure = package.profiles().find(|(_, known)| {
        let Ok(reading) = &found.result else {
            return true;
        };
        let (own, other) = (&reading.profile, &known.profile);
        let host = |profile: &Profile| profile.servers.first().map(|server| server.host.clone());
        host(own) == host(other) && own.sign_in.azure_type() == other.sign_in.azure_type()
    });
    let path = &found.path;
    let note = match (azure, &found.result) {
        (None, _) => return package.found.push(found),
        (Some((azure, _)), Ok(_)) => format!(
            "{path} describes the same connection as {azure}, which was taken; import it by itself to use it instead."
        ),
        (Some(_), Err(error)) => format!("{path} cannot be used: {error}"),
    };
    package.set_aside.push(note);
}

/// Gives each profile the root certificates of the package that its pin allows.
fn lend_roots(package: &mut Package) {
    let mut unused = package.root_certificates.len();
    for found in &mut package.found {
        let Ok(Reading {
            profile, findings, ..
        }) = &mut found.result
        else {
            continue;
        };
        let check = &mut profile.server_check;
        if check.requirements.own_roots_only {
            continue;
        }
        for der in &package.root_certificates {
            let fits = check
                .root_sha1
                .is_none_or(|pinned| pinned == Thumbprint::of(der));
            let known = check.root_certificates.contains(der);
            if fits && !known && check.root_certificates.len() < limits::ROOT_CERTIFICATES {
                check.root_certificates.push(der.clone());
                unused = unused.saturating_sub(1);
            }
        }
        let pinned_is_there = check
            .root_certificates
            .iter()
            .any(|der| check.root_sha1 == Some(Thumbprint::of(der)));
        if pinned_is_there {
            findings.retain(|finding| finding.code != FindingCode::RootUnknown);
        }
    }
    if unused > 0 {
        package.notes.push(
            "The root certificate in the package is not the one that the profile pins, and was not used."
                .to_owned(),
        );
    }
}

fn no_profile(files: &[(String, SecretBytes)]) -> Refusal {
    let settings_only = files
        .iter()
        .any(|(path, _)| path.ends_with("VpnSettings.xml"));
    if settings_only {
        return Refusal::new(
            Fault::NotAProfile,
            "The package has settings for IKEv2 and SSTP only, no Azure VPN profile.",
            "Set the gateway's tunnel type to OpenVPN and download the package again.",
        );
    }
    Refusal::new(
        Fault::NotAProfile,
        "The package holds no Azure VPN profile (AzureVPN/azurevpnconfig.xml).",
        "Download it again: Azure portal, your gateway, Point-to-site configuration, Download VPN client.",
    )
}

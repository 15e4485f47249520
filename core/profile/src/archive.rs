use crate::error::{Fault, Refusal};
use crate::limits;
use crate::secret::SecretBytes;
use std::io::{Cursor, Read as _};
use std::ops::Range;
use zeroize::Zeroizing;
use zip::ZipArchive;
use zip::result::ZipError;

/// The record that ends a zip archive (APPNOTE 4.3.16), and its successor for large
/// archives (4.3.14): signature, and where entry count, directory size and offset
/// stand after its start, each as a range of little-endian bytes.
const END_RECORDS: [([u8; 4], [Range<usize>; 3]); 2] = [
    (*b"PK\x05\x06", [10..12, 12..16, 16..20]),
    (*b"PK\x06\x06", [32..40, 40..48, 48..56]),
];
/// Entry count of an end record that leaves the count to its successor.
const SEE_SUCCESSOR: u64 = u16::MAX as u64;

/// The files of a zip archive that may matter, with tidy paths.
///
/// Entry count, sizes and the total are bounded before and while unpacking, so that
/// an archive that lies about itself costs no more than an honest one.
///
/// A file may be a private key: all are unpacked into one place of the greatest size, that
/// none leaves a part of itself behind where it has outgrown its memory.
pub(crate) fn unpack(bytes: &[u8]) -> Result<Vec<(String, SecretBytes)>, Refusal> {
    if bytes.len() > limits::PACKAGE_BYTES {
        return Err(Refusal::new(
            Fault::TooLarge,
            format!(
                "The archive has {} bytes; no portal package has more than {}.",
                bytes.len(),
                limits::PACKAGE_BYTES
            ),
            "Check that this is the portal's VPN client package.",
        ));
    }
    let entries = claimed_entries(bytes);
    if entries > limits::PACKAGE_ENTRIES {
        return Err(too_many_entries(entries));
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(&error))?;
    if archive.len() > limits::PACKAGE_ENTRIES {
        return Err(too_many_entries(archive.len()));
    }
    let (mut files, mut left) = (Vec::new(), limits::UNPACKED_BYTES);
    let mut room = Zeroizing::new(Vec::with_capacity(limits::DOCUMENT_BYTES + 1));
    for index in 0..archive.len() {
        if let Some(path) = unpack_one(&mut archive, index, left, &mut room)? {
            left -= room.len().min(left);
            files.push((path, SecretBytes::new(Zeroizing::new(room.to_vec()))));
        }
    }
    Ok(files)
}

/// One entry, when its name says that it may matter: its path, and what is in it.
fn unpack_one(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    index: usize,
    left: usize,
    contents: &mut Vec<u8>,
) -> Result<Option<String>, Refusal> {
    let name = archive.name_for_index(index);
    let path = tidy_path(&name.and_then(Result::ok).unwrap_or_default());
    if !is_wanted(&path) {
        return Ok(None);
    }
    let mut entry = archive.by_index(index).map_err(|error| broken(&error))?;
    if !entry.is_file() {
        return Ok(None);
    }
    let most = limits::DOCUMENT_BYTES.min(left);
    contents.clear();
    let read = entry.by_ref().take(most as u64 + 1).read_to_end(contents);
    if let Err(error) = read {
        return Err(Refusal::new(
            Fault::BadArchive,
            format!(
                "The archive is damaged: {path} cannot be unpacked ({}).",
                error.kind()
            ),
            "Download the package again.",
        ));
    }
    if contents.len() > most {
        return Err(Refusal::new(
            Fault::TooLarge,
            format!(
                "The archive is no portal package: {path} unpacks to more than any profile has."
            ),
            "Check where the file came from, and download the package again.",
        ));
    }
    Ok(Some(path))
}

/// The greatest number of entries that an end record anywhere in the file claims, so
/// that no directory is read that is larger than it may be. Which of several records
/// counts is a question on which unpackers differ.
fn claimed_entries(bytes: &[u8]) -> usize {
    let number = |at: usize, range: &Range<usize>| {
        let field = bytes.get(at + range.start..at + range.end)?;
        let fold = |sum: u64, byte: &u8| (sum << 8) | u64::from(*byte);
        Some(field.iter().rev().fold(0, fold))
    };
    let mut most = 0;
    for (at, start) in bytes.windows(4).enumerate() {
        let record = END_RECORDS.iter().find(|(signature, _)| signature == start);
        let Some((_, [count, size, offset])) = record else {
            continue;
        };
        let inside = |range| number(at, range).is_some_and(|value| value <= bytes.len() as u64);
        if let Some(count) = number(at, count).filter(|count| *count != SEE_SUCCESSOR)
            && inside(size)
            && inside(offset)
        {
            most = most.max(usize::try_from(count).unwrap_or(usize::MAX));
        }
    }
    most
}

pub(crate) fn too_many_entries(entries: usize) -> Refusal {
    Refusal::new(
        Fault::TooLarge,
        format!(
            "The package has {entries} files; no portal package has more than {}.",
            limits::PACKAGE_ENTRIES
        ),
        "Import azurevpnconfig.xml itself.",
    )
}

fn broken(error: &ZipError) -> Refusal {
    let (what, next) = match error {
        ZipError::UnsupportedArchive(text) if text.to_ascii_lowercase().contains("password") => (
            "The archive is encrypted.".to_owned(),
            "Unpack it with its password and import azurevpnconfig.xml.",
        ),
        ZipError::UnsupportedArchive(_) => (
            "The archive is packed in a way that portal packages are not.".to_owned(),
            "Unpack it and import azurevpnconfig.xml.",
        ),
        _ => (
            "The file is a zip archive, but damaged or cut off.".to_owned(),
            "Download the package again.",
        ),
    };
    Refusal::new(Fault::BadArchive, what, next)
}

/// The path with forward slashes and without what a terminal might obey; it is only
/// ever shown and matched, never opened.
pub(crate) fn tidy_path(path: &str) -> String {
    const SHOWN: usize = 200;
    path.chars()
        .take(SHOWN)
        .map(|letter| match letter {
            '\\' => '/',
            _ if letter.is_control() => char::REPLACEMENT_CHARACTER,
            _ => letter,
        })
        .collect()
}

/// Whether a file of this name may be a profile or a root certificate.
pub(crate) fn is_wanted(path: &str) -> bool {
    let hidden = path
        .split('/')
        .any(|part| part == "__MACOSX" || part.starts_with("._"));
    let name = file_name(path);
    let profile = [".xml", ".azurevpnconfig", ".json"]
        .iter()
        .any(|end| name.ends_with(end));
    !hidden && (profile || is_certificate(path) || is_ovpn(path) || is_companion(path))
}

/// Whether this is a configuration of OpenVPN by its name.
pub(crate) fn is_ovpn(path: &str) -> bool {
    let name = file_name(path);
    name.ends_with(".ovpn") || name.ends_with(".conf")
}

/// Whether a configuration of OpenVPN may name a file like this one: a certificate, a key,
/// a list, or a name and a password.
pub(crate) fn is_companion(path: &str) -> bool {
    const ENDS: [&str; 12] = [
        ".crt", ".cer", ".pem", ".ca", ".cert", ".key", ".p12", ".pfx", ".crl", ".txt", ".pass",
        ".auth",
    ];
    let name = file_name(path);
    !is_certificate(path) && ENDS.iter().any(|end| name.ends_with(end))
}

/// Whether this is the file in which the portal ships the gateway's root.
pub(crate) fn is_certificate(path: &str) -> bool {
    let name = file_name(path);
    name.starts_with("vpnserverroot")
        && [".cer", ".crt", ".pem"]
            .iter()
            .any(|end| name.ends_with(end))
}

/// Whether the portal gives this name to profiles.
pub(crate) fn is_profile_name(path: &str) -> bool {
    let name = file_name(path);
    name.starts_with("azurevpnconfig") || name.ends_with(".azurevpnconfig")
}

fn file_name(path: &str) -> String {
    path.rsplit('/')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase()
}

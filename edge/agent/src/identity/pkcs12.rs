//! PKCS#12 files (`.p12`, `.pfx`).

use super::{AskPassword, Contents, FileFault};
use p12_keystore::Pkcs12Archive;
use p12_keystore::error::Error;
use zeroize::Zeroizing;

/// Takes certificates and keys out of the file. The empty password is tried before
/// anybody is asked: many files have it.
pub(super) fn read(
    bytes: &[u8],
    contents: &mut Contents,
    ask: &mut AskPassword<'_>,
) -> Result<(), FileFault> {
    let mut opened = open(bytes, "");
    for again in [false, true] {
        if !matches!(opened, Err(FileFault::WrongPassword)) {
            break;
        }
        let Some(password) = ask(again) else {
            return Err(match again {
                true => FileFault::WrongPassword,
                false => FileFault::NoPassword,
            });
        };
        opened = open(bytes, &password);
    }
    let archive = opened?;
    let certificates = archive.certs.iter().map(|bag| bag.cert.as_der().to_vec());
    contents.packed.extend(certificates.clone());
    contents.certificates.extend(certificates);
    let keys = archive.keys.iter().map(|bag| bag.key.as_der().to_vec());
    contents.keys.extend(keys.map(Zeroizing::new));
    Ok(())
}

fn open(bytes: &[u8], password: &str) -> Result<Pkcs12Archive, FileFault> {
    Pkcs12Archive::from_pkcs12(bytes, password).map_err(|error| match error {
        // A wrong password shows in the MAC, or in padding where there is none.
        Error::MacError(_) | Error::UnpadError | Error::Pkcs5Error(_) => FileFault::WrongPassword,
        Error::DerError(_) | Error::InvalidVersion | Error::UnsupportedContentType => {
            FileFault::Neither
        }
        Error::UnsupportedEncryptionScheme | Error::UnsupportedMacAlgorithm => {
            FileFault::Unsupported("an uncommon cipher".to_owned())
        }
        other => FileFault::Damaged(other.to_string()),
    })
}

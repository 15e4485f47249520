use crate::error::ReadError;
use crate::finding::Finding;
use crate::model::Profile;
use crate::secret::{ClientKey, SecretBytes, SecretText, ServerSecret};

/// What the user adds to a file that is read.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// Sign-in hosts that the user trusts beside Microsoft's: `host` or `host:port`.
    pub trusted_authorities: Vec<String>,
    /// The server secret for a profile that was exported without it.
    pub server_secret: Option<ServerSecret>,
    /// The client's key (tls-crypt-v2) for a profile that was exported without it.
    pub client_key: Option<ClientKey>,
    /// Name of the file, for a profile that has no name of its own.
    pub file_name: Option<String>,
    /// Files that an `.ovpn` file names, by the names that it writes
    /// ([`needed_files`](crate::needed_files)).
    pub files: Vec<(String, SecretBytes)>,
}

/// A profile, and what there is to say about the file it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The profile, normalised and valid.
    pub profile: Profile,
    /// Repairs and warnings, in the order of the document.
    pub findings: Vec<Finding>,
    /// What the file holds that no profile may: for the keyring.
    pub secrets: Secrets,
}

impl Reading {
    /// A reading of a file without secrets that go elsewhere.
    pub(crate) fn plain(profile: Profile, findings: Vec<Finding>) -> Self {
        Self {
            profile,
            findings,
            secrets: Secrets::default(),
        }
    }
}

/// What an `.ovpn` file may hold that does not belong into a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Secrets {
    /// The client's certificate and private key as they came, each with the place that it
    /// came from: PEM or PKCS#12, perhaps under a password.
    pub client_files: Vec<(String, SecretBytes)>,
    /// The password of the user.
    pub password: Option<SecretText>,
    /// The password for the proxy.
    pub proxy_password: Option<SecretText>,
}

/// What a file, a portal package or a folder holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Every file that is, or should be, a profile.
    pub found: Vec<Found>,
    /// Root certificates that came along (DER); those that a profile can use are
    /// already in its `server_check.root_certificates`.
    pub root_certificates: Vec<Vec<u8>>,
    /// Why files that describe a connection too are not among `found`, as sentences.
    pub set_aside: Vec<String>,
    /// What else is worth telling, as sentences.
    pub notes: Vec<String>,
}

/// One file of a [`Package`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its path in the package; empty for a plain file.
    pub path: String,
    /// The profile, or why it is none.
    pub result: Result<Reading, ReadError>,
}

impl Package {
    /// The profiles that can be imported, with their paths.
    pub fn profiles(&self) -> impl Iterator<Item = (&str, &Reading)> {
        self.found
            .iter()
            .filter_map(|found| Some((found.path.as_str(), found.result.as_ref().ok()?)))
    }

    /// The first reason why a file of the package cannot be imported.
    #[must_use]
    pub fn first_error(&self) -> Option<&ReadError> {
        self.found
            .iter()
            .find_map(|found| found.result.as_ref().err())
    }
}

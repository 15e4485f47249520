//! Azure VPN profiles: portal packages and `azurevpnconfig.xml` to one
//! [`Profile`], with findings about what was repaired or looks wrong.
//!
//! [`open_package`] takes the bytes of whatever the user has; [`read`] one document.
//! [`export_azure`] and [`export_spoke`] are the way back. [`Profile::validate`] and
//! [`Profile::set`] hold profiles made by hand to the same rules.

#![forbid(unsafe_code)]

mod account_file;
mod address_text;
mod all_traffic;
mod archive;
mod azure;
mod certificate;
mod check;
mod cloud;
mod differences;
mod entra;
mod error;
mod finding;
mod keys;
mod limits;
mod model;
mod names;
mod open;
mod ovpn;
mod package;
mod protocol;
mod protocol_settings;
mod read;
mod roots;
mod rules;
mod secret;
mod server_check;
mod settings;
mod spoke_file;
mod stored;
mod text;
mod view;
mod wrapping;
mod xml;

pub use all_traffic::all_traffic;
pub use azure::{ExportOptions, export_azure, lost_in_azure, options_of};
pub use certificate::{CertificateFacts, CertificateFault, chain_upward, is_authority};
pub use cloud::{CLOUDS, Cloud, MICROSOFT_REGISTERED_APP, is_known_authority};
pub use differences::{Difference, differences};
pub use error::{ErrorView, Fault, FieldError, ReadError};
pub use finding::{Finding, FindingCode, Severity};
pub use keys::{Assignment, KEYS, Key, Operation};
pub use model::{
    AddressFamily, ClientCertificate, Dns, Entra, Profile, Proxy, ProxyKind, Server, SignIn,
    StaticChallenge, Thumbprint, Transport,
};
pub use open::{open_files, open_package};
pub use ovpn::{DIRECTIVES, DirectiveGroup, Treatment};
pub use package::{Found, Package, ReadOptions, Reading, Secrets};
pub use protocol::{
    Compat, DataCipher, FilterAction, Framing, MssFix, Protocol, PullFilter, RedirectGateway,
    Timers, TlsLimits, TlsVersion,
};
pub use read::{needed_files, read};
pub use roots::{EMBEDDED_ROOTS, EmbeddedRoot, embedded_root};
pub use secret::{ClientKey, SecretBytes, SecretText, ServerSecret};
pub use server_check::{
    CertificateDigest, CertificateRequirements, Fingerprint, NameCheck, ServerCheck,
};
pub use settings::{read_certificate, valid_name};
pub use spoke_file::export_spoke;
pub use view::{
    CertificateView, DryRun, DryRunError, DryRunProfile, EntraView, ProfileView, Verdict,
};
pub use wrapping::{ControlWrapping, Digest, KeyDirection};

//! Whether a server's certificate is the one that was asked for.

mod names;
mod requirements;
mod seen;
mod untrusted;
mod verifier;

pub use requirements::{IssuerDigest, Naming, Requirements};
pub use seen::SeenCertificate;
pub use untrusted::{TrustError, Untrusted, UntrustedReason};
pub use verifier::{ServerTrust, TrustConfig};

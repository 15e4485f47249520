//! How a lab may differ from the usual one.

use crate::signin::Settings;
use std::path::PathBuf;

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The sign-in server.
    pub sign_in: Settings,
    /// The gateway.
    pub gateway: GatewayOptions,
    /// Folder of a Debian system that is booted as the user's computer, with the programs
    /// that are installed there; otherwise it is a plain one with the programs built here.
    pub computer: Option<PathBuf>,
}

/// The gateway's part.
#[derive(Clone, Debug)]
pub struct GatewayOptions {
    /// Seconds after which it starts a renegotiation.
    pub renegotiate_seconds: u64,
    /// What it shows in the TLS handshake.
    pub certificate: GatewayCertificate,
    /// It expects another server secret than the profile carries.
    pub other_secret: bool,
    /// Stage at which it closes: `accept`, `reset`, `tls`, `key_exchange` or `push`.
    pub close_at: Option<&'static str>,
    /// Stage from which on it says nothing more.
    pub silent_at: Option<&'static str>,
    /// Reason to refuse every credential with.
    pub refuse: Option<&'static str>,
    /// Clients get IPv6 addresses too.
    pub ipv6: bool,
    /// It can be reached over IPv6 too, by the same name.
    pub ipv6_outside: bool,
    /// One user name and password instead of tokens.
    pub password: Option<(&'static str, &'static str)>,
    /// Lines of its users file; tokens are not accepted then.
    pub users: Vec<String>,
    /// It wants client certificates of the lab's authority.
    pub client_certificates: bool,
    /// It takes no token and no password, a certificate alone will do.
    pub no_credentials: bool,
    /// It closes the connection on ordinary descriptions of a client.
    pub stock_only: bool,
}

impl Default for GatewayOptions {
    fn default() -> Self {
        Self {
            renegotiate_seconds: 3600,
            certificate: GatewayCertificate::Good,
            other_secret: false,
            close_at: None,
            silent_at: None,
            refuse: None,
            ipv6: false,
            ipv6_outside: false,
            password: None,
            users: Vec::new(),
            client_certificates: false,
            no_credentials: false,
            stock_only: false,
        }
    }
}

/// The gateway's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GatewayCertificate {
    /// As the profile wants it.
    Good,
    /// Its time is over.
    Expired,
    /// For another name.
    WrongName,
    /// Under another root.
    WrongRoot,
}

//! The files that all cells of a run share.

use crate::axes::SignIn;
use crate::challenge;
use crate::failure::Failure;
use crate::management::base64;
use crate::pki::{Pki, USER};
use spoke_engine::seal_client_key;
use spoke_wire::{ClientKeyMetadata, StaticKey, TlsCryptV2ClientKey, TlsCryptV2ServerKey};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The password of every kind of sign-in that has an ordinary one.
pub(crate) const PASSWORD: &str = "let me in";
/// The answer to either challenge.
pub(crate) const ANSWER: &str = "490027";
/// The longest password that a stock OpenVPN reads beside ordinary strings is a little over 1,600 bytes.
const LONG_FOR_OPENVPN: usize = 1600;
/// Entra's access tokens reach this length.
const LONG: usize = 4096;

/// A folder with keys and passwords.
pub struct Place {
    folder: tempfile::TempDir,
    /// The certificates.
    pub(crate) pki: Pki,
    /// The key of tls-auth and tls-crypt.
    pub(crate) static_key: StaticKey,
    /// The server's key of tls-crypt-v2.
    pub(crate) v2_server: TlsCryptV2ServerKey,
    /// The client's.
    pub(crate) v2_client: TlsCryptV2ClientKey,
}

impl Place {
    /// Makes all anew.
    ///
    /// # Errors
    /// When files cannot be written.
    pub fn new() -> Result<Self, Failure> {
        let folder = tempfile::tempdir().map_err(Failure::during("make a folder"))?;
        let (mut bytes, mut v2_bytes) = ([0; StaticKey::LEN], [0; TlsCryptV2ServerKey::LEN]);
        let mut own_bytes = [0; StaticKey::LEN];
        for bytes in [&mut bytes[..], &mut v2_bytes, &mut own_bytes] {
            getrandom::fill(bytes).map_err(Failure::during("draw a key"))?;
        }
        let v2_server = TlsCryptV2ServerKey::from_bytes(&v2_bytes);
        let v2_client = seal_client_key(
            &v2_server,
            StaticKey::from_bytes(&own_bytes),
            &ClientKeyMetadata::User(b"interop".to_vec()),
        )
        .map_err(Failure::during("make a client key"))?;
        let place = Self {
            folder,
            pki: Pki::new()?,
            static_key: StaticKey::from_bytes(&bytes),
            v2_server,
            v2_client,
        };
        place.put("ca.pem", &place.pki.root_pem)?;
        for (name, leaf) in [("server", &place.pki.server), ("client", &place.pki.client)] {
            place.put(&format!("{name}.pem"), &leaf.certificate_pem)?;
            place.put(&format!("{name}.key"), &leaf.key_pem())?;
        }
        place.put("static.key", &place.static_key.to_text())?;
        place.put("v2-server.key", &place.v2_server.to_text())?;
        place.put("v2-client.key", &place.v2_client.to_text())?;
        for (name, sign_in) in [
            ("password", SignIn::Password),
            ("challenge", SignIn::Challenge),
            ("dynamic", SignIn::DynamicChallenge),
            ("long", SignIn::Entra),
        ] {
            let password = password(sign_in, true);
            place.put(&format!("{name}.login"), &format!("{USER}\n{password}\n"))?;
            let otherwise = match sign_in {
                SignIn::DynamicChallenge => challenge::ask(),
                _ => "exit 1\n".to_owned(),
            };
            let check = place.put(&format!("check-{name}"), &(check(&password) + &otherwise))?;
            std::fs::set_permissions(&check, std::fs::Permissions::from_mode(0o700))
                .map_err(Failure::during(check.display()))?;
        }
        let nothing = place.put("check-nothing", "#!/bin/sh\n")?;
        std::fs::set_permissions(&nothing, std::fs::Permissions::from_mode(0o700))
            .map_err(Failure::during(nothing.display()))?;
        Ok(place)
    }

    /// Where the files are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn put(&self, name: &str, text: &str) -> Result<PathBuf, Failure> {
        let path = self.folder().join(name);
        std::fs::write(&path, text).map_err(Failure::during(path.display()))?;
        Ok(path)
    }
}

/// The password of a kind of sign-in as it goes over the wire.
#[must_use]
pub fn password(sign_in: SignIn, openvpn: bool) -> String {
    match sign_in {
        SignIn::Entra => {
            let length = if openvpn { LONG_FOR_OPENVPN } else { LONG };
            "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9."
                .chars()
                .cycle()
                .take(length)
                .collect()
        }
        SignIn::Challenge => format!("SCRV1:{}:{}", base64(PASSWORD), base64(ANSWER)),
        SignIn::DynamicChallenge => challenge::answered(),
        _ => PASSWORD.to_owned(),
    }
}

/// A program for `auth-user-pass-verify … via-env`, but for what it does about another password.
fn check(password: &str) -> String {
    format!(
        "#!/bin/sh\n[ \"$username\" = '{USER}' ] || exit 1\n[ \"$password\" = '{password}' ] && exit 0\n"
    )
}

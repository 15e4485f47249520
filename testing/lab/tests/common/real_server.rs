//! The lab with the real OpenVPN server in the gateway's place.

use spoke_lab::pki::Validity;
use spoke_lab::{Background, Lab, LabError, Options, places};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// A stock OpenVPN server reads a key exchange of at most 2,048 bytes: with the
/// strings of a stock client 1,619 are left for the password (measured against 2.6.14).
const TOKEN_CHARS: usize = 1400;

/// The lab with a stock OpenVPN server in the gateway's place.
pub(crate) fn server_world(renegotiate_seconds: u64) -> Result<(Lab, Background), LabError> {
    server_world_over("tcp-server\ntcp-nodelay", renegotiate_seconds)
}

/// The same over another `proto`.
pub(crate) fn server_world_over(
    proto: &str,
    renegotiate_seconds: u64,
) -> Result<(Lab, Background), LabError> {
    let mut options = Options::default();
    options.sign_in.access_token_chars = TOKEN_CHARS;
    let lab = Lab::without_gateway(options)?;
    let folder = Path::new(spoke_lab::FOLDER).join("openvpn");
    std::fs::create_dir_all(&folder).map_err(LabError::io("make a folder"))?;
    let config = write_server(&lab, &folder, proto, renegotiate_seconds)?;
    let mut command = Command::new("openvpn");
    command.arg("--config").arg(config);
    let mut server = Background::start(&lab.network.gateway, command, folder.join("log"))?;
    server.wait_until("ready", Duration::from_secs(10), |log| {
        log.contains("Initialization Sequence Completed")
    })?;
    Ok((lab, server))
}

fn write_server(
    lab: &Lab,
    folder: &Path,
    proto: &str,
    renegotiate_seconds: u64,
) -> Result<PathBuf, LabError> {
    let identity = lab
        .authority
        .server(&[places::GATEWAY_NAME], Validity::Current)?;
    let file = |name: &str, text: &str| super::write(&folder.join(name), text);
    file("chain.pem", &identity.chain)?;
    file("key.pem", &identity.key)?;
    file(
        "secret",
        &super::static_key_text(&lab.profile.server_secret),
    )?;
    // The check of this server: the user name, and that the token came whole, by its
    // three parts and its length. (It is in the environment since files are cut.)
    let check = format!(
        "#!/bin/sh\n[ \"$username\" = AzureAD ] && [ \"${{#password}}\" -ge {TOKEN_CHARS} ] && \
         [ \"$(printf %s \"$password\" | tr -cd . | wc -c)\" -eq 2 ]\n"
    );
    file("check", &check)?;
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(folder.join("check"), mode)
        .map_err(LabError::io("make the check a program"))?;
    let config = format!(
        "mode server\ntls-server\nproto {proto}\nport 443\ndev vpn0\ndev-type tun\ntopology subnet\n\
         server 172.16.201.0 255.255.255.0\ncert {folder}/chain.pem\nkey {folder}/key.pem\ndh none\n\
         ca /run/lab/root.pem\nverify-client-cert none\nusername-as-common-name\n\
         tls-auth {folder}/secret 0\nauth SHA256\ndata-ciphers AES-256-GCM\ncipher AES-256-GCM\n\
         script-security 3\nauth-user-pass-verify {folder}/check via-env\n\
         keepalive 10 60\nreneg-sec {renegotiate_seconds}\n\
         push \"route 10.20.0.0 255.255.0.0\"\npush \"dhcp-option DNS {dns}\"\n\
         push \"dhcp-option DOMAIN {suffix}\"\nverb 3\n",
        folder = folder.display(),
        dns = places::PRIVATE_DNS,
        suffix = places::PRIVATE_SUFFIX,
    );
    let path = folder.join("server.ovpn");
    super::write(&path, &config)?;
    Ok(path)
}

//! Keys, certificates and configuration files of both ends, the same for all programs.

use crate::case::{Server, Transport};
use crate::stage::{INSIDE, SERVER};
use spoke_lab::pki::{Authority, Validity};
use spoke_lab::{FOLDER, LabError};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Name in the server's certificate.
const NAME: &str = "server.bench.example";
const USER: &str = "ana";
/// Random enough for a network that ends with the run.
const PASSWORD: &str = "bench-password";

/// How a server is started.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manners {
    /// Small segments leave at once (`TCP_NODELAY`).
    pub(crate) no_delay: bool,
    /// Seconds after which it has new keys negotiated.
    pub(crate) renegotiate: u64,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            no_delay: false,
            renegotiate: 3600,
        }
    }
}

/// Where the files lie.
pub(crate) struct Papers {
    folder: PathBuf,
    root: String,
    secret: String,
}

impl Papers {
    /// Makes keys and certificates.
    ///
    /// # Errors
    /// When they cannot be made or written.
    pub(crate) fn write() -> Result<Self, LabError> {
        let folder = Path::new(FOLDER).join("papers");
        std::fs::create_dir_all(&folder).map_err(LabError::io("make a folder"))?;
        let authority = Authority::new("Bench Root")?;
        let identity = authority.server(&[NAME], Validity::Current)?;
        let secret = spoke_lab::random_secret()?;
        let papers = Self {
            folder,
            root: authority.pem(),
            secret: static_key(&secret),
        };
        papers.file("root.pem", &papers.root, 0o600)?;
        papers.file("chain.pem", &identity.chain, 0o600)?;
        papers.file("key.pem", &identity.key, 0o600)?;
        papers.file("secret", &papers.secret, 0o600)?;
        let check =
            format!("#!/bin/sh\n[ \"$username\" = {USER} ] && [ \"$password\" = {PASSWORD} ]\n");
        papers.file("check", &check, 0o700)?;
        for transport in [Transport::Tcp, Transport::Udp] {
            papers.file(&file_name(transport), &papers.client(transport), 0o600)?;
        }
        Ok(papers)
    }

    /// The client's configuration file, which OpenVPN reads and Spoke imports.
    pub(crate) fn client_file(&self, transport: Transport) -> PathBuf {
        self.folder.join(file_name(transport))
    }

    /// Writes the server's configuration file and returns its path.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn server_file(
        &self,
        server: Server,
        transport: Transport,
        manners: Manners,
    ) -> Result<PathBuf, LabError> {
        match server {
            Server::OpenVpn => self.file("server.ovpn", &self.openvpn(transport, manners), 0o600),
            Server::Gateway => self.file("gateway.toml", &self.gateway(manners), 0o600),
        }
    }

    fn client(&self, transport: Transport) -> String {
        format!(
            "client\ndev tun\nproto {transport}\nremote {SERVER} 443\nnobind\n\
             verify-x509-name {NAME} name\nremote-cert-tls server\nauth SHA256\n\
             data-ciphers AES-256-GCM\nkey-direction 1\nverb 3\n<ca>\n{root}</ca>\n\
             <tls-auth>\n{secret}</tls-auth>\n<auth-user-pass>\n{USER}\n{PASSWORD}\n</auth-user-pass>\n",
            root = self.root,
            secret = self.secret,
        )
    }

    fn openvpn(&self, transport: Transport, manners: Manners) -> String {
        let folder = self.folder.display();
        let proto = match transport {
            Transport::Tcp => "tcp-server",
            Transport::Udp => "udp",
        };
        let no_delay = match manners.no_delay {
            true => "tcp-nodelay\n",
            false => "",
        };
        format!(
            "mode server\ntls-server\nproto {proto}\nport 443\ndev vpn0\ndev-type tun\n\
             topology subnet\nserver 172.16.201.0 255.255.255.0\ncert {folder}/chain.pem\n\
             key {folder}/key.pem\ndh none\nca {folder}/root.pem\nverify-client-cert none\n\
             username-as-common-name\ntls-auth {folder}/secret 0\nauth SHA256\n\
             data-ciphers AES-256-GCM\nscript-security 3\n\
             auth-user-pass-verify {folder}/check via-env\nkeepalive 10 60\n\
             reneg-sec {renegotiate}\n{no_delay}push \"route 10.20.0.0 255.255.0.0\"\n\
             push \"dhcp-option DNS {INSIDE}\"\npush \"dhcp-option DOMAIN bench.internal\"\nverb 3\n",
            renegotiate = manners.renegotiate,
        )
    }

    fn gateway(&self, manners: Manners) -> String {
        let folder = self.folder.display();
        format!(
            "listen = {{ tcp = \"0.0.0.0:443\", udp = \"0.0.0.0:443\" }}\n\
             certificate_chain = \"{folder}/chain.pem\"\nprivate_key = \"{folder}/key.pem\"\n\
             server_secret = \"{folder}/secret\"\npool = \"172.16.201.0/24\"\n\
             interface = \"vpn0\"\nrenegotiate_seconds = {renegotiate}\n\n\
             [push]\nroutes = [\"10.20.0.0/16\"]\ndns = [\"{INSIDE}\"]\n\
             domain = \"bench.internal\"\n\n[passwords]\n{USER} = \"{PASSWORD}\"\n",
            renegotiate = manners.renegotiate,
        )
    }

    fn file(&self, name: &str, text: &str, mode: u32) -> Result<PathBuf, LabError> {
        let path = self.folder.join(name);
        let doing = format!("write {}", path.display());
        std::fs::write(&path, text).map_err(LabError::io(doing.clone()))?;
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(&path, mode).map_err(LabError::io(doing))?;
        Ok(path)
    }
}

/// Name that Spoke gives the profile for this transport when it imports the file.
pub(crate) fn profile(transport: Transport) -> String {
    format!("bench-{transport}")
}

fn file_name(transport: Transport) -> String {
    format!("{}.ovpn", profile(transport))
}

/// OpenVPN's text form of a static key that is given as hexadecimal digits.
fn static_key(hex: &str) -> String {
    let mut text = String::from("-----BEGIN OpenVPN Static key V1-----\n");
    for line in hex.as_bytes().chunks(32) {
        text += &String::from_utf8_lossy(line);
        text.push('\n');
    }
    text + "-----END OpenVPN Static key V1-----\n"
}

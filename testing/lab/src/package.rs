//! The profile package, laid out as the Azure portal's.

use crate::error::LabError;
use crate::places;
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;

/// What varies in the lab's profiles.
#[derive(Clone, Debug)]
pub struct ProfileText {
    /// Display name.
    pub name: String,
    /// Name or address of the gateway.
    pub gateway: String,
    /// SHA-1 thumbprint of the root, 40 hexadecimal digits.
    pub root_thumbprint: String,
    /// 512 hexadecimal digits.
    pub server_secret: String,
    /// Audience of the tokens.
    pub audience: String,
}

impl ProfileText {
    /// `azurevpnconfig.xml` as the portal writes it: members in alphabetical order,
    /// absent ones as `i:nil`.
    #[must_use]
    pub fn azure_xml(&self) -> String {
        let Self {
            name,
            gateway,
            root_thumbprint,
            server_secret,
            audience,
        } = self;
        let issuer = places::issuer();
        let tenant = places::authority();
        let dns = places::PRIVATE_DNS;
        let suffix = places::PRIVATE_SUFFIX;
        format!(
            r#"<AzVpnProfile xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns="http://schemas.datacontract.org/2004/07/">
  <any xmlns:d2p1="http://schemas.datacontract.org/2004/07/System.Xml"
    i:nil="true" />
  <clientauth>
    <aad>
      <audience>{audience}</audience>
      <cachesigninuser>true</cachesigninuser>
      <issuer>{issuer}</issuer>
      <tenant>{tenant}/</tenant>
    </aad>
    <cert
      i:nil="true" />
    <type>aad</type>
    <usernamepass
      i:nil="true" />
  </clientauth>
  <clientconfig>
    <dnsservers>
      <dnsserver>{dns}</dnsserver>
    </dnsservers>
    <dnssuffixes>
      <dnssuffix>.{suffix}</dnssuffix>
    </dnssuffixes>
  </clientconfig>
  <name>{name}</name>
  <protocolconfig>
    <sslprotocolConfig>
      <transportprotocol>tcp</transportprotocol>
    </sslprotocolConfig>
  </protocolconfig>
  <serverlist>
    <ServerEntry>
      <displayname
        i:nil="true" />
      <fqdn>{gateway}</fqdn>
    </ServerEntry>
  </serverlist>
  <servervalidation>
    <cert>
      <hash>{root_thumbprint}</hash>
      <issuer
        i:nil="true" />
    </cert>
    <serversecret>{server_secret}</serversecret>
    <type>cert</type>
  </servervalidation>
  <version>1</version>
</AzVpnProfile>
"#
        )
    }

    /// The portal's zip around it; `root` is the DER of `Generic/VpnServerRoot.cer`.
    ///
    /// # Errors
    /// When the archive cannot be written.
    pub fn portal_zip(&self, root: &[u8]) -> Result<Vec<u8>, LabError> {
        let settings = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<VpnProfile>\n  <VpnServer>{}</VpnServer>\n  <VpnType>OpenVPN</VpnType>\n  <Routes>{}</Routes>\n</VpnProfile>\n",
            self.gateway,
            places::VIRTUAL_NETWORK
        );
        let xml = self.azure_xml();
        let files: [(&str, &[u8]); 3] = [
            ("AzureVPN/azurevpnconfig.xml", xml.as_bytes()),
            ("Generic/VpnServerRoot.cer", root),
            ("Generic/VpnSettings.xml", settings.as_bytes()),
        ];
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, contents) in files {
            archive
                .start_file(name, SimpleFileOptions::default())
                .map_err(LabError::other("write the profile package"))?;
            archive
                .write_all(contents)
                .map_err(LabError::io("write the profile package"))?;
        }
        let cursor = archive
            .finish()
            .map_err(LabError::other("write the profile package"))?;
        Ok(cursor.into_inner())
    }
}

/// A fresh server secret: 512 hexadecimal digits.
///
/// # Errors
/// When the system gives no randomness.
pub fn random_secret() -> Result<String, LabError> {
    let mut bytes = [0; 256];
    getrandom::fill(&mut bytes).map_err(LabError::other("get random bytes"))?;
    Ok(hex::encode(bytes))
}

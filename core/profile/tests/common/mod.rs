//! A plain profile to change, as the portal writes it.
#![allow(
    dead_code,
    clippy::allow_attributes,
    clippy::panic,
    clippy::unwrap_used,
    reason = "each test uses a part of it, and ends where it cannot go on"
)]

use spoke_profile::{ReadError, ReadOptions, Reading, read};

/// Tenant of the profile.
pub(crate) const TENANT: &str = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
/// Host of its gateway.
pub(crate) const HOST: &str =
    "azuregateway-1c9d6f1e-50a4-4f0f-8a4e-5f1c2f6a7b8c-0123456789ab.vpn.example.invalid";

/// 512 hexadecimal digits.
pub(crate) fn secret() -> String {
    "0123456789abcdef".repeat(32)
}

/// The whole document.
pub(crate) fn document() -> String {
    format!(
        r#"<AzVpnProfile xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns="http://schemas.datacontract.org/2004/07/">
  <any xmlns:d2p1="http://schemas.datacontract.org/2004/07/System.Xml"
    i:nil="true" />
  <clientauth>
    <aad>
      <audience>c632b3df-fb67-4d84-bdcf-b95ad541b5c8</audience>
      <issuer>https://sts.windows.net/{TENANT}/</issuer>
      <tenant>https://login.microsoftonline.com/{TENANT}/</tenant>
    </aad>
    <cert
      i:nil="true" />
    <type>aad</type>
    <usernamepass
      i:nil="true" />
  </clientauth>
  <clientconfig
    i:nil="true" />
  <name>office</name>
  <protocolconfig>
    <sslprotocolConfig>
      <transportprotocol>tcp</transportprotocol>
    </sslprotocolConfig>
  </protocolconfig>
  <serverlist>
    <ServerEntry>
      <displayname
        i:nil="true" />
      <fqdn>{HOST}</fqdn>
    </ServerEntry>
  </serverlist>
  <servervalidation>
    <cert>
      <hash>DF3C24F9BFD666761B268073FE06D1CC8D4F82A4</hash>
      <issuer
        i:nil="true" />
    </cert>
    <serversecret>{}</serversecret>
    <type>cert</type>
  </servervalidation>
  <version>1</version>
</AzVpnProfile>
"#,
        secret()
    )
}

/// The document with the element of this name (its first occurrence) replaced.
pub(crate) fn with(element: &str, replacement: &str) -> String {
    let document = document();
    let start = document.find(&format!("<{element}")).unwrap();
    let rest = &document[start..];
    let closing = format!("</{element}>");
    let length = match (rest.find("/>"), rest.find(&closing)) {
        (Some(empty), Some(closed)) if empty < rest.find('>').unwrap() && empty < closed => {
            empty + 2
        }
        (Some(empty), None) => empty + 2,
        (_, Some(closed)) => closed + closing.len(),
        (None, None) => panic!("no {element}"),
    };
    format!("{}{replacement}{}", &document[..start], &rest[length..])
}

/// Reads a document that must be accepted.
pub(crate) fn reading(document: &str) -> Reading {
    read(document.as_bytes(), &ReadOptions::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// Reads a document that must be refused.
pub(crate) fn refusal(document: &str) -> ReadError {
    match read(document.as_bytes(), &ReadOptions::default()) {
        Ok(reading) => panic!("accepted: {reading:?}"),
        Err(error) => error,
    }
}

/// The document with this inside `clientconfig`.
pub(crate) fn client_config(inner: &str) -> String {
    with(
        "clientconfig",
        &format!("<clientconfig>{inner}</clientconfig>"),
    )
}

/// The document with one include route of these elements.
pub(crate) fn include(inner: &str) -> String {
    client_config(&format!(
        "<includeroutes><route>{inner}</route></includeroutes>"
    ))
}

//! The built `spoke` in a home of its own.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file uses its part of it"
)]

use assert_cmd::Command;
use serde_json::Value;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A user with an empty home, far from the real one.
pub struct Person {
    home: TempDir,
}

/// What a command did.
pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Person {
    pub fn new() -> Self {
        Self {
            home: TempDir::new().unwrap(),
        }
    }

    /// A file or folder in the home.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Writes a file in the home.
    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, contents).unwrap();
        path
    }

    /// `spoke` with these arguments, without a daemon.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::cargo_bin("spoke").unwrap();
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.home.path())
            .env("SPOKE_CONFIG_DIR", self.path("config"))
            .env("SPOKE_SOCKET", self.path("no-daemon.sock"))
            .env("SPOKE_TOKEN_STORE", "memory")
            .env("TZ", "UTC")
            .current_dir(self.home.path())
            .args(arguments);
        command
    }

    /// Runs `spoke` with these arguments.
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        Self::outcome(&mut self.command(arguments))
    }

    /// Runs `spoke` with these arguments and this standard input.
    pub fn run_with_input(&self, arguments: &[&str], input: impl Into<Vec<u8>>) -> Outcome {
        Self::outcome(self.command(arguments).write_stdin(input))
    }

    pub fn outcome(command: &mut Command) -> Outcome {
        let output = command.output().unwrap();
        Outcome {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Imports the usual profile.
    pub fn with_office() -> Self {
        let person = Self::new();
        let file = person.write("office.xml", office_xml());
        let outcome = person.run(&["import", file.to_str().unwrap()]);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        person
    }
}

impl Outcome {
    /// The one JSON document on standard output.
    pub fn document(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}{}", self.stdout, self.stderr))
    }

    /// The last line of standard error, which names the next step.
    pub fn next_step(&self) -> &str {
        self.stderr.lines().last().unwrap_or_default()
    }
}

/// The names of all fields of a document, nested ones with a dot, sorted.
pub fn field_set(document: &Value) -> String {
    let mut names = Vec::new();
    collect(document, "", &mut names);
    names.sort();
    names.dedup();
    names.join("\n")
}

fn collect(value: &Value, path: &str, names: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                names.push(path.clone());
                collect(value, &path, names);
            }
        }
        Value::Array(list) => {
            for value in list {
                collect(value, &format!("{path}[]"), names);
            }
        }
        _ => {}
    }
}

/// The project's synthetic profiles, where the checkout has them beside it.
pub fn shared_profiles() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/profiles");
    if folder.is_dir() {
        return Some(folder);
    }
    spoke_needs::skip(format_args!("{} is not here", folder.display()));
    None
}

/// A profile as the portal writes it.
pub fn office_xml() -> String {
    let secret = "0f".repeat(256);
    format!(
        r#"<AzVpnProfile xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns="http://schemas.datacontract.org/2004/07/">
  <any xmlns:d2p1="http://schemas.datacontract.org/2004/07/System.Xml" i:nil="true" />
  <clientauth>
    <aad>
      <audience>c632b3df-fb67-4d84-bdcf-b95ad541b5c8</audience>
      <issuer>https://sts.windows.net/9f3c0000-1111-2222-3333-444455556666</issuer>
      <tenant>https://login.microsoftonline.com/9f3c0000-1111-2222-3333-444455556666/</tenant>
    </aad>
    <cert i:nil="true" />
    <type>aad</type>
    <usernamepass i:nil="true" />
  </clientauth>
  <clientconfig>
    <dnsservers><dnsserver>10.20.0.4</dnsserver></dnsservers>
    <dnssuffixes><dnssuffix>.contoso.internal</dnssuffix></dnssuffixes>
    <includeroutes>
      <route><destination>10.20.0.0</destination><mask>16</mask></route>
      <route><destination>10.30.0.0</destination><mask>16</mask></route>
    </includeroutes>
  </clientconfig>
  <name>contoso-hub</name>
  <protocolconfig><sslprotocolConfig><transportprotocol>tcp</transportprotocol></sslprotocolConfig></protocolconfig>
  <serverlist>
    <ServerEntry><displayname i:nil="true" /><fqdn>azuregateway-1c2d3e4f-0000-0000-0000-000000000000-0123456789ab.vpn.example.invalid</fqdn></ServerEntry>
    <ServerEntry><displayname i:nil="true" /><fqdn>azuregateway-2c2d3e4f-0000-0000-0000-000000000000-0123456789ab.vpn.example.invalid</fqdn></ServerEntry>
  </serverlist>
  <servervalidation>
    <Cert><hash>DF3C24F9BFD666761B268073FE06D1CC8D4F82A4</hash><issuer i:nil="true" /></Cert>
    <serversecret>{secret}</serversecret>
    <type>cert</type>
  </servervalidation>
  <version>1</version>
</AzVpnProfile>
"#
    )
}

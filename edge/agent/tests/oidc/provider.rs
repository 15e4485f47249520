use nix::fcntl::{Flock, FlockArg};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

pub(crate) const TENANT: &str = "9f3c1111-2222-4333-8444-555566667777";
pub(crate) const AUDIENCE: &str = "5a5a5a5a-1111-4222-8333-444455556666";

/// A running provider; it ends with the value.
pub(crate) struct Provider {
    server: Child,
    port: u16,
    folder: TempDir,
}

/// What one run of the user's side gave.
pub(crate) struct Run {
    results: Vec<Value>,
    /// Address and text of the browser's last page.
    pub(crate) seen: String,
    pub(crate) notices: Vec<String>,
    /// How often the user was asked.
    pub(crate) waits: u64,
    pub(crate) folder: TempDir,
}

impl Run {
    pub(crate) fn granted(&self, at: usize) -> &Value {
        let result = &self.results[at];
        assert!(result["problem"].is_null(), "{result}");
        result
    }

    pub(crate) fn result(&self, at: usize) -> &Value {
        &self.results[at]
    }

    pub(crate) fn problem(&self, at: usize) -> &Value {
        let result = &self.results[at];
        assert!(result["problem"].is_object(), "{result}");
        &result["problem"]
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Provider {
    pub(crate) fn start() -> Result<Self, String> {
        let home = home();
        install(&home)?;
        let folder = tempfile::tempdir().unwrap();
        certify(folder.path());
        let mut server = Command::new("node")
            .arg(home.join("server.js"))
            .arg(folder.path().join("server.pem"))
            .arg(folder.path().join("server.key"))
            .args([TENANT, AUDIENCE])
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("node cannot be started: {error}"))?;
        let mut line = String::new();
        let stdout = server.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).expect("the provider says its port");
        let port = told["port"].as_u64().unwrap().try_into().unwrap();
        Ok(Self {
            server,
            port,
            folder,
        })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs the user's side in a process of its own, where the environment is
    /// what a user's would be.
    pub(crate) fn run(
        &self,
        steps: &[&str],
        application_id: Option<&str>,
        environment: &[(&str, &str)],
    ) -> Run {
        self.run_with(
            steps,
            &json!({"application_id": application_id}),
            environment,
        )
    }

    pub(crate) fn run_with(
        &self,
        steps: &[&str],
        entra: &Value,
        environment: &[(&str, &str)],
    ) -> Run {
        let program = std::env::current_exe().unwrap();
        self.run_under(Command::new(program), steps, entra, environment)
    }

    /// As [`Provider::run_with`], with the command that starts the child.
    pub(crate) fn run_under(
        &self,
        mut command: Command,
        steps: &[&str],
        entra: &Value,
        environment: &[(&str, &str)],
    ) -> Run {
        let folder = tempfile::tempdir().unwrap();
        let seen = folder.path().join("seen");
        let ca = self.folder.path().join("ca.pem");
        let scenario = json!({"steps": steps, "profile": self.profile(entra)});
        let output = command
            .args([
                "--exact",
                "child::the_users_side",
                "--ignored",
                "--nocapture",
            ])
            .env("SCENARIO", scenario.to_string())
            .env("SPOKE_CONFIG_DIR", folder.path().join("config"))
            .env("SPOKE_TOKEN_STORE", "file")
            .env("BROWSER", home().join("browser.js"))
            .env("SEEN", &seen)
            .env("SSL_CERT_FILE", &ca)
            .env("NODE_EXTRA_CA_CERTS", &ca)
            .envs(environment.iter().copied())
            .output()
            .unwrap();
        let stdout = String::from_utf8_lossy(&output.stdout);
        let told = stdout
            .lines()
            .find_map(|line| line.split_once("RESULT "))
            .unwrap_or_else(|| panic!("{stdout}\n{}", String::from_utf8_lossy(&output.stderr)));
        let told: Value = serde_json::from_str(told.1).unwrap();
        // The browser writes its page after the agent has let it go.
        for _ in 0..50 {
            if seen.exists() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        Run {
            results: told["results"].as_array().unwrap().clone(),
            seen: fs::read_to_string(&seen).unwrap_or_default(),
            notices: serde_json::from_value(told["notices"].clone()).unwrap(),
            waits: told["waits"].as_u64().unwrap(),
            folder,
        }
    }

    fn profile(&self, entra: &Value) -> Value {
        let mut sign_in = json!({
            "type": "entra",
            "tenant": TENANT,
            "authority": format!("https://localhost:{}/{TENANT}", self.port),
            "authority_trusted": true,
            "issuer": format!("https://sts.windows.net/{TENANT}/"),
            "audience": AUDIENCE,
            "application_id": null,
            "cache_sign_in": true,
            "device_sso": false,
            "disable_sso": false,
            "group_token": false,
            "redirect_uri": null,
            "scope": null,
        });
        for (name, value) in entra.as_object().unwrap() {
            sign_in[name] = value.clone();
        }
        json!({
            "name": "lab hub",
            "servers": [{"host": "gateway.example", "display_name": null}],
            "port": 443,
            "transport": "tcp",
            "server_check": {
                "secret": "ab".repeat(256), "root_sha1": null, "use_pinned_root": null,
                "root_certificates": [], "server_name": null,
            },
            "sign_in": sign_in,
            "dns": {"servers": [], "suffixes": []},
            "include": [], "exclude": [],
            "secondary_profile": null, "always_on": false, "mtu": null,
        })
    }
}

fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testing/oidc")
}

/// `npm ci`, once, whichever test comes first.
fn install(home: &Path) -> Result<(), String> {
    let lock = fs::File::create(std::env::temp_dir().join("spoke-oidc.lock")).unwrap();
    let _turn =
        Flock::lock(lock, FlockArg::LockExclusive).map_err(|(_, error)| error.to_string())?;
    if home.join("node_modules/.package-lock.json").exists() {
        return Ok(());
    }
    let output = Command::new("npm")
        .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"])
        .current_dir(home)
        .output()
        .map_err(|error| format!("npm cannot be started: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!(
        "npm ci failed: {}",
        String::from_utf8_lossy(&output.stderr)
    ))
}

/// A certificate authority and a certificate of it for `localhost`.
fn certify(folder: &Path) {
    let ca_key = KeyPair::generate().unwrap();
    let mut ca = CertificateParams::new(Vec::new()).unwrap();
    ca.distinguished_name
        .push(DnType::CommonName, "Spoke test authority");
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_certificate = ca.self_signed(&ca_key).unwrap();
    let issuer = Issuer::new(ca, ca_key);
    let key = KeyPair::generate().unwrap();
    let mut server = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = server.signed_by(&key, &issuer).unwrap();
    fs::write(folder.join("ca.pem"), ca_certificate.pem()).unwrap();
    fs::write(folder.join("server.pem"), certificate.pem()).unwrap();
    fs::write(folder.join("server.key"), key.serialize_pem()).unwrap();
}

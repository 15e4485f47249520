//! Files of OpenVPN against the real OpenVPN server: imported as they are handed out, then connected.

#![expect(clippy::expect_used, reason = "helpers of tests fail like tests")]

mod common;

use spoke_lab::pki::Validity;
use spoke_lab::{Background, Finished, GREETING, Lab, LabError, Options, places, quietly};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const PASSWORD: &str = "canary-password";

/// A stock server with these lines beside the usual ones.
struct Server {
    folder: PathBuf,
    running: Background,
}

fn openvpn(arguments: &[&str]) {
    let done = Command::new("openvpn").args(arguments).output();
    assert!(done.expect("runs").status.success(), "{arguments:?}");
}

fn folder() -> Result<PathBuf, LabError> {
    let folder = Path::new(spoke_lab::FOLDER).join("openvpn");
    std::fs::create_dir_all(&folder).map_err(LabError::io("make a folder"))?;
    Ok(folder)
}

impl Server {
    fn start(lab: &Lab, lines: &str) -> Result<Self, LabError> {
        let folder = folder()?;
        let identity = lab.authority.server(&["vpn server"], Validity::Current)?;
        let file = |name: &str, text: &str| common::write(&folder.join(name), text);
        file("chain.pem", &identity.chain)?;
        file("key.pem", &identity.key)?;
        let place = folder.display();
        let lines = lines.replace("FOLDER", &place.to_string());
        let config = format!(
            "dev vpn0\ndev-type tun\ntopology subnet\nserver 172.16.201.0 255.255.255.0\n\
             cert {place}/chain.pem\nkey {place}/key.pem\ndh none\nca /run/lab/root.pem\n\
             push \"route 10.20.0.0 255.255.0.0\"\npush \"dhcp-option DNS {dns}\"\n\
             push \"dhcp-option DOMAIN {suffix}\"\nkeepalive 10 60\nverb 4\n{lines}",
            dns = places::PRIVATE_DNS,
            suffix = places::PRIVATE_SUFFIX,
        );
        file("server.ovpn", &config)?;
        let mut command = Command::new("openvpn");
        command.arg("--config").arg(folder.join("server.ovpn"));
        let mut running = Background::start(&lab.network.gateway, command, folder.join("log"))?;
        running.wait_until("ready", Duration::from_secs(10), |log| {
            log.contains("Initialization Sequence Completed")
        })?;
        Ok(Self { folder, running })
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.join(name)).expect("is there")
    }
}

fn spoke(lab: &Lab, line: &str) -> Result<Finished, LabError> {
    let words: Vec<&str> = line.split(' ').collect();
    lab.spoke(&words)
}

fn works(lab: &Lab, server: &Server, line: &str) -> Result<String, LabError> {
    let done = spoke(lab, line)?;
    let text = format!("{}{}", done.stdout, done.stderr);
    assert!(
        done.success(),
        "{line}: {text}\n{}\n{}",
        lab.daemon_log(),
        server.running.log()
    );
    Ok(text)
}

/// Connects, reaches the web server inside by its name, and leaves nothing behind.
fn serves(lab: &Lab, server: &Server, profile: &str) -> Result<(), LabError> {
    let before = lab.host_snapshot()?;
    works(lab, server, &format!("connect {profile} --timeout 30s"))?;
    let page = format!("http://{}/", places::INTRANET_HOST);
    let page = lab.user_runs("curl", &["-sS", &page], quietly)?;
    assert!(
        page.stdout.contains(GREETING),
        "{page:?}\n{}",
        server.running.log()
    );
    works(lab, server, "disconnect")?;
    let difference = before.difference(&lab.host_snapshot()?);
    assert!(difference.is_empty(), "{difference}");
    Ok(())
}

/// The folder that an administrator hands out: the configuration and the files that it names.
fn hand_out(lab: &Lab, files: &[(&str, &str)]) -> Result<(), LabError> {
    let folder = lab.home().join("vpn");
    std::fs::create_dir_all(&folder).map_err(LabError::io("make a folder"))?;
    for (name, text) in files {
        common::write(&folder.join(name), text)?;
    }
    Ok(())
}

#[test]
fn a_file_with_its_companions_connects_by_tls_crypt() {
    if !spoke_needs::program("openvpn") {
        return;
    }
    spoke_lab::test_inside("a_file_with_its_companions_connects_by_tls_crypt", || {
        let mut lab = Lab::without_gateway(Options::default())?;
        let key = folder()?.join("shared.key");
        openvpn(&["--genkey", "tls-crypt", &key.display().to_string()]);
        let server = Server::start(
            &lab,
            "proto udp\nport 1194\ntls-crypt FOLDER/shared.key\nremote-cert-tls client\n",
        )?;
        lab.start_daemon()?;
        let ana = lab.authority.client("ana")?;
        let gateway = places::GATEWAY;
        let config = format!(
            "client\ndev tun\nproto udp\n# nothing answers there\nremote {gateway} 1195\n\
             remote {gateway} 1194\nserver-poll-timeout 2\nnobind\npersist-key\npersist-tun\n\
             ca ca.crt\ncert client.crt\nkey client.key\ntls-crypt shared.key\n\
             remote-cert-eku serverAuth\nverify-x509-name \"vpn server\" name\nverb 3\n"
        );
        let shared = server.read("shared.key");
        let root = lab.authority.pem();
        let files = [
            ("ca.crt", root.as_str()),
            ("client.crt", &ana.chain),
            ("client.key", &ana.key),
            ("shared.key", &shared),
            ("office.ovpn", &config),
            (
                "imposter.ovpn",
                &config.replace("\"vpn server\"", "\"another\""),
            ),
            ("nosy.ovpn", &config.replace("client.key", "/etc/passwd")),
            ("program.ovpn", &(config.clone() + "up /bin/true\n")),
        ];
        hand_out(&lab, &files)?;

        let said = works(&lab, &server, "import vpn/office.ovpn --yes")?;
        assert!(said.contains("read client.key"), "{said}");
        assert!(said.contains("connect office"), "{said}");
        serves(&lab, &server, "office")?;
        let log = server.running.log();
        assert!(log.contains("CN=ana"), "{log}");

        for (file, words) in [
            ("nosy", "is not beside the profile"),
            ("program", "run a program"),
        ] {
            let refused = spoke(&lab, &format!("import vpn/{file}.ovpn --yes"))?;
            let text = format!("{}{}", refused.stdout, refused.stderr);
            assert!(!refused.success() && text.contains(words), "{text}");
        }
        works(&lab, &server, "import vpn/imposter.ovpn --yes")?;
        let refused = spoke(&lab, "connect imposter --timeout 20s")?;
        let text = format!("{}{}", refused.stdout, refused.stderr);
        assert!(!refused.success(), "{text}");
        assert!(
            text.contains("another") && text.contains("vpn server"),
            "{text}"
        );
        Ok(())
    });
}

#[test]
fn a_file_of_one_piece_connects_by_tls_crypt_v2_and_a_fingerprint() {
    if !spoke_needs::program("openvpn") {
        return;
    }
    spoke_lab::test_inside(
        "a_file_of_one_piece_connects_by_tls_crypt_v2_and_a_fingerprint",
        || {
            let mut lab = Lab::without_gateway(Options::default())?;
            let folder = folder()?;
            let path = |name: &str| folder.join(name).display().to_string();
            openvpn(&["--genkey", "tls-crypt-v2-server", &path("server.key")]);
            openvpn(&[
                "--tls-crypt-v2",
                &path("server.key"),
                "--genkey",
                "tls-crypt-v2-client",
                &path("client.key"),
            ]);
            let check =
                format!("#!/bin/sh\n[ \"$username\" = ana ] && [ \"$password\" = {PASSWORD} ]\n");
            common::write(&folder.join("check"), &check)?;
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
            std::fs::set_permissions(folder.join("check"), mode)
                .map_err(LabError::io("make the check a program"))?;
            let server = Server::start(
                &lab,
                "proto tcp-server\nport 443\ntls-crypt-v2 FOLDER/server.key\nverify-client-cert none\n\
             script-security 3\nauth-user-pass-verify FOLDER/check via-env\n\
             data-ciphers AES-256-CBC\nauth SHA512\n",
            )?;
            lab.start_daemon()?;
            let fingerprint = lab.user_runs(
                "openssl",
                &[
                    "x509",
                    "-in",
                    &path("chain.pem"),
                    "-noout",
                    "-fingerprint",
                    "-sha256",
                ],
                quietly,
            )?;
            let fingerprint = fingerprint
                .stdout
                .trim()
                .rsplit('=')
                .next()
                .unwrap_or_default()
                .to_owned();
            let config = |fingerprint: &str| {
                format!(
                    "client\ndev tun\n<connection>\nremote {} 443 tcp\n</connection>\nnobind\n\
                 data-ciphers AES-256-GCM:AES-256-CBC\nauth SHA512\n\
                 <peer-fingerprint>\n{fingerprint}\n</peer-fingerprint>\n\
                 <tls-crypt-v2>\n{}</tls-crypt-v2>\n\
                 <auth-user-pass>\nana\n{PASSWORD}\n</auth-user-pass>\n",
                    places::GATEWAY,
                    server.read("client.key"),
                )
            };
            let wrong = fingerprint.chars().rev().collect::<String>();
            hand_out(
                &lab,
                &[
                    ("known.ovpn", &config(&fingerprint)),
                    ("strange.ovpn", &config(&wrong)),
                ],
            )?;
            works(&lab, &server, "import vpn/known.ovpn --yes")?;
            serves(&lab, &server, "known")?;
            let stored = lab.user_runs(
                "grep",
                &["-rlF", PASSWORD, ".config/spoke/profiles"],
                quietly,
            )?;
            assert_eq!(stored.stdout, "", "the profile has no password");

            works(&lab, &server, "import vpn/strange.ovpn --yes")?;
            let refused = spoke(&lab, "connect strange --timeout 20s")?;
            let text = format!("{}{}", refused.stdout, refused.stderr);
            let seen = fingerprint.replace(':', "");
            assert!(!refused.success() && text.contains(&seen), "{text}");
            Ok(())
        },
    );
}
